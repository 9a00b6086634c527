/*
 * A picture drawn into a part of another, for screens: quick rather than exact. Where it shrinks to less than half each
 * pixel is the mean of a block, else it is blended of four neighbours, first the rows, then along the row.
 */
#include "image/image.h"

#include <math.h>
#include <string.h>

#define PART 256    /* of a pixel, for weights */
#define CHUNK 16384 /* bytes of a blended row at a time: the widest picture has more */

struct window { /* whole pixels of the target */
    uint32_t left, top, width, height;
};

static struct window window_of(const vultus_image *image, const vultus_image *into, vultus_box part)
{
    float scale = fminf(part.width / (float)image->width, part.height / (float)image->height);
    float width = roundf((float)image->width * scale),
          height = roundf((float)image->height * scale);
    float left = part.x + floorf((part.width - width) / 2);
    float top = part.y + floorf((part.height - height) / 2);
    left = fmaxf(left, 0);
    top = fmaxf(top, 0);
    if (!(width >= 1) || !(height >= 1) || left + width > (float)into->width ||
        top + height > (float)into->height)
        return (struct window){0};
    return (struct window){(uint32_t)left, (uint32_t)top, (uint32_t)width, (uint32_t)height};
}

static void mean_block(const vultus_image *image, uint32_t x0, uint32_t x1, uint32_t y0,
                       uint32_t y1, uint8_t out[3])
{
    uint32_t sums[3] = {0}, count = (x1 - x0) * (y1 - y0);
    for (uint32_t y = y0; y < y1; y++) {
        const uint8_t *pixel = image->pixels + y * image->stride + (size_t)3 * x0;
        for (uint32_t x = x0; x < x1; x++, pixel += 3)
            for (int c = 0; c < 3; c++)
                sums[c] += pixel[c];
    }
    for (int c = 0; c < 3; c++)
        out[c] = (uint8_t)(sums[c] / count);
}

static void shrink(const vultus_image *image, vultus_image *into, struct window window)
{
    for (uint32_t y = 0; y < window.height; y++) {
        uint8_t *to = into->pixels + (window.top + y) * into->stride + (size_t)3 * window.left;
        uint32_t y0 = (uint32_t)((uint64_t)y * image->height / window.height);
        uint32_t y1 = (uint32_t)((uint64_t)(y + 1) * image->height / window.height);
        for (uint32_t x = 0; x < window.width; x++, to += 3)
            mean_block(image, (uint32_t)((uint64_t)x * image->width / window.width),
                       (uint32_t)((uint64_t)(x + 1) * image->width / window.width), y0, y1, to);
    }
}

/* The pixel before the middle of the at-th of `count`, in a side of `size`, and the weight of the one behind it. */
static uint32_t place(uint32_t at, uint32_t count, uint32_t size, uint32_t *weight)
{
    float where = ((float)at + 0.5f) * (float)size / (float)count - 0.5f;
    where = fmaxf(0, fminf(where, (float)(size - 1)));
    uint32_t whole = (uint32_t)where;
    *weight = (uint32_t)((where - (float)whole) * PART);
    return whole;
}

static void blend_rows(const uint8_t *above, const uint8_t *below, uint32_t weight, size_t count,
                       uint8_t *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (uint8_t)((above[i] * (PART - weight) + below[i] * weight) / PART);
}

/* One row of the target, from the pixels of the source that a chunk has room for at a time. */
static void blend_row(const vultus_image *image, struct window window, uint32_t y, uint8_t *to)
{
    uint8_t row[CHUNK];
    uint32_t down, right, first = 0, have = 0;
    uint32_t top = place(y, window.height, image->height, &down);
    const uint8_t *above = image->pixels + top * image->stride;
    const uint8_t *below = top + 1 < image->height ? above + image->stride : above;
    for (uint32_t x = 0; x < window.width; x++, to += 3) {
        uint32_t left = place(x, window.width, image->width, &right);
        uint32_t next = left + 1 < image->width ? left + 1 : left;
        if (next >= first + have) {
            first = left;
            have = image->width - first < CHUNK / 3 ? image->width - first : CHUNK / 3;
            blend_rows(above + (size_t)3 * first, below + (size_t)3 * first, down, (size_t)3 * have,
                       row);
        }
        const uint8_t *a = row + (size_t)3 * (left - first), *b = row + (size_t)3 * (next - first);
        for (int c = 0; c < 3; c++)
            to[c] = (uint8_t)((a[c] * (PART - right) + b[c] * right) / PART);
    }
}

vultus_box image_fit(const vultus_image *image, vultus_image *into, vultus_box part)
{
    struct window window = window_of(image, into, part);
    if (image->width >= 2 * window.width && window.width)
        shrink(image, into, window);
    else
        for (uint32_t y = 0; y < window.height; y++)
            blend_row(image, window, y,
                      into->pixels + (window.top + y) * into->stride + (size_t)3 * window.left);
    return (vultus_box){(float)window.left, (float)window.top, (float)window.width,
                        (float)window.height};
}
