/*
 * Loops of cascades over vectors of LANES windows: the body of cascade_avx2.c, cascade_avx512.c and
 * cascade_neon.c, which define before they include it
 *
 *     LANES, TABLE                            the width and the name of the table
 *     lanes_bits(ints mask)                   a bit for each lane
 *     lanes_pairs(uint16_t *row, int32_t *from)   row[from[i]] and row[from[i] + 1] << 16
 *     lanes_subset(subset, words pattern)     a mask: is the bit of the pattern set?
 *
 * after the types of cascade_types.h. Sums of leaves are floats here; where one is so near to the
 * threshold that rounding could decide, the window is judged again in doubles, so that the answer is
 * the scalar one. When few windows of a vector are left, they go on one by one.
 */
#include "kernel/cascade_window.h"

#include <math.h>
#include <string.h>

#define DENSE 3 /* windows alive in a vector that are worth a vector */

static inline words load(const uint32_t *at)
{
    words v;
    memcpy(&v, at, sizeof v);
    return v;
}

static inline floats load_floats(const float *at)
{
    floats v;
    memcpy(&v, at, sizeof v);
    return v;
}

static inline void store(uint32_t *at, words v)
{
    memcpy(at, &v, sizeof v);
}

static inline floats all(float value)
{
    return value - (floats){0};
}

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
        words pairs = lanes_pairs(row, from + i), second = __builtin_convertvector(parts, words);
        words value = (pairs & 0xffff) * (256 - second) + (pairs >> 16) * second + 32768;
        bytes narrowed = __builtin_convertvector(value >> 16, bytes);
        memcpy(out + i, &narrowed, sizeof narrowed);
    }
}

/* Every lane becomes the sum of itself and all before it. */
static inline words running_sum(words v)
{
    const ints lane = LANE_NUMBERS;
    for (int by = 1; by < LANES; by *= 2)
        v += __builtin_shuffle(v, (words){0}, (words)((lane - by) & (2 * LANES - 1)));
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
              __builtin_shuffle(v[0], v[1], (words)even) + load(above + row->odd + at));
        store(sums + at + 1,
              __builtin_shuffle(v[0], v[1], (words)(even + 1)) + load(above + at + 1));
    } else {
        store(sums + begin + 1, v[0] + load(above + begin + 1));
        store(sums + begin + 1 + LANES, v[1] + load(above + begin + 1 + LANES));
    }
}

static void sum(const struct cascade_sums *row)
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

static inline floats rect_sum(const uint32_t *at, const int32_t corner[4])
{
    words v =
        load(at + corner[0]) - load(at + corner[1]) - load(at + corner[2]) + load(at + corner[3]);
    return __builtin_convertvector((ints)v, floats);
}

static inline ints haar_left(const struct cascade_node *node, const uint32_t *at, floats norm)
{
    floats value = node->weight[0] * rect_sum(at, node->corner) +
                   node->weight[1] * rect_sum(at, node->corner + 4);
    if (node->weight[2] != 0)
        value += node->weight[2] * rect_sum(at, node->corner + 8);
    return value * norm < all(node->threshold);
}

static inline ints lbp_left(const struct cascade_node *node, const uint32_t *at)
{
    words grid[16];
    for (int i = 0; i < 16; i++)
        grid[i] = load(at + node->corner[i]);
#define CELL(i) ((ints)(grid[i] - grid[i + 1] - grid[i + 4] + grid[i + 5]))
    ints middle = CELL(5);
    ints pattern = ((CELL(0) >= middle) & 128) | ((CELL(1) >= middle) & 64) |
                   ((CELL(2) >= middle) & 32) | ((CELL(6) >= middle) & 16) |
                   ((CELL(10) >= middle) & 8) | ((CELL(9) >= middle) & 4) |
                   ((CELL(8) >= middle) & 2) | ((CELL(4) >= middle) & 1);
#undef CELL
    return lanes_subset(node->subset, (words)pattern);
}

