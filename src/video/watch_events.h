/* What is told about whoever is followed: each thing once, and nobody twice within the cooldown. */
#ifndef VIDEO_WATCH_EVENTS_H
#define VIDEO_WATCH_EVENTS_H

#include "video/subject.h"

#define EVENTS_PEOPLE                                                                              \
    256 /* whose last time is remembered for the cooldown; the oldest is forgotten */

struct events {                                             /* of a source */
    void (*tell)(void *context, const vultus_event *event); /* may be NULL */
    void *context;
    size_t source;
    const char *address;
    unsigned width, height; /* of the frame */
    double cooldown; /* seconds; 0: none */
    struct events_person {
        char name[VULTUS_NAME_MAX + 1];
        double seen;
    } * people; /* EVENTS_PEOPLE, made when first needed */
    size_t count;
};

void events_clear(struct events *events);
/* Tells what is new about a track at this time of the source. MEMORY: it was told, and is not remembered for the
 * cooldown. */
vultus_status events_review(struct events *events, struct subject *subject,
                            const struct track *track, double time, uint64_t frame,
                            vultus_error *error) VULTUS_MUST_USE;
/* The face has left: the last of its events. Nothing when nobody was told that it was there. */
vultus_status events_leave(struct events *events, struct subject *subject,
                           const struct track *track, uint64_t frame,
                           vultus_error *error) VULTUS_MUST_USE;

#endif
