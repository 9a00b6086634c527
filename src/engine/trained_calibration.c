/*
 * Calibrations as JSON: the user's files and the contracts of packs have the same object. A file is
 * untrusted: its size has a limit before it is read as JSON, every number has one, and calibration_check
 * looks at the whole.
 */
#include "base/file.h"
#include "base/memory.h"
#include "engine/calibrated.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#define VERSION 1
#define DIGITS 7 /* of scores, which are floats */
#define COUNT_MAX 1e15

static const char *const not_there = "is missing";

/* ------------------------------------------------------------------ reading */

struct reading {
    const char *name;
    vultus_error *error;
    vultus_status status; /* the first failure; what follows is left out */
};

static void wrong(struct reading *reading, const char *field, const char *fault)
{
    if (!reading->status)
        reading->status = status_set(reading->error, VULTUS_ERR_FORMAT, "%s: %s %s",
                                     file_shown(reading->name), field, fault);
}

static double number(struct reading *reading, const json_t *object, const char *field)
{
    const json_t *value = json_object_get(object, field);
    if (!json_is_number(value))
        wrong(reading, field, value ? "is not a number" : not_there);
    return json_number_value(value);
}

static size_t count(struct reading *reading, const json_t *object, const char *field)
{
    double value = number(reading, object, field);
    if (!(value >= 0 && value <= COUNT_MAX)) {
        wrong(reading, field, "is not a number of things");
        return 0;
    }
    return (size_t)value;
}

static void text(struct reading *reading, const json_t *object, const char *field, char *out,
                 size_t most)
{
    const char *value = json_string_value(json_object_get(object, field));
    if (!value || strlen(value) > most) {
        wrong(reading, field, value ? "is too long" : not_there);
        return;
    }
    memcpy(out, value, strlen(value) + 1);
}

static void points(struct reading *reading, const json_t *object, const char *field,
                   float out[CALIBRATION_POINTS])
{
    const json_t *list = json_object_get(object, field);
    if (json_array_size(list) != CALIBRATION_POINTS)
        wrong(reading, field, "is not a list of 33 numbers");
    for (size_t i = 0; !reading->status && i < CALIBRATION_POINTS; i++) {
        const json_t *value = json_array_get(list, i);
        if (!json_is_number(value))
            wrong(reading, field, "is not a list of 33 numbers");
        out[i] = (float)json_number_value(value);
    }
}

static void read_object(struct reading *reading, const json_t *root, struct vultus_calibration *out)
{
    struct calibration *numbers = &out->numbers;
    const json_t *tail = json_object_get(root, "tail"), *crowd = json_object_get(root, "crowd");
    const json_t *similarity = json_object_get(root, "similarity");
    char score[16] = "";
    double version = number(reading, root, "calibration");
    if (version > VERSION)
        wrong(reading, "calibration", "is of a newer vultus; update this one");
    else if (version != VERSION)
        wrong(reading, "calibration", "is not 1");
    text(reading, root, "embedder", out->embedder, CALIBRATED_EMBEDDER_MAX);
    text(reading, root, "data", out->data, VULTUS_CALIBRATION_DATA_MAX);
    text(reading, root, "score", score, sizeof score - 1);
    out->by_distance = !strcmp(score, "distance");
    if (!out->by_distance && strcmp(score, "cosine") != 0)
        wrong(reading, "score", "is neither \"cosine\" nor \"distance\"");
    numbers->people = count(reading, root, "people");
    numbers->faces = count(reading, root, "faces");
    numbers->same_pairs = count(reading, root, "same_pairs");
    numbers->different_pairs = count(reading, root, "different_pairs");
    numbers->finest = number(reading, root, "finest_far");
    points(reading, root, "different", numbers->different);
    numbers->tail_rate = number(reading, tail, "rate");
    numbers->tail.scale = number(reading, tail, "scale");
    numbers->tail.shape = number(reading, tail, "shape");
    numbers->crowd.level = number(reading, crowd, "level");
    numbers->crowd.slope = number(reading, crowd, "slope");
    numbers->crowd.faces = number(reading, crowd, "faces");
    numbers->has_same = json_is_object(similarity);
    if (!numbers->has_same && !json_is_null(similarity))
        wrong(reading, "similarity", similarity ? "is neither an object nor null" : not_there);
    if (!numbers->has_same)
        return;
    numbers->platt.slope = number(reading, similarity, "slope");
    numbers->platt.offset = number(reading, similarity, "offset");
    points(reading, root, "same", numbers->same);
}

static vultus_status load(const void *bytes, size_t size, const char *name, json_t **root,
                          vultus_error *error)
{
    json_error_t trouble;
    if (size > CALIBRATED_BYTES_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "%s: larger than %zu bytes", file_shown(name),
                          CALIBRATED_BYTES_MAX);
    *root = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &trouble);
    if (!*root && (json_error_code(&trouble) == json_error_out_of_memory || !trouble.text[0]))
        return status_memory(error, "a calibration"); /* jansson does not say so everywhere */
    return VULTUS_OK;
}

static vultus_status take(const json_t *root, const char *name, struct vultus_calibration **out,
                          vultus_error *error)
{
    struct reading reading = {name, error, VULTUS_OK};
    vultus_error why = {0};
    struct vultus_calibration *made = mem_zalloc(1, sizeof *made);
    if (!made)
        reading.status = status_memory(error, "a calibration");
    else if (!json_is_object(root))
        wrong(&reading, "this", "is no calibration that vultus wrote");
    else
        read_object(&reading, root, made);
    if (!reading.status && calibration_check(&made->numbers, &why))
        wrong(&reading, why.message, "in a calibration");
    if (reading.status)
        mem_free(made);
    else
        *out = made;
    return reading.status;
}

