/*
 * Inner loops, one table of function pointers for each instruction set. scalar.c fills every slot;
 * the others override what they do better. Every kernel gives the scalar answer up to rounding.
 */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include "base/cpu.h"

#include <stddef.h>
#include <stdint.h>

struct kernel_table {
    enum cpu_simd simd;
    /* Sum of a[i] * b[i]; sum of (a[i] - b[i])^2. No alignment needed. */
    float (*dot)(const float *a, const float *b, size_t n);
    float (*sqdist)(const float *a, const float *b, size_t n);
    /* out[r] = dot(query, rows + r * stride), for r < count. */
    void (*dot_rows)(const float *query, const float *rows, size_t stride, size_t count, size_t n,
                     float *out);
    /* One output row of the vertical half of a resize: out[i] = sum over t of weights[t] * rows[t][i],
     * for i < n bytes; 1 <= taps. */
    void (*blend_rows)(const uint8_t *const *rows, const float *weights, size_t taps, size_t n,
                       float *out);
    /* One row of RGB pixels at half size: the mean of 2 x 2, rounded; n output pixels. */
    void (*halve_row)(const uint8_t *above, const uint8_t *below, size_t n, uint8_t *out);
    /* The horizontal half of a resize, from RGB floats to three normalised planes:
     * out[c][x] = (sum over t < taps of weights[t * n + x] * row[3 * (first[x] + t) + c]) * scale[c]
     *             + shift[c], for x < n. first never falls. */
    void (*planar_row)(const float *row, const int32_t *first, const float *weights, size_t taps,
                       size_t n, const float scale[3], const float shift[3], float *const out[3]);
};

/* The table of one instruction set, or NULL where the processor lacks it. */
const struct kernel_table *kernel_table_of(enum cpu_simd simd);
/* The table that cpu_simd_choice() names. */
const struct kernel_table *kernel_best(void);

/* In avx2.c, avx512.c, neon.c: what they override in a table filled with scalar code. */
extern const struct kernel_table kernel_scalar, kernel_avx2, kernel_avx512, kernel_neon;

/* Scalar code that other tables take over where they have nothing better. */
void kernel_halve_row_scalar(const uint8_t *above, const uint8_t *below, size_t n, uint8_t *out);
/* planar_row for begin <= x < n. */
void kernel_planar_scalar(const float *row, const int32_t *first, const float *weights, size_t taps,
                          size_t begin, size_t n, const float scale[3], const float shift[3],
                          float *const out[3]);

#endif
