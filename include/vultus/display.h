/*
 * vultus, chapter display: watched frames in a window or on the whole screen, for small screens as well. Included by
 * vultus.h, whose contract holds here too.
 *
 *     vultus_display_open(&(vultus_display_options){.sources = sources, .count = 1}, &display, &error);
 *     ... vultus_watch, whose frame() calls vultus_display_show and looks for wishes, whose pace() calls
 *         vultus_display_wait, and whose stop() asks vultus_display_closed ...
 *     vultus_display_close(display);
 *
 * The window has a thread of its own. It shows the newest frame of each source, several as tiles; one that nobody
 * could see in time is passed over. What it has keys for is listed by the key h.
 */
#ifndef VULTUS_DISPLAY_H
#define VULTUS_DISPLAY_H

#include <vultus/video.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vultus_display vultus_display;

typedef struct vultus_display_options {
    const char *const *sources; /* what is watched, for captions; credentials are not shown */
    size_t count;
    bool fullscreen;
    uint32_t width, height; /* of the window; 0: 1280 x 720, or what the screen has room for */
    bool enrolls;           /* e is a key: VULTUS_WISH_ENROLL may come */
    vultus_stop stop;       /* asked while vultus_display_wait waits; may be all zero */
} vultus_display_options;

/* NOT_FOUND: SDL2 or a font is missing. IO: there is no screen. Close with vultus_display_close. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_display_open(const vultus_display_options *options,
                                                             vultus_display **out,
                                                             vultus_error *error);
VULTUS_API void vultus_display_close(vultus_display *display);

/* The rest may be called from any thread. */

/* Shows a frame soon; its pixels are copied. While it is paused frames of live sources are passed over. */
VULTUS_API void vultus_display_show(vultus_display *display, const vultus_watched_frame *frame);
/* Waits until the frame of a recording with this time is due, and while it is paused. Returns at once when the window
 * was closed or a wish waits for the next frame. */
VULTUS_API void vultus_display_wait(vultus_display *display, size_t source, double time);
/* True: somebody closed the window, or it failed; then the error says why (else its code is OK). */
VULTUS_API bool vultus_display_closed(vultus_display *display, vultus_error *error);
/* Shows a line for a few seconds. */
VULTUS_API void vultus_display_say(vultus_display *display, const char *line);

typedef enum vultus_wish_kind {
    VULTUS_WISH_SNAPSHOT, /* write the image: what was shown, with names */
    VULTUS_WISH_ENROLL    /* enrol the face at `box` of the image as `name` */
} vultus_wish_kind;

typedef struct vultus_wish {
    vultus_wish_kind kind;
    vultus_image *image; /* the caller's */
    vultus_box box;
    char name[VULTUS_NAME_MAX + 1];
} vultus_wish;

/* The next thing that somebody at the keys wants; false: nothing. Free its image with vultus_image_free. */
VULTUS_API bool vultus_display_wish(vultus_display *display, vultus_wish *out);

#ifdef __cplusplus
}
#endif
#endif
