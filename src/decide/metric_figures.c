/*
 * Pairs are chosen once and their scores made anew for every epoch; the rates are those of metrics.c. The
 * few different pairs of a handful of people cannot show a rate of 1e-3: there the threshold is where a
 * normal distribution of their scores has it, which for cosines of strangers is near the truth.
 */
#include "decide/metric_figures.h"
#include "base/memory.h"
#include "base/statistics.h"
#include "decide/metrics.h"
#include "kernel/kernel.h"

#include <math.h>
#include <stdlib.h>

#define FOLDS 2
#define RARE 1e-3
#define RARE_NORMAL 3.0902f /* the quantile of the normal distribution that 1e-3 lie above */
#define RARE_PAIRS 1000     /* that a rate of 1e-3 can be counted in */

static size_t pairs_of(size_t n)
{
    return n * (n - (n > 0)) / 2;
}

static void put(struct metric_pairs *pairs, size_t a, size_t b, bool same)
{
    pairs->rows[pairs->count][0] = (uint32_t)a;
    pairs->rows[pairs->count][1] = (uint32_t)b;
    pairs->same[pairs->count++] = same;
    pairs->same_count += same;
}

static void choose_all_same(struct metric_pairs *pairs, const struct metric_group *groups,
                            size_t count)
{
    for (size_t g = 0, first = 0; g < count; first += groups[g++].count)
        for (size_t i = 0; i < groups[g].count; i++)
            for (size_t j = i + 1; j < groups[g].count; j++)
                put(pairs, first + i, first + j, true);
}

/* The groups with several faces come first: `faces` are in those. */
static void choose_some_same(struct metric_pairs *pairs, const struct metric_group *groups,
                             const uint32_t *group_of, size_t faces, struct random *random)
{
    for (size_t made = 0; made < METRIC_PAIRS_MAX; made++) {
        size_t a = (size_t)random_below(random, faces), first = a;
        const struct metric_group *group = &groups[group_of[a]];
        while (first && group_of[first - 1] == group_of[a])
            first--;
        size_t b = first + (size_t)random_below(random, group->count - 1);
        put(pairs, a, b + (b >= a), true);
    }
}

static void choose_all_different(struct metric_pairs *pairs, const struct metric_group *groups,
                                 size_t count, size_t faces)
{
    for (size_t g = 0, first = 0; g < count; g++) {
        size_t next = first + groups[g].count;
        for (size_t i = first; i < next; i++)
            for (size_t j = next; j < faces; j++)
                put(pairs, i, j, false);
        first = next;
    }
}

static void choose_some_different(struct metric_pairs *pairs, const uint32_t *group_of,
                                  size_t faces, struct random *random)
{
    for (size_t made = 0; made < METRIC_PAIRS_MAX;) {
        size_t a = (size_t)random_below(random, faces), b = (size_t)random_below(random, faces);
        if (group_of[a] == group_of[b])
            continue;
        put(pairs, a, b, false);
        made++;
    }
}

vultus_status metric_pairs_init(struct metric_pairs *pairs, const struct metric_group *groups,
                                size_t count, struct random *random, vultus_error *error)
{
    size_t faces = 0, in_several = 0, same = 0;
    for (size_t g = 0; g < count; g++) {
        faces += groups[g].count;
        in_several += groups[g].count > 1 ? groups[g].count : 0;
        same += pairs_of(groups[g].count);
    }
    size_t different = pairs_of(faces) - same;
    size_t most = (same < METRIC_PAIRS_MAX ? same : METRIC_PAIRS_MAX) +
                  (different < METRIC_PAIRS_MAX ? different : METRIC_PAIRS_MAX);
    struct metric_pairs made = {.rows = mem_array(most, sizeof *made.rows),
                                .same = mem_array(most, sizeof *made.same),
                                .score = mem_array(most, sizeof *made.score)};
    uint32_t *group_of = mem_array(faces, sizeof *group_of);
    vultus_status status = VULTUS_OK;
    if (!made.rows || !made.same || !made.score || !group_of) {
        status = status_memory(error, "training");
        metric_pairs_clear(&made);
    } else {
        for (size_t g = 0, at = 0; g < count; g++)
            for (size_t i = 0; i < groups[g].count; i++)
                group_of[at++] = (uint32_t)g;
        if (same <= METRIC_PAIRS_MAX)
            choose_all_same(&made, groups, count);
        else
            choose_some_same(&made, groups, group_of, in_several, random);
        if (different <= METRIC_PAIRS_MAX)
            choose_all_different(&made, groups, count, faces);
        else
            choose_some_different(&made, group_of, faces, random);
        *pairs = made;
    }
    mem_free(group_of);
    return status;
}

