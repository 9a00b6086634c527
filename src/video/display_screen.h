/*
 * What a display draws on: a window or a whole screen, with keys. A screen is used from one thread, wake() excepted.
 */
#ifndef VIDEO_DISPLAY_SCREEN_H
#define VIDEO_DISPLAY_SCREEN_H

#include "image/image.h"

#include <vultus/display.h>

enum display_key_kind {
    DISPLAY_KEY_NONE,   /* woken */
    DISPLAY_KEY_REDRAW, /* the window has another size, or has to be drawn again */
    DISPLAY_KEY_TEXT,   /* characters: also those that are commands */
    DISPLAY_KEY_ENTER,
    DISPLAY_KEY_ESCAPE,
    DISPLAY_KEY_BACKSPACE,
    DISPLAY_KEY_CLOSE /* the window's own button */
};

#define DISPLAY_TEXT_MAX 63

struct display_key {
    enum display_key_kind kind;
    char text[DISPLAY_TEXT_MAX + 1]; /* UTF-8 */
};

struct display_screen {
    vultus_status (*open)(const vultus_display_options *options, void **out, vultus_error *error);
    /* Pixels to draw; they change with the window. */
    void (*size)(void *self, uint32_t *width, uint32_t *height);
    /* Shows a picture of that size. */
    vultus_status (*present)(void *self, const vultus_image *image, vultus_error *error);
    /* Waits so long for a key; false: none came. */
    bool (*next)(void *self, int milliseconds, struct display_key *out);
    void (*wake)(void *self); /* next() returns; from any thread */
    void (*fullscreen)(void *self, bool on);
    void (*close)(void *self);
};

extern const struct display_screen display_sdl;

/* vultus_display_open on another screen: for tests. */
vultus_status display_open_on(const struct display_screen *screen,
                              const vultus_display_options *options, vultus_display **out,
                              vultus_error *error) VULTUS_MUST_USE;

#endif
