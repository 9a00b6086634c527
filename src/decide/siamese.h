/*
 * A learnt comparison of two embeddings: sigmoid of a weighted sum of |a - b|, which is how a Siamese network
 * ends (Koch, Zemel and Salakhutdinov 2015; Taigman and others 2014).
 */
#ifndef DECIDE_SIAMESE_H
#define DECIDE_SIAMESE_H

#include "base/status.h"

#define SIAMESE_PAIRS_MAX 200000u /* of each kind: features of 192 numbers are 300 MB then */

struct siamese_rows {
    const float *rows; /* count x dimension */
    const uint32_t *person;
    const uint8_t *held; /* of each row: it is not to be learnt from; NULL: none */
    size_t count, dimension;
};

struct siamese_pairs {
    uint32_t *a, *b;
    uint8_t *same;
    size_t count;
};

struct siamese_sampling {
    bool held;         /* pairs of rows that are held out, else of the others */
    size_t most;       /* same pairs, and as many different ones */
    size_t for_person; /* same pairs of one person */
    double hard; /* share of the different pairs that are a row and one of its nearest strangers */
    uint64_t seed;
};

/* As many different pairs as same ones, where there are as many. ARGUMENT: there is no same or no different pair.
 * Clear with siamese_pairs_clear. */
vultus_status siamese_sample(const struct siamese_rows *rows, const struct siamese_sampling *how,
                             struct siamese_pairs *out, vultus_error *error) VULTUS_MUST_USE;
void siamese_pairs_clear(struct siamese_pairs *pairs);

struct siamese_fit {
    const struct siamese_rows *rows;
    const struct siamese_pairs *pairs;
    double c, tolerance;
    unsigned iterations;
    bool (*stop)(void *context);
    void *context;
};
/* weights[dimension + 1], the bias last. */
vultus_status siamese_train(const struct siamese_fit *fit, float *weights,
                            vultus_error *error) VULTUS_MUST_USE;

/* The weighted sum: over 0 when one person is likelier. */
double siamese_value(const float *weights, const float *a, const float *b, size_t dimension);

#endif
