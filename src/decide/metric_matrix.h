/* Products of small dense matrices of floats, row by row, for training on embeddings. */
#ifndef DECIDE_METRIC_MATRIX_H
#define DECIDE_METRIC_MATRIX_H

#include "base/pool.h"

#include <stddef.h>

/* out[i, j] = sum over k of a[i, k] * b[j, k]: the rows of `a` with the rows of `b`. */
struct matrix_product {
    const float *a, *b;
    size_t rows, columns, inner; /* a is rows x inner, b columns x inner, out rows x columns */
    float *out;
};

/* The same numbers on any number of threads; `pool` may be NULL. It cannot fail. */
void matrix_multiply(const struct matrix_product *product, struct pool *pool);
/* out[j, i] = in[i, j]; `in` is rows x columns. */
void matrix_transpose(const float *in, size_t rows, size_t columns, float *out);

#endif
