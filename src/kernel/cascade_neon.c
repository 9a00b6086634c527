/*
 * Loops of cascades over four windows: what NEON has of its own. The rest is cascade_lanes.h, which
 * this file compiles for it.
 */
#define LANES 4
#define FEW 4
#define TABLE cascade_neon
#define SIMD CPU_NEON
#include "kernel/cascade_types.h"

#include <arm_neon.h>

static inline uint32_t full_bits(ints mask)
{
    const words weights = {1, 2, 4, 8};
    return vaddvq_u32((uint32x4_t)((words)mask & weights));
}

static inline words pairs(const uint16_t *row, const int32_t *from)
{
    words two = {0};
    for (int i = 0; i < LANES; i++)
        two[i] = row[from[i]] | (uint32_t)row[from[i] + 1] << 16;
    return two;
}

static inline ints full_subset(const uint32_t words_of[8], words pattern)
{
    uint8x16x2_t table = vld1q_u8_x2((const uint8_t *)words_of);
    /* the byte of the pattern, in the lowest byte of its lane; the others are over 31 and give 0 */
    uint8x16_t chosen = vqtbl2q_u8(table, (uint8x16_t)(pattern >> 3 | 0xffffff00u));
    return -(ints)((words)chosen >> (pattern & 7) & 1);
}

static inline uint32_t few_bits(few_ints mask)
{
    return full_bits(mask);
}

static inline few_ints few_subset(const uint32_t words_of[8], few_words pattern)
{
    return full_subset(words_of, pattern);
}

#include "kernel/cascade_lanes.h"
