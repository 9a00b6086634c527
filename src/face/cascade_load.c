/*
 * A cascade's weights, as tools/models/cascade_xml.py writes them, to nodes that carry everything that
 * they need. Weights are untrusted: what is used as an index or an offset later is checked here
 * against the window and the tree, once.
 */
#include "base/memory.h"
#include "face/cascade_search.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define STAGE_EPSILON 1e-5f /* OpenCV lowers the thresholds of stages by this */
#define SUBSET_WORDS 8
#define LEAF_MAX 1e6f /* of leaves and thresholds; those published are below 400 */

struct source { /* the tensors */
    const int32_t *window, *stage_trees, *tree_nodes, *node_feature, *node_child, *feature_rect;
    const int32_t *node_subset; /* LBP */
    const float *stage_threshold, *leaf_value;
    const float *node_threshold, *feature_weight; /* Haar */
    const uint8_t *feature_tilted;                /* Haar */
    size_t stages, trees, nodes, features, rects;
};

static vultus_status odd(const char *what, size_t at, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_MODEL, "the cascade's weights are damaged: %s %zu", what,
                      at);
}

/* A tensor of rows x columns (0: no second axis), NULL after a failure. 0 rows: any, received. */
static const void *take(const struct weights *weights, const char *name, enum weights_type type,
                        size_t *rows, size_t columns, vultus_status *status, vultus_error *error)
{
    struct weights_shape shape = {columns ? 2 : 1, {*rows, columns}};
    const void *data = NULL;
    if (*status)
        return NULL;
    *status = weights_tensor(weights, name, type, &shape, &data, error);
    if (!*status)
        *rows = shape.sizes[0];
    return *status ? NULL : data;
}

static vultus_status read_rects(const struct weights *weights, struct source *from,
                                vultus_error *error)
{
    struct weights_shape shape = {3, {0, 0, 4}};
    const void *data = NULL;
    vultus_status status =
        weights_tensor(weights, "feature_rect", WEIGHTS_I32, &shape, &data, error);
    if (status)
        return status;
    from->feature_rect = data;
    from->features = shape.sizes[0];
    from->rects = shape.sizes[1];
    if (from->rects != 1 && from->rects != 3)
        return odd("rectangles of a feature:", from->rects, error);
    return VULTUS_OK;
}

static vultus_status read_sizes(const struct weights *weights, struct source *from,
                                vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    size_t two = 2;
    from->window = take(weights, "window", WEIGHTS_I32, &two, 0, &status, error);
    from->stage_trees = take(weights, "stage_trees", WEIGHTS_I32, &from->stages, 0, &status, error);
    from->tree_nodes = take(weights, "tree_nodes", WEIGHTS_I32, &from->trees, 0, &status, error);
    from->node_feature =
        take(weights, "node_feature", WEIGHTS_I32, &from->nodes, 0, &status, error);
    if (status)
        return status;
    if (!from->stages || from->stages > CASCADE_STAGES_MAX)
        return odd("stages:", from->stages, error);
    if (!from->nodes || from->nodes > CASCADE_NODES_MAX || !from->trees ||
        from->trees > from->nodes || from->stages > from->trees)
        return odd("nodes:", from->nodes, error);
    return read_rects(weights, from, error);
}

static vultus_status read_source(const struct weights *weights, struct source *from,
                                 vultus_error *error)
{
    vultus_status status = read_sizes(weights, from, error);
    size_t leaves = from->nodes + from->trees;
    from->stage_threshold =
        take(weights, "stage_threshold", WEIGHTS_F32, &from->stages, 0, &status, error);
    from->node_child = take(weights, "node_child", WEIGHTS_I32, &from->nodes, 2, &status, error);
    from->leaf_value = take(weights, "leaf_value", WEIGHTS_F32, &leaves, 0, &status, error);
    if (from->rects == 1) {
        from->node_subset =
            take(weights, "node_subset", WEIGHTS_I32, &from->nodes, SUBSET_WORDS, &status, error);
        return status;
    }
    from->node_threshold =
        take(weights, "node_threshold", WEIGHTS_F32, &from->nodes, 0, &status, error);
    from->feature_weight =
        take(weights, "feature_weight", WEIGHTS_F32, &from->features, 3, &status, error);
    from->feature_tilted =
        take(weights, "feature_tilted", WEIGHTS_U8, &from->features, 0, &status, error);
    return status;
}

