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

#endif
