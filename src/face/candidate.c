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

static float area(const struct candidate *c)
{
    return fmaxf(0, c->x2 - c->x1) * fmaxf(0, c->y2 - c->y1);
}

static bool overlaps(const struct candidate *a, const struct candidate *b, float limit,
                     enum overlap overlap)
{
    float width = fminf(a->x2, b->x2) - fmaxf(a->x1, b->x1);
    float height = fminf(a->y2, b->y2) - fmaxf(a->y1, b->y1);
    if (width <= 0 || height <= 0)
        return false;
    float both = width * height, first = area(a), second = area(b);
    float whole = overlap == OVERLAP_UNION ? first + second - both : fminf(first, second);
    return both > limit * whole;
}

void candidates_suppress(struct candidates *list, float limit, enum overlap overlap)
{
    if (list->count < 2)
        return;
    qsort(list->items, list->count, sizeof *list->items, by_score);
    if (list->count > CANDIDATES_MAX)
        list->count = CANDIDATES_MAX;
    size_t kept = 0; /* items[0 .. kept) are kept; a box is compared with the kept ones only */
    for (size_t i = 0; i < list->count; i++) {
        bool struck = false;
        for (size_t k = 0; k < kept && !struck; k++)
            struck = overlaps(&list->items[k], &list->items[i], limit, overlap);
        if (!struck)
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

void candidates_vote(struct candidates *list, const struct candidates *voters, float limit)
{
    for (size_t i = 0; i < list->count; i++) {
        struct candidate *c = &list->items[i];
        float x1 = 0, y1 = 0, x2 = 0, y2 = 0, votes = 0;
        for (size_t k = 0; k < voters->count; k++) {
            const struct candidate *v = &voters->items[k];
            if (!overlaps(c, v, limit, OVERLAP_UNION))
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
        float half = fmaxf(width, height) / 2;
        float x = c->x1 + width / 2, y = c->y1 + height / 2;
        c->x1 = x - half;
        c->y1 = y - half;
        c->x2 = x + half;
        c->y2 = y + half;
    }
}
