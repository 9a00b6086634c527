/*
 * Kernels for AVX2 and FMA, 8 floats at a time. This file is compiled with those instructions
 * enabled: nothing here may run before cpu_has(CPU_AVX2) has said so.
 */
#include "kernel/kernel.h"

#include <immintrin.h>
#include <string.h>

static inline float sum8(__m256 v)
{
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

static float dot(const float *a, const float *b, size_t n)
{
    __m256 s0 = _mm256_setzero_ps(), s1 = s0;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
        s1 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8), s1);
    }
    for (; i + 8 <= n; i += 8)
        s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
    float sum = sum8(_mm256_add_ps(s0, s1));
    for (; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static float sqdist(const float *a, const float *b, size_t n)
{
    __m256 s = _mm256_setzero_ps();
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256 d = _mm256_sub_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i));
        s = _mm256_fmadd_ps(d, d, s);
    }
    float sum = sum8(s);
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
        __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
        size_t i = 0;
        for (; i + 8 <= n; i += 8) {
            __m256 q = _mm256_loadu_ps(query + i);
            s0 = _mm256_fmadd_ps(q, _mm256_loadu_ps(p + i), s0);
            s1 = _mm256_fmadd_ps(q, _mm256_loadu_ps(p + stride + i), s1);
            s2 = _mm256_fmadd_ps(q, _mm256_loadu_ps(p + 2 * stride + i), s2);
            s3 = _mm256_fmadd_ps(q, _mm256_loadu_ps(p + 3 * stride + i), s3);
        }
        float sum[4] = {sum8(s0), sum8(s1), sum8(s2), sum8(s3)};
        for (; i < n; i++)
            for (size_t k = 0; k < 4; k++)
                sum[k] += query[i] * p[k * stride + i];
        memcpy(out + r, sum, sizeof sum);
    }
    for (; r < count; r++)
        out[r] = dot(query, rows + r * stride, n);
}

static inline __m256 load_bytes(const uint8_t *bytes)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)bytes)));
}

static void blend_rows(const uint8_t *const *rows, const float *weights, size_t taps, size_t n,
                       float *out)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256 sum = _mm256_mul_ps(_mm256_set1_ps(weights[0]), load_bytes(rows[0] + i));
        for (size_t t = 1; t < taps; t++)
            sum = _mm256_fmadd_ps(_mm256_set1_ps(weights[t]), load_bytes(rows[t] + i), sum);
        _mm256_storeu_ps(out + i, sum);
    }
    for (; i < n; i++) {
        float sum = weights[0] * (float)rows[0][i];
        for (size_t t = 1; t < taps; t++)
            sum += weights[t] * (float)rows[t][i];
        out[i] = sum;
    }
}

/* Five RGB pixels at a time would leave odd lanes; two output pixels are 12 bytes of each row, which
 * one 16-byte load covers. The last pixels go through scalar code so that no load passes the end. */
static void halve_row(const uint8_t *above, const uint8_t *below, size_t n, uint8_t *out)
{
    const __m128i left = _mm_setr_epi8(0, 1, 2, 6, 7, 8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
    const __m128i right = _mm_setr_epi8(3, 4, 5, 9, 10, 11, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
    const __m128i two = _mm_set1_epi16(2);
    size_t x = 0;
    for (; x + 4 <= n; x += 2) {
        __m128i a = _mm_loadu_si128((const __m128i *)(above + 6 * x));
        __m128i b = _mm_loadu_si128((const __m128i *)(below + 6 * x));
        __m128i sum = _mm_add_epi16(_mm_add_epi16(_mm_cvtepu8_epi16(_mm_shuffle_epi8(a, left)),
                                                  _mm_cvtepu8_epi16(_mm_shuffle_epi8(a, right))),
                                    _mm_add_epi16(_mm_cvtepu8_epi16(_mm_shuffle_epi8(b, left)),
                                                  _mm_cvtepu8_epi16(_mm_shuffle_epi8(b, right))));
        sum = _mm_srli_epi16(_mm_add_epi16(sum, two), 2);
        uint64_t packed = (uint64_t)_mm_cvtsi128_si64(_mm_packus_epi16(sum, sum));
        memcpy(out + 3 * x, &packed, 6);
    }
    kernel_halve_row_scalar(above + 6 * x, below + 6 * x, n - x, out + 3 * x);
}

static void planar_row(const float *row, const int32_t *first, const float *weights, size_t taps,
                       size_t n, const float scale[3], const float shift[3], float *const out[3])
{
    size_t x = 0;
    for (; x + 8 <= n; x += 8) {
        __m256i at = _mm256_loadu_si256((const __m256i *)(first + x));
        at = _mm256_add_epi32(at, _mm256_slli_epi32(at, 1));
        __m256 sum[3] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
        for (size_t t = 0; t < taps; t++) {
            __m256 w = _mm256_loadu_ps(weights + t * n + x);
            for (size_t c = 0; c < 3; c++)
                sum[c] = _mm256_fmadd_ps(w, _mm256_i32gather_ps(row + 3 * t + c, at, 4), sum[c]);
        }
        for (size_t c = 0; c < 3; c++)
            _mm256_storeu_ps(out[c] + x, _mm256_fmadd_ps(sum[c], _mm256_set1_ps(scale[c]),
                                                         _mm256_set1_ps(shift[c])));
    }
    kernel_planar_scalar(row, first, weights, taps, x, n, scale, shift, out);
}

const struct kernel_table kernel_avx2 = {CPU_AVX2,   dot,       sqdist,    dot_rows,
                                         blend_rows, halve_row, planar_row};