/* ------------------------------------------------------------------ one node */

static bool in_range(float value)
{
    return fabsf(value) <= LEAF_MAX; /* false for NaN */
}

/* Copies a rectangle that lies in the window, `cells` times as wide and high as it says. */
static bool read_rect(const struct cascade *cascade, const int32_t rect[4], int32_t cells,
                      bool tilted, uint8_t out[4])
{
    int32_t width = (int32_t)cascade->width, height = (int32_t)cascade->height;
    for (int i = 0; i < 4; i++) {
        if (rect[i] < 0 || rect[i] > CASCADE_SIDE_MAX)
            return false;
        out[i] = (uint8_t)rect[i];
    }
    int32_t x = rect[0], y = rect[1], w = cells * rect[2], h = cells * rect[3];
    if (!w || !h)
        return false;
    return tilted ? x - h >= 0 && x + w <= width && y + w + h <= height
                  : x + w <= width && y + h <= height;
}

static bool read_haar(const struct source *from, size_t at, size_t feature, struct cascade *cascade)
{
    struct cascade_node *node = &cascade->nodes[at];
    struct cascade_feature *to = &cascade->features[at];
    const float *weights = from->feature_weight + 3 * feature;
    to->tilted = from->feature_tilted[feature] != 0;
    cascade->tilted = cascade->tilted || to->tilted;
    node->threshold = from->node_threshold[at];
    if (!in_range(node->threshold))
        return false;
    for (size_t i = 0; i < 3; i++) {
        node->weight[i] = weights[i];
        if (!in_range(weights[i]))
            return false;
        if (i < 2 || weights[i] != 0)
            if (!read_rect(cascade, from->feature_rect + 12 * feature + 4 * i, 1, to->tilted,
                           to->rects[i]))
                return false;
    }
    return true;
}

static bool read_lbp(const struct source *from, size_t at, size_t feature, struct cascade *cascade)
{
    memcpy(cascade->nodes[at].subset, from->node_subset + SUBSET_WORDS * at,
           SUBSET_WORDS * sizeof(uint32_t));
    return read_rect(cascade, from->feature_rect + 4 * feature, 3, false,
                     cascade->features[at].rects[0]);
}

/* Reads node `at`, the `index`-th of a tree of `count` nodes with these leaves. */
static bool read_node(const struct source *from, size_t at, int32_t index, int32_t count,
                      const float *leaves, struct cascade *cascade)
{
    struct cascade_node *node = &cascade->nodes[at];
    int32_t feature = from->node_feature[at];
    for (size_t side = 0; side < 2; side++) {
        int32_t child = from->node_child[2 * at + side];
        if (child > 0) {
            if (child <= index || child >= count)
                return false; /* a way back has no end */
            node->child[side] = (int16_t)child;
        } else {
            if (child < -count || !in_range(leaves[-child]))
                return false;
            node->leaf[side] = leaves[-child];
        }
    }
    if (feature < 0 || (size_t)feature >= from->features)
        return false;
    return cascade->lbp ? read_lbp(from, at, (size_t)feature, cascade)
                        : read_haar(from, at, (size_t)feature, cascade);
}

/* ------------------------------------------------------------------ stages */

/*
 * Puts the nodes of three rectangles last, so that processors foresee which are. Sums of leaves do not
 * change: doubles hold so many floats without rounding.
 */
static vultus_status order_stumps(struct cascade *cascade, const struct cascade_stage *stage,
                                  vultus_error *error)
{
    size_t count = stage->end - stage->first, to = stage->first;
    for (size_t i = stage->first; i < stage->end; i++)
        if (cascade->nodes[i].nodes != 1)
            return VULTUS_OK;
    struct cascade_node *nodes =
        mem_copy(cascade->nodes + stage->first, count * sizeof *cascade->nodes);
    struct cascade_feature *features =
        mem_copy(cascade->features + stage->first, count * sizeof *cascade->features);
    for (int pass = 0; pass < 2 && nodes && features; pass++)
        for (size_t i = 0; i < count; i++)
            if ((nodes[i].weight[2] != 0) == pass) {
                cascade->nodes[to] = nodes[i];
                cascade->features[to++] = features[i];
            }
    vultus_status status = nodes && features ? VULTUS_OK : status_memory(error, "a cascade");
    mem_free(nodes);
    mem_free(features);
    return status;
}

