/*
 * Grows one tree (Breiman, "Random forests", 2001): rows drawn with replacement, at each node the best split by
 * Gini impurity over a random sqrt(dimension) of the features that are not constant there. All thresholds
 * between two different values are tried; nodes are split until they are pure, or at the asked depth.
 */
#include "decide/forest_grow.h"
#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <string.h>

#define FEW 24 /* up to here insertion is quicker */

struct sorted { /* a row by the feature that is looked at */
    uint32_t key;
    float value;
    uint32_t row;
};

struct grower {
    const struct classifier_task *task;
    struct random random;
    struct forest_tree *tree;
    uint32_t *list;        /* rows of the sample; a node is a run of it */
    double *weight;        /* of each row: drawings x its own */
    double *left, *all;    /* weight of each person; all zero between uses */
    uint32_t *features;    /* all of them, the order changes */
    struct sorted *sorted; /* and as much room behind it */
    vultus_error *error;
};

struct split {
    size_t feature;
    float threshold;
    double value; /* what is to be as large as can be; < 0: none yet */
};

static void *grow_array(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    size_t more = *capacity ? 2 * *capacity : 64;
    void *grown = mem_resize(array, more, size);
    if (grown)
        *capacity = more;
    return grown;
}

static vultus_status add_node(struct grower *grower, size_t *out)
{
    struct forest_tree *tree = grower->tree;
    struct forest_node *nodes =
        grow_array(tree->nodes, tree->node_count, &tree->node_capacity, sizeof *nodes);
    if (!nodes)
        return status_memory(grower->error, "a tree");
    tree->nodes = nodes;
    *out = tree->node_count++;
    nodes[*out] = (struct forest_node){.feature = -1};
    return VULTUS_OK;
}

static vultus_status add_share(struct forest_tree *tree, uint32_t person, double share,
                               vultus_error *error)
{
    struct forest_share *shares =
        grow_array(tree->shares, tree->share_count, &tree->share_capacity, sizeof *shares);
    if (!shares)
        return status_memory(error, "a tree");
    tree->shares = shares;
    shares[tree->share_count++] = (struct forest_share){(int32_t)person, (float)share};
    return VULTUS_OK;
}

static uint32_t person_of(const struct grower *grower, uint32_t row)
{
    return grower->task->data.person[row];
}

/* In the order of the values: the sign bit turned, and all others of what is negative. */
static uint32_t key_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

/* By insertion where there are few, else by the bytes of the keys. */
static void sort(struct sorted *items, struct sorted *other, size_t count)
{
    if (count <= FEW) {
        for (size_t i = 1; i < count; i++) {
            struct sorted item = items[i];
            size_t at = i;
            for (; at && items[at - 1].key > item.key; at--)
                items[at] = items[at - 1];
            items[at] = item;
        }
        return;
    }
    for (int shift = 0; shift < 32; shift += 8) { /* an even number of passes ends in `items` */
        size_t begin[257] = {0};
        for (size_t i = 0; i < count; i++)
            begin[(items[i].key >> shift & 255) + 1]++;
        for (size_t i = 0; i < 256; i++)
            begin[i + 1] += begin[i];
        for (size_t i = 0; i < count; i++)
            other[begin[items[i].key >> shift & 255]++] = items[i];
        struct sorted *swap = items;
        items = other;
        other = swap;
    }
}

/* False when the feature is the same for all rows of the node. */
static bool sort_feature(struct grower *grower, const uint32_t *rows, size_t count, size_t feature)
{
    const struct classifier_rows *data = &grower->task->data;
    bool differs = false;
    for (size_t i = 0; i < count; i++) {
        float value = data->rows[rows[i] * data->dimension + feature];
        grower->sorted[i] = (struct sorted){key_of(value), value, rows[i]};
        differs |= value != grower->sorted[0].value;
    }
    if (differs)
        sort(grower->sorted, grower->sorted + grower->task->data.count, count);
    return differs;
}

/*
 * Moves rows to the left one by one. The impurity falls most where the sum of squared weights of people,
 * divided by the weight of the side, is largest; both sums follow in constant time.
 */
static void try_splits(const struct grower *grower, size_t count, size_t feature, double total,
                       double squares, struct split *best)
{
    const struct sorted *sorted = grower->sorted;
    double left_weight = 0, left_squares = 0, right_squares = squares;
    for (size_t i = 0; i + 1 < count; i++) {
        const uint32_t person = person_of(grower, sorted[i].row);
        const double weight = grower->weight[sorted[i].row], before = grower->left[person];
        left_squares += weight * (2 * before + weight);
        right_squares -= weight * (2 * (grower->all[person] - before) - weight);
        grower->left[person] += weight;
        left_weight += weight;
        if (sorted[i].value == sorted[i + 1].value)
            continue;
        double value =
            left_squares / left_weight + right_squares / fmax(total - left_weight, 1e-300);
        if (value > best->value) {
            float middle = sorted[i].value / 2 + sorted[i + 1].value / 2;
            best->value = value;
            best->feature = feature;
            best->threshold = middle < sorted[i + 1].value ? middle : sorted[i].value;
        }
    }
    for (size_t i = 0; i < count; i++)
        grower->left[person_of(grower, sorted[i].row)] = 0;
}

