/*
 * What a webhook is sent, and what names it.
 *
 *     POST, Content-Type: application/json, the event as JSON
 *     Idempotency-Key: ID             the event's id: the same when it comes twice
 *     X-Vultus-Timestamp: SECONDS     of this try, since 1970
 *     X-Vultus-Signature: sha256=HEX  HMAC-SHA256 of "SECONDS.BODY" with the secret; only where there is one
 */
#ifndef EVENTS_HOOK_MESSAGE_H
#define EVENTS_HOOK_MESSAGE_H

#include "base/buffer.h"
#include "base/hash.h"

#define HOOK_URL_MAX 2048
#define HOOK_SECRET_MAX 4096
#define HOOK_NAME_MAX 160

struct hook_message {
    struct buffer signed_text; /* SECONDS.BODY */
    const char *body;          /* in it */
    size_t size;
    char key[64], timestamp[64], signature[32 + HASH_HEX_SIZE]; /* headers; signature "": none */
};

/* `pictures`: with the record's picture. `secret` NULL: not signed. Clear with hook_message_clear. */
vultus_status hook_message_make(const vultus_event_record *record, bool pictures,
                                const struct buffer *secret, int64_t seconds,
                                struct hook_message *out, vultus_error *error) VULTUS_MUST_USE;
void hook_message_clear(struct hook_message *message);

/* ARGUMENT: not an address of http or https that can be one. `shown` is what messages may say of it: no user, no
 * password, no path. */
vultus_status hook_url_check(const char *url, char shown[HOOK_NAME_MAX],
                             vultus_error *error) VULTUS_MUST_USE;
/* By what the gallery knows how far it has come: what is shown, and a hash of all of it. */
vultus_status hook_reader(const char *url, char out[VULTUS_READER_MAX + 1],
                          vultus_error *error) VULTUS_MUST_USE;

#endif
