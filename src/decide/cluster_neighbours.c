/*
 * Neighbours by comparing every row with every other: exact, and with the dot kernels quicker than an index
 * up to a hundred thousand faces. A chunk of queries goes over all rows block by block, so that both stay
 * in the second cache; each chunk fills a list of its own, and the lists are put together in order, which
 * is why the answer does not depend on threads.
 */
#include "base/memory.h"
#include "decide/cluster_problem.h"
#include "kernel/kernel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROW_GROUP 16 /* kernels take rows in groups and add up a lone row in another order */
#define LINE_FLOATS (MEM_ALIGNMENT / sizeof(float))
#define CHUNK 64
#define BLOCK 256
#define BATCH 8 /* chunks of a thread between two calls of progress */

vultus_status cluster_points_make(size_t count, size_t dimension, struct cluster_points *out,
                                  vultus_error *error)
{
    const size_t stride = (dimension + LINE_FLOATS - 1) / LINE_FLOATS * LINE_FLOATS;
    const size_t padded = (count + ROW_GROUP - 1) / ROW_GROUP * ROW_GROUP;
    float *rows = mem_aligned(padded, stride * sizeof *rows);
    float *half = mem_zalloc(padded, sizeof *half);
    if (!rows || !half) {
        mem_free(rows);
        mem_free(half);
        return status_memory(error, "the faces to compare");
    }
    memset(rows, 0, padded * stride * sizeof *rows);
    *out = (struct cluster_points){rows, half, count, dimension, stride, count};
    return VULTUS_OK;
}

void cluster_points_clear(struct cluster_points *points)
{
    const size_t padded = (points->count + ROW_GROUP - 1) / ROW_GROUP * ROW_GROUP;
    mem_free_wiped((void *)(uintptr_t)points->rows, padded * points->stride * sizeof *points->rows);
    mem_free((void *)(uintptr_t)points->half);
    *points = (struct cluster_points){0};
}

/* ------------------------------------------------------------------ a chunk of queries */

struct chunk {
    struct cluster_edge *edges; /* of its rows, one behind the other */
    size_t count, capacity;
};

struct search {
    const struct cluster_points *points;
    float limit;
    struct chunk *chunks;
    size_t offset;  /* of the first chunk of this batch */
    uint32_t *kept; /* of each row */
    uint32_t *within;
};

struct nearest { /* of one row: a heap with the farthest on top once it is full */
    uint32_t count, within;
    struct cluster_edge edges[CLUSTER_NEIGHBOURS_MAX];
};

/* Equally far rows by their number, so that which of them is kept does not depend on anything else. */
static bool farther(const struct cluster_edge *a, const struct cluster_edge *b)
{
    return a->distance > b->distance || (a->distance == b->distance && a->other > b->other);
}

static void sink(struct nearest *nearest, size_t at)
{
    struct cluster_edge edge = nearest->edges[at];
    for (size_t child; (child = 2 * at + 1) < nearest->count; at = child) {
        if (child + 1 < nearest->count &&
            farther(&nearest->edges[child + 1], &nearest->edges[child]))
            child++;
        if (!farther(&nearest->edges[child], &edge))
            break;
        nearest->edges[at] = nearest->edges[child];
    }
    nearest->edges[at] = edge;
}

static void keep(struct nearest *nearest, struct cluster_edge edge)
{
    nearest->within++;
    if (nearest->count < CLUSTER_NEIGHBOURS_MAX) {
        nearest->edges[nearest->count++] = edge;
        if (nearest->count == CLUSTER_NEIGHBOURS_MAX)
            for (size_t i = nearest->count / 2; i > 0; i--)
                sink(nearest, i - 1);
    } else if (farther(&nearest->edges[0], &edge)) {
        nearest->edges[0] = edge;
        sink(nearest, 0);
    }
}

