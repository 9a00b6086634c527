/*
 * Loops of cascades over vectors of LANES windows: the body of cascade_avx2.c, cascade_avx512.c and
 * cascade_neon.c, which define before they include it
 *
 *     LANES, FEW, TABLE, SIMD             the widths, the table and what it is for
 *     full_bits(ints mask)                a bit for each lane
 *     full_subset(uint32_t *, words)      a mask: is the bit of the pattern set?
 *     few_bits, few_subset                the same for FEW lanes
 *     pairs(uint16_t *row, int32_t *from) row[from[i]] and row[from[i] + 1] << 16
 *
 * after the types of cascade_types.h. When few windows of a vector are left, they go on in narrow
 * vectors, which cost less: loads that cross no cache line.
 */
#include "kernel/cascade_window.h"

#include <math.h>
#include <string.h>

#define DENSE 4 /* windows alive in a vector that are worth a wide vector */

#define V(name) full_##name
#include "kernel/cascade_stages.h"
#undef V
#define V(name) few_##name
#include "kernel/cascade_stages.h"
#undef V

/* ------------------------------------------------------------------ pixels */

static void grey(const uint8_t *restrict rgb, size_t n, uint8_t *restrict out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)((9798u * rgb[3 * i] + 19235u * rgb[3 * i + 1] + 3735u * rgb[3 * i + 2] +
                            16384u) >>
                           15);
}

static void blend(const uint8_t *restrict above, const uint8_t *restrict below, unsigned part,
                  size_t n, uint16_t *restrict out)
{
    uint16_t first = (uint16_t)(256 - part), second = (uint16_t)part;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint16_t)(first * above[i] + second * below[i]);
}

static void narrow(const uint16_t *row, const int32_t *from, const uint16_t *part, size_t n,
                   uint8_t *out)
{
    for (size_t i = 0; i < n; i += LANES) {
        shorts parts;
        memcpy(&parts, part + i, sizeof parts);
        words two = pairs(row, from + i), second = __builtin_convertvector(parts, words);
        words value = (two & 0xffff) * (256 - second) + (two >> 16) * second + 32768;
        bytes narrowed = __builtin_convertvector(value >> 16, bytes);
        memcpy(out + i, &narrowed, sizeof narrowed);
    }
}

static inline void store(uint32_t *at, words v)
{
    memcpy(at, &v, sizeof v);
}

/* Lane i is number which[i] of the lanes of a and then of b. */
static inline words shuffle(words a, words b, words which)
{
#if defined(__clang__) /* its own takes constants only */
    uint32_t lanes[2 * LANES];
    words out;
    memcpy(lanes, &a, sizeof a);
    memcpy(lanes + LANES, &b, sizeof b);
    for (int i = 0; i < LANES; i++)
        out[i] = lanes[which[i]];
    return out;
#else
    return __builtin_shuffle(a, b, which);
#endif
}

/* Every lane becomes the sum of itself and all before it. */
static inline words running_sum(words v)
{
    const ints lane = LANE_NUMBERS;
    for (int by = 1; by < LANES; by *= 2)
        v += shuffle(v, (words){0}, (words)((lane - by) & (2 * LANES - 1)));
    return v;
}

static inline words last_lane(words v)
{
    return v[LANES - 1] - (words){0};
}

/* Pixels begin .. begin + 2 * LANES of a row: `v` has their sums since the row began. */
static inline void store_sums(const struct cascade_sums *row, size_t begin, ptrdiff_t plane,
                              const words v[2])
{
    const ints even = 2 * (ints)LANE_NUMBERS;
    const uint32_t *above = row->above + plane;
    uint32_t *sums = row->sums + plane;
    if (row->odd) {
        size_t at = begin / 2;
        store(sums + row->odd + at,
              shuffle(v[0], v[1], (words)even) + full_load(above + row->odd + at));
        store(sums + at + 1, shuffle(v[0], v[1], (words)(even + 1)) + full_load(above + at + 1));
    } else {
        store(sums + begin + 1, v[0] + full_load(above + begin + 1));
        store(sums + begin + 1 + LANES, v[1] + full_load(above + begin + 1 + LANES));
    }
}

