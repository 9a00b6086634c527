/* Kernels of codes for AVX-512 with VNNI: four products of bytes and their sum in one instruction. */
#include <immintrin.h>

#define AHEAD 2048 /* bytes: a row of memory's own prefetcher more */

static inline __m512i accumulate(__m512i sum, __m512i codes, __m512i values)
{
    return _mm512_dpbusd_epi32(sum, codes, values);
}

#include "kernel/codes_avx512_loops.h"

const struct codes_kernels codes_kernels_vnni = {CPU_AVX512, bounds, bounds_many, bounds_fine,
                                                 select_from};
