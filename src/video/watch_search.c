/*
 * A search takes longer than the time between two frames of a camera, and even one around faces that are known is a
 * good part of it. Frames that waited for it would be late, so a live source has a thread for each of the two: it works
 * on a copy, and what it finds is given to the tracks, which have moved on by then, when it is done.
 */
#include "video/watch_search.h"
#include "video/watch_line.h"
#include "base/box.h"
#include "base/clock.h"
#include "base/memory.h"

#include <math.h>

#define SAME 0.5 /* overlap of two finds of one face */

static void move_face(vultus_face *face, float x, float y)
{
    face->box.x += x;
    face->box.y += y;
    for (size_t k = 0; k < VULTUS_LANDMARKS; k++) {
        face->landmarks[k].x += x;
        face->landmarks[k].y += y;
    }
    for (size_t k = 0; k < face->shape_count; k++) {
        face->shape[k].x += x;
        face->shape[k].y += y;
    }
}

/* Boxes are the frame's. */
static vultus_status find(const struct watch *watch, const vultus_image *frame, vultus_box part,
                          float min_face, vultus_faces *out, vultus_error *error)
{
    vultus_pixels pixels = vultus_image_pixels(frame);
    vultus_image *image = NULL;
    if (part.width >= (float)pixels.width && part.height >= (float)pixels.height)
        return watch->eyes->find(watch->eyes->context, frame, min_face, out, error);
    size_t x = (size_t)part.x, y = (size_t)part.y;
    const vultus_pixels cut = {.data = pixels.data + y * pixels.stride + 3 * x,
                               .width = (uint32_t)part.width,
                               .height = (uint32_t)part.height,
                               .stride = pixels.stride,
                               .format = VULTUS_PIXELS_RGB};
    vultus_status status = vultus_image_wrap(&cut, &image, error);
    if (status)
        return status;
    status = watch->eyes->find(watch->eyes->context, image, min_face, out, error);
    vultus_image_free(image);
    for (size_t i = 0; !status && i < out->count; i++)
        move_face(&out->items[i], (float)x, (float)y);
    return status;
}

/* Takes over what is no second find of a face. */
static vultus_status merge(vultus_faces *all, const vultus_faces *more, vultus_error *error)
{
    vultus_face *items = mem_resize(all->items, all->count + more->count + 1, sizeof *items);
    if (!items)
        return status_memory(error, "faces");
    all->items = items;
    size_t before = all->count;
    for (size_t i = 0; i < more->count; i++) {
        size_t same = 0;
        while (same < before && box_overlap(&items[same].box, &more->items[i].box) < SAME)
            same++;
        if (same == before)
            items[all->count++] = more->items[i];
        else if (more->items[i].score > items[same].score)
            items[same] = more->items[i];
    }
    return VULTUS_OK;
}

static void count_time(_Atomic uint64_t *average, uint64_t begin)
{
    uint64_t took = clock_ns() - begin, usual = atomic_load(average);
    atomic_store(average, usual ? (7 * usual + took) / 8 : took);
}

void watch_search(struct watch_line *line, struct watch_shot *shot)
{
    uint64_t begin = clock_ns();
    shot->status =
        find(line->watch, shot->frame.image, shot->searched, 0, &shot->faces, &shot->error);
    count_time(&line->search_ns, begin);
    atomic_fetch_add(&line->searches, 1);
}

void watch_check(struct watch_line *line, struct watch_shot *shot)
{
    uint64_t begin = clock_ns();
    for (size_t i = 0; !shot->status && i < shot->around_count; i++) {
        const struct watch_part *part = &shot->around[i];
        vultus_faces found = {0};
        shot->status =
            find(line->watch, shot->frame.image, part->box, part->least, &found, &shot->error);
        if (!shot->status)
            shot->status = merge(&shot->faces, &found, &shot->error);
        vultus_faces_clear(&found);
    }
    count_time(&line->check_ns, begin);
}

double watch_spacing(const struct watch_line *line, double wanted, const _Atomic uint64_t *cost)
{
    double seconds = (double)atomic_load(cost) / 1e9;
    return line->facts.live ? fmax(wanted, seconds / line->watch->share) : wanted;
}

