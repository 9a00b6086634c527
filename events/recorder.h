/*
 * Events on their way from cameras into a gallery: a thread with a handle of its own takes what has come meanwhile and
 * stores it in one transaction, so that no camera waits for a disk. What `stored` was told is on the disk.
 */
#ifndef EVENTS_RECORDER_H
#define EVENTS_RECORDER_H

#include "base/status.h"

struct recorder;

struct recorder_camera { /* of an event */
    const char *name;    /* NULL: the event's address */
    uint64_t run; /* recorder_run(), anew each time that it is watched: tracks begin at 1 again */
};

struct recorder_options {
    const char *location; /* of the gallery, which is made where there is none */
    vultus_gallery_options gallery;
    vultus_event_keeping keeping;
    /* From the recorder's thread, in the order of recorder_add; may be NULL. `event` has the texts and the picture that
     * it had then. */
    void (*stored)(void *context, const vultus_event *event, const vultus_event_record *record);
    void *context;
};

/* A number that no other run has. */
uint64_t recorder_run(void);

vultus_status recorder_open(const struct recorder_options *options, struct recorder **out,
                            vultus_error *error) VULTUS_MUST_USE;
/* Copies an event. Waits while too many are on their way. Once something could not be stored, this says so. */
vultus_status recorder_add(struct recorder *recorder, const vultus_event *event,
                           const struct recorder_camera *camera,
                           vultus_error *error) VULTUS_MUST_USE;
/* Stores what has come, and ends. The status is that of whatever could not be stored. */
vultus_status recorder_close(struct recorder *recorder, vultus_error *error);

#endif
