/* A screen for tests of the display: it keeps what is presented, and its keys come from a list. */
#ifndef SCREEN_MADE_UP_H
#define SCREEN_MADE_UP_H

#include "support.h"
#include "image/image.h"
#include "video/display_screen.h"

#include <pthread.h>
#include <time.h>

#define KEYS 64

static struct made_up {
    pthread_mutex_t lock;
    pthread_cond_t woken;
    uint32_t width, height;
    struct display_key keys[KEYS];
    size_t count, taken;
    bool wake, full, fails;
    unsigned presented;
    vultus_image *last;
} made_up = {.lock = PTHREAD_MUTEX_INITIALIZER, .woken = PTHREAD_COND_INITIALIZER};

static vultus_status open_made_up(const vultus_display_options *options, void **out,
                                  vultus_error *error)
{
    if (made_up.fails)
        return status_set(error, VULTUS_ERR_IO, "there is no screen");
    made_up.width = options->width;
    made_up.height = options->height;
    made_up.full = options->fullscreen;
    *out = &made_up;
    return VULTUS_OK;
}

static void size(void *self, uint32_t *width, uint32_t *height)
{
    const struct made_up *screen = self;
    *width = screen->width;
    *height = screen->height;
}

static vultus_status present(void *self, const vultus_image *image, vultus_error *error)
{
    struct made_up *screen = self;
    pthread_mutex_lock(&screen->lock);
    vultus_status status = image_refill(image, &screen->last, error);
    screen->presented++;
    pthread_cond_broadcast(&screen->woken);
    pthread_mutex_unlock(&screen->lock);
    return status;
}

static bool next(void *self, int milliseconds, struct display_key *out)
{
    struct made_up *screen = self;
    pthread_mutex_lock(&screen->lock);
    if (milliseconds && !screen->wake && screen->taken == screen->count) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 20 * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        (void)pthread_cond_timedwait(&screen->woken, &screen->lock, &until);
    }
    bool key = screen->taken < screen->count, woken = screen->wake;
    *out = (struct display_key){DISPLAY_KEY_NONE, ""};
    if (key)
        *out = screen->keys[screen->taken++];
    pthread_cond_broadcast(&screen->woken);
    screen->wake = false;
    pthread_mutex_unlock(&screen->lock);
    return key || woken;
}

static void wake(void *self)
{
    struct made_up *screen = self;
    pthread_mutex_lock(&screen->lock);
    screen->wake = true;
    pthread_cond_broadcast(&screen->woken);
    pthread_mutex_unlock(&screen->lock);
}

static void fullscreen(void *self, bool on)
{
    struct made_up *screen = self;
    screen->full = on;
}

static void close_made_up(void *self)
{
    struct made_up *screen = self;
    vultus_image_free(screen->last);
    screen->last = NULL;
    screen->count = screen->taken = screen->presented = 0;
    screen->wake = false;
}

static const struct display_screen screen = {.open = open_made_up,
                                             .size = size,
                                             .present = present,
                                             .next = next,
                                             .wake = wake,
                                             .fullscreen = fullscreen,
                                             .close = close_made_up};

static inline void press(enum display_key_kind kind, const char *text)
{
    struct display_key key = {kind, ""};
    strncat(key.text, text, DISPLAY_TEXT_MAX);
    pthread_mutex_lock(&made_up.lock);
    if (made_up.taken == made_up.count)
        made_up.taken = made_up.count = 0;
    assert_in_range(made_up.count, 0, KEYS - 1);
    made_up.keys[made_up.count++] = key;
    made_up.wake = true;
    pthread_cond_broadcast(&made_up.woken);
    pthread_mutex_unlock(&made_up.lock);
}

static inline void type(const char *letters)
{
    for (; *letters; letters++)
        press(DISPLAY_KEY_TEXT, (char[]){*letters, '\0'});
}

/* Until all keys were taken, and what they led to was presented: it is drawn again every 20 ms. */
static inline void settle(void)
{
    pthread_mutex_lock(&made_up.lock);
    while (made_up.taken < made_up.count)
        pthread_cond_wait(&made_up.woken, &made_up.lock);
    unsigned twice = made_up.presented + 2;
    while (made_up.presented < twice)
        pthread_cond_wait(&made_up.woken, &made_up.lock);
    pthread_mutex_unlock(&made_up.lock);
}

#endif