vultus_status calibrated_parse(const void *bytes, size_t size, const char *name,
                               struct vultus_calibration **out, vultus_error *error)
{
    json_t *root = NULL;
    vultus_status status = load(bytes, size, name, &root, error);
    if (!status)
        status = take(root, name, out, error);
    json_decref(root);
    return status;
}

vultus_status calibrated_find(const char *text, const struct calibrated_choice *choice,
                              struct vultus_calibration **out, vultus_error *error)
{
    static const char name[] = "pack.json: calibration";
    struct vultus_calibration *found = NULL;
    json_t *root = NULL;
    vultus_status status = load(text, strlen(text), name, &root, error);
    const size_t count = json_is_array(root) ? json_array_size(root) : 1;
    for (size_t i = 0; !status && !*out && i < count; i++) {
        status = take(json_is_array(root) ? json_array_get(root, i) : root, name, &found, error);
        if (!status && !strcmp(found->embedder, choice->embedder) &&
            found->by_distance == choice->by_distance)
            *out = found;
        else if (!status)
            vultus_calibration_free(found);
    }
    json_decref(root);
    return status;
}

vultus_status vultus_calibration_read(const char *path, vultus_calibration **out,
                                      vultus_error *error)
{
    struct buffer bytes;
    if (!path || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "a path and a place for the calibration are needed");
    vultus_status status = file_read(path, CALIBRATED_BYTES_MAX, &bytes, error);
    if (status)
        return status;
    status = calibrated_parse(bytes.data, bytes.size, path, out, error);
    buffer_clear(&bytes);
    return status;
}

/* ------------------------------------------------------------------ writing */

static vultus_status put_points(struct buffer *out, const char *field,
                                const float points[CALIBRATION_POINTS], vultus_error *error)
{
    vultus_status status = buffer_print(out, error, "  \"%s\": [", field);
    for (size_t i = 0; !status && i < CALIBRATION_POINTS; i++)
        status = buffer_print(out, error, "%s%.*g", i ? ", " : "", DIGITS + 2, (double)points[i]);
    return status ? status : buffer_print(out, error, "],\n");
}

/* A text in quotes, through jansson so that it is always valid. */
static vultus_status put_text(struct buffer *out, const char *field, const char *value,
                              vultus_error *error)
{
    char quoted[6 * VULTUS_CALIBRATION_DATA_MAX + 8];
    json_t *string = json_string(value);
    if (!string)
        return status_set(error, VULTUS_ERR_ARGUMENT, "%s of a calibration is not UTF-8", field);
    size_t size = json_dumpb(string, quoted, sizeof quoted, JSON_ENCODE_ANY);
    json_decref(string);
    if (!size || size > sizeof quoted)
        return status_memory(error, "a calibration");
    return buffer_print(out, error, "  \"%s\": %.*s,\n", field, (int)size, quoted);
}

static vultus_status put_same(struct buffer *out, const struct calibration *numbers,
                              vultus_error *error)
{
    if (!numbers->has_same)
        return buffer_print(out, error, "  \"similarity\": null,\n");
    vultus_status status = put_points(out, "same", numbers->same, error);
    return status ? status
                  : buffer_print(out, error,
                                 "  \"similarity\": {\"slope\": %.9g, \"offset\": %.9g},\n",
                                 numbers->platt.slope, numbers->platt.offset);
}

static vultus_status print(const vultus_calibration *calibration, struct buffer *out,
                           vultus_error *error)
{
    const struct calibration *numbers = &calibration->numbers;
    vultus_status status = buffer_print(out, error, "{\n  \"calibration\": %d,\n", VERSION);
    if (!status)
        status = put_text(out, "embedder", calibration->embedder, error);
    if (!status)
        status = put_text(out, "data", calibration->data, error);
    if (!status)
        status = buffer_print(out, error,
                              "  \"score\": \"%s\",\n  \"people\": %zu,\n  \"faces\": %zu,\n"
                              "  \"same_pairs\": %zu,\n  \"different_pairs\": %zu,\n",
                              calibration->by_distance ? "distance" : "cosine", numbers->people,
                              numbers->faces, numbers->same_pairs, numbers->different_pairs);
    if (!status)
        status = put_points(out, "different", numbers->different, error);
    if (!status)
        status = put_same(out, numbers, error);
    if (!status)
        status = buffer_print(out, error,
                              "  \"tail\": {\"rate\": %.9g, \"scale\": %.9g, \"shape\": %.9g},\n"
                              "  \"crowd\": {\"level\": %.9g, \"slope\": %.9g, \"faces\": %.9g},\n"
                              "  \"finest_far\": %.9g\n}\n",
                              numbers->tail_rate, numbers->tail.scale, numbers->tail.shape,
                              numbers->crowd.level, numbers->crowd.slope, numbers->crowd.faces,
                              numbers->finest);
    return status;
}

vultus_status vultus_calibration_write(const vultus_calibration *calibration, const char *path,
                                       vultus_error *error)
{
    struct buffer text;
    if (!calibration || !path)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a calibration and a path are needed");
    buffer_init(&text, CALIBRATED_BYTES_MAX);
    vultus_status status = print(calibration, &text, error);
    if (!status)
        status = file_write(path, text.data, text.size, error);
    buffer_clear(&text);
    return status;
}
