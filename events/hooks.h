/*
 * Webhooks: every event that is in the gallery is sent to each address, in order and at least once. How far an address
 * has come is kept in the gallery, so that a restart loses nothing. Each has a thread and a handle of its own: one that
 * does not answer holds up neither the others nor the cameras.
 */
#ifndef EVENTS_HOOKS_H
#define EVENTS_HOOKS_H

#include "base/buffer.h"

#define HOOKS_MAX 16
#define HOOKS_AGE_S (3 * 86400) /* events that are older are not sent any more */
#define HOOKS_BEHIND 10000 /* events that wait for an address at most: the oldest are left out */

struct hooks;

struct hooks_options {
    const char *location; /* of the gallery, which is there */
    vultus_gallery_options gallery;
    const char *const *urls;
    size_t count;
    const struct buffer *secret; /* messages are signed with it; NULL: they are not */
    bool pictures;               /* with pictures, in base64 */
    /* An address does not answer, answers again, has missed events. From any thread, one at a time; may be NULL. */
    void (*notice)(void *context, const char *line);
    void *context;
};

/* From here on: events that are there by now are not sent to an address that is new. */
vultus_status hooks_open(const struct hooks_options *options, struct hooks **out,
                         vultus_error *error) VULTUS_MUST_USE;
/* There may be new events; without it they are noticed within seconds. */
void hooks_wake(struct hooks *hooks);
/* Sends what is there, for up to so many seconds, but does not wait for an address that does not answer. What is left
 * is sent when the address is opened again. */
void hooks_close(struct hooks *hooks, double seconds);

/* The secret of a file, or where `path` is NULL what VULTUS_WEBHOOK_SECRET says; *found is false where there is none.
 * ARGUMENT: others may read the file, or it is empty. */
vultus_status hooks_secret(const char *path, struct buffer *out, bool *found,
                           vultus_error *error) VULTUS_MUST_USE;

#endif
