/* The line from a source to its events, between its two ends: watch.c reads and searches, on all threads;
 * watch_follow.c takes frames in order, and watch_review.c looks whose faces they show. */
#ifndef VIDEO_WATCH_LINE_H
#define VIDEO_WATCH_LINE_H

#include "video/watch_events.h"
#include "video/motion.h"
#include "video/source.h"
#include "video/tracker.h"
#include "video/watch_cover.h"
#include "video/watch.h"
#include "video/watch_film.h"
#include "video/watch_search.h"

#include <stdatomic.h>

#define WATCH_AROUND_MOST 8 /* faces: for more of them the whole frame is searched */

struct watch_part { /* of a frame, that is searched because a face was there */
    vultus_box box;
    float least; /* size of a face in it; 0: what is usual */
};

struct watch_shot { /* a frame on its way */
    struct video_frame frame;
    struct motion_verdict motion;
    bool search;         /* faces are those of `searched` */
    vultus_box searched; /* the frame, or the part that moved */
    bool check;          /* faces are those around faces that are known */
    struct watch_part around[WATCH_AROUND_MOST];
    size_t around_count;
    vultus_faces faces;
    bool *kept;          /* of a watch that redacts: which of the faces stay; else NULL */
    vultus_image *shown; /* the frame with the others covered; NULL: nobody needed it yet */
    vultus_status status;
    vultus_error error;
};

struct watch_line {
    struct watch *watch;
    struct source *source;
    struct source_facts facts;
    /* reading, in turn */
    pthread_mutex_t reading;
    pthread_cond_t next_turn;
    size_t turn;
    bool ended;
    struct motion motion;
    double searched;                        /* time of the last search */
    unsigned eager;                         /* frames to search whatever has moved */
    struct watch_aside *searcher, *checker; /* of live sources; else NULL */
    _Atomic uint64_t search_ns, check_ns;   /* what it takes, on the average */
    _Atomic uint64_t searches;
    atomic_bool again; /* people were enrolled: a frame is to be searched whatever has moved */
    /* following, in order */
    struct tracker *tracker;
    struct events events;
    vultus_visitor *visitors; /* TRACKER_TRACKS_MAX */
    struct watch_film film;
    float *embedding;     /* of the last look */
    double time;          /* of the newest frame */
    double checked;       /* when the surroundings of faces were searched */
    uint64_t frame;       /* the number of the last one */
    uint64_t changes;     /* of who is enrolled */
    vultus_status status; /* what ended it */
    vultus_error error;
};

static inline struct subject *watch_subject(const struct track *track)
{
    return track->owned;
}

static inline vultus_box watch_frame_box(const struct watch_shot *shot)
{
    const vultus_image *image = shot->frame.image;
    return (vultus_box){0, 0, (float)image->width, (float)image->height};
}

/* Looks at the face of a track where the frame has a new one. */
vultus_status watch_review(struct watch_line *line, struct watch_shot *shot, struct track *track,
                           vultus_error *error) VULTUS_MUST_USE;
/* Gives the tracks what was found in a frame, and looks at faces. */
vultus_status watch_take(struct watch_line *line, struct watch_shot *shot,
                         vultus_error *error) VULTUS_MUST_USE;
/* The same, and tells. */
vultus_status watch_follow(struct watch_line *line, struct watch_shot *shot,
                           vultus_error *error) VULTUS_MUST_USE;
/* Everybody leaves. */
vultus_status watch_end(struct watch_line *line, vultus_error *error) VULTUS_MUST_USE;

#endif
