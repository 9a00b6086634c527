/*
 * Confidence intervals by the bootstrap (Efron 1979): units are drawn with replacement, as many as there
 * are, and the figures are computed from the units' weights. Units are people: comparisons that share a
 * person are not independent, and a comparison of two people weighs as much as both together (the subsets
 * and the vertex bootstrap: Bolle, Ratha, Pankanti 2004; Snijders, Borgatti 1999).
 */
#ifndef DECIDE_BOOTSTRAP_H
#define DECIDE_BOOTSTRAP_H

#include "base/status.h"

struct bootstrap_plan {
    const vultus_bootstrap *options; /* NULL: no intervals */
    size_t units;
    size_t figures;
    /* The figures where unit i counts weights[i] times. NaN: they cannot be told from this draw. */
    void (*measure)(void *context, const uint32_t *weights, double *figures);
    void *context;
};

/* Fills in as many as there are figures. NaN: no intervals were asked for, there are fewer than two units,
 * or half of the draws cannot tell. ARGUMENT, MEMORY. */
vultus_status bootstrap_run(const struct bootstrap_plan *plan, double *low, double *high,
                            vultus_error *error) VULTUS_MUST_USE;

#endif
