/* Face detectors: one table of methods; each finds boxes in a picture, most also five landmarks. */
#ifndef FACE_DETECT_H
#define FACE_DETECT_H

#include "base/pool.h"
#include "image/resample.h"
#include "model/contract.h"
#include "model/weights.h"

struct detect_call { /* one picture */
    const struct mips *mips;
    uint32_t width, height;
    const vultus_detect_options *options; /* never NULL */
    struct pool *pool;                    /* NULL: this thread only */
    uint64_t network_ns;                  /* out: time inside the networks, over all threads */
};

enum detect_reads { /* what a method reads of vultus_detect_options; more than it reads is refused */
                    DETECT_THRESHOLD = 1, /* one, the last stage's */
                    DETECT_STAGES = 2,    /* all three */
                    DETECT_MIN_FACE = 4,
                    DETECT_UPSAMPLE = 8,
                    DETECT_SCALE_FACTOR = 16,
                    DETECT_MIN_NEIGHBORS = 32
};

struct detect_method {
    const char *name;         /* the contract's "method" */
    const char *const *roles; /* the files it needs, ended by NULL */
    bool weights;             /* they are weights, not networks */
    const char *const *knows; /* the options of its contract, ended by NULL */
    unsigned reads;           /* enum detect_reads */
    bool boxes_only;          /* gives no landmarks: a finder of shapes must follow */
    /* Makes a detector of its files, which stay the caller's: parts[i] has roles[i], a session or
     * weights as the contract's file is. */
    vultus_status (*open)(const struct contract_model *contract, const struct model_part *parts,
                          void **out, vultus_error *error);
    /* Adds faces in any order. Many threads may call it at once. */
    vultus_status (*find)(const void *detector, struct detect_call *call, vultus_faces *out,
                          vultus_error *error);
    void (*close)(void *detector);
};

/* NULL when no method has this name. */
const struct detect_method *detect_method_of(const char *name);

/* ARGUMENT names the first option that a method has no use for. `detector` stands in the message. */
vultus_status detect_check_options(const struct detect_method *method, const char *detector,
                                   const vultus_detect_options *options,
                                   vultus_error *error) VULTUS_MUST_USE;

/* The smallest face to look for: what the user asks for, else `usual` pixels, and in proportion more
 * in pictures of more than 1280 x 960. */
float detect_min_face(const struct detect_call *call, float usual);

/* The table's lines, in the order of the table in detect.c. */
extern const struct detect_method detect_mtcnn, detect_blazeface, detect_yunet, detect_scrfd,
    detect_scrfd_boxes, detect_rfb, detect_retinaface, detect_ssd, detect_tiny, detect_hog,
    detect_cascade, detect_mmod;

#endif
