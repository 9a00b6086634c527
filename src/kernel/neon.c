/* Kernels for NEON, 4 floats at a time; every arm64 processor has it. */
#include "kernel/kernel.h"

#include <arm_neon.h>

static float dot(const float *a, const float *b, size_t n)
{
    float32x4_t s0 = vdupq_n_f32(0), s1 = s0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        s0 = vfmaq_f32(s0, vld1q_f32(a + i), vld1q_f32(b + i));
        s1 = vfmaq_f32(s1, vld1q_f32(a + i + 4), vld1q_f32(b + i + 4));
    }
    float sum = vaddvq_f32(vaddq_f32(s0, s1));
    for (; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static float sqdist(const float *a, const float *b, size_t n)
{
    float32x4_t s = vdupq_n_f32(0);
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        float32x4_t d = vsubq_f32(vld1q_f32(a + i), vld1q_f32(b + i));
        s = vfmaq_f32(s, d, d);
    }
    float sum = vaddvq_f32(s);
    for (; i < n; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

static void dot_rows(const float *query, const float *rows, size_t stride, size_t count, size_t n,
                     float *out)
{
    size_t r = 0;
    for (; r + 4 <= count; r += 4) { /* four rows share each load of the query */
        const float *p = rows + r * stride;
        float32x4_t s0 = vdupq_n_f32(0), s1 = s0, s2 = s0, s3 = s0;
        size_t i = 0;
        for (; i + 4 <= n; i += 4) {
            float32x4_t q = vld1q_f32(query + i);
            s0 = vfmaq_f32(s0, q, vld1q_f32(p + i));
            s1 = vfmaq_f32(s1, q, vld1q_f32(p + stride + i));
            s2 = vfmaq_f32(s2, q, vld1q_f32(p + 2 * stride + i));
            s3 = vfmaq_f32(s3, q, vld1q_f32(p + 3 * stride + i));
        }
        float sum[4] = {vaddvq_f32(s0), vaddvq_f32(s1), vaddvq_f32(s2), vaddvq_f32(s3)};
        for (; i < n; i++)
            for (size_t k = 0; k < 4; k++)
                sum[k] += query[i] * p[k * stride + i];
        vst1q_f32(out + r, vld1q_f32(sum));
    }
    for (; r < count; r++)
        out[r] = dot(query, rows + r * stride, n);
}

static void blend_rows(const uint8_t *const *rows, const float *weights, size_t taps, size_t n,
                       float *out)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        float32x4_t low = vdupq_n_f32(0), high = low;
        for (size_t t = 0; t < taps; t++) {
            uint16x8_t bytes = vmovl_u8(vld1_u8(rows[t] + i));
            low = vfmaq_n_f32(low, vcvtq_f32_u32(vmovl_u16(vget_low_u16(bytes))), weights[t]);
            high = vfmaq_n_f32(high, vcvtq_f32_u32(vmovl_u16(vget_high_u16(bytes))), weights[t]);
        }
        vst1q_f32(out + i, low);
        vst1q_f32(out + i + 4, high);
    }
    for (; i < n; i++) {
        float sum = weights[0] * (float)rows[0][i];
        for (size_t t = 1; t < taps; t++)
            sum += weights[t] * (float)rows[t][i];
        out[i] = sum;
    }
}

static void halve_row(const uint8_t *above, const uint8_t *below, size_t n, uint8_t *out)
{
    size_t x = 0;
    for (; x + 8 <= n; x += 8) {
        uint8x16x3_t a = vld3q_u8(above + 6 * x), b = vld3q_u8(below + 6 * x);
        uint8x8x3_t mean;
        for (int c = 0; c < 3; c++)
            mean.val[c] = vrshrn_n_u16(vpadalq_u8(vpaddlq_u8(a.val[c]), b.val[c]), 2);
        vst3_u8(out + 3 * x, mean);
    }
    kernel_halve_row_scalar(above + 6 * x, below + 6 * x, n - x, out + 3 * x);
}

static void planar_row(const float *row, const int32_t *first, const float *weights, size_t taps,
                       size_t n, const float scale[3], const float shift[3], float *const out[3])
{
    /* NEON has no gather: scalar loads are as good */
    kernel_scalar.planar_row(row, first, weights, taps, n, scale, shift, out);
}

const struct kernel_table kernel_neon = {CPU_NEON,   dot,       sqdist,    dot_rows,
                                         blend_rows, halve_row, planar_row};
