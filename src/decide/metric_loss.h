/*
 * Losses over a batch of embeddings of unit length, and their gradients. Squared distances are
 * 2 - 2 cos. A batch without a pair that the loss needs has loss 0 and no gradient.
 */
#ifndef DECIDE_METRIC_LOSS_H
#define DECIDE_METRIC_LOSS_H

#include "base/pool.h"
#include "base/status.h"

struct metric_batch {
    const float *y; /* rows x width, unit length */
    const uint32_t *person;
    size_t rows, width;
};

struct metric_loss {
    vultus_metric_loss kind;
    vultus_metric_mining mining;
    float margin;
    struct pool *pool; /* may be NULL */
    float *centres;    /* arcface: of the people, people x width, of any length but 0 */
    float *centres_gradient;
    size_t people;
    float *room; /* metric_loss_init's */
    size_t rows_max, width;
};

/* Of `loss` kind, mining, margin, pool and, for arcface, people and width are given. */
vultus_status metric_loss_init(struct metric_loss *loss, size_t rows_max, size_t width,
                               vultus_error *error) VULTUS_MUST_USE;
void metric_loss_clear(struct metric_loss *loss);

/* The loss; `gradient` (rows x width) receives dL/dy, and centres_gradient dL/dcentres. */
double metric_loss_run(struct metric_loss *loss, const struct metric_batch *batch, float *gradient);

/* metric_triplet.c: dL/dsimilarity of a batch's pairs, rows x rows, added to `out`, which is 0. */
double metric_triplet_loss(const struct metric_loss *loss, const struct metric_batch *batch,
                           const float *similarity, float *out);
/* metric_arcface.c. */
double metric_arcface_loss(struct metric_loss *loss, const struct metric_batch *batch,
                           float *gradient);

#endif
