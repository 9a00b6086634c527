/*
 * Trainings without some of the rows. Folds run on all threads, each on one; people of whom no row is left are not
 * among the fold's people, so numbers are translated on the way in and out. What depends on chance has its
 * seed from the fold's number, never from the thread.
 */
#include "base/memory.h"
#include "decide/classifier_train.h"

#include <math.h>
#include <string.h>

/* Slopes of probabilities (see classifier_svm.c and classifier_centroid.c): powers of two around what embeddings
 * of unit length need. */
double classifier_slope(size_t i)
{
    return ldexp(1, (int)i);
}

size_t classifier_slopes(const struct classifier_method *method)
{
    return method->has_slope ? CLASSIFIER_SLOPES : 1;
}

static bool stopped(const struct classifier_trainer *trainer)
{
    return trainer->training->stop && trainer->training->stop(trainer->training->context);
}

static void step(struct classifier_trainer *trainer)
{
    trainer->done++;
    if (trainer->training->progress)
        trainer->training->progress(trainer->training->context, trainer->done, trainer->total);
}

/* ------------------------------------------------------------------ rows of a fold */

struct subset {
    float *rows;
    uint32_t *person; /* as the fold numbers people */
    double *weight;
    uint32_t *number; /* of each person of all: in the fold, or VULTUS_NOBODY */
    uint32_t *original;
    size_t count, people;
};

static void subset_clear(struct subset *subset, size_t dimension)
{
    mem_free_wiped(subset->rows, subset->count * dimension * sizeof *subset->rows);
    mem_free(subset->person);
    mem_free(subset->weight);
    mem_free(subset->number);
    mem_free(subset->original);
}

/* Weights that make people equal, or ones; their sum is the number of rows. */
static vultus_status weigh(struct subset *subset, bool balanced, vultus_error *error)
{
    double *counts = mem_zalloc(subset->people, sizeof *counts);
    if (!counts)
        return status_memory(error, "training");
    for (size_t i = 0; i < subset->count; i++)
        counts[subset->person[i]]++;
    for (size_t i = 0; i < subset->count; i++)
        subset->weight[i] =
            balanced ? (double)subset->count / ((double)subset->people * counts[subset->person[i]])
                     : 1;
    mem_free(counts);
    return VULTUS_OK;
}

/* The rows that are not held out; `held` may be NULL. */
static vultus_status subset_take(const struct classifier_rows *data, const uint8_t *held,
                                 bool balanced, struct subset *out, vultus_error *error)
{
    const size_t d = data->dimension;
    *out = (struct subset){.rows = mem_array(data->count * d, sizeof *out->rows),
                           .person = mem_array(data->count, sizeof *out->person),
                           .weight = mem_array(data->count, sizeof *out->weight),
                           .number = mem_array(data->people, sizeof *out->number),
                           .original = mem_array(data->people, sizeof *out->original)};
    if (!out->rows || !out->person || !out->weight || !out->number || !out->original)
        return status_memory(error, "training");
    for (size_t p = 0; p < data->people; p++)
        out->number[p] = VULTUS_NOBODY;
    for (size_t i = 0; i < data->count; i++) /* people keep their order */
        if (!held || !held[i])
            out->number[data->person[i]] = 0;
    for (uint32_t p = 0; p < data->people; p++)
        if (out->number[p] != VULTUS_NOBODY) {
            out->original[out->people] = p;
            out->number[p] = (uint32_t)out->people++;
        }
    for (size_t i = 0; i < data->count; i++)
        if (!held || !held[i]) {
            memcpy(out->rows + out->count * d, data->rows + i * d, d * sizeof *out->rows);
            out->person[out->count++] = out->number[data->person[i]];
        }
    return weigh(out, balanced, error);
}

static vultus_status fit(const struct classifier_trainer *trainer, const struct subset *subset,
                         const struct classifier_parameters *parameters, struct pool *pool,
                         struct classifier_model *out, vultus_error *error)
{
    const struct classifier_task task = {.data = {.rows = subset->rows,
                                                  .person = subset->person,
                                                  .weight = subset->weight,
                                                  .count = subset->count,
                                                  .dimension = trainer->data.dimension,
                                                  .people = subset->people},
                                         .parameters = *parameters,
                                         .seed = trainer->seed,
                                         .pool = pool,
                                         .raw = trainer->raw,
                                         .stop = trainer->training->stop,
                                         .context = trainer->training->context};
    if (stopped(trainer))
        return status_set(error, VULTUS_ERR_CANCELLED, "training was stopped");
    return classifier_fit(trainer->method, &task, out, error);
}

/* ------------------------------------------------------------------ testing */

