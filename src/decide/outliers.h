/*
 * How the faces of people lie among each other: how near each face is to the rest of its person, who else
 * it is nearest to, and which people are alike.
 */
#ifndef DECIDE_OUTLIERS_H
#define DECIDE_OUTLIERS_H

#include "base/pool.h"

#define OUTLIERS_PAIRS_MAX ((size_t)1 << 20) /* pairs of people who are alike */

struct outliers_faces {
    const float *rows;      /* count x dimension */
    const uint32_t *person; /* of each row: below `people` */
    const float *weight;    /* of each row, over 0: how much it counts in the mean of its person */
    size_t count, dimension, people;
    bool distances; /* nearness is minus the Euclidean distance; else the cosine */
};

struct outliers_face {
    float own; /* nearness to the mean of the other faces of its person; NaN: it is the only one */
    float other;  /* to the mean of the nearest other person; NaN: there is nobody else */
    uint32_t who; /* that person */
};

struct outliers_pair { /* people whose means are near each other; a < b */
    uint32_t a, b;
    float nearness;
};

struct outliers {
    struct outliers_face *faces; /* one for each row */
    struct outliers_pair *pairs; /* the nearest first */
    size_t pair_count;
};

struct outliers_call {
    struct outliers_faces faces;
    float alike;       /* nearness of two people that are listed */
    struct pool *pool; /* may be NULL */
    /* Called now and then, on the calling thread; false stops. May be NULL. */
    bool (*progress)(void *context, size_t done, size_t total);
    void *context;
};

/* MEMORY; CANCELLED; LIMIT: more than OUTLIERS_PAIRS_MAX pairs. Clear with outliers_clear. */
vultus_status outliers_find(const struct outliers_call *call, struct outliers *out,
                            vultus_error *error) VULTUS_MUST_USE;
void outliers_clear(struct outliers *outliers);

#endif
