/*
 * Short codes of embeddings, half a byte for each axis, with which most of a gallery is ruled out exactly:
 * the code of an embedding and a bound on what it leaves out say how large its product with a probe can
 * be. Where that is enough its fine code is looked at, a byte for each axis, and only where that is
 * enough, too, the embedding itself. They are laid out as kernel/codes.h has it.
 */
#ifndef GALLERY_CODING_H
#define GALLERY_CODING_H

#include "gallery/axes.h"
#include "kernel/codes.h"

#define CODES_AXES_MAX 4096

struct codes_scratch; /* what coding needs room for */
vultus_status codes_scratch_new(const struct axes *axes, struct codes_scratch **out,
                                vultus_error *error) VULTUS_MUST_USE;
void codes_scratch_free(struct codes_scratch *scratch);

/* Bytes of a group of CODES_GROUP embeddings. */
size_t codes_group_bytes(const struct axes *axes);
/* Bytes of the fine code of an embedding. */
size_t codes_fine_bytes(const struct axes *axes);
/* Writes a group from CODES_GROUP embeddings, `stride` floats apart, all of which are finite, and their fine
 * codes, unless `fine` is NULL. */
void codes_write(const struct axes *axes, struct codes_scratch *scratch, const float *embeddings,
                 size_t stride, uint8_t *group, uint8_t *fine);

/* What a probe is to the kernels; `values` has room for axes->count. */
void codes_probe_make(const struct axes *axes, struct codes_scratch *scratch, const float *probe,
                      int8_t *values, struct codes_probe *out);

#endif
