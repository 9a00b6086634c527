/* Kernels of codes for arm64 processors with dot products of bytes (Armv8.2 and later, most of them). */
#include <arm_neon.h>

#define TARGET __attribute__((target("arch=armv8.2-a+dotprod")))

TARGET static inline int32x4_t accumulate(int32x4_t sum, int8x16_t codes, int8x16_t values)
{
    return vdotq_s32(sum, codes, values);
}

#include "kernel/codes_neon_loops.h"

const struct codes_kernels codes_kernels_dotprod = {CPU_NEON, bounds, bounds_each, bounds_fine,
                                                    select_from};
