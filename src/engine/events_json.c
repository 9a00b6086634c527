/*
 * An event of a gallery from one line of JSON, as exports have it. Everything in it is untrusted; what a number or a
 * date may be is checked when it is stored. Keys that are not known are left alone, so that newer exports can be read.
 */
#include "base/base64.h"
#include "base/memory.h"
#include "engine/rows_json.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* A measure that may be null. */
static bool read_measure(const json_t *row, const char *key, float *out)
{
    const json_t *value = json_object_get(row, key);
    double number = json_number_value(value);
    *out = json_is_null(value) ? NAN : (float)number;
    return json_is_null(value) || (json_is_number(value) && fabs(number) <= (double)FLT_MAX);
}

static bool read_whole(const json_t *row, const char *key, int64_t most, int64_t *out)
{
    const json_t *value = json_object_get(row, key);
    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= 0 && *out <= most;
}

static vultus_status read_numbers(const json_t *row, vultus_event_record *out, vultus_error *error)
{
    const struct {
        const char *key;
        float *out;
        bool may_miss;
    } measures[] = {{"similarity", &out->similarity, true},
                    {"far", &out->far, true},
                    {"quality", &out->quality, true},
                    {"x", &out->box.x, false},
                    {"y", &out->box.y, false},
                    {"width", &out->box.width, false},
                    {"height", &out->box.height, false}};
    static const char *const wholes[] = {"track", "frame", "frame_width", "frame_height"};
    int64_t numbers[4];
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
        if (!read_measure(row, measures[i].key, measures[i].out) ||
            (!measures[i].may_miss && isnan(*measures[i].out)))
            return row_bad(measures[i].key, error);
    for (size_t i = 0; i < 4; i++)
        if (!read_whole(row, wholes[i], i < 2 ? INT64_MAX : UINT16_MAX, &numbers[i]))
            return row_bad(wholes[i], error);
    const json_t *time = json_object_get(row, "time");
    out->time = json_number_value(time);
    if (!json_is_number(time) || !isfinite(out->time))
        return row_bad("time", error);
    out->track = (uint64_t)numbers[0];
    out->frame = (uint64_t)numbers[1];
    out->width = (unsigned)numbers[2];
    out->height = (unsigned)numbers[3];
    return VULTUS_OK;
}

/* 16 hexadecimal digits, under 2^63. */
static bool read_visit(const char *text, uint64_t *out)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t visit = 0;
    for (size_t i = 0; text && text[i]; i++) {
        const char *digit = strchr(digits, text[i]);
        if (!digit || i == 16)
            return false;
        visit = visit << 4 | (uint64_t)(digit - digits);
    }
    *out = visit;
    return text && strlen(text) == 16 && visit <= INT64_MAX;
}

static bool read_stamp(const json_t *row, const char *key, bool may_miss, char out[32])
{
    const json_t *value = json_object_get(row, key);
    const char *text = json_string_value(value);
    if (may_miss && (!value || json_is_null(value)))
        return true;
    if (!text || strlen(text) >= 32 || !text[0])
        return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

static vultus_status read_picture(const json_t *value, vultus_event_record *out,
                                  vultus_error *error)
{
    struct buffer bytes;
    buffer_init(&bytes, VULTUS_EVENT_PICTURE_MAX);
    if (!value || json_is_null(value))
        return VULTUS_OK;
    if (!json_is_string(value))
        return row_bad("picture", error);
    vultus_status status =
        base64_decode(json_string_value(value), json_string_length(value), &bytes, error);
    if (!status) {
        out->picture = bytes.data;
        out->picture_size = bytes.size;
        return VULTUS_OK;
    }
    buffer_clear(&bytes);
    return status == VULTUS_ERR_MEMORY ? status : row_bad("picture", error);
}

static vultus_status read_event(const json_t *row, vultus_event_record *out, vultus_error *error)
{
    if (vultus_event_kind_of(json_string_value(json_object_get(row, "event")), &out->kind, NULL))
        return row_bad("event", error);
    if (!read_visit(json_string_value(json_object_get(row, "visit")), &out->visit))
        return row_bad("visit", error);
    if (!read_stamp(row, "at", false, out->at))
        return row_bad("at", error);
    if (!read_stamp(row, "expires", true, out->expires))
        return row_bad("expires", error);
    vultus_status status = row_text(row, "camera", VULTUS_SOURCE_MAX, false, &out->camera, error);
    if (!status)
        status = row_text(row, "name", VULTUS_NAME_MAX, true, &out->name, error);
    if (!status)
        status = row_text(row, "before", VULTUS_NAME_MAX, true, &out->before, error);
    if (!status)
        status = read_numbers(row, out, error);
    return status ? status : read_picture(json_object_get(row, "picture"), out, error);
}

vultus_status vultus_event_read(const char *json, size_t size, vultus_event_record *out,
                                vultus_error *error)
{
    vultus_event_record record = {0};
    json_t *row = NULL;
    if (!json || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a line and a place for what it says");
    vultus_status status = row_load(json, size, &row, error);
    if (!status)
        status = read_event(row, &record, error);
    json_decref(row);
    if (status)
        vultus_event_record_clear(&record);
    else
        *out = record;
    return status;
}
