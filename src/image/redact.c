/*
 * Faces made unrecognisable. The enlarged box is cut into cells, at most VULTUS_REDACT_CELLS across its shorter side, and
 * only the mean colour of each, in coarse steps, is kept: what is drawn from it holds no more than that. That is why blurring is
 * not a filter here: a filter of known shape can be undone (McPherson et al. 2016 tell faces apart behind most blurs).
 */
#include "image/image.h"
#include "image/resample.h"
#include "base/memory.h"

#include <vultus/redact.h>

#include <math.h>

#define SIDE 0.25f   /* of the width, added left and right; of the height, below */
#define ABOVE 0.5f   /* of the height: boxes begin at the brows */
#define STEP 8       /* of colours */
#define CELLS_MAX 64 /* along the longer side */

struct area { /* whole pixels, inside the picture */
    uint32_t left, top, width, height;
};

struct cells {
    uint32_t columns, rows;
    uint8_t colours[CELLS_MAX * CELLS_MAX][3];
};

static uint32_t bounded(float value, uint32_t most)
{
    return !(value > 0) ? 0 : value < (float)most ? (uint32_t)value : most;
}

/* False: nothing of it lies in the picture. */
static bool enlarge(const vultus_image *image, vultus_box box, struct area *out)
{
    float left = box.x - SIDE * box.width, right = box.x + (1 + SIDE) * box.width;
    float top = box.y - ABOVE * box.height, bottom = box.y + (1 + SIDE) * box.height;
    uint32_t x0 = bounded(floorf(left), image->width), x1 = bounded(ceilf(right), image->width);
    uint32_t y0 = bounded(floorf(top), image->height), y1 = bounded(ceilf(bottom), image->height);
    *out = (struct area){x0, y0, x1 - x0, y1 - y0};
    return x0 < x1 && y0 < y1;
}

/* Where the index-th of `count` parts of `size` pixels begins. */
static uint32_t edge(uint32_t size, uint32_t count, uint32_t index)
{
    return (uint32_t)((uint64_t)size * index / count);
}

static void mean_of(const vultus_image *image, struct area area, uint8_t out[3])
{
    uint64_t sums[3] = {0}, count = (uint64_t)area.width * area.height;
    for (uint32_t y = area.top; y < area.top + area.height; y++) {
        const uint8_t *pixel = image->pixels + y * image->stride + (size_t)3 * area.left;
        for (uint32_t x = 0; x < area.width; x++, pixel += 3)
            for (int c = 0; c < 3; c++)
                sums[c] += pixel[c];
    }
    for (int c = 0; c < 3; c++)
        out[c] = (uint8_t)(sums[c] / count / STEP * STEP + STEP / 2);
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Cells are as square as the area lets them be, and never smaller than a pixel. */
static void measure(const vultus_image *image, struct area area, struct cells *cells)
{
    uint32_t shorter = least(area.width, area.height);
    float side = fmaxf((float)shorter / VULTUS_REDACT_CELLS, 1);
    cells->columns = least((uint32_t)fmaxf((float)area.width / side, 1), CELLS_MAX);
    cells->rows = least((uint32_t)fmaxf((float)area.height / side, 1), CELLS_MAX);
    for (uint32_t row = 0; row < cells->rows; row++)
        for (uint32_t column = 0; column < cells->columns; column++) {
            uint32_t x0 = edge(area.width, cells->columns, column);
            uint32_t y0 = edge(area.height, cells->rows, row);
            struct area cell = {area.left + x0, area.top + y0,
                                edge(area.width, cells->columns, column + 1) - x0,
                                edge(area.height, cells->rows, row + 1) - y0};
            mean_of(image, cell, cells->colours[row * cells->columns + column]);
        }
}

/* Between which two of `count` cells a pixel lies, and how far on, in 256 parts. */
static uint32_t between(uint32_t at, uint32_t size, uint32_t count, uint32_t *next, int *part)
{
    float place = ((float)at + 0.5f) * (float)count / (float)size - 0.5f;
    place = place < 0 ? 0 : place > (float)(count - 1) ? (float)(count - 1) : place;
    uint32_t first = (uint32_t)place;
    *next = first + 1 < count ? first + 1 : first;
    *part = (int)((place - (float)first) * 256);
    return first;
}

static void draw_smooth(vultus_image *image, struct area area, const struct cells *cells)
{
    for (uint32_t y = 0; y < area.height; y++) {
        uint8_t *pixel = image->pixels + (area.top + y) * image->stride + (size_t)3 * area.left;
        uint32_t below, right;
        int down, on;
        uint32_t row = between(y, area.height, cells->rows, &below, &down);
        const uint8_t(*upper)[3] = cells->colours + (size_t)row * cells->columns;
        const uint8_t(*lower)[3] = cells->colours + (size_t)below * cells->columns;
        for (uint32_t x = 0; x < area.width; x++, pixel += 3) {
            uint32_t column = between(x, area.width, cells->columns, &right, &on);
            for (int c = 0; c < 3; c++) {
                int a = upper[column][c] * (256 - on) + upper[right][c] * on;
                int b = lower[column][c] * (256 - on) + lower[right][c] * on;
                pixel[c] = (uint8_t)((a * (256 - down) + b * down) >> 16);
            }
        }
    }
}

static void draw_cells(vultus_image *image, struct area area, const struct cells *cells)
{
    for (uint32_t y = 0; y < area.height; y++) {
        uint8_t *pixel = image->pixels + (area.top + y) * image->stride + (size_t)3 * area.left;
        uint32_t row = (uint32_t)((uint64_t)y * cells->rows / area.height);
        for (uint32_t x = 0; x < area.width; x++, pixel += 3) {
            uint32_t column = (uint32_t)((uint64_t)x * cells->columns / area.width);
            for (int c = 0; c < 3; c++)
                pixel[c] = cells->colours[row * cells->columns + column][c];
        }
    }
}

static void redact(vultus_image *image, vultus_box box, vultus_redaction method)
{
    struct area area;
    struct cells cells;
    if (!enlarge(image, box, &area))
        return;
    if (method == VULTUS_REDACT_FILL) {
        draw_fill(
            image,
            (vultus_box){(float)area.left, (float)area.top, (float)area.width, (float)area.height},
            0, 1);
        return;
    }
    measure(image, area, &cells);
    if (method == VULTUS_REDACT_BLUR)
        draw_smooth(image, area, &cells);
    else
        draw_cells(image, area, &cells);
}

vultus_status vultus_image_redact(vultus_image *image, const vultus_box *boxes, size_t count,
                                  vultus_redaction method, vultus_error *error)
{
    if (!image || (!boxes && count) || (unsigned)method > VULTUS_REDACT_FILL)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "vultus_image_redact: no picture, no boxes, or an unknown method");
    for (size_t i = 0; i < count; i++)
        if (!isfinite(boxes[i].x + boxes[i].y + boxes[i].width + boxes[i].height))
            return status_set(error, VULTUS_ERR_ARGUMENT,
                              "vultus_image_redact: box %zu is not of numbers", i);
    vultus_status status = image_own(image, error);
    if (status)
        return status;
    for (size_t i = 0; i < count; i++)
        redact(image, boxes[i], method);
    image->has_hash = false; /* it is another picture now */
    mips_clear(image->mips);
    return VULTUS_OK;
}
