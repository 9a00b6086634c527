/*
 * Filled rectangles, frames, discs and lines. A pixel at an edge takes as much of the colour as the shape
 * covers of it, so that shapes keep their size and place on small pictures. Shapes that are not
 * numbers, or lie outside, draw nothing.
 */
#include "image/image.h"

#include <math.h>

static void blend(uint8_t *pixel, uint32_t colour, float part)
{
    int weight = (int)(part * 256 + 0.5f);
    for (int c = 0; c < 3; c++) {
        int wanted = (int)(colour >> (16 - 8 * c) & 0xFF);
        pixel[c] = (uint8_t)(pixel[c] + (wanted - pixel[c]) * weight / 256);
    }
}

static float between(float value, float low, float high)
{
    return value < low ? low : value > high ? high : value;
}

/* The part of the pixel at `at` that lies between two edges. */
static float covered(uint32_t at, float begin, float end)
{
    return between(end - (float)at, 0, 1) - between(begin - (float)at, 0, 1);
}

/* The pixels from `begin` to `end` that lie in the picture; false: none. */
static bool clip(float begin, float end, uint32_t side, uint32_t *first, uint32_t *last)
{
    if (!(begin < end) || !(end > 0) || !(begin < (float)side))
        return false;
    *first = begin > 0 ? (uint32_t)begin : 0;
    float stop = ceilf(end);
    *last = stop < (float)side ? (uint32_t)stop : side;
    return *first < *last;
}

void draw_fill(vultus_image *image, vultus_box box, uint32_t colour, float opacity)
{
    uint32_t left, right, top, bottom;
    float x1 = box.x + box.width, y1 = box.y + box.height;
    if (!(opacity > 0) || !clip(box.x, x1, image->width, &left, &right) ||
        !clip(box.y, y1, image->height, &top, &bottom))
        return;
    opacity = opacity < 1 ? opacity : 1;
    for (uint32_t y = top; y < bottom; y++) {
        float part = opacity * covered(y, box.y, y1);
        uint8_t *row = image->pixels + y * image->stride;
        for (uint32_t x = left; x < right; x++)
            blend(row + (size_t)3 * x, colour, part * covered(x, box.x, x1));
    }
}

void draw_rectangle(vultus_image *image, vultus_box box, float thickness, uint32_t colour)
{
    float half = thickness / 2;
    float left = box.x - half, right = box.x + box.width + half;
    float top = box.y - half, bottom = box.y + box.height + half;
    if (!(thickness > 0) || !(box.width > 0) || !(box.height > 0))
        return;
    if (box.width <= thickness || box.height <= thickness) { /* nothing is left inside */
        draw_fill(image, (vultus_box){left, top, right - left, bottom - top}, colour, 1);
        return;
    }
    draw_fill(image, (vultus_box){left, top, right - left, thickness}, colour, 1);
    draw_fill(image, (vultus_box){left, bottom - thickness, right - left, thickness}, colour, 1);
    vultus_box side = {left, top + thickness, thickness, bottom - top - 2 * thickness};
    draw_fill(image, side, colour, 1);
    side.x = right - thickness;
    draw_fill(image, side, colour, 1);
}

void draw_disc(vultus_image *image, vultus_point centre, float radius, uint32_t colour)
{
    uint32_t left, right, top, bottom;
    if (!(radius > 0) ||
        !clip(centre.x - radius - 1, centre.x + radius + 1, image->width, &left, &right) ||
        !clip(centre.y - radius - 1, centre.y + radius + 1, image->height, &top, &bottom))
        return;
    for (uint32_t y = top; y < bottom; y++)
        for (uint32_t x = left; x < right; x++) {
            float distance = hypotf((float)x + 0.5f - centre.x, (float)y + 0.5f - centre.y);
            float part = between(radius - distance + 0.5f, 0, 1);
            if (part > 0)
                blend(image->pixels + y * image->stride + (size_t)3 * x, colour, part);
        }
}

/* The part of a row that a line with round ends of `reach` covers: where it is as near as that. */
static bool line_in_row(vultus_point from, vultus_point to, float reach, float row, float *left,
                        float *right)
{
    float begin = 0, end = 1, dx = to.x - from.x, dy = to.y - from.y;
    if (dy != 0) {
        float a = (row - reach - from.y) / dy, b = (row + reach - from.y) / dy;
        begin = between(a < b ? a : b, 0, 1);
        end = between(a < b ? b : a, 0, 1);
    }
    float x0 = from.x + begin * dx, x1 = from.x + end * dx;
    *left = (x0 < x1 ? x0 : x1) - reach;
    *right = (x0 < x1 ? x1 : x0) + reach;
    return isfinite(*left) && isfinite(*right);
}

void draw_line(vultus_image *image, vultus_point from, vultus_point to, float thickness,
               uint32_t colour)
{
    uint32_t left, right, top, bottom;
    float half = thickness / 2, reach = half + 1, x0, x1;
    float dx = to.x - from.x, dy = to.y - from.y, square = dx * dx + dy * dy;
    if (!(thickness > 0) || !isfinite(square) ||
        !clip((dy < 0 ? to.y : from.y) - reach, (dy < 0 ? from.y : to.y) + reach, image->height,
              &top, &bottom))
        return;
    for (uint32_t y = top; y < bottom; y++) {
        float py = (float)y + 0.5f;
        if (!line_in_row(from, to, reach, py, &x0, &x1) ||
            !clip(x0, x1, image->width, &left, &right))
            continue;
        for (uint32_t x = left; x < right; x++) {
            float px = (float)x + 0.5f - from.x;
            float along = square > 0 ? between((px * dx + (py - from.y) * dy) / square, 0, 1) : 0;
            float distance = hypotf(px - along * dx, py - from.y - along * dy);
            float part = between(half - distance + 0.5f, 0, 1);
            if (part > 0)
                blend(image->pixels + y * image->stride + (size_t)3 * x, colour, part);
        }
    }
}
