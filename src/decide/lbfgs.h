/* The least of a smooth function of many numbers: limited-memory BFGS. */
#ifndef DECIDE_LBFGS_H
#define DECIDE_LBFGS_H

#include "base/status.h"

struct lbfgs_problem {
    size_t size;
    /* The value at x, and its derivatives. */
    vultus_status (*evaluate)(void *context, const double *x, double *value, double *gradient,
                              vultus_error *error);
    void *context;
    double tolerance;    /* done when the largest derivative is this part of the first one, or the
                            value falls by less than a hundredth of this part */
    unsigned iterations; /* at most */
    bool (*stop)(void *context); /* true: the caller wants no more; NULL: never */
    void *stop_context;
};

struct lbfgs_report {
    unsigned iterations;
    bool converged; /* false: they ran out */
};

/* Moves x downhill from where it is. `out` may be NULL. CANCELLED, MEMORY; x is untouched then. */
vultus_status lbfgs_minimise(const struct lbfgs_problem *problem, double *x,
                             struct lbfgs_report *out, vultus_error *error) VULTUS_MUST_USE;

#endif
