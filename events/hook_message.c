/* See hook_message.h. The time is signed together with the body, so that a receiver can refuse what is old. */
#include "events/hook_message.h"
#include "answers/json_events.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BODY_MAX ((size_t)1 << 20) /* a picture in base64 has 350 kB, a camera's name 4 kB */

vultus_status hook_message_make(const vultus_event_record *record, bool pictures,
                                const struct buffer *secret, int64_t seconds,
                                struct hook_message *out, vultus_error *error)
{
    struct hook_message message = {.size = 0};
    uint8_t hash[HASH_SIZE];
    char hex[HASH_HEX_SIZE];
    json_t *value = json_event_record(record, pictures);
    char *body = value ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(JSON_DIGITS)) : NULL;
    json_decref(value);
    if (!body)
        return status_memory(error, "a webhook's message");
    buffer_init(&message.signed_text, BODY_MAX);
    vultus_status status =
        buffer_print(&message.signed_text, error, "%" PRId64 ".%s", seconds, body);
    mem_wipe(body, strlen(body));
    mem_free(body);
    if (!status && secret)
        status = hash_hmac(secret->data, secret->size, message.signed_text.data,
                           message.signed_text.size, hash, error);
    if (status) {
        buffer_clear(&message.signed_text);
        return status;
    }
    message.body = strchr((char *)message.signed_text.data, '.') + 1;
    message.size = strlen(message.body);
    snprintf(message.key, sizeof message.key, "Idempotency-Key: %" PRId64, record->id);
    snprintf(message.timestamp, sizeof message.timestamp, "X-Vultus-Timestamp: %" PRId64, seconds);
    if (secret) {
        hash_hex(hash, hex);
        snprintf(message.signature, sizeof message.signature, "X-Vultus-Signature: sha256=%s", hex);
    }
    *out = message;
    return VULTUS_OK;
}

void hook_message_clear(struct hook_message *message)
{
    if (!message)
        return;
    if (message->signed_text.data)
        mem_wipe(message->signed_text.data, message->signed_text.size);
    buffer_clear(&message->signed_text);
    *message = (struct hook_message){.size = 0};
}

/* Where the host begins; NULL: it is no address of http or https. */
static const char *behind_scheme(const char *url)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < 2; i++)
        if (!strncmp(url, schemes[i], strlen(schemes[i])))
            return url + strlen(schemes[i]);
    return NULL;
}

vultus_status hook_url_check(const char *url, char shown[HOOK_NAME_MAX], vultus_error *error)
{
    const char *host = url ? behind_scheme(url) : NULL;
    if (!host)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "a webhook is an address that begins with http:// or https://");
    size_t scheme = (size_t)(host - url), length = strcspn(host, "/?#");
    for (size_t i = 0; i < length; i++) /* behind a user and a password */
        if (host[i] == '@') {
            host += i + 1;
            length -= i + 1;
            i = (size_t)-1;
        }
    bool plain = strlen(url) <= HOOK_URL_MAX;
    for (const char *at = url; plain && *at; at++)
        plain = *at > ' ' && *at < 0x7F;
    if (!plain || !length || scheme + length + 1 > HOOK_NAME_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "a webhook's address has no host, is longer than %d bytes, or has "
                          "characters that must be written as %%XX",
                          HOOK_URL_MAX);
    snprintf(shown, HOOK_NAME_MAX, "%.*s%.*s", (int)scheme, url, (int)length, host);
    return VULTUS_OK;
}

vultus_status hook_reader(const char *url, char out[VULTUS_READER_MAX + 1], vultus_error *error)
{
    char shown[HOOK_NAME_MAX], hex[HASH_HEX_SIZE];
    uint8_t hash[HASH_SIZE];
    vultus_status status = hook_url_check(url, shown, error);
    if (!status)
        status = hash_bytes(url, strlen(url), hash, error);
    if (status)
        return status;
    hash_hex(hash, hex);
    snprintf(out, VULTUS_READER_MAX + 1, "webhook %s %s", shown, hex);
    return VULTUS_OK;
}
