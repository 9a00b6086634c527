/*
 * The gamma-Poisson mixture of crowd.h and its one-dimensional maximum likelihood. Two numbers for all
 * thresholds, because data that show only tens of false matches cannot tell more.
 */
#include "decide/crowd.h"

#include <math.h>

#define LEVEL_LEAST (-3.0) /* log k: one stranger in twenty makes all false matches */
#define LEVEL_MOST 5.0     /* nothing tells it from independent comparisons */
#define LEVEL_STEPS 80

const struct crowd crowd_usual = {.level = 1.2, .slope = 0.4, .faces = 0.75};

static double shape_at(const struct crowd *crowd, double far)
{
    double level = crowd->level + crowd->slope * (log(far) - log(CROWD_RATE));
    return exp(fmin(LEVEL_MOST, fmax(LEVEL_LEAST, level)));
}

double crowd_rate(const struct crowd *crowd, double n, double far)
{
    if (!(far > 0) || !(n > 0))
        return 0;
    double k = shape_at(crowd, far);
    return fmax(far, -expm1(-k * log1p(n * far / k))); /* a group is never better than one of it */
}

double crowd_far(const struct crowd *crowd, double n, double rate)
{
    double low = log(rate / fmax(n, 1)), high = 0; /* because the rate is at most n FAR */
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (crowd_rate(crowd, n, exp(middle)) < rate)
            low = middle;
        else
            high = middle;
    }
    return exp(low);
}

double crowd_size(const struct crowd *crowd, size_t people, size_t faces)
{
    if (!people || faces <= people)
        return (double)people;
    return (double)people * pow((double)faces / (double)people, crowd->faces);
}

/*
 * Of the negative binomial distribution, without what does not depend on k. The quotient of two gamma
 * functions in it is a product of k + i, i below the count, so that only `above` is needed.
 */
static double log_likelihood(const struct crowd_counts *counts, double mean, double k)
{
    double strangers = (double)counts->strangers;
    double sum = strangers * (k * log(k / (k + mean)) + mean * log(mean / (k + mean)));
    for (size_t i = 0; i < counts->count; i++)
        sum += (double)counts->above[i] * log(k + (double)i);
    return sum;
}

double crowd_fit(const struct crowd_counts *counts)
{
    double mean = 0, best = LEVEL_MOST, most = -INFINITY;
    for (size_t i = 0; i < counts->count; i++)
        mean += (double)counts->above[i] / (double)counts->strangers;
    if (!(mean > 0))
        return crowd_usual.level;
    for (int i = 0; i <= LEVEL_STEPS; i++) {
        double level = LEVEL_LEAST + (LEVEL_MOST - LEVEL_LEAST) * i / LEVEL_STEPS;
        double likelihood = log_likelihood(counts, mean, exp(level));
        if (likelihood > most) {
            most = likelihood;
            best = level;
        }
    }
    return best;
}
