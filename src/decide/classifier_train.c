/*
 * Chooses parameters by stratified cross-validation, and the threshold by people who were left out.
 *
 * Cross-validation: each person's rows are dealt to the folds in a random order, so that every fold has its share
 * of everybody. A person with one row is always trained on. The slope of probabilities, where a method
 * has one, is what makes the held-out log-loss least.
 *
 * Threshold: people are dealt to PARTS; the model that has never seen those of one part scores their rows. Of n
 * scores a new one is above the k-th highest with probability k / (n + 1): the threshold is just above the
 * highest k with which that is at most `far`. With fewer than 1 / far - 1 scores there is none: then a
 * normal distribution with their mean and deviation says where it would be, but never below the highest.
 * With many rows not every part is left out in turn.
 */
#include "decide/classifier_train.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/statistics.h"

#include <math.h>
#include <stdlib.h>

#define PARTS 5
#define ENOUGH 10 /* scores above the threshold: it is known to a third of the rate then */

static vultus_status no_memory(vultus_error *error)
{
    return status_memory(error, "training");
}

/* ------------------------------------------------------------------ dealing rows and people */

/* held[fold * count + row]. Only rows of people with two or more are ever held out. */
static vultus_status deal_rows(const struct classifier_trainer *trainer, unsigned folds,
                               uint8_t *held, vultus_error *error)
{
    const struct classifier_rows *data = &trainer->data;
    struct random random;
    uint32_t *order = mem_array(data->count, sizeof *order);
    uint32_t *next = mem_array(data->people, sizeof *next);
    uint32_t *rows = mem_zalloc(data->people, sizeof *rows);
    vultus_status status = order && next && rows ? VULTUS_OK : no_memory(error);
    random_seed(&random, trainer->seed);
    for (uint32_t i = 0; !status && i < data->count; i++) {
        order[i] = i;
        rows[data->person[i]]++;
    }
    if (!status)
        random_shuffle(&random, order, data->count);
    /* Where each person begins is random too, or the first folds would get all the odd rows. */
    for (size_t p = 0; !status && p < data->people; p++)
        next[p] = (uint32_t)random_below(&random, folds);
    for (size_t i = 0; !status && i < data->count; i++) {
        const uint32_t person = data->person[order[i]];
        if (rows[person] > 1)
            held[next[person]++ % folds * data->count + order[i]] = 1;
    }
    mem_free(order);
    mem_free(next);
    mem_free(rows);
    return status;
}

static vultus_status deal_people(const struct classifier_trainer *trainer, size_t parts,
                                 uint8_t *held, vultus_error *error)
{
    const struct classifier_rows *data = &trainer->data;
    struct random random;
    uint32_t *order = mem_array(data->people, sizeof *order);
    uint32_t *part = mem_array(data->people, sizeof *part);
    vultus_status status = order && part ? VULTUS_OK : no_memory(error);
    random_seed(&random, trainer->seed + 1);
    for (uint32_t p = 0; !status && p < data->people; p++)
        order[p] = p;
    if (!status)
        random_shuffle(&random, order, data->people);
    for (size_t k = 0; !status && k < data->people; k++)
        part[order[k]] = (uint32_t)(k % parts);
    for (size_t i = 0; !status && i < data->count; i++)
        held[part[data->person[i]] * data->count + i] = 1;
    mem_free(order);
    mem_free(part);
    return status;
}

