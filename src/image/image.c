/*
 * The public functions for pictures: decoding by the first bytes, pixels of the caller, writing.
 * What the formats are lies in decode_*.c and encode_*.c. A picture remembers the hash of the bytes
 * that it was decoded from: they are gone when somebody asks whether it was enrolled before.
 */
#include "image/image.h"
#include "image/resample.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

#define JPEG_QUALITY 92
#define NAME_SHOWN 120 /* bytes of a name in a message, so that the reason behind it is not cut */

vultus_status image_check_size(uint64_t width, uint64_t height, size_t max_pixels, const char *name,
                               vultus_error *error)
{
    if (!width || !height)
        return status_set(error, VULTUS_ERR_FORMAT, "%s: a picture without pixels", name);
    if (width > VULTUS_SIDE_MAX || height > VULTUS_SIDE_MAX)
        return status_set(error, VULTUS_ERR_LIMIT,
                          "%s: %llu x %llu pixels, a side may have %d at most; scale it down", name,
                          (unsigned long long)width, (unsigned long long)height, VULTUS_SIDE_MAX);
    if (width * height > max_pixels)
        return status_set(error, VULTUS_ERR_LIMIT,
                          "%s: %llu x %llu pixels, %zu in all are allowed; scale it down", name,
                          (unsigned long long)width, (unsigned long long)height, max_pixels);
    return VULTUS_OK;
}

vultus_image *image_shell(void)
{
    struct {
        vultus_image image;
        struct mips mips;
    } *block = mem_zalloc(1, sizeof *block);
    if (!block)
        return NULL;
    block->image.mips = &block->mips;
    return &block->image;
}

vultus_status image_new(uint32_t width, uint32_t height, vultus_image **out, vultus_error *error)
{
    if (!width || !height)
        return status_set(error, VULTUS_ERR_LIMIT, "a picture needs at least one pixel");
    vultus_status status = image_check_size(width, height, VULTUS_PIXELS_MAX, "picture", error);
    if (status)
        return status;
    vultus_image *image = image_shell();
    if (!image)
        return status_memory(error, "a picture");
    image->width = width;
    image->height = height;
    image->stride = (size_t)3 * width;
    image->pixels = mem_aligned(height, image->stride);
    if (!image->pixels) {
        mem_free(image);
        return status_memory(error, "the pixels of a picture");
    }
    *out = image;
    return VULTUS_OK;
}

static void copy_rows(const vultus_image *from, uint8_t *pixels, size_t stride)
{
    for (size_t y = 0; y < from->height; y++)
        memcpy(pixels + y * stride, from->pixels + y * from->stride, (size_t)3 * from->width);
}

vultus_status image_refill(const vultus_image *image, vultus_image **room, vultus_error *error)
{
    vultus_image *copy = *room;
    bool fits = copy && copy->width == image->width && copy->height == image->height;
    vultus_status status = VULTUS_OK;
    if (!fits)
        status = image_new(image->width, image->height, &copy, error);
    if (status)
        return status;
    copy_rows(image, copy->pixels, copy->stride);
    copy->has_hash = false;
    mips_clear(copy->mips);
    if (copy != *room)
        vultus_image_free(*room);
    *room = copy;
    return VULTUS_OK;
}

vultus_status image_own(vultus_image *image, vultus_error *error)
{
    if (!image->borrowed)
        return VULTUS_OK;
    size_t row = (size_t)3 * image->width;
    uint8_t *pixels = mem_aligned(image->height, row);
    if (!pixels)
        return status_memory(error, "the pixels of a picture");
    copy_rows(image, pixels, row);
    image->pixels = pixels;
    image->stride = row;
    image->borrowed = false;
    return VULTUS_OK;
}

/* The end of a long name: that is where the file's own name stands. */
static void shorten(const char *name, char out[NAME_SHOWN + 4])
{
    const char *tail = utf8_tail(name, NAME_SHOWN);
    (void)snprintf(out, NAME_SHOWN + 4, "%s%s", tail == name ? "" : "...", tail);
}

