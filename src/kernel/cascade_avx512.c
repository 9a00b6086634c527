/*
 * Loops of cascades over sixteen windows: what AVX-512 has of its own. The rest is cascade_lanes.h,
 * which this file compiles for it.
 */
#define LANES 16
#define FEW 4
#define TABLE cascade_avx512
#define SIMD CPU_AVX512
#include "kernel/cascade_types.h"

#include <immintrin.h>

static inline uint32_t full_bits(ints mask)
{
    return _mm512_movepi32_mask((__m512i)mask);
}

static inline words pairs(const uint16_t *row, const int32_t *from)
{
    return (words)_mm512_i32gather_epi32(_mm512_loadu_si512(from), row, 2);
}

static inline ints full_subset(const uint32_t words_of[8], words pattern)
{
    __m512i table = _mm512_broadcast_i32x8(_mm256_loadu_si256((const void *)words_of));
    words chosen = (words)_mm512_permutexvar_epi32((__m512i)(pattern >> 5), table);
    return -(ints)(chosen >> (pattern & 31) & 1);
}

static inline uint32_t few_bits(few_ints mask)
{
    return (uint32_t)_mm_movemask_ps((__m128)mask);
}

static inline few_ints few_subset(const uint32_t words_of[8], few_words pattern)
{
    __m256i table = _mm256_loadu_si256((const void *)words_of);
    __m256i which = _mm256_castsi128_si256((__m128i)(pattern >> 5));
    few_words chosen = (few_words)_mm256_castsi256_si128(_mm256_permutevar8x32_epi32(table, which));
    return -(few_ints)(chosen >> (pattern & 31) & 1);
}

#include "kernel/cascade_lanes.h"