void metric_pairs_clear(struct metric_pairs *pairs)
{
    mem_free(pairs->rows);
    mem_free(pairs->same);
    mem_free(pairs->score);
    *pairs = (struct metric_pairs){0};
}

vultus_status metric_pairs_figures(struct metric_pairs *pairs, const float *rows, size_t width,
                                   vultus_metric_figures *out, vultus_error *error)
{
    const struct kernel_table *kernels = kernel_best();
    size_t different = pairs->count - pairs->same_count;
    vultus_report report;
    *out = (vultus_metric_figures){(double)NAN, (double)NAN, (double)NAN, (double)NAN};
    for (size_t i = 0; i < pairs->count; i++)
        pairs->score[i] =
            kernels->dot(rows + pairs->rows[i][0] * width, rows + pairs->rows[i][1] * width, width);
    if (pairs->same_count < FOLDS || different < FOLDS)
        return VULTUS_OK;
    const vultus_scores scores = {
        .similarity = pairs->score, .same = pairs->same, .count = pairs->count, .folds = FOLDS};
    vultus_status status = metrics_evaluate(&scores, &report, error);
    if (!status)
        *out =
            (vultus_metric_figures){report.auc, report.eer, report.tar_at_far_1e2, report.accuracy};
    return status;
}

/* The score at which as many same pairs lie below as different ones at or above it. */
static float equal_errors(const float *same, size_t same_count, const float *different,
                          size_t different_count)
{
    size_t below = 0; /* different pairs below the score */
    for (size_t i = 0; i < same_count; i++) {
        while (below < different_count && different[below] < same[i])
            below++;
        double rejected = (double)i / (double)same_count;
        double accepted = (double)(different_count - below) / (double)different_count;
        if (accepted > rejected)
            continue;
        float other = below ? different[below - 1] : same[i];
        return i && same[i - 1] > other ? (same[i - 1] + same[i]) / 2 : (other + same[i]) / 2;
    }
    return same[same_count - 1];
}

static float rare(const float *different, size_t count)
{
    double sum = 0, squares = 0;
    if (count >= RARE_PAIRS) {
        size_t above = (size_t)(RARE * (double)count);
        return nextafterf(different[count - 1 - above], 2);
    }
    for (size_t i = 0; i < count; i++) {
        sum += (double)different[i];
        squares += (double)different[i] * (double)different[i];
    }
    double mean = sum / (double)count;
    return (float)(mean +
                   (double)RARE_NORMAL * sqrt(fmax(squares / (double)count - mean * mean, 0)));
}

vultus_status metric_pairs_thresholds(const struct metric_pairs *pairs, float *threshold,
                                      float *identify_threshold, vultus_error *error)
{
    size_t same = pairs->same_count, different = pairs->count - same, at[2] = {0, same};
    float *sorted = mem_array(pairs->count, sizeof *sorted);
    if (!sorted)
        return status_memory(error, "training");
    for (size_t i = 0; i < pairs->count; i++)
        sorted[at[!pairs->same[i]]++] = pairs->score[i];
    qsort(sorted, same, sizeof *sorted, statistics_floats);
    qsort(sorted + same, different, sizeof *sorted, statistics_floats);
    *threshold = equal_errors(sorted, same, sorted + same, different);
    *identify_threshold = fminf(fmaxf(rare(sorted + same, different), *threshold), 1);
    mem_free(sorted);
    return VULTUS_OK;
}
