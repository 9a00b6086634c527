/*
 * k nearest neighbours (Cover and Hart 1967) by Euclidean distance, with votes that are equal or weighed by the
 * inverse distance, as in scikit-learn. A tie goes to whose neighbours are nearer, so that k = 5 is of
 * use where everybody has one picture; scikit-learn gives it to the lower label.
 */
#include "decide/classifier.h"
#include "base/memory.h"
#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

/* Of a vote, for breaking ties: a nearer neighbour adds more, and never as much as a vote. */
#define TIE 1e-6

struct neighbor {
    float distance; /* squared */
    uint32_t row;
};

static vultus_status train(const struct classifier_task *task, struct classifier_model *model,
                           vultus_error *error)
{
    const struct classifier_rows *data = &task->data;
    vultus_status status =
        classifier_add(model, "rows", false, data->count, data->dimension, error);
    if (!status)
        status = classifier_add(model, "person", true, data->count, 1, error);
    if (status)
        return status;
    memcpy(model->tensors[0].data, data->rows, data->count * data->dimension * sizeof(float));
    memcpy(model->tensors[1].data, data->person, data->count * sizeof(int32_t));
    return VULTUS_OK;
}

static bool check(const struct classifier_model *model)
{
    const struct classifier_tensor *rows =
        classifier_tensor(model, "rows", false, 0, model->dimension);
    if (!rows || !rows->rows || rows->rows > CLASSIFIER_ROWS_MAX)
        return false;
    const struct classifier_tensor *person =
        classifier_tensor(model, "person", true, rows->rows, 1);
    for (size_t i = 0; person && i < rows->rows; i++)
        if (((const uint32_t *)person->data)[i] >= model->people)
            return false;
    return person != NULL;
}

static size_t neighbors(const struct classifier_model *model, size_t rows)
{
    return model->parameters.neighbors < rows ? model->parameters.neighbors : rows;
}

static size_t room(const struct classifier_model *model)
{
    const size_t rows = classifier_tensor(model, "rows", false, 0, 0)->rows;
    return rows * sizeof(float) + neighbors(model, rows) * sizeof(struct neighbor);
}

/* The nearest rows, the nearest first. */
static void find(const float *distance, size_t rows, struct neighbor *nearest, size_t k)
{
    size_t count = 0;
    for (size_t i = 0; i < rows; i++) {
        if (count == k && distance[i] >= nearest[k - 1].distance)
            continue;
        size_t at = count < k ? count++ : k - 1;
        for (; at && nearest[at - 1].distance > distance[i]; at--)
            nearest[at] = nearest[at - 1];
        nearest[at] = (struct neighbor){distance[i], (uint32_t)i};
    }
}

static void predict(const struct classifier_model *model, const float *probe, void *memory,
                    double *probability)
{
    const struct kernel_table *kernels = kernel_best();
    const struct classifier_tensor *tensor = classifier_tensor(model, "rows", false, 0, 0);
    const uint32_t *person = classifier_tensor(model, "person", true, 0, 0)->data;
    const float *rows = tensor->data;
    const size_t count = tensor->rows, d = model->dimension, k = neighbors(model, count);
    float *distance = memory;
    struct neighbor *nearest = (struct neighbor *)(distance + count);
    double sum = 0;
    if (model->raw)
        for (size_t i = 0; i < count; i++)
            distance[i] = kernels->sqdist(probe, rows + i * d, d);
    else
        kernels->dot_rows(probe, rows, d, count, d, distance);
    for (size_t i = 0; !model->raw && i < count; i++)
        distance[i] = -distance[i];
    find(distance, count, nearest, k);
    memset(probability, 0, model->people * sizeof *probability);
    for (size_t i = 0; i < k; i++) {
        double far = sqrt(kernels->sqdist(probe, rows + nearest[i].row * d, d));
        double vote = model->parameters.uniform ? 1 + TIE / (1 + far) : 1 / fmax(far, 1e-9);
        probability[person[nearest[i].row]] += vote;
        sum += vote;
    }
    for (size_t p = 0; p < model->people; p++)
        probability[p] /= sum;
}

static const struct classifier_layout layout[] = {{"rows", false}, {"person", true}, {NULL, false}};

const struct classifier_method classifier_knn = {
    .name = "knn",
    .uses = CLASSIFIER_NEIGHBORS | CLASSIFIER_WEIGHTS,
    .layout = layout,
    .train = train,
    .check = check,
    .room = room,
    .predict = predict,
};
