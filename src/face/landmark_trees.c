/*
 * Shapes by a cascade of ensembles of regression trees (V. Kazemi, J. Sullivan: One Millisecond Face
 * Alignment with an Ensemble of Regression Trees, CVPR 2014), of 5 or 68 points. Each stage compares
 * pixels at places that follow the shape found so far and adds the leaves that its trees end in. The
 * trees are read where they are mapped; they are untrusted, so every index in them is checked when
 * they are opened. Sums are taken as dlib takes them, to the last bit: a place that is off by a
 * millionth of a pixel may be rounded to its neighbour, after which shapes differ by several pixels.
 */
#include "base/memory.h"
#include "face/align.h"
#include "face/landmark.h"
#include "kernel/trees.h"

#include <math.h>
#include <string.h>

#define STAGES_MAX 64

struct trees {
    const struct trees_table *kernels;
    size_t points, stages;
    vultus_point mean[VULTUS_SHAPE_MAX];
    struct trees_stage stage[STAGES_MAX];
};

static vultus_status odd(const char *id, const char *what, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_MODEL, "landmarks %s: %s", id, what);
}

/* The tensors as one stage whose pointers are those of the first; sizes are within their limits. */
static vultus_status read_tensors(const struct weights *weights, struct trees *trees,
                                  const vultus_point **mean, struct trees_stage *all,
                                  const char *id, vultus_error *error)
{
    const void *data[5];
    struct weights_shape shape = {2, {0, 2}};
    vultus_status status = weights_tensor(weights, "mean", WEIGHTS_F32, &shape, &data[0], error);
    if (status)
        return status;
    trees->points = shape.sizes[0];
    if (trees->points != 5 && trees->points != 68)
        return odd(id, "a shape of trees has 5 or 68 points", error);
    all->floats = 2 * trees->points;
    shape = (struct weights_shape){4, {0, 0, 0, all->floats}};
    status = weights_tensor(weights, "leaves", WEIGHTS_F32, &shape, &data[1], error);
    if (status)
        return status;
    trees->stages = shape.sizes[0];
    all->trees = shape.sizes[1];
    while (all->depth < TREES_DEPTH_MAX && (size_t)1 << all->depth < shape.sizes[2])
        all->depth++;
    if (!trees->stages || trees->stages > STAGES_MAX || !all->trees || all->trees > TREES_MAX ||
        !all->depth || (size_t)1 << all->depth != shape.sizes[2])
        return odd(id, "its trees are too many, none, or not full", error);
    shape = (struct weights_shape){3, {trees->stages, all->trees, shape.sizes[2] - 1}};
    status = weights_tensor(weights, "splits", WEIGHTS_I32, &shape, &data[2], error);
    shape = (struct weights_shape){3, {trees->stages, 2, 0}};
    if (!status)
        status = weights_tensor(weights, "deltas", WEIGHTS_F32, &shape, &data[3], error);
    all->pixels = shape.sizes[2];
    shape = (struct weights_shape){2, {trees->stages, all->pixels}};
    if (!status)
        status = weights_tensor(weights, "anchors", WEIGHTS_U8, &shape, &data[4], error);
    if (status)
        return status;
    if (!all->pixels || all->pixels > TREES_PIXELS_MAX)
        return odd(id, "its trees compare too many pixels, or none", error);
    *mean = data[0];
    all->leaves = data[1];
    all->splits = data[2];
    all->deltas = data[3];
    all->anchors = data[4];
    return VULTUS_OK;
}

/* No index leads out of its table, and the mean shape can be turned. Deltas and leaves may be any
 * floats: what they lead to is checked where it is used. */
static vultus_status check(const struct trees *trees, const char *id, vultus_error *error)
{
    struct similarity turn;
    bool good = true;
    if (!align_fit(trees->mean, trees->mean, trees->points, &turn))
        return odd(id, "its mean shape is no shape", error);
    for (size_t s = 0; good && s < trees->stages; s++) {
        const struct trees_stage *stage = &trees->stage[s];
        size_t splits = stage->trees * (((size_t)1 << stage->depth) - 1);
        for (size_t i = 0; i < splits; i++)
            good &= TREES_FIRST(stage->splits[i]) < stage->pixels &&
                    TREES_SECOND(stage->splits[i]) < stage->pixels;
        for (size_t i = 0; i < stage->pixels; i++)
            good &= stage->anchors[i] < trees->points;
    }
    return good ? VULTUS_OK : odd(id, "an index in its trees leads out of its table", error);
}

