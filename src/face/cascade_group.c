/*
 * Windows that are alike become one, as groupRectangles of OpenCV has it: likeness is carried on from
 * window to window, a group is the mean of its windows, and a group inside of a stronger one is
 * dropped. Windows are sorted by their left side, so that only near ones are compared.
 */
#include "base/memory.h"
#include "face/cascade_search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ALIKE 0.2 /* of the mean of width and height: how far sides may be apart */

vultus_status cascade_rects_add(struct cascade_rects *list, struct cascade_rect rect,
                                vultus_error *error)
{
    if (list->count == CASCADE_FOUND_MAX)
        return status_set(error, VULTUS_ERR_LIMIT,
                          "the cascade finds more than %d windows: look for larger faces only",
                          CASCADE_FOUND_MAX);
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 256;
        struct cascade_rect *items = mem_resize(list->items, capacity, sizeof *items);
        if (!items)
            return status_memory(error, "windows");
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = rect;
    return VULTUS_OK;
}

void cascade_rects_clear(struct cascade_rects *list)
{
    mem_free(list->items);
    *list = (struct cascade_rects){0};
}

struct member { /* a window */
    struct cascade_rect rect;
    size_t root;    /* leads to the one that stands for its group, which has: */
    int64_t sum[4]; /* of x, y, width, height */
    int32_t votes;
};

static bool alike(const struct cascade_rect *a, const struct cascade_rect *b)
{
    int32_t width = a->width < b->width ? a->width : b->width;
    int32_t height = a->height < b->height ? a->height : b->height;
    double far = ALIKE * (width + height) * 0.5;
    return abs(a->x - b->x) <= far && abs(a->y - b->y) <= far &&
           abs(a->x + a->width - b->x - b->width) <= far &&
           abs(a->y + a->height - b->y - b->height) <= far;
}

static int by_place(const void *a, const void *b)
{
    const struct cascade_rect *p = &((const struct member *)a)->rect;
    const struct cascade_rect *q = &((const struct member *)b)->rect;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    if (p->y != q->y)
        return p->y < q->y ? -1 : 1;
    return (p->width > q->width) - (p->width < q->width);
}

static size_t root_of(struct member *members, size_t i)
{
    while (members[i].root != i) {
        members[i].root = members[members[i].root].root;
        i = members[i].root;
    }
    return i;
}

static void join_alike(struct member *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct cascade_rect *rect = &members[i].rect;
        double furthest = rect->x + ALIKE * (rect->width + rect->height) * 0.5;
        for (size_t k = i + 1; k < count && members[k].rect.x <= furthest; k++) {
            if (!alike(rect, &members[k].rect))
                continue;
            size_t a = root_of(members, i), b = root_of(members, k);
            members[a > b ? a : b].root = a < b ? a : b;
        }
    }
}

/* Writes the mean of each group over the list. */
static void average(struct member *members, size_t count, struct cascade_rects *list)
{
    for (size_t i = 0; i < count; i++) {
        const struct cascade_rect *rect = &members[i].rect;
        struct member *root = &members[root_of(members, i)];
        root->sum[0] += rect->x;
        root->sum[1] += rect->y;
        root->sum[2] += rect->width;
        root->sum[3] += rect->height;
        root->votes++;
    }
    list->count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct member *group = &members[i];
        if (!group->votes)
            continue;
        float share = 1.0f / (float)group->votes;
        int32_t mean[4];
        for (int k = 0; k < 4; k++)
            mean[k] = (int32_t)lrintf((float)group->sum[k] * share);
        list->items[list->count++] =
            (struct cascade_rect){mean[0], mean[1], mean[2], mean[3], group->votes};
    }
}

static bool inside(const struct cascade_rect *a, const struct cascade_rect *b)
{
    int32_t dx = (int32_t)lrint(b->width * ALIKE), dy = (int32_t)lrint(b->height * ALIKE);
    return a->x >= b->x - dx && a->y >= b->y - dy && a->x + a->width <= b->x + b->width + dx &&
           a->y + a->height <= b->y + b->height + dy;
}

/* Of groups with votes enough, keeps those that lie in no stronger one. */
static vultus_status keep_strong(struct cascade_rects *list, int32_t least, vultus_error *error)
{
    size_t strong = 0, kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].votes > least)
            list->items[strong++] = list->items[i];
    list->count = strong;
    if (!strong)
        return VULTUS_OK;
    struct cascade_rect *all = mem_copy(list->items, strong * sizeof *all);
    if (!all)
        return status_memory(error, "windows");
    for (size_t i = 0; i < strong; i++) {
        bool dropped = false;
        for (size_t k = 0; k < strong && !dropped; k++) {
            int32_t votes = all[i].votes, other = all[k].votes;
            dropped = k != i && (other > (votes > 3 ? votes : 3) || votes < 3) &&
                      inside(&all[i], &all[k]);
        }
        if (!dropped)
            list->items[kept++] = all[i];
    }
    list->count = kept;
    mem_free(all);
    return VULTUS_OK;
}

vultus_status cascade_group(struct cascade_rects *list, unsigned min_neighbors, vultus_error *error)
{
    size_t count = list->count;
    if (!count || !min_neighbors)
        return VULTUS_OK;
    struct member *members = mem_zalloc(count, sizeof *members);
    if (!members)
        return status_memory(error, "windows");
    for (size_t i = 0; i < count; i++)
        members[i].rect = list->items[i];
    qsort(members, count, sizeof *members, by_place);
    for (size_t i = 0; i < count; i++)
        members[i].root = i;
    join_alike(members, count);
    average(members, count, list);
    mem_free(members);
    return keep_strong(list, min_neighbors > INT32_MAX ? INT32_MAX : (int32_t)min_neighbors, error);
}
