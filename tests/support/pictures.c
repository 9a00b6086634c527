/* Small pictures made on the spot; see pictures.h. Errors end the test program. */
#include "pictures.h"
#include "support.h"

#include <math.h>

#include <jpeglib.h>
#include <png.h>
#include <webp/decode.h>
#include <webp/encode.h>

static void must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "tests/support/pictures.c: %s\n", what);
        exit(1);
    }
}

static void append(struct buffer *buffer, const void *bytes, size_t size)
{
    must(!buffer_append(buffer, bytes, size, NULL), "no memory");
}

vultus_image *picture_pattern(uint32_t width, uint32_t height)
{
    vultus_image *image = NULL;
    must(!image_new(width, height, &image, NULL), "no picture");
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            uint8_t *pixel = image->pixels + y * image->stride + (size_t)3 * x;
            pixel[0] = (uint8_t)(width > 1 ? 255 * x / (width - 1) : 0);
            pixel[1] = (uint8_t)(height > 1 ? 255 * y / (height - 1) : 0);
            pixel[2] = (uint8_t)(128 + 100 * sin((x + 2.0 * y) / 20));
        }
    return image;
}

double picture_difference(const vultus_image *a, const vultus_image *b)
{
    double sum = 0;
    if (a->width != b->width || a->height != b->height)
        return 1000;
    for (size_t y = 0; y < a->height; y++)
        for (size_t x = 0; x < (size_t)3 * a->width; x++)
            sum += abs(a->pixels[y * a->stride + x] - b->pixels[y * b->stride + x]);
    return sum / (3.0 * a->width * a->height);
}

/* ------------------------------------------------------------------ JPEG */

static void jpeg_row(const uint8_t *from, uint32_t width, struct picture_jpeg options, uint8_t *to)
{
    int flip = options.no_adobe ? 0 : 255;
    for (uint32_t x = 0; x < width; x++, from += 3) {
        if (options.grey)
            to[x] = from[0];
        else if (options.cmyk || options.ycck)
            for (int c = 0; c < 4; c++)
                to[4 * x + (uint32_t)c] = (uint8_t)((c < 3 ? 255 - from[c] : 0) ^ flip);
        else
            memcpy(to + (size_t)3 * x, from, 3);
    }
}

void picture_jpeg(const vultus_image *image, struct picture_jpeg options, struct buffer *out)
{
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    uint8_t *row = malloc((size_t)4 * image->width);
    bool four = options.cmyk || options.ycck;
    must(row, "no memory");
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &bytes, &size);
    info.image_width = image->width;
    info.image_height = image->height;
    info.input_components = options.grey ? 1 : four ? 4 : 3;
    info.in_color_space = options.grey ? JCS_GRAYSCALE : four ? JCS_CMYK : JCS_RGB;
    jpeg_set_defaults(&info);
    if (options.ycck)
        jpeg_set_colorspace(&info, JCS_YCCK);
    jpeg_set_quality(&info, options.quality ? options.quality : 95, TRUE);
    if (options.full_colour)
        info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = 1;
    if (options.progressive)
        jpeg_simple_progression(&info);
    if (options.no_adobe)
        info.write_Adobe_marker = FALSE;
    info.arith_code = options.arithmetic;
    info.restart_interval = options.restart;
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
        JSAMPROW rows = row;
        jpeg_row(image->pixels + info.next_scanline * image->stride, image->width, options, row);
        jpeg_write_scanlines(&info, &rows, 1);
    }
    jpeg_finish_compress(&info);
    buffer_init(out, VULTUS_FILE_BYTES_MAX);
    append(out, bytes, size);
    jpeg_destroy_compress(&info);
    free(bytes);
    free(row);
}

/* ------------------------------------------------------------------ PNG */

static void put_bits(uint8_t *row, size_t index, int depth, unsigned value)
{
    if (depth == 16) {
        row[2 * index] = (uint8_t)(value >> 8);
        row[2 * index + 1] = (uint8_t)value;
    } else {
        size_t bit = index * (size_t)depth;
        row[bit / 8] |= (uint8_t)(value << (8 - (size_t)depth - bit % 8));
    }
}

static void png_row(const vultus_image *image, size_t y, struct picture_png options, uint8_t *row)
{
    unsigned max = (1u << options.depth) - 1;
    int channels = options.type & PNG_COLOR_MASK_PALETTE ? 1
                   : options.type & PNG_COLOR_MASK_COLOR ? 3
                                                         : 1;
    bool alpha = options.type & PNG_COLOR_MASK_ALPHA;
    size_t index = 0;
    for (size_t x = 0; x < image->width; x++) {
        const uint8_t *pixel = image->pixels + y * image->stride + 3 * x;
        for (int c = 0; c < channels; c++)
            put_bits(row, index++, options.depth, (pixel[c] * max + 127) / 255);
        if (alpha) {
            unsigned value = x < image->width / 2 ? 255 : (unsigned)options.alpha;
            put_bits(row, index++, options.depth, value * max / 255);
        }
    }
}

static void png_head(png_structp png, png_infop info, struct picture_png options)
{
    png_color palette[256];
    png_byte transparent[1] = {0};
    png_color_16 colour = {0};
    int entries = 1 << options.depth;
    for (int i = 0; options.type == PNG_COLOR_TYPE_PALETTE && i < entries; i++) {
        png_byte grey = (png_byte)(i * 255 / (entries - 1));
        palette[i] = (png_color){grey, grey, grey};
    }
    if (options.type == PNG_COLOR_TYPE_PALETTE)
        png_set_PLTE(png, info, palette, entries);
    if (options.trns && options.type == PNG_COLOR_TYPE_PALETTE)
        png_set_tRNS(png, info, transparent, 1, NULL);
    else if (options.trns) {
        colour.blue = (png_uint_16)((128 * ((1u << options.depth) - 1) + 127) / 255);
        png_set_tRNS(png, info, NULL, 0, &colour);
    }
}

