/*
 * The loops of codes for NEON, once for processors with dot products of bytes and once for those without:
 * the including file defines accumulate(sum, codes, values), which adds for each 32-bit lane the products
 * of four bytes; codes are at most 127, so that they may be signed.
 */
#include "kernel/codes.h"

#include <arm_neon.h>
#include <string.h>

static inline int8x16_t four(const int8_t *values)
{
    int32_t bits;
    memcpy(&bits, values, sizeof bits);
    return vreinterpretq_s8_s32(vdupq_n_s32(bits));
}

static inline float32x4_t halves(const uint8_t *bytes)
{
    return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(bytes)));
}

TARGET static void bounds(const uint8_t *groups, size_t count, const struct codes_probe *probe,
                          float *out)
{
    const size_t chunks = probe->chunks, size = CODES_GROUP_BYTES(chunks);
    const uint8x16_t lower = vdupq_n_u8(15);
    for (size_t g = 0; g < count; g++, groups += size) {
        const uint8_t *behind = groups + chunks * CODES_CHUNK_BYTES;
        int32x4_t sums[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
        for (size_t c = 0; c < chunks; c++) {
            int8x16_t first = four(probe->values + c * CODES_CHUNK);
            int8x16_t second = four(probe->values + c * CODES_CHUNK + 4);
            for (size_t k = 0; k < 4; k++) {
                uint8x16_t both = vld1q_u8(groups + c * CODES_CHUNK_BYTES + 16 * k);
                sums[k] = accumulate(sums[k], vreinterpretq_s8_u8(vandq_u8(both, lower)), first);
                sums[k] = accumulate(sums[k], vreinterpretq_s8_u8(vshrq_n_u8(both, 4)), second);
            }
        }
        for (size_t k = 0; k < 4; k++) {
            float32x4_t product = vsubq_f32(vcvtq_f32_s32(sums[k]), vdupq_n_f32(probe->centre));
            float32x4_t scale =
                vmulq_n_f32(vreinterpretq_f32_u8(vld1q_u8(behind + 16 * k)), probe->scale);
            float32x4_t bound = vmulq_n_f32(halves(behind + 96 + 8 * k), probe->error);
            bound = vfmaq_n_f32(bound, halves(behind + 64 + 8 * k), probe->norm);
            vst1q_f32(out + g * CODES_GROUP + 4 * k, vfmaq_f32(bound, scale, product));
        }
    }
}

CODES_BOUNDS_EACH(bounds)

TARGET static void bounds_fine(const uint8_t *rows, const uint32_t *places, size_t count,
                               const struct codes_probe *probe, float *out)
{
    const size_t axes = probe->chunks * CODES_CHUNK;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *row = rows + places[i] * CODES_FINE_BYTES(probe->chunks);
        int32x4_t sum = vdupq_n_s32(0);
        size_t k = 0;
        for (; k + 16 <= axes; k += 16)
            sum = accumulate(sum, vreinterpretq_s8_u8(vld1q_u8(row + k)),
                             vld1q_s8(probe->values + k));
        if (k < axes) /* eight more */
            sum = accumulate(sum, vcombine_s8(vreinterpret_s8_u8(vld1_u8(row + k)), vdup_n_s8(0)),
                             vcombine_s8(vld1_s8(probe->values + k), vdup_n_s8(0)));
        out[i] = codes_fine_bound(row + axes, vaddvq_s32(sum), probe);
    }
}

static size_t select_from(const float *values, size_t n, float least, uint32_t *places)
{
    const float32x4_t limit = vdupq_n_f32(least);
    size_t count = 0, i = 0;
    for (; i + 4 <= n; i += 4) {
        if (!vmaxvq_u32(vcgeq_f32(vld1q_f32(values + i), limit)))
            continue;
        for (size_t k = i; k < i + 4; k++)
            if (values[k] >= least)
                places[count++] = (uint32_t)k;
    }
    for (; i < n; i++)
        if (values[i] >= least)
            places[count++] = (uint32_t)i;
    return count;
}
