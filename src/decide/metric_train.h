/* Metric learning: from labelled embeddings to a projection. */
#ifndef DECIDE_METRIC_TRAIN_H
#define DECIDE_METRIC_TRAIN_H

#include "decide/metric_projection.h"

/* See vultus_projection_train. `labelled` is checked already. */
vultus_status metric_train(const vultus_labelled *labelled, const vultus_metric_options *options,
                           struct projection *out, vultus_metric_report *report,
                           vultus_error *error) VULTUS_MUST_USE;

#endif
