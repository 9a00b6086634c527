/*
 * DBSCAN (Ester, Kriegel, Sander and Xu 1996): faces with enough neighbours are cores, cores that are
 * neighbours are one person, and a face beside a core belongs to it; of several the one that was found
 * first, as in the paper. What is left is alone. Joins go from the nearest to the farthest, which matters
 * only where two faces may not be one person: then the nearer ones have the say.
 */
#include "base/memory.h"
#include "decide/cluster_problem.h"

#include <stdlib.h>

struct link {
    float distance;
    uint32_t a, b;
};

static int nearer(const void *x, const void *y)
{
    const struct link *a = x, *b = y;
    if (a->distance != b->distance)
        return a->distance < b->distance ? -1 : 1;
    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    return a->b < b->b ? -1 : a->b > b->b;
}

static void try_join(struct cluster_problem *problem, uint32_t a, uint32_t b)
{
    if (cluster_may_join(&problem->parts, a, b))
        cluster_join(&problem->parts, a, b);
}

static bool is_core(const struct cluster_problem *problem, const struct cluster_graph *graph,
                    uint32_t row)
{
    return graph->within[row] + 1 >= problem->min_points;
}

static vultus_status join_cores(struct cluster_problem *problem, const struct cluster_graph *graph,
                                vultus_error *error)
{
    const size_t rows = problem->points.count;
    size_t count = 0;
    struct link *links = mem_array(graph->first[rows] / 2, sizeof *links);
    if (!links)
        return status_memory(error, "links between faces");
    for (uint32_t row = 0; row < rows; row++)
        for (size_t k = graph->first[row]; k < graph->first[row + 1]; k++)
            if (graph->edges[k].other > row && is_core(problem, graph, row) &&
                is_core(problem, graph, graph->edges[k].other))
                links[count++] =
                    (struct link){graph->edges[k].distance, row, graph->edges[k].other};
    qsort(links, count, sizeof *links, nearer);
    for (size_t i = 0; i < count; i++)
        try_join(problem, links[i].a, links[i].b);
    mem_free(links);
    return VULTUS_OK;
}

/* `found`: of each core, and of each root of a part with one, the first core of its part. Whoever is in such
 * a part already, for instance by a link, does not move. */
static void join_borders(struct cluster_problem *problem, const struct cluster_graph *graph,
                         uint32_t *found)
{
    const uint32_t rows = (uint32_t)problem->points.count;
    for (uint32_t row = 0; row < rows; row++)
        found[row] = UINT32_MAX;
    for (uint32_t row = rows; row-- > 0;)
        if (is_core(problem, graph, row))
            found[cluster_part_of(&problem->parts, row)] = row;
    for (uint32_t row = 0; row < rows; row++)
        if (is_core(problem, graph, row))
            found[row] = found[cluster_part_of(&problem->parts, row)];
    for (uint32_t row = 0; row < rows; row++) {
        uint32_t best = UINT32_MAX;
        if (found[cluster_part_of(&problem->parts, row)] != UINT32_MAX)
            continue;
        for (size_t k = graph->first[row]; k < graph->first[row + 1]; k++) {
            uint32_t other = graph->edges[k].other;
            if (is_core(problem, graph, other) && found[other] < best &&
                cluster_may_join(&problem->parts, row, found[other]))
                best = found[other];
        }
        if (best != UINT32_MAX)
            found[cluster_join(&problem->parts, row, best)] = best;
    }
}

vultus_status cluster_density(struct cluster_problem *problem, vultus_error *error)
{
    struct cluster_graph graph = {0};
    uint32_t *found = mem_array(problem->points.count, sizeof *found);
    vultus_status status =
        found ? cluster_neighbours(&problem->points, problem->limit, &problem->work, &graph, error)
              : status_memory(error, "clusters");
    if (!status)
        status = join_cores(problem, &graph, error);
    if (!status)
        join_borders(problem, &graph, found);
    cluster_graph_clear(&graph);
    mem_free(found);
    return status;
}
