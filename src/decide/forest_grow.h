/* One tree of a random forest. */
#ifndef DECIDE_FOREST_GROW_H
#define DECIDE_FOREST_GROW_H

#include "decide/classifier.h"

#define FOREST_DEPTH_MAX 1000 /* growth and descent are bounded, whatever the rows */

struct forest_node {
    int32_t feature; /* -1: a leaf */
    float threshold; /* feature <= threshold: the next node, else `other` */
    int32_t other;   /* of a leaf: its first share */
    int32_t shares;  /* of a leaf: how many */
};

struct forest_share { /* of a person in a leaf */
    int32_t person;
    float share;
};

struct forest_tree {
    struct forest_node *nodes; /* children behind their parent */
    struct forest_share *shares;
    size_t node_count, share_count, node_capacity, share_capacity;
};

/* Grows a tree on a bootstrap sample. Clear with forest_tree_clear, also after a failure. */
vultus_status forest_grow(const struct classifier_task *task, uint64_t seed,
                          struct forest_tree *out, vultus_error *error) VULTUS_MUST_USE;
void forest_tree_clear(struct forest_tree *tree);

#endif
