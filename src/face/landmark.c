/* The table of shape finders, and what a shape says of the five landmarks. */
#include "face/landmark.h"

#include <string.h>

static const struct landmark_method *const methods[] = {&landmark_trees};

const struct landmark_method *landmark_method_of(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (!strcmp(methods[i]->name, name))
            return methods[i];
    return NULL;
}

static vultus_point middle(const vultus_point *points, size_t count)
{
    vultus_point sum = {0, 0};
    for (size_t i = 0; i < count; i++) {
        sum.x += points[i].x / (float)count;
        sum.y += points[i].y / (float)count;
    }
    return sum;
}

/* dlib's five points end at the base of the nose: the tip and the mouth are where a mean face has them,
 * in parts of the distance between the eyes, along and across their line. */
static void from_corners(const vultus_point *shape, vultus_point out[VULTUS_LANDMARKS])
{
    vultus_point left = middle(shape + 2, 2), right = middle(shape, 2);
    vultus_point eye = middle((vultus_point[]){left, right}, 2);
    float ex = right.x - left.x, ey = right.y - left.y, nx = shape[4].x - eye.x,
          ny = shape[4].y - eye.y;
    out[VULTUS_LEFT_EYE] = left;
    out[VULTUS_RIGHT_EYE] = right;
    out[VULTUS_NOSE] = (vultus_point){eye.x + 0.85f * nx, eye.y + 0.85f * ny};
    for (int side = -1; side <= 1; side += 2) {
        vultus_point mouth = {eye.x + 1.5f * nx + (float)side * 0.41f * ex,
                              eye.y + 1.5f * ny + (float)side * 0.41f * ey};
        out[side < 0 ? VULTUS_LEFT_MOUTH : VULTUS_RIGHT_MOUTH] = mouth;
    }
}

void landmark_five(const vultus_point *shape, size_t count, vultus_point out[VULTUS_LANDMARKS])
{
    if (count == 5) {
        from_corners(shape, out);
        return;
    }
    out[VULTUS_LEFT_EYE] = middle(shape + 36, 6);
    out[VULTUS_RIGHT_EYE] = middle(shape + 42, 6);
    out[VULTUS_NOSE] = shape[30];
    out[VULTUS_LEFT_MOUTH] = shape[48];
    out[VULTUS_RIGHT_MOUTH] = shape[54];
}
