/* MTCNN's own header: what its proposing and refining halves share. */
#ifndef FACE_MTCNN_H
#define FACE_MTCNN_H

#include "face/candidate.h"
#include "face/detect.h"

#include <stdatomic.h>

#define MTCNN_CELL 12 /* pixels that a cell of P-Net sees: the smallest face it can find */

struct mtcnn {
    struct session *pnet, *rnet, *onet;
    bool bgr;
    float mean[3], scale[3];
    float thresholds[3];
    float factor;
};

struct mtcnn_search { /* one picture */
    const struct mtcnn *mtcnn;
    struct detect_call *call;
    float thresholds[3];
    float least_score; /* of a face in the end */
    atomic_uint_fast64_t network_ns;
    struct candidates list; /* what has survived so far */
};

/* Runs a network on a batch of planes and counts its time. */
vultus_status mtcnn_run(struct mtcnn_search *search, struct session *network,
                        const struct planes *input, size_t batch, struct session_result *out,
                        vultus_error *error) VULTUS_MUST_USE;
vultus_status mtcnn_odd_output(const char *network, vultus_error *error);

/* P-Net over the pyramid: adds squares that may hold faces of min_face pixels and more, up to
 * `max_face` (0: any). */
vultus_status mtcnn_propose(struct mtcnn_search *search, float min_face, float max_face,
                            vultus_error *error) VULTUS_MUST_USE;

#endif
