/*
 * The points of a face's shape, and for 68 points the lines of jaw, brows, nose, eyes and lips that
 * are usually drawn through them. Sizes follow from the face's, down to a pixel.
 */
#include "image/image.h"

struct stroke { /* points first .. last in one line */
    uint8_t first, last;
    bool closed;
};

static const struct stroke strokes[] = {
    {0, 16, false}, {17, 21, false}, {22, 26, false}, {27, 30, false}, {30, 35, true},
    {36, 41, true}, {42, 47, true},  {48, 59, true},  {60, 67, true},
};

static void draw_strokes(vultus_image *image, const vultus_point *points, float thickness,
                         uint32_t colour)
{
    for (size_t i = 0; i < sizeof strokes / sizeof *strokes; i++) {
        const struct stroke *stroke = &strokes[i];
        for (size_t k = stroke->first; k < stroke->last; k++)
            draw_line(image, points[k], points[k + 1], thickness, colour);
        if (stroke->closed)
            draw_line(image, points[stroke->last], points[stroke->first], thickness, colour);
    }
}

static void draw_discs(vultus_image *image, const vultus_point *points, size_t count, float radius,
                       uint32_t colour)
{
    for (size_t i = 0; i < count; i++)
        draw_disc(image, points[i], radius, colour);
}

void draw_shape(vultus_image *image, const vultus_point *points, size_t count, float face,
                uint32_t colour, uint32_t rim)
{
    bool lines = count == 68;
    float radius = face / (lines ? 110 : 45), least = lines ? 0.9f : 1.2f;
    radius = radius > least ? radius : least;
    if (lines) {
        draw_strokes(image, points, radius * 1.2f + 0.8f, rim);
        draw_discs(image, points, count, radius * 1.3f + 0.4f, rim);
        draw_strokes(image, points, radius * 0.6f, colour);
    } else {
        draw_discs(image, points, count, radius * 1.4f + 0.6f, rim);
    }
    draw_discs(image, points, count, radius, colour);
}
