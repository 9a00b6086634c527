/* Tree kernels for AVX2: eight floats of the shape at a time. */
#define TREES_LANES 8
#include "kernel/trees_loops.h"

const struct trees_table trees_avx2 = {CPU_AVX2, trees_places, trees_add};
