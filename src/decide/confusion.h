/*
 * Which answers were given for which faces: classes are the people who are the truth of a trial or the
 * answer to one, and `unknown` where it is either. A class that is in none of them has no place in an
 * average, as in scikit-learn.
 */
#ifndef DECIDE_CONFUSION_H
#define DECIDE_CONFUSION_H

#include "base/status.h"

struct confusion {
    vultus_class *classes; /* by person, `unknown` last */
    size_t count;
    uint32_t *truth, *answer; /* of each trial: a place in classes */
};

struct class_counts { /* weights of a draw, or plain numbers */
    uint64_t support, answered, right;
};

/* MEMORY. Clear with confusion_clear. */
vultus_status confusion_init(const vultus_trials *trials, struct confusion *out,
                             vultus_error *error) VULTUS_MUST_USE;
void confusion_clear(struct confusion *confusion);

/* Of one class among `total` trials; NaN where there is nothing to divide by. */
vultus_rates confusion_rates(const struct class_counts *counts, uint64_t total);
/* Averages over the classes that occur: precision and recall that are NaN count as 0, a specificity that
 * is NaN (all trials are of this class) does not count. */
void confusion_average(const struct class_counts *counts, size_t classes, uint64_t total,
                       vultus_identification_figures *out);
/* The cells that are not 0. MEMORY. */
vultus_status confusion_cells(const struct confusion *confusion, size_t trials,
                              vultus_confusion **out, size_t *out_count,
                              vultus_error *error) VULTUS_MUST_USE;

#endif
