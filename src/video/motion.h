/*
 * What has moved between frames, cheaply: brightness on a coarse grid. It says where a search is worth it, and
 * whether the scene is another one.
 */
#ifndef VIDEO_MOTION_H
#define VIDEO_MOTION_H

#include "image/image.h"

#define MOTION_ACROSS 48
#define MOTION_DOWN 32
#define MOTION_CELLS (MOTION_ACROSS * MOTION_DOWN)

struct motion { /* all zero: nothing was seen */
    uint32_t width, height;
    uint8_t last[MOTION_CELLS];     /* of the last frame */
    uint8_t searched[MOTION_CELLS]; /* of the last frame that was searched */
    bool has_searched;
};

struct motion_verdict {
    bool cut;          /* another scene than the last frame */
    bool moved;        /* something is unlike the last frame that was searched */
    vultus_box region; /* where that is, with room around it; inside of the frame */
};

/* Looks at the next frame. The first one, and one of another size, is a cut. */
struct motion_verdict motion_look(struct motion *motion, const vultus_image *image);
/* The frame that was just looked at is searched. */
void motion_searched(struct motion *motion);

#define PATCH_SIDE 8
#define PATCH_CELLS (PATCH_SIDE * PATCH_SIDE)

/* The brightness of a part of a frame, coarsely: two patches of one face shortly after each other are alike. False:
 * nothing of the box is in the frame. */
bool patch_take(const vultus_image *image, const vultus_box *box, uint8_t out[PATCH_CELLS]);
/* Correlation, -1..1; 1 where one of them has no contrast. */
double patch_likeness(const uint8_t a[PATCH_CELLS], const uint8_t b[PATCH_CELLS]);

#endif
