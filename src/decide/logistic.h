/*
 * Logistic regression of a yes or no, and the linear layer that regressions of many answers share: the
 * least of the mean loss + |w|^2 / (2 C n); the bias is not held back. This is scikit-learn's objective, divided
 * by C n.
 */
#ifndef DECIDE_LOGISTIC_H
#define DECIDE_LOGISTIC_H

#include "base/pool.h"

struct logistic_fit {
    const float *rows;    /* count x dimension */
    const float *columns; /* the same, dimension x count */
    const uint8_t *yes;   /* of each row */
    const double *weight; /* of each row; NULL: 1 */
    size_t count, dimension;
    double c, tolerance;
    unsigned iterations;
    bool (*stop)(void *context);
    void *context;
};

/* out[dimension + 1]: the weights, and the bias last. CANCELLED, MEMORY. */
vultus_status logistic_train(const struct logistic_fit *fit, double *out,
                             vultus_error *error) VULTUS_MUST_USE;

/* 1 / (1 + exp(-x)), and log(1 + exp(x)), without overflow. */
double logistic_sigmoid(double x);
double logistic_softplus(double x);

/* rows count x dimension to dimension x count. */
void logistic_transpose(const float *rows, size_t count, size_t dimension, float *out);

#endif
