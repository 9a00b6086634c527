/*
 * How good a verification is, from similarities of pairs that are known to be the same person or
 * different people. A pair is accepted when its similarity is >= the threshold.
 *
 * Accuracy is k-fold, in LFW's way: the threshold of each fold is the one that is best on all other folds.
 * All thresholds that tell scores apart are tried, not a grid; of equally good ones the highest is taken.
 * Mean over folds, and the population standard deviation (divided by the number of folds, as numpy.std
 * does). AUC, EER and TAR@FAR are those of roc.h, intervals those of bootstrap.h.
 */
#ifndef DECIDE_METRICS_H
#define DECIDE_METRICS_H

#include "base/status.h"

#define METRICS_FOLDS_MAX 1000 /* the sweep is repeated for each; papers use 10 */

/* See vultus_evaluate. Time n log n + (folds + resamples) * n. */
vultus_status metrics_evaluate(const vultus_scores *scores, vultus_report *out,
                               vultus_error *error) VULTUS_MUST_USE;
void metrics_clear(vultus_report *report);

#endif
