/*
 * HOG's kernels over vectors of LANES floats: included by one file for each instruction set, which
 * defines LANES, TILE (vectors that the filter works on at once), the type `floats`, and
 *   madd(a, b, c)        a * b + c, rounded once
 *   least, root          minimum, square root
 *   above                mask: a > b;  flip: exclusive or of masks;  choose: mask ? a : b
 *   magnitude            without its sign
 *   bytes_at             LANES bytes as floats;  difference: the same of a - b
 *   put_slots            floats to LANES 16-bit numbers
 *   pick                 pixels left and right of LANES columns (hog_columns) as floats
 *   put_bytes            floats to LANES bytes, cut off
 * What it computes is explained in hog_scalar.c. Sums of products are fused here, except where cut
 * off fractions depend on their rounding.
 */
#ifndef KERNEL_HOG_VECTOR_H
#define KERNEL_HOG_VECTOR_H

#include "kernel/hog.h"

#include <string.h>

typedef float quad __attribute__((vector_size(16)));

#define shuffle(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)

static inline floats load(const float *from)
{
    floats value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline void store(float *to, floats value)
{
    memcpy(to, &value, sizeof value);
}

static inline quad load4(const float *from)
{
    quad value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline void store4(float *to, quad value)
{
    memcpy(to, &value, sizeof value);
}

static inline floats all(float value)
{
    return value - (floats){0};
}

static void split(const uint8_t *rgb, size_t n, uint8_t *red, uint8_t *green, uint8_t *blue)
{
    for (size_t i = 0; i < n; i++) {
        red[i] = rgb[3 * i];
        green[i] = rgb[3 * i + 1];
        blue[i] = rgb[3 * i + 2];
    }
}

static bool is_grey(const uint8_t *rgb, size_t n)
{
    for (size_t begin = 0; begin < n; begin += 256) {
        size_t end = n - begin < 256 ? n : begin + 256;
        unsigned differ = 0;
        for (size_t i = begin; i < end; i++)
            differ |=
                (unsigned)(rgb[3 * i] ^ rgb[3 * i + 1]) | (unsigned)(rgb[3 * i] ^ rgb[3 * i + 2]);
        if (differ)
            return false;
    }
    return true;
}

static void shrink(const struct hog_shrink *row, const struct hog_columns *columns, uint8_t *out)
{
    const floats above_weight = all(row->above), below_weight = all(row->below);
    for (size_t i = 0; i < columns->count; i += LANES) {
        floats right = load(columns->part + i), left = 1 - right, t0, t1, b0, b1;
        pick(row->top, columns, i, &t0, &t1);
        pick(row->bottom, columns, i, &b0, &b1);
        floats product = above_weight * left;
        floats sum = product * t0;
        product = above_weight * right;
        product = product * t1;
        sum = sum + product;
        product = below_weight * left;
        product = product * b0;
        sum = sum + product;
        product = below_weight * right;
        product = product * b1;
        sum = sum + product;
        put_bytes(out + i, sum + row->bias);
    }
}

static void gradients(const struct hog_pixels *pixels, size_t planes, size_t n, float *length,
                      uint16_t *slot)
{
    const floats zero = {0};
    for (size_t i = 0; i < n; i += LANES) {
        floats x = difference(pixels->here[0] + i + 1, pixels->here[0] + i - 1);
        floats y = difference(pixels->below[0] + i, pixels->above[0] + i);
        floats square = madd(x, x, y * y);
        for (size_t p = 1; p < planes; p++) {
            floats x2 = difference(pixels->here[p] + i + 1, pixels->here[p] + i - 1);
            floats y2 = difference(pixels->below[p] + i, pixels->above[p] + i);
            floats square2 = madd(x2, x2, y2 * y2);
            mask keep = above(square, square2);
            x = choose(keep, x, x2);
            y = choose(keep, y, y2);
            square = choose(keep, square, square2);
        }
        store(length + i, root(square));
        /* the sign of y, or that of x where y is 0: |x| is less than 256 */
        mask turn = above(zero, madd(y, all(256), x));
        floats across = magnitude(x), down = magnitude(y), bin = zero;
        bin = choose(above(down, across * 0.176316f), all(4), zero);
        bin += choose(above(down, across * 0.577460f), all(4), zero);
        bin += choose(above(down, across * 1.191756f), all(4), zero);
        bin += choose(above(down, across * 2.747475f), all(4), zero);
        mask back = above(zero, choose(turn, -x, x));
        bin = choose(back, 36 - bin, bin);
        put_slots(slot + i, choose(turn, bin + 36, bin));
    }
}

static void collect(const float *length, const uint16_t *slot, const float weights[HOG_CELL][4],
                    size_t zones, float *out)
{
    quad weight[HOG_CELL];
    for (size_t k = 0; k < HOG_CELL; k++)
        weight[k] = load4(weights[k]);
    for (size_t z = 0; z < zones; z++, out += HOG_ZONE, length += HOG_CELL, slot += HOG_CELL)
#pragma GCC unroll 8
        for (size_t k = 0; k < HOG_CELL; k++) {
            float *to = out + slot[k];
            store4(to, load4(to) + weight[k] * length[k]);
        }
}

static void merge(const float *zones, size_t cells, float *lower, float *full)
{
    for (size_t c = 0; c < cells; c++, zones += HOG_ZONE)
#pragma GCC unroll 5
        for (size_t s = 0; s < HOG_SLOTS; s += 4) {
            const float *left = zones + 4 * s, *right = left + HOG_ZONE;
            quad sum[2];
            for (size_t k = 0; k < 2; k++) {
                quad a = shuffle(load4(left + 8 * k), load4(left + 8 * k + 4), 2, 3, 6, 7);
                quad b = shuffle(load4(right + 8 * k), load4(right + 8 * k + 4), 0, 1, 4, 5);
                sum[k] = a + b;
            }
            float *kept = lower + HOG_SLOTS * c + s;
            store4(full + HOG_SLOTS * c + s, load4(kept) + shuffle(sum[0], sum[1], 0, 2, 4, 6));
            store4(kept, shuffle(sum[0], sum[1], 1, 3, 5, 7));
        }
}

static void spread(const float *full, size_t cells, float *rows, size_t stride, float *energy)
{
    for (size_t c = 0; c < cells; c += 4, full += 4 * HOG_SLOTS) { /* writes bins 18 and 19 too */
        for (size_t s = 0; s < HOG_SLOTS; s += 4) {
            quad a = load4(full + s), b = load4(full + HOG_SLOTS + s);
            quad d = load4(full + 2 * HOG_SLOTS + s), e = load4(full + 3 * HOG_SLOTS + s);
            quad ab0 = shuffle(a, b, 0, 4, 1, 5), ab1 = shuffle(a, b, 2, 6, 3, 7);
            quad de0 = shuffle(d, e, 0, 4, 1, 5), de1 = shuffle(d, e, 2, 6, 3, 7);
            store4(rows + s * stride + c, shuffle(ab0, de0, 0, 1, 4, 5));
            store4(rows + (s + 1) * stride + c, shuffle(ab0, de0, 2, 3, 6, 7));
            store4(rows + (s + 2) * stride + c, shuffle(ab1, de1, 0, 1, 4, 5));
            store4(rows + (s + 3) * stride + c, shuffle(ab1, de1, 2, 3, 6, 7));
        }
    }
    for (size_t c = 0; c < cells; c += LANES) {
        floats sum = {0};
        store(rows + c, load(rows + c) + load(rows + HOG_BINS * stride + c));
        for (size_t o = 0; o < HOG_BINS / 2; o++) {
            floats both =
                load(rows + o * stride + c) + load(rows + (o + HOG_BINS / 2) * stride + c);
            sum = madd(both, both, sum);
        }
        store(energy + c, sum);
    }
}

static void blocks(const float *upper, const float *lower, size_t n, float *limit, float *scale)
{
    for (size_t i = 0; i < n; i += LANES) {
        floats sum = load(upper + i) + load(upper + i + 1) + load(lower + i) + load(lower + i + 1);
        floats cut = 0.2f * root(sum + 0.0001f);
        store(limit + i, cut);
        store(scale + i, 0.1f / cut);
    }
}

static inline floats cut_and_scaled(floats value, const floats limit[4], const floats scale[4],
                                    floats texture[4])
{
    floats sum = {0};
    for (size_t k = 0; k < 4; k++) {
        floats part = least(value, limit[k]) * scale[k];
        texture[k] += part;
        sum += part;
    }
    return sum;
}

static void features(const float *rows, size_t stride, const struct hog_blocks *blocks, size_t n,
                     float *out, size_t out_stride)
{
    for (size_t i = 0; i < n; i += LANES) {
        floats limit[4], scale[4], texture[4] = {{0}}, unused[4] = {{0}};
        for (size_t k = 0; k < 4; k++) { /* lower right, upper right, lower left, upper left */
            limit[k] = load(blocks->limit[!(k & 1)] + i + (k < 2));
            scale[k] = load(blocks->scale[!(k & 1)] + i + (k < 2));
        }
        for (size_t o = 0; o < HOG_BINS / 2; o++) {
            floats a = load(rows + o * stride + i);
            floats b = load(rows + (o + HOG_BINS / 2) * stride + i);
            float *to = out + o * out_stride + i;
            store(to, cut_and_scaled(a, limit, scale, texture));
            store(to + HOG_BINS / 2 * out_stride, cut_and_scaled(b, limit, scale, texture));
            store(to + HOG_BINS * out_stride, cut_and_scaled(a + b, limit, scale, unused));
        }
        for (size_t k = 0; k < 4; k++)
            store(out + (HOG_PLANES - 4 + k) * out_stride + i, 2 * 0.2357f * texture[k]);
    }
}

/*
 * `width` vectors of all ten rows of scores stay in registers while the products pass, one or two
 * of the same plane at a time: two share the loads of the plane, most of which are across two lines
 * of the cache and cost as much as two multiplications.
 */
struct tile {
    floats score[HOG_SIDE][TILE];
};

static inline __attribute__((always_inline)) void
add_products(struct tile *tile, const float *plane, const float *factors, const size_t count,
             const size_t width)
{
    floats sum[2][TILE] = {{{0}}}, part[TILE + 1];
    for (size_t k = 0; k <= width; k++)
        part[k] = load(plane + LANES * k);
    (void)part; /* not where loads do it */
#define TAP(m)                                                                                     \
    for (size_t k = 0; k < width; k++) {                                                           \
        floats at = shifted(part, plane, k, m);                                                    \
        for (size_t p = 0; p < count; p++)                                                         \
            sum[p][k] = madd(all(factors[2 * HOG_SIDE * p + (m)]), at, sum[p][k]);                 \
    }
    TAP(0)
    TAP(1) TAP(2) TAP(3) TAP(4) TAP(5) TAP(6) TAP(7) TAP(8) TAP(9)
#undef TAP
        for (size_t p = 0; p < count; p++)
#pragma GCC unroll 10
            for (size_t m = 0; m < HOG_SIDE; m++) for (size_t k = 0; k < width; k++)
                tile->score[m][k] =
        madd(all(factors[2 * HOG_SIDE * p + HOG_SIDE + m]), sum[p][k], tile->score[m][k]);
}

static inline __attribute__((always_inline)) void
filter_tile(const float *features, size_t stride, const struct hog_products *products, size_t i,
            float *const scores[HOG_SIDE], const size_t width)
{
    struct tile tile;
    const uint8_t *planes = products->planes;
#pragma GCC unroll 10
    for (size_t m = 0; m < HOG_SIDE; m++)
        for (size_t k = 0; k < width; k++)
            tile.score[m][k] = load(scores[m] + i + LANES * k);
    size_t p = 0;
    for (; p < products->paired; p += 2)
        add_products(&tile, features + stride * planes[p] + i, products->factors + 2 * HOG_SIDE * p,
                     2, width);
    for (; p < products->count; p++)
        add_products(&tile, features + stride * planes[p] + i, products->factors + 2 * HOG_SIDE * p,
                     1, width);
#pragma GCC unroll 10
    for (size_t m = 0; m < HOG_SIDE; m++)
        for (size_t k = 0; k < width; k++)
            store(scores[m] + i + LANES * k, tile.score[m][k]);
}

static void filter(const float *features, size_t stride, const struct hog_products *products,
                   size_t n, float *const scores[HOG_SIDE])
{
    size_t i = 0;
    for (; n - i > LANES * (TILE - 1) && i < n; i += LANES * TILE)
        filter_tile(features, stride, products, i, scores, TILE);
    for (; i < n; i += LANES)
        filter_tile(features, stride, products, i, scores, 1);
}

#define HOG_KERNELS(simd)                                                                          \
    {                                                                                              \
        simd, split, is_grey, shrink, gradients, collect, merge, spread, blocks, features, filter  \
    }

#endif