static void sum_row(const struct cascade_sums *row)
{
    words total = {0}, squares = {0};
    row->sums[0] = row->above[0];
    if (row->squares)
        row->sums[row->squares] = row->above[row->squares];
    for (size_t i = 0; i < row->count; i += 2 * LANES) {
        words pixels[2], v[2];
        for (size_t k = 0; k < 2; k++) {
            bytes narrowed;
            memcpy(&narrowed, row->pixels + i + k * LANES, sizeof narrowed);
            pixels[k] = __builtin_convertvector(narrowed, words);
            v[k] = total + running_sum(pixels[k]);
            total = last_lane(v[k]);
        }
        store_sums(row, i, 0, v);
        if (!row->squares)
            continue;
        for (size_t k = 0; k < 2; k++) {
            v[k] = squares + running_sum(pixels[k] * pixels[k]);
            squares = last_lane(v[k]);
        }
        store_sums(row, i, row->squares, v);
    }
}

/* ------------------------------------------------------------------ windows */

static void normalise(const struct cascade_row *row)
{
    const uint32_t *restrict corner[8];
    float *restrict norm = row->norm;
    double area = row->area;
    for (int i = 0; i < 8; i++)
        corner[i] = row->at + row->inner[i & 3] + (i < 4 ? 0 : row->squares);
    for (size_t i = 0; i < row->count; i++) {
        double total = (int32_t)(corner[0][i] - corner[1][i] - corner[2][i] + corner[3][i]);
        double squares = corner[4][i] - corner[5][i] - corner[6][i] + corner[7][i];
        double spread = area * squares - total * total;
        double positive = spread > 0 ? spread : 1e-30;
        float value = (float)(1 / sqrt(positive));
        norm[i] = area * (double)value < 0.1 ? value : 0;
    }
}

static void begin(const struct cascade_row *row)
{
    size_t count = (row->count + 63) / 64;
    memset(row->alive, 0, count * sizeof *row->alive);
    memset(row->first, 0, count * sizeof *row->first);
    for (size_t i = 0; i < row->count; i += LANES) {
        size_t left = row->count - i;
        uint32_t valid = left >= LANES ? (1u << (LANES - 1) << 1) - 1 : (1u << left) - 1;
        if (!row->program->lbp)
            valid &= full_bits(full_load_floats(row->norm + i) > full_all(0));
        if (!valid)
            continue;
        uint32_t passed = full_stage_bits(row, row->program->stages, i, valid);
        row->alive[i / 64] |= (uint64_t)passed << i % 64;
        row->first[i / 64] |= (uint64_t)(valid & ~passed) << i % 64;
    }
}

/* Those of the LANES windows from the i-th on that are in `alive` and pass everything. */
static inline uint32_t finish_bits(const struct cascade_row *row, size_t i, uint32_t alive)
{
    const struct cascade_program *program = row->program;
    const uint32_t few = (1u << FEW) - 1;
    size_t stage = 1;
    uint32_t done = 0;
    for (; stage < program->stage_count && __builtin_popcount(alive) >= DENSE; stage++)
        alive = full_stage_bits(row, &program->stages[stage], i, alive);
    while (alive) {
        size_t first = (size_t)__builtin_ctz(alive);
        uint32_t passed = alive >> first & few;
        alive &= ~(few << first);
        for (size_t s = stage; passed && s < program->stage_count; s++)
            passed = few_stage_bits(row, &program->stages[s], i + first, passed);
        done |= passed << first;
    }
    return done;
}

static void finish(const struct cascade_row *row)
{
    const uint32_t lanes = (1u << (LANES - 1) << 1) - 1;
    for (size_t i = 0; i < row->count; i += LANES) {
        uint64_t *word = &row->alive[i / 64];
        uint32_t alive = (uint32_t)(*word >> i % 64) & lanes;
        if (alive)
            *word ^= (uint64_t)(alive ^ finish_bits(row, i, alive)) << i % 64;
    }
}

const struct cascade_kernels TABLE = {.simd = SIMD,
                                      .grey = grey,
                                      .blend = blend,
                                      .narrow = narrow,
                                      .sum = sum_row,
                                      .normalise = normalise,
                                      .begin = begin,
                                      .finish = finish};
