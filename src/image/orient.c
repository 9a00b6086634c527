/*
 * Turning a picture upright. Mirrors and the half turn work in place; quarter turns need a second
 * copy, which is filled in blocks so that reading and writing both stay in the cache.
 */
#include "image/image.h"
#include "base/memory.h"

#include <string.h>

#define BLOCK 32 /* 32 rows of 96 bytes on both sides: 6 KB */

static void swap_pixel(uint8_t *a, uint8_t *b)
{
    for (int c = 0; c < 3; c++) {
        uint8_t kept = a[c];
        a[c] = b[c];
        b[c] = kept;
    }
}

static void mirror(vultus_image *image)
{
    for (size_t y = 0; y < image->height; y++) {
        uint8_t *left = image->pixels + y * image->stride;
        uint8_t *right = left + (size_t)3 * (image->width - 1);
        for (; left < right; left += 3, right -= 3)
            swap_pixel(left, right);
    }
}

static void flip(vultus_image *image)
{
    uint8_t part[1024];
    size_t row = (size_t)3 * image->width;
    for (size_t top = 0, bottom = image->height - 1; top < bottom; top++, bottom--) {
        uint8_t *a = image->pixels + top * image->stride;
        uint8_t *b = image->pixels + bottom * image->stride;
        for (size_t x = 0; x < row; x += sizeof part) {
            size_t count = row - x < sizeof part ? row - x : sizeof part;
            memcpy(part, a + x, count);
            memcpy(a + x, b + x, count);
            memcpy(b + x, part, count);
        }
    }
}

/* Rows become columns; from the far end where asked. */
static void transpose(const vultus_image *from, uint8_t *to, bool columns_back, bool rows_back)
{
    size_t width = from->height, height = from->width; /* of what is written */
    for (size_t y0 = 0; y0 < height; y0 += BLOCK)
        for (size_t x0 = 0; x0 < width; x0 += BLOCK) {
            size_t y1 = height - y0 < BLOCK ? height : y0 + BLOCK;
            size_t x1 = width - x0 < BLOCK ? width : x0 + BLOCK;
            for (size_t y = y0; y < y1; y++) {
                size_t column = rows_back ? height - 1 - y : y;
                uint8_t *target = to + (y * width + x0) * 3;
                for (size_t x = x0; x < x1; x++, target += 3) {
                    size_t row = columns_back ? width - 1 - x : x;
                    const uint8_t *source = from->pixels + row * from->stride + 3 * column;
                    target[0] = source[0];
                    target[1] = source[1];
                    target[2] = source[2];
                }
            }
        }
}

static vultus_status turn(vultus_image *image, bool columns_back, bool rows_back,
                          vultus_error *error)
{
    size_t stride = (size_t)3 * image->height;
    uint8_t *pixels = mem_aligned(image->width, stride);
    if (!pixels)
        return status_memory(error, "turning a picture");
    transpose(image, pixels, columns_back, rows_back);
    if (!image->borrowed)
        mem_free_wiped(image->pixels, image->stride * image->height);
    uint32_t width = image->width;
    image->width = image->height;
    image->height = width;
    image->stride = stride;
    image->pixels = pixels;
    image->borrowed = false;
    return VULTUS_OK;
}

vultus_status image_orient(vultus_image *image, int orientation, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    if (orientation >= 2 && orientation <= 4)
        status = image_own(image, error);
    if (status)
        return status;
    switch (orientation) {
    case 2: mirror(image); break;
    case 3:
        mirror(image);
        flip(image);
        break;
    case 4: flip(image); break;
    case 5: return turn(image, false, false, error);
    case 6: return turn(image, true, false, error); /* a quarter turn clockwise */
    case 7: return turn(image, true, true, error);
    case 8: return turn(image, false, true, error); /* anticlockwise */
    default: break;
    }
    return VULTUS_OK;
}
