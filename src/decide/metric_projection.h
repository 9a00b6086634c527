/*
 * A projection of embeddings, as metric learning finds it:
 *
 *     y = unit(linear * x + outer * relu(inner * x + bias)),  x = unit(embedding)
 *
 * The second part, one hidden layer beside the linear way, is there when `hidden` is not 0.
 */
#ifndef DECIDE_METRIC_PROJECTION_H
#define DECIDE_METRIC_PROJECTION_H

#include "base/pool.h"
#include "base/status.h"

#define PROJECTION_SIDE_MAX 4096 /* of each of the three sizes: 64 MB a matrix */

struct projection {
    size_t in, out, hidden;
    float *linear; /* out x in; the first in the block of `count` floats that holds all */
    float *inner;  /* hidden x in */
    float *bias;   /* hidden */
    float *outer;  /* out x hidden */
    size_t count;
};

/* All weights are 0. ARGUMENT: a size is 0 (but for hidden) or too large; MEMORY. */
vultus_status projection_init(struct projection *projection, size_t in, size_t out, size_t hidden,
                              vultus_error *error) VULTUS_MUST_USE;
void projection_clear(struct projection *projection);

/* What a run leaves for the way back, for up to `capacity` rows. */
struct projection_pass {
    const struct projection *projection;
    struct pool *pool; /* may be NULL */
    size_t capacity, rows;
    float *x, *hidden, *y; /* y: unit length */
    float *length;         /* of each row before */
    float *scratch;
    float *block;
    size_t block_floats;
};

vultus_status projection_pass_init(struct projection_pass *pass,
                                   const struct projection *projection, size_t capacity,
                                   struct pool *pool, vultus_error *error) VULTUS_MUST_USE;
void projection_pass_clear(struct projection_pass *pass);

/* Fills y for rows of embeddings, of which there are at most `capacity`. */
void projection_forward(struct projection_pass *pass, const float *embeddings, size_t rows);
/* From dL/dy (rows x out, which is overwritten) to dL/dweights, in a projection of the same sizes. */
void projection_backward(struct projection_pass *pass, float *gradient_y,
                         struct projection *gradient);

/* Rows of any length but 0 to rows of unit length. MODEL: one becomes 0. */
vultus_status projection_apply(const struct projection *projection, const float *embeddings,
                               size_t rows, float *out, vultus_error *error) VULTUS_MUST_USE;

#endif
