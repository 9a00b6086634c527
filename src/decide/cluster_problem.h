/*
 * Grouping embeddings into people: what the methods share. Everything is compared by the squared Euclidean
 * distance, which ranks unit vectors as their cosine does: |a - b|^2 = 2 - 2ab. Knows rows and numbers, not
 * pictures' files, names or galleries.
 */
#ifndef DECIDE_CLUSTER_PROBLEM_H
#define DECIDE_CLUSTER_PROBLEM_H

#include "base/pool.h"
#include "base/status.h"
#include "decide/calibration.h"

/* ------------------------------------------------------------------ neighbours */

#define CLUSTER_NEIGHBOURS_MAX 128 /* kept of one row, the nearest: what bounds memory */

struct cluster_points { /* rows to compare */
    const float
        *rows; /* count x stride, aligned; the rows behind the last, to a group of 16, are zero */
    const float *half; /* of each row: half of what its own part adds to the distance */
    size_t count, dimension, stride;
    size_t queries; /* so many of the first are compared with all, the rest only with those */
};

struct cluster_edge {
    uint32_t other;
    float distance; /* half[a] + half[b] - a.b, doubled: the squared distance of two faces */
};

struct cluster_graph {          /* undirected: each edge stands at both of its ends */
    size_t *first;              /* count + 1: where the edges of a row begin */
    struct cluster_edge *edges; /* of a row: by the number of the other */
    uint32_t
        *within; /* of each row: how many others are near enough, also those that were not kept */
};

struct cluster_work { /* how the work is done */
    struct pool *pool;
    bool (*progress)(void *context, size_t done, size_t total);
    void *context;
};

/* Points without a row yet, all zero; free with cluster_points_clear, which overwrites them. */
vultus_status cluster_points_make(size_t count, size_t dimension, struct cluster_points *out,
                                  vultus_error *error) VULTUS_MUST_USE;
void cluster_points_clear(struct cluster_points *points);

/* All pairs with at most this distance, exactly; of a row with more than CLUSTER_NEIGHBOURS_MAX the nearest,
 * and those whose nearest it is. The same on any number of threads. */
vultus_status cluster_neighbours(const struct cluster_points *points, float limit,
                                 const struct cluster_work *work, struct cluster_graph *out,
                                 vultus_error *error) VULTUS_MUST_USE;
void cluster_graph_clear(struct cluster_graph *graph);

/* ------------------------------------------------------------------ who may be one person */

struct cluster_parts { /* rows, joined step by step, never against what is known */
    uint32_t *parent;  /* disjoint sets, by size */
    uint32_t *next;    /* a ring through the rows of a part */
    uint32_t *size;    /* at the root */
    uint32_t *person;  /* at the root; VULTUS_NOBODY: not known */
    uint32_t *picture; /* of each row, below `count` */
    uint32_t *stamp;   /* of each picture */
    uint32_t serial;
    size_t *first; /* count + 1: where the rows that a row is never one with begin in `never` */
    uint32_t *never;
    size_t count;
};

struct cluster_known {
    const uint32_t *picture;        /* of each row, any numbers; NULL: each from its own */
    const uint32_t *start, *person; /* may be NULL */
    const vultus_cluster_link *links;
    size_t link_count;
};

/* Parts in which start and links with `same` are joined. ARGUMENT: what is known contradicts itself. */
vultus_status cluster_parts_open(size_t count, const struct cluster_known *known,
                                 struct cluster_parts *out, vultus_error *error) VULTUS_MUST_USE;
void cluster_parts_close(struct cluster_parts *parts);
uint32_t cluster_part_of(struct cluster_parts *parts, uint32_t row); /* its root */
bool cluster_may_join(struct cluster_parts *parts, uint32_t a, uint32_t b);
/* Joins two parts that may be; returns the root. */
uint32_t cluster_join(struct cluster_parts *parts, uint32_t a, uint32_t b);
/* Numbers parts by their first rows; returns how many there are. */
size_t cluster_number(struct cluster_parts *parts, uint32_t *labels);

/* ------------------------------------------------------------------ methods */

struct cluster_problem {
    struct cluster_points points;
    struct cluster_parts parts;
    struct cluster_work work;
    float limit; /* squared distance of two faces that are near enough */
    const uint32_t *
        settled; /* of each row: a start, or VULTUS_NOBODY, from where linkage looks; NULL: from all */
    unsigned min_points;
    uint64_t seed;
};

struct cluster_method {
    const char *name, *summary;
    double
        share; /* false links that a face may be offered, in the mean: its false accept rate is this over
                     the number of faces */
    /* Joins parts. */
    vultus_status (*run)(struct cluster_problem *problem, vultus_error *error);
};

vultus_status cluster_linkage(struct cluster_problem *problem, vultus_error *error) VULTUS_MUST_USE;
vultus_status cluster_whispers(struct cluster_problem *problem,
                               vultus_error *error) VULTUS_MUST_USE;
vultus_status cluster_density(struct cluster_problem *problem, vultus_error *error) VULTUS_MUST_USE;

/* The default first; ends in a NULL name. */
extern const struct cluster_method cluster_methods[];

/* `calibration` stands for that of the options, which is the engine's; NULL: none fits. */
vultus_status cluster_run(const vultus_labelled *faces, const vultus_cluster_options *options,
                          const struct calibration *calibration, uint32_t *labels,
                          vultus_clustering *out, vultus_error *error) VULTUS_MUST_USE;
vultus_status cluster_evaluate(const uint32_t *labels, const uint32_t *person, size_t count,
                               vultus_cluster_report *out, vultus_error *error) VULTUS_MUST_USE;

/* The threshold of two faces with a false accept rate: by a calibration, whose unit is that of the metric
 * (calibration_by_distance), or from the embedder's own for two faces. */
float cluster_calibrated_threshold(const struct calibration *calibration, vultus_metric metric,
                                   bool raw, double far);
float cluster_assumed_threshold(vultus_metric metric, bool raw, float own, double far);

#endif
