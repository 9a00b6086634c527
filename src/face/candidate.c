/*
 * Greedy non-maximum suppression: boxes are sorted by score, and each is compared with the better
 * ones that were kept. That is quadratic in what is kept (hundreds), not in what is found (thousands).
 */
#include "face/candidate.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

vultus_status candidates_add(struct candidates *list, const struct candidate *item,
                             vultus_error *error)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 64;
        struct candidate *items = mem_resize(list->items, capacity, sizeof *items);
        if (!items)
            return status_memory(error, "candidates");
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = *item;
    return VULTUS_OK;
}

vultus_status candidates_join(struct candidates *list, const struct candidates *more,
                              vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < more->count; i++)
        status = candidates_add(list, &more->items[i], error);
    return status;
}

void candidates_clear(struct candidates *list)
{
    mem_free(list->items);
    *list = (struct candidates){0};
}

static int by_score(const void *a, const void *b)
{
    const struct candidate *p = a, *q = b;
    const float keys[4][2] = {{q->score, p->score}, {p->x1, q->x1}, {p->y1, q->y1}, {p->x2, q->x2}};
    for (int i = 0; i < 4; i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] < keys[i][1] ? -1 : 1;
    return 0;
}

/* Not fminf and fmaxf: they are calls, and their rules for NaN are not needed here. */
static inline float lesser(float a, float b)
{
    return a < b ? a : b;
}

static inline float greater(float a, float b)
{
    return a > b ? a : b;
}

/* The boxes kept so far, by columns: the inner loop of suppression reads nothing else. */
struct kept {
    float *x1, *y1, *x2, *y2, *area;
    size_t count;
};

#define BLOCK 16 /* boxes compared before asking whether one of them overlaps */

/* Written without branches, for the compiler's vectors; inlined once for each kind of overlap. */
static inline __attribute__((always_inline)) bool
overlaps(const struct kept *kept, const struct candidate *c, float limit, enum overlap overlap)
{
    const float own = (c->x2 - c->x1) * (c->y2 - c->y1);
    for (size_t k = 0; k < kept->count; k += BLOCK) { /* the columns are padded to whole blocks */
        int struck = 0;
        for (size_t i = k; i < k + BLOCK; i++) {
            float width = lesser(kept->x2[i], c->x2) - greater(kept->x1[i], c->x1);
            float height = lesser(kept->y2[i], c->y2) - greater(kept->y1[i], c->y1);
            float both = greater(width, 0) * greater(height, 0);
            float whole = kept->area[i] + own - both;
            if (overlap == OVERLAP_SMALLER)
                whole = lesser(kept->area[i], own);
            else if (overlap == OVERLAP_AROUND)
                whole = (greater(kept->x2[i], c->x2) - lesser(kept->x1[i], c->x1)) *
                        (greater(kept->y2[i], c->y2) - lesser(kept->y1[i], c->y1));
            struck |= both > limit * whole;
        }
        if (struck)
            return true;
    }
    return false;
}

/* Whether a kept box overlaps this one. */
static bool is_struck(const struct kept *kept, const struct candidate *c, float limit,
                      enum overlap overlap)
{
    switch (overlap) {
    case OVERLAP_SMALLER: return overlaps(kept, c, limit, OVERLAP_SMALLER);
    case OVERLAP_AROUND: return overlaps(kept, c, limit, OVERLAP_AROUND);
    case OVERLAP_UNION: break;
    }
    return overlaps(kept, c, limit, OVERLAP_UNION);
}

static void keep(struct kept *kept, const struct candidate *c)
{
    if (kept->count % BLOCK == 0) /* boxes that overlap nothing, until real ones take their place */
        for (size_t i = kept->count; i < kept->count + BLOCK; i++) {
            kept->x1[i] = kept->y1[i] = 1;
            kept->x2[i] = kept->y2[i] = 0;
            kept->area[i] = 1;
        }
    kept->x1[kept->count] = c->x1;
    kept->y1[kept->count] = c->y1;
    kept->x2[kept->count] = c->x2;
    kept->y2[kept->count] = c->y2;
    kept->area[kept->count++] = (c->x2 - c->x1) * (c->y2 - c->y1);
}

/* A network's NaN has no place in an order. */
static void drop_nonsense(struct candidates *list)
{
    size_t good = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct candidate *c = &list->items[i];
        if (isfinite(c->x1 + c->y1 + c->x2 + c->y2 + c->score))
            list->items[good++] = *c;
    }
    list->count = good;
}

vultus_status candidates_suppress(struct candidates *list, float limit, enum overlap overlap,
                                  vultus_error *error)
{
    drop_nonsense(list);
    if (list->count < 2)
        return VULTUS_OK;
    qsort(list->items, list->count, sizeof *list->items, by_score);
    if (list->count > CANDIDATES_MAX)
        list->count = CANDIDATES_MAX;
    size_t column = (list->count + BLOCK - 1) / BLOCK * BLOCK, left = 0;
    float *columns = mem_aligned(5 * column, sizeof *columns);
    if (!columns)
        return status_memory(error, "candidates");
    struct kept kept = {
        columns, columns + column, columns + 2 * column, columns + 3 * column, columns + 4 * column,
        0};
    for (size_t i = 0; i < list->count; i++)
        if (!is_struck(&kept, &list->items[i], limit, overlap)) {
            keep(&kept, &list->items[i]);
            list->items[left++] = list->items[i];
        }
    list->count = left;
    mem_free(columns);
    return VULTUS_OK;
}

