/*
 * Embeddings of people who do not exist: a random direction for each person, and each face beside it. All of
 * it follows from the seed by base/random.h, and tests/golden/make_clusters.py makes the same numbers.
 */
#ifndef TEST_FACES_MADE_UP_H
#define TEST_FACES_MADE_UP_H

#include "base/random.h"
#include "support.h"

#include <math.h>

struct made_up {
    uint64_t seed;
    size_t people, each, dimension;
    double noise; /* length of what is added to a person's direction, in the mean */
};

/* Face i is of person i % people. Free both with free(). */
static inline void made_up_faces(const struct made_up *of, float **embeddings, uint32_t **person)
{
    const size_t count = of->people * of->each, n = of->dimension;
    double *centres = calloc(of->people * n, sizeof *centres), *face = calloc(n, sizeof *face);
    struct random random;
    *embeddings = calloc(count * n, sizeof **embeddings);
    *person = calloc(count, sizeof **person);
    assert_true(centres && face && *embeddings && *person);
    random_seed(&random, of->seed);
    for (size_t p = 0; p < of->people; p++) {
        double squared = 0;
        for (size_t k = 0; k < n; k++) {
            centres[p * n + k] = random_normal(&random);
            squared += centres[p * n + k] * centres[p * n + k];
        }
        for (size_t k = 0; k < n; k++)
            centres[p * n + k] /= sqrt(squared);
    }
    for (size_t i = 0; i < count; i++) {
        double squared = 0;
        (*person)[i] = (uint32_t)(i % of->people);
        for (size_t k = 0; k < n; k++) {
            face[k] = centres[(*person)[i] * n + k] +
                      of->noise * random_normal(&random) / sqrt((double)n);
            squared += face[k] * face[k];
        }
        for (size_t k = 0; k < n; k++)
            (*embeddings)[i * n + k] = (float)(face[k] / sqrt(squared));
    }
    free(centres);
    free(face);
}

#endif