static void compare_block(const struct search *search, size_t query, size_t begin, size_t count,
                          struct nearest *nearest)
{
    const struct cluster_points *points = search->points;
    const size_t padded = (count + ROW_GROUP - 1) / ROW_GROUP * ROW_GROUP;
    float dots[BLOCK];
    kernel_best()->dot_rows(points->rows + query * points->stride,
                            points->rows + begin * points->stride, points->stride, padded,
                            points->dimension, dots);
    const float half = points->half[query], limit = search->limit / 2;
    for (size_t i = 0; i < count; i++) /* both ends of a pair have to see the same number */
        if (half + points->half[begin + i] - dots[i] <= limit && begin + i != query) {
            float distance = 2 * (half + points->half[begin + i] - dots[i]);
            keep(nearest, (struct cluster_edge){(uint32_t)(begin + i), fmaxf(distance, 0)});
        }
}

static int by_other(const void *a, const void *b)
{
    const struct cluster_edge *x = a, *y = b;
    return x->other < y->other ? -1 : x->other > y->other;
}

static vultus_status put(struct chunk *chunk, struct nearest *nearest, vultus_error *error)
{
    qsort(nearest->edges, nearest->count, sizeof *nearest->edges, by_other);
    if (chunk->count + nearest->count > chunk->capacity) {
        size_t capacity = 2 * chunk->capacity + nearest->count;
        struct cluster_edge *edges = mem_resize(chunk->edges, capacity, sizeof *edges);
        if (!edges)
            return status_memory(error, "neighbours");
        chunk->edges = edges;
        chunk->capacity = capacity;
    }
    if (nearest->count)
        memcpy(chunk->edges + chunk->count, nearest->edges,
               nearest->count * sizeof *nearest->edges);
    chunk->count += nearest->count;
    return VULTUS_OK;
}

static vultus_status search_chunk(void *context, size_t index, unsigned worker, vultus_error *error)
{
    const struct search *search = context;
    const size_t rows = search->points->count, first = (search->offset + index) * CHUNK;
    const size_t left = search->points->queries - first, queries = left < CHUNK ? left : CHUNK;
    struct chunk *chunk = &search->chunks[search->offset + index];
    vultus_status status = VULTUS_OK;
    struct nearest *nearest = mem_zalloc(queries, sizeof *nearest);
    (void)worker;
    if (!nearest)
        return status_memory(error, "neighbours");
    for (size_t begin = 0; begin < rows; begin += BLOCK)
        for (size_t q = 0; q < queries; q++)
            compare_block(search, first + q, begin, rows - begin < BLOCK ? rows - begin : BLOCK,
                          &nearest[q]);
    for (size_t q = 0; q < queries && !status; q++) {
        search->kept[first + q] = nearest[q].count;
        search->within[first + q] = nearest[q].within;
        status = put(chunk, &nearest[q], error);
    }
    mem_free(nearest);
    return status;
}

static vultus_status search_all(struct search *search, size_t chunks,
                                const struct cluster_work *work, vultus_error *error)
{
    const size_t batch = BATCH * (work->pool ? pool_threads(work->pool) : 1);
    vultus_status status = VULTUS_OK;
    while (search->offset < chunks && !status) {
        size_t count = chunks - search->offset < batch ? chunks - search->offset : batch;
        if (work->progress && !work->progress(work->context, search->offset, chunks))
            return status_set(error, VULTUS_ERR_CANCELLED, "grouping was ended");
        if (work->pool) {
            status = pool_for(work->pool, count, search_chunk, search, error);
            search->offset += count;
        } else {
            status = search_chunk(search, 0, 0, error);
            search->offset++;
        }
    }
    return status;
}

/* ------------------------------------------------------------------ both ends */

static bool has_edge(const struct cluster_edge *edges, size_t count, uint32_t other)
{
    const struct cluster_edge key = {.other = other};
    return count && bsearch(&key, edges, count, sizeof *edges, by_other);
}

static const struct cluster_edge *kept_of(const struct search *search, const size_t *at, size_t row)
{
    return row < search->points->queries ? search->chunks[row / CHUNK].edges + at[row] : NULL;
}

