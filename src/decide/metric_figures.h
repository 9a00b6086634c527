/* How well embeddings of unit length tell people apart, by the cosines of their pairs. */
#ifndef DECIDE_METRIC_FIGURES_H
#define DECIDE_METRIC_FIGURES_H

#include "base/random.h"
#include "decide/metric_people.h"

#define METRIC_PAIRS_MAX 50000 /* of same and of different pairs each: sorted after every epoch */

/* Pairs of rows among some people, chosen once so that epochs can be compared. */
struct metric_pairs {
    uint32_t (*rows)[2];
    bool *same;
    float *score;
    size_t count, same_count;
};

/* All pairs of the groups' faces, or as many by chance as are allowed. Faces are numbered through the
 * groups, those with several faces first. */
vultus_status metric_pairs_init(struct metric_pairs *pairs, const struct metric_group *groups,
                                size_t count, struct random *random,
                                vultus_error *error) VULTUS_MUST_USE;
void metric_pairs_clear(struct metric_pairs *pairs);

/* `rows`: those that the pairs are of, in the order of the groups, of unit length. Fills `score` too. NaN where
 * there are too few pairs. MEMORY. */
vultus_status metric_pairs_figures(struct metric_pairs *pairs, const float *rows, size_t width,
                                   vultus_metric_figures *out, vultus_error *error) VULTUS_MUST_USE;

/* From the scores that are there: see vultus_metric_report. MEMORY. */
vultus_status metric_pairs_thresholds(const struct metric_pairs *pairs, float *threshold,
                                      float *identify_threshold,
                                      vultus_error *error) VULTUS_MUST_USE;

#endif
