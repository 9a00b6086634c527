/*
 * Every face and every person is compared with the means of all people, exactly: blocks of means stay in
 * the second cache while a block of probes goes over them. Of a person's own mean the face itself is taken
 * out first (leave one out), without making it anew: with S the weighted sum, x.(S - wx) and |S - wx|^2
 * follow from x.S and |S|^2.
 */
#include "decide/outliers.h"
#include "base/memory.h"
#include "kernel/kernel.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PROBES 64 /* compared at a time */
#define MEANS 512 /* that they are compared with: 400 KB of 192 floats */
#define ROUND 64  /* blocks of probes between two looks at progress */
#define GROUP 16  /* dot_rows takes rows in groups */

struct means {
    float
        *rows; /* people, and zeros to a whole group: of unit length, or with distances the means */
    float *sums; /* weighted */
    double *weight;
    float *squared; /* length of each mean */
    size_t stride, padded;
};

struct search {
    const struct outliers_call *call;
    const struct kernel_table *kernel;
    struct means means;
    struct outliers_face *faces;
    struct outliers_pair *pairs; /* grown under the lock */
    size_t pair_count, pair_capacity;
    pthread_mutex_t lock;
};

static void means_clear(struct means *means)
{
    size_t floats = means->padded * means->stride;
    mem_free_wiped(means->rows, floats * sizeof *means->rows);
    mem_free_wiped(means->sums, floats * sizeof *means->sums);
    mem_free(means->weight);
    mem_free(means->squared);
}

static void add_up(const struct outliers_faces *faces, struct means *means)
{
    for (size_t i = 0; i < faces->count; i++) {
        float *sum = means->sums + faces->person[i] * means->stride;
        const float *row = faces->rows + i * faces->dimension;
        for (size_t k = 0; k < faces->dimension; k++)
            sum[k] += faces->weight[i] * row[k];
        means->weight[faces->person[i]] += (double)faces->weight[i];
    }
}

static vultus_status make_means(const struct outliers_faces *faces, struct means *means,
                                vultus_error *error)
{
    const struct kernel_table *kernel = kernel_best();
    means->stride = (faces->dimension + GROUP - 1) / GROUP * GROUP;
    means->padded = (faces->people + GROUP - 1) / GROUP * GROUP;
    means->rows = mem_zalloc(means->padded, means->stride * sizeof *means->rows);
    means->sums = mem_zalloc(means->padded, means->stride * sizeof *means->sums);
    means->weight = mem_zalloc(means->padded, sizeof *means->weight);
    means->squared = mem_zalloc(means->padded, sizeof *means->squared);
    if (!means->rows || !means->sums || !means->weight || !means->squared)
        return status_memory(error, "the means of people");
    add_up(faces, means);
    for (size_t p = 0; p < faces->people; p++) {
        const float *sum = means->sums + p * means->stride;
        float *row = means->rows + p * means->stride;
        double length = sqrt((double)kernel->dot(sum, sum, faces->dimension));
        double by = faces->distances ? means->weight[p] : length;
        for (size_t k = 0; by > 0 && k < faces->dimension; k++)
            row[k] = (float)((double)sum[k] / by);
        means->squared[p] = kernel->dot(row, row, faces->dimension);
    }
    return VULTUS_OK;
}

/* From products and squared lengths: the cosine, or minus the distance. */
static float nearness(bool distances, double product, double a, double b)
{
    if (distances)
        return (float)-sqrt(fmax(0, a + b - 2 * product));
    double lengths = sqrt(a * b);
    return (float)(lengths > 0 ? fmax(-1, fmin(1, product / lengths)) : 0);
}

