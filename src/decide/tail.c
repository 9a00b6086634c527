/*
 * The generalised Pareto tail, by its likelihood with a prior for the shape (Coles and Dixon, Extremes 2,
 * 1999). Comparisons that share people are correlated, so that a thousand
 * excesses tell less than they seem to, and the shape alone decides what is said of rates beyond the data.
 * The prior is normal around -0.1: what a normal distribution's tail has near three deviations (-1/z^2,
 * Cohen, Advances in Applied Probability 14, 1982), and similarities of many dimensions are near normal.
 *
 * The most likely shape alone would promise too much: where it is a little wrong, rates far beyond the data are
 * wrong by far more on the one side than on the other, so that on average they come true more often than
 * they are asked for. What is given is therefore the prediction of all shapes together (Smith, in Bayesian
 * Statistics 6, 1999), as the one tail that agrees with it inside the data and far beyond.
 */
#include "decide/tail.h"

#include <math.h>

#define SHAPE_MEAN (-0.1)
#define SHAPE_DEVIATION 0.1
#define SHAPES 121 /* of them are weighed, in equal steps */
#define NEAR 0.1 /* parts of the tail: where the data are, */
#define FAR 1e-4 /* and where galleries ask */
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

/* What all shapes say together of an excess, each by how likely it is after the data. */
static double together(const struct tail *tails, const double *weights, double excess)
{
    double sum = 0;
    for (size_t i = 0; i < SHAPES; i++)
        sum += weights[i] * tail_survival(tails + i, excess);
    return sum;
}

static double excess_of(const struct tail *tails, const double *weights, double survival)
{
    double low = 0, high = INFINITY;
    for (size_t i = 0; i < SHAPES; i++)
        if (weights[i] > 0)
            high = fmin(high, tail_excess(tails + i, survival));
    for (low = high; together(tails, weights, high) > survival;)
        high *= 2;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (together(tails, weights, middle) > survival)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

/* The one tail that has these excesses at NEAR and FAR: how bent it is follows from their quotient. */
static struct tail through(double near_excess, double far_excess)
{
    double low = -TAIL_SHAPE_MAX, high = TAIL_SHAPE_MAX;
    for (int i = 0; i < 60; i++) {
        const struct tail middle = {1, (low + high) / 2};
        if (tail_excess(&middle, FAR) / tail_excess(&middle, NEAR) < far_excess / near_excess)
            low = middle.shape;
        else
            high = middle.shape;
    }
    struct tail found = {1, (low + high) / 2};
    found.scale = far_excess / tail_excess(&found, FAR);
    return found;
}

struct tail tail_fit(const double *excesses, size_t count)
{
    struct tail tails[SHAPES];
    double weights[SHAPES], most = -INFINITY, sum = 0;
    for (size_t i = 0; i < SHAPES; i++) {
        double shape = TAIL_SHAPE_MAX * (2.0 * (double)i / (SHAPES - 1) - 1);
        double off = (shape - SHAPE_MEAN) / SHAPE_DEVIATION;
        tails[i] = (struct tail){best_scale(excesses, count, shape, weights + i), shape};
        weights[i] -= off * off / 2;
        most = fmax(most, weights[i]);
    }
    for (size_t i = 0; i < SHAPES; i++)
        sum += weights[i] = exp(weights[i] - most);
    for (size_t i = 0; i < SHAPES; i++)
        weights[i] /= sum;
    return through(excess_of(tails, weights, NEAR), excess_of(tails, weights, FAR));
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
