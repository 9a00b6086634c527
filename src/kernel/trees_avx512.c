/* Tree kernels for AVX-512: sixteen floats of the shape at a time. */
#define TREES_LANES 16
#include "kernel/trees_loops.h"

const struct trees_table trees_avx512 = {CPU_AVX512, trees_places, trees_add};
