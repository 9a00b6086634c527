/*
 * Agglomeration: the two clusters that are nearest are joined, again and again, until none are near enough.
 * The distance of clusters lies between two known ones:
 *
 *     D(A, B) = |mean(A) - mean(B)|^2 + w (scatter(A) + scatter(B)),    scatter = mean |a - mean(A)|^2
 *
 * With w = 1 it is the mean squared distance of all pairs, average linkage (UPGMA, Sokal and Michener 1958):
 * one bad picture keeps a person's faces apart. With w = 0 it is that of the means (UPGMC): scatter
 * counts for nothing, and large clusters swallow others. A little over half of the way to the first is
 * measured best on both of single and of many faces a person. It needs sums only, so it is exact without a
 * matrix of distances: which clusters come near each other is found by the neighbour search over means, in
 * rounds, until a round joins nothing.
 */
#include "base/memory.h"
#include "decide/cluster_problem.h"
#include "kernel/kernel.h"

#include <string.h>

#define SCATTER_WEIGHT 0.6f

struct candidate { /* two clusters that may be joined */
    float distance;
    uint32_t a, b;                 /* a < b */
    uint32_t version_a, version_b; /* what they were then: each grows with a join */
};

struct adjacency {
    uint32_t *items;
    uint32_t count;
};

struct linkage {
    struct cluster_problem *problem;
    /* of clusters, by number; a cluster that was joined into another keeps its place until the round ends */
    struct cluster_points means; /* its queries are those that changed in the round before */
    uint32_t *row;               /* one of its faces */
    uint32_t *size;
    float *inner;      /* mean of |a|^2 */
    uint32_t *version; /* 0: not changed in this round */
    uint32_t *into;    /* itself, or what it was joined into */
    uint32_t *stamp;
    struct adjacency *near;
    size_t count;
    uint32_t serial;
    struct candidate *heap;
    size_t waiting, capacity;
};

/* ------------------------------------------------------------------ candidates, nearest first */

static bool before(const struct candidate *x, const struct candidate *y)
{
    if (x->distance != y->distance)
        return x->distance < y->distance;
    return x->a != y->a ? x->a < y->a : x->b < y->b;
}

static vultus_status push(struct linkage *linkage, float distance, uint32_t a, uint32_t b,
                          vultus_error *error)
{
    if (linkage->waiting == linkage->capacity) {
        size_t capacity = 2 * linkage->capacity + 1024;
        struct candidate *heap = mem_resize(linkage->heap, capacity, sizeof *heap);
        if (!heap)
            return status_memory(error, "clusters to join");
        linkage->heap = heap;
        linkage->capacity = capacity;
    }
    if (a > b) {
        uint32_t swap = a;
        a = b;
        b = swap;
    }
    const struct candidate made = {distance, a, b, linkage->version[a], linkage->version[b]};
    size_t at = linkage->waiting++;
    for (; at && before(&made, &linkage->heap[(at - 1) / 2]); at = (at - 1) / 2)
        linkage->heap[at] = linkage->heap[(at - 1) / 2];
    linkage->heap[at] = made;
    return VULTUS_OK;
}