static inline floats pick(ints mask, float yes, float no)
{
    ints a = (ints)all(yes), b = (ints)all(no);
    return (floats)(b ^ ((a ^ b) & mask));
}

/* Leaves of a tree of several nodes: all nodes are looked at, each lane counts those on its way. */
static inline floats tree_leaves(const struct cascade_node *tree, const uint32_t *at, floats norm,
                                 bool lbp)
{
    ints way[CASCADE_TREE_MAX] = {0};
    floats leaves = {0};
    way[0] = ~(ints){0};
    for (size_t i = 0; i < tree->nodes; i++) {
        const struct cascade_node *node = tree + i;
        ints left = lbp ? lbp_left(node, at) : haar_left(node, at, norm);
        for (int side = 0; side < 2; side++) {
            ints mask = way[i] & (side ? ~left : left);
            if (node->child[side])
                way[node->child[side]] |= mask;
            else
                leaves += (floats)(mask & (ints)all(node->leaf[side]));
        }
    }
    return leaves;
}

static inline __attribute__((always_inline)) floats stage_sum(const struct cascade_node *tree,
                                                              const struct cascade_node *end,
                                                              const uint32_t *at, floats norm,
                                                              bool lbp)
{
    floats total = {0};
    for (; tree < end; tree += tree->nodes) {
        if (tree->nodes == 1)
            total += pick(lbp ? lbp_left(tree, at) : haar_left(tree, at, norm), tree->leaf[0],
                          tree->leaf[1]);
        else
            total += tree_leaves(tree, at, norm, lbp);
    }
    return total;
}

/* Bits of the windows from the i-th on that pass a stage, of those in `alive`. */
static inline uint32_t stage_bits(const struct cascade_row *row, const struct cascade_stage *stage,
                                  size_t i, uint32_t alive)
{
    const struct cascade_program *program = row->program;
    const struct cascade_node *first = program->nodes + stage->first;
    const struct cascade_node *end = program->nodes + stage->end;
    floats norm = program->lbp ? all(1) : load_floats(row->norm + i);
    floats total = program->lbp ? stage_sum(first, end, row->at + i, norm, true)
                                : stage_sum(first, end, row->at + i, norm, false);
    floats over = total - all(stage->threshold);
    uint32_t bits = lanes_bits(over >= all(0)) & alive;
    uint32_t near = lanes_bits((over <= all(stage->doubt)) & (over >= all(-stage->doubt))) & alive;
    for (; near; near &= near - 1) {
        uint32_t bit = near & -near;
        size_t at = i + (size_t)__builtin_ctz(near);
        if (window_passes(program, stage, row->at + at, program->lbp ? 1 : row->norm[at]))
            bits |= bit;
        else
            bits &= ~bit;
    }
    return bits;
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
            valid &= lanes_bits(load_floats(row->norm + i) > all(0));
        if (!valid)
            continue;
        uint32_t bits = stage_bits(row, row->program->stages, i, valid);
        row->alive[i / 64] |= (uint64_t)bits << i % 64;
        row->first[i / 64] |= (uint64_t)(valid & ~bits) << i % 64;
    }
}

/* Those of the LANES windows from the i-th on that are in `alive` and pass everything. */
static inline uint32_t finish_bits(const struct cascade_row *row, size_t i, uint32_t alive)
{
    const struct cascade_program *program = row->program;
    size_t stage = 1;
    for (; stage < program->stage_count && __builtin_popcount(alive) >= DENSE; stage++)
        alive = stage_bits(row, &program->stages[stage], i, alive);
    for (uint32_t left = alive; left; left &= left - 1) {
        size_t at = i + (size_t)__builtin_ctz(left);
        if (!window_finishes(program, stage, row->at + at, program->lbp ? 1 : row->norm[at]))
            alive &= ~(left & -left);
    }
    return alive;
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
                                      .sum = sum,
                                      .normalise = normalise,
                                      .begin = begin,
                                      .finish = finish};
