/*
 * Loops of cascades over eight windows: what AVX2 has of its own. The rest is cascade_lanes.h, which
 * this file compiles for it.
 */
#define LANES 8
#define TABLE cascade_avx2
#define SIMD CPU_AVX2
#include "kernel/cascade_types.h"

#include <immintrin.h>

static inline uint32_t lanes_bits(ints mask)
{
    return (uint32_t)_mm256_movemask_ps((__m256)mask);
}

static inline words lanes_pairs(const uint16_t *row, const int32_t *from)
{
    return (words)_mm256_i32gather_epi32((const int *)(const void *)row,
                                         _mm256_loadu_si256((const void *)from), 2);
}

static inline ints lanes_subset(const uint32_t subset[8], words pattern)
{
    __m256i table = _mm256_loadu_si256((const void *)subset);
    words chosen = (words)_mm256_permutevar8x32_epi32(table, (__m256i)(pattern >> 5));
    return -(ints)(chosen >> (pattern & 31) & 1);
}

#include "kernel/cascade_lanes.h"
