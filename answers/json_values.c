/* JSON values that are always valid, whatever bytes and floats they are made of. */
#include "answers/json_values.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <math.h>

void json_setup(void)
{
    json_set_alloc_funcs(mem_alloc, mem_free);
}

json_t *json_text(const char *text)
{
    if (!text)
        return json_null();
    json_t *value = json_string(text);
    if (value)
        return value;
    char *copy = utf8_repaired(text);
    value = copy ? json_string(copy) : NULL;
    mem_free(copy);
    return value;
}

json_t *json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_whole(size_t value)
{
    return json_integer((json_int_t)value);
}

json_t *json_joined(json_t *object, json_t *more)
{
    bool good = object && more && !json_object_update(object, more);
    json_decref(more);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

json_t *json_appended(json_t *list, json_t *value)
{
    if (list && value && !json_array_append(list, value)) {
        json_decref(value);
        return list;
    }
    json_decref(value);
    json_decref(list);
    return NULL;
}

json_t *json_box(const vultus_face *face)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "x", json_number(face->box.x), "y",
                     json_number(face->box.y), "width", json_number(face->box.width), "height",
                     json_number(face->box.height), "score", json_number(face->score));
}

static json_t *json_points(const vultus_point *from, size_t count)
{
    json_t *points = json_array();
    for (size_t i = 0; points && i < count; i++) {
        json_t *point = json_pack("[o, o]", json_number(from[i].x), json_number(from[i].y));
        if (json_array_append_new(points, point)) {
            json_decref(points);
            points = NULL;
        }
    }
    return points;
}

json_t *json_landmarks(const vultus_face *face)
{
    return json_points(face->landmarks, VULTUS_LANDMARKS);
}

json_t *json_shape(const vultus_face *face)
{
    return json_points(face->shape, face->shape_count);
}

json_t *json_quality(const vultus_face *face)
{
    const vultus_quality *q = &face->quality;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "size", json_number(q->size),
                     "sharpness", json_number(q->sharpness), "brightness",
                     json_number(q->brightness), "roll", json_number(q->roll), "yaw",
                     json_number(q->yaw), "pitch", json_number(q->pitch), "contrast",
                     json_number(q->contrast), "occlusion", json_number(q->occlusion), "score",
                     json_number(q->score));
}

json_t *json_expression(const vultus_attributes *attributes)
{
    if (!isfinite(attributes->expression[0]))
        return json_null();
    json_t *object = json_object();
    for (size_t i = 0; object && i < VULTUS_EXPRESSIONS; i++)
        if (json_object_set_new(object, vultus_expression_name((vultus_expression)i),
                                json_number(attributes->expression[i]))) {
            json_decref(object);
            object = NULL;
        }
    return object;
}

json_t *json_live(float score, float threshold)
{
    return json_pack("{s:o, s:o, s:b}", "score", json_number(score), "threshold",
                     json_number(threshold), "passed", score >= threshold);
}
