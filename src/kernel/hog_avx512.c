/* HOG's kernels for AVX-512, 16 floats at a time. */
#include <immintrin.h>

#define LANES 16
#define TILE 2

typedef __m512 floats;
typedef __mmask16 mask;

#include "kernel/hog.h"

static inline floats madd(floats a, floats b, floats c)
{
    return _mm512_fmadd_ps(a, b, c);
}

static inline floats least(floats a, floats b)
{
    return _mm512_min_ps(a, b);
}

static inline floats root(floats a)
{
    return _mm512_sqrt_ps(a);
}

static inline floats magnitude(floats a)
{
    return _mm512_abs_ps(a);
}

static inline mask above(floats a, floats b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ);
}

static inline floats choose(mask m, floats a, floats b)
{
    return _mm512_mask_blend_ps(m, b, a);
}

static inline __m512i wide(const uint8_t *from)
{
    return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)from));
}

static inline floats difference(const uint8_t *a, const uint8_t *b)
{
    return _mm512_cvtepi32_ps(_mm512_sub_epi32(wide(a), wide(b)));
}

static inline void put_slots(uint16_t *to, floats value)
{
    _mm256_storeu_si256((__m256i *)to, _mm512_cvtepi32_epi16(_mm512_cvttps_epi32(value)));
}

static inline void put_bytes(uint8_t *to, floats value)
{
    _mm_storeu_si128((__m128i *)to, _mm512_cvtepi32_epi8(_mm512_cvttps_epi32(value)));
}

/* 8 columns lie within 16 bytes; columns->pick says where. */
static inline __m128i pick8(const uint8_t *row, const struct hog_columns *columns, size_t i)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(row + columns->left[i]));
    return _mm_shuffle_epi8(bytes, _mm_loadu_si128((const __m128i *)(columns->pick + 2 * i)));
}

static inline void pick(const uint8_t *row, const struct hog_columns *columns, size_t i,
                        floats *left, floats *right)
{
    __m128i first = pick8(row, columns, i), second = pick8(row, columns, i + 8);
    __m128i lefts = _mm_unpacklo_epi64(first, second), rights = _mm_unpackhi_epi64(first, second);
    *left = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(lefts));
    *right = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(rights));
}

/* Where a load would be across two lines, as all but one of ten are, this is cheaper. */
#define shifted(part, plane, k, m)                                                                 \
    ((floats)_mm512_alignr_epi32((__m512i)part[k + 1], (__m512i)part[k], m))

#include "kernel/hog_vector.h"

const struct hog_kernels hog_kernels_avx512 = HOG_KERNELS(CPU_AVX512);
