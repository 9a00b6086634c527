/*
 * The rates of metrics.h, by sorting once. Pairs of equal score make one step of the curve (roc.h); a draw
 * of the bootstrap changes what each pair weighs and never their order, so it takes one pass. The
 * thresholds of folds are chosen once: an interval says how sure the accuracy of these thresholds is.
 */
#include "decide/metrics.h"
#include "base/memory.h"
#include "decide/bootstrap.h"
#include "decide/roc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct scored {
    float similarity;
    uint32_t fold;
    uint32_t pair;    /* which one it is */
    bool same, right; /* right: at the threshold of its fold */
};

struct measuring {
    const vultus_scores *scores;
    const vultus_report *report;
    struct scored *sorted;
    struct roc_step *steps; /* one for each distinct score */
    size_t step_count;
    bool people; /* weights are those of people, else of pairs */
};

static int by_similarity_down(const void *left, const void *right)
{
    float a = ((const struct scored *)left)->similarity;
    float b = ((const struct scored *)right)->similarity;
    return (a < b) - (a > b);
}

/* ------------------------------------------------------------------ input */

static vultus_status check(const vultus_scores *scores, size_t *same, vultus_error *error)
{
    if (!scores || !scores->similarity || !scores->same || scores->count > UINT32_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT, "there are no scores to evaluate");
    if (scores->folds < 2 || scores->folds > METRICS_FOLDS_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT, "%u folds; give 2 to %d", scores->folds,
                          METRICS_FOLDS_MAX);
    if (isnan(scores->threshold))
        return status_set(error, VULTUS_ERR_ARGUMENT, "the threshold is not a number");
    *same = 0;
    for (size_t i = 0; i < scores->count; i++) {
        if (!isfinite(scores->similarity[i]))
            return status_set(error, VULTUS_ERR_ARGUMENT, "the score of pair %zu is not a number",
                              i);
        if (scores->fold && scores->fold[i] >= scores->folds)
            return status_set(error, VULTUS_ERR_ARGUMENT, "pair %zu is in fold %u, there are %u", i,
                              scores->fold[i], scores->folds);
        *same += scores->same[i];
    }
    size_t different = scores->count - *same;
    if (*same < scores->folds || different < scores->folds)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "%zu same and %zu different pairs; %u of each are needed for %u folds",
                          *same, different, scores->folds, scores->folds);
    return VULTUS_OK;
}

