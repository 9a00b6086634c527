/*
 * xoshiro256** (Blackman and Vigna 2018), its state filled by splitmix64 from the seed. Integers in
 * a range by rejection, so that none is likelier; normal numbers by Marsaglia's polar method.
 */
#include "base/random.h"

#include <math.h>

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

uint64_t random_mix(uint64_t number)
{
    uint64_t z = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void random_seed(struct random *random, uint64_t seed)
{
    *random = (struct random){0};
    for (size_t i = 0; i < 4; i++) {
        seed += UINT64_C(0x9e3779b97f4a7c15);
        random->state[i] = random_mix(seed);
    }
}

uint64_t random_next(struct random *random)
{
    uint64_t *s = random->state, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t random_below(struct random *random, uint64_t bound)
{
    if (!bound)
        return 0;
    uint64_t unfair = -bound % bound, value; /* so many of the 2^64 are too many */
    do
        value = random_next(random);
    while (value < unfair);
    return value % bound;
}

double random_real(struct random *random)
{
    return (double)(random_next(random) >> 11) * 0x1p-53;
}

double random_normal(struct random *random)
{
    double x, y, squared;
    if (random->has_spare) {
        random->has_spare = 0;
        return random->spare;
    }
    do {
        x = 2 * random_real(random) - 1;
        y = 2 * random_real(random) - 1;
        squared = x * x + y * y;
    } while (squared >= 1 || squared == 0);
    double scale = sqrt(-2 * log(squared) / squared);
    random->spare = y * scale;
    random->has_spare = 1;
    return x * scale;
}

void random_shuffle(struct random *random, uint32_t *items, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = (size_t)random_below(random, i);
        uint32_t item = items[i - 1];
        items[i - 1] = items[other];
        items[other] = item;
    }
}
