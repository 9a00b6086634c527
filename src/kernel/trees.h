/*
 * Inner loops of ensembles of regression trees, one table for each instruction set. All tables give
 * the same floats to the last bit: the sum of the leaves is taken tree by tree, as the original
 * does, because a shape that differs by a millionth may look at another pixel later on.
 */
#ifndef KERNEL_TREES_H
#define KERNEL_TREES_H

#include "base/cpu.h"

#include <stddef.h>
#include <stdint.h>

#define TREES_MAX 4096 /* of one stage */
#define TREES_DEPTH_MAX 8
#define TREES_PIXELS_MAX 2000 /* compared by the trees of one stage */

/* A node of a tree: two pixels and a threshold in one number. The way goes left, to node 2 i + 1, where
 * the first pixel is brighter than the second by more than the threshold, else to 2 i + 2. */
#define TREES_FIRST(split) ((uint32_t)(split)&0x7FF)
#define TREES_SECOND(split) ((uint32_t)(split) >> 11 & 0x7FF)
#define TREES_THRESHOLD(split) ((split) >> 22)

struct trees_stage {
    size_t trees, depth;
    size_t floats;         /* of a shape and of a leaf: 10 or 136 */
    const int32_t *splits; /* [trees][2^depth - 1] */
    const float *leaves;   /* [trees][2^depth][floats] */
    /* Where the pixels lie: beside which point of the shape, and how far, x and then y. */
    size_t pixels;
    const uint8_t *anchors;
    const float *deltas; /* [2][pixels] */
};

struct trees_view {                  /* from the shape to the picture */
    float a, b;                      /* the turn and scale that deltas get */
    double left, top, width, height; /* of the square that the shape is a part of */
    double right_edge, bottom_edge;  /* of the picture; its pixels are 0 .. edge - 1 */
};

struct trees_table {
    enum cpu_simd simd;
    /* The column and row of each pixel of the stage; -1 for both where it lies outside. */
    void (*places)(const struct trees_stage *stage, const struct trees_view *view,
                   const float *shape, int32_t *columns, int32_t *rows);
    /* Walks all trees and adds the leaf that each ends in: shape has stage->floats floats. */
    void (*add)(const struct trees_stage *stage, const uint8_t *pixels, float *shape);
};

/* The table of one instruction set, or NULL where the processor lacks it. */
const struct trees_table *trees_table_of(enum cpu_simd simd);
/* The table that cpu_simd_choice() names. */
const struct trees_table *trees_best(void);

extern const struct trees_table trees_scalar, trees_avx2, trees_avx512, trees_neon;

#endif
