/* Searching frames for faces: at once, or, for live sources, aside, so that no frame waits for it. */
#ifndef VIDEO_WATCH_SEARCH_H
#define VIDEO_WATCH_SEARCH_H

#include "base/status.h"

#include <stdint.h>

struct watch_line;
struct watch_shot;

typedef void watch_work(struct watch_line *line, struct watch_shot *shot);
/* Finds the faces of the part that is to be searched. */
watch_work watch_search;
/* Finds faces around those that are known. */
watch_work watch_check;

/* Seconds from one to the next where one takes `cost` nanoseconds: of a live source's time both may take a share only. */
double watch_spacing(const struct watch_line *line, double wanted, const _Atomic uint64_t *cost);

/* Frees a frame with what was found. */
void watch_shot_free(struct watch_shot *shot);

/* A thread that works on one frame at a time; everything below is for the thread that opened it. MEMORY, INTERNAL. */
struct watch_aside;
vultus_status watch_aside_open(struct watch_line *line, watch_work *work, struct watch_aside **out,
                               vultus_error *error) VULTUS_MUST_USE;
/* Waits for the work that is under way. */
void watch_aside_close(struct watch_aside *aside);
/* True when it could take a frame. */
bool watch_aside_idle(struct watch_aside *aside);
/* Begins to work on a copy of the frame; only while it is idle. MEMORY. */
vultus_status watch_aside_begin(struct watch_aside *aside, const struct watch_shot *shot,
                                vultus_error *error) VULTUS_MUST_USE;
/* Lends the frame that is done until watch_aside_done; NULL: none is, or nobody wants it any more. */
struct watch_shot *watch_aside_take(struct watch_aside *aside);
void watch_aside_done(struct watch_aside *aside);
/* What is found in the frame under way is not wanted. */
void watch_aside_forget(struct watch_aside *aside);

#endif
