/*
 * One window against a cascade, in the arithmetic of OpenCV: features in float, sums of leaves in double.
 * Private to the kernels of cascades, and compiled once for each instruction set.
 */
#ifndef KERNEL_CASCADE_WINDOW_H
#define KERNEL_CASCADE_WINDOW_H

#include "kernel/cascade.h"

static inline float window_rect(const uint32_t *at, const int32_t corner[4])
{
    return (float)(int32_t)(at[corner[0]] - at[corner[1]] - at[corner[2]] + at[corner[3]]);
}

static inline bool window_haar(const struct cascade_node *node, const uint32_t *at, float norm)
{
    float value = node->weight[0] * window_rect(at, node->corner) +
                  node->weight[1] * window_rect(at, node->corner + 4);
    if (node->weight[2] != 0)
        value += node->weight[2] * window_rect(at, node->corner + 8);
    return value * norm < node->threshold;
}

static inline int32_t window_cell(const uint32_t *at, const int32_t *corner)
{
    return (int32_t)(at[corner[0]] - at[corner[1]] - at[corner[4]] + at[corner[5]]);
}

static inline bool window_lbp(const struct cascade_node *node, const uint32_t *at)
{
    /* cells around the middle one, clockwise from the upper left, as first corners of the grid */
    static const uint8_t around[8] = {0, 1, 2, 6, 10, 9, 8, 4};
    int32_t middle = window_cell(at, node->corner + 5);
    unsigned pattern = 0;
    for (int i = 0; i < 8; i++)
        pattern = pattern << 1 | (window_cell(at, node->corner + around[i]) >= middle);
    return node->subset[pattern >> 5] >> (pattern & 31) & 1;
}

static inline double window_tree(const struct cascade_node *tree, const uint32_t *at, float norm,
                                 bool lbp)
{
    const struct cascade_node *node = tree;
    for (;;) {
        int side = !(lbp ? window_lbp(node, at) : window_haar(node, at, norm));
        if (!node->child[side])
            return (double)node->leaf[side];
        node = tree + node->child[side];
    }
}

static inline bool window_passes(const struct cascade_program *program,
                                 const struct cascade_stage *stage, const uint32_t *at, float norm)
{
    double sum = 0;
    const struct cascade_node *end = program->nodes + stage->end;
    for (const struct cascade_node *tree = program->nodes + stage->first; tree < end;
         tree += tree->nodes)
        sum += window_tree(tree, at, norm, program->lbp);
    return sum >= (double)stage->threshold;
}

/* The stages from `stage` on. */
static inline bool window_finishes(const struct cascade_program *program, size_t stage,
                                   const uint32_t *at, float norm)
{
    for (; stage < program->stage_count; stage++)
        if (!window_passes(program, &program->stages[stage], at, norm))
            return false;
    return true;
}

#endif
