/* Kernels of codes for AVX-512 without VNNI. */
#include <immintrin.h>

#define AHEAD 2048

static inline __m512i accumulate(__m512i sum, __m512i codes, __m512i values)
{
    __m512i pairs = _mm512_maddubs_epi16(codes, values);
    return _mm512_add_epi32(sum, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
}

#include "kernel/codes_avx512_loops.h"

const struct codes_kernels codes_kernels_avx512 = {CPU_AVX512, bounds, bounds_many, bounds_fine,
                                                   select_from};
