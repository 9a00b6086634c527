/*
 * Embeddings of people who do not exist: unit vectors around a centre for each, from a seed.
 * tests/golden/make_classifiers.py makes the same ones.
 */
#ifndef TEST_MADE_UP_PEOPLE_H
#define TEST_MADE_UP_PEOPLE_H

#include "support.h"

#include "base/memory.h"
#include "base/random.h"

#include <math.h>

struct made_up_people {
    size_t people, dimension;
    double spread; /* of a row around its person's centre, which is about sqrt(dimension) long */
    struct random random;
    double *centres;
};

static inline void made_up_open(struct made_up_people *made, uint64_t seed, size_t people,
                                size_t dimension, double spread)
{
    *made = (struct made_up_people){.people = people, .dimension = dimension, .spread = spread};
    random_seed(&made->random, seed);
    made->centres = mem_array(people * dimension, sizeof(double));
    assert_non_null(made->centres);
    for (size_t i = 0; i < people * dimension; i++)
        made->centres[i] = random_normal(&made->random);
}

static inline void made_up_close(struct made_up_people *made)
{
    mem_free(made->centres);
}

static inline void made_up_row(struct made_up_people *made, size_t person, float *out)
{
    double squares = 0;
    for (size_t j = 0; j < made->dimension; j++) {
        double x = made->centres[person * made->dimension + j];
        out[j] = (float)(x + made->spread * random_normal(&made->random));
        squares += (double)out[j] * out[j];
    }
    const float length = (float)sqrt(squares);
    for (size_t j = 0; j < made->dimension; j++)
        out[j] /= length;
}

struct made_up_rows {
    float *rows;
    uint32_t *person;
    double *weight; /* ones */
    size_t count;
};

/* Person p gets least + p % (1 + more) rows. */
static inline struct made_up_rows made_up_rows(struct made_up_people *made, size_t least,
                                               size_t more)
{
    struct made_up_rows out = {0};
    const size_t most = made->people * (least + more);
    out.rows = mem_array(most * made->dimension, sizeof *out.rows);
    out.person = mem_array(most, sizeof *out.person);
    out.weight = mem_array(most, sizeof *out.weight);
    assert_true(out.rows && out.person && out.weight);
    for (size_t p = 0; p < made->people; p++)
        for (size_t i = 0; i < least + p % (1 + more); i++, out.count++) {
            made_up_row(made, p, out.rows + out.count * made->dimension);
            out.person[out.count] = (uint32_t)p;
            out.weight[out.count] = 1;
        }
    return out;
}

static inline void made_up_clear(struct made_up_rows *rows)
{
    mem_free(rows->rows);
    mem_free(rows->person);
    mem_free(rows->weight);
    *rows = (struct made_up_rows){0};
}

#endif
