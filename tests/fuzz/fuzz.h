/*
 * A fuzz target is one file tests/fuzz/fuzz_NAME.c with these two functions. It checks what must
 * hold for any input with abort(), which the fuzzer, the driver and sanitizers all report.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Tries one input; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* May be left out. Writes the index-th good input to `out`, of `capacity` bytes, and returns its
 * size; 0: there are no more. */
size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity);

#endif
