/* How watching live sources goes, in one line: on the terminal. */
#ifndef CLI_WATCH_STATUS_H
#define CLI_WATCH_STATUS_H

#include <vultus/vultus.h>

struct watch_status { /* all zero: nothing was seen yet */
    uint64_t begin;   /* of the second that is counted; clock_ns() */
    uint64_t frames;  /* in it */
    double rate;      /* of the one before, frames a second of all sources */
    double latency;   /* seconds from a frame's arrival to its answer, smoothed */
    uint64_t events;
    size_t faces[VULTUS_WATCH_SOURCES_MAX]; /* visible, in the last frame of each source */
};

void watch_status_event(struct watch_status *status);
/* Counts the frame; `sources` of them are watched. Shows the line, where there is a terminal for it. */
void watch_status_frame(struct watch_status *status, const vultus_watched_frame *frame,
                        size_t sources);

#endif
