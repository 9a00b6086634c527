/* Whether a face is live or a picture of one: one table of methods, like the detectors'. */
#ifndef FACE_LIVE_FACE_H
#define FACE_LIVE_FACE_H

#include "image/resample.h"
#include "model/contract.h"
#include "model/weights.h"

struct liveness_method {
    const char *name;
    const char *const *roles;
    const char *const *knows; /* the options of its contract, ended by NULL */
    vultus_status (*open)(const struct contract_model *contract, const struct model_part *parts,
                          void **out, vultus_error *error);
    /* 0: surely a picture of a face, 1: surely live. Many threads may call it at once. */
    vultus_status (*score)(const void *finder, const struct mips *mips, vultus_box box, float *out,
                           vultus_error *error);
    void (*close)(void *finder);
};

/* NULL when no method has this name. */
const struct liveness_method *liveness_method_of(const char *name);

/*
 * The square that is looked at: around the middle of the box, of its longer side, moved into the picture
 * where it reaches over an edge, and no larger than the picture.
 */
vultus_box liveness_square(const struct mips *mips, vultus_box box);

/* The table's lines, in the order of the table in live_face.c. */
extern const struct liveness_method liveness_tree;

#endif