static void choose_split(struct grower *grower, const uint32_t *rows, size_t count,
                         struct split *best)
{
    const size_t d = grower->task->data.dimension, wanted = (size_t)sqrt((double)d);
    double total = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        grower->all[person_of(grower, rows[i])] += grower->weight[rows[i]];
        total += grower->weight[rows[i]];
    }
    for (size_t i = 0; i < count; i++) { /* each person once: the left side marks who was */
        const uint32_t person = person_of(grower, rows[i]);
        squares += grower->left[person] ? 0 : grower->all[person] * grower->all[person];
        grower->left[person] = 1;
    }
    for (size_t i = 0; i < count; i++)
        grower->left[person_of(grower, rows[i])] = 0;
    for (size_t k = 0, used = 0; k < d && used < wanted; k++) {
        size_t other = k + (size_t)random_below(&grower->random, d - k);
        uint32_t feature = grower->features[other];
        grower->features[other] = grower->features[k];
        grower->features[k] = feature;
        if (!sort_feature(grower, rows, count, feature))
            continue;
        used++;
        try_splits(grower, count, feature, total, squares, best);
    }
    for (size_t i = 0; i < count; i++)
        grower->all[person_of(grower, rows[i])] = 0;
}

static vultus_status make_leaf(struct grower *grower, size_t node, const uint32_t *rows,
                               size_t count)
{
    struct forest_tree *tree = grower->tree;
    double total = 0;
    vultus_status status = VULTUS_OK;
    tree->nodes[node].other = (int32_t)tree->share_count;
    for (size_t i = 0; i < count; i++) {
        grower->all[person_of(grower, rows[i])] += grower->weight[rows[i]];
        total += grower->weight[rows[i]];
    }
    for (size_t i = 0; !status && i < count; i++) {
        const uint32_t person = person_of(grower, rows[i]);
        if (grower->all[person] > 0)
            status = add_share(tree, person, grower->all[person] / total, grower->error);
        grower->all[person] = 0;
    }
    tree->nodes[node].shares = (int32_t)tree->share_count - tree->nodes[node].other;
    return status;
}

static bool pure(const struct grower *grower, const uint32_t *rows, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (person_of(grower, rows[i]) != person_of(grower, rows[0]))
            return false;
    return true;
}

/* Puts the rows of the left side first, and says how many they are. */
static size_t part_rows(const struct grower *grower, uint32_t *rows, size_t count,
                        const struct split *split)
{
    const struct classifier_rows *data = &grower->task->data;
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        if (data->rows[row * data->dimension + split->feature] <= split->threshold) {
            rows[i] = rows[left];
            rows[left++] = row;
        }
    }
    return left;
}

static vultus_status grow_node(struct grower *grower, uint32_t *rows, size_t count, unsigned depth)
{
    const unsigned asked = grower->task->parameters.depth;
    struct split split = {.value = -1};
    size_t node = 0, other = 0;
    vultus_status status = add_node(grower, &node);
    if (status)
        return status;
    if (depth < (asked ? asked : FOREST_DEPTH_MAX) && !pure(grower, rows, count))
        choose_split(grower, rows, count, &split);
    if (split.value < 0)
        return make_leaf(grower, node, rows, count);
    size_t left = part_rows(grower, rows, count, &split);
    status = grow_node(grower, rows, left, depth + 1);
    other = grower->tree->node_count;
    if (!status)
        status = grow_node(grower, rows + left, count - left, depth + 1);
    if (!status)
        grower->tree->nodes[node] = (struct forest_node){.feature = (int32_t)split.feature,
                                                         .threshold = split.threshold,
                                                         .other = (int32_t)other};
    return status;
}

/* As many rows as there are, drawn with replacement. Returns how many different ones. */
static size_t draw(struct grower *grower)
{
    const struct classifier_rows *data = &grower->task->data;
    size_t count = 0;
    for (size_t i = 0; i < data->count; i++)
        grower->weight[random_below(&grower->random, data->count)]++;
    for (size_t i = 0; i < data->count; i++)
        if (grower->weight[i] > 0) {
            grower->weight[i] *= data->weight[i];
            grower->list[count++] = (uint32_t)i;
        }
    return count;
}

vultus_status forest_grow(const struct classifier_task *task, uint64_t seed,
                          struct forest_tree *out, vultus_error *error)
{
    const struct classifier_rows *data = &task->data;
    struct grower grower = {.task = task, .tree = out, .error = error};
    grower.list = mem_array(data->count, sizeof *grower.list);
    grower.weight = mem_zalloc(data->count, sizeof *grower.weight);
    grower.sorted = mem_array(2 * data->count, sizeof *grower.sorted);
    grower.left = mem_zalloc(data->people, sizeof *grower.left);
    grower.all = mem_zalloc(data->people, sizeof *grower.all);
    grower.features = mem_array(data->dimension, sizeof *grower.features);
    vultus_status status = VULTUS_OK;
    if (!grower.list || !grower.weight || !grower.sorted || !grower.left || !grower.all ||
        !grower.features)
        status = status_memory(error, "a tree");
    random_seed(&grower.random, seed);
    for (uint32_t j = 0; !status && j < data->dimension; j++)
        grower.features[j] = j;
    if (!status)
        status = grow_node(&grower, grower.list, draw(&grower), 0);
    mem_free(grower.list);
    mem_free(grower.weight);
    mem_free(grower.sorted);
    mem_free(grower.left);
    mem_free(grower.all);
    mem_free(grower.features);
    return status;
}

void forest_tree_clear(struct forest_tree *tree)
{
    mem_free(tree->nodes);
    mem_free(tree->shares);
    *tree = (struct forest_tree){0};
}
