/* Finders of shapes: one table of methods; each finds a fixed number of points in a face's square. */
#ifndef FACE_LANDMARK_H
#define FACE_LANDMARK_H

#include "image/resample.h"
#include "model/contract.h"
#include "model/weights.h"

struct landmark_call { /* one face */
    const struct mips *mips;
    uint32_t width, height; /* of the picture */
    vultus_box box;         /* the square to look at; may reach over the edges */
    vultus_point *shape;    /* out: as many points as the finder says */
    uint64_t network_ns;    /* out: time inside networks */
};

struct landmark_method {
    const char *name;         /* the contract's "method" */
    const char *const *roles; /* the files it needs, ended by NULL */
    bool weights;             /* they are weights, not networks */
    /* `count` receives the number of points: 5 or 68. */
    vultus_status (*open)(const struct contract_model *contract, const struct model_part *parts,
                          void **out, size_t *count, vultus_error *error);
    /* Many threads may call it at once. */
    vultus_status (*find)(const void *finder, struct landmark_call *call, vultus_error *error);
    void (*close)(void *finder);
};

/* NULL when no method has this name. */
const struct landmark_method *landmark_method_of(const char *name);

/* The table's lines, in the order of the table in landmark.c. */
extern const struct landmark_method landmark_net68, landmark_trees;

/* The five landmarks of vultus from a shape of 5 (dlib) or 68 (iBUG) points. */
void landmark_five(const vultus_point *shape, size_t count, vultus_point out[VULTUS_LANDMARKS]);

/* The square that dlib's HOG detector would give a face with these landmarks. False when they coincide. */
bool landmark_square(const vultus_point landmarks[VULTUS_LANDMARKS], vultus_box *out);

#endif
