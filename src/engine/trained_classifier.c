/*
 * Classifiers as files: the method, its parameters and where it rejects in the head, what it learnt in
 * tensors, named by the method's layout. Everything is checked before it is used: a file can make a
 * classifier answer nonsense, and nothing worse.
 */
#include "base/file.h"
#include "base/memory.h"
#include "engine/classifier_file.h"
#include "gallery/names.h"
#include "gallery/search.h"
#include "model/trained.h"

#include <math.h>
#include <string.h>

#define KIND "classifier"
#define VERSION 1
#define LARGE 1e12 /* no number of a sound head is beyond */

/* ------------------------------------------------------------------ writing */

static vultus_status make_head(const vultus_classifier *classifier, json_t **out,
                               vultus_error *error)
{
    const struct classifier_model *model = &classifier->model;
    char parameters[CLASSIFIER_TEXT_MAX + 1];
    classifier_print(model->method, &model->parameters, parameters, sizeof parameters);
    *out = json_pack("{s:s, s:s, s:s, s:s, s:b, s:I, s:I, s:f, s:f, s:f, s:f}", "embedder",
                     classifier->embedder, "method", model->method->name, "parameters", parameters,
                     "metric", classifier->metric == VULTUS_METRIC_COSINE ? "cosine" : "euclidean",
                     "raw", model->raw, "people", (json_int_t)model->people, "dimension",
                     (json_int_t)model->dimension, "far", classifier->far, "threshold",
                     model->threshold, "slope", model->slope, "spread", model->spread);
    return *out ? VULTUS_OK : status_memory(error, "a classifier");
}

vultus_status classifier_print_file(const vultus_classifier *classifier, struct buffer *out,
                                    vultus_error *error)
{
    struct trained_tensor tensors[CLASSIFIER_TENSORS_MAX + 2];
    struct buffer names;
    json_t *head = NULL;
    const struct classifier_model *model = &classifier->model;
    vultus_status status = trained_join(classifier->names, model->people, &names, error);
    if (!status)
        status = make_head(classifier, &head, error);
    tensors[0] = (struct trained_tensor){"names", WEIGHTS_U8, {1, {names.size}}, names.data};
    tensors[1] = (struct trained_tensor){
        "means", WEIGHTS_F32, {2, {model->people, model->dimension}}, model->means};
    for (size_t i = 0; i < model->tensor_count; i++) {
        const struct classifier_tensor *from = &model->tensors[i];
        tensors[i + 2] = (struct trained_tensor){from->name,
                                                 from->whole ? WEIGHTS_I32 : WEIGHTS_F32,
                                                 {2, {from->rows, from->columns}},
                                                 from->data};
    }
    const struct trained_file file = {KIND, VERSION, head, tensors, model->tensor_count + 2};
    if (!status)
        status = trained_print(&file, out, error);
    json_decref(head);
    buffer_clear(&names);
    return status;
}

vultus_status vultus_classifier_write(const vultus_classifier *classifier, const char *path,
                                      vultus_error *error)
{
    struct buffer bytes = {0};
    if (!classifier || !path)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a classifier and a path are needed");
    vultus_status status = classifier_print_file(classifier, &bytes, error);
    if (!status)
        status = file_write(path, bytes.data, bytes.size, error);
    buffer_clear(&bytes);
    return status;
}

/* ------------------------------------------------------------------ reading */

struct reading {
    const char *path;
    const struct trained *file;
    vultus_classifier *out;
    vultus_error *error;
};

static vultus_status odd(const struct reading *reading, const char *why)
{
    return status_set(reading->error, VULTUS_ERR_FORMAT, "%.140s: %.90s", reading->path, why);
}

static vultus_status read_numbers(const struct reading *reading, vultus_error *error)
{
    struct classifier_model *model = &reading->out->model;
    double people = 0, dimension = 0;
    struct {
        const char *key;
        double least, most, *out;
    } fields[] = {{"people", 2, CLASSIFIER_PEOPLE_MAX, &people},
                  {"dimension", 1, SEARCH_DIMENSION_MAX, &dimension},
                  {"far", 0, 1, &reading->out->far},
                  {"threshold", -LARGE, LARGE, &model->threshold},
                  {"slope", 0, LARGE, &model->slope},
                  {"spread", 1 / LARGE, LARGE, &model->spread}};
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < sizeof fields / sizeof *fields; i++)
        status = trained_number(reading->file, fields[i].key, fields[i].least, fields[i].most,
                                fields[i].out, error);
    model->people = (size_t)people;
    model->dimension = (size_t)dimension;
    return status;
}

