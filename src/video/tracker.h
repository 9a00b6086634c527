/*
 * Faces followed from frame to frame. Each track predicts where its face is (kalman.h); what a detector finds is
 * given to tracks by how much the boxes overlap, in two passes as ByteTrack does (Zhang et al. 2022): first what was
 * found surely, then what was found weakly, which may carry a track on but never begins one. A track that is not
 * found any more waits where it is thought to be, and ends after a time.
 *
 * Pixels and seconds; frames may come at any rate. The same calls give the same tracks.
 */
#ifndef VIDEO_TRACKER_H
#define VIDEO_TRACKER_H

#include "video/kalman.h"

#include "base/status.h"

#define TRACKER_TRACKS_MAX                                                                         \
    500 /* at a time: more than a crowd's picture shows well enough to be named */
#define TRACKER_FOUND_MAX 500 /* of a frame, the surest first */
#define TRACKER_NONE SIZE_MAX

struct tracker_options { /* 0: the default */
    float strong;        /* score from which a face begins a track; 0.6 */
    float weak;          /* score down to which it carries one on; 0.3 */
    unsigned confirm;    /* so many finds make a track; 2 */
    float absence;       /* seconds without a find that end one; 1.5 */
};

struct tracker_found { /* by a detector in this frame */
    vultus_box box;
    float score;
    float age; /* seconds that have passed since: the face has moved on by then */
};

enum track_state {
    TRACK_NEW,  /* not confirmed: perhaps no face */
    TRACK_SEEN, /* found when it was last looked for */
    TRACK_LOST, /* not found then: hidden, or gone */
    TRACK_ENDED /* until the next call of tracker_advance; perhaps it was never confirmed */
};

struct track {
    uint64_t id; /* 1, 2, ... in the order of confirmation; 0: TRACK_NEW */
    enum track_state state;
    vultus_box box;    /* where the face is thought to be now */
    double born, seen; /* first and last found */
    unsigned found;    /* how many times */
    size_t index;      /* which of the faces of the last update it is; TRACKER_NONE: none */
    float score;       /* of the last find */
    bool
        crossed; /* boxes of another track were so near that the two may be exchanged; the user of the
                          tracker takes it back when it has looked whose face it is */
    bool cut;    /* lost because the scene is another one: what lies at its place is not it */
    void *owned; /* the user's; the tracker never looks at it */
    struct kalman x, y, size, shape;
};

struct tracker;

vultus_status tracker_open(const struct tracker_options *options, struct tracker **out,
                           vultus_error *error) VULTUS_MUST_USE;
void tracker_close(struct tracker *tracker);

/* Time goes on to `time`, which never goes back: boxes move to where faces are thought to be. Tracks that ended
 * before are gone after it; those that were lost for too long end. */
void tracker_advance(struct tracker *tracker, double time);
/*
 * What was found at that time. Only the part `searched` was looked at (NULL: the whole frame): tracks elsewhere stay
 * as they are. MEMORY: some finds have begun no track.
 */
vultus_status tracker_update(struct tracker *tracker, const struct tracker_found *found,
                             size_t count, const vultus_box *searched,
                             vultus_error *error) VULTUS_MUST_USE;
/* Nothing has moved since the last find: whoever was seen then is seen now. */
void tracker_hold(struct tracker *tracker);
/* Another scene: nobody is where they were. Tracks are lost, and nothing is given to them by its place. */
void tracker_cut(struct tracker *tracker);
/* Two tracks are one face, the first of them lost before the second was born: the first goes on as the second,
 * which ends. False, and nothing is done, where that cannot be. */
bool tracker_join(struct track *first, struct track *second);
/* The face is somebody else than before: a new track, which is returned, goes on in the place of the old one, which is
 * lost elsewhere. NULL, and nothing is done: there are too many tracks, or memory runs out. */
struct track *tracker_split(struct tracker *tracker, struct track *old);

/* In the order of their birth; pointers hold until the track is gone. */
size_t tracker_count(const struct tracker *tracker);
struct track *tracker_track(const struct tracker *tracker, size_t index);

#endif
