/*
 * Accept or reject at every threshold: what is read off the counts of same and different comparisons,
 * from the highest score down.
 *
 *   AUC      the probability that a same comparison has a higher score than a different one; ties count
 *            half
 *   EER      where false accept and false reject rate are equal, linearly between the two operating
 *            points beside the crossing
 *   TAR@FAR  the share of same comparisons accepted at the lowest threshold whose false accept rate is no
 *            higher than the target
 *
 * Counts may be weights of a resample: they need not be how many comparisons there were.
 */
#ifndef DECIDE_ROC_H
#define DECIDE_ROC_H

#include "base/status.h"

struct
    roc_step { /* comparisons that are accepted together, once the threshold is as low as `score` */
    float score;
    uint64_t same, different;
};

struct roc_figures { /* NaN without a same or a different comparison */
    double auc, eer;
    double tar[VULTUS_FARS];
    double
        threshold[VULTUS_FARS]; /* the highest that reaches it; infinite: accepting nothing does */
};

/* Steps come with falling scores. */
void roc_walk(const struct roc_step *steps, size_t count, struct roc_figures *out);
/* Makes NaN what so few different comparisons cannot tell. */
void roc_limit(uint64_t different, double tar[VULTUS_FARS]);
/* The corners of the curve. MEMORY. */
vultus_status roc_curve(const struct roc_step *steps, size_t count, vultus_roc_point **out,
                        size_t *out_count, vultus_error *error) VULTUS_MUST_USE;

/* Bars for cosines, or (`distances`) negated distances, up to twice the threshold at least. */
vultus_histogram roc_histogram(bool distances, float threshold);
void roc_histogram_add(vultus_histogram *histogram, float score, bool same);

#endif
