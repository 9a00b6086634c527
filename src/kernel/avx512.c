/*
 * Kernels for AVX-512 (F, BW, VL, DQ), 16 floats at a time; tails use masks. Compiled with those
 * instructions enabled: nothing here may run before cpu_has(CPU_AVX512) has said so.
 */
#include "kernel/kernel.h"

#include <immintrin.h>

static inline __mmask16 tail(size_t left)
{
    return (__mmask16)((1u << left) - 1);
}

static float dot(const float *a, const float *b, size_t n)
{
    __m512 s0 = _mm512_setzero_ps(), s1 = s0;
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        s0 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i), s0);
        s1 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i + 16), _mm512_loadu_ps(b + i + 16), s1);
    }
    for (; i < n; i += 16) {
        __mmask16 mask = n - i < 16 ? tail(n - i) : 0xFFFF;
        s0 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, a + i), _mm512_maskz_loadu_ps(mask, b + i),
                             s0);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(s0, s1));
}

static float sqdist(const float *a, const float *b, size_t n)
{
    __m512 s = _mm512_setzero_ps();
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 mask = n - i < 16 ? tail(n - i) : 0xFFFF;
        __m512 d =
            _mm512_sub_ps(_mm512_maskz_loadu_ps(mask, a + i), _mm512_maskz_loadu_ps(mask, b + i));
        s = _mm512_fmadd_ps(d, d, s);
    }
    return _mm512_reduce_add_ps(s);
}

static void dot_rows(const float *query, const float *rows, size_t stride, size_t count, size_t n,
                     float *out)
{
    size_t r = 0;
    for (; r + 4 <= count; r += 4) { /* four rows share each load of the query */
        const float *p = rows + r * stride;
        __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
        for (size_t i = 0; i < n; i += 16) {
            __mmask16 mask = n - i < 16 ? tail(n - i) : 0xFFFF;
            __m512 q = _mm512_maskz_loadu_ps(mask, query + i);
            s0 = _mm512_fmadd_ps(q, _mm512_maskz_loadu_ps(mask, p + i), s0);
            s1 = _mm512_fmadd_ps(q, _mm512_maskz_loadu_ps(mask, p + stride + i), s1);
            s2 = _mm512_fmadd_ps(q, _mm512_maskz_loadu_ps(mask, p + 2 * stride + i), s2);
            s3 = _mm512_fmadd_ps(q, _mm512_maskz_loadu_ps(mask, p + 3 * stride + i), s3);
        }
        out[r] = _mm512_reduce_add_ps(s0);
        out[r + 1] = _mm512_reduce_add_ps(s1);
        out[r + 2] = _mm512_reduce_add_ps(s2);
        out[r + 3] = _mm512_reduce_add_ps(s3);
    }
    for (; r < count; r++)
        out[r] = dot(query, rows + r * stride, n);
}

static void blend_rows(const uint8_t *const *rows, const float *weights, size_t taps, size_t n,
                       float *out)
{
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 mask = n - i < 16 ? tail(n - i) : 0xFFFF;
        __m512 sum = _mm512_setzero_ps();
        for (size_t t = 0; t < taps; t++) {
            __m512i bytes = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(mask, rows[t] + i));
            sum = _mm512_fmadd_ps(_mm512_set1_ps(weights[t]), _mm512_cvtepi32_ps(bytes), sum);
        }
        _mm512_mask_storeu_ps(out + i, mask, sum);
    }
}

#define SPAN 48 /* source pixels that one block of 16 results may reach over without gathers */

