/*
 * The generalised Pareto tail, by maximum likelihood with a prior for the shape (the penalised likelihood
 * of Coles and Dixon, Extremes 2, 1999). Comparisons that share people are correlated, so that a thousand
 * excesses tell less than they seem to, and the shape alone decides what is said of rates beyond the data.
 * The prior is normal around -0.1: what a normal distribution's tail has near three deviations (-1/z^2,
 * Cohen, Advances in Applied Probability 14, 1982), and similarities of many dimensions are near normal.
 */
#include "decide/tail.h"

#include <math.h>

#define SHAPE_MEAN (-0.1)
#define SHAPE_DEVIATION 0.1
#define SHAPE_STEP 0.005
#define SHAPE_NONE 1e-9 /* below: the exponential distribution, its limit */

/* log(1 + shape * x) / shape, which is x for a shape of 0. */
static double bent(double shape, double x)
{
    if (fabs(shape) < SHAPE_NONE)
        return x;
    double inside = shape * x;
    return inside > -1 ? log1p(inside) / shape : INFINITY;
}

static double log_likelihood(const double *excesses, size_t count, double scale, double shape)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += bent(shape, excesses[i] / scale);
    return -(double)count * log(scale) - (1 + shape) * sum;
}

/* The scale that is most likely for a shape: the likelihood has one maximum over it. */
static double best_scale(const double *excesses, size_t count, double shape, double *likelihood)
{
    double mean = 0, most = 0;
    for (size_t i = 0; i < count; i++) {
        mean += excesses[i] / (double)count;
        most = fmax(most, excesses[i]);
    }
    double low = log(mean / 8), high = log(mean * 8);
    if (shape < 0)
        low = fmax(low, log(-shape * most)); /* the end of the tail lies behind all excesses */
    high = fmax(high, low + 1);
    const double golden = (sqrt(5.0) - 1) / 2;
    double a = high - golden * (high - low), b = low + golden * (high - low);
    double at_a = log_likelihood(excesses, count, exp(a), shape);
    double at_b = log_likelihood(excesses, count, exp(b), shape);
    for (int i = 0; i < 32; i++) {
        if (at_a > at_b) {
            high = b;
            b = a;
            at_b = at_a;
            a = high - golden * (high - low);
            at_a = log_likelihood(excesses, count, exp(a), shape);
        } else {
            low = a;
            a = b;
            at_a = at_b;
            b = low + golden * (high - low);
            at_b = log_likelihood(excesses, count, exp(b), shape);
        }
    }
    *likelihood = fmax(at_a, at_b);
    return exp((low + high) / 2);
}

struct tail tail_fit(const double *excesses, size_t count)
{
    struct tail best = {1, 0};
    double most = -INFINITY;
    const int steps = (int)(2 * TAIL_SHAPE_MAX / SHAPE_STEP + 0.5);
    for (int i = 0; i <= steps; i++) {
        double shape = -TAIL_SHAPE_MAX + i * SHAPE_STEP, likelihood;
        double off = (shape - SHAPE_MEAN) / SHAPE_DEVIATION;
        double scale = best_scale(excesses, count, shape, &likelihood);
        likelihood -= off * off / 2;
        if (likelihood > most) {
            most = likelihood;
            best = (struct tail){scale, shape};
        }
    }
    return best;
}

double tail_survival(const struct tail *tail, double excess)
{
    return exp(-bent(tail->shape, excess / tail->scale));
}

double tail_excess(const struct tail *tail, double survival)
{
    double depth = -log(survival);
    return fabs(tail->shape) < SHAPE_NONE ? tail->scale * depth
                                          : tail->scale * expm1(tail->shape * depth) / tail->shape;
}
