/* See reply.h. An answer that cannot be made for want of memory is an error without a body. */
#include "reply.h"
#include "connections.h"
#include "journal.h"
#include "base/clock.h"
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>

struct kind {
    unsigned status;
    const char *code;
    unsigned retry_after;
};

static const struct kind kinds[] = {
    [ERROR_BAD_REQUEST] = {400, "bad_request", 0},
    [ERROR_BAD_NAME] = {400, "bad_name", 0},
    [ERROR_UNAUTHORIZED] = {401, "unauthorized", 0},
    [ERROR_FORBIDDEN] = {403, "forbidden", 0},
    [ERROR_ORIGIN] = {403, "origin_not_allowed", 0},
    [ERROR_NOT_ALLOWED] = {403, "not_allowed", 0},
    [ERROR_NOT_FOUND] = {404, "not_found", 0},
    [ERROR_METHOD] = {405, "method_not_allowed", 0},
    [ERROR_EXISTS] = {409, "exists", 0},
    [ERROR_OTHER_NAME] = {409, "other_name", 0},
    [ERROR_MISMATCH] = {409, "other_model", 0},
    [ERROR_IN_PROGRESS] = {409, "in_progress", 1},
    [ERROR_NO_RUN] = {409, "no_run", 0},
    [ERROR_FULL] = {409, "full", 0},
    [ERROR_IN_USE] = {409, "in_use", 0},
    [ERROR_TOO_LARGE] = {413, "too_large", 0},
    [ERROR_MEDIA_TYPE] = {415, "unsupported_media_type", 0},
    [ERROR_NOT_A_PICTURE] = {415, "not_a_picture", 0},
    [ERROR_FACE] = {422, "", 0},
    [ERROR_KEY_REUSED] = {422, "idempotency_key_reused", 0},
    [ERROR_TOO_FEW] = {422, "too_few", 0},
    [ERROR_GONE] = {499, "gone", 0}, /* for the log: there is nobody to read it */
    [ERROR_TOO_MANY] = {429, "too_many_requests", 1},
    [ERROR_INTERNAL] = {500, "internal", 0},
    [ERROR_BUSY] = {503, "busy", 1},
    [ERROR_GALLERY_BUSY] = {503, "gallery_busy", 1},
    [ERROR_STOPPING] = {503, "stopping", 5},
    [ERROR_DEADLINE] = {504, "deadline", 0},
};

static int add(const char *text, size_t size, void *context)
{
    return buffer_append(context, text, size, NULL) ? -1 : 0;
}

/* Sets status, type and body; a body that cannot be made leaves a bare 500. */
static bool set_json(struct reply *reply, unsigned status, json_t *value, int digits)
{
    buffer_clear(&reply->body);
    buffer_init(&reply->body, REPLY_MAX);
    bool good = value && !json_dump_callback(value, add, &reply->body,
                                             JSON_COMPACT | JSON_REAL_PRECISION(digits));
    json_decref(value);
    if (!good)
        buffer_clear(&reply->body);
    reply->fixed = NULL;
    reply->type = "application/json";
    reply->status = good ? status : 500;
    return good;
}

void reply_json(struct request *request, unsigned status, json_t *value, int digits)
{
    if (!set_json(&request->reply, status, value, digits))
        reply_error(request, ERROR_BUSY, "not enough memory for the answer");
}

void reply_fixed(struct request *request, const char *type, const void *data, size_t size)
{
    request->reply.status = 200;
    request->reply.type = type;
    request->reply.fixed = data;
    request->reply.fixed_size = size;
}

void reply_text(struct request *request, const char *type, struct buffer *text)
{
    buffer_clear(&request->reply.body);
    request->reply.status = 200;
    request->reply.type = type;
    request->reply.body = *text;
    *text = (struct buffer){0};
}

void reply_empty(struct request *request, unsigned status)
{
    buffer_clear(&request->reply.body);
    request->reply.status = status;
    request->reply.type = NULL;
}

/* The one shape of errors. Takes `details`. */
static void set_error(struct request *request, const struct kind *kind, const char *code,
                      const char *message, json_t *details)
{
    json_t *error = json_pack("{s:s, s:o, s:s}", "code", code, "message", json_text(message),
                              "request_id", request->id);
    if (details && error)
        (void)json_object_set(error, "details", details);
    json_decref(details);
    request->reply.code = code;
    request->reply.retry_after = kind->retry_after;
    (void)set_json(&request->reply, kind->status, json_pack("{s:o}", "error", error), JSON_DIGITS);
}

void reply_error(struct request *request, enum error_code code, const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    set_error(request, &kinds[code], kinds[code].code, message, NULL);
}

void reply_face(struct request *request, const char *verdict, const char *reason, json_t *details)
{
    set_error(request, &kinds[ERROR_FACE], verdict, reason, details);
}

void reply_failure(struct request *request, const vultus_error *error)
{
    switch (error->code) {
    case VULTUS_ERR_ARGUMENT: reply_error(request, ERROR_BAD_REQUEST, "%s", error->message); break;
    case VULTUS_ERR_FORMAT: reply_error(request, ERROR_NOT_A_PICTURE, "%s", error->message); break;
    case VULTUS_ERR_LIMIT: reply_error(request, ERROR_TOO_LARGE, "%s", error->message); break;
    case VULTUS_ERR_NOT_FOUND: reply_error(request, ERROR_NOT_FOUND, "%s", error->message); break;
    case VULTUS_ERR_EXISTS: reply_error(request, ERROR_EXISTS, "%s", error->message); break;
    case VULTUS_ERR_MISMATCH: reply_error(request, ERROR_MISMATCH, "%s", error->message); break;
    case VULTUS_ERR_MEMORY: reply_error(request, ERROR_BUSY, "not enough memory"); break;
    case VULTUS_ERR_CANCELLED: (void)request_late(request); break;
    case VULTUS_ERR_BUSY:
        reply_error(request, ERROR_GALLERY_BUSY, "another process holds the gallery; try again");
        break;
    default:
        journal_trouble(request, error->message);
        reply_error(request, ERROR_INTERNAL, "%s; the server's log says more",
                    vultus_status_text(error->code));
    }
}

static bool is_late(const struct request *request)
{
    return clock_ns() >= request->deadline;
}

static bool is_gone(const struct request *request)
{
    return request->connection && connections_gone(request->connection);
}

bool request_late(struct request *request)
{
    if (is_late(request))
        reply_error(request, ERROR_DEADLINE, "the time for one request has passed");
    else if (is_gone(request))
        reply_error(request, ERROR_GONE, "nobody waits for the answer");
    else
        return false;
    return true;
}

static bool asked(void *context)
{
    const struct request *request = context;
    return is_late(request) || is_gone(request);
}

vultus_stop request_stop(struct request *request)
{
    return (vultus_stop){asked, request};
}
