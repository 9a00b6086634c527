/* HOG's kernels for NEON, 4 floats at a time. */
#include <arm_neon.h>

#define LANES 4
#define TILE 2

typedef float32x4_t floats;
typedef uint32x4_t mask;

#include "kernel/hog.h"

static inline floats madd(floats a, floats b, floats c)
{
    return vfmaq_f32(c, a, b);
}

static inline floats least(floats a, floats b)
{
    return vminq_f32(a, b);
}

static inline floats root(floats a)
{
    return vsqrtq_f32(a);
}

static inline floats magnitude(floats a)
{
    return vabsq_f32(a);
}

static inline mask above(floats a, floats b)
{
    return vcgtq_f32(a, b);
}

static inline floats choose(mask m, floats a, floats b)
{
    return vbslq_f32(m, a, b);
}

static inline floats difference(const uint8_t *a, const uint8_t *b)
{
    int16x8_t d = vreinterpretq_s16_u16(vsubl_u8(vld1_u8(a), vld1_u8(b)));
    return vcvtq_f32_s32(vmovl_s16(vget_low_s16(d)));
}

static inline void put_slots(uint16_t *to, floats value)
{
    vst1_u16(to, vmovn_u32(vcvtq_u32_f32(value)));
}

static inline void put_bytes(uint8_t *to, floats value)
{
    uint16x4_t words = vmovn_u32(vcvtq_u32_f32(value));
    uint32_t bytes = vget_lane_u32(vreinterpret_u32_u8(vmovn_u16(vcombine_u16(words, words))), 0);
    __builtin_memcpy(to, &bytes, sizeof bytes);
}

static inline floats four(uint8x8_t bytes, size_t half)
{
    uint16x8_t words = vmovl_u8(bytes);
    return vcvtq_f32_u32(vmovl_u16(half ? vget_high_u16(words) : vget_low_u16(words)));
}

/* 8 columns lie within 16 bytes; columns->pick says where. This takes half of them. */
static inline void pick(const uint8_t *row, const struct hog_columns *columns, size_t i,
                        floats *left, floats *right)
{
    size_t begin = i & ~(size_t)7;
    uint8x16_t bytes =
        vqtbl1q_u8(vld1q_u8(row + columns->left[begin]), vld1q_u8(columns->pick + 2 * begin));
    *left = four(vget_low_u8(bytes), i & 4);
    *right = four(vget_high_u8(bytes), i & 4);
}

#define shifted(part, plane, k, m) load((plane) + (m) + LANES * (k))

#include "kernel/hog_vector.h"

const struct hog_kernels hog_kernels_neon = HOG_KERNELS(CPU_NEON);
