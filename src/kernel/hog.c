/* Which table of HOG's kernels this processor runs. */
#include "kernel/hog.h"

const struct hog_kernels *hog_kernels_of(enum cpu_simd simd)
{
    if (!cpu_has(simd))
        return NULL;
    switch (simd) {
    case CPU_SCALAR: return &hog_kernels_scalar;
#if defined(__x86_64__)
    case CPU_AVX2: return &hog_kernels_avx2;
    case CPU_AVX512: return &hog_kernels_avx512;
#elif defined(__aarch64__)
    case CPU_NEON: return &hog_kernels_neon;
#endif
    default: return NULL;
    }
}

const struct hog_kernels *hog_kernels_best(void)
{
    return hog_kernels_of(cpu_simd_choice());
}
