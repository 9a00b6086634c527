/*
 * The tail of a distribution as a generalised Pareto distribution: what lies above a high threshold u, by
 * Pickands' theorem, tends to P(X > x | X > u) = (1 + shape (x - u) / scale)^(-1 / shape).
 *
 * J. Pickands: Statistical inference using extreme order statistics. Annals of Statistics 3 (1), 1975.
 * S. Coles: An Introduction to Statistical Modeling of Extreme Values. Springer, 2001, chapter 4.
 */
#ifndef DECIDE_TAIL_H
#define DECIDE_TAIL_H

#include <stddef.h>

#define TAIL_SHAPE_MAX 0.3 /* of either sign: scores of faces have tails near a normal one's */

struct tail {
    double scale; /* over 0 */
    double shape;
};

/* What excesses (x - u, all >= 0, not all 0) let expect of the next ones. See tail.c for the prior of the shape. */
struct tail tail_fit(const double *excesses, size_t count);

/* P(X > u + excess | X > u): 1 at 0, falling; 0 beyond the end of a tail of negative shape. */
double tail_survival(const struct tail *tail, double excess);
/* Its inverse for 0 < survival <= 1. */
double tail_excess(const struct tail *tail, double survival);

#endif
