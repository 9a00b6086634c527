/* Embeddings that are made up: faces of people, with the spectrum of a real embedder or without any. */
#ifndef CLI_BENCH_VECTORS_H
#define CLI_BENCH_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VECTORS_DIMENSION_MAX 4096
#define VECTORS_PER_PERSON 5

struct vectors;

/* `spectrum`: that of MobileFaceNet, which needs 58 numbers or more; else every direction is alike. NULL: there is
 * no memory. */
struct vectors *vectors_new(size_t dimension, bool spectrum, uint64_t seed);
void vectors_free(struct vectors *vectors);
size_t vectors_spectrum_size(void);

/* Another person, and a face of the latest one, of unit length. */
void vectors_person(struct vectors *vectors);
void vectors_face(struct vectors *vectors, float *out);

/* Faces first .. first + count - 1 of `all`, VECTORS_PER_PERSON of each person, and on the way other faces of some
 * of them, from everywhere, as `known_count` probes. To be called in order. */
void vectors_fill(struct vectors *vectors, size_t first, size_t count, size_t all, float *out,
                  float *known, size_t known_count);

#ifdef __cplusplus
}
#endif

#endif
