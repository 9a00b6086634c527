/* Kernels of codes for every arm64 processor. */
#include <arm_neon.h>

#define TARGET

static inline int32x4_t accumulate(int32x4_t sum, int8x16_t codes, int8x16_t values)
{
    int16x8_t low = vmull_s8(vget_low_s8(codes), vget_low_s8(values));
    int16x8_t high = vmull_high_s8(codes, values);
    return vaddq_s32(sum, vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high)));
}

#include "kernel/codes_neon_loops.h"

const struct codes_kernels codes_kernels_neon = {CPU_NEON, bounds, bounds_each, bounds_fine,
                                                 select_from};
