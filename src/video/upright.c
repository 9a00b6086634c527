/* See upright.h. A display matrix is as in ISO/IEC 14496-12: x' = a x + c y, y' = b x + d y, rows of three. */
#include "video/upright.h"

#include <stdbool.h>
#include <stdlib.h>
#include <vultus/basics.h>

#define ASPECT_MAX 4 /* what is so many times as wide as high is no pixel but a mistake */

int upright_orientation(const int32_t matrix[9])
{
    int64_t a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
    if (llabs(a) + llabs(d) >= llabs(b) + llabs(c))
        return a >= 0 ? (d >= 0 ? 1 : 4) : (d >= 0 ? 2 : 3);
    return b >= 0 ? (c >= 0 ? 5 : 6) : (c >= 0 ? 8 : 7);
}

static bool is_square(const struct upright *upright)
{
    int width = upright->pixel_width, height = upright->pixel_height;
    return width <= 0 || height <= 0 || width == height || width / height >= ASPECT_MAX ||
           height / width >= ASPECT_MAX;
}

int upright_width(const struct upright *upright, int width)
{
    if (is_square(upright))
        return width;
    int64_t scaled = (int64_t)width * upright->pixel_width / upright->pixel_height;
    return scaled < 1 ? 1 : scaled > VULTUS_SIDE_MAX ? VULTUS_SIDE_MAX : (int)scaled;
}

void upright_size(const struct upright *upright, int *width, int *height)
{
    int w = upright_width(upright, *width), h = *height;
    *width = upright->orientation >= 5 ? h : w;
    *height = upright->orientation >= 5 ? w : h;
}