static void test_row(const struct classifier_trainer *trainer, const struct subset *subset,
                     const struct classifier_model *model, size_t row, void *room,
                     double *probability, struct classifier_outcome *out)
{
    struct classifier_verdict verdict;
    const uint32_t truth = trainer->data.person[row], number = subset->number[truth];
    classifier_predict(model, trainer->data.rows + row * trainer->data.dimension, room, probability,
                       &verdict);
    *out = (struct classifier_outcome){.row = (uint32_t)row,
                                       .truth = truth,
                                       .person = subset->original[verdict.person],
                                       .probability = number == VULTUS_NOBODY ? (double)NAN
                                                                              : probability[number],
                                       .score = verdict.score};
}

static vultus_status test(const struct classifier_trainer *trainer, const struct subset *subset,
                          struct classifier_model *model, struct classifier_fold *fold,
                          vultus_error *error)
{
    const size_t slopes = fold->slope > 0 ? 1 : classifier_slopes(trainer->method);
    void *room = mem_aligned(classifier_room(model) + 1, 1);
    double *probability = mem_array(model->people, sizeof *probability);
    for (size_t i = 0; i < trainer->data.count; i++)
        fold->held_count += fold->held[i];
    fold->outcomes = mem_array(slopes * fold->held_count, sizeof *fold->outcomes);
    vultus_status status =
        room && probability && fold->outcomes ? VULTUS_OK : status_memory(error, "training");
    size_t at = 0;
    for (size_t s = 0; !status && s < slopes; s++) {
        if (trainer->method->has_slope)
            model->slope = fold->slope > 0 ? fold->slope : classifier_slope(s);
        for (size_t i = 0; i < trainer->data.count; i++)
            if (fold->held[i])
                test_row(trainer, subset, model, i, room, probability, &fold->outcomes[at++]);
    }
    mem_free(room);
    mem_free(probability);
    return status;
}

/* ------------------------------------------------------------------ on all threads */

struct run {
    struct classifier_trainer *trainer;
    struct classifier_fold *folds;
};

static void *work(void *context, size_t index, unsigned worker)
{
    const struct run *run = context;
    struct classifier_fold *fold = &run->folds[index];
    struct subset subset = {0};
    struct classifier_model model = {0};
    (void)worker;
    fold->status = subset_take(&run->trainer->data, fold->held, fold->parameters->balanced, &subset,
                               &fold->error);
    if (!fold->status)
        fold->status = fit(run->trainer, &subset, fold->parameters, NULL, &model, &fold->error);
    if (!fold->status)
        fold->status = test(run->trainer, &subset, &model, fold, &fold->error);
    classifier_clear(&model);
    subset_clear(&subset, run->trainer->data.dimension);
    return fold;
}

/* What a part of the cross-validation says by itself, before the whole is judged. */
static vultus_status tell(const struct classifier_trainer *trainer, struct classifier_fold *fold,
                          size_t index)
{
    const struct classifier_folds alone = {
        .method = trainer->method, .items = fold, .count = 1, .people = trainer->data.people};
    vultus_classifier_trial trial;
    size_t slope;
    if (!trainer->tested || !trainer->validating || !fold->held_count)
        return VULTUS_OK;
    fold->status = classifier_judge(&alone, &trial, &slope, &fold->error);
    if (fold->status)
        return fold->status;
    classifier_print(trainer->method, fold->parameters, trial.parameters, sizeof trial.parameters);
    const vultus_classifier_fold told = {.parameters = trial.parameters,
                                         .fold = (unsigned)(index % trainer->validating) + 1,
                                         .folds = trainer->validating,
                                         .tested = fold->held_count,
                                         .accuracy = trial.accuracy,
                                         .log_loss = trial.log_loss};
    trainer->tested(trainer->training->context, &told);
    return VULTUS_OK;
}

static bool deliver(void *context, size_t index, void *result)
{
    const struct run *run = context;
    struct classifier_fold *fold = result;
    bool good = !fold->status && !tell(run->trainer, fold, index);
    step(run->trainer);
    return good;
}

static void discard(void *context, void *result)
{
    (void)context;
    (void)result; /* folds are the caller's */
}

vultus_status classifier_run_folds(struct classifier_trainer *trainer,
                                   struct classifier_fold *folds, size_t count, vultus_error *error)
{
    struct run run = {trainer, folds};
    const struct conveyor conveyor = {
        .count = count, .work = work, .deliver = deliver, .discard = discard, .context = &run};
    vultus_status status = pool_convey(trainer->pool, &conveyor, error);
    for (size_t i = 0; !status && i < count; i++)
        if (folds[i].status) {
            status = folds[i].status;
            if (error)
                *error = folds[i].error;
        }
    return status;
}

vultus_status classifier_train_all(struct classifier_trainer *trainer,
                                   const struct classifier_parameters *parameters,
                                   struct classifier_model *out, vultus_error *error)
{
    struct subset subset = {0};
    vultus_status status = subset_take(&trainer->data, NULL, parameters->balanced, &subset, error);
    if (!status)
        status = fit(trainer, &subset, parameters, trainer->pool, out, error);
    subset_clear(&subset, trainer->data.dimension);
    if (!status)
        step(trainer);
    return status;
}