/* Folds that can be filled: no more than the most rows that anybody has; 0: nobody has two. */
static vultus_status count_folds(const struct classifier_trainer *trainer, unsigned *out,
                                 vultus_error *error)
{
    const struct classifier_rows *data = &trainer->data;
    uint32_t most = 0;
    uint32_t *rows = mem_zalloc(data->people, sizeof *rows);
    if (!rows)
        return no_memory(error);
    for (size_t i = 0; i < data->count; i++)
        if (++rows[data->person[i]] > most)
            most = rows[data->person[i]];
    mem_free(rows);
    *out = most < 2 || trainer->folds < 2 ? 0 : most < trainer->folds ? most : trainer->folds;
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ cross-validation */

struct validation {
    struct classifier_trainer *trainer;
    unsigned folds;
    uint8_t *held;                   /* folds x rows */
    struct classifier_fold *runs;    /* combinations x folds */
    vultus_classifier_trial *trials; /* combinations */
    size_t *slope;                   /* of each combination: which is best */
    size_t best;                     /* combination */
};

/* Of one combination. */
static struct classifier_folds folds_of(const struct validation *validation, size_t combination)
{
    return (struct classifier_folds){.method = validation->trainer->method,
                                     .items = validation->runs + combination * validation->folds,
                                     .count = validation->folds,
                                     .people = validation->trainer->data.people};
}

static bool better(const vultus_classifier_trial *a, const vultus_classifier_trial *b)
{
    return a->accuracy > b->accuracy || (a->accuracy == b->accuracy && a->log_loss < b->log_loss);
}

static vultus_status validate(struct validation *validation, vultus_error *error)
{
    struct classifier_trainer *trainer = validation->trainer;
    const size_t rows = trainer->data.count, all = trainer->grid_count * validation->folds;
    validation->held = mem_zalloc(validation->folds * rows, 1);
    validation->runs = mem_zalloc(all, sizeof *validation->runs);
    if (!validation->held || !validation->runs)
        return no_memory(error);
    vultus_status status = deal_rows(trainer, validation->folds, validation->held, error);
    if (status)
        return status;
    for (size_t i = 0; i < all; i++)
        validation->runs[i] =
            (struct classifier_fold){.parameters = &trainer->grid[i / validation->folds],
                                     .held = validation->held + i % validation->folds * rows};
    trainer->validating = validation->folds;
    status = classifier_run_folds(trainer, validation->runs, all, error);
    trainer->validating = 0;
    for (size_t c = 0; !status && c < trainer->grid_count; c++) {
        const struct classifier_folds folds = folds_of(validation, c);
        status = classifier_judge(&folds, &validation->trials[c], &validation->slope[c], error);
    }
    for (size_t c = 1; !status && c < trainer->grid_count; c++)
        if (better(&validation->trials[c], &validation->trials[validation->best]))
            validation->best = c;
    return status;
}

static void validation_clear(struct validation *validation)
{
    for (size_t i = 0; validation->runs && i < validation->trainer->grid_count * validation->folds;
         i++)
        mem_free(validation->runs[i].outcomes);
    mem_free(validation->runs);
    mem_free(validation->held);
    mem_free(validation->slope);
}

/* ------------------------------------------------------------------ the threshold */

static int descending(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left < right) - (left > right);
}

/* See the top; the scores get sorted. */
static double find_threshold(double *scores, size_t count, double far, bool *estimated)
{
    double sum = 0, squares = 0;
    size_t above = (size_t)floor(far * (double)(count + 1));
    qsort(scores, count, sizeof *scores, descending);
    *estimated = !above;
    if (above)
        return nextafter(scores[above - 1], INFINITY);
    for (size_t i = 0; i < count; i++) {
        sum += scores[i];
        squares += scores[i] * scores[i];
    }
    const double mean = sum / (double)count;
    const double deviation = sqrt(fmax(0, squares / (double)count - mean * mean));
    return fmax(nextafter(scores[0], INFINITY), mean + statistics_deviate(far) * deviation);
}

static size_t count_parts(const struct classifier_trainer *trainer)
{
    return trainer->data.people < PARTS ? trainer->data.people : PARTS;
}

/* Parts that are left out in turn: all of them, unless fewer have ENOUGH scores. */
static size_t count_turns(const struct classifier_trainer *trainer)
{
    const size_t parts = count_parts(trainer);
    const double each = (double)(trainer->data.count / parts);
    const double turns = ceil(ENOUGH / (trainer->far * fmax(1, each)));
    return turns < (double)parts ? (size_t)turns : parts;
}

/* Scores of people's rows by models that have not seen the person. */
static vultus_status score_strangers(struct classifier_trainer *trainer,
                                     const struct classifier_model *model, double *scores,
                                     size_t *count, vultus_error *error)
{
    const size_t rows = trainer->data.count, parts = count_parts(trainer);
    const size_t turns = count_turns(trainer);
    struct classifier_fold runs[PARTS] = {0};
    uint8_t *held = mem_zalloc(parts * rows, 1);
    if (!held)
        return no_memory(error);
    vultus_status status = deal_people(trainer, parts, held, error);
    for (size_t i = 0; i < turns; i++)
        runs[i] = (struct classifier_fold){.parameters = &model->parameters,
                                           .held = held + i * rows,
                                           .slope = trainer->method->has_slope ? model->slope : 1};
    if (!status)
        status = classifier_run_folds(trainer, runs, turns, error);
    for (size_t i = 0; i < turns; i++) {
        for (size_t k = 0; !status && k < runs[i].held_count; k++)
            scores[(*count)++] = runs[i].outcomes[k].score;
        mem_free(runs[i].outcomes);
    }
    mem_free(held);
    return status;
}

static double share_above(const double *scores, size_t count, double threshold)
{
    size_t above = 0;
    for (size_t i = 0; i < count; i++)
        above += scores[i] >= threshold;
    return (double)above / (double)count;
}

/* The final model on strangers from elsewhere. */
static vultus_status score_others(const struct classifier_trainer *trainer,
                                  const struct classifier_model *model, double *scores,
                                  vultus_error *error)
{
    struct classifier_verdict verdict;
    void *room = mem_aligned(classifier_room(model) + 1, 1);
    double *probability = mem_array(model->people, sizeof *probability);
    vultus_status status = room && probability ? VULTUS_OK : no_memory(error);
    for (size_t i = 0; !status && i < trainer->stranger_count; i++) {
        classifier_predict(model, trainer->strangers + i * trainer->data.dimension, room,
                           probability, &verdict);
        scores[i] = verdict.score;
    }
    mem_free(room);
    mem_free(probability);
    return status;
}

