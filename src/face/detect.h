/* Face detectors: one table of methods; each finds boxes and five landmarks in a picture. */
#ifndef FACE_DETECT_H
#define FACE_DETECT_H

#include "base/pool.h"
#include "image/resample.h"
#include "model/contract.h"

struct detect_call { /* one picture */
    const struct mips *mips;
    uint32_t width, height;
    const vultus_detect_options *options; /* never NULL */
    struct pool *pool;                    /* NULL: this thread only */
    uint64_t network_ns;                  /* out: time inside the networks, over all threads */
};

struct detect_method {
    const char *name;         /* the contract's "method" */
    const char *const *roles; /* the networks it needs, ended by NULL */
    /* Makes a detector of its networks, which stay the caller's: networks[i] has roles[i]. */
    vultus_status (*open)(const struct contract_model *contract, struct session *const *networks,
                          void **out, vultus_error *error);
    /* Adds faces in any order. Many threads may call it at once. */
    vultus_status (*find)(const void *detector, struct detect_call *call, vultus_faces *out,
                          vultus_error *error);
    void (*close)(void *detector);
};

/* NULL when no method has this name. */
const struct detect_method *detect_method_of(const char *name);

extern const struct detect_method detect_mtcnn;

#endif
