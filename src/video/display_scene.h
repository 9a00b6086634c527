/* What a display shows, drawn into a picture of its size: tiles, one line about them, and what lies over them. */
#ifndef VIDEO_DISPLAY_SCENE_H
#define VIDEO_DISPLAY_SCENE_H

#include "video/display_desk.h"
#include <vultus/video.h>

#define DISPLAY_MARKS_MAX 64 /* named in one tile */

struct display_mark { /* somebody in a frame */
    vultus_label label;
    char text[VULTUS_VISITOR_TEXT];
};

struct display_tile {
    const vultus_image *picture; /* NULL: no frame came yet */
    const struct display_mark *marks;
    size_t count;
    const char *caption;
};

struct display_scene {
    const struct display_tile *tiles;
    size_t count;
    const char *status;
    const char *message; /* NULL: none */
    const struct display_desk *desk;
    const vultus_image *face; /* while it is named */
};

/* Both need a canvas with pixels of its own, and a font. MEMORY. */
vultus_status display_draw_scene(const struct display_scene *scene, struct draw_font *font,
                                 vultus_image *canvas, vultus_error *error) VULTUS_MUST_USE;
/* The tiles alone, all over the canvas. */
vultus_status display_draw_tiles(const struct display_scene *scene, struct draw_font *font,
                                 vultus_image *canvas, vultus_error *error) VULTUS_MUST_USE;

#endif
