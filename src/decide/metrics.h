/*
 * How good a verification is, from similarities of pairs that are known to be the same person or
 * different people. A pair is accepted when its similarity is >= the threshold. The rates:
 *
 *   accuracy   k-fold, in LFW's way: the threshold of each fold is the one that is best on all
 * other folds. All thresholds that tell scores apart are tried, not a grid; of equally good ones
 * the highest is taken. Mean over folds, and the population standard deviation (divided by the
 * number of folds, as numpy.std does). AUC        the probability that a same pair is more alike
 * than a different one; ties count half. EER        where the false accept and the false reject
 * rate are equal, linearly between the two thresholds beside the crossing. TAR@FAR    the share of
 * same pairs accepted at the lowest threshold whose false accept rate is no higher than the target;
 * NaN with fewer than 1/target different pairs.
 */
#ifndef DECIDE_METRICS_H
#define DECIDE_METRICS_H

#include "base/status.h"

#define METRICS_FOLDS_MAX 1000 /* the sweep is repeated for each; papers use 10 */

/* See vultus_evaluate. Time n log n + folds * n. */
vultus_status metrics_evaluate(const vultus_scores *scores, vultus_report *out,
                               vultus_error *error) VULTUS_MUST_USE;

#endif