static vultus_status set_threshold(struct classifier_trainer *trainer,
                                   struct classifier_model *model, vultus_classifier_report *report,
                                   vultus_error *error)
{
    const size_t others = trainer->stranger_count;
    double *scores = mem_array(trainer->data.count + others, sizeof *scores);
    size_t rows = 0;
    bool estimated = false;
    if (!scores)
        return no_memory(error);
    vultus_status status = score_strangers(trainer, model, scores, &rows, error);
    if (!status)
        status = score_others(trainer, model, scores + rows, error);
    if (!status) {
        model->threshold = find_threshold(scores, rows, trainer->far, &report->estimated);
        if (others) {
            double other = find_threshold(scores + rows, others, trainer->far, &estimated);
            report->estimated = other > model->threshold ? estimated : report->estimated;
            model->threshold = fmax(model->threshold, other);
        }
        report->strangers = rows + others;
        report->threshold = model->threshold;
        report->false_positives = share_above(scores, rows + others, model->threshold);
    }
    mem_free(scores);
    return status;
}

/* ------------------------------------------------------------------ all of it */

static double share_recognised(const struct validation *validation, double threshold)
{
    size_t good = 0, count = 0;
    for (unsigned f = 0; f < validation->folds; f++) {
        const struct classifier_fold *fold =
            &validation->runs[validation->best * validation->folds + f];
        const struct classifier_outcome *outcomes =
            fold->outcomes + validation->slope[validation->best] * fold->held_count;
        for (size_t i = 0; i < fold->held_count; i++)
            good += outcomes[i].person == outcomes[i].truth && outcomes[i].score >= threshold;
        count += fold->held_count;
    }
    return count ? (double)good / (double)count : (double)NAN;
}

static vultus_status open_trials(struct validation *validation, vultus_classifier_report *report,
                                 vultus_error *error)
{
    const struct classifier_trainer *trainer = validation->trainer;
    report->trials = mem_zalloc(trainer->grid_count, sizeof *report->trials);
    validation->trials = report->trials;
    validation->slope = mem_zalloc(trainer->grid_count, sizeof *validation->slope);
    if (!report->trials || !validation->slope)
        return no_memory(error);
    report->trial_count = trainer->grid_count;
    report->accuracy_low = report->accuracy_high = (double)NAN;
    for (size_t c = 0; c < trainer->grid_count; c++) {
        vultus_classifier_trial *trial = &report->trials[c];
        trial->accuracy = trial->deviation = trial->macro_f1 = trial->log_loss = (double)NAN;
        classifier_print(trainer->method, &trainer->grid[c], trial->parameters,
                         sizeof trial->parameters);
    }
    return VULTUS_OK;
}

static vultus_status finish(struct validation *validation, struct classifier_model *out,
                            vultus_classifier_report *report, vultus_error *error)
{
    struct classifier_trainer *trainer = validation->trainer;
    vultus_status status =
        classifier_train_all(trainer, &trainer->grid[validation->best], out, error);
    if (!status && trainer->method->has_slope && validation->folds)
        out->slope = classifier_slope(validation->slope[validation->best]);
    if (!status)
        status = set_threshold(trainer, out, report, error);
    if (!status && validation->folds) {
        const struct classifier_folds folds = folds_of(validation, validation->best);
        status = classifier_confuse(&folds, validation->slope[validation->best], trainer->seed,
                                    report, error);
    }
    if (status)
        return status;
    report->chosen = report->trials[validation->best];
    report->recognised = share_recognised(validation, out->threshold);
    report->folds = validation->folds;
    for (unsigned f = 0; f < validation->folds; f++)
        report->tested += validation->runs[f].held_count;
    return VULTUS_OK;
}

vultus_status classifier_train(struct classifier_trainer *trainer, struct classifier_model *out,
                               vultus_classifier_report *report, vultus_error *error)
{
    struct validation validation = {.trainer = trainer};
    vultus_status status = count_folds(trainer, &validation.folds, error);
    if (!status && !validation.folds && trainer->grid_count > 1)
        status =
            status_set(error, VULTUS_ERR_ARGUMENT,
                       trainer->folds < 2 ? CLASSIFIER_GRID_NEEDS_FOLDS
                                          : "a grid needs people with two pictures to choose by");
    trainer->total = trainer->grid_count * validation.folds + count_turns(trainer) + 1;
    if (!status)
        status = open_trials(&validation, report, error);
    if (!status && validation.folds)
        status = validate(&validation, error);
    if (!status)
        status = finish(&validation, out, report, error);
    validation_clear(&validation);
    return status;
}
