/* Which table of tree kernels this processor runs. */
#include "kernel/trees.h"

const struct trees_table *trees_table_of(enum cpu_simd simd)
{
    if (!cpu_has(simd))
        return NULL;
    switch (simd) {
    case CPU_SCALAR: return &trees_scalar;
#if defined(__x86_64__)
    case CPU_AVX2: return &trees_avx2;
    case CPU_AVX512: return &trees_avx512;
#elif defined(__aarch64__)
    case CPU_NEON: return &trees_neon;
#endif
    default: return NULL;
    }
}

const struct trees_table *trees_best(void)
{
    return trees_table_of(cpu_simd_choice());
}