static vultus_status trees_open(const struct contract_model *contract,
                                const struct model_part *parts, void **out, size_t *count,
                                vultus_error *error)
{
    struct trees_stage all = {0};
    const vultus_point *mean = NULL;
    if (!parts[0].weights)
        return odd(contract->id, "trees are a file of weights, no network", error);
    struct trees *trees = mem_zalloc(1, sizeof *trees);
    if (!trees)
        return status_memory(error, "regression trees");
    trees->kernels = trees_best();
    vultus_status status = read_tensors(parts[0].weights, trees, &mean, &all, contract->id, error);
    if (!status) {
        size_t leaves = (size_t)1 << all.depth;
        memcpy(trees->mean, mean, trees->points * sizeof *mean);
        for (size_t s = 0; s < trees->stages; s++) {
            trees->stage[s] = all;
            trees->stage[s].splits += s * all.trees * (leaves - 1);
            trees->stage[s].leaves += s * all.trees * leaves * all.floats;
            trees->stage[s].anchors += s * all.pixels;
            trees->stage[s].deltas += s * 2 * all.pixels;
        }
        status = check(trees, contract->id, error);
    }
    if (status) {
        mem_free(trees);
        return status;
    }
    *out = trees;
    *count = trees->points;
    return VULTUS_OK;
}

/* The brightness of the pixels that a stage compares; black outside of the picture. */
static void look(const struct mip *picture, const struct trees *trees,
                 const struct trees_stage *stage, const struct trees_view *view, const float *shape,
                 uint8_t *pixels)
{
    int32_t columns[TREES_PIXELS_MAX], rows[TREES_PIXELS_MAX];
    trees->kernels->places(stage, view, shape, columns, rows);
    for (size_t i = 0; i < stage->pixels; i++) {
        pixels[i] = 0;
        if (columns[i] < 0)
            continue;
        const uint8_t *rgb =
            picture->pixels + (size_t)rows[i] * picture->stride + 3 * (size_t)columns[i];
        pixels[i] = (uint8_t)((rgb[0] + rgb[1] + rgb[2]) / 3);
    }
}

static vultus_status trees_find(const void *finder, struct landmark_call *call, vultus_error *error)
{
    const struct trees *trees = finder;
    const struct mip *picture = &call->mips->levels[0];
    /* dlib's rectangles end at their last pixel: from 0 to 1 is one pixel less than the width. */
    struct trees_view view = {.left = (double)call->box.x,
                              .top = (double)call->box.y,
                              .width = (double)call->box.width - 1,
                              .height = (double)call->box.height - 1,
                              .right_edge = picture->width,
                              .bottom_edge = picture->height};
    vultus_point shape[VULTUS_SHAPE_MAX];
    uint8_t pixels[TREES_PIXELS_MAX];
    bool good = true;
    memcpy(shape, trees->mean, sizeof shape);
    for (size_t s = 0; good && s < trees->stages; s++) {
        struct similarity turn = {0};
        good = align_fit(trees->mean, shape, trees->points, &turn);
        view.a = turn.a;
        view.b = turn.b;
        look(picture, trees, &trees->stage[s], &view, &shape[0].x, pixels);
        trees->kernels->add(&trees->stage[s], pixels, &shape[0].x);
    }
    for (size_t i = 0; i < trees->points; i++) {
        call->shape[i].x = (float)(view.left + (double)shape[i].x * view.width);
        call->shape[i].y = (float)(view.top + (double)shape[i].y * view.height);
        good &= isfinite(call->shape[i].x) && isfinite(call->shape[i].y);
    }
    call->network_ns = 0;
    return good ? VULTUS_OK
                : status_set(error, VULTUS_ERR_MODEL,
                             "regression trees gave points that are no numbers");
}

static const char *const roles[] = {"trees", NULL};

const struct landmark_method landmark_trees = {.name = "trees",
                                               .roles = roles,
                                               .weights = true,
                                               .open = trees_open,
                                               .find = trees_find,
                                               .close = mem_free};