static vultus_status decode(const uint8_t *bytes, size_t size, const char *name, size_t max_pixels,
                            vultus_image **out, vultus_error *error)
{
    switch (image_kind_of(bytes, size)) {
    case IMAGE_JPEG: return decode_jpeg(bytes, size, name, max_pixels, out, error);
    case IMAGE_PNG: return decode_png(bytes, size, name, max_pixels, out, error);
    case IMAGE_WEBP: return decode_webp(bytes, size, name, max_pixels, out, error);
    case IMAGE_UNKNOWN: break;
    }
    return image_refuse_kind(bytes, size, name, error);
}

vultus_status vultus_image_decode(const void *bytes, size_t size, const char *name,
                                  const vultus_decode_options *options, vultus_image **out,
                                  vultus_error *error)
{
    char shown[NAME_SHOWN + 4];
    vultus_image *image = NULL;
    size_t max_bytes = options && options->max_bytes ? options->max_bytes : VULTUS_FILE_BYTES_MAX;
    size_t max_pixels = options && options->max_pixels ? options->max_pixels : VULTUS_PIXELS_MAX;
    if (!out || (!bytes && size))
        return status_set(error, VULTUS_ERR_ARGUMENT, "vultus_image_decode: no bytes or no out");
    shorten(name ? name : "picture", shown);
    if (size > max_bytes)
        return status_set(error, VULTUS_ERR_LIMIT, "%s: %zu bytes, at most %zu are read", shown,
                          size, max_bytes);
    if (max_pixels > VULTUS_PIXELS_MAX)
        max_pixels = VULTUS_PIXELS_MAX;
    vultus_status status = decode(bytes, size, shown, max_pixels, &image, error);
    if (!status)
        status = image_orient(image, exif_orientation(bytes, size), error);
    if (!status)
        status = hash_bytes(bytes, size, image->hash, error);
    if (status) {
        vultus_image_free(image);
        return status;
    }
    image->has_hash = true;
    *out = image;
    return VULTUS_OK;
}

vultus_status vultus_image_read(const char *path, const vultus_decode_options *options,
                                vultus_image **out, vultus_error *error)
{
    struct buffer bytes;
    size_t max = options && options->max_bytes ? options->max_bytes : VULTUS_FILE_BYTES_MAX;
    if (!path || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT, "vultus_image_read: no path or no out");
    vultus_status status = file_read(path, max, &bytes, error);
    if (status)
        return status;
    status = vultus_image_decode(bytes.data, bytes.size, path, options, out, error);
    buffer_clear(&bytes);
    return status;
}

static void convert_row(const uint8_t *from, vultus_pixel_format format, uint32_t width,
                        uint8_t *to)
{
    size_t step = format == VULTUS_PIXELS_GREY ? 1 : format == VULTUS_PIXELS_BGR ? 3 : 4;
    size_t red = format == VULTUS_PIXELS_BGR || format == VULTUS_PIXELS_BGRA ? 2 : 0;
    size_t green = format == VULTUS_PIXELS_GREY ? 0 : 1;
    size_t blue = format == VULTUS_PIXELS_GREY ? 0 : 2 - red;
    for (uint32_t x = 0; x < width; x++, from += step, to += 3) {
        to[0] = from[red];
        to[1] = from[green];
        to[2] = from[blue];
    }
}

vultus_status vultus_image_wrap(const vultus_pixels *pixels, vultus_image **out,
                                vultus_error *error)
{
    static const uint8_t bytes_per_pixel[] = {3, 3, 4, 4, 1}; /* vultus_pixel_format */
    if (!pixels || !out || !pixels->data)
        return status_set(error, VULTUS_ERR_ARGUMENT, "vultus_image_wrap: no pixels or no out");
    if ((unsigned)pixels->format >= sizeof bytes_per_pixel)
        return status_set(error, VULTUS_ERR_ARGUMENT, "vultus_image_wrap: format %d is unknown",
                          (int)pixels->format);
    if (!pixels->width || !pixels->height)
        return status_set(error, VULTUS_ERR_ARGUMENT, "vultus_image_wrap: a side of 0 pixels");
    size_t row = (size_t)pixels->width * bytes_per_pixel[pixels->format];
    size_t stride = pixels->stride ? pixels->stride : row;
    if (stride < row)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "vultus_image_wrap: a stride of %zu is less than a row of %zu bytes",
                          stride, row);
    vultus_image *image = NULL;
    vultus_status status =
        image_check_size(pixels->width, pixels->height, VULTUS_PIXELS_MAX, "picture", error);
    if (status)
        return status;
    if (pixels->format == VULTUS_PIXELS_RGB) {
        image = image_shell();
        if (!image)
            return status_memory(error, "a picture");
        image->width = pixels->width;
        image->height = pixels->height;
        image->stride = stride;
        image->pixels = (uint8_t *)pixels->data; /* never written: it is marked as borrowed */
        image->borrowed = true;
    } else {
        status = image_new(pixels->width, pixels->height, &image, error);
        if (status)
            return status;
        for (size_t y = 0; y < image->height; y++)
            convert_row(pixels->data + y * stride, pixels->format, image->width,
                        image->pixels + y * image->stride);
    }
    *out = image;
    return VULTUS_OK;
}

