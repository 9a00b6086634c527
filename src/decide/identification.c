/*
 * Identification's figures, each from weights of what was drawn: the report itself is the draw in which
 * everybody counts once. Trials are sorted by their score once; no draw changes their order.
 */
#include "decide/identification.h"
#include "base/memory.h"
#include "decide/bootstrap.h"
#include "decide/confusion.h"
#include "decide/tally.h"
#include "decide/trials.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t targets[VULTUS_FPIRS] = {10, 100, 1000}; /* 1 / FPIR */

struct scored_trial {
    float score;
    uint32_t trial;
};

struct measuring {
    const vultus_trials *trials;
    vultus_identification_report *report;
    struct confusion confusion;
    uint32_t *unit; /* of each trial */
    size_t units;
    struct scored_trial *by_score; /* falling */
    struct class_counts *counts;   /* of the draw in hand, as many as there are classes */
    struct roc_step *steps;        /* of the draw in hand */
};

/* ------------------------------------------------------------------ a draw */

static uint64_t weight(const struct measuring *measuring, size_t trial, const uint32_t *weights)
{
    return weights ? weights[measuring->unit[trial]] : 1;
}

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : NAN;
}

static void measure_answers(struct measuring *measuring, const uint32_t *weights,
                            vultus_identification_figures *out)
{
    const struct confusion *confusion = &measuring->confusion;
    uint64_t all = 0, right = 0, mated = 0, misnamed = 0 /* strangers */, named = 0,
             named_right = 0;
    uint64_t ranks[VULTUS_RANKS] = {0};
    memset(measuring->counts, 0, confusion->count * sizeof *measuring->counts);
    for (size_t i = 0; i < measuring->trials->count; i++) {
        const vultus_trial *trial = &measuring->trials->items[i];
        uint64_t times = weight(measuring, i, weights);
        bool good = confusion->truth[i] == confusion->answer[i];
        measuring->counts[confusion->truth[i]].support += times;
        measuring->counts[confusion->answer[i]].answered += times;
        measuring->counts[confusion->truth[i]].right += good ? times : 0;
        all += times;
        right += good ? times : 0;
        mated += trial->mated ? times : 0;
        misnamed += trial->match && !trial->mated ? times : 0;
        named += trial->match ? times : 0;
        named_right += trial->match && good ? times : 0;
        if (trial->mated && trial->rank <= VULTUS_RANKS)
            ranks[trial->rank - 1] += times;
    }
    out->accuracy = share(right, all);
    out->names_precision = share(named_right, named);
    out->names_recall = share(named_right, mated);
    out->fnir = share(mated - named_right, mated);
    out->fpir = share(misnamed, all - mated);
    uint64_t within = 0;
    for (size_t k = 0; k < VULTUS_RANKS; k++) {
        within += ranks[k];
        out->cmc[k] = share(within, mated);
    }
    confusion_average(measuring->counts, confusion->count, all, out);
}

struct open_counts {
    uint64_t strangers, mated; /* all */
    uint64_t accepted, found; /* strangers over the threshold; mated probes over it and at rank 1 */
};

/* Down to the next score, from trial *at on; returns the score. */
static float lower(const struct measuring *measuring, const uint32_t *weights, size_t *at,
                   struct open_counts *counts)
{
    float score = measuring->by_score[*at].score;
    for (; *at < measuring->trials->count && measuring->by_score[*at].score == score; ++*at) {
        size_t index = measuring->by_score[*at].trial;
        const vultus_trial *trial = &measuring->trials->items[index];
        uint64_t times = weight(measuring, index, weights);
        if (!trial->mated)
            counts->accepted += times;
        else if (trial->rank == 1)
            counts->found += times;
    }
    return score;
}

static struct open_counts count_open(const struct measuring *measuring, const uint32_t *weights)
{
    struct open_counts counts = {0};
    for (size_t i = 0; i < measuring->trials->count; i++)
        *(measuring->trials->items[i].mated ? &counts.mated : &counts.strangers) +=
            weight(measuring, i, weights);
    return counts;
}

