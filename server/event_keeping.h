/*
 * What happens to events of cameras: they are recorded in the camera's gallery, told to whoever listens, and sent to the
 * webhooks of the server, which each gallery with cameras has. See events/recorder.h and events/hooks.h.
 */
#ifndef SERVER_EVENT_KEEPING_H
#define SERVER_EVENT_KEEPING_H

#include "events/hooks.h"
#include "events/recorder.h"
#include "gallery_files.h"

#include <pthread.h>

struct server;

struct gallery_hooks {
    struct gallery_hooks *next;
    char gallery[GALLERY_NAME_MAX + 1];
    struct hooks *hooks;
};

struct event_keeping {
    struct server *server;
    pthread_mutex_t lock;
    struct gallery_hooks *first;
    struct buffer secret;
    bool signs;
};

/* Webhooks of the default gallery begin, with what they have not been sent. ARGUMENT: an option is wrong. */
vultus_status keeping_open(struct event_keeping *keeping, struct server *server,
                           vultus_error *error) VULTUS_MUST_USE;
/* What waits for webhooks that answer is sent, for some seconds. */
void keeping_close(struct event_keeping *keeping);
/* A gallery is erased: its webhooks end, and begin anew with another one of this name. */
void keeping_forget(struct event_keeping *keeping, const char *gallery);
/* Now and then: what has expired is erased. */
void keeping_sweep(struct event_keeping *keeping);

/* A recorder for a camera of this gallery, whose events go to its webhooks. Close with recorder_close. */
vultus_status keeping_recorder(struct event_keeping *keeping, const char *gallery,
                               struct recorder **out, vultus_error *error) VULTUS_MUST_USE;

#endif
