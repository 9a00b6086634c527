/*
 * A score as a probability: P(same person | score) = 1 / (1 + exp(-(slope score + offset))).
 *
 * J. Platt: Probabilistic outputs for support vector machines. In: Advances in Large Margin Classifiers,
 * MIT Press, 1999. H.-T. Lin, C.-J. Lin, R. Weng: A note on Platt's probabilistic outputs for support
 * vector machines. Machine Learning 68, 2007.
 */
#ifndef DECIDE_PLATT_H
#define DECIDE_PLATT_H

#include <stddef.h>

struct platt {
    double slope, offset;
};

/* Both classes weigh alike, however many scores they have: equal priors. At least one score of each. */
struct platt platt_fit(const float *same, size_t same_count, const float *different,
                       size_t different_count);

/* 0..1, for any score. */
double platt_probability(const struct platt *platt, double score);

#endif
