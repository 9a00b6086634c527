/*
 * A picture drawn into a part of another, for screens: quick rather than exact. Each row of the target is made of rows
 * of the picture first, and then along itself: the mean of a block where the picture shrinks to half and less, else
 * blended of four neighbours. Where columns come from is worked out once for all rows, a strip of them at a time.
 */
#include "image/image.h"

#include <math.h>

#define PART 256 /* of a pixel, for weights */
#define SPAN                                                                                       \
    2048 /* columns of the picture in a strip; of a block that is wider the rest is left out */
#define COLUMNS 1024 /* of the target in a strip */

struct window { /* whole pixels of the target */
    uint32_t left, top, width, height;
};

struct strip {
    bool shrinks;
    uint32_t first, span;  /* columns of the picture */
    uint32_t begin, count; /* columns of the target */
    uint16_t from[COLUMNS +
                  1]; /* of each, in the span: where its block begins, or the pixel left of it */
    uint16_t part[COLUMNS]; /* of the pixel right of it */
    uint8_t row[3 * SPAN];
};

static struct window window_of(const vultus_image *image, const vultus_image *into, vultus_box part)
{
    float scale = fminf(part.width / (float)image->width, part.height / (float)image->height);
    float width = roundf((float)image->width * scale);
    float height = roundf((float)image->height * scale);
    float left = fmaxf(part.x + floorf((part.width - width) / 2), 0);
    float top = fmaxf(part.y + floorf((part.height - height) / 2), 0);
    if (!(width >= 1) || !(height >= 1) || left + width > (float)into->width ||
        top + height > (float)into->height)
        return (struct window){0};
    return (struct window){(uint32_t)left, (uint32_t)top, (uint32_t)width, (uint32_t)height};
}

static uint32_t edge(uint32_t at, uint32_t count, uint32_t size)
{
    return (uint32_t)((uint64_t)at * size / count);
}

/* The pixel before the middle of the at-th of `count`, in a side of `size`, and the weight of the one behind it. */
static uint32_t place(uint32_t at, uint32_t count, uint32_t size, uint16_t *part)
{
    float where = ((float)at + 0.5f) * (float)size / (float)count - 0.5f;
    where = fmaxf(0, fminf(where, (float)(size - 1)));
    uint32_t whole = (uint32_t)where;
    *part = whole + 1 < size ? (uint16_t)((where - (float)whole) * PART) : 0;
    return whole;
}

static void plan(const vultus_image *image, struct window window, struct strip *strip)
{
    uint16_t unused = 0;
    uint32_t begin = strip->begin, left = window.width - begin;
    uint32_t room = (SPAN - 4) * (uint64_t)window.width / image->width > COLUMNS
                        ? COLUMNS
                        : (uint32_t)((SPAN - 4) * (uint64_t)window.width / image->width);
    strip->count = room < 1 ? 1 : room < left ? room : left;
    strip->first = strip->shrinks ? edge(begin, window.width, image->width)
                                  : place(begin, window.width, image->width, &unused);
    for (uint32_t i = 0; i <= strip->count; i++) {
        uint16_t *part = i < strip->count ? &strip->part[i] : &unused;
        uint32_t from = strip->shrinks ? edge(begin + i, window.width, image->width)
                                       : place(begin + i, window.width, image->width, part);
        from -= strip->first;
        strip->from[i] = (uint16_t)(from < SPAN ? from : SPAN);
    }
    uint32_t span = strip->from[strip->count] + (strip->shrinks ? 0u : 2u);
    span = span < SPAN ? span : SPAN;
    strip->span = span < image->width - strip->first ? span : image->width - strip->first;
}

/* Of the picture's rows y0 to y1. */
static void mean_rows(const vultus_image *image, uint32_t y0, uint32_t y1, struct strip *strip)
{
    uint32_t sums[3 * SPAN] = {0}, bytes = 3 * strip->span;
    for (uint32_t y = y0; y < y1; y++) {
        const uint8_t *row = image->pixels + y * image->stride + (size_t)3 * strip->first;
        for (uint32_t i = 0; i < bytes; i++)
            sums[i] += row[i];
    }
    float share = 1 / (float)(y1 - y0);
    for (uint32_t i = 0; i < bytes; i++)
        strip->row[i] = (uint8_t)((float)sums[i] * share + 0.25f);
}

static void blend_rows(const vultus_image *image, uint32_t y, uint16_t part, struct strip *strip)
{
    uint32_t bytes = 3 * strip->span, above_part = (uint32_t)PART - part, below_part = part;
    const uint8_t *above = image->pixels + y * image->stride + (size_t)3 * strip->first;
    const uint8_t *below = part ? above + image->stride : above;
    for (uint32_t i = 0; i < bytes; i++)
        strip->row[i] = (uint8_t)((above[i] * above_part + below[i] * below_part) / PART);
}

static void mean_along(const struct strip *strip, uint8_t *to)
{
    for (uint32_t i = 0; i < strip->count; i++, to += 3) {
        uint32_t sums[3] = {0}, begin = strip->from[i], end = strip->from[i + 1];
        const uint8_t *pixel = strip->row + (size_t)3 * begin;
        for (uint32_t x = begin; x < end; x++, pixel += 3)
            for (int c = 0; c < 3; c++)
                sums[c] += pixel[c];
        for (int c = 0; c < 3 && begin < end; c++)
            to[c] = (uint8_t)(sums[c] / (end - begin));
    }
}

static void blend_along(const struct strip *strip, uint8_t *to)
{
    for (uint32_t i = 0; i < strip->count; i++, to += 3) {
        const uint8_t *a = strip->row + (size_t)3 * strip->from[i];
        const uint8_t *b = strip->part[i] ? a + 3 : a;
        int part = strip->part[i];
        for (int c = 0; c < 3; c++)
            to[c] = (uint8_t)((a[c] * (PART - part) + b[c] * part) / PART);
    }
}

static void draw_strip(const vultus_image *image, vultus_image *into, struct window window,
                       struct strip *strip)
{
    for (uint32_t y = 0; y < window.height; y++) {
        uint8_t *to = into->pixels + (window.top + y) * into->stride +
                      (size_t)3 * (window.left + strip->begin);
        uint16_t part;
        if (strip->shrinks) {
            mean_rows(image, edge(y, window.height, image->height),
                      edge(y + 1, window.height, image->height), strip);
            mean_along(strip, to);
        } else {
            uint32_t row = place(y, window.height, image->height, &part);
            blend_rows(image, row, part, strip);
            blend_along(strip, to);
        }
    }
}

vultus_box image_fit(const vultus_image *image, vultus_image *into, vultus_box part)
{
    struct window window = window_of(image, into, part);
    struct strip strip = {.shrinks =
                              image->width >= 2 * window.width && image->height >= window.height};
    for (; strip.begin < window.width; strip.begin += strip.count) {
        plan(image, window, &strip);
        draw_strip(image, into, window, &strip);
    }
    return (vultus_box){(float)window.left, (float)window.top, (float)window.width,
                        (float)window.height};
}