static float shared(const struct candidate *a, const struct candidate *b)
{
    float width = greater(0, lesser(a->x2, b->x2) - greater(a->x1, b->x1));
    float height = greater(0, lesser(a->y2, b->y2) - greater(a->y1, b->y1));
    float both = width * height;
    float whole = (a->x2 - a->x1) * (a->y2 - a->y1) + (b->x2 - b->x1) * (b->y2 - b->y1) - both;
    return whole > 0 ? both / whole : 0;
}

void candidates_vote(struct candidates *list, const struct candidates *voters, float limit)
{
    for (size_t i = 0; i < list->count; i++) {
        struct candidate *c = &list->items[i];
        float x1 = 0, y1 = 0, x2 = 0, y2 = 0, votes = 0;
        for (size_t k = 0; k < voters->count; k++) {
            const struct candidate *v = &voters->items[k];
            if (!(shared(c, v) > limit))
                continue;
            votes += v->score;
            x1 += v->score * v->x1;
            y1 += v->score * v->y1;
            x2 += v->score * v->x2;
            y2 += v->score * v->y2;
        }
        if (votes > 0) {
            c->x1 = x1 / votes;
            c->y1 = y1 / votes;
            c->x2 = x2 / votes;
            c->y2 = y2 / votes;
        }
    }
}

static void blend_in(struct candidate *sum, const struct candidate *c, float weight)
{
    sum->x1 += weight * c->x1;
    sum->y1 += weight * c->y1;
    sum->x2 += weight * c->x2;
    sum->y2 += weight * c->y2;
    for (size_t k = 0; k < VULTUS_LANDMARKS; k++) {
        sum->landmarks[k].x += weight * c->landmarks[k].x;
        sum->landmarks[k].y += weight * c->landmarks[k].y;
    }
}

/* Takes what the first box strikes out of the list, itself too, and returns their mean. */
static struct candidate take_cluster(struct candidate *items, size_t *count, float limit)
{
    struct candidate best = items[0], sum = {0}, mean = {.score = best.score};
    size_t left = 0;
    for (size_t i = 0; i < *count; i++) {
        if (i > 0 && !(shared(&best, &items[i]) > limit)) {
            items[left++] = items[i];
            continue;
        }
        blend_in(&sum, &items[i], items[i].score);
        sum.score += items[i].score;
    }
    *count = left;
    if (!(sum.score > 0))
        return best;
    blend_in(&mean, &sum, 1 / sum.score);
    return mean;
}

vultus_status candidates_blend(struct candidates *list, float limit, vultus_error *error)
{
    struct candidates kept = {0};
    vultus_status status = VULTUS_OK;
    drop_nonsense(list);
    if (list->count > 1)
        qsort(list->items, list->count, sizeof *list->items, by_score);
    size_t left = list->count < CANDIDATES_MAX ? list->count : CANDIDATES_MAX;
    while (!status && left) {
        struct candidate face = take_cluster(list->items, &left, limit);
        status = candidates_add(&kept, &face, error);
    }
    candidates_clear(list);
    *list = kept;
    return status;
}

void candidates_shift(struct candidates *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct candidate *c = &list->items[i];
        float width = c->x2 - c->x1, height = c->y2 - c->y1;
        c->x1 += c->shift[0] * width;
        c->y1 += c->shift[1] * height;
        c->x2 += c->shift[2] * width;
        c->y2 += c->shift[3] * height;
    }
}

void candidates_square(struct candidates *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct candidate *c = &list->items[i];
        float width = c->x2 - c->x1, height = c->y2 - c->y1;
        float half = greater(width, height) / 2;
        float x = c->x1 + width / 2, y = c->y1 + height / 2;
        c->x1 = x - half;
        c->y1 = y - half;
        c->x2 = x + half;
        c->y2 = y + half;
    }
}

vultus_status candidates_give(const struct candidates *list, vultus_faces *out, vultus_error *error)
{
    if (!list->count)
        return VULTUS_OK;
    vultus_face *faces = mem_zalloc(list->count, sizeof *faces);
    if (!faces)
        return status_memory(error, "faces");
    for (size_t i = 0; i < list->count; i++) {
        const struct candidate *c = &list->items[i];
        faces[i].box = (vultus_box){c->x1, c->y1, c->x2 - c->x1, c->y2 - c->y1};
        faces[i].score = c->score;
        memcpy(faces[i].landmarks, c->landmarks, sizeof faces[i].landmarks);
    }
    *out = (vultus_faces){faces, list->count};
    return VULTUS_OK;
}
