/* The table of shape finders, and what a shape says of the five landmarks. */
#include "face/landmark.h"
#include "face/align.h"

#include <math.h>
#include <string.h>

static const struct landmark_method *const methods[] = {&landmark_net68, &landmark_trees};

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

/* dlib's five points end at the base of the nose. Nose tip and mouth follow from where this lies: along
 * the line of the eyes, and down from it, in distances between the eyes. The numbers are a fit to the
 * 68 points of 1500 faces of LFW; on the other 1500 they miss the tip by 0.06 of that distance on
 * average, and the corners of the mouth, which opens and smiles, by 0.12. */
static void from_corners(const vultus_point *shape, vultus_point out[VULTUS_LANDMARKS])
{
    vultus_point left = middle(shape + 2, 2), right = middle(shape, 2);
    vultus_point eye = middle((vultus_point[]){left, right}, 2);
    float ex = right.x - left.x, ey = right.y - left.y, square = ex * ex + ey * ey;
    float along = 0, down = 0; /* of the base of the nose, in distances between the eyes */
    if (square > 0) {
        float dx = shape[4].x - eye.x, dy = shape[4].y - eye.y;
        along = (dx * ex + dy * ey) / square;
        down = (dy * ex - dx * ey) / square;
    }
    const float nose[2] = {1.44f * along, 1.09f * down - 0.3f};
    const float mouth[2] = {0.22f * along, 0.7f * down + 0.566f}, half = 0.453f;
    const float parts[VULTUS_LANDMARKS][2] = {[VULTUS_LEFT_EYE] = {-0.5f, 0},
                                              [VULTUS_RIGHT_EYE] = {0.5f, 0},
                                              [VULTUS_NOSE] = {nose[0], nose[1]},
                                              [VULTUS_LEFT_MOUTH] = {mouth[0] - half, mouth[1]},
                                              [VULTUS_RIGHT_MOUTH] = {mouth[0] + half, mouth[1]}};
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        out[i] = (vultus_point){eye.x + parts[i][0] * ex - parts[i][1] * ey,
                                eye.y + parts[i][0] * ey + parts[i][1] * ex};
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

bool landmark_square(const vultus_point landmarks[VULTUS_LANDMARKS], vultus_box *out)
{
    /* medians over 263 faces of LFW that MTCNN and dlib's HOG detector find, made symmetric */
    static const vultus_point in_square[VULTUS_LANDMARKS] = {
        {0.301f, 0.298f}, {0.699f, 0.298f}, {0.5f, 0.534f}, {0.327f, 0.73f}, {0.673f, 0.73f}};
    struct similarity fit;
    if (!align_fit(in_square, landmarks, VULTUS_LANDMARKS, &fit))
        return false;
    float side = sqrtf(fit.a * fit.a + fit.b * fit.b);
    float x = fit.a * 0.5f - fit.b * 0.5f + fit.tx, y = fit.b * 0.5f + fit.a * 0.5f + fit.ty;
    *out = (vultus_box){x - side / 2, y - side / 2, side, side};
    return side > 0;
}