struct cursor { /* what the stages before have used up */
    size_t tree, node;
};

static vultus_status read_stage(const struct source *from, size_t index, struct cursor *cursor,
                                struct cascade *cascade, vultus_error *error)
{
    struct cascade_stage *stage = &cascade->stages[index];
    int32_t trees = from->stage_trees[index];
    double most = 0; /* the greatest sum of leaves without their signs */
    if (trees < 1 || (size_t)trees > from->trees - cursor->tree ||
        !in_range(from->stage_threshold[index]))
        return odd("stage", index, error);
    stage->first = (uint32_t)cursor->node;
    stage->threshold = from->stage_threshold[index] - STAGE_EPSILON;
    for (int32_t t = 0; t < trees; t++, cursor->tree++) {
        int32_t count = from->tree_nodes[cursor->tree];
        if (count < 1 || count > CASCADE_TREE_MAX || (size_t)count > from->nodes - cursor->node)
            return odd("tree", cursor->tree, error);
        /* trees before this one have as many leaves as nodes and one more each */
        const float *leaves = from->leaf_value + cursor->node + cursor->tree;
        float greatest = 0;
        for (int32_t i = 0; i < count; i++)
            if (!read_node(from, cursor->node + (size_t)i, i, count, leaves, cascade))
                return odd("node", cursor->node + (size_t)i, error);
        for (int32_t i = 0; i <= count; i++)
            greatest = fmaxf(greatest, fabsf(leaves[i]));
        cascade->nodes[cursor->node].nodes = (uint16_t)count;
        cursor->node += (size_t)count;
        most += (double)greatest;
    }
    stage->end = (uint32_t)cursor->node;
    /* each addition of floats errs by half of an epsilon of the sum; so does taking the threshold */
    most += fabs((double)stage->threshold);
    stage->doubt = (float)(most * ((double)trees + 2) * (double)FLT_EPSILON);
    return order_stumps(cascade, stage, error);
}

static vultus_status read_stages(const struct source *from, struct cascade *cascade,
                                 vultus_error *error)
{
    struct cursor cursor = {0};
    vultus_status status = VULTUS_OK;
    for (int i = 0; i < 2; i++)
        if (from->window[i] < 3 || from->window[i] > CASCADE_SIDE_MAX)
            return odd("a side of the window:", (size_t)from->window[i], error);
    cascade->width = (uint32_t)from->window[0];
    cascade->height = (uint32_t)from->window[1];
    for (size_t i = 0; !status && i < from->stages; i++)
        status = read_stage(from, i, &cursor, cascade, error);
    if (!status && (cursor.tree != from->trees || cursor.node != from->nodes))
        status = odd("trees without a stage after", cursor.tree, error);
    return status;
}

vultus_status cascade_load(const struct weights *weights, struct cascade *out, vultus_error *error)
{
    struct source from = {0};
    struct cascade cascade = {0};
    vultus_status status = read_source(weights, &from, error);
    if (status)
        return status;
    cascade.lbp = from.rects == 1;
    cascade.stage_count = from.stages;
    cascade.node_count = from.nodes;
    cascade.stages = mem_zalloc(from.stages, sizeof *cascade.stages);
    cascade.nodes = mem_zalloc(from.nodes, sizeof *cascade.nodes);
    cascade.features = mem_zalloc(from.nodes, sizeof *cascade.features);
    if (!cascade.stages || !cascade.nodes || !cascade.features)
        status = status_memory(error, "a cascade");
    if (!status)
        status = read_stages(&from, &cascade, error);
    if (status)
        cascade_clear(&cascade);
    else
        *out = cascade;
    return status;
}

void cascade_clear(struct cascade *cascade)
{
    mem_free(cascade->stages);
    mem_free(cascade->nodes);
    mem_free(cascade->features);
    *cascade = (struct cascade){0};
}
