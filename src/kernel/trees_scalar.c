/* Tree kernels in plain C: what the others must equal to the last bit. */
#include "kernel/trees_loops.h"

static void add(const struct trees_stage *stage, const uint8_t *pixels, float *shape)
{
    size_t nodes = ((size_t)1 << stage->depth) - 1;
    for (size_t t = 0; t < stage->trees; t++) {
        size_t leaf = t * (nodes + 1) + trees_walk(stage->splits + t * nodes, nodes, pixels);
        for (size_t i = 0; i < stage->floats; i++)
            shape[i] += stage->leaves[leaf * stage->floats + i];
    }
}

const struct trees_table trees_scalar = {CPU_SCALAR, trees_places, add};