static void measure_open(const struct measuring *measuring, const uint32_t *weights,
                         vultus_identification_figures *out, double thresholds[VULTUS_FPIRS])
{
    struct open_counts counts = count_open(measuring, weights);
    for (size_t k = 0; k < VULTUS_FPIRS; k++) {
        bool told = counts.mated && counts.strangers && measuring->report->strangers >= targets[k];
        out->dir_at_fpir[k] = told ? 0 : NAN;
        thresholds[k] = told ? (double)INFINITY : NAN;
    }
    for (size_t at = 0; at < measuring->trials->count;) {
        uint64_t before = counts.found;
        float score = lower(measuring, weights, &at, &counts);
        for (size_t k = 0; k < VULTUS_FPIRS; k++)
            if (counts.found > before && !isnan(out->dir_at_fpir[k]) &&
                counts.accepted * targets[k] <= counts.strangers) {
                out->dir_at_fpir[k] = share(counts.found, counts.mated);
                thresholds[k] = (double)score;
            }
    }
}

static void measure_verification(struct measuring *measuring, const uint32_t *weights,
                                 vultus_identification_figures *out, double thresholds[VULTUS_FARS])
{
    const struct vultus_tally *tally = measuring->trials->tally;
    struct roc_figures curve;
    size_t count = 0;
    if (tally && weights) {
        count = 2 * tally->coarse_count + 1;
        tally_draw(tally, measuring->unit, measuring->trials->count, weights, measuring->steps);
    } else if (tally) {
        count = 2 * tally->level_count + 1;
        tally_steps(tally, measuring->steps);
    }
    roc_walk(measuring->steps, count, &curve);
    roc_limit(measuring->report->different, curve.tar);
    out->auc = curve.auc;
    out->eer = curve.eer;
    memcpy(out->tar_at_far, curve.tar, sizeof curve.tar);
    memcpy(thresholds, curve.threshold, sizeof curve.threshold);
}

static void measure_draw(void *context, const uint32_t *weights, double *figures)
{
    double fpir_thresholds[VULTUS_FPIRS], far_thresholds[VULTUS_FARS];
    vultus_identification_figures drawn;
    measure_answers(context, weights, &drawn);
    measure_open(context, weights, &drawn, fpir_thresholds);
    measure_verification(context, weights, &drawn, far_thresholds);
    /* A draw has fewer classes than the data, which alone changes specificity: no interval. */
    drawn.micro.specificity = drawn.macro.specificity = drawn.weighted.specificity = NAN;
    memcpy(figures, &drawn, sizeof drawn);
}

/* ------------------------------------------------------------------ the report */

static void count_all(const vultus_trials *trials, vultus_identification_report *out)
{
    out->far_at_threshold = out->frr_at_threshold = NAN;
    out->probes = trials->count;
    out->enrolled = trials->enrolled;
    for (size_t i = 0; i < trials->count; i++) {
        out->mated += trials->items[i].mated;
        out->copies += trials->items[i].copy;
    }
    out->strangers = trials->count - out->mated;
    if (!trials->tally)
        return;
    out->histogram = trials->tally->histogram;
    size_t own = 0;
    for (size_t i = 0; i < trials->count; i++)
        own += trials->items[i].own_match;
    for (size_t i = 0; i < trials->tally->level_count; i++)
        out->same += trials->tally->same[i];
    for (size_t i = 0; i < 2 * trials->tally->level_count + 1; i++)
        out->different += trials->tally->different[i];
    out->far_at_threshold = share(trials->tally->accepted, out->different);
    out->frr_at_threshold = share(out->same - own, out->same);
}

static vultus_status make_open_curve(const struct measuring *measuring,
                                     vultus_identification_report *out, vultus_error *error)
{
    struct open_counts counts = count_open(measuring, NULL);
    if (!counts.mated || !counts.strangers)
        return VULTUS_OK;
    out->open = mem_array(measuring->trials->count + 1, sizeof *out->open);
    if (!out->open)
        return status_memory(error, "a curve");
    out->open[out->open_count++] = (vultus_open_point){INFINITY, 0, 0};
    for (size_t at = 0; at < measuring->trials->count;) {
        struct open_counts before = counts;
        float score = lower(measuring, NULL, &at, &counts);
        if (before.accepted != counts.accepted || before.found != counts.found)
            out->open[out->open_count++] =
                (vultus_open_point){(double)score, share(counts.accepted, counts.strangers),
                                    share(counts.found, counts.mated)};
    }
    return VULTUS_OK;
}

