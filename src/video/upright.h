/* How frames of a stream want to be shown: which way up, and with pixels of which shape. */
#ifndef VIDEO_UPRIGHT_H
#define VIDEO_UPRIGHT_H

#include <stdint.h>

struct upright {
    int orientation;               /* as EXIF counts, 1..8 */
    int pixel_width, pixel_height; /* of one pixel, to each other; 0: square */
};

/* The orientation that a display matrix of nine numbers means: the nearest of the eight. */
int upright_orientation(const int32_t matrix[9]);
/* The width with square pixels, before turning. */
int upright_width(const struct upright *upright, int width);
/* The size of the upright picture of a frame of this size. */
void upright_size(const struct upright *upright, int *width, int *height);

#endif
