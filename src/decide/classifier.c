/*
 * What all classifiers share. Probabilities alone do not reject strangers, because they say only who of
 * the known is likeliest; so each verdict also has how near the probe is to the mean of that person's
 * faces, and a score of both that is compared with a threshold.
 */
#include "decide/classifier.h"
#include "base/memory.h"
#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

const struct classifier_method *const classifier_methods[] = {
    &classifier_knn,     &classifier_softmax, &classifier_logistic, &classifier_svm_linear,
    &classifier_svm_rbf, &classifier_forest,  &classifier_centroid, NULL};

const struct classifier_method *classifier_find(const char *name)
{
    for (size_t i = 0; classifier_methods[i]; i++)
        if (!strcmp(classifier_methods[i]->name, name))
            return classifier_methods[i];
    return NULL;
}

/* ------------------------------------------------------------------ tensors */

vultus_status classifier_add(struct classifier_model *model, const char *name, bool whole,
                             size_t rows, size_t columns, vultus_error *error)
{
    size_t count;
    if (__builtin_mul_overflow(rows, columns, &count) || count > CLASSIFIER_FLOATS_MAX)
        return status_set(error, VULTUS_ERR_LIMIT,
                          "%s would keep %zu x %zu numbers; at most %zu are allowed",
                          model->method->name, rows, columns, CLASSIFIER_FLOATS_MAX);
    void *data = mem_zalloc(count, sizeof(float));
    if (!data)
        return status_memory(error, "a classifier");
    model->tensors[model->tensor_count++] =
        (struct classifier_tensor){name, whole, rows, columns, data};
    return VULTUS_OK;
}

const struct classifier_tensor *classifier_tensor(const struct classifier_model *model,
                                                  const char *name, bool whole, size_t rows,
                                                  size_t columns)
{
    for (size_t i = 0; i < model->tensor_count; i++) {
        const struct classifier_tensor *tensor = &model->tensors[i];
        if (!strcmp(tensor->name, name))
            return tensor->whole == whole && (!rows || tensor->rows == rows) &&
                           (!columns || tensor->columns == columns)
                       ? tensor
                       : NULL;
    }
    return NULL;
}

void classifier_clear(struct classifier_model *model)
{
    for (size_t i = 0; i < model->tensor_count; i++)
        mem_free_wiped(model->tensors[i].data,
                       model->tensors[i].rows * model->tensors[i].columns * sizeof(float));
    mem_free_wiped(model->means, model->people * model->dimension * sizeof *model->means);
    *model = (struct classifier_model){0};
}

/* Products of such numbers stay finite. */
static bool small(float x)
{
    return fabsf(x) <= 1e12f;
}

bool classifier_sound(const struct classifier_model *model)
{
    const size_t count = model->people * model->dimension;
    for (size_t i = 0; i < count; i++)
        if (!small(model->means[i]))
            return false;
    for (size_t i = 0; i < model->tensor_count; i++) {
        const struct classifier_tensor *tensor = &model->tensors[i];
        for (size_t k = 0; !tensor->whole && k < tensor->rows * tensor->columns; k++)
            if (!small(((const float *)tensor->data)[k]))
                return false;
    }
    return model->method->check(model);
}

/* ------------------------------------------------------------------ training */

static vultus_status find_means(const struct classifier_rows *data, struct classifier_model *model,
                                vultus_error *error)
{
    const size_t d = data->dimension;
    uint32_t *counts = mem_zalloc(data->people, sizeof *counts);
    model->means = mem_zalloc(data->people * d, sizeof *model->means);
    if (!counts || !model->means) {
        mem_free(counts);
        return status_memory(error, "a classifier");
    }
    for (size_t i = 0; i < data->count; i++) {
        float *mean = model->means + data->person[i] * d;
        counts[data->person[i]]++;
        for (size_t j = 0; j < d; j++) {
            mean[j] += data->rows[i * d + j];
            model->spread += (double)data->rows[i * d + j] * data->rows[i * d + j];
        }
    }
    model->spread /= (double)data->count;
    for (size_t p = 0; p < data->people; p++) {
        float *mean = model->means + p * d, length = counts[p];
        if (!model->raw) /* opposite faces may cancel to nothing */
            length = fmaxf(sqrtf(kernel_best()->dot(mean, mean, d)), 1e-12f);
        for (size_t j = 0; j < d; j++)
            mean[j] /= length;
    }
    mem_free(counts);
    return VULTUS_OK;
}

vultus_status classifier_fit(const struct classifier_method *method,
                             const struct classifier_task *task, struct classifier_model *out,
                             vultus_error *error)
{
    *out = (struct classifier_model){.method = method,
                                     .parameters = task->parameters,
                                     .dimension = task->data.dimension,
                                     .people = task->data.people,
                                     .raw = task->raw,
                                     .slope = 1,
                                     .threshold = -INFINITY};
    vultus_status status = find_means(&task->data, out, error);
    return status ? status : method->train(task, out, error);
}

/* ------------------------------------------------------------------ prediction */

size_t classifier_room(const struct classifier_model *model)
{
    return model->method->room(model);
}

double classifier_closeness(const struct classifier_model *model, const float *probe, size_t person)
{
    const float *mean = model->means + person * model->dimension;
    const struct kernel_table *kernels = kernel_best();
    if (!model->raw)
        return kernels->dot(probe, mean, model->dimension);
    return 1 - kernels->sqdist(probe, mean, model->dimension) / (2 * model->spread);
}

void classifier_predict(const struct classifier_model *model, const float *probe, void *room,
                        double *probability, struct classifier_verdict *out)
{
    size_t best = 0;
    model->method->predict(model, probe, room, probability);
    for (size_t p = 1; p < model->people; p++)
        if (probability[p] > probability[best])
            best = p;
    out->person = best;
    out->probability = probability[best];
    out->closeness = classifier_closeness(model, probe, best);
    out->score = out->closeness + CLASSIFIER_SHARE * out->probability;
}

void classifier_normalise(double *logarithms, size_t count)
{
    double most = -INFINITY, sum = 0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, logarithms[i]);
    for (size_t i = 0; i < count; i++)
        sum += logarithms[i] = exp(logarithms[i] - most);
    for (size_t i = 0; i < count; i++)
        logarithms[i] /= sum;
}
