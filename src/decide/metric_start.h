/* Where metric learning starts. */
#ifndef DECIDE_METRIC_START_H
#define DECIDE_METRIC_START_H

#include "decide/metric_projection.h"

/*
 * `rows`: faces to learn from, count x projection->in, of any length but 0. Sets the linear way to the
 * identity, or to the main axes of the rows where it has fewer numbers; with `centred` less the direction
 * that the rows have in common. A hidden layer starts with random inner and no outer weights: it adds
 * nothing yet. MEMORY.
 */
vultus_status metric_start(struct projection *projection, const float *rows, size_t count,
                           bool centred, uint64_t seed, vultus_error *error) VULTUS_MUST_USE;

#endif