static const int32_t zero_to_15[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* Splits SPAN interleaved pixels, of which `floats` may be read, into three planes of 3 x 16. */
static inline void split_planes(const float *pixels, size_t floats, __m512 planes[3][3])
{
    const __m512i lane = _mm512_loadu_si512(zero_to_15);
    const __m512i third = _mm512_add_epi32(lane, _mm512_slli_epi32(lane, 1)); /* 0, 3, 6, ... */
    const __m512i limit32 = _mm512_set1_epi32(32);
    for (size_t part = 0; part < 3; part++) {
        __m512 v[3];
        for (size_t k = 0; k < 3; k++) {
            size_t at = 48 * part + 16 * k;
            v[k] = _mm512_maskz_loadu_ps(floats >= at + 16 ? 0xFFFF
                                         : floats > at     ? tail(floats - at)
                                                           : 0,
                                         pixels + at);
        }
        for (size_t c = 0; c < 3; c++) {
            __m512i index = _mm512_add_epi32(third, _mm512_set1_epi32((int)c));
            __m512 low = _mm512_permutex2var_ps(v[0], index, v[1]);
            __mmask16 high = _mm512_cmpge_epi32_mask(index, limit32);
            planes[c][part] = _mm512_mask_permutexvar_ps(low, high, index, v[2]);
        }
    }
}

static inline void planar_block(const float *row, const int32_t *first, const float *weights,
                                size_t taps, size_t n, size_t x, __mmask16 mask, __m512 sum[3])
{
    const size_t last = n - x < 16 ? n - 1 : x + 15;
    const size_t begin = (size_t)first[x], span = (size_t)first[last] + taps - begin;
    const __m512i at = _mm512_maskz_loadu_epi32(mask, first + x);
    const __m512i limit32 = _mm512_set1_epi32(32);
    if (span <= SPAN) {
        __m512 planes[3][3];
        split_planes(row + 3 * begin, 3 * span, planes);
        __m512i index = _mm512_sub_epi32(at, _mm512_set1_epi32((int)begin));
        for (size_t t = 0; t < taps; t++) {
            __m512 w = _mm512_maskz_loadu_ps(mask, weights + t * n + x);
            __mmask16 high = _mm512_cmpge_epi32_mask(index, limit32);
            for (size_t c = 0; c < 3; c++) {
                __m512 low = _mm512_permutex2var_ps(planes[c][0], index, planes[c][1]);
                sum[c] = _mm512_fmadd_ps(
                    w, _mm512_mask_permutexvar_ps(low, high, index, planes[c][2]), sum[c]);
            }
            index = _mm512_add_epi32(index, _mm512_set1_epi32(1));
        }
        return;
    }
    const __m512i floats = _mm512_add_epi32(at, _mm512_slli_epi32(at, 1));
    for (size_t t = 0; t < taps; t++) {
        __m512 w = _mm512_maskz_loadu_ps(mask, weights + t * n + x);
        for (size_t c = 0; c < 3; c++)
            sum[c] = _mm512_fmadd_ps(
                w, _mm512_mask_i32gather_ps(_mm512_setzero_ps(), mask, floats, row + 3 * t + c, 4),
                sum[c]);
    }
}

static void planar_row(const float *row, const int32_t *first, const float *weights, size_t taps,
                       size_t n, const float scale[3], const float shift[3], float *const out[3])
{
    for (size_t x = 0; x < n; x += 16) {
        __mmask16 mask = n - x < 16 ? tail(n - x) : 0xFFFF;
        const __m512 zero = _mm512_setzero_ps();
        __m512 sum[3] = {zero, zero, zero};
        planar_block(row, first, weights, taps, n, x, mask, sum);
        for (size_t c = 0; c < 3; c++)
            _mm512_mask_storeu_ps(
                out[c] + x, mask,
                _mm512_fmadd_ps(sum[c], _mm512_set1_ps(scale[c]), _mm512_set1_ps(shift[c])));
    }
}

/* Wider shuffles gain nothing here: the loop is bound by its loads. */
static void halve_row(const uint8_t *above, const uint8_t *below, size_t n, uint8_t *out)
{
    kernel_avx2.halve_row(above, below, n, out);
}

const struct kernel_table kernel_avx512 = {CPU_AVX512, dot,       sqdist,    dot_rows,
                                           blend_rows, halve_row, planar_row};
