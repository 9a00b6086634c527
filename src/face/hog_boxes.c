/*
 * From windows that the HOG detector takes for faces to boxes: where they lie in the picture, and
 * which of them are dropped because they overlap a better one. Boxes are whole pixels, rounded level
 * by level as dlib rounds them.
 *
 * The score of a face is 1 / (1 + exp(-4 s)), s being dlib's distance to the threshold: a half where
 * dlib starts to say face, 0.7 at 0.21, over 0.98 at 1.
 */
#include "face/hog_detector.h"
#include "base/memory.h"
#include "face/dlib_geometry.h"

#include <math.h>
#include <stdlib.h>

static int better(const void *a, const void *b)
{
    const struct hog_hit *p = a, *q = b;
    if (p->score != q->score)
        return p->score > q->score ? -1 : 1;
    if (p->detector != q->detector)
        return p->detector < q->detector ? -1 : 1;
    if (p->level != q->level)
        return p->level < q->level ? -1 : 1;
    if (p->y != q->y)
        return p->y < q->y ? -1 : 1;
    return (p->x > q->x) - (p->x < q->x);
}

static void sort_hits(struct hog_hits *list)
{
    if (list->count > 1)
        qsort(list->items, list->count, sizeof *list->items, better);
}

void hog_hits_clear(struct hog_hits *list)
{
    mem_free(list->items);
    *list = (struct hog_hits){0};
}

vultus_status hog_hits_add(struct hog_hits *list, const struct hog_hit *hit, vultus_error *error)
{
    if (list->count == 2 * (size_t)HOG_HITS_MAX) {
        sort_hits(list);
        list->count = HOG_HITS_MAX;
    }
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 64;
        struct hog_hit *items = mem_resize(list->items, capacity, sizeof *items);
        if (!items)
            return status_memory(error, "detection");
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = *hit;
    return VULTUS_OK;
}

vultus_status hog_hits_join(struct hog_hits *list, const struct hog_hits *more, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < more->count; i++)
        status = hog_hits_add(list, &more->items[i], error);
    return status;
}

struct area { /* whole pixels; the last row and column belong to it */
    long left, top, right, bottom;
};

static long corner(uint32_t cell, size_t level)
{
    double at = ((double)cell - 3) * HOG_CELL + 1;
    at += at >= 0 ? 4 : -4;
    for (size_t i = 0; i < level; i++)
        at = dlib_level_up(at);
    return lround(at);
}

static struct area area_of(const struct hog_hit *hit)
{
    return (struct area){corner(hit->x, hit->level), corner(hit->y, hit->level),
                         corner(hit->x + HOG_SIDE - 1, hit->level),
                         corner(hit->y + HOG_SIDE - 1, hit->level)};
}

static double pixels_of(const struct area *area)
{
    if (area->right < area->left || area->bottom < area->top)
        return 0;
    return (double)(area->right - area->left + 1) * (double)(area->bottom - area->top + 1);
}

static bool suppresses(const struct hog *hog, const struct area *a, const struct area *b)
{
    struct area both = {a->left > b->left ? a->left : b->left, a->top > b->top ? a->top : b->top,
                        a->right < b->right ? a->right : b->right,
                        a->bottom < b->bottom ? a->bottom : b->bottom};
    struct area around = {a->left < b->left ? a->left : b->left, a->top < b->top ? a->top : b->top,
                          a->right > b->right ? a->right : b->right,
                          a->bottom > b->bottom ? a->bottom : b->bottom};
    double shared = pixels_of(&both);
    if (shared <= 0)
        return false;
    return shared / pixels_of(&around) > (double)hog->overlap ||
           shared / pixels_of(a) > (double)hog->covered ||
           shared / pixels_of(b) > (double)hog->covered;
}

/* Back from a picture that was doubled. */
static struct area area_down(struct area area, unsigned times)
{
    return (struct area){lround(dlib_undouble((double)area.left, false, times)),
                         lround(dlib_undouble((double)area.top, true, times)),
                         lround(dlib_undouble((double)area.right, false, times)),
                         lround(dlib_undouble((double)area.bottom, true, times))};
}

static vultus_face face_of(const struct hog_hit *hit, const struct area *area)
{
    vultus_face face = {.score = dlib_confidence(hit->score)};
    face.box =
        (vultus_box){(float)area->left, (float)area->top, (float)(area->right - area->left + 1),
                     (float)(area->bottom - area->top + 1)};
    return face;
}

vultus_status hog_faces(const struct hog *hog, struct hog_hits *hits, unsigned upsample,
                        vultus_faces *out, vultus_error *error)
{
    size_t kept = 0;
    sort_hits(hits);
    if (hits->count > HOG_HITS_MAX)
        hits->count = HOG_HITS_MAX;
    if (!hits->count)
        return VULTUS_OK;
    struct area *areas = mem_array(hits->count, sizeof *areas);
    vultus_face *faces = mem_zalloc(hits->count, sizeof *faces);
    if (!areas || !faces) {
        mem_free(areas);
        mem_free(faces);
        return status_memory(error, "faces");
    }
    for (size_t i = 0; i < hits->count; i++) {
        struct area area = area_of(&hits->items[i]);
        bool keep = true;
        for (size_t k = 0; keep && k < kept; k++)
            keep = !suppresses(hog, &areas[k], &area);
        if (!keep)
            continue;
        areas[kept] = area;
        area = area_down(area, upsample);
        faces[kept++] = face_of(&hits->items[i], &area);
    }
    mem_free(areas);
    *out = (vultus_faces){faces, kept};
    return VULTUS_OK;
}
