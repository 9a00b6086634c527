/*
 * One source from its frames to events: read, searched, followed, looked at, told. What a face is and whose it may
 * be is asked of `eyes`, which know networks and galleries.
 */
#ifndef VIDEO_WATCH_H
#define VIDEO_WATCH_H

#include "base/status.h"
#include "video/vote.h"

#include <pthread.h>

#include <vultus/video.h>

struct watch_eyes {
    /* Finds faces in a frame or a part of one, of `min_face` pixels at least (0: what is usual). From any thread. */
    vultus_status (*find)(void *context, const vultus_image *part, float min_face,
                          vultus_faces *out, vultus_error *error);
    /* The rest from one thread at a time. An embedding of a face of a frame, `dimension` floats. */
    vultus_status (*embed)(void *context, const vultus_image *frame, const vultus_face *face,
                           float *out, vultus_error *error);
    /* Whose face it may be, by the mean of embeddings (of any length). Texts live until the next call. */
    vultus_status (*name)(void *context, const float *mean, float quality, struct look *out,
                          vultus_error *error);
    /* By how much two embeddings are nearer than those of one face have to be; below 0: farther. */
    float (*margin)(void *context, const float *a, const float *b);
    size_t dimension; /* 0: faces are followed and not looked at */
    /* How live a face of a frame looks, 0..1. From any thread; NULL: nobody can tell. */
    vultus_status (*live)(void *context, const vultus_image *frame, const vultus_face *face,
                          float *out, vultus_error *error);
    float live_threshold; /* from which score on it is */
    bool require_live;    /* who is not gets no name */
    /* A JPEG of mem_alloc. */
    vultus_status (*picture)(const vultus_image *frame, const vultus_face *face, uint32_t side,
                             uint8_t **out, size_t *size, vultus_error *error);
    void *context;
};

struct watch {
    const struct watch_eyes *eyes;
    const vultus_watch_options *options; /* stop and context are not used */
    const char *address;
    size_t source;
    unsigned threads;            /* of this source; 0: one for each processor */
    pthread_mutex_t *turn;       /* held while looking and telling */
    bool (*stop)(void *context); /* from any thread; may be NULL */
    void *stop_context;
    vultus_watch_report report; /* out */
};

/* Until the source ends or stop() says so; whoever is there leaves then. */
vultus_status watch_run(struct watch *watch, vultus_error *error) VULTUS_MUST_USE;

#endif
