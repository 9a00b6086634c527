/*
 * A calibration from scores of pairs. How much of the distribution is called its tail depends on how many
 * pairs of people there are, not on how many scores: a thousand of them are enough to fit, and the fewer
 * they are in parts, the nearer the tail is to its limit.
 */
#include "base/memory.h"
#include "base/statistics.h"
#include "decide/calibration.h"

#include <math.h>
#include <stdlib.h>

#define TAIL_PAIRS 1000.0
#define TAIL_RATE_LEAST 0.002
#define TAIL_RATE_MOST 0.1
#define SIGMOID_SCORES                                                                             \
    ((size_t)1 << 17) /* of different pairs: all that two numbers can be told by */
#define SIGMOID_SCORES ((size_t)1 << 17) /* of different pairs: two numbers need no more */
#define TAIL_SCALE_LEAST 1e-6            /* where all scores of the tail are equal */
/* G. Doddington's rule of 30 (NIST, 2000): with 30 errors a rate is within 30 % with 90 % certainty. */
#define PAIRS_OF_A_RATE 30.0

/* Linear between the two scores beside it. */
static double quantile(const float *sorted, size_t count, double part)
{
    size_t lower, upper;
    double towards = statistics_place(count, part, &lower, &upper);
    return (double)sorted[lower] + towards * ((double)sorted[upper] - (double)sorted[lower]);
}

static void fit_points(const struct calibration_scores *scores, struct calibration *out)
{
    for (size_t i = 0; i < CALIBRATION_POINTS; i++) {
        double rate = calibration_rate(out->tail_rate, i);
        float score = (float)quantile(scores->different, scores->different_count, 1 - rate);
        if (i && !(score > out->different[i - 1]))
            score = nextafterf(out->different[i - 1], INFINITY);
        out->different[i] = score;
    }
}

/* As many excesses as there are pairs of people in the tail: more scores of the same people make them
 * smoother, and say no more. Evenly spaced order statistics stand for all. */
static vultus_status fit_tail(const struct calibration_scores *scores, struct calibration *out,
                              vultus_error *error)
{
    size_t first = scores->different_count;
    double begin = (double)out->different[CALIBRATION_POINTS - 1];
    while (first && (double)scores->different[first - 1] > begin)
        first--;
    size_t all = scores->different_count - first;
    size_t most = (size_t)ceil(out->tail_rate * (double)scores->pairs);
    size_t count = all < most ? all : most;
    double *excesses = mem_array(count, sizeof *excesses);
    if (!excesses)
        return status_memory(error, "a calibration");
    for (size_t i = 0; i < count; i++)
        excesses[i] = (double)scores->different[first + (2 * i + 1) * all / (2 * count)] - begin;
    bool flat = !count || excesses[count - 1] < TAIL_SCALE_LEAST;
    out->tail = flat ? (struct tail){TAIL_SCALE_LEAST, 0} : tail_fit(excesses, count);
    mem_free(excesses);
    return VULTUS_OK;
}

/* Evenly spaced order statistics of the sorted scores, in their place. */
static size_t thin(float *sorted, size_t count, size_t most)
{
    if (count <= most)
        return count;
    for (size_t i = 0; i < most; i++)
        sorted[i] = sorted[(2 * i + 1) * count / (2 * most)];
    return most;
}

static void fit_same(const struct calibration_scores *scores, struct calibration *out)
{
    out->has_same = scores->same_count >= CALIBRATION_SAME_MIN;
    if (!out->has_same)
        return;
    for (size_t i = 0; i < CALIBRATION_POINTS; i++)
        out->same[i] = (float)quantile(scores->same, scores->same_count, calibration_part(i));
    size_t different = thin(scores->different, scores->different_count, SIGMOID_SCORES);
    out->platt = platt_fit(scores->same, scores->same_count, scores->different, different);
    if (!(out->platt.slope > 0)) /* faces that are more alike are never less likely one person */
        out->platt = (struct platt){0, 0};
}

vultus_status calibration_fit_scores(const struct calibration_scores *scores,
                                     struct calibration *out, vultus_error *error)
{
    struct calibration fit = *out;
    if (scores->pairs < CALIBRATION_PAIRS_MIN || scores->different_count < CALIBRATION_PAIRS_MIN)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "%zu pairs of different people; a rate needs at least %d, so %d people",
                          scores->pairs, CALIBRATION_PAIRS_MIN, 15);
    qsort(scores->different, scores->different_count, sizeof *scores->different, statistics_floats);
    qsort(scores->same, scores->same_count, sizeof *scores->same, statistics_floats);
    fit.same_pairs = scores->same_count;
    fit.different_pairs = scores->pairs;
    fit.tail_rate = fmin(TAIL_RATE_MOST, fmax(TAIL_RATE_LEAST, TAIL_PAIRS / (double)scores->pairs));
    fit.finest = fmin(1, PAIRS_OF_A_RATE / (double)scores->pairs);
    fit_points(scores, &fit);
    vultus_status status = fit_tail(scores, &fit, error);
    if (status)
        return status;
    fit_same(scores, &fit);
    *out = fit;
    return VULTUS_OK;
}
