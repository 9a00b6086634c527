/*
 * The axes on which a gallery's embeddings are coded: those of most energy first, learnt from the
 * embeddings, so that few axes have nearly all of it. Real embedders' outputs span a part of their space
 * only (MobileFaceNet's 192 numbers: about 64 dimensions).
 */
#ifndef GALLERY_AXES_H
#define GALLERY_AXES_H

#include "base/status.h"

#define AXES_SAMPLE 8192 /* embeddings: the moments of more are the same to a hundredth */

struct axes {
    size_t dimension;
    size_t count;    /* that are coded, a multiple of 8; those over `dimension` are empty */
    float *vectors;  /* count x dimension, orthonormal rows; NULL: the embedding's own axes */
    float *weights;  /* count: by which a coordinate is multiplied before it is coded */
    float *inverses; /* count: 1 / weight; 0 for empty axes */
};

/* Learns from `rows` embeddings, or AXES_SAMPLE of them, `stride` floats apart: their own axes where others would not save a
 * quarter. Clear with axes_clear. */
vultus_status axes_learn(const float *embeddings, size_t stride, size_t rows, size_t dimension,
                         struct axes *out, vultus_error *error) VULTUS_MUST_USE;
/* The same axes again, from what was learnt before; vectors NULL: the embedding's own. */
vultus_status axes_copy(const struct axes *learnt, struct axes *out,
                        vultus_error *error) VULTUS_MUST_USE;
void axes_clear(struct axes *axes);

/* Coordinates of an embedding: out[i] = its product with axis i, count floats. */
void axes_turn(const struct axes *axes, const float *embedding, float *out);

#endif
