/*
 * The loops of trees.h, to be compiled once for each instruction set: the file that includes this
 * says how many floats a vector has (TREES_LANES). Vectors lie along the shape, so that every float
 * of it gets its leaves in the same order as in scalar code.
 */
#ifndef KERNEL_TREES_LOOPS_H
#define KERNEL_TREES_LOOPS_H

#include "kernel/trees.h"

#include <math.h>
#include <string.h>

static void trees_places(const struct trees_stage *stage, const struct trees_view *view,
                         const float *restrict shape, int32_t *restrict columns,
                         int32_t *restrict rows)
{
    const float *dx = stage->deltas, *dy = dx + stage->pixels;
    const size_t count = stage->pixels < TREES_PIXELS_MAX ? stage->pixels : TREES_PIXELS_MAX;
    const struct trees_view v = *view;
    float xs[TREES_PIXELS_MAX], ys[TREES_PIXELS_MAX];
    for (size_t i = 0; i < count; i++) {
        xs[i] = shape[2 * (size_t)stage->anchors[i]];
        ys[i] = shape[2 * (size_t)stage->anchors[i] + 1];
    }
    for (size_t i = 0; i < count; i++) {
        /* one operation a statement, so that no compiler fuses two of them and rounds once */
        float ax = v.a * dx[i], by = v.b * dy[i];
        float bx = v.b * dx[i], ay = v.a * dy[i];
        float turned_x = ax - by, turned_y = bx + ay;
        float x = turned_x + xs[i], y = turned_y + ys[i];
        double across = (double)x * v.width, down = (double)y * v.height;
        double column = across + v.left, row = down + v.top;
        column = floor(column + 0.5);
        row = floor(row + 0.5);
        bool inside = (column >= 0) & (column < v.right_edge) & (row >= 0) & (row < v.bottom_edge);
        columns[i] = (int32_t)(inside ? column : -1);
        rows[i] = (int32_t)(inside ? row : -1);
    }
}

/* The leaf where a tree ends. */
static inline size_t trees_walk(const int32_t *splits, size_t nodes, const uint8_t *pixels)
{
    size_t node = 0;
    while (node < nodes) {
        int32_t split = splits[node];
        int difference = pixels[TREES_FIRST(split)] - pixels[TREES_SECOND(split)];
        node = 2 * node + 2 - (difference > TREES_THRESHOLD(split));
    }
    return node - nodes;
}

#ifdef TREES_LANES

#define TREES_AHEAD 64 /* trees that are walked, and their leaves fetched, before these are added */
#define TREES_SUMS (TREES_LANES < 8 ? 16 : 128 / TREES_LANES) /* vectors that registers hold */

typedef float trees_wide __attribute__((vector_size(4 * TREES_LANES), aligned(4), may_alias));
typedef float trees_eight __attribute__((vector_size(32), aligned(4), may_alias));
typedef float trees_two __attribute__((vector_size(8), aligned(4), may_alias));

struct trees_found {
    const float *leaves[TREES_AHEAD];
    size_t count;
};

/* Adds so many vectors, eights and twos of every leaf, from float `first` on. They are constants, so
 * that the sums stay in registers. */
static inline __attribute__((always_inline)) void trees_sum(const struct trees_found *found,
                                                            size_t first, float *shape,
                                                            const size_t wide, const size_t eights,
                                                            const size_t twos)
{
    trees_wide sum[TREES_SUMS];
    trees_eight eight = {0};
    trees_two two = {0};
    shape += first;
    float *rest = shape + wide * TREES_LANES;
    for (size_t k = 0; k < wide; k++)
        sum[k] = *(const trees_wide *)(shape + k * TREES_LANES);
    if (eights)
        eight = *(const trees_eight *)rest;
    if (twos)
        two = *(const trees_two *)(rest + 8 * eights);
    for (size_t t = 0; t < found->count; t++) {
        const float *leaf = found->leaves[t] + first;
        for (size_t k = 0; k < wide; k++)
            sum[k] += *(const trees_wide *)(leaf + k * TREES_LANES);
        leaf += wide * TREES_LANES;
        if (eights)
            eight += *(const trees_eight *)leaf;
        if (twos)
            two += *(const trees_two *)(leaf + 8 * eights);
    }
    for (size_t k = 0; k < wide; k++)
        *(trees_wide *)(shape + k * TREES_LANES) = sum[k];
    if (eights)
        *(trees_eight *)rest = eight;
    if (twos)
        *(trees_two *)(rest + 8 * eights) = two;
}

static void trees_add(const struct trees_stage *stage, const uint8_t *pixels, float *shape)
{
    size_t nodes = ((size_t)1 << stage->depth) - 1, floats = stage->floats;
    struct trees_found found;
    for (size_t begin = 0; begin < stage->trees; begin += TREES_AHEAD) {
        found.count = stage->trees - begin < TREES_AHEAD ? stage->trees - begin : TREES_AHEAD;
        for (size_t i = 0; i < found.count; i++) {
            size_t tree = begin + i;
            size_t leaf = trees_walk(stage->splits + tree * nodes, nodes, pixels);
            found.leaves[i] = stage->leaves + (tree * (nodes + 1) + leaf) * floats;
            for (size_t k = 0; k < floats; k += 16)
                __builtin_prefetch(found.leaves[i] + k);
        }
        if (floats == 10) {
            trees_sum(&found, 0, shape, 0, 1, 1);
            continue;
        }
        size_t first = 0;
        for (; first + TREES_SUMS * TREES_LANES < 128; first += TREES_SUMS * TREES_LANES)
            trees_sum(&found, first, shape, TREES_SUMS, 0, 0);
        trees_sum(&found, first, shape, TREES_SUMS, 1, 0);
    }
}

#endif
#endif
