/* HOG's kernels for AVX2, 8 floats at a time. */
#include <immintrin.h>

#define LANES 8
#define TILE 1 /* sixteen registers: ten of scores leave no room for more */

typedef __m256 floats;
typedef __m256 mask;

#include "kernel/hog.h"

static inline floats madd(floats a, floats b, floats c)
{
    return _mm256_fmadd_ps(a, b, c);
}

static inline floats least(floats a, floats b)
{
    return _mm256_min_ps(a, b);
}

static inline floats root(floats a)
{
    return _mm256_sqrt_ps(a);
}

static inline floats magnitude(floats a)
{
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a);
}

static inline mask above(floats a, floats b)
{
    return _mm256_cmp_ps(a, b, _CMP_GT_OQ);
}

static inline floats choose(mask m, floats a, floats b)
{
    return _mm256_blendv_ps(b, a, m);
}

static inline __m256i wide(const uint8_t *from)
{
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)from));
}

static inline floats difference(const uint8_t *a, const uint8_t *b)
{
    return _mm256_cvtepi32_ps(_mm256_sub_epi32(wide(a), wide(b)));
}

static inline __m128i words(floats value)
{
    __m256i whole = _mm256_cvttps_epi32(value);
    return _mm_packus_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
}

static inline void put_slots(uint16_t *to, floats value)
{
    _mm_storeu_si128((__m128i *)to, words(value));
}

static inline void put_bytes(uint8_t *to, floats value)
{
    _mm_storel_epi64((__m128i *)to, _mm_packus_epi16(words(value), _mm_setzero_si128()));
}

/* 8 columns lie within 16 bytes; columns->pick says where. */
static inline void pick(const uint8_t *row, const struct hog_columns *columns, size_t i,
                        floats *left, floats *right)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(row + columns->left[i]));
    bytes = _mm_shuffle_epi8(bytes, _mm_loadu_si128((const __m128i *)(columns->pick + 2 * i)));
    *left = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
    *right = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_unpackhi_epi64(bytes, bytes)));
}

#define shifted(part, plane, k, m) load((plane) + (m) + LANES * (k))

#include "kernel/hog_vector.h"

const struct hog_kernels hog_kernels_avx2 = HOG_KERNELS(CPU_AVX2);
