/* Several embedders as one: names with weights, and how embeddings are put together. */
#ifndef ENGINE_FUSION_H
#define ENGINE_FUSION_H

#include "decide/calibration.h"
#include "engine/engine.h"

#define FUSION_NAME_SIZE (2 * CONTRACT_NAME_MAX + 2) /* "PACK/MODEL" */

struct fusion_name {
    char name[FUSION_NAME_SIZE];
    float weight; /* over 0; the weights of a fusion sum to 1 */
};

/* Reads "A", "A+B" or "A:0.7+B:0.3"; without weights all count alike. ARGUMENT: it is none of these. */
vultus_status fusion_read(const char *name, struct fusion_name out[ENGINE_PARTS_MAX], size_t *count,
                          vultus_error *error) VULTUS_MUST_USE;
/* Sets contract and id of an embedder whose parts are open. */
vultus_status fusion_finish(struct engine_embedder *embedder, vultus_error *error) VULTUS_MUST_USE;
/* Where a part has no cosine threshold, that of the fusion is its calibration's. Not of one embedder alone. */
void fusion_calibrate(struct engine_embedder *embedder, const struct calibration *calibration);
/* One part's embedding, made unit length, to its place in the fused one. */
void fusion_put(const float *from, size_t dimension, float weight, float *out);

#endif
