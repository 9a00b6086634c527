/*
 * One logistic regression for each person against all others (one-vs-rest). Probabilities are the sigmoids, divided
 * by their sum, as scikit-learn's OneVsRestClassifier gives them.
 */
#include "decide/classifier.h"
#include "base/memory.h"
#include "decide/classifier_linear.h"
#include "decide/logistic.h"

struct work {
    const struct classifier_task *task;
    struct classifier_model *model;
    float *columns;
};

static vultus_status train_one(void *context, size_t person, unsigned worker, vultus_error *error)
{
    const struct work *work = context;
    const struct classifier_rows *data = &work->task->data;
    const struct classifier_parameters *parameters = &work->task->parameters;
    (void)worker;
    uint8_t *yes = mem_alloc(data->count);
    double *answer = mem_array(data->dimension + 1, sizeof *answer);
    vultus_status status = VULTUS_OK;
    if (!yes || !answer)
        status = status_memory(error, "training");
    for (size_t i = 0; !status && i < data->count; i++)
        yes[i] = data->person[i] == person;
    const struct logistic_fit fit = {.rows = data->rows,
                                     .columns = work->columns,
                                     .yes = yes,
                                     .weight = data->weight,
                                     .count = data->count,
                                     .dimension = data->dimension,
                                     .c = parameters->c,
                                     .tolerance = parameters->tolerance,
                                     .iterations = parameters->iterations,
                                     .stop = work->task->stop,
                                     .context = work->task->context};
    if (!status)
        status = logistic_train(&fit, answer, error);
    if (!status)
        linear_set(work->model, person, answer);
    mem_free(yes);
    mem_free(answer);
    return status;
}

static vultus_status train(const struct classifier_task *task, struct classifier_model *model,
                           vultus_error *error)
{
    const struct classifier_rows *data = &task->data;
    vultus_status status = linear_add(model, error);
    struct work work = {task, model, NULL};
    if (status || data->people < 2) /* against nobody there is nothing to learn: zeros */
        return status;
    work.columns = mem_array(data->count * data->dimension, sizeof *work.columns);
    if (!work.columns)
        return status_memory(error, "training");
    logistic_transpose(data->rows, data->count, data->dimension, work.columns);
    status = pool_for(task->pool, data->people, train_one, &work, error);
    mem_free_wiped(work.columns, data->count * data->dimension * sizeof *work.columns);
    return status;
}

static void predict(const struct classifier_model *model, const float *probe, void *room,
                    double *probability)
{
    linear_values(model, probe, room, probability);
    /* The same as sigmoids over their sum, also where all of them are too small for a double. */
    for (size_t p = 0; p < model->people; p++)
        probability[p] = -logistic_softplus(-probability[p]);
    classifier_normalise(probability, model->people);
}

const struct classifier_method classifier_logistic = {
    .name = "logistic",
    .uses = CLASSIFIER_C | CLASSIFIER_TOL | CLASSIFIER_ITERATIONS | CLASSIFIER_BALANCED,
    .layout = linear_layout,
    .train = train,
    .check = linear_check,
    .room = linear_room,
    .predict = predict,
};