static vultus_status collect(const vultus_scores *scores, size_t same, struct scored *out,
                             vultus_error *error)
{
    size_t seen[2] = {0, 0}, total[2] = {scores->count - same, same};
    size_t in_fold[METRICS_FOLDS_MAX] = {0};
    for (size_t i = 0; i < scores->count; i++) {
        bool is_same = scores->same[i];
        size_t fold = scores->fold
                          ? scores->fold[i]
                          : (size_t)((uint64_t)seen[is_same] * scores->folds / total[is_same]);
        seen[is_same]++;
        in_fold[fold]++;
        out[i] = (struct scored){.similarity = scores->similarity[i],
                                 .fold = (uint32_t)fold,
                                 .pair = (uint32_t)i,
                                 .same = is_same};
    }
    for (unsigned f = 0; f < scores->folds; f++)
        if (!in_fold[f])
            return status_set(error, VULTUS_ERR_ARGUMENT, "fold %u of %u has no pairs", f,
                              scores->folds);
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ accuracy over folds */

/* The threshold with most right answers on all pairs outside `fold`: the highest of the best. */
static float best_threshold(const struct scored *sorted, size_t count, uint32_t fold)
{
    float threshold = nextafterf(sorted[0].similarity, INFINITY); /* accepts nothing */
    int64_t gain = 0, best = 0; /* right answers, more than when nothing is accepted */
    for (size_t i = 0; i < count;) {
        float score = sorted[i].similarity;
        for (; i < count && sorted[i].similarity == score; i++)
            if (sorted[i].fold != fold)
                gain += sorted[i].same ? 1 : -1;
        if (gain > best) {
            best = gain;
            threshold = score;
        }
    }
    return threshold;
}

/* Notes which pairs of the fold are right, and returns their share. */
static double fold_accuracy(struct scored *sorted, size_t count, uint32_t fold, float threshold)
{
    size_t right = 0, all = 0;
    for (size_t i = 0; i < count; i++) {
        if (sorted[i].fold != fold)
            continue;
        sorted[i].right = (sorted[i].similarity >= threshold) == sorted[i].same;
        all++;
        right += sorted[i].right;
    }
    return (double)right / (double)all;
}

static void cross_validate(struct scored *sorted, size_t count, unsigned folds, vultus_report *out)
{
    double accuracies[METRICS_FOLDS_MAX], sum = 0, squares = 0, thresholds = 0;
    for (unsigned f = 0; f < folds; f++) {
        float threshold = best_threshold(sorted, count, f);
        accuracies[f] = fold_accuracy(sorted, count, f, threshold);
        sum += accuracies[f];
        thresholds += (double)threshold;
    }
    out->accuracy = sum / folds;
    out->threshold = thresholds / folds;
    for (unsigned f = 0; f < folds; f++)
        squares += (accuracies[f] - out->accuracy) * (accuracies[f] - out->accuracy);
    out->deviation = sqrt(squares / folds);
}

/* ------------------------------------------------------------------ weights */

/* What a pair counts in a draw; without weights all pairs count once. */
static uint64_t weight(const struct measuring *measuring, size_t pair, const uint32_t *weights)
{
    const vultus_scores *scores = measuring->scores;
    if (!weights)
        return 1;
    if (!measuring->people)
        return weights[pair];
    uint64_t a = weights[scores->person_a[pair]], b = weights[scores->person_b[pair]];
    return scores->person_a[pair] == scores->person_b[pair] ? a : a * b;
}

static void fill_steps(struct measuring *measuring, const uint32_t *weights)
{
    size_t at = 0;
    for (size_t i = 0; i < measuring->scores->count; i++) {
        const struct scored *each = &measuring->sorted[i];
        if (!i || each->similarity != measuring->sorted[i - 1].similarity)
            measuring->steps[at++] = (struct roc_step){.score = each->similarity};
        uint64_t times = weight(measuring, each->pair, weights);
        if (each->same)
            measuring->steps[at - 1].same += times;
        else
            measuring->steps[at - 1].different += times;
    }
    measuring->step_count = at;
}

/* At the thresholds that the folds have chosen. */
static double weighted_accuracy(const struct measuring *measuring, const uint32_t *weights)
{
    double right[METRICS_FOLDS_MAX] = {0}, all[METRICS_FOLDS_MAX] = {0}, sum = 0;
    unsigned folds = 0;
    for (size_t i = 0; i < measuring->scores->count; i++) {
        const struct scored *each = &measuring->sorted[i];
        double times = (double)weight(measuring, each->pair, weights);
        all[each->fold] += times;
        right[each->fold] += each->right ? times : 0;
    }
    for (unsigned f = 0; f < measuring->scores->folds; f++)
        if (all[f] > 0) {
            sum += right[f] / all[f];
            folds++;
        }
    return folds ? sum / folds : NAN;
}

static void apply_threshold(const struct measuring *measuring, vultus_pair_figures *out)
{
    double accepted[2] = {0, 0}, all[2] = {0, 0}; /* different, same */
    for (size_t i = 0; i < measuring->step_count; i++) {
        const struct roc_step *step = &measuring->steps[i];
        double counts[2] = {(double)step->different, (double)step->same};
        for (int same = 0; same < 2; same++) {
            all[same] += counts[same];
            if (step->score >= measuring->scores->threshold)
                accepted[same] += counts[same];
        }
    }
    out->far_at_threshold = all[0] > 0 ? accepted[0] / all[0] : NAN;
    out->frr_at_threshold = all[1] > 0 ? (all[1] - accepted[1]) / all[1] : NAN;
    out->accuracy_at_threshold =
        all[0] + all[1] > 0 ? (accepted[1] + all[0] - accepted[0]) / (all[0] + all[1]) : NAN;
}

static void measure(struct measuring *measuring, const uint32_t *weights, vultus_pair_figures *out,
                    double thresholds[VULTUS_FARS])
{
    struct roc_figures curve;
    fill_steps(measuring, weights);
    roc_walk(measuring->steps, measuring->step_count, &curve);
    roc_limit(measuring->report->different, curve.tar);
    out->accuracy = weighted_accuracy(measuring, weights);
    apply_threshold(measuring, out);
    out->auc = curve.auc;
    out->eer = curve.eer;
    memcpy(out->tar_at_far, curve.tar, sizeof curve.tar);
    if (thresholds)
        memcpy(thresholds, curve.threshold, sizeof curve.threshold);
}

/* ------------------------------------------------------------------ intervals */

static void measure_draw(void *context, const uint32_t *weights, double *figures)
{
    vultus_pair_figures drawn;
    measure(context, weights, &drawn, NULL);
    memcpy(figures, &drawn, sizeof drawn);
}

/* How many people the pairs are of, numbered from 0; 0: not of all it is known. */
static size_t count_people(const vultus_scores *scores)
{
    uint32_t most = 0;
    if (!scores->person_a || !scores->person_b)
        return 0;
    for (size_t i = 0; i < scores->count; i++) {
        uint32_t a = scores->person_a[i], b = scores->person_b[i];
        most = a > most ? a : most;
        most = b > most ? b : most;
    }
    return most == VULTUS_NOBODY ? 0 : (size_t)most + 1;
}

/* Draws only people who are in a pair: numbers that nobody has would make intervals wider. */
static vultus_status draw_people(struct measuring *measuring, vultus_scores *scores, size_t numbers,
                                 uint32_t **places, vultus_report *out, vultus_error *error)
{
    uint32_t *place = mem_zalloc(numbers, sizeof *place), next = 0;
    uint32_t *renamed = mem_array(scores->count, 2 * sizeof *renamed);
    *places = renamed;
    if (!place || !renamed) {
        mem_free(place);
        return status_memory(error, "the people of the pairs");
    }
    for (size_t i = 0; i < 2 * scores->count; i++) {
        uint32_t person =
            i < scores->count ? scores->person_a[i] : scores->person_b[i - scores->count];
        if (!place[person])
            place[person] = ++next;
        renamed[i] = place[person] - 1;
    }
    mem_free(place);
    scores->person_a = renamed;
    scores->person_b = renamed + scores->count;
    measuring->people = true;
    out->people = next;
    return VULTUS_OK;
}

static vultus_status set_intervals(struct measuring *measuring, vultus_report *out,
                                   vultus_error *error)
{
    vultus_scores scores = *measuring->scores; /* with people numbered without gaps */
    uint32_t *places = NULL;
    size_t numbers = scores.bootstrap.resamples ? count_people(&scores) : 0;
    vultus_status status = VULTUS_OK;
    if (numbers > VULTUS_LABELLED_MAX)
        status = status_set(error, VULTUS_ERR_LIMIT, "%zu people; at most %zu are taken", numbers,
                            VULTUS_LABELLED_MAX);
    else if (numbers)
        status = draw_people(measuring, &scores, numbers, &places, out, error);
    measuring->scores = &scores;
    const struct bootstrap_plan plan = {.options = &scores.bootstrap,
                                        .units = out->people ? out->people : scores.count,
                                        .figures = sizeof out->low / sizeof(double),
                                        .measure = measure_draw,
                                        .context = measuring};
    if (!status)
        status = bootstrap_run(&plan, (double *)&out->low, (double *)&out->high, error);
    mem_free(places);
    return status;
}

/* ------------------------------------------------------------------ the report */

static void set_figures(struct measuring *measuring, vultus_report *out)
{
    vultus_pair_figures figures;
    measure(measuring, NULL, &figures, out->threshold_at_far);
    out->accuracy_at_threshold = figures.accuracy_at_threshold;
    out->far_at_threshold = figures.far_at_threshold;
    out->frr_at_threshold = figures.frr_at_threshold;
    out->auc = figures.auc;
    out->eer = figures.eer;
    memcpy(out->tar_at_far, figures.tar_at_far, sizeof out->tar_at_far);
    out->tar_at_far_1e2 = out->tar_at_far[1];
    out->tar_at_far_1e3 = out->tar_at_far[2];
}

static vultus_histogram histogram_of(const vultus_scores *scores)
{
    vultus_histogram histogram = roc_histogram(scores->distances, -scores->threshold);
    for (size_t i = 0; i < scores->count; i++)
        roc_histogram_add(&histogram, scores->similarity[i], scores->same[i]);
    return histogram;
}

static vultus_status report(struct measuring *measuring, vultus_report *out, vultus_error *error)
{
    const vultus_scores *scores = measuring->scores;
    qsort(measuring->sorted, scores->count, sizeof *measuring->sorted, by_similarity_down);
    cross_validate(measuring->sorted, scores->count, scores->folds, out);
    set_figures(measuring, out);
    out->histogram = histogram_of(scores);
    vultus_status status = VULTUS_OK;
    if (scores->curve)
        status =
            roc_curve(measuring->steps, measuring->step_count, &out->roc, &out->roc_count, error);
    return status ? status : set_intervals(measuring, out, error);
}

vultus_status metrics_evaluate(const vultus_scores *scores, vultus_report *out, vultus_error *error)
{
    vultus_report made = {0};
    vultus_status status = check(scores, &made.same, error);
    if (status)
        return status;
    struct measuring measuring = {.scores = scores, .report = &made};
    measuring.sorted = mem_array(scores->count, sizeof *measuring.sorted);
    measuring.steps = mem_array(scores->count, sizeof *measuring.steps);
    made.different = scores->count - made.same;
    if (!measuring.sorted || !measuring.steps)
        status = status_memory(error, "the scores");
    if (!status)
        status = collect(scores, made.same, measuring.sorted, error);
    if (!status)
        status = report(&measuring, &made, error);
    if (status)
        metrics_clear(&made);
    else
        *out = made;
    mem_free(measuring.sorted);
    mem_free(measuring.steps);
    return status;
}

void metrics_clear(vultus_report *report)
{
    if (!report)
        return;
    mem_free(report->roc);
    *report = (vultus_report){0};
}
