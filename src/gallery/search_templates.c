/*
 * Templates: what stands for a person with several faces. The mean of the embeddings, weighted by quality,
 * averages out what is peculiar to a picture, and costs one comparison a person; it is an index of its own
 * with one row for each. The set takes the mean over the nearest few faces, so that one picture under a
 * wrong name weighs less. With one face a person all ways are the same.
 */
#include "gallery/search_index.h"
#include "base/memory.h"
#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------ means */

#define CANCELLED 1e-4 /* a sum that is so short against its parts points nowhere */

struct tally {    /* of one person */
    double total; /* of the weights; 0: no face */
    float heaviest;
    int64_t face; /* the one that weighs most */
    uint32_t row;
};

static void count_face(struct tally *tally, const struct row *row, size_t at)
{
    bool heavier = row->weight > tally->heaviest ||
                   (row->weight == tally->heaviest && row->face < tally->face);
    if (heavier || tally->total == 0)
        *tally = (struct tally){tally->total, row->weight, row->face, (uint32_t)at};
    tally->total += (double)row->weight;
}

/* Adds the faces up where the means will be: a row for each member, also for those without a face. */
static void add_up(const struct search *search, struct search *means, struct tally *tallies)
{
    for (size_t i = 0; i < search->faces; i++) {
        const struct row *row = &search->rows[i];
        const float *from = search_vector(search, i);
        if (!search_counts(search, NULL, i) || !search_whole(search, i))
            continue;
        float *to = means->matrix + row->member * means->stride;
        for (size_t k = 0; k < search->dimension; k++)
            to[k] += row->weight * from[k];
        count_face(&tallies[row->member], row, i);
    }
}

/* A sum to a mean. Unit vectors have a mean of unit length; where there is none, the heaviest face. */
static void divide(const struct search *search, const struct tally *tally, float *sum)
{
    const struct kernel_table *kernel = kernel_best();
    double length = sqrt((double)kernel->dot(sum, sum, search->dimension));
    if (!search->raw && length < CANCELLED * tally->total) {
        memcpy(sum, search_vector(search, tally->row), search->dimension * sizeof *sum);
        return;
    }
    double by = search->raw ? tally->total : length;
    for (size_t k = 0; k < search->dimension; k++)
        sum[k] = (float)((double)sum[k] / by);
}

/* Closes the gaps that members without a face leave. */
static void fill_rows(const struct search *search, const struct tally *tallies,
                      struct search *means)
{
    const struct kernel_table *kernel = kernel_best();
    for (size_t i = 0; i < search->members_count; i++) {
        float *to = means->matrix + means->faces * means->stride;
        float *from = means->matrix + i * means->stride;
        if (tallies[i].total == 0)
            continue;
        divide(search, &tallies[i], from);
        if (to != from) {
            memcpy(to, from, means->stride * sizeof *to);
            memset(from, 0, means->stride * sizeof *from);
        }
        means->rows[means->faces++] = (struct row){.face = tallies[i].face,
                                                   .member = (uint32_t)i,
                                                   .squared = kernel->dot(to, to, means->dimension),
                                                   .weight = 1};
        means->has_face[i] = true;
        means->people++;
    }
}

static vultus_status make_means(const struct search *search, struct search **out,
                                vultus_error *error)
{
    struct search *means = NULL;
    size_t members = search->members_count;
    struct tally *tallies = mem_zalloc(members, sizeof *tallies);
    vultus_status status = tallies ? search_new(search->dimension, search->raw, &means, error)
                                   : status_memory(error, "the means of people");
    if (!status)
        status = search_reserve(means, members, error);
    for (size_t i = 0; !status && i < members; i++)
        status = search_add_person(means, search->members[i].id, search_name(search, i), error);
    if (!status) {
        add_up(search, means, tallies);
        fill_rows(search, tallies, means);
        *out = means;
    } else
        search_free(means);
    mem_free(tallies);
    return status;
}

