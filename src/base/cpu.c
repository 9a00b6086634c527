/*
 * SIMD is chosen at run time, never from the machine that built the library. VULTUS_SIMD forces a
 * path, so that tests can run them all; a path that the processor lacks is not taken.
 */
#include "base/cpu.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[CPU_SIMD_COUNT] = {"scalar", "neon", "avx2", "avx512"};

bool cpu_has(enum cpu_simd simd)
{
    switch (simd) {
    case CPU_SCALAR: return true;
#if defined(__x86_64__)
    case CPU_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case CPU_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("fma");
#elif defined(__aarch64__)
    case CPU_NEON: return true; /* part of every arm64 processor */
#endif
    default: return false;
    }
}

const char *cpu_simd_name(enum cpu_simd simd)
{
    return names[simd];
}

/* CPU_SIMD_COUNT where VULTUS_SIMD gives none. */
static enum cpu_simd wish(const char *wanted)
{
    for (int i = 0; wanted && i < CPU_SIMD_COUNT; i++)
        if (!strcmp(wanted, names[i]) && cpu_has((enum cpu_simd)i))
            return (enum cpu_simd)i;
    return CPU_SIMD_COUNT;
}

const char *cpu_simd_not_taken(void)
{
    const char *wanted = getenv("VULTUS_SIMD");
    return wanted && wanted[0] && wish(wanted) == CPU_SIMD_COUNT ? wanted : NULL;
}

enum cpu_simd cpu_simd_choice(void)
{
    enum cpu_simd wanted = wish(getenv("VULTUS_SIMD"));
    if (wanted != CPU_SIMD_COUNT)
        return wanted;
    for (int i = CPU_SIMD_COUNT - 1; i > 0; i--)
        if (cpu_has((enum cpu_simd)i))
            return (enum cpu_simd)i;
    return CPU_SCALAR;
}
