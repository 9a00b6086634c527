/* BlazeFace's own header: its parts, for the tests of each. */
#ifndef FACE_BLAZEFACE_H
#define FACE_BLAZEFACE_H

#include "face/single.h"

#define BLAZEFACE_NUMBERS 16 /* of an anchor: four of the box, twelve of six points */
#define BLAZEFACE_GRIDS_MAX 4
#define BLAZEFACE_EACH_MAX 32 /* anchors of a cell */
#define BLAZEFACE_ANCHORS_MAX 16384

enum { /* the network's points, left and right as seen in the picture */
       BLAZEFACE_LEFT_EYE,
       BLAZEFACE_RIGHT_EYE,
       BLAZEFACE_NOSE,
       BLAZEFACE_MOUTH,
       BLAZEFACE_LEFT_EAR,
       BLAZEFACE_RIGHT_EAR,
       BLAZEFACE_POINTS
};

struct blazeface {
    struct single single;
    vultus_point *anchors; /* in pixels of the input */
    size_t count;
};

/* Grid g of a square input has a cell for every strides[g] pixels and each[g] anchors in the middle
 * of every cell. Ordered by grid, row, column. Returns how many; `out` may be NULL. */
size_t blazeface_anchors(uint32_t side, const float *strides, const float *each, size_t grids,
                         vultus_point *out);

/* The five landmarks from the network's six points. */
void blazeface_landmarks(const vultus_point points[BLAZEFACE_POINTS],
                         vultus_point out[VULTUS_LANDMARKS]);

/* Its context is a struct single_search of a struct blazeface. */
tiles_read blazeface_read;

#endif