uint32_t vultus_image_width(const vultus_image *image)
{
    return image ? image->width : 0;
}

uint32_t vultus_image_height(const vultus_image *image)
{
    return image ? image->height : 0;
}

vultus_pixels vultus_image_pixels(const vultus_image *image)
{
    if (!image)
        return (vultus_pixels){0};
    return (vultus_pixels){.data = image->pixels,
                           .width = image->width,
                           .height = image->height,
                           .stride = image->stride,
                           .format = VULTUS_PIXELS_RGB};
}

void vultus_image_free(vultus_image *image)
{
    if (!image)
        return;
    mips_clear(image->mips);
    if (!image->borrowed)
        mem_free_wiped(image->pixels, image->stride * image->height);
    mem_free(image);
}

vultus_status vultus_image_write(const vultus_image *image, const char *path, vultus_error *error)
{
    struct buffer bytes;
    if (!image || !path)
        return status_set(error, VULTUS_ERR_ARGUMENT, "vultus_image_write: no picture or no path");
    const char *name = file_name(path);
    bool png = file_has_ending(name, ".png");
    if (!png && !file_has_ending(name, ".jpg") && !file_has_ending(name, ".jpeg"))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "%s: pictures are written as .jpg, .jpeg or .png; give the file one of "
                          "these endings",
                          path);
    vultus_status status = png ? image_encode_png(image, &bytes, error)
                               : image_encode_jpeg(image, JPEG_QUALITY, &bytes, error);
    if (status)
        return status;
    status = file_write(path, bytes.data, bytes.size, error);
    buffer_clear(&bytes);
    return status;
}

vultus_status vultus_image_jpeg(const vultus_image *image, uint8_t **out, size_t *size,
                                vultus_error *error)
{
    struct buffer bytes;
    if (!image || !out || !size)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "vultus_image_jpeg: a picture and places for the answer are needed");
    vultus_status status = image_encode_jpeg(image, JPEG_QUALITY, &bytes, error);
    if (status)
        return status;
    *out = bytes.data;
    *size = bytes.size;
    return VULTUS_OK;
}

/* Row by row, so that the hash does not depend on the stride and needs no second copy. */
static vultus_status hash_pixels(const vultus_image *image, uint8_t out[HASH_SIZE],
                                 vultus_error *error)
{
    size_t row = (size_t)3 * image->width, head = 8;
    uint8_t *rows = mem_array(head + (size_t)image->height * HASH_SIZE, 1);
    if (!rows)
        return status_memory(error, "the hash of a picture");
    for (size_t i = 0; i < 4; i++) { /* the same on every machine */
        rows[i] = (uint8_t)(image->width >> (8 * i));
        rows[4 + i] = (uint8_t)(image->height >> (8 * i));
    }
    vultus_status status = VULTUS_OK;
    for (size_t y = 0; !status && y < image->height; y++)
        status =
            hash_bytes(image->pixels + y * image->stride, row, rows + head + y * HASH_SIZE, error);
    if (!status)
        status = hash_bytes(rows, head + (size_t)image->height * HASH_SIZE, out, error);
    mem_free(rows);
    return status;
}

vultus_status image_hash(const vultus_image *image, uint8_t out[HASH_SIZE], vultus_error *error)
{
    if (!image->has_hash)
        return hash_pixels(image, out, error);
    memcpy(out, image->hash, HASH_SIZE);
    return VULTUS_OK;
}

vultus_status vultus_image_hash(const vultus_image *image, uint8_t out[VULTUS_IMAGE_HASH],
                                vultus_error *error)
{
    return image ? image_hash(image, out, error)
                 : status_set(error, VULTUS_ERR_ARGUMENT, "a picture is needed");
}