static vultus_status make_report(struct measuring *measuring, const vultus_bootstrap *bootstrap,
                                 vultus_identification_report *out, vultus_error *error)
{
    const vultus_trials *trials = measuring->trials;
    measure_answers(measuring, NULL, &out->value);
    measure_open(measuring, NULL, &out->value, out->threshold_at_fpir);
    measure_verification(measuring, NULL, &out->value, out->threshold_at_far);
    vultus_status status = confusion_cells(&measuring->confusion, trials->count, &out->confusion,
                                           &out->confusion_count, error);
    if (!status)
        status = make_open_curve(measuring, out, error);
    if (!status && trials->tally)
        status = roc_curve(measuring->steps, 2 * trials->tally->level_count + 1, &out->roc,
                           &out->roc_count, error);
    const struct bootstrap_plan plan = {.options = bootstrap,
                                        .units = measuring->units,
                                        .figures = sizeof out->low / sizeof(double),
                                        .measure = measure_draw,
                                        .context = measuring};
    if (!status)
        status = bootstrap_run(&plan, (double *)&out->low, (double *)&out->high, error);
    out->drawn = bootstrap && bootstrap->resamples ? measuring->units : 0;
    out->classes = measuring->confusion.classes;
    out->class_count = measuring->confusion.count;
    measuring->confusion.classes = NULL;
    return status;
}

/* ------------------------------------------------------------------ input */

static vultus_status check(const vultus_trials *trials, vultus_error *error)
{
    if (!trials || !trials->items || !trials->count || trials->count > VULTUS_LABELLED_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT, "there are no trials to evaluate");
    for (size_t i = 0; i < trials->count; i++) {
        const vultus_trial *trial = &trials->items[i];
        bool named = trial->person < trials->people;
        if ((!named && (trial->person != VULTUS_NOBODY || trial->mated)) ||
            (trial->match && trial->best >= trials->people) || (trial->mated && !trial->rank))
            return status_set(error, VULTUS_ERR_ARGUMENT,
                              "trial %zu has a person who is none of the %zu, or no rank", i,
                              trials->people);
        if (isnan(trial->score))
            return status_set(error, VULTUS_ERR_ARGUMENT, "the score of trial %zu is not a number",
                              i);
    }
    return VULTUS_OK;
}

static int by_score(const void *left, const void *right)
{
    float a = ((const struct scored_trial *)left)->score;
    float b = ((const struct scored_trial *)right)->score;
    return (a < b) - (a > b);
}

static vultus_status prepare(struct measuring *measuring, vultus_error *error)
{
    const vultus_trials *trials = measuring->trials;
    size_t levels = trials->tally ? trials->tally->level_count : 0;
    measuring->unit = mem_array(trials->count, sizeof *measuring->unit);
    measuring->by_score = mem_array(trials->count, sizeof *measuring->by_score);
    measuring->steps = mem_array(2 * levels + 1, sizeof *measuring->steps);
    if (!measuring->unit || !measuring->by_score || !measuring->steps)
        return status_memory(error, "the trials");
    for (size_t i = 0; i < trials->count; i++)
        measuring->by_score[i] = (struct scored_trial){trials->items[i].score, (uint32_t)i};
    qsort(measuring->by_score, trials->count, sizeof *measuring->by_score, by_score);
    vultus_status status = trials_units(trials, measuring->unit, &measuring->units, error);
    if (!status && trials->tally && trials->tally->units != measuring->units)
        status = status_set(error, VULTUS_ERR_ARGUMENT,
                            "the people of the trials are not those that were counted");
    if (!status)
        status = confusion_init(trials, &measuring->confusion, error);
    if (!status &&
        !(measuring->counts = mem_array(measuring->confusion.count, sizeof *measuring->counts)))
        status = status_memory(error, "the classes");
    return status;
}

vultus_status identification_evaluate(const vultus_trials *trials,
                                      const vultus_bootstrap *bootstrap,
                                      vultus_identification_report *out, vultus_error *error)
{
    vultus_status status = check(trials, error);
    if (status)
        return status;
    vultus_identification_report report = {0};
    struct measuring measuring = {.trials = trials, .report = &report};
    count_all(trials, &report);
    status = prepare(&measuring, error);
    if (!status)
        status = make_report(&measuring, bootstrap, &report, error);
    if (status)
        identification_clear(&report);
    else
        *out = report;
    confusion_clear(&measuring.confusion);
    mem_free(measuring.unit);
    mem_free(measuring.by_score);
    mem_free(measuring.counts);
    mem_free(measuring.steps);
    return status;
}

void identification_clear(vultus_identification_report *report)
{
    if (!report)
        return;
    mem_free(report->classes);
    mem_free(report->confusion);
    mem_free(report->open);
    mem_free(report->roc);
    *report = (vultus_identification_report){0};
}
