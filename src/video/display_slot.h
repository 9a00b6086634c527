/*
 * What a display has of one source: the newest frame, and the best picture of the face that could be named. Whoever
 * brings frames and whoever draws them take turns with a lock; nothing is drawn while it is held.
 */
#ifndef VIDEO_DISPLAY_SLOT_H
#define VIDEO_DISPLAY_SLOT_H

#include "video/display_scene.h"

struct display_view {           /* a frame and who is in it */
    vultus_image *picture;      /* NULL: none */
    struct display_mark *marks; /* DISPLAY_MARKS_MAX */
    size_t count, people;       /* marks; visible faces */
    uint64_t arrived;           /* clock_ns() */
    bool live;
};

struct display_best { /* of the unknown or only face */
    uint64_t track;
    float quality;
    vultus_image *picture; /* the face and its surroundings; NULL: none */
    vultus_box box;        /* in it */
};

struct display_slot {
    struct display_view newest, shown; /* written by who brings frames; by who draws them */
    bool fresh;                        /* the newest was not shown yet */
    struct display_best best;
    uint64_t begin; /* of the second that is counted */
    unsigned frames;
    double rate; /* frames a second */
    bool paced;  /* recordings: time `from` is due at `base` */
    uint64_t base;
    double from;
};

vultus_status display_slot_open(struct display_slot *slot, vultus_error *error) VULTUS_MUST_USE;
void display_slot_close(struct display_slot *slot);
/* Under the lock. Where memory runs out the frame is passed over. */
void display_slot_put(struct display_slot *slot, const vultus_watched_frame *frame, bool enrolls);
/* Under the lock: what was put last becomes `shown`. False: it was already. */
bool display_slot_take(struct display_slot *slot);
void display_best_clear(struct display_best *best);

#endif