void watch_shot_free(struct watch_shot *shot)
{
    if (!shot)
        return;
    vultus_faces_clear(&shot->faces);
    vultus_image_free(shot->frame.image);
    vultus_image_free(shot->shown);
    mem_free(shot->kept);
    mem_free(shot);
}

/* ------------------------------------------------------------------ aside */

struct watch_aside {
    struct watch_line *line;
    watch_work *work;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool end, forgotten;
    enum { IDLE, BUSY, READY, TAKEN } state; /* busy: the shot is the thread's */
    struct watch_shot shot;                  /* its picture is kept, as room for the next one */
};

static void *work_aside(void *context)
{
    struct watch_aside *aside = context;
    pthread_mutex_lock(&aside->lock);
    for (;;) {
        while (aside->state != BUSY && !aside->end)
            pthread_cond_wait(&aside->wake, &aside->lock);
        if (aside->end)
            break;
        pthread_mutex_unlock(&aside->lock);
        aside->work(aside->line, &aside->shot);
        pthread_mutex_lock(&aside->lock);
        aside->state = READY;
    }
    pthread_mutex_unlock(&aside->lock);
    return NULL;
}

vultus_status watch_aside_open(struct watch_line *line, watch_work *work, struct watch_aside **out,
                               vultus_error *error)
{
    struct watch_aside *aside = mem_zalloc(1, sizeof *aside);
    if (!aside)
        return status_memory(error, "searching frames");
    aside->line = line;
    aside->work = work;
    pthread_mutex_init(&aside->lock, NULL);
    pthread_cond_init(&aside->wake, NULL);
    if (!pthread_create(&aside->thread, NULL, work_aside, aside)) {
        *out = aside;
        return VULTUS_OK;
    }
    pthread_cond_destroy(&aside->wake);
    pthread_mutex_destroy(&aside->lock);
    mem_free(aside);
    return status_set(error, VULTUS_ERR_INTERNAL, "no thread to search frames");
}

void watch_aside_close(struct watch_aside *aside)
{
    if (!aside)
        return;
    pthread_mutex_lock(&aside->lock);
    aside->end = true;
    pthread_cond_signal(&aside->wake);
    pthread_mutex_unlock(&aside->lock);
    pthread_join(aside->thread, NULL);
    pthread_cond_destroy(&aside->wake);
    pthread_mutex_destroy(&aside->lock);
    vultus_faces_clear(&aside->shot.faces);
    vultus_image_free(aside->shot.frame.image);
    mem_free(aside);
}

static void set_state(struct watch_aside *aside, int state)
{
    pthread_mutex_lock(&aside->lock);
    aside->state = state;
    if (state == BUSY)
        pthread_cond_signal(&aside->wake);
    pthread_mutex_unlock(&aside->lock);
}

void watch_aside_done(struct watch_aside *aside)
{
    vultus_faces_clear(&aside->shot.faces);
    set_state(aside, IDLE);
}

bool watch_aside_idle(struct watch_aside *aside)
{
    pthread_mutex_lock(&aside->lock);
    bool dropped = aside->state == READY && aside->forgotten;
    bool idle = aside->state == IDLE || dropped;
    pthread_mutex_unlock(&aside->lock);
    if (dropped)
        watch_aside_done(aside);
    return idle;
}

vultus_status watch_aside_begin(struct watch_aside *aside, const struct watch_shot *shot,
                                vultus_error *error)
{
    vultus_image *room = aside->shot.frame.image;
    vultus_status status = image_refill(shot->frame.image, &room, error);
    if (status)
        return status;
    aside->shot = *shot;
    aside->shot.faces = (vultus_faces){0};
    aside->shot.motion.cut = false; /* the frame itself brings it */
    aside->shot.frame.image = room;
    aside->forgotten = false;
    set_state(aside, BUSY);
    return VULTUS_OK;
}

struct watch_shot *watch_aside_take(struct watch_aside *aside)
{
    pthread_mutex_lock(&aside->lock);
    bool ready = aside->state == READY && !aside->forgotten;
    if (ready)
        aside->state = TAKEN;
    pthread_mutex_unlock(&aside->lock);
    return ready ? &aside->shot : NULL;
}

void watch_aside_forget(struct watch_aside *aside)
{
    aside->forgotten = true;
}
