/*
 * Chinese whispers (Biemann 2006), as dlib has it for faces: every face begins with a label of its own, and
 * takes, in random order, the label that the most of its neighbours have, until nothing changes. What is
 * one person already moves together, as one node; a label is refused where somebody has it who cannot be
 * the same person, and whoever is known keeps their own. Ties go to the smaller label, so that a seed says everything.
 */
#include "base/memory.h"
#include "base/random.h"
#include "decide/cluster_problem.h"

#include <string.h>

#define SWEEPS_MAX 100 /* dlib's default; it settles in fewer than ten */

struct whispers {
    struct cluster_problem *problem;
    struct cluster_graph graph;
    uint32_t *label;   /* of each root: a root */
    float *weight;     /* of each label, while one node listens */
    uint32_t *heard;   /* labels with a weight; at the end, of each label, a node that has it */
    uint32_t *refused; /* of each label: the last turn in which it was refused */
    uint32_t turn;
    uint32_t *order;       /* the roots */
    size_t *picture_first; /* rows by picture */
    uint32_t *picture_rows;
    size_t nodes;
};

static vultus_status list_pictures(struct whispers *whispers, vultus_error *error)
{
    const struct cluster_parts *parts = &whispers->problem->parts;
    size_t *first = mem_zalloc(parts->count + 2, sizeof *first);
    uint32_t *rows = mem_array(parts->count, sizeof *rows);
    whispers->picture_first = first;
    whispers->picture_rows = rows;
    if (!first || !rows)
        return status_memory(error, "pictures");
    for (size_t row = 0; row < parts->count; row++)
        first[parts->picture[row] + 2]++;
    for (size_t i = 0; i < parts->count; i++)
        first[i + 1] += first[i];
    for (uint32_t row = 0; row < parts->count; row++)
        rows[first[parts->picture[row] + 1]++] = row;
    return VULTUS_OK;
}

static void refuse(struct whispers *whispers, uint32_t node)
{
    struct cluster_parts *parts = &whispers->problem->parts;
    uint32_t row = node;
    do {
        size_t picture = parts->picture[row];
        for (size_t k = whispers->picture_first[picture]; k < whispers->picture_first[picture + 1];
             k++) {
            uint32_t other = cluster_part_of(parts, whispers->picture_rows[k]);
            if (other != node)
                whispers->refused[whispers->label[other]] = whispers->turn;
        }
        for (size_t k = parts->first[row]; k < parts->first[row + 1]; k++)
            whispers->refused[whispers->label[cluster_part_of(parts, parts->never[k])]] =
                whispers->turn;
    } while ((row = parts->next[row]) != node);
}

/* From 1 for the same vector to 1/2 for one that is just near enough. */
static float weight_of(const struct whispers *whispers, float distance)
{
    return 1 - distance / (2 * whispers->problem->limit);
}

/* True when the node takes another label. */
static bool listen(struct whispers *whispers, uint32_t node)
{
    struct cluster_parts *parts = &whispers->problem->parts;
    size_t heard = 0;
    uint32_t row = node, best = whispers->label[node];
    do {
        for (size_t k = whispers->graph.first[row]; k < whispers->graph.first[row + 1]; k++) {
            const struct cluster_edge *edge = &whispers->graph.edges[k];
            uint32_t other = cluster_part_of(parts, edge->other);
            uint32_t label = whispers->label[other];
            if (other == node)
                continue;
            if (!whispers->weight[label])
                whispers->heard[heard++] = label;
            whispers->weight[label] += weight_of(whispers, edge->distance);
        }
    } while ((row = parts->next[row]) != node);
    if (!heard)
        return false;
    whispers->turn++;
    refuse(whispers, node);
    float most = 0;
    for (size_t i = 0; i < heard; i++) {
        uint32_t label = whispers->heard[i];
        float weight = whispers->weight[label];
        whispers->weight[label] = 0;
        if (whispers->refused[label] == whispers->turn)
            continue;
        if (weight > most || (weight == most && label < best)) {
            most = weight;
            best = label;
        }
    }
    bool changed = best != whispers->label[node];
    whispers->label[node] = best;
    return changed;
}

static vultus_status open(struct whispers *whispers, vultus_error *error)
{
    struct cluster_problem *problem = whispers->problem;
    const size_t count = problem->points.count;
    whispers->label = mem_array(count, sizeof *whispers->label);
    whispers->weight = mem_zalloc(count, sizeof *whispers->weight);
    whispers->heard = mem_array(count, sizeof *whispers->heard);
    whispers->refused = mem_zalloc(count, sizeof *whispers->refused);
    whispers->order = mem_array(count, sizeof *whispers->order);
    if (!whispers->label || !whispers->weight || !whispers->heard || !whispers->refused ||
        !whispers->order)
        return status_memory(error, "clusters");
    for (uint32_t row = 0; row < count; row++) {
        whispers->label[row] = row;
        if (cluster_part_of(&problem->parts, row) == row)
            whispers->order[whispers->nodes++] = row;
    }
    vultus_status status = list_pictures(whispers, error);
    return status ? status
                  : cluster_neighbours(&problem->points, problem->limit, &problem->work,
                                       &whispers->graph, error);
}

static void close(struct whispers *whispers)
{
    cluster_graph_clear(&whispers->graph);
    mem_free(whispers->label);
    mem_free(whispers->weight);
    mem_free(whispers->heard);
    mem_free(whispers->refused);
    mem_free(whispers->order);
    mem_free(whispers->picture_first);
    mem_free(whispers->picture_rows);
}

/* Only at the end: while labels are roots, roots must not change. */
static void join_labels(struct whispers *whispers)
{
    uint32_t *first = whispers->heard;
    for (size_t i = 0; i < whispers->nodes; i++)
        first[whispers->label[whispers->order[i]]] = whispers->order[i];
    for (size_t i = 0; i < whispers->nodes; i++)
        cluster_join(&whispers->problem->parts, whispers->order[i],
                     first[whispers->label[whispers->order[i]]]);
}

vultus_status cluster_whispers(struct cluster_problem *problem, vultus_error *error)
{
    struct whispers whispers = {.problem = problem};
    struct random random;
    bool changed = true;
    vultus_status status = open(&whispers, error);
    random_seed(&random, problem->seed);
    for (size_t sweep = 0; !status && changed && sweep < SWEEPS_MAX; sweep++) {
        changed = false;
        random_shuffle(&random, whispers.order, whispers.nodes);
        for (size_t i = 0; i < whispers.nodes; i++)
            if (problem->parts.person[whispers.order[i]] == VULTUS_NOBODY)
                changed |= listen(&whispers, whispers.order[i]);
    }
    if (!status)
        join_labels(&whispers);
    close(&whispers);
    return status;
}
