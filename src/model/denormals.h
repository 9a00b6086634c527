/* The floating point mode in which numbers too small to be normal count as zero, for this thread. */
#ifndef MODEL_DENORMALS_H
#define MODEL_DENORMALS_H

#include <stdint.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

/* begin gives the mode that was; end puts it back. */
#if defined(__x86_64__)
#define DENORMALS_ZERO 0x8040u /* FTZ and DAZ of MXCSR */
static inline uint64_t denormals_begin(void)
{
    unsigned mode = _mm_getcsr();
    _mm_setcsr(mode | DENORMALS_ZERO);
    return mode;
}
static inline void denormals_end(uint64_t mode)
{
    _mm_setcsr((unsigned)mode);
}
#elif defined(__aarch64__)
static inline uint64_t denormals_begin(void)
{
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    __asm__ volatile("msr fpcr, %0" : : "r"(mode | (UINT64_C(1) << 24))); /* FZ */
    return mode;
}
static inline void denormals_end(uint64_t mode)
{
    __asm__ volatile("msr fpcr, %0" : : "r"(mode));
}
#else
static inline uint64_t denormals_begin(void)
{
    return 0;
}
static inline void denormals_end(uint64_t mode)
{
    (void)mode;
}
#endif

#endif
