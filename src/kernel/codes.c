/* Which table of codes' kernels this processor runs, and half floats. Products of bytes have instructions of
 * their own that not every processor of a path has: they are a second table of that path. */
#include "kernel/codes.h"

#include <math.h>
#include <string.h>

#if defined(__aarch64__)
#include <sys/auxv.h>
#ifndef HWCAP_ASIMDDP
#define HWCAP_ASIMDDP (1 << 20)
#endif
#endif

const struct codes_kernels *codes_kernels_of(enum cpu_simd simd)
{
    if (!cpu_has(simd))
        return NULL;
    switch (simd) {
    case CPU_SCALAR: return &codes_kernels_scalar;
#if defined(__x86_64__)
    case CPU_AVX2: return &codes_kernels_avx2;
    case CPU_AVX512:
        return __builtin_cpu_supports("avx512vnni") ? &codes_kernels_vnni : &codes_kernels_avx512;
#elif defined(__aarch64__)
    case CPU_NEON:
        return getauxval(AT_HWCAP) & HWCAP_ASIMDDP ? &codes_kernels_dotprod : &codes_kernels_neon;
#endif
    default: return NULL;
    }
}

const struct codes_kernels *codes_kernels_best(void)
{
    return codes_kernels_of(cpu_simd_choice());
}

/* Sums stay between those of the negative and of the positive products alone. */
static bool fit_16_bits(const int8_t *values, size_t chunks)
{
    int least[2] = {0}, most[2] = {0};
    for (size_t i = 0; i < chunks * CODES_CHUNK; i++) {
        int *extreme = values[i] < 0 ? least : most;
        extreme[i / 2 % 2] += 15 * values[i];
    }
    return least[0] >= INT16_MIN && least[1] >= INT16_MIN && most[0] <= INT16_MAX &&
           most[1] <= INT16_MAX;
}

size_t codes_narrow(const int8_t *values, size_t chunks)
{
    size_t run = chunks;
    for (size_t c = 0; run > 1 && c < chunks;) {
        size_t count = chunks - c < run ? chunks - c : run;
        bool fit = fit_16_bits(values + c * CODES_CHUNK, count);
        c = fit ? c + run : 0;
        run = fit ? run : (run + 1) / 2;
    }
    return run;
}

/* Normal and subnormal halves are in the order of their bits, so that the next larger is the next number. */
float codes_half_float(uint16_t half)
{
    uint32_t bits, exponent = half >> 10 & 31, fraction = half & 1023;
    float value;
    if (!exponent)
        return (float)fraction * 0x1p-24f;
    if (exponent == 31)
        return INFINITY;
    bits = (exponent + 112) << 23 | fraction << 13;
    memcpy(&value, &bits, sizeof value);
    return value;
}

uint16_t codes_half_up(float value)
{
    uint32_t bits;
    uint16_t half;
    if (!(value > 0))
        return 0;
    if (value > 65504)
        return 0x7c00; /* infinite: no bound at all */
    memcpy(&bits, &value, sizeof bits);
    half = value < 0x1p-14f ? (uint16_t)(value * 0x1p24f) : (uint16_t)((bits >> 13) - (112u << 10));
    return (uint16_t)(half + (codes_half_float(half) < value));
}
