/* The dual problem of a support vector machine for two classes. */
#ifndef DECIDE_SMO_H
#define DECIDE_SMO_H

#include <stddef.h>
#include <stdint.h>

struct smo_problem {
    const float *kernel; /* count x count */
    const int8_t *sign;  /* +1 or -1 of each row; both occur */
    const double *bound; /* the largest alpha of each row: C */
    size_t count;
    double tolerance; /* how far the conditions of Karush, Kuhn and Tucker may be missed */
    size_t steps;     /* at most */
    double *gradient; /* count: room to work in */
};

/* alpha[count]. The decision of x is sum of alpha * sign * kernel(row, x), less *rho. */
void smo_solve(const struct smo_problem *problem, double *alpha, double *rho);

#endif
