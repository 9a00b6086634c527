/* See vultus/display.h: what its callers do. Whoever calls waits for the lock at most, and copies a frame under it. */
#include "video/display_state.h"
#include "video/source_address.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/wait.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SAID UINT64_C(5000000000)  /* nanoseconds that a message stays */
#define SLICE UINT64_C(50000000)   /* after so long a wait is thought over */
#define BEHIND UINT64_C(250000000) /* a recording that is later than that goes on from here */

/* ------------------------------------------------------------------ opening and closing */

static void release(struct vultus_display *display)
{
    for (size_t i = 0; display->slots && i < display->options.count; i++)
        display_slot_close(&display->slots[i]);
    mem_free(display->slots);
    mem_free(display->tiles);
    mem_free(display->captions);
    draw_font_close(display->font);
    vultus_image_free(display->canvas);
    display_best_clear(&display->named);
    if (display->wishes)
        vultus_image_free(display->wish.image);
    pthread_cond_destroy(&display->changed);
    pthread_mutex_destroy(&display->lock);
    mem_free_wiped(display, sizeof *display);
}

static vultus_status prepare(struct vultus_display *display, vultus_error *error)
{
    size_t count = display->options.count;
    vultus_status status = draw_font_open(16, &display->font, error);
    display->captions = mem_zalloc(count, sizeof *display->captions);
    display->tiles = mem_zalloc(count, sizeof *display->tiles);
    display->slots = mem_zalloc(count, sizeof *display->slots);
    if (!status && (!display->captions || !display->tiles || !display->slots))
        status = status_memory(error, "a window");
    for (size_t i = 0; !status && i < count; i++) {
        char *caption = display->captions[i];
        address_show(display->options.sources[i], caption, DISPLAY_CAPTION);
        const char *name = address_is_remote(caption) ? caption : file_name(caption);
        memmove(caption, name, strlen(name) + 1);
        status = display_slot_open(&display->slots[i], error);
    }
    return status;
}

static vultus_status start(struct vultus_display *display, vultus_error *error)
{
    if (pthread_create(&display->thread, NULL, display_thread, display))
        return status_set(error, VULTUS_ERR_INTERNAL, "no thread for a window");
    pthread_mutex_lock(&display->lock);
    while (!display->opened)
        pthread_cond_wait(&display->changed, &display->lock);
    bool ended = display->ended;
    pthread_mutex_unlock(&display->lock);
    if (!ended)
        return VULTUS_OK;
    pthread_join(display->thread, NULL);
    if (!display->error.code) /* it was shown, and closed at once */
        return status_set(error, VULTUS_ERR_CANCELLED, "the window was closed");
    if (error)
        *error = display->error;
    return display->error.code;
}

vultus_status display_open_on(const struct display_screen *screen,
                              const vultus_display_options *options, vultus_display **out,
                              vultus_error *error)
{
    if (!options || !options->sources || !options->count ||
        options->count > VULTUS_WATCH_SOURCES_MAX || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a display needs from 1 to %d sources",
                          VULTUS_WATCH_SOURCES_MAX);
    struct vultus_display *display = mem_zalloc(1, sizeof *display);
    if (!display)
        return status_memory(error, "a window");
    display->screen = screen;
    display->options = *options;
    display->desk.enrolls = options->enrolls;
    display->desk.fullscreen = options->fullscreen;
    pthread_mutex_init(&display->lock, NULL);
    wait_open(&display->changed);
    vultus_status status = prepare(display, error);
    if (!status)
        status = start(display, error);
    if (status)
        release(display);
    else
        *out = display;
    return status;
}

vultus_status vultus_display_open(const vultus_display_options *options, vultus_display **out,
                                  vultus_error *error)
{
    return display_open_on(&display_sdl, options, out, error);
}

void vultus_display_close(vultus_display *display)
{
    if (!display)
        return;
    pthread_mutex_lock(&display->lock);
    display->end = true;
    if (!display->ended)
        display->screen->wake(display->self);
    pthread_mutex_unlock(&display->lock);
    pthread_join(display->thread, NULL);
    release(display);
}

/* ------------------------------------------------------------------ while it is open */

void vultus_display_show(vultus_display *display, const vultus_watched_frame *frame)
{
    if (!display || !frame || frame->source >= display->options.count)
        return;
    pthread_mutex_lock(&display->lock);
    if (!display->ended && !(display->desk.paused && !frame->total)) {
        display_slot_put(&display->slots[frame->source], frame, display->options.enrolls);
        display->screen->wake(display->self);
    }
    pthread_mutex_unlock(&display->lock);
}

/* Under the lock. True: the frame is due, or nobody waits for it any more; else some of the time has passed. */
static bool is_due(struct vultus_display *display, struct display_slot *slot, double time)
{
    if (display->end || display->ended || display->wishes)
        return true;
    bool held = display->desk.paused || display->desk.mode == DISPLAY_NAMING;
    uint64_t now = clock_ns();
    uint64_t due = slot->base + (uint64_t)(time > slot->from ? (time - slot->from) * 1e9 : 0);
    if (held || !slot->paced || now > due + BEHIND) { /* from here on */
        slot->paced = true;
        slot->base = due = now;
        slot->from = time;
    }
    if (!held && now >= due)
        return true;
    (void)wait_until(&display->changed, &display->lock,
                     held || due > now + SLICE ? now + SLICE : due);
    return false;
}

void vultus_display_wait(vultus_display *display, size_t source, double time)
{
    const vultus_stop *stop = display ? &display->options.stop : NULL;
    bool due = !display || source >= display->options.count;
    while (!due) {
        pthread_mutex_lock(&display->lock);
        due = is_due(display, &display->slots[source], time);
        pthread_mutex_unlock(&display->lock);
        due |= stop->asked && stop->asked(stop->context); /* which may ask whether it is closed */
    }
}

bool vultus_display_closed(vultus_display *display, vultus_error *error)
{
    if (!display)
        return false;
    pthread_mutex_lock(&display->lock);
    bool closed = display->end || display->ended;
    if (closed && error)
        *error = display->error;
    pthread_mutex_unlock(&display->lock);
    return closed;
}

void vultus_display_say(vultus_display *display, const char *line)
{
    if (!display || !line)
        return;
    pthread_mutex_lock(&display->lock);
    (void)snprintf(display->message, sizeof display->message, "%s", line);
    display->message_end = clock_ns() + SAID;
    if (!display->ended)
        display->screen->wake(display->self);
    pthread_mutex_unlock(&display->lock);
}

bool vultus_display_wish(vultus_display *display, vultus_wish *out)
{
    if (!display || !out)
        return false;
    pthread_mutex_lock(&display->lock);
    bool any = display->wishes;
    if (any)
        *out = display->wish;
    display->wishes = false;
    pthread_mutex_unlock(&display->lock);
    return any;
}
