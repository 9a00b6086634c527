/* See uploads.h. All labels are checked before the first picture is looked at. */
#include "uploads.h"
#include "media.h"
#include "reply.h"
#include "service.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/memory.h"

#include <string.h>

static const char *const json_fields[] = {"labels", NULL};

static bool add(struct request *request, struct uploads *out, const char *label, const void *data,
                size_t size)
{
    vultus_error error = {0};
    if (!label || vultus_name_check(label, &error)) {
        reply_error(request, ERROR_BAD_NAME, "%s",
                    label ? error.message
                          : "whose picture is it? Give a label, in the query or in the body");
        return false;
    }
    if (out->count == UPLOADS_MAX) {
        reply_error(request, ERROR_BAD_REQUEST, "one request has at most %d pictures", UPLOADS_MAX);
        return false;
    }
    struct upload *upload = &out->items[out->count++];
    memcpy(upload->label, label, strlen(label) + 1);
    upload->data = data;
    upload->size = size;
    return true;
}

/* A part "label" is about the files behind it. */
static bool read_form(struct request *request, struct uploads *out)
{
    char boundary[MULTIPART_BOUNDARY_MAX + 1], label[VULTUS_NAME_MAX + 1] = "";
    struct multipart_reader reader;
    struct multipart_part part;
    bool open = multipart_boundary(request->content_type, boundary) &&
                multipart_open(request->body.data, request->body.size, boundary, &reader);
    while (open && multipart_next(&reader, &part)) {
        bool general = !strcmp(part.name, "image");
        const char *named = request->parameters.label ? request->parameters.label
                            : label[0]                ? label
                                                      : NULL;
        if (part.file || general) {
            if (!add(request, out, general ? named : part.name, part.data, part.size))
                return false;
        } else if (!strcmp(part.name, "label") && part.size < sizeof label &&
                   !memchr(part.data, 0, part.size)) {
            memcpy(label, part.data, part.size);
            label[part.size] = '\0';
        } else {
            reply_error(request, ERROR_BAD_REQUEST, "the part %.60s is neither a file nor a label",
                        part.name);
            return false;
        }
    }
    if (open && multipart_ended(&reader) && out->count)
        return true;
    reply_error(request, ERROR_BAD_REQUEST, "the form cannot be read, or has no picture");
    return false;
}

static bool read_list(struct request *request, const char *label, const json_t *list,
                      struct uploads *out)
{
    size_t i;
    const json_t *value;
    json_array_foreach(list, i, value)
    {
        if (!json_is_string(value))
            break;
        if (!add(request, out, label, json_string_value(value), json_string_length(value)))
            return false;
    }
    if (json_is_array(list) && i == json_array_size(list))
        return true;
    reply_error(request, ERROR_BAD_REQUEST, "a label has a list of pictures in base64");
    return false;
}

static bool read_json(struct request *request, struct uploads *out)
{
    const char *label;
    json_t *list;
    if (!body_read(request, json_fields, &out->body))
        return false;
    json_t *labels = json_object_get(out->body.json, "labels");
    json_object_foreach(labels, label,
                        list) if (!read_list(request, label, list, out)) return false;
    if (out->count)
        return true;
    reply_error(request, ERROR_BAD_REQUEST,
                "the body has to be {\"labels\": {\"LABEL\": [\"base64\", ...]}}");
    return false;
}

bool uploads_read(struct request *request, struct uploads *out)
{
    *out = (struct uploads){.items = mem_array(UPLOADS_MAX, sizeof *out->items)};
    if (!out->items)
        reply_error(request, ERROR_BUSY, "not enough memory");
    else if (!request->body.size)
        reply_error(request, ERROR_BAD_REQUEST, "the request has no body");
    else if (media_is(request->content_type, "application/json"))
        return read_json(request, out);
    else if (media_is(request->content_type, "image/"))
        return add(request, out, request->parameters.label, request->body.data, request->body.size);
    else
        return read_form(request, out);
    return false;
}

void uploads_clear(struct uploads *uploads)
{
    body_clear(&uploads->body);
    mem_free(uploads->items);
    *uploads = (struct uploads){0};
}

vultus_status upload_picture(struct request *request, const struct uploads *uploads, size_t index,
                             vultus_image **out, vultus_error *error)
{
    const vultus_decode_options options = {.max_pixels = BODY_PIXELS_MAX};
    const struct upload *upload = &uploads->items[index];
    struct buffer bytes;
    const void *data = upload->data;
    size_t size = upload->size;
    vultus_status status = VULTUS_OK;
    uint64_t began = clock_ns();
    buffer_init(&bytes, request->body.max);
    if (uploads->body.json) {
        status = base64_decode(upload->data, upload->size, &bytes, error);
        data = bytes.data;
        size = bytes.size;
    }
    if (!status)
        status = vultus_image_decode(data, size, NULL, &options, out, error);
    buffer_clear(&bytes);
    request->stages[STAGE_DECODE] += clock_ns() - began;
    return status;
}