/* Rows may have kept each other one-sidedly: the edge is added at the other end. */
static bool may_lack_edges(const struct search *search, size_t row)
{
    return row >= search->points->queries || search->within[row] > CLUSTER_NEIGHBOURS_MAX;
}

static bool lacks_edge(const struct search *search, const size_t *at, size_t row, size_t other)
{
    return may_lack_edges(search, row) &&
           !has_edge(kept_of(search, at, row), search->kept[row], (uint32_t)other);
}

static vultus_status make_graph(const struct search *search, const size_t *at,
                                struct cluster_graph *out, vultus_error *error)
{
    const size_t count = search->points->count;
    size_t *first = mem_zalloc(count + 1, sizeof *first);
    size_t *end = mem_array(count, sizeof *end);
    struct cluster_edge *edges = NULL;
    for (size_t row = 0; first && end && row < count; row++) {
        const struct cluster_edge *kept = kept_of(search, at, row);
        first[row + 1] += search->kept[row];
        for (size_t k = 0; k < search->kept[row]; k++)
            if (lacks_edge(search, at, kept[k].other, row))
                first[kept[k].other + 1]++;
    }
    for (size_t row = 0; first && end && row < count; row++)
        end[row] = first[row + 1] += first[row];
    if (first && end)
        edges = mem_array(first[count], sizeof *edges);
    if (!edges) {
        mem_free(first);
        mem_free(end);
        return status_memory(error, "neighbours");
    }
    for (size_t row = 0; row < count; row++) {
        const struct cluster_edge *kept = kept_of(search, at, row);
        if (search->kept[row])
            memcpy(edges + first[row], kept, search->kept[row] * sizeof *edges);
    }
    for (size_t row = 0; row < count; row++) {
        const struct cluster_edge *kept = kept_of(search, at, row);
        for (size_t k = 0; k < search->kept[row]; k++) {
            size_t other = kept[k].other;
            if (lacks_edge(search, at, other, row))
                edges[--end[other]] = (struct cluster_edge){(uint32_t)row, kept[k].distance};
        }
    }
    for (size_t row = 0; row < count; row++)
        if (may_lack_edges(search, row))
            qsort(edges + first[row], first[row + 1] - first[row], sizeof *edges, by_other);
    mem_free(end);
    *out = (struct cluster_graph){first, edges, search->within};
    return VULTUS_OK;
}

vultus_status cluster_neighbours(const struct cluster_points *points, float limit,
                                 const struct cluster_work *work, struct cluster_graph *out,
                                 vultus_error *error)
{
    const size_t count = points->count, chunks = (points->queries + CHUNK - 1) / CHUNK;
    struct search search = {.points = points,
                            .limit = limit,
                            .chunks = mem_zalloc(chunks, sizeof *search.chunks),
                            .kept = mem_zalloc(count, sizeof *search.kept),
                            .within = mem_zalloc(count, sizeof *search.within)};
    size_t *at = mem_zalloc(count, sizeof *at); /* where a row's edges begin in its chunk */
    vultus_status status = search.chunks && search.kept && search.within && at
                               ? search_all(&search, chunks, work, error)
                               : status_memory(error, "neighbours");
    for (size_t row = 0; !status && row < count; row++)
        at[row] = row % CHUNK ? at[row - 1] + search.kept[row - 1] : 0;
    if (!status)
        status = make_graph(&search, at, out, error);
    for (size_t i = 0; search.chunks && i < chunks; i++)
        mem_free(search.chunks[i].edges);
    mem_free(search.chunks);
    mem_free(search.kept);
    mem_free(at);
    if (status)
        mem_free(search.within);
    return status;
}

void cluster_graph_clear(struct cluster_graph *graph)
{
    mem_free(graph->first);
    mem_free(graph->edges);
    mem_free(graph->within);
    *graph = (struct cluster_graph){0};
}
