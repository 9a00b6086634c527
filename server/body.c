/* See body.h. Everything in a body is untrusted; sizes are known before memory is taken. */
#include "body.h"
#include "media.h"
#include "reply.h"
#include "service.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_TOLERANCE 1e-3 /* of a length; nine digits of each number keep 1e-7 */

static bool is_field(const char *const *fields, const char *name)
{
    while (fields && *fields && strcmp(*fields, name) != 0)
        fields++;
    return !fields || *fields;
}

static bool no_such_field(struct request *request, const char *name)
{
    reply_error(request, ERROR_BAD_REQUEST, "there is no field %.60s here", name);
    return false;
}

static bool read_json(struct request *request, struct body *out)
{
    json_error_t trouble;
    const char *key;
    json_t *value;
    out->json = json_loadb((const char *)request->body.data, request->body.size,
                           JSON_REJECT_DUPLICATES, &trouble);
    if (!out->json || !json_is_object(out->json)) {
        reply_error(request, ERROR_BAD_REQUEST, "the body is not a JSON object: %s",
                    out->json ? "it is something else" : trouble.text);
        return false;
    }
    json_object_foreach(out->json, key,
                        value) if (!is_field(out->fields, key)) return no_such_field(request, key);
    return true;
}

static bool read_form(struct request *request, struct body *out)
{
    char boundary[MULTIPART_BOUNDARY_MAX + 1];
    if (!multipart_boundary(request->content_type, boundary) ||
        !multipart_read(request->body.data, request->body.size, boundary, &out->form)) {
        reply_error(request, ERROR_BAD_REQUEST, "the form cannot be read");
        return false;
    }
    for (size_t i = 0; i < out->form.count; i++)
        if (!is_field(out->fields, out->form.parts[i].name))
            return no_such_field(request, out->form.parts[i].name);
    return true;
}

bool body_read(struct request *request, const char *const *fields, struct body *out)
{
    *out = (struct body){.fields = fields};
    if (!request->body.size) {
        reply_error(request, ERROR_BAD_REQUEST, "the request has no body");
        return false;
    }
    if (media_is(request->content_type, "application/json"))
        return read_json(request, out);
    return media_is(request->content_type, "image/") || read_form(request, out);
}

void body_clear(struct body *body)
{
    json_decref(body->json);
    *body = (struct body){0};
}

static bool decode(struct request *request, const void *data, size_t size, const char *field,
                   vultus_image **out)
{
    const vultus_decode_options options = {.max_pixels = BODY_PIXELS_MAX};
    vultus_error error = {0};
    uint64_t began = clock_ns();
    vultus_status status = vultus_image_decode(data, size, field, &options, out, &error);
    request->stages[STAGE_DECODE] += clock_ns() - began;
    if (status)
        reply_failure(request, &error);
    return !status;
}

static bool decode_text(struct request *request, const json_t *value, const char *field,
                        vultus_image **out)
{
    struct buffer bytes;
    vultus_error error = {0};
    if (!json_is_string(value)) {
        reply_error(request, ERROR_BAD_REQUEST, "%s has to be a picture in base64", field);
        return false;
    }
    buffer_init(&bytes, request->body.max);
    vultus_status status =
        base64_decode(json_string_value(value), json_string_length(value), &bytes, &error);
    bool good = !status && decode(request, bytes.data, bytes.size, field, out);
    if (status == VULTUS_ERR_FORMAT)
        reply_error(request, ERROR_BAD_REQUEST, "%s: %s", field, error.message);
    else if (status)
        reply_failure(request, &error);
    buffer_clear(&bytes);
    return good;
}

bool body_picture(struct request *request, const struct body *body, const char *field,
                  vultus_image **out)
{
    if (request_late(request))
        return false;
    if (body->json)
        return decode_text(request, json_object_get(body->json, field), field, out);
    if (!body->form.count)
        return decode(request, request->body.data, request->body.size, field, out);
    const struct multipart_part *part = multipart_find(&body->form, field);
    if (part)
        return decode(request, part->data, part->size, field, out);
    reply_error(request, ERROR_BAD_REQUEST, "the form has no part %s", field);
    return false;
}

const char *body_text(const struct body *body, const char *field, char *room, size_t size)
{
    if (body->json) {
        const json_t *value = json_object_get(body->json, field);
        const char *text = json_string_value(value);
        return text && strlen(text) == json_string_length(value) ? text : NULL;
    }
    const struct multipart_part *part = multipart_find(&body->form, field);
    if (!part || part->size >= size || memchr(part->data, 0, part->size))
        return NULL;
    memcpy(room, part->data, part->size);
    room[part->size] = '\0';
    return room;
}

/* The numbers, and the square of their length; false: one is none. */
static bool read_numbers(const json_t *list, float *out, size_t count, double *square)
{
    *square = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(list, i);
        out[i] = (float)json_number_value(value);
        if (!json_is_number(value) || !isfinite(out[i]))
            return false;
        *square += (double)out[i] * (double)out[i];
    }
    return true;
}

float *body_embedding(struct request *request, const struct body *body, const char *field)
{
    const vultus_engine *engine = request->server->engine;
    size_t dimension = vultus_engine_dimension(engine);
    const json_t *list = json_object_get(body->json, field);
    double square = 0;
    if (json_array_size(list) != dimension) {
        reply_error(request, ERROR_BAD_REQUEST, "%s has to be a list of %zu numbers, by %s", field,
                    dimension, vultus_engine_embedder(engine));
        return NULL;
    }
    float *embedding = mem_array(dimension, sizeof *embedding);
    if (!embedding) {
        reply_error(request, ERROR_BUSY, "not enough memory");
        return NULL;
    }
    bool good = read_numbers(list, embedding, dimension, &square);
    if (good && (vultus_engine_raw(engine) || fabs(sqrt(square) - 1) <= UNIT_TOLERANCE))
        return embedding;
    reply_error(request, ERROR_BAD_REQUEST,
                good ? "%s is not of unit length" : "%s has something that is no finite number",
                field);
    mem_free_wiped(embedding, dimension * sizeof *embedding);
    return NULL;
}

bool body_numbers(struct request *request, const struct body *body, const char *field, int64_t *out,
                  size_t most, size_t *count)
{
    const json_t *list = json_object_get(body->json, field);
    *count = json_array_size(list);
    bool good = *count >= 1 && *count <= most;
    for (size_t i = 0; good && i < *count; i++) {
        out[i] = json_integer_value(json_array_get(list, i));
        good = out[i] > 0;
    }
    if (!good)
        reply_error(request, ERROR_BAD_REQUEST, "%s has to be a list of 1 to %zu numbers of faces",
                    field, most);
    return good;
}

bool path_number(struct request *request, const char *text, int64_t *out)
{
    char *end = NULL;
    errno = 0;
    *out = strtoll(text, &end, 10);
    if (*text >= '1' && *text <= '9' && !*end && !errno)
        return true;
    reply_error(request, ERROR_NOT_FOUND, "there is no number \"%.30s\" here", text);
    return false;
}
