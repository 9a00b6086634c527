/*
 * A search takes longer than the time between two frames of a camera. Frames that waited for it would be late, so a
 * live source has one thread for searches: it works on a copy, and what it finds is given to the tracks when it is
 * done. They have moved a little by then; the next search around them puts that right.
 */
#include "video/watch_search.h"
#include "video/watch_line.h"
#include "base/clock.h"
#include "base/memory.h"

#include <string.h>

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

vultus_status watch_find(const struct watch *watch, const vultus_image *frame, vultus_box part,
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

void watch_search(struct watch_line *line, struct watch_shot *shot)
{
    uint64_t begin = clock_ns();
    shot->status =
        watch_find(line->watch, shot->frame.image, shot->searched, 0, &shot->faces, &shot->error);
    uint64_t took = clock_ns() - begin, usual = atomic_load(&line->search_ns);
    atomic_store(&line->search_ns, usual ? (7 * usual + took) / 8 : took);
    atomic_fetch_add(&line->searches, 1);
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
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool end, forgotten;
    bool searching; /* `shot` is the thread's; else it is ready, or NULL */
    struct watch_shot *shot;
};

static void *search_aside(void *context)
{
    struct watch_aside *aside = context;
    pthread_mutex_lock(&aside->lock);
    for (;;) {
        while (!aside->searching && !aside->end)
            pthread_cond_wait(&aside->wake, &aside->lock);
        if (aside->end)
            break;
        struct watch_shot *shot = aside->shot;
        pthread_mutex_unlock(&aside->lock);
        watch_search(aside->line, shot);
        pthread_mutex_lock(&aside->lock);
        aside->searching = false;
    }
    pthread_mutex_unlock(&aside->lock);
    return NULL;
}

vultus_status watch_aside_open(struct watch_line *line, struct watch_aside **out,
                               vultus_error *error)
{
    struct watch_aside *aside = mem_zalloc(1, sizeof *aside);
    if (!aside)
        return status_memory(error, "searching frames");
    aside->line = line;
    pthread_mutex_init(&aside->lock, NULL);
    pthread_cond_init(&aside->wake, NULL);
    if (!pthread_create(&aside->thread, NULL, search_aside, aside)) {
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
    watch_shot_free(aside->shot);
    mem_free(aside);
}

bool watch_aside_idle(struct watch_aside *aside)
{
    pthread_mutex_lock(&aside->lock);
    bool idle = !aside->shot;
    pthread_mutex_unlock(&aside->lock);
    return idle;
}

static vultus_status copy_shot(const struct watch_shot *shot, struct watch_shot **out,
                               vultus_error *error)
{
    const vultus_image *from = shot->frame.image;
    struct watch_shot *copy = mem_copy(shot, sizeof *copy);
    if (!copy)
        return status_memory(error, "a frame");
    copy->faces = (vultus_faces){0};
    copy->motion.cut = false; /* the frame itself brings it */
    copy->frame.image = NULL;
    vultus_status status = image_new(from->width, from->height, &copy->frame.image, error);
    for (size_t y = 0; !status && y < from->height; y++)
        memcpy(copy->frame.image->pixels + y * copy->frame.image->stride,
               from->pixels + y * from->stride, 3 * (size_t)from->width);
    if (status)
        watch_shot_free(copy);
    else
        *out = copy;
    return status;
}

vultus_status watch_aside_begin(struct watch_aside *aside, const struct watch_shot *shot,
                                vultus_error *error)
{
    struct watch_shot *copy = NULL;
    vultus_status status = copy_shot(shot, &copy, error);
    if (status)
        return status;
    pthread_mutex_lock(&aside->lock);
    aside->shot = copy;
    aside->searching = true;
    aside->forgotten = false;
    pthread_cond_signal(&aside->wake);
    pthread_mutex_unlock(&aside->lock);
    return VULTUS_OK;
}

struct watch_shot *watch_aside_take(struct watch_aside *aside)
{
    pthread_mutex_lock(&aside->lock);
    struct watch_shot *shot = aside->searching ? NULL : aside->shot;
    bool wanted = !aside->forgotten;
    if (shot)
        aside->shot = NULL;
    pthread_mutex_unlock(&aside->lock);
    if (shot && !wanted) {
        watch_shot_free(shot);
        shot = NULL;
    }
    return shot;
}

void watch_aside_forget(struct watch_aside *aside)
{
    pthread_mutex_lock(&aside->lock);
    aside->forgotten = true;
    pthread_mutex_unlock(&aside->lock);
}
