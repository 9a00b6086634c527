/* Kernels in plain C: the reference for all others, and what runs on every processor. */
#include "kernel/kernel.h"

static float dot(const float *a, const float *b, size_t n)
{
    float sum[4] = {0}; /* four sums: less rounding than one, and the compiler may pair them */
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++)
            sum[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        sum[0] += a[i] * b[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static float sqdist(const float *a, const float *b, size_t n)
{
    float sum[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++)
            sum[k] += (a[i + k] - b[i + k]) * (a[i + k] - b[i + k]);
    for (; i < n; i++)
        sum[0] += (a[i] - b[i]) * (a[i] - b[i]);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void dot_rows(const float *query, const float *rows, size_t stride, size_t count, size_t n,
                     float *out)
{
    for (size_t r = 0; r < count; r++)
        out[r] = dot(query, rows + r * stride, n);
}

static void blend_rows(const uint8_t *const *rows, const float *weights, size_t taps, size_t n,
                       float *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = weights[0] * (float)rows[0][i];
    for (size_t t = 1; t < taps; t++)
        for (size_t i = 0; i < n; i++)
            out[i] += weights[t] * (float)rows[t][i];
}

void kernel_halve_row_scalar(const uint8_t *above, const uint8_t *below, size_t n, uint8_t *out)
{
    for (size_t x = 0; x < n; x++)
        for (size_t c = 0; c < 3; c++)
            out[3 * x + c] = (uint8_t)((above[6 * x + c] + above[6 * x + 3 + c] + below[6 * x + c] +
                                        below[6 * x + 3 + c] + 2) >>
                                       2);
}

void kernel_planar_scalar(const float *row, const int32_t *first, const float *weights, size_t taps,
                          size_t begin, size_t n, const float scale[3], const float shift[3],
                          float *const out[3])
{
    for (size_t x = begin; x < n; x++) {
        const float *pixel = row + 3 * (size_t)first[x];
        float sum[3] = {0};
        for (size_t t = 0; t < taps; t++)
            for (size_t c = 0; c < 3; c++)
                sum[c] += weights[t * n + x] * pixel[3 * t + c];
        for (size_t c = 0; c < 3; c++)
            out[c][x] = sum[c] * scale[c] + shift[c];
    }
}

static void planar_row(const float *row, const int32_t *first, const float *weights, size_t taps,
                       size_t n, const float scale[3], const float shift[3], float *const out[3])
{
    kernel_planar_scalar(row, first, weights, taps, 0, n, scale, shift, out);
}

const struct kernel_table kernel_scalar = {
    CPU_SCALAR, dot, sqdist, dot_rows, blend_rows, kernel_halve_row_scalar, planar_row};
