/*
 * Random forest (Breiman 2001): the mean of the trees' shares. Trees grow on all threads, each with a seed of its
 * own, and are joined in their order.
 */
#include "decide/classifier.h"
#include "base/memory.h"
#include "decide/forest_grow.h"

#include <math.h>
#include <string.h>

struct work {
    const struct classifier_task *task;
    struct forest_tree *trees;
};

static vultus_status grow(void *context, size_t index, unsigned worker, vultus_error *error)
{
    const struct work *work = context;
    const struct classifier_task *task = work->task;
    (void)worker;
    if (task->stop && task->stop(task->context))
        return status_set(error, VULTUS_ERR_CANCELLED, "training was stopped");
    return forest_grow(task, task->seed * UINT64_C(1000003) + index, &work->trees[index], error);
}

/* nodes: feature, other, shares; thresholds and shares are numbers, so they have tensors of their own. */
static vultus_status join(const struct work *work, struct classifier_model *model,
                          vultus_error *error)
{
    const size_t trees = work->task->parameters.trees;
    size_t nodes = 0, shares = 0;
    for (size_t t = 0; t < trees; t++) {
        nodes += work->trees[t].node_count;
        shares += work->trees[t].share_count;
    }
    vultus_status status = classifier_add(model, "roots", true, trees, 1, error);
    if (!status)
        status = classifier_add(model, "nodes", true, nodes, 3, error);
    if (!status)
        status = classifier_add(model, "thresholds", false, nodes, 1, error);
    if (!status)
        status = classifier_add(model, "people", true, shares, 1, error);
    if (!status)
        status = classifier_add(model, "shares", false, shares, 1, error);
    if (status)
        return status;
    int32_t *root = model->tensors[0].data, *node = model->tensors[1].data;
    int32_t *person = model->tensors[3].data, base = 0, share_base = 0;
    float *threshold = model->tensors[2].data, *share = model->tensors[4].data;
    for (size_t t = 0; t < trees; t++) {
        const struct forest_tree *tree = &work->trees[t];
        root[t] = base;
        for (size_t i = 0; i < tree->node_count; i++, node += 3) {
            const struct forest_node *from = &tree->nodes[i];
            node[0] = from->feature;
            node[1] = from->other + (from->feature < 0 ? share_base : base);
            node[2] = from->shares;
            *threshold++ = from->threshold;
        }
        for (size_t i = 0; i < tree->share_count; i++) {
            *person++ = tree->shares[i].person;
            *share++ = tree->shares[i].share;
        }
        base += (int32_t)tree->node_count;
        share_base += (int32_t)tree->share_count;
    }
    return VULTUS_OK;
}

static vultus_status train(const struct classifier_task *task, struct classifier_model *model,
                           vultus_error *error)
{
    struct work work = {task, mem_zalloc(task->parameters.trees, sizeof *work.trees)};
    if (!work.trees)
        return status_memory(error, "training");
    vultus_status status = pool_for(task->pool, task->parameters.trees, grow, &work, error);
    if (!status)
        status = join(&work, model, error);
    for (size_t t = 0; t < task->parameters.trees; t++)
        forest_tree_clear(&work.trees[t]);
    mem_free(work.trees);
    return status;
}

static bool node_sound(const struct classifier_model *model, const int32_t *node, size_t at,
                       size_t nodes, size_t shares)
{
    if (node[0] >= 0)
        return (size_t)node[0] < model->dimension && node[1] > 0 && (size_t)node[1] > at + 1 &&
               (size_t)node[1] < nodes;
    return node[1] >= 0 && node[2] > 0 && (size_t)node[1] + (size_t)node[2] <= shares;
}

static bool check(const struct classifier_model *model)
{
    const struct classifier_tensor *roots = classifier_tensor(model, "roots", true, 0, 1);
    const struct classifier_tensor *nodes = classifier_tensor(model, "nodes", true, 0, 3);
    const struct classifier_tensor *shares = classifier_tensor(model, "shares", false, 0, 1);
    if (!roots || !nodes || !shares || !roots->rows || !nodes->rows || !shares->rows ||
        !classifier_tensor(model, "thresholds", false, nodes->rows, 1) ||
        !classifier_tensor(model, "people", true, shares->rows, 1))
        return false;
    const int32_t *root = roots->data, *node = nodes->data;
    const int32_t *person = classifier_tensor(model, "people", true, 0, 0)->data;
    for (size_t i = 0; i < roots->rows; i++)
        if (root[i] < 0 || (size_t)root[i] >= nodes->rows)
            return false;
    for (size_t i = 0; i < nodes->rows; i++)
        if (!node_sound(model, node + 3 * i, i, nodes->rows, shares->rows))
            return false;
    for (size_t i = 0; i < shares->rows; i++)
        if (person[i] < 0 || (size_t)person[i] >= model->people)
            return false;
    return true;
}

static size_t room(const struct classifier_model *model)
{
    (void)model;
    return 0;
}

static void predict(const struct classifier_model *model, const float *probe, void *memory,
                    double *probability)
{
    const struct classifier_tensor *roots = classifier_tensor(model, "roots", true, 0, 0);
    const int32_t *nodes = classifier_tensor(model, "nodes", true, 0, 0)->data;
    const float *thresholds = classifier_tensor(model, "thresholds", false, 0, 0)->data;
    const int32_t *person = classifier_tensor(model, "people", true, 0, 0)->data;
    const float *share = classifier_tensor(model, "shares", false, 0, 0)->data;
    (void)memory;
    memset(probability, 0, model->people * sizeof *probability);
    for (size_t t = 0; t < roots->rows; t++) {
        int32_t at = ((const int32_t *)roots->data)[t];
        while (nodes[3 * at] >= 0)
            at = probe[nodes[3 * at]] <= thresholds[at] ? at + 1 : nodes[3 * at + 1];
        for (int32_t i = nodes[3 * at + 1]; i < nodes[3 * at + 1] + nodes[3 * at + 2]; i++)
            probability[person[i]] += (double)share[i] / (double)roots->rows;
    }
}

static const struct classifier_layout layout[] = {{"roots", true},       {"nodes", true},
                                                  {"thresholds", false}, {"people", true},
                                                  {"shares", false},     {NULL, false}};

const struct classifier_method classifier_forest = {
    .name = "forest",
    .uses = CLASSIFIER_TREES | CLASSIFIER_DEPTH | CLASSIFIER_BALANCED,
    .layout = layout,
    .train = train,
    .check = check,
    .room = room,
    .predict = predict,
};
