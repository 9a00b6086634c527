/* Labelled embeddings as a file: what is written, and that what is read fits together. */
#include "base/memory.h"
#include "decide/decision.h"
#include "gallery/search.h"
#include "model/trained.h"

#include <math.h>
#include <string.h>

#define KIND "embeddings"
#define VERSION 1
#define EMBEDDER_MAX 95

static vultus_status bad(vultus_error *error, const char *why)
{
    return status_set(error, VULTUS_ERR_ARGUMENT, "labelled embeddings: %s", why);
}

static vultus_status check(const vultus_labelled *labelled, vultus_error *error)
{
    if (!labelled || (labelled->count && (!labelled->embeddings || !labelled->person)) ||
        !labelled->dimension || labelled->dimension > SEARCH_DIMENSION_MAX)
        return bad(error, "embeddings, persons and a dimension are needed");
    if (labelled->count > VULTUS_LABELLED_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "%zu embeddings; at most %zu are taken",
                          labelled->count, VULTUS_LABELLED_MAX);
    if (labelled->metric != VULTUS_METRIC_COSINE && labelled->metric != VULTUS_METRIC_EUCLIDEAN)
        return bad(error, "the metric is none");
    for (size_t i = 0; i < labelled->count; i++) {
        if (labelled->person[i] >= labelled->people && labelled->person[i] != VULTUS_NOBODY)
            return bad(error, "a person's number is not below their count");
        if (labelled->quality && !(labelled->quality[i] >= 0 && labelled->quality[i] <= 1))
            return bad(error, "a quality is not from 0 to 1");
        vultus_status status =
            decision_check(labelled->embeddings + i * labelled->dimension, labelled->dimension,
                           labelled->raw, "an embedding", error);
        if (status)
            return status;
    }
    return VULTUS_OK;
}

vultus_status vultus_labelled_write(const vultus_labelled *labelled, const char *path,
                                    vultus_error *error)
{
    struct buffer names, sources;
    struct trained_tensor tensors[6];
    size_t count = 0;
    vultus_status status = path ? check(labelled, error) : bad(error, "where to write them?");
    if (status)
        return status;
    const size_t rows = labelled->count;
    status = trained_join(labelled->names, labelled->names ? labelled->people : 0, &names, error);
    if (!status)
        status = trained_join(labelled->sources, labelled->sources ? rows : 0, &sources, error);
    else
        buffer_init(&sources, 0);
    json_t *head = json_pack(
        "{s:s, s:I, s:s, s:b}", "embedder", labelled->embedder ? labelled->embedder : "", "people",
        (json_int_t)labelled->people, "metric",
        labelled->metric == VULTUS_METRIC_COSINE ? "cosine" : "euclidean", "raw", labelled->raw);
    if (!status && !head)
        status = status_memory(error, "labelled embeddings");
    tensors[count++] = (struct trained_tensor){
        "embeddings", WEIGHTS_F32, {2, {rows, labelled->dimension}}, labelled->embeddings};
    tensors[count++] =
        (struct trained_tensor){"person", WEIGHTS_I32, {1, {rows}}, labelled->person};
    if (labelled->picture)
        tensors[count++] =
            (struct trained_tensor){"picture", WEIGHTS_I32, {1, {rows}}, labelled->picture};
    if (labelled->quality)
        tensors[count++] =
            (struct trained_tensor){"quality", WEIGHTS_F32, {1, {rows}}, labelled->quality};
    if (labelled->names)
        tensors[count++] =
            (struct trained_tensor){"names", WEIGHTS_U8, {1, {names.size}}, names.data};
    if (labelled->sources)
        tensors[count++] =
            (struct trained_tensor){"sources", WEIGHTS_U8, {1, {sources.size}}, sources.data};
    const struct trained_file file = {KIND, VERSION, head, tensors, count};
    if (!status)
        status = trained_write(path, &file, error);
    json_decref(head);
    buffer_clear(&names);
    buffer_clear(&sources);
    return status;
}

/* ------------------------------------------------------------------ reading */

struct reading {
    const char *path;
    const struct trained *file;
    vultus_labelled *out;
    vultus_error *error;
};

static vultus_status odd(const struct reading *reading, const char *why)
{
    return status_set(reading->error, VULTUS_ERR_FORMAT, "%.140s: %s", reading->path, why);
}

