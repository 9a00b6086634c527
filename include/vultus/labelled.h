/*
 * vultus, chapter labelled embeddings: embeddings whose people are known, which is what evaluation,
 * calibration, training and clustering read. Included by vultus.h, whose contract holds here too.
 */
#ifndef VULTUS_LABELLED_H
#define VULTUS_LABELLED_H

#include <vultus/core.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VULTUS_LABELLED_MAX ((size_t)10000000) /* rows */
#define VULTUS_NOBODY UINT32_MAX               /* a person that is not known */

typedef struct vultus_labelled {
    const float *embeddings; /* count x dimension, row by row, as vultus_embed gives them */
    size_t count, dimension;
    const uint32_t *person;  /* of each row: a number below `people`, or VULTUS_NOBODY */
    const uint32_t *picture; /* of each row: which picture it is from; NULL: each from its own */
    const float *quality;    /* of each row: 0 useless .. 1 good; NULL: all are alike */
    size_t people;
    const char *const *names;   /* of the people; NULL: they have none */
    vultus_metric metric;       /* the embedder's own, never VULTUS_METRIC_OWN */
    bool raw;                   /* the embeddings keep their length, as vultus_engine_raw says */
    const char *embedder;       /* the id of the model that made them; NULL: not known */
    const char *const *sources; /* of each row: the file it is from; NULL: not known */
} vultus_labelled;

/* Writes a safetensors file: embeddings F32 [count, dimension], person and picture, quality, and the texts.
 * Free of what is NULL. ARGUMENT: not embeddings, or a person that is not below `people`. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_labelled_write(const vultus_labelled *labelled,
                                                               const char *path,
                                                               vultus_error *error);
/* Reads it. FORMAT: not such a file, or damaged. Clear with vultus_labelled_clear. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_labelled_read(const char *path,
                                                              vultus_labelled *out,
                                                              vultus_error *error);
/* Only of what vultus_labelled_read gave. */
VULTUS_API void vultus_labelled_clear(vultus_labelled *labelled);

#ifdef __cplusplus
}
#endif
#endif
