/* What rows are checked for, whichever database they come from. */
#include "gallery/store_rows.h"
#include "base/memory.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define UNIT_TOLERANCE 1e-3 /* as the search index has it */

/* ------------------------------------------------------------------ floats */

void store_put_floats(const float *values, size_t count, uint8_t *out)
{
    for (size_t i = 0; i < count; i++, out += 4) {
        uint32_t bits;
        memcpy(&bits, values + i, sizeof bits);
        out[0] = (uint8_t)bits;
        out[1] = (uint8_t)(bits >> 8);
        out[2] = (uint8_t)(bits >> 16);
        out[3] = (uint8_t)(bits >> 24);
    }
}

bool store_get_floats(const uint8_t *bytes, size_t size, size_t count, float *out)
{
    if (!bytes || size != 4 * count)
        return false;
    for (size_t i = 0; i < count; i++, bytes += 4) {
        uint32_t bits = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                        (uint32_t)bytes[3] << 24;
        memcpy(out + i, &bits, sizeof bits);
        if (!isfinite(out[i]))
            return false;
    }
    return true;
}

bool store_is_unit(const float *embedding, size_t dimension)
{
    double squared = 0;
    for (size_t i = 0; i < dimension; i++)
        squared += (double)embedding[i] * (double)embedding[i];
    return fabs(sqrt(squared) - 1) <= UNIT_TOLERANCE;
}

/* ------------------------------------------------------------------ faces */

static float *number_of(vultus_face *face, enum store_number number)
{
    float *const fields[STORE_NUMBERS] = {
        [STORE_X] = &face->box.x,
        [STORE_Y] = &face->box.y,
        [STORE_WIDTH] = &face->box.width,
        [STORE_HEIGHT] = &face->box.height,
        [STORE_SCORE] = &face->score,
        [STORE_SIZE] = &face->quality.size,
        [STORE_SHARPNESS] = &face->quality.sharpness,
        [STORE_BRIGHTNESS] = &face->quality.brightness,
        [STORE_ROLL] = &face->quality.roll,
        [STORE_YAW] = &face->quality.yaw,
    };
    return fields[number];
}

void store_numbers(const vultus_face *face, float out[STORE_NUMBERS])
{
    vultus_face copy = *face;
    for (int i = 0; i < STORE_NUMBERS; i++)
        out[i] = *number_of(&copy, (enum store_number)i);
}

bool store_face(const double numbers[STORE_NUMBERS], vultus_face *out)
{
    for (int i = 0; i < STORE_NUMBERS; i++) {
        if (!(fabs(numbers[i]) <= (double)FLT_MAX))
            return false;
        *number_of(out, (enum store_number)i) = (float)numbers[i];
    }
    return true;
}

static bool read_landmarks(struct store_bytes bytes, vultus_face *face)
{
    float points[2 * VULTUS_LANDMARKS];
    if (!store_get_floats(bytes.data, bytes.size, 2 * VULTUS_LANDMARKS, points))
        return false;
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        face->landmarks[i] = (vultus_point){points[2 * i], points[2 * i + 1]};
    return true;
}

static const char *row_fault(const struct store_row *row, vultus_face *face)
{
    if (row->bad_source)
        return "has a bad source";
    if (!row->embedder || row->dimension < 1 || row->dimension > SEARCH_DIMENSION_MAX)
        return "has a bad embedder";
    if (!row->created)
        return "has a bad date";
    if (!store_face(row->numbers, face) || !read_landmarks(row->landmarks, face))
        return "has a bad box, landmark or measure";
    if (!row->picture.data || row->picture.size != HASH_SIZE)
        return "has a bad hash of its picture";
    if (row->thumbnail.size > STORE_THUMBNAIL_MAX)
        return "has a thumbnail that is too large";
    return NULL;
}

const char *store_row_read(const struct store_row *row, vultus_face_record *out, bool *memory)
{
    *out = (vultus_face_record){.id = row->id};
    const char *fault = row_fault(row, &out->face);
    size_t thumbnail = row->thumbnail.size;
    if (fault)
        return fault;
    strncpy(out->created, row->created, sizeof out->created - 1);
    memcpy(out->picture, row->picture.data, HASH_SIZE);
    out->dimension = (size_t)row->dimension;
    out->embedding = mem_array(out->dimension, sizeof *out->embedding);
    out->embedder = mem_string(row->embedder);
    out->source = row->source ? mem_string(row->source) : NULL;
    out->thumbnail = thumbnail ? mem_copy(row->thumbnail.data, thumbnail) : NULL;
    out->thumbnail_size = thumbnail;
    *memory = !out->embedding || !out->embedder || (row->source && !out->source) ||
              (thumbnail && !out->thumbnail);
    if (*memory)
        return NULL;
    if (!store_get_floats(row->vector.data, row->vector.size, out->dimension, out->embedding))
        return "has no embedding, or a bad one";
    return NULL;
}

size_t store_added(const vultus_enrolled *enrolled, size_t count)
{
    size_t added = 0;
    for (size_t i = 0; i < count; i++)
        added += !enrolled[i].duplicate;
    return added;
}

/* ------------------------------------------------------------------ facts */

static const char *const kinds[VULTUS_FACT_KINDS] = {"attribute", "tag", "group", "consent",
                                                     "retain"};

const char *vultus_fact_name(vultus_fact_kind kind)
{
    return (unsigned)kind < VULTUS_FACT_KINDS ? kinds[kind] : NULL;
}

const char *store_fact_tell(const struct store_fact *fact, const char *value, char *out,
                            size_t size)
{
    if (!value)
        return NULL;
    if (fact->kind == VULTUS_FACT_ATTRIBUTE)
        snprintf(out, size, "attribute %s=%s", fact->key, value);
    else if (fact->key[0])
        snprintf(out, size, "%s %s", kinds[fact->kind], fact->key);
    else
        snprintf(out, size, "%s: %s", kinds[fact->kind], value);
    return out;
}

const char *store_fact_fault(const char *const texts[4], vultus_fact_kind *kind)
{
    unsigned at = 0;
    while (texts[0] && at < VULTUS_FACT_KINDS && strcmp(kinds[at], texts[0]) != 0)
        at++;
    if (!texts[0] || !texts[1] || !texts[2] || !texts[3] || at == VULTUS_FACT_KINDS)
        return "has a bad fact";
    *kind = (vultus_fact_kind)at;
    return NULL;
}

const char *store_fact_read(const char *const texts[4], vultus_facts *facts, bool *memory)
{
    vultus_fact_kind kind;
    const char *fault = store_fact_fault(texts, &kind);
    if (fault)
        return fault;
    vultus_fact *items = mem_resize(facts->items, facts->count + 1, sizeof *items);
    *memory = !items;
    if (!items)
        return NULL;
    facts->items = items;
    items += facts->count++;
    *items =
        (vultus_fact){.kind = kind, .key = mem_string(texts[1]), .value = mem_string(texts[2])};
    strncpy(items->since, texts[3], sizeof items->since - 1);
    *memory = !items->key || !items->value;
    return NULL;
}