static vultus_status read_head(const struct reading *reading)
{
    const char *metric, *embedder;
    double people;
    vultus_labelled *out = reading->out;
    vultus_status status = trained_text(reading->file, "metric", 16, &metric, reading->error);
    if (!status)
        status = trained_text(reading->file, "embedder", EMBEDDER_MAX, &embedder, reading->error);
    if (!status)
        status = trained_number(reading->file, "people", 0, (double)VULTUS_LABELLED_MAX, &people,
                                reading->error);
    if (status)
        return status;
    out->raw = json_is_true(json_object_get(reading->file->head, "raw"));
    out->people = (size_t)people;
    out->metric = strcmp(metric, "euclidean") ? VULTUS_METRIC_COSINE : VULTUS_METRIC_EUCLIDEAN;
    if (*embedder && !(out->embedder = mem_string(embedder)))
        return status_memory(reading->error, "labelled embeddings");
    return VULTUS_OK;
}

/* A tensor of `count` elements of four bytes, copied; NULL where there is none and none is needed. */
static vultus_status read_column(const struct reading *reading, const char *name,
                                 enum weights_type type, bool needed, const void **out)
{
    struct weights_shape shape = {1, {reading->out->count}};
    const void *data = NULL;
    vultus_error none;
    vultus_error *error = needed ? reading->error : &none;
    if (weights_tensor(reading->file->weights, name, type, &shape, &data, error))
        return needed ? odd(reading, "a column is missing") : VULTUS_OK;
    *out = mem_copy(data, reading->out->count * 4);
    return *out ? VULTUS_OK : status_memory(reading->error, "labelled embeddings");
}

static vultus_status read_texts(const struct reading *reading, const char *name, size_t count,
                                const char *const **out)
{
    vultus_error why;
    vultus_status status = trained_texts(reading->file, name, count, out, &why);
    if (status == VULTUS_ERR_MEMORY)
        return status_memory(reading->error, "labelled embeddings");
    return status ? odd(reading, why.message) : VULTUS_OK;
}

static vultus_status read_all(const struct reading *reading)
{
    vultus_labelled *out = reading->out;
    struct weights_shape shape = {2, {0}};
    const float *embeddings = NULL;
    vultus_error why;
    vultus_status status = read_head(reading);
    if (status)
        return status;
    if (weights_tensor(reading->file->weights, "embeddings", WEIGHTS_F32, &shape,
                       (const void **)&embeddings, &why) ||
        shape.sizes[0] > VULTUS_LABELLED_MAX || !shape.sizes[1] ||
        shape.sizes[1] > SEARCH_DIMENSION_MAX)
        return odd(reading, "it has no embeddings");
    out->count = shape.sizes[0];
    out->dimension = shape.sizes[1];
    out->embeddings = mem_copy(embeddings, out->count * out->dimension * sizeof *embeddings);
    if (!out->embeddings)
        return status_memory(reading->error, "labelled embeddings");
    status = read_column(reading, "person", WEIGHTS_I32, true, (const void **)&out->person);
    if (!status)
        status = read_column(reading, "picture", WEIGHTS_I32, false, (const void **)&out->picture);
    if (!status)
        status = read_column(reading, "quality", WEIGHTS_F32, false, (const void **)&out->quality);
    if (!status)
        status = read_texts(reading, "names", out->people, &out->names);
    if (!status)
        status = read_texts(reading, "sources", out->count, &out->sources);
    if (!status && check(out, &why))
        status = odd(reading, "its values are damaged");
    return status;
}

vultus_status vultus_labelled_read(const char *path, vultus_labelled *out, vultus_error *error)
{
    struct trained file;
    vultus_labelled labelled = {0};
    if (!path || !out)
        return bad(error, "a path and a place for them are needed");
    vultus_status status = trained_read(path, KIND, VERSION, &file, error);
    if (status)
        return status;
    const struct reading reading = {path, &file, &labelled, error};
    status = read_all(&reading);
    trained_clear(&file);
    if (status)
        vultus_labelled_clear(&labelled);
    else
        *out = labelled;
    return status;
}

static void release(const void *block)
{
    mem_free((void *)(uintptr_t)block);
}

void vultus_labelled_clear(vultus_labelled *labelled)
{
    if (!labelled)
        return;
    mem_free_wiped((void *)(uintptr_t)labelled->embeddings,
                   labelled->count * labelled->dimension * sizeof(float));
    release(labelled->person);
    release(labelled->picture);
    release(labelled->quality);
    release(labelled->names);
    release(labelled->sources);
    release(labelled->embedder);
    *labelled = (vultus_labelled){0};
}