static float own_nearness(const struct search *search, size_t row)
{
    const struct outliers_faces *faces = &search->call->faces;
    const float *x = faces->rows + row * faces->dimension;
    const float *sum = search->means.sums + faces->person[row] * search->means.stride;
    double weight = (double)faces->weight[row];
    double rest = search->means.weight[faces->person[row]] - weight;
    if (rest <= weight * 1e-6)
        return NAN;
    double xx = (double)search->kernel->dot(x, x, faces->dimension);
    double xs = (double)search->kernel->dot(x, sum, faces->dimension);
    double ss = (double)search->kernel->dot(sum, sum, faces->dimension);
    double product = (xs - weight * xx) / rest;
    double squared = fmax(0, ss - 2 * weight * xs + weight * weight * xx) / (rest * rest);
    return nearness(faces->distances, product, xx, squared);
}

/* ------------------------------------------------------------------ blocks */

/* What ranks the means for one probe: the product, or with distances pm - |m|^2 / 2. */
static float rank_of(const struct search *search, float product, size_t mean)
{
    return search->call->faces.distances ? product - search->means.squared[mean] / 2 : product;
}

static void look_for_others(const struct search *search, size_t row, size_t first, size_t count,
                            const float *products)
{
    struct outliers_face *face = &search->faces[row];
    uint32_t own = search->call->faces.person[row];
    for (size_t i = 0; i < count; i++) {
        float rank = rank_of(search, products[i], first + i);
        if (first + i != own && (isnan(face->other) || rank > face->other)) {
            face->other = rank;
            face->who = (uint32_t)(first + i);
        }
    }
}

static vultus_status face_block(void *context, size_t index, unsigned worker, vultus_error *error)
{
    struct search *search = context;
    const struct outliers_faces *faces = &search->call->faces;
    const struct means *means = &search->means;
    size_t begin = index * PROBES,
           end = begin + PROBES < faces->count ? begin + PROBES : faces->count;
    float products[MEANS];
    (void)worker;
    (void)error;
    for (size_t i = begin; i < end; i++)
        search->faces[i] = (struct outliers_face){own_nearness(search, i), NAN, 0};
    for (size_t first = 0; first < faces->people; first += MEANS) {
        size_t left = faces->people - first, count = left < MEANS ? left : MEANS;
        size_t padded = (count + GROUP - 1) / GROUP * GROUP;
        for (size_t i = begin; i < end; i++) {
            search->kernel->dot_rows(faces->rows + i * faces->dimension,
                                     means->rows + first * means->stride, means->stride, padded,
                                     faces->dimension, products);
            look_for_others(search, i, first, count, products);
        }
    }
    for (size_t i = begin; i < end; i++) { /* from what ranks to nearness */
        struct outliers_face *face = &search->faces[i];
        const float *row = faces->rows + i * faces->dimension;
        const float *mean = means->rows + face->who * means->stride;
        if (!isnan(face->other))
            face->other =
                nearness(faces->distances, (double)search->kernel->dot(row, mean, faces->dimension),
                         (double)search->kernel->dot(row, row, faces->dimension),
                         (double)means->squared[face->who]);
    }
    return VULTUS_OK;
}

static vultus_status add_pair(struct search *search, struct outliers_pair pair, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    pthread_mutex_lock(&search->lock);
    if (search->pair_count == OUTLIERS_PAIRS_MAX)
        status =
            status_set(error, VULTUS_ERR_LIMIT,
                       "more than %zu pairs of people are alike; ask for those that are nearer",
                       OUTLIERS_PAIRS_MAX);
    if (!status && search->pair_count == search->pair_capacity) {
        size_t capacity = search->pair_capacity ? 2 * search->pair_capacity : 64;
        struct outliers_pair *pairs = mem_resize(search->pairs, capacity, sizeof *pairs);
        if (pairs) {
            search->pairs = pairs;
            search->pair_capacity = capacity;
        } else
            status = status_memory(error, "people who are alike");
    }
    if (!status)
        search->pairs[search->pair_count++] = pair;
    pthread_mutex_unlock(&search->lock);
    return status;
}

