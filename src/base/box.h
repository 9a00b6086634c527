/* Boxes. */
#ifndef BASE_BOX_H
#define BASE_BOX_H

#include <math.h>

#include <vultus/core.h>

/* Intersection over union; 0 for boxes without area. */
static inline double box_overlap(const vultus_box *a, const vultus_box *b)
{
    double width = fmin((double)a->x + a->width, (double)b->x + b->width) - fmax(a->x, b->x);
    double height = fmin((double)a->y + a->height, (double)b->y + b->height) - fmax(a->y, b->y);
    if (!(width > 0 && height > 0))
        return 0;
    double shared = width * height;
    return shared / ((double)a->width * a->height + (double)b->width * b->height - shared);
}

#endif
