/*
 * PNG by libpng, to 8-bit RGB over white. Colour profiles and gamma are left alone, as everything
 * that was trained on decoded pictures does. Ancillary chunks are not even parsed, except for
 * transparency. A wrong checksum in the pixels is damage, and so is an end before the last row;
 * what is wrong behind the last row is not looked at. Memory of libpng comes from base/memory.
 */
#include "image/image.h"
#include "base/memory.h"

#include <setjmp.h>
#include <string.h>

#include <png.h>

#define CHUNK_BYTES_MAX ((png_alloc_size_t)8 << 20) /* far more than a palette */

struct reader {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t left;
    const char *name;
    vultus_error *error;
    vultus_status status;
    bool out_of_memory;
    vultus_image *image;
};

static png_voidp reader_alloc(png_structp png, png_alloc_size_t size)
{
    struct reader *reader = png_get_mem_ptr(png);
    void *block = mem_alloc(size);
    if (!block)
        reader->out_of_memory = true;
    return block;
}

static void reader_free(png_structp png, png_voidp block)
{
    (void)png;
    mem_free(block);
}

_Noreturn static void on_error(png_structp png, png_const_charp text)
{
    struct reader *reader = png_get_error_ptr(png);
    if (reader->out_of_memory)
        reader->status = status_memory(reader->error, "decoding a PNG");
    else if (!reader->status)
        reader->status =
            status_set(reader->error, VULTUS_ERR_FORMAT, "%s: damaged PNG: %s", reader->name, text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png, (void)text;
}

static void on_read(png_structp png, png_bytep to, size_t size)
{
    struct reader *reader = png_get_io_ptr(png);
    if (size > reader->left)
        png_error(png, "it ends too early");
    memcpy(to, reader->bytes, size);
    reader->bytes += size;
    reader->left -= size;
}

static void check(struct reader *reader, vultus_status status)
{
    if (status) {
        reader->status = status;
        png_longjmp(reader->png, 1);
    }
}

static void ask_for_rgb(png_structp png, png_infop info)
{
    static const png_color_16 white = {.red = 255, .green = 255, .blue = 255, .gray = 255};
    static const png_color_16 white16 = {
        .red = 65535, .green = 65535, .blue = 65535, .gray = 65535};
    bool deep = png_get_bit_depth(png, info) == 16;
    png_set_expand(png);
    if (deep)
        png_set_scale_16(png);
    if ((png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA) ||
        png_get_valid(png, info, PNG_INFO_tRNS))
        png_set_background_fixed(png, deep ? &white16 : &white, PNG_BACKGROUND_GAMMA_SCREEN, 0,
                                 PNG_FP_1);
    png_set_gray_to_rgb(png);
}

static void read_picture(struct reader *reader, size_t max_pixels)
{
    png_structp png = reader->png;
    png_infop info = reader->info = png_create_info_struct(png);
    if (!info)
        check(reader, status_memory(reader->error, "decoding a PNG"));
    png_set_read_fn(png, reader, on_read);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_chunk_malloc_max(png, CHUNK_BYTES_MAX);
    png_set_user_limits(png, VULTUS_SIDE_MAX, VULTUS_SIDE_MAX);
    png_read_info(png, info);
    uint32_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    check(reader, image_check_size(width, height, max_pixels, reader->name, reader->error));
    ask_for_rgb(png, info);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) != (size_t)3 * width)
        png_error(png, "its rows cannot be made RGB");
    check(reader, image_new(width, height, &reader->image, reader->error));
    for (int pass = 0; pass < passes; pass++)
        for (size_t y = 0; y < height; y++)
            png_read_row(png, reader->image->pixels + y * reader->image->stride, NULL);
}

/* libpng's own message for sides over its limits does not name them. */
static vultus_status check_header(const uint8_t *bytes, size_t size, const char *name,
                                  size_t max_pixels, vultus_error *error)
{
    if (size >= 16 && !memcmp(bytes + 12, "CgBI", 4))
        return status_set(error, VULTUS_ERR_FORMAT,
                          "%s: a PNG in Apple's own variant is not read; convert it to JPEG or PNG",
                          name);
    if (size < 24 || memcmp(bytes + 12, "IHDR", 4) != 0)
        return status_set(error, VULTUS_ERR_FORMAT, "%s: damaged PNG: it has no header", name);
    uint32_t sides[2];
    for (int i = 0; i < 2; i++) {
        const uint8_t *p = bytes + 16 + 4 * i;
        sides[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    }
    return image_check_size(sides[0], sides[1], max_pixels, name, error);
}

vultus_status decode_png(const uint8_t *bytes, size_t size, const char *name, size_t max_pixels,
                         vultus_image **out, vultus_error *error)
{
    struct reader reader = {.bytes = bytes, .left = size, .name = name, .error = error};
    vultus_status status = check_header(bytes, size, name, max_pixels, error);
    if (status)
        return status;
    reader.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &reader, on_error, on_warning,
                                          &reader, reader_alloc, reader_free);
    if (!reader.png)
        return status_memory(error, "decoding a PNG");
    if (!setjmp(png_jmpbuf(reader.png)))
        read_picture(&reader, max_pixels);
    png_destroy_read_struct(&reader.png, &reader.info, NULL);
    if (reader.status)
        vultus_image_free(reader.image);
    else
        *out = reader.image;
    return reader.status;
}
