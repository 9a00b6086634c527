/*
 * The nearest centroid by Euclidean distance (Rocchio 1971; scikit-learn's NearestCentroid). Distances become
 * probabilities by a softmax over minus half their squares, as for normal distributions of one width; the
 * slope, which is the inverse of that width's square, is fitted on held-out pictures.
 */
#include "decide/classifier.h"
#include "base/memory.h"
#include "kernel/kernel.h"

#include <string.h>

static vultus_status train(const struct classifier_task *task, struct classifier_model *model,
                           vultus_error *error)
{
    const struct classifier_rows *data = &task->data;
    const size_t d = data->dimension;
    vultus_status status = classifier_add(model, "centroids", false, data->people, d, error);
    if (status)
        return status;
    double *weight = mem_zalloc(data->people, sizeof *weight);
    float *centroids = model->tensors[0].data;
    if (!weight)
        return status_memory(error, "a classifier");
    for (size_t i = 0; i < data->count; i++) {
        weight[data->person[i]]++;
        for (size_t j = 0; j < d; j++)
            centroids[data->person[i] * d + j] += data->rows[i * d + j];
    }
    for (size_t i = 0; i < data->people * d; i++)
        centroids[i] /= (float)weight[i / d];
    mem_free(weight);
    return VULTUS_OK;
}

static bool check(const struct classifier_model *model)
{
    return classifier_tensor(model, "centroids", false, model->people, model->dimension) != NULL;
}

static size_t room(const struct classifier_model *model)
{
    (void)model;
    return 0;
}

static void predict(const struct classifier_model *model, const float *probe, void *memory,
                    double *probability)
{
    const float *centroids = classifier_tensor(model, "centroids", false, 0, 0)->data;
    const size_t d = model->dimension;
    (void)memory;
    for (size_t p = 0; p < model->people; p++)
        probability[p] =
            -0.5 * model->slope * (double)kernel_best()->sqdist(probe, centroids + p * d, d);
    classifier_normalise(probability, model->people);
}

static const struct classifier_layout layout[] = {{"centroids", false}, {NULL, false}};

const struct classifier_method classifier_centroid = {
    .name = "centroid",
    .has_slope = true,
    .layout = layout,
    .train = train,
    .check = check,
    .room = room,
    .predict = predict,
};
