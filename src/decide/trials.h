/*
 * Probes against enrolled people: who is nearest, by the rule of decision.h and in the order of a gallery
 * (equally near people by their numbers, of equally near faces the earlier row). Every person counts once,
 * by the template that is asked for (enrolled.h).
 */
#ifndef DECIDE_TRIALS_H
#define DECIDE_TRIALS_H

#include "base/status.h"

#define TRIALS_COMPARISONS_MAX                                                                     \
    UINT64_C(10000000000000) /* faces times faces: a day on 100 processors */

/* See vultus_trials_run. */
vultus_status trials_run(const vultus_trials_request *request, vultus_trials *out,
                         vultus_error *error) VULTUS_MUST_USE;
void trials_clear(vultus_trials *trials);

/*
 * What the bootstrap draws: people, and each probe whose person is not known for itself. `unit` has room
 * for one number for each trial; they are given in the order in which they are met.
 */
vultus_status trials_units(const vultus_trials *trials, uint32_t *unit, size_t *units,
                           vultus_error *error) VULTUS_MUST_USE;

#endif
