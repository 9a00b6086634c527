/*
 * Which table of loops for cascades this processor runs. The tables are written once, over vectors of
 * any width (cascade_lanes.h); scalar code is its own, and what all others are compared with.
 */
#include "kernel/cascade.h"

const struct cascade_kernels *cascade_kernels_of(enum cpu_simd simd)
{
    if (!cpu_has(simd))
        return NULL;
    switch (simd) {
    case CPU_SCALAR: return &cascade_scalar;
#if defined(__x86_64__)
    case CPU_AVX2: return &cascade_avx2;
    case CPU_AVX512: return &cascade_avx512;
#elif defined(__aarch64__)
    case CPU_NEON: return &cascade_neon;
#endif
    default: return NULL;
    }
}

const struct cascade_kernels *cascade_kernels_best(void)
{
    return cascade_kernels_of(cpu_simd_choice());
}