static vultus_status update_means(struct search *search, vultus_error *error)
{
    struct search *means = NULL;
    if (search->means && search->means_faces == search->faces &&
        search->means_members == search->members_count)
        return VULTUS_OK;
    vultus_status status = make_means(search, &means, error);
    if (status)
        return status;
    search_free(search->means);
    search->means = means;
    search->means_faces = search->faces;
    search->means_members = search->members_count;
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ sets */

#define NO_ROW UINT32_MAX
#define SHARED 100000 /* faces: to look through fewer takes less than to wake other threads */

static vultus_status update_tops(struct search *search, vultus_error *error)
{
    size_t capacity = search->members_capacity;
    if (search->tops && search->tops_capacity == capacity)
        return VULTUS_OK;
    struct top *tops = mem_resize(search->tops, capacity, SEARCH_SET * sizeof *tops);
    if (!tops)
        return status_memory(error, "the nearest faces of people");
    search->tops = tops;
    search->tops_capacity = capacity;
    return VULTUS_OK;
}

/* Of equally near faces the smaller id is in front. */
static bool nearer(const struct search *search, const struct top *a, const struct top *b)
{
    return b->row == NO_ROW || a->score > b->score ||
           (a->score == b->score && search->rows[a->row].face < search->rows[b->row].face);
}

static void keep(const struct search *search, struct top *tops, struct top found)
{
    for (size_t k = 0; k < SEARCH_SET && found.row != NO_ROW; k++)
        if (nearer(search, &found, &tops[k])) {
            struct top next = tops[k];
            tops[k] = found;
            found = next;
        }
}

/* A score as it is averaged: of raw vectors minus the distance, from pr - |r|^2 / 2. */
static float in_unit(const struct search *search, vultus_metric metric, float score, float squared)
{
    return search->raw && metric == VULTUS_METRIC_EUCLIDEAN ? -sqrtf(fmaxf(0, squared - 2 * score))
                                                            : score;
}

static void score_faces(struct search *search, const float *probe, const struct search_way *way)
{
    const struct kernel_table *kernel = kernel_best();
    float squared = kernel->dot(probe, probe, search->dimension);
    for (size_t i = 0; i < SEARCH_SET * search->members_count; i++)
        search->tops[i] = (struct top){-INFINITY, NO_ROW};
    for (size_t i = 0; i < search->faces; i++) {
        if (!search_counts(search, way->allowed, i) || !search_whole(search, i))
            continue;
        float product = kernel->dot(probe, search_vector(search, i), search->dimension);
        float score = search_score(search, i, way->metric, product);
        keep(search, search->tops + SEARCH_SET * search->rows[i].member,
             (struct top){in_unit(search, way->metric, score, squared), (uint32_t)i});
    }
}

static struct search_hit hit_of(const struct search *search, size_t member)
{
    const struct top *tops = search->tops + SEARCH_SET * member;
    struct search_hit hit = {.person = search->members[member].id,
                             .name = search_name(search, member)};
    for (; hit.count < SEARCH_SET && tops[hit.count].row != NO_ROW; hit.count++) {
        hit.embeddings[hit.count] = search_vector(search, tops[hit.count].row);
        hit.score += tops[hit.count].score;
    }
    if (hit.count) {
        hit.score /= (float)hit.count;
        hit.face = search->rows[tops[0].row].face;
    }
    return hit;
}

/* Members come by id, so that of equally near ones the smaller id stays in front. */
static size_t nearest_sets(struct search *search, const float *probe, const struct search_way *way,
                           struct search_hit *hits, size_t capacity)
{
    size_t count = 0;
    score_faces(search, probe, way);
    for (size_t i = 0; i < search->members_count; i++) {
        struct search_hit hit = hit_of(search, i);
        if (!hit.count || (count == capacity && hits[count - 1].score >= hit.score))
            continue;
        size_t at = count < capacity ? count++ : count - 1;
        for (; at > 0 && hits[at - 1].score < hit.score; at--)
            hits[at] = hits[at - 1];
        hits[at] = hit;
    }
    return count;
}

/* By single rows: of a large index with all threads. */
static vultus_status nearest_best(struct search *search, const float *probe,
                                  const struct search_way *way, struct search_hit *hits,
                                  size_t capacity, size_t *count, vultus_error *error)
{
    const struct search_request request = {.probes = probe,
                                           .count = 1,
                                           .metric = way->metric,
                                           .capacity = capacity,
                                           .pool = search->faces < SHARED ? NULL : way->pool,
                                           .allowed = way->allowed};
    if (request.pool || request.allowed)
        return search_nearest_many(search, &request, hits, count, error);
    *count = search_nearest(search, probe, way->metric, hits, capacity);
    return VULTUS_OK;
}

vultus_status search_nearest_by(struct search *search, const float *probe,
                                const struct search_way *way, struct search_hit *hits,
                                size_t capacity, size_t *count, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    bool some = search->faces > 0 && capacity > 0;
    bool mean = way->templates == VULTUS_TEMPLATE_MEAN && some;
    bool set = way->templates == VULTUS_TEMPLATE_SET && some;
    if (mean)
        status = update_means(search, error);
    else if (set)
        status = update_tops(search, error);
    if (status)
        return status;
    if (set)
        *count = nearest_sets(search, probe, way, hits,
                              capacity < VULTUS_TOP_MAX ? capacity : VULTUS_TOP_MAX);
    else
        status =
            nearest_best(mean ? search->means : search, probe, way, hits, capacity, count, error);
    return status;
}
