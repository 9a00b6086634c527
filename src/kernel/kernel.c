/* Which table of kernels this processor runs. */
#include "kernel/kernel.h"

const struct kernel_table *kernel_table_of(enum cpu_simd simd)
{
    if (!cpu_has(simd))
        return NULL;
    switch (simd) {
    case CPU_SCALAR: return &kernel_scalar;
#if defined(__x86_64__)
    case CPU_AVX2: return &kernel_avx2;
    case CPU_AVX512: return &kernel_avx512;
#elif defined(__aarch64__)
    case CPU_NEON: return &kernel_neon;
#endif
    default: return NULL;
    }
}

const struct kernel_table *kernel_best(void)
{
    return kernel_table_of(cpu_simd_choice());
}
