/* What the single-stage detectors of face/detect_*.c share: one network that answers at once. */
#ifndef FACE_SINGLE_H
#define FACE_SINGLE_H

#include "face/tiles.h"

struct single {
    struct tiles tiles;
    float threshold; /* least score of a face, 0..1 */
    float overlap;   /* intersection over union beyond which two boxes are one face */
    float min_face;  /* pixels, by default */
    bool blend;      /* boxes that overlap become their mean, instead of the best one */
};

struct single_plan { /* what a method says of itself */
    float threshold, overlap;
    float face_low, face_high; /* as of tiles */
    float min_face;
    uint32_t multiple, border;
    bool blend;
    tiles_read *read; /* its context is a struct single_search */
};

struct single_search {
    const struct single *single;
    float threshold;
};

/* Reads what the contract says otherwise: options.threshold, options.overlap, options.min_face,
 * options.face_low and options.face_high. `parts` is one session. */
vultus_status single_open(const struct contract_model *contract, const struct model_part *parts,
                          const struct single_plan *plan, void **out,
                          vultus_error *error) VULTUS_MUST_USE;
/* The same for a method with more of its own, whose struct begins with this one. */
vultus_status single_init(struct single *single, const struct contract_model *contract,
                          const struct model_part *parts, const struct single_plan *plan,
                          vultus_error *error) VULTUS_MUST_USE;
vultus_status single_find(const void *detector, struct detect_call *call, vultus_faces *out,
                          vultus_error *error) VULTUS_MUST_USE;
void single_close(void *detector);

/* MODEL: the outputs are not those of this method; says which are. */
vultus_status single_odd(const char *method, const struct session_result *result,
                         vultus_error *error);
/* MODEL: a score that is no probability, so the outputs are of another kind. */
vultus_status single_improbable(const char *method, float score, vultus_error *error);

/* Whether a shape has these sizes; where either says -1, any will do. */
bool single_fits(const struct session_shape *shape, size_t rank, const int64_t *sizes);

/* The one role of their networks, and the options of their contracts. */
extern const char *const single_roles[], *const single_options[];
#define SINGLE_OPTIONS "threshold", "overlap", "min_face", "face_low", "face_high"

#endif