static vultus_status people_block(void *context, size_t index, unsigned worker, vultus_error *error)
{
    struct search *search = context;
    const struct outliers_faces *faces = &search->call->faces;
    const struct means *means = &search->means;
    size_t begin = index * PROBES,
           end = begin + PROBES < faces->people ? begin + PROBES : faces->people;
    vultus_status status = VULTUS_OK;
    float products[MEANS];
    (void)worker;
    for (size_t first = begin / MEANS * MEANS; first < faces->people; first += MEANS) {
        size_t left = faces->people - first, count = left < MEANS ? left : MEANS;
        size_t padded = (count + GROUP - 1) / GROUP * GROUP;
        for (size_t a = begin; a < end; a++) {
            search->kernel->dot_rows(means->rows + a * means->stride,
                                     means->rows + first * means->stride, means->stride, padded,
                                     faces->dimension, products);
            for (size_t i = first > a ? 0 : a + 1 - first; !status && i < count; i++) {
                float near = nearness(faces->distances, (double)products[i],
                                      (double)means->squared[a], (double)means->squared[first + i]);
                if (near >= search->call->alike)
                    status = add_pair(
                        search, (struct outliers_pair){(uint32_t)a, (uint32_t)(first + i), near},
                        error);
            }
        }
    }
    return status;
}

/* ------------------------------------------------------------------ all of it */

struct part {
    struct search *search;
    pool_work *work;
    size_t first;
};

static vultus_status part_block(void *context, size_t index, unsigned worker, vultus_error *error)
{
    struct part *part = context;
    return part->work(part->search, part->first + index, worker, error);
}

/* Blocks in rounds, so that progress is told and work can be stopped. */
static vultus_status run(struct search *search, pool_work *work, size_t blocks, size_t *done,
                         size_t total, vultus_error *error)
{
    const struct outliers_call *call = search->call;
    struct part part = {search, work, 0};
    vultus_status status = VULTUS_OK;
    for (; !status && part.first < blocks; part.first += ROUND) {
        size_t left = blocks - part.first, count = left < ROUND ? left : ROUND;
        status = pool_for(call->pool, count, part_block, &part, error);
        *done += count;
        if (!status && call->progress && !call->progress(call->context, *done, total))
            status = status_set(error, VULTUS_ERR_CANCELLED, "stopped");
    }
    return status;
}

static int by_nearness(const void *a, const void *b)
{
    const struct outliers_pair *x = a, *y = b;
    if (x->nearness != y->nearness)
        return x->nearness < y->nearness ? 1 : -1;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

vultus_status outliers_find(const struct outliers_call *call, struct outliers *out,
                            vultus_error *error)
{
    const struct outliers_faces *faces = &call->faces;
    struct search search = {.call = call, .kernel = kernel_best()};
    size_t face_blocks = (faces->count + PROBES - 1) / PROBES;
    size_t people_blocks = (faces->people + PROBES - 1) / PROBES, done = 0;
    pthread_mutex_init(&search.lock, NULL);
    search.faces = mem_zalloc(faces->count, sizeof *search.faces);
    vultus_status status =
        search.faces ? make_means(faces, &search.means, error) : status_memory(error, "a review");
    if (!status)
        status = run(&search, face_block, face_blocks, &done, face_blocks + people_blocks, error);
    if (!status)
        status =
            run(&search, people_block, people_blocks, &done, face_blocks + people_blocks, error);
    means_clear(&search.means);
    pthread_mutex_destroy(&search.lock);
    if (status) {
        mem_free(search.faces);
        mem_free(search.pairs);
        return status;
    }
    if (search.pair_count)
        qsort(search.pairs, search.pair_count, sizeof *search.pairs, by_nearness);
    *out = (struct outliers){search.faces, search.pairs, search.pair_count};
    return VULTUS_OK;
}

void outliers_clear(struct outliers *outliers)
{
    mem_free(outliers->faces);
    mem_free(outliers->pairs);
    *outliers = (struct outliers){0};
}
