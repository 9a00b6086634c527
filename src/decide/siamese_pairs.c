/*
 * Pairs to learn a comparison from: balanced, at random from a seed. Of the different pairs a share is hard: a row
 * with one of the strangers that are most like it, because almost all random strangers are far apart and
 * teach nothing.
 */
#include "base/memory.h"
#include "base/random.h"
#include "decide/siamese.h"
#include "kernel/kernel.h"

#include <stdlib.h>

#define NEAREST 3 /* strangers of a row that count as hard */
#define TRIES 20  /* draws for one random different pair */
#define HARD_ROWS                                                                                  \
    20000u /* rows whose strangers are looked at, and strangers that each is compared with */

struct sampler {
    const struct siamese_rows *rows;
    const struct siamese_sampling *how;
    struct random random;
    uint32_t *list; /* the rows that may be used, by person */
    size_t count;
    struct siamese_pairs *out;
    vultus_error *error;
};

static int by_first(const void *a, const void *b)
{
    const uint32_t *left = a, *right = b;
    if (left[0] != right[0])
        return left[0] < right[0] ? -1 : 1;
    return (left[1] > right[1]) - (left[1] < right[1]);
}

static uint32_t person_of(const struct sampler *sampler, size_t at)
{
    return sampler->rows->person[sampler->list[at]];
}

/* Where the rows of the person at `begin` end. */
static size_t end_of(const struct sampler *sampler, size_t begin)
{
    size_t end = begin + 1;
    while (end < sampler->count && person_of(sampler, end) == person_of(sampler, begin))
        end++;
    return end;
}

/* The usable rows, put in order by person. */
static vultus_status list_rows(struct sampler *sampler)
{
    const struct siamese_rows *rows = sampler->rows;
    uint32_t *keys = mem_array(2 * rows->count, sizeof *keys);
    if (!keys)
        return status_memory(sampler->error, "pairs");
    for (uint32_t i = 0; i < rows->count; i++) {
        if (rows->person[i] == VULTUS_NOBODY || (rows->held && rows->held[i]) != sampler->how->held)
            continue;
        keys[2 * sampler->count] = rows->person[i];
        keys[2 * sampler->count++ + 1] = i;
    }
    qsort(keys, sampler->count, 2 * sizeof *keys, by_first);
    for (size_t i = 0; i < sampler->count; i++) /* in place: only what was read is written over */
        keys[i] = keys[2 * i + 1];
    sampler->list = keys;
    return VULTUS_OK;
}

static void add(struct siamese_pairs *pairs, uint32_t a, uint32_t b, bool same)
{
    pairs->a[pairs->count] = a;
    pairs->b[pairs->count] = b;
    pairs->same[pairs->count++] = same;
}

/* Same pairs of the rows from begin to end, at most for_person of them, each at most once. */
static void add_person(struct sampler *sampler, size_t begin, size_t end)
{
    const size_t n = end - begin, all = n * (n - 1) / 2, most = sampler->how->for_person;
    size_t left = all, wanted = all < most ? all : most;
    for (size_t i = begin; i < end; i++)
        for (size_t k = i + 1; k < end; k++, left--) /* selection sampling (Knuth, algorithm S) */
            if (random_below(&sampler->random, left) < wanted) {
                add(sampler->out, sampler->list[i], sampler->list[k], true);
                wanted--;
            }
}

static void add_same(struct sampler *sampler)
{
    for (size_t begin = 0, end; begin < sampler->count; begin = end) {
        end = end_of(sampler, begin);
        add_person(sampler, begin, end);
    }
}

/* Keeps a random part of the pairs, so that there are at most `most`. */
static void thin(struct sampler *sampler, size_t most)
{
    struct siamese_pairs *pairs = sampler->out;
    size_t kept = 0, wanted = most, count = pairs->count;
    if (count <= most)
        return;
    for (size_t i = 0; i < count; i++)
        if (random_below(&sampler->random, count - i) < wanted) {
            pairs->a[kept] = pairs->a[i];
            pairs->b[kept] = pairs->b[i];
            pairs->same[kept++] = pairs->same[i];
            wanted--;
        }
    pairs->count = kept;
}

