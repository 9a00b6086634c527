/* The linear layer of classifiers. */
#include "decide/classifier_linear.h"
#include "kernel/kernel.h"

const struct classifier_layout linear_layout[] = {
    {"weights", false}, {"bias", false}, {NULL, false}};

vultus_status linear_add(struct classifier_model *model, vultus_error *error)
{
    vultus_status status =
        classifier_add(model, "weights", false, model->people, model->dimension, error);
    return status ? status : classifier_add(model, "bias", false, model->people, 1, error);
}

void linear_set(struct classifier_model *model, size_t person, const double *row)
{
    const size_t d = model->dimension;
    float *weights = model->tensors[0].data, *bias = model->tensors[1].data;
    for (size_t j = 0; j < d; j++)
        weights[person * d + j] = (float)row[j];
    bias[person] = (float)row[d];
}

bool linear_check(const struct classifier_model *model)
{
    return classifier_tensor(model, "weights", false, model->people, model->dimension) &&
           classifier_tensor(model, "bias", false, model->people, 1);
}

size_t linear_room(const struct classifier_model *model)
{
    return model->people * sizeof(float);
}

void linear_values(const struct classifier_model *model, const float *probe, float *room,
                   double *out)
{
    const float *weights = classifier_tensor(model, "weights", false, 0, 0)->data;
    const float *bias = classifier_tensor(model, "bias", false, 0, 0)->data;
    const size_t d = model->dimension;
    kernel_best()->dot_rows(probe, weights, d, model->people, d, room);
    for (size_t p = 0; p < model->people; p++)
        out[p] = (double)room[p] + bias[p];
}
