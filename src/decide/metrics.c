/*
 * The rates of metrics.h, by sorting once and walking down the scores. At every distinct score the
 * counts of accepted same and different pairs make one operating point of the ROC curve.
 */
#include "decide/metrics.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

struct scored {
    float similarity;
    uint32_t fold;
    bool same;
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
        out[i] = (struct scored){scores->similarity[i], (uint32_t)fold, is_same};
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

static double fold_accuracy(const struct scored *sorted, size_t count, uint32_t fold,
                            float threshold)
{
    size_t right = 0, all = 0;
    for (size_t i = 0; i < count; i++) {
        if (sorted[i].fold != fold)
            continue;
        all++;
        right += (sorted[i].similarity >= threshold) == sorted[i].same;
    }
    return (double)right / (double)all;
}

static void cross_validate(const struct scored *sorted, size_t count, unsigned folds,
                           vultus_report *out)
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

/* ------------------------------------------------------------------ the ROC curve */

static void walk_curve(const struct scored *sorted, size_t count, vultus_report *out)
{
    double same = (double)out->same, different = (double)out->different;
    size_t accepted[2] = {0, 0}; /* different, same */
    uint64_t twice_area = 0;     /* pairs of pairs in the right order count two, equal ones one */
    double far = 0, frr = 1;     /* of the operating point before */
    bool crossed = false;
    out->tar_at_far_1e2 = out->different < 100 ? NAN : 0;
    out->tar_at_far_1e3 = out->different < 1000 ? NAN : 0;
    for (size_t i = 0; i < count;) {
        size_t here[2] = {0, 0};
        for (float score = sorted[i].similarity; i < count && sorted[i].similarity == score; i++)
            here[sorted[i].same]++;
        twice_area += (uint64_t)here[0] * (2 * accepted[1] + here[1]);
        accepted[0] += here[0];
        accepted[1] += here[1];
        double next_far = (double)accepted[0] / different;
        double next_frr = (double)(out->same - accepted[1]) / same;
        if (!crossed && next_far >= next_frr) {
            double before = frr - far, after = next_far - next_frr; /* > 0 and >= 0 */
            double part = before / (before + after);
            out->eer = far + part * (next_far - far);
            crossed = true;
        }
        far = next_far;
        frr = next_frr;
        if (out->different >= 100 && (uint64_t)accepted[0] * 100 <= out->different)
            out->tar_at_far_1e2 = (double)accepted[1] / same;
        if (out->different >= 1000 && (uint64_t)accepted[0] * 1000 <= out->different)
            out->tar_at_far_1e3 = (double)accepted[1] / same;
    }
    out->auc = (double)twice_area / (2 * same * different);
}

static void apply_threshold(const vultus_scores *scores, vultus_report *out)
{
    size_t accepted[2] = {0, 0};
    for (size_t i = 0; i < scores->count; i++)
        accepted[scores->same[i]] += scores->similarity[i] >= scores->threshold;
    out->far_at_threshold = (double)accepted[0] / (double)out->different;
    out->frr_at_threshold = (double)(out->same - accepted[1]) / (double)out->same;
    out->accuracy_at_threshold =
        (double)(accepted[1] + out->different - accepted[0]) / (double)scores->count;
}

vultus_status metrics_evaluate(const vultus_scores *scores, vultus_report *out, vultus_error *error)
{
    vultus_report report = {0};
    vultus_status status = check(scores, &report.same, error);
    if (status)
        return status;
    struct scored *sorted = mem_array(scores->count, sizeof *sorted);
    if (!sorted)
        return status_memory(error, "the scores");
    report.different = scores->count - report.same;
    status = collect(scores, report.same, sorted, error);
    if (!status) {
        qsort(sorted, scores->count, sizeof *sorted, by_similarity_down);
        cross_validate(sorted, scores->count, scores->folds, &report);
        walk_curve(sorted, scores->count, &report);
        apply_threshold(scores, &report);
        *out = report;
    }
    mem_free(sorted);
    return status;
}
