/*
 * A face of a gallery from one line of JSON, as exports have it. Everything in it is untrusted: sizes are
 * known before memory is taken, and numbers must be finite floats. Keys that are not known are left alone, so
 * that newer exports can be read.
 */
#include "engine/rows_json.h"
#include "base/base64.h"
#include "base/memory.h"

#include <float.h>
#include <math.h>
#include <string.h>

vultus_status row_bad(const char *what, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_FORMAT, "\"%s\" is missing, or is not what an export has",
                      what);
}

vultus_status row_load(const char *json, size_t size, json_t **out, vultus_error *error)
{
    json_error_t trouble;
    if (size > VULTUS_ROW_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "a line of %zu bytes; at most %zu are read",
                          size, VULTUS_ROW_MAX);
    *out = json_loadb(json, size, JSON_REJECT_DUPLICATES, &trouble);
    return *out ? VULTUS_OK
                : status_set(error, VULTUS_ERR_FORMAT, "not JSON: %.150s", trouble.text);
}

static bool read_float(const json_t *value, float *out)
{
    double number = json_number_value(value);
    if (!json_is_number(value) || !(fabs(number) <= (double)FLT_MAX))
        return false;
    *out = (float)number;
    return true;
}

struct field {
    const char *key;
    float *out;
};

static vultus_status read_fields(const json_t *object, const struct field *fields, size_t count,
                                 vultus_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (!read_float(json_object_get(object, fields[i].key), fields[i].out))
            return row_bad(fields[i].key, error);
    return VULTUS_OK;
}

static vultus_status read_face(const json_t *row, vultus_face *face, vultus_error *error)
{
    vultus_quality *quality = &face->quality;
    const struct field box[] = {{"x", &face->box.x},
                                {"y", &face->box.y},
                                {"width", &face->box.width},
                                {"height", &face->box.height},
                                {"score", &face->score}};
    const struct field measures[] = {{"size", &quality->size},
                                     {"sharpness", &quality->sharpness},
                                     {"brightness", &quality->brightness},
                                     {"roll", &quality->roll},
                                     {"yaw", &quality->yaw}};
    const json_t *points = json_object_get(row, "landmarks");
    vultus_status status = read_fields(row, box, sizeof box / sizeof *box, error);
    if (!status)
        status = read_fields(json_object_get(row, "quality"), measures,
                             sizeof measures / sizeof *measures, error);
    if (!status && json_array_size(points) != VULTUS_LANDMARKS)
        status = row_bad("landmarks", error);
    for (size_t i = 0; !status && i < VULTUS_LANDMARKS; i++) {
        const json_t *point = json_array_get(points, i);
        if (json_array_size(point) != 2 ||
            !read_float(json_array_get(point, 0), &face->landmarks[i].x) ||
            !read_float(json_array_get(point, 1), &face->landmarks[i].y))
            status = row_bad("landmarks", error);
    }
    return status;
}

static vultus_status read_embedding(const json_t *list, vultus_face_record *out,
                                    vultus_error *error)
{
    size_t count = json_array_size(list);
    if (!count || count > SEARCH_DIMENSION_MAX)
        return row_bad("embedding", error);
    if (!(out->embedding = mem_array(count, sizeof *out->embedding)))
        return status_memory(error, "an embedding");
    out->dimension = count;
    for (size_t i = 0; i < count; i++)
        if (!read_float(json_array_get(list, i), out->embedding + i))
            return row_bad("embedding", error);
    return VULTUS_OK;
}

vultus_status row_text(const json_t *row, const char *key, size_t max, bool optional, char **out,
                       vultus_error *error)
{
    const json_t *value = json_object_get(row, key);
    const char *text = json_string_value(value);
    if (optional && (!value || json_is_null(value)))
        return VULTUS_OK;
    if (!text || json_string_length(value) > max || strlen(text) != json_string_length(value))
        return row_bad(key, error);
    *out = mem_string(text);
    return *out ? VULTUS_OK : status_memory(error, "a face");
}

static int hex_digit(char digit)
{
    return digit >= '0' && digit <= '9'   ? digit - '0'
           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                                          : -1;
}

bool row_hash(const char *text, uint8_t out[HASH_SIZE])
{
    if (!text || strlen(text) != (size_t)2 * HASH_SIZE)
        return false;
    for (size_t i = 0; i < HASH_SIZE; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static vultus_status read_thumbnail(const json_t *value, vultus_face_record *out,
                                    vultus_error *error)
{
    struct buffer bytes;
    buffer_init(&bytes, STORE_THUMBNAIL_MAX);
    if (!value || json_is_null(value) || (json_is_string(value) && !json_string_length(value)))
        return VULTUS_OK;
    if (!json_is_string(value))
        return row_bad("thumbnail", error);
    vultus_status status =
        base64_decode(json_string_value(value), json_string_length(value), &bytes, error);
    if (!status) {
        out->thumbnail = bytes.data;
        out->thumbnail_size = bytes.size;
        return VULTUS_OK;
    }
    buffer_clear(&bytes);
    return status == VULTUS_ERR_MEMORY ? status : row_bad("thumbnail", error);
}

static vultus_status read_row(const json_t *row, char **name, vultus_face_record *out,
                              vultus_error *error)
{
    const char *created = json_string_value(json_object_get(row, "created"));
    const json_t *picture = json_object_get(row, "picture");
    vultus_status status = row_text(row, "name", VULTUS_NAME_MAX, false, name, error);
    if (!status)
        status = row_text(row, "source", VULTUS_SOURCE_MAX, true, &out->source, error);
    if (!status)
        status = row_text(row, "embedder", STORE_EMBEDDER_MAX, false, &out->embedder, error);
    if (!status && (!created || strlen(created) >= sizeof out->created))
        status = row_bad("created", error);
    if (!status && !row_hash(json_string_value(picture), out->picture))
        status = row_bad("picture", error);
    if (!status)
        status = read_face(row, &out->face, error);
    if (!status)
        status = read_embedding(json_object_get(row, "embedding"), out, error);
    if (!status)
        status = read_thumbnail(json_object_get(row, "thumbnail"), out, error);
    if (!status)
        memcpy(out->created, created, strlen(created) + 1);
    return status;
}

vultus_status vultus_row_read(const char *json, size_t size, char **name, vultus_face_record *out,
                              vultus_error *error)
{
    vultus_face_record record = {0};
    char *read_name = NULL;
    json_t *row = NULL;
    if (!json || !name || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a line and places for what it says");
    vultus_status status = row_load(json, size, &row, error);
    if (!status)
        status = read_row(row, &read_name, &record, error);
    json_decref(row);
    if (status) {
        vultus_row_clear(&read_name, &record);
        return status;
    }
    *name = read_name;
    *out = record;
    return VULTUS_OK;
}