static struct candidate pop(struct linkage *linkage)
{
    struct candidate *heap = linkage->heap, best = heap[0], last = heap[--linkage->waiting];
    size_t at = 0, child;
    while ((child = 2 * at + 1) < linkage->waiting) {
        child += child + 1 < linkage->waiting && before(&heap[child + 1], &heap[child]);
        if (!before(&heap[child], &last))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return best;
}

/* ------------------------------------------------------------------ clusters */

static float *mean_of(const struct linkage *linkage, size_t cluster)
{
    return (float *)(uintptr_t)linkage->means.rows + cluster * linkage->means.stride;
}

/* Half of what a cluster's own part adds to D: |mean|^2 + w (inner - |mean|^2). */
static void measure(struct linkage *linkage, size_t cluster)
{
    const float *mean = mean_of(linkage, cluster);
    float squared = kernel_best()->dot(mean, mean, linkage->means.dimension);
    float *half = (float *)(uintptr_t)linkage->means.half;
    float scatter = linkage->inner[cluster] - squared;
    half[cluster] = (squared + SCATTER_WEIGHT * (scatter > 0 ? scatter : 0)) / 2;
}

static float distance_of(const struct linkage *linkage, size_t a, size_t b)
{
    float dot =
        kernel_best()->dot(mean_of(linkage, a), mean_of(linkage, b), linkage->means.dimension);
    return 2 * (linkage->means.half[a] + linkage->means.half[b] - dot);
}

static uint32_t now(const struct linkage *linkage, uint32_t cluster)
{
    while (linkage->into[cluster] != cluster)
        cluster = linkage->into[cluster];
    return cluster;
}

/* Mean and inner of both, in `a`. */
static void add_up(struct linkage *linkage, uint32_t a, uint32_t b)
{
    float *x = mean_of(linkage, a), total = (float)linkage->size[a] + (float)linkage->size[b];
    const float *y = mean_of(linkage, b);
    const float part = (float)linkage->size[b] / total;
    for (size_t i = 0; i < linkage->means.dimension; i++)
        x[i] += (y[i] - x[i]) * part;
    linkage->inner[a] += (linkage->inner[b] - linkage->inner[a]) * part;
    linkage->size[a] += linkage->size[b];
    measure(linkage, a);
}

/* The neighbours of both, as what they are by now, each once. */
static vultus_status join_near(struct linkage *linkage, uint32_t a, uint32_t b, vultus_error *error)
{
    const struct adjacency lists[2] = {linkage->near[a], linkage->near[b]};
    uint32_t count = 0, mark = ++linkage->serial;
    uint32_t *items = mem_array(lists[0].count + lists[1].count, sizeof *items);
    if (!items)
        return status_memory(error, "clusters to join");
    linkage->stamp[a] = mark;
    for (size_t l = 0; l < 2; l++)
        for (size_t k = 0; k < lists[l].count; k++) {
            uint32_t other = now(linkage, lists[l].items[k]);
            if (linkage->stamp[other] == mark)
                continue;
            linkage->stamp[other] = mark;
            items[count++] = other;
        }
    mem_free(lists[0].items);
    mem_free(lists[1].items);
    linkage->near[a] = (struct adjacency){items, count};
    linkage->near[b] = (struct adjacency){0};
    return VULTUS_OK;
}

static vultus_status join(struct linkage *linkage, uint32_t a, uint32_t b, vultus_error *error)
{
    cluster_join(&linkage->problem->parts, linkage->row[a], linkage->row[b]);
    linkage->into[b] = a;
    linkage->version[a]++;
    linkage->version[b]++;
    add_up(linkage, a, b);
    vultus_status status = join_near(linkage, a, b, error);
    for (size_t k = 0; !status && k < linkage->near[a].count; k++) {
        uint32_t other = linkage->near[a].items[k];
        float distance = distance_of(linkage, a, other);
        if (distance <= linkage->problem->limit)
            status = push(linkage, distance, a, other, error);
    }
    return status;
}

static vultus_status join_all(struct linkage *linkage, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    while (linkage->waiting && !status) {
        struct candidate best = pop(linkage);
        if (linkage->version[best.a] != best.version_a ||
            linkage->version[best.b] != best.version_b ||
            !cluster_may_join(&linkage->problem->parts, linkage->row[best.a], linkage->row[best.b]))
            continue;
        status = join(linkage, best.a, best.b, error);
    }
    return status;
}

/* ------------------------------------------------------------------ rounds */

static void close(struct linkage *linkage)
{
    for (size_t i = 0; linkage->near && i < linkage->count; i++)
        mem_free(linkage->near[i].items);
    mem_free(linkage->near);
    mem_free(linkage->row);
    mem_free(linkage->size);
    mem_free(linkage->inner);
    mem_free(linkage->version);
    mem_free(linkage->into);
    mem_free(linkage->stamp);
    mem_free(linkage->heap);
    cluster_points_clear(&linkage->means);
}

static vultus_status open(struct linkage *linkage, size_t count, vultus_error *error)
{
    vultus_status status =
        cluster_points_make(count, linkage->problem->points.dimension, &linkage->means, error);
    linkage->row = mem_array(count, sizeof *linkage->row);
    linkage->size = mem_zalloc(count, sizeof *linkage->size);
    linkage->inner = mem_zalloc(count, sizeof *linkage->inner);
    linkage->version = mem_zalloc(count, sizeof *linkage->version);
    linkage->into = mem_array(count, sizeof *linkage->into);
    linkage->stamp = mem_zalloc(count, sizeof *linkage->stamp);
    linkage->near = mem_zalloc(count, sizeof *linkage->near);
    linkage->count = count;
    if (!status && (!linkage->row || !linkage->size || !linkage->inner || !linkage->version ||
                    !linkage->into || !linkage->stamp || !linkage->near))
        status = status_memory(error, "clusters");
    return status;
}

/* Every part as a cluster. `cluster` of each row: its number. Those of `changed` roots (NULL: all) come
 * first, because they are the ones to compare. */
static size_t number_clusters(struct cluster_problem *problem, const bool *changed,
                              uint32_t *cluster, size_t *queries)
{
    uint32_t count = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t row = 0; row < problem->points.count; row++)
            if (cluster_part_of(&problem->parts, row) == row &&
                (pass == 0) == (!changed || changed[row]))
                cluster[row] = count++;
        if (pass == 0)
            *queries = count;
    }
    for (uint32_t row = 0; row < problem->points.count; row++)
        cluster[row] = cluster[cluster_part_of(&problem->parts, row)];
    return count;
}

