/* What vultus evaluate detection and landmarks share: detection over pictures with ground truth. */
#ifndef CLI_EVALUATE_FACES_H
#define CLI_EVALUATE_FACES_H

#include "bench.h"
#include "picture_run.h"

struct face_evaluation {
    const struct options *options;
    struct session session;
    vultus_truth truth;
    vultus_faces *faces; /* found, for each picture of the truth */
    bool *left_out;      /* pictures that could not be read */
    struct series times; /* of detection, for each picture that was read */
    size_t unreadable;
    double seconds; /* for all, with decoding */
    int code;       /* of pictures that could not be used */
    /* The first on a worker as finish() and forget() of picture_run.h, the second then in order, for
     * each picture that was read; may be NULL. */
    void (*look)(struct face_evaluation *evaluation, struct picture *picture);
    void (*forget)(void *answer);
    int (*keep)(struct face_evaluation *evaluation, struct picture *picture);
};

/* Reads the ground truth and looks at every picture. Returns an exit code; close in every case. */
int face_evaluation_run(struct face_evaluation *evaluation);
void face_evaluation_close(struct face_evaluation *evaluation);
vultus_findings face_evaluation_findings(const struct face_evaluation *evaluation);

/* Lines and fields that both reports have. */
void face_evaluation_text(const struct face_evaluation *evaluation);
json_t *face_evaluation_json(const struct face_evaluation *evaluation);

#endif
