/*
 * Numbers that look random and are the same for the same seed on every machine: for folds, samples
 * and starting points. Not for secrets.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state[4];
    double spare; /* the second of a pair of normal numbers */
    int has_spare;
};

/* A number that looks like none of its neighbours' (splitmix64's last step). */
uint64_t random_mix(uint64_t number);
/* Any seed is a good one. */
void random_seed(struct random *random, uint64_t seed);
uint64_t random_next(struct random *random);
/* 0 .. bound - 1, each equally likely; 0 for a bound of 0. */
uint64_t random_below(struct random *random, uint64_t bound);
/* 0 <= x < 1, with 53 bits. */
double random_real(struct random *random);
/* Mean 0, deviation 1. */
double random_normal(struct random *random);
/* Puts items in a random order. */
void random_shuffle(struct random *random, uint32_t *items, size_t count);

#endif