static void fill(struct linkage *linkage, const uint32_t *cluster)
{
    const struct cluster_points *points = &linkage->problem->points;
    for (uint32_t row = 0; row < points->count; row++) {
        const uint32_t c = cluster[row];
        const float *from = points->rows + row * points->stride;
        float *mean = mean_of(linkage, c), part = 1.0f / (float)++linkage->size[c];
        for (size_t i = 0; i < points->dimension; i++)
            mean[i] += (from[i] - mean[i]) * part;
        linkage->inner[c] += (2 * points->half[row] - linkage->inner[c]) * part;
        linkage->row[c] = row;
    }
    for (uint32_t c = 0; c < linkage->count; c++) {
        linkage->into[c] = c;
        measure(linkage, c);
    }
}

static vultus_status take_graph(struct linkage *linkage, const struct cluster_graph *graph,
                                vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (uint32_t c = 0; !status && c < linkage->count; c++) {
        const struct cluster_edge *edges = graph->edges + graph->first[c];
        const size_t count = graph->first[c + 1] - graph->first[c];
        linkage->near[c].items = mem_array(count, sizeof(uint32_t));
        if (!linkage->near[c].items)
            return status_memory(error, "clusters to join");
        linkage->near[c].count = (uint32_t)count;
        for (size_t k = 0; k < count && !status; k++) {
            linkage->near[c].items[k] = edges[k].other;
            if (edges[k].other > c)
                status = push(linkage, edges[k].distance, c, edges[k].other, error);
        }
    }
    return status;
}

/* One round; `changed` says, by root, which parts were joined in the round before, and receives that of
 * this one. */
static vultus_status run_round(struct cluster_problem *problem, bool first, bool *changed,
                               bool *any, vultus_error *error)
{
    struct linkage linkage = {.problem = problem};
    struct cluster_graph graph = {0};
    size_t queries = 0;
    uint32_t *cluster = mem_array(problem->points.count, sizeof *cluster);
    if (!cluster)
        return status_memory(error, "clusters");
    size_t count = number_clusters(problem, first ? NULL : changed, cluster, &queries);
    vultus_status status = open(&linkage, count, error);
    if (!status) {
        fill(&linkage, cluster);
        linkage.means.queries = queries;
        status = cluster_neighbours(&linkage.means, problem->limit, &problem->work, &graph, error);
    }
    if (!status)
        status = take_graph(&linkage, &graph, error);
    cluster_graph_clear(&graph);
    if (!status)
        status = join_all(&linkage, error);
    *any = false;
    memset(changed, 0, problem->points.count * sizeof *changed);
    for (uint32_t c = 0; !status && c < count; c++)
        if (linkage.version[c]) {
            changed[cluster_part_of(&problem->parts, linkage.row[c])] = true;
            *any = true;
        }
    close(&linkage);
    mem_free(cluster);
    return status;
}

vultus_status cluster_linkage(struct cluster_problem *problem, vultus_error *error)
{
    bool *changed = mem_zalloc(problem->points.count, sizeof *changed), any = true;
    vultus_status status = changed ? VULTUS_OK : status_memory(error, "clusters");
    for (uint32_t row = 0; !status && problem->settled && row < problem->points.count; row++)
        if (problem->settled[row] == VULTUS_NOBODY)
            changed[cluster_part_of(&problem->parts, row)] = true;
    for (bool first = !problem->settled; !status && any; first = false)
        status = run_round(problem, first, changed, &any, error);
    mem_free(changed);
    return status;
}