static void png_put(png_structp png, png_bytep bytes, size_t size)
{
    append(png_get_io_ptr(png), bytes, size);
}

void picture_png(const vultus_image *image, struct picture_png options, struct buffer *out)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    size_t row = (size_t)8 * image->width;
    uint8_t *rows = calloc(image->height, row);
    must(png && info && rows, "no memory");
    options.depth = options.depth ? options.depth : 8;
    buffer_init(out, VULTUS_FILE_BYTES_MAX);
    png_set_write_fn(png, out, png_put, NULL);
    png_set_IHDR(png, info, image->width, image->height, options.depth, options.type,
                 options.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_head(png, info, options);
    png_write_info(png, info);
    for (size_t y = 0; y < image->height; y++)
        png_row(image, y, options, rows + y * row);
    for (int pass = png_set_interlace_handling(png); pass > 0; pass--)
        for (size_t y = 0; y < image->height; y++)
            png_write_row(png, rows + y * row);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    free(rows);
}

/* ------------------------------------------------------------------ WebP */

void picture_webp(const vultus_image *image, float quality, int alpha, struct buffer *out)
{
    uint8_t *rgba = malloc((size_t)4 * image->width * image->height), *bytes = NULL;
    int width = (int)image->width, height = (int)image->height;
    must(rgba, "no memory");
    for (size_t y = 0; y < image->height; y++)
        for (size_t x = 0; x < image->width; x++) {
            uint8_t *pixel = rgba + 4 * (y * image->width + x);
            memcpy(pixel, image->pixels + y * image->stride + 3 * x, 3);
            pixel[3] = x < image->width / 2 ? 255 : (uint8_t)alpha;
        }
    size_t size = quality < 0 ? WebPEncodeLosslessRGBA(rgba, width, height, 4 * width, &bytes)
                              : WebPEncodeRGBA(rgba, width, height, 4 * width, quality, &bytes);
    must(size, "no WebP");
    buffer_init(out, VULTUS_FILE_BYTES_MAX);
    append(out, bytes, size);
    WebPFree(bytes);
    free(rgba);
}

/* ------------------------------------------------------------------ EXIF */

static void put(struct buffer *out, uint32_t value, size_t size, bool big_endian)
{
    uint8_t bytes[4];
    for (size_t i = 0; i < size; i++)
        bytes[big_endian ? size - 1 - i : i] = (uint8_t)(value >> (8 * i));
    append(out, bytes, size);
}

void picture_tiff(uint32_t orientation, bool big_endian, unsigned type, struct buffer *out)
{
    buffer_init(out, 1024);
    append(out, big_endian ? "MM" : "II", 2);
    put(out, 42, 2, big_endian);
    put(out, 8, 4, big_endian);
    put(out, 1, 2, big_endian); /* one entry */
    put(out, 0x0112, 2, big_endian);
    put(out, type, 2, big_endian);
    put(out, 1, 4, big_endian);
    put(out, orientation, type == 3 ? 2 : 4, big_endian);
    if (type == 3)
        put(out, 0, 2, big_endian);
    put(out, 0, 4, big_endian); /* no next directory */
}

void picture_insert(struct buffer *picture, size_t at, const void *bytes, size_t size)
{
    must(!buffer_reserve(picture, size, NULL), "no memory");
    memmove(picture->data + at + size, picture->data + at, picture->size - at);
    memcpy(picture->data + at, bytes, size);
    picture->size += size;
}

static void add_to_webp(struct buffer *picture, const struct buffer *tiff)
{
    bool extended = !memcmp(picture->data + 12, "VP8X", 4);
    if (!extended) { /* the extended header, with the size that the first chunk knows */
        uint8_t head[18] = {'V', 'P', '8', 'X', 10};
        int width = 0, height = 0;
        must(WebPGetInfo(picture->data, picture->size, &width, &height), "no WebP");
        for (int i = 0; i < 3; i++) {
            head[12 + i] = (uint8_t)((width - 1) >> (8 * i));
            head[15 + i] = (uint8_t)((height - 1) >> (8 * i));
        }
        picture_insert(picture, 12, head, sizeof head);
    }
    picture->data[20] |= 0x08;
    append(picture, "EXIF", 4);
    put(picture, (uint32_t)tiff->size, 4, false);
    append(picture, tiff->data, tiff->size);
    if (tiff->size & 1)
        append(picture, "", 1);
    for (int i = 0; i < 4; i++)
        picture->data[4 + i] = (uint8_t)((picture->size - 8) >> (8 * i));
}

void picture_add_exif(struct buffer *picture, uint32_t orientation, bool big_endian)
{
    struct buffer tiff, part;
    picture_tiff(orientation, big_endian, 3, &tiff);
    buffer_init(&part, 4096);
    switch (image_kind_of(picture->data, picture->size)) {
    case IMAGE_JPEG:
        append(&part, "\xFF\xE1", 2);
        put(&part, (uint32_t)tiff.size + 8, 2, true);
        append(&part, "Exif\0", 6);
        append(&part, tiff.data, tiff.size);
        picture_insert(picture, 2, part.data, part.size);
        break;
    case IMAGE_PNG:
        put(&part, (uint32_t)tiff.size, 4, true);
        append(&part, "eXIf", 4);
        append(&part, tiff.data, tiff.size);
        put(&part, 0, 4, true); /* decoders leave this chunk unread, so its checksum may be wrong */
        picture_insert(picture, 33, part.data, part.size);
        break;
    default: add_to_webp(picture, &tiff); break;
    }
    buffer_clear(&part);
    buffer_clear(&tiff);
}