/* One of the strangers that are nearest to the row. */
static uint32_t nearest_stranger(struct sampler *sampler, uint32_t row)
{
    const struct siamese_rows *rows = sampler->rows;
    const size_t d = rows->dimension;
    float distance[NEAREST];
    uint32_t nearest[NEAREST];
    size_t found = 0, step = sampler->count / HARD_ROWS + 1;
    for (size_t k = (size_t)random_below(&sampler->random, step); k < sampler->count; k += step) {
        const uint32_t other = sampler->list[k];
        if (rows->person[other] == rows->person[row])
            continue;
        float far = kernel_best()->sqdist(rows->rows + row * d, rows->rows + other * d, d);
        if (found == NEAREST && far >= distance[NEAREST - 1])
            continue;
        size_t at = found < NEAREST ? found++ : NEAREST - 1;
        for (; at && distance[at - 1] > far; at--) {
            distance[at] = distance[at - 1];
            nearest[at] = nearest[at - 1];
        }
        distance[at] = far;
        nearest[at] = other;
    }
    return found ? nearest[random_below(&sampler->random, found)] : row;
}

static void add_different(struct sampler *sampler, size_t wanted)
{
    const struct siamese_rows *rows = sampler->rows;
    size_t hard = (size_t)(sampler->how->hard * (double)wanted);
    hard = hard < HARD_ROWS ? hard : HARD_ROWS;
    for (size_t i = 0; i < wanted; i++) {
        uint32_t a = sampler->list[random_below(&sampler->random, sampler->count)], b = a;
        if (i < hard)
            b = nearest_stranger(sampler, a);
        for (int k = 0; rows->person[b] == rows->person[a] && k < TRIES; k++)
            b = sampler->list[random_below(&sampler->random, sampler->count)];
        if (rows->person[b] != rows->person[a])
            add(sampler->out, a, b, false);
    }
}

/* Room for every same pair that may be added, and for as many different ones. */
static vultus_status open_pairs(struct sampler *sampler)
{
    size_t room = 0;
    for (size_t begin = 0, end; begin < sampler->count; begin = end) {
        end = end_of(sampler, begin);
        const size_t all = (end - begin) * (end - begin - 1) / 2;
        room += all < sampler->how->for_person ? all : sampler->how->for_person;
    }
    if (!room || person_of(sampler, 0) == person_of(sampler, sampler->count - 1))
        return status_set(sampler->error, VULTUS_ERR_ARGUMENT,
                          "pairs need two people, and somebody with two pictures");
    sampler->out->a = mem_array(2 * room, sizeof *sampler->out->a);
    sampler->out->b = mem_array(2 * room, sizeof *sampler->out->b);
    sampler->out->same = mem_array(2 * room, 1);
    return sampler->out->a && sampler->out->b && sampler->out->same
               ? VULTUS_OK
               : status_memory(sampler->error, "pairs");
}

vultus_status siamese_sample(const struct siamese_rows *rows, const struct siamese_sampling *how,
                             struct siamese_pairs *out, vultus_error *error)
{
    struct siamese_pairs pairs = {0};
    struct sampler sampler = {.rows = rows, .how = how, .out = &pairs, .error = error};
    random_seed(&sampler.random, how->seed);
    vultus_status status = list_rows(&sampler);
    if (!status)
        status = open_pairs(&sampler);
    if (!status) {
        add_same(&sampler);
        thin(&sampler, how->most);
        add_different(&sampler, pairs.count);
    }
    mem_free(sampler.list);
    if (status)
        siamese_pairs_clear(&pairs);
    else
        *out = pairs;
    return status;
}

void siamese_pairs_clear(struct siamese_pairs *pairs)
{
    mem_free(pairs->a);
    mem_free(pairs->b);
    mem_free(pairs->same);
    *pairs = (struct siamese_pairs){0};
}
