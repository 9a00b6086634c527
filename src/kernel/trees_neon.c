/* Tree kernels for NEON: four floats of the shape at a time. */
#define TREES_LANES 4
#include "kernel/trees_loops.h"

const struct trees_table trees_neon = {CPU_NEON, trees_places, trees_add};
