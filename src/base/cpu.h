/* What the processor can do, and which SIMD path is wanted. */
#ifndef BASE_CPU_H
#define BASE_CPU_H

#include <stdbool.h>

enum cpu_simd { CPU_SCALAR, CPU_NEON, CPU_AVX2, CPU_AVX512, CPU_SIMD_COUNT };

/* True when processor and operating system support the path. */
bool cpu_has(enum cpu_simd simd);
/* "scalar", "neon", "avx2", "avx512". */
const char *cpu_simd_name(enum cpu_simd simd);
/* The best path, or the one that VULTUS_SIMD names if the processor has it. */
enum cpu_simd cpu_simd_choice(void);
/* What VULTUS_SIMD says when it names no path, or one that the processor has not; else NULL. */
const char *cpu_simd_not_taken(void);

#endif
