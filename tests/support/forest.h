/*
 * A cascade of regression trees small enough to be followed by hand: five points, two stages of two
 * trees with one node each.
 */
#ifndef TEST_FOREST_H
#define TEST_FOREST_H

#include "tensors.h"

#define FOREST_SPLIT(first, second, threshold)                                                     \
    ((int32_t)((uint32_t)(threshold) << 22 | (uint32_t)(second) << 11 | (uint32_t)(first)))

struct forest {
    float mean[5][2];
    uint8_t anchors[2][3]; /* three pixels a stage */
    float deltas[2][2][3];
    int32_t splits[2][2][1];
    float leaves[2][2][2][10];
};

/* The first stage turns the shape by a quarter about its middle when the pixel at its first point is
 * brighter than the one at its second by more than 10, and else leaves it. The second stage compares
 * the pixels to the right and to the left of the middle point as the shape lies, and moves this
 * point by a tenth along x: forwards when the right one is brighter by more than 20. */
static const struct forest forest_good = {
    .mean = {{0, 0}, {1, 0}, {0, 1}, {1, 1}, {0.5f, 0.5f}},
    .anchors = {{0, 1, 2}, {4, 4, 3}},
    .deltas = {{{0}}, {{0.5f, -0.5f, 0}, {0, 0, 0}}},
    .splits = {{{FOREST_SPLIT(0, 1, 10)}, {FOREST_SPLIT(2, 2, 0)}},
               {{FOREST_SPLIT(0, 1, 20)}, {FOREST_SPLIT(2, 2, -1)}}},
    .leaves = {{{{1, 0, 0, 1, 0, -1, -1, 0, 0, 0}, {0}}, {{100}, {0}}},
               {{{[8] = 0.1f}, {[8] = -0.1f}}, {{[9] = 0.25f}, {100}}}},
};

static inline const void *forest_file(const struct forest *forest, struct tensors *tensors,
                                      size_t *size)
{
    memset(tensors, 0, sizeof *tensors);
    tensors_add(tensors, "mean", "F32", "5,2", forest->mean, sizeof forest->mean);
    tensors_add(tensors, "deltas", "F32", "2,2,3", forest->deltas, sizeof forest->deltas);
    tensors_add(tensors, "splits", "I32", "2,2,1", forest->splits, sizeof forest->splits);
    tensors_add(tensors, "leaves", "F32", "2,2,2,10", forest->leaves, sizeof forest->leaves);
    tensors_add(tensors, "anchors", "U8", "2,3", forest->anchors, sizeof forest->anchors);
    return tensors_file(tensors, size);
}

#endif