static vultus_status read_head(const struct reading *reading)
{
    const char *method = NULL, *parameters = NULL, *metric = NULL, *embedder = NULL;
    struct classifier_model *model = &reading->out->model;
    vultus_error why = {0};
    vultus_status status = trained_text(reading->file, "method", 32, &method, &why);
    if (!status)
        status = trained_text(reading->file, "parameters", CLASSIFIER_TEXT_MAX, &parameters, &why);
    if (!status)
        status = trained_text(reading->file, "metric", 16, &metric, &why);
    if (!status)
        status = trained_text(reading->file, "embedder", CLASSIFIER_EMBEDDER_MAX, &embedder, &why);
    if (status)
        return odd(reading, why.message);
    if (!(model->method = classifier_find(method)))
        return status_set(reading->error, VULTUS_ERR_FORMAT,
                          "%.140s: this vultus has no method \"%s\"", reading->path, method);
    memcpy(reading->out->embedder, embedder, strlen(embedder) + 1);
    reading->out->metric =
        strcmp(metric, "euclidean") ? VULTUS_METRIC_COSINE : VULTUS_METRIC_EUCLIDEAN;
    model->raw = json_is_true(json_object_get(reading->file->head, "raw"));
    classifier_defaults(&model->parameters);
    status = classifier_parse(model->method, parameters, &model->parameters, &why);
    if (!status)
        status = read_numbers(reading, &why);
    return status ? odd(reading, why.message) : VULTUS_OK;
}

static vultus_status read_names(const struct reading *reading)
{
    const size_t people = reading->out->model.people;
    vultus_error why = {0};
    vultus_status status =
        trained_texts(reading->file, "names", people, &reading->out->names, &why);
    if (status == VULTUS_ERR_MEMORY)
        return status_memory(reading->error, "a classifier");
    if (status || !reading->out->names)
        return odd(reading, "its names are damaged");
    for (size_t i = 0; i < people; i++)
        if (names_fault(reading->out->names[i], strlen(reading->out->names[i])))
            return odd(reading, "its names are damaged");
    return VULTUS_OK;
}

static vultus_status read_means(const struct reading *reading)
{
    struct classifier_model *model = &reading->out->model;
    struct weights_shape shape = {2, {model->people, model->dimension}};
    const void *data = NULL;
    vultus_error why;
    if (weights_tensor(reading->file->weights, "means", WEIGHTS_F32, &shape, &data, &why))
        return odd(reading, "its means are damaged");
    model->means = mem_copy(data, model->people * model->dimension * sizeof *model->means);
    return model->means ? VULTUS_OK : status_memory(reading->error, "a classifier");
}

static vultus_status read_tensor(const struct reading *reading,
                                 const struct classifier_layout *layout)
{
    struct classifier_model *model = &reading->out->model;
    struct weights_shape shape = {2, {0, 0}};
    const void *data = NULL;
    vultus_error why;
    if (weights_tensor(reading->file->weights, layout->name,
                       layout->whole ? WEIGHTS_I32 : WEIGHTS_F32, &shape, &data, &why))
        return odd(reading, "a part of the classifier is missing");
    vultus_status status = classifier_add(model, layout->name, layout->whole, shape.sizes[0],
                                          shape.sizes[1], reading->error);
    if (!status)
        memcpy(model->tensors[model->tensor_count - 1].data, data,
               shape.sizes[0] * shape.sizes[1] * sizeof(float));
    return status;
}

static vultus_status read_all(const struct reading *reading)
{
    vultus_status status = read_head(reading);
    if (!status)
        status = read_names(reading);
    if (!status)
        status = read_means(reading);
    if (status)
        return status;
    const struct classifier_model *model = &reading->out->model;
    for (const struct classifier_layout *at = model->method->layout; !status && at->name; at++)
        status = read_tensor(reading, at);
    if (!status && !classifier_sound(model))
        status = odd(reading, "its values are damaged");
    return status;
}

static vultus_status take(struct trained *file, const char *path, vultus_classifier **out,
                          vultus_error *error)
{
    vultus_classifier *classifier = mem_zalloc(1, sizeof *classifier);
    const struct reading reading = {path, file, classifier, error};
    vultus_status status = classifier ? read_all(&reading) : status_memory(error, "a classifier");
    trained_clear(file);
    if (status)
        vultus_classifier_free(classifier);
    else
        *out = classifier;
    return status;
}

vultus_status vultus_classifier_read(const char *path, vultus_classifier **out, vultus_error *error)
{
    struct trained file;
    if (!path || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a path and a place for it are needed");
    vultus_status status = trained_read(path, KIND, VERSION, &file, error);
    return status ? status : take(&file, path, out, error);
}

vultus_status classifier_parse_file(const void *bytes, size_t size, const char *name,
                                    vultus_classifier **out, vultus_error *error)
{
    struct trained file;
    vultus_status status = trained_parse(bytes, size, name, KIND, VERSION, &file, error);
    return status ? status : take(&file, name, out, error);
}
