/*
 * Loops of cascades over sixteen windows: what AVX-512 has of its own. The rest is cascade_lanes.h,
 * which this file compiles for it.
 */
#define LANES 16
#define TABLE cascade_avx512
#define SIMD CPU_AVX512
#include "kernel/cascade_types.h"

#include <immintrin.h>

static inline uint32_t lanes_bits(ints mask)
{
    return _mm512_movepi32_mask((__m512i)mask);
}

static inline words lanes_pairs(const uint16_t *row, const int32_t *from)
{
    return (words)_mm512_i32gather_epi32(_mm512_loadu_si512(from), row, 2);
}

static inline ints lanes_subset(const uint32_t subset[8], words pattern)
{
    __m512i table = _mm512_broadcast_i32x8(_mm256_loadu_si256((const void *)subset));
    words chosen = (words)_mm512_permutexvar_epi32((__m512i)(pattern >> 5), table);
    return -(ints)(chosen >> (pattern & 31) & 1);
}

#include "kernel/cascade_lanes.h"
