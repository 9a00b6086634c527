/* Age, gender and expression of a face: one table of methods, like the detectors'. */
#ifndef FACE_ATTRIBUTES_H
#define FACE_ATTRIBUTES_H

#include "image/resample.h"
#include "model/contract.h"
#include "model/weights.h"

struct attributes_call { /* one face */
    const struct mips *mips;
    const vultus_face *face;
    vultus_attributes *out; /* only the fields that the method knows are set */
};

struct attributes_method {
    const char *name;
    const char *const *roles;
    vultus_status (*open)(const struct contract_model *contract, const struct model_part *parts,
                          void **out, vultus_error *error);
    vultus_status (*find)(const void *finder, struct attributes_call *call, vultus_error *error);
    void (*close)(void *finder);
};

/* NULL when no method has this name. */
const struct attributes_method *attributes_method_of(const char *name);

/*
 * The part of the picture that face-api's networks look at: whole pixels around the face's 68 points
 * and a fifth more, where it has them, else its box; cut at the edges of the picture. False when
 * nothing of it lies in the picture.
 */
bool attributes_box(const struct attributes_call *call, vultus_box *out);

/* The table's lines, in the order of the table in attributes.c. */
extern const struct attributes_method attributes_age_gender, attributes_expression;

#endif
