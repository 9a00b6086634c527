/* PNG and WebP: every variant that is read, transparency over white, damage, limits. */
#include "pictures.h"
#include "support.h"

#include <png.h>
#include <webp/decode.h>

static vultus_image *decoded(const struct buffer *bytes)
{
    vultus_image *image = NULL;
    vultus_error error = {0};
    assert_ok(vultus_image_decode(bytes->data, bytes->size, "x", NULL, &image, &error), &error);
    return image;
}

static void refused(const struct buffer *bytes, vultus_status status, const char *text)
{
    vultus_image *image = NULL;
    vultus_error error = {0};
    assert_error(status, vultus_image_decode(bytes->data, bytes->size, "x", NULL, &image, &error),
                 &error, text);
    assert_null(image);
}

/* What the pixel at (x, y) has to be: the pattern at the depth of the file, over white. */
static int expected(const vultus_image *pattern, struct picture_png variant, uint32_t x, uint32_t y,
                    int channel)
{
    const uint8_t *pixel = pattern->pixels + y * pattern->stride + (size_t)3 * x;
    bool colour = variant.type == PNG_COLOR_TYPE_RGB || variant.type == PNG_COLOR_TYPE_RGBA;
    int depth = variant.depth ? variant.depth : 8, max = (1 << depth) - 1;
    int value = (pixel[colour ? channel : 0] * max + 127) / 255 * 255 / max;
    if ((variant.type & PNG_COLOR_MASK_ALPHA) && x >= pattern->width / 2)
        return value * variant.alpha / 255 + 255 - variant.alpha;
    if (variant.trns && variant.type == PNG_COLOR_TYPE_RGB)
        return x == 0 && y == 0 ? 255 : value;
    if (variant.trns)
        return value == 0 ? 255 : value;
    return value;
}

static void check_variant(const vultus_image *pattern, struct picture_png variant)
{
    struct buffer bytes;
    picture_png(pattern, variant, &bytes);
    vultus_image *image = decoded(&bytes);
    assert_int_equal(image->width, pattern->width);
    assert_int_equal(image->height, pattern->height);
    for (uint32_t y = 0; y < image->height; y++)
        for (uint32_t x = 0; x < image->width; x++)
            for (int c = 0; c < 3; c++) {
                int wanted = expected(pattern, variant, x, y, c);
                int got = image->pixels[y * image->stride + 3 * x + (unsigned)c];
                if (abs(wanted - got) > 2)
                    fail_msg("type %d depth %d interlaced %d trns %d alpha %d at %u,%u: %d, not %d",
                             variant.type, variant.depth, variant.interlaced, variant.trns,
                             variant.alpha, x, y, got, wanted);
            }
    vultus_image_free(image);
    buffer_clear(&bytes);
}

static void every_png_comes_out_as_it_went_in(void **state)
{
    static const struct {
        int type, depths[6];
    } types[] = {{PNG_COLOR_TYPE_GRAY, {1, 2, 4, 8, 16}},
                 {PNG_COLOR_TYPE_RGB, {8, 16}},
                 {PNG_COLOR_TYPE_PALETTE, {1, 2, 4, 8}},
                 {PNG_COLOR_TYPE_GRAY_ALPHA, {8, 16}},
                 {PNG_COLOR_TYPE_RGBA, {8, 16}}};
    (void)state;
    vultus_image *pattern = picture_pattern(37, 22);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        for (const int *depth = types[i].depths; *depth; depth++)
            for (unsigned bits = 0; bits < 16; bits++) {
                struct picture_png variant = {.type = types[i].type,
                                              .depth = *depth,
                                              .interlaced = bits & 1,
                                              .trns = bits & 2,
                                              .alpha = bits & 4   ? 0
                                                       : bits & 8 ? 77
                                                                  : 255};
                if ((variant.type & PNG_COLOR_MASK_ALPHA) && variant.trns)
                    continue; /* not allowed in a PNG */
                check_variant(pattern, variant);
            }
    vultus_image_free(pattern);
}

static void tiny_and_interlaced(void **state)
{
    (void)state;
    for (uint32_t width = 1; width < 10; width++)
        for (uint32_t height = 1; height < 10; height++) {
            vultus_image *pattern = picture_pattern(width, height);
            check_variant(pattern,
                          (struct picture_png){.type = PNG_COLOR_TYPE_RGB, .interlaced = true});
            vultus_image_free(pattern);
        }
}

static void damaged_png_is_refused(void **state)
{
    (void)state;
    vultus_image *pattern = picture_pattern(50, 50), *image = NULL;
    vultus_error error = {0};
    struct buffer bytes;
    picture_png(pattern, (struct picture_png){.type = PNG_COLOR_TYPE_RGB}, &bytes);
    bytes.data[bytes.size / 2] ^= 4;
    refused(&bytes, VULTUS_ERR_FORMAT, "damaged PNG");
    bytes.data[bytes.size / 2] ^= 4;
    size_t whole = bytes.size;
    bytes.size -= 12; /* the end marker, which says nothing */
    vultus_image_free(decoded(&bytes));
    bytes.size = whole / 2;
    refused(&bytes, VULTUS_ERR_FORMAT, "too early");
    bytes.size = whole;
    memcpy(bytes.data + 12, "CgBI", 4);
    refused(&bytes, VULTUS_ERR_FORMAT, "Apple");
    memcpy(bytes.data + 12, "IHDR", 4);
    bytes.data[16] = 1; /* 16777266 pixels wide */
    refused(&bytes, VULTUS_ERR_LIMIT, "16777266 x 50");
    bytes.data[16] = bytes.data[19] = 0;
    refused(&bytes, VULTUS_ERR_FORMAT, "without pixels");
    buffer_clear(&bytes);
    picture_png(pattern, (struct picture_png){.type = PNG_COLOR_TYPE_RGB}, &bytes);
    vultus_decode_options options = {.max_pixels = 2499};
    assert_error(VULTUS_ERR_LIMIT,
                 vultus_image_decode(bytes.data, bytes.size, "x", &options, &image, &error), &error,
                 "50 x 50");
    buffer_clear(&bytes);
    vultus_image_free(pattern);
}

/* Text chunks that would unpack to gigabytes are not even looked at. */
static void ancillary_chunks_are_ignored(void **state)
{
    (void)state;
    vultus_image *pattern = picture_pattern(8, 8);
    struct buffer bytes;
    uint8_t chunk[12 + 1000] = {0, 0, 1000 >> 8, 1000 & 255, 'i', 'C', 'C', 'P'};
    picture_png(pattern, (struct picture_png){.type = PNG_COLOR_TYPE_RGB}, &bytes);
    for (int i = 0; i < 2000; i++) {
        memcpy(chunk + 4, i % 3 ? "zTXt" : "iCCP", 4);
        picture_insert(&bytes, 33, chunk, sizeof chunk);
    }
    vultus_image *image = decoded(&bytes);
    assert_true(picture_difference(pattern, image) == 0);
    vultus_image_free(image);
    buffer_clear(&bytes);
    vultus_image_free(pattern);
}

static void webp_comes_out_as_it_went_in(void **state)
{
    static const int alphas[] = {255, 100, 0};
    (void)state;
    vultus_image *pattern = picture_pattern(61, 40);
    for (size_t i = 0; i < 3; i++)
        for (int lossless = 0; lossless < 2; lossless++) {
            struct buffer bytes;
            picture_webp(pattern, lossless ? -1 : 95, alphas[i], &bytes);
            vultus_image *image = decoded(&bytes), *wanted = picture_pattern(61, 40);
            for (size_t y = 0; y < 40; y++)
                for (size_t x = 3 * 30; x < 3 * 61; x++) {
                    uint8_t *value = wanted->pixels + y * wanted->stride + x;
                    *value = (uint8_t)((*value * alphas[i] + 255 * (255 - alphas[i])) / 255);
                }
            assert_int_equal(image->stride, 3 * 61);
            assert_true(picture_difference(wanted, image) < (lossless ? 0.6 : 6));
            vultus_image_free(wanted);
            vultus_image_free(image);
            buffer_clear(&bytes);
        }
    vultus_image_free(pattern);
}

static void put24(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 3; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

/* A canvas of 80 x 60 whose only frame, 40 x 30, lies at (20, 10). */
static void of_an_animation_the_first_frame_is_taken(void **state)
{
    (void)state;
    vultus_image *pattern = picture_pattern(40, 30);
    struct buffer frame, bytes;
    vultus_error error = {0};
    uint8_t head[] = "RIFF....WEBPVP8X\x0A\0\0\0\x02\0\0\0wwwhhhANIM\x06\0\0\0\0\0\0\0\0";
    uint8_t part[] = "ANMFssssxxxyyywwwhhhddd";
    picture_webp(pattern, -1, 255, &frame);
    put24(head + 24, 79);
    put24(head + 27, 59);
    uint32_t size = (uint32_t)frame.size - 12;
    memcpy(part + 4, (uint8_t[]){(uint8_t)(size + 16), (uint8_t)((size + 16) >> 8), 0, 0}, 4);
    put24(part + 8, 10); /* in units of two pixels */
    put24(part + 11, 5);
    put24(part + 14, 39);
    put24(part + 17, 29);
    put24(part + 20, 100);
    uint8_t flags[] = {0};
    buffer_init(&bytes, 1 << 20);
    assert_ok(buffer_append(&bytes, head, sizeof head, &error), &error);
    assert_ok(buffer_append(&bytes, part, sizeof part - 1, &error), &error);
    assert_ok(buffer_append(&bytes, flags, 1, &error), &error);
    assert_ok(buffer_append(&bytes, frame.data + 12, size, &error), &error);
    memcpy(bytes.data + 4,
           (uint8_t[]){(uint8_t)(bytes.size - 8), (uint8_t)((bytes.size - 8) >> 8), 0, 0}, 4);
    vultus_image *image = decoded(&bytes), *inner = NULL;
    assert_int_equal(image->width, 80);
    assert_int_equal(image->height, 60);
    assert_int_equal(image->pixels[0], 255);
    assert_ok(image_crop(image, (vultus_box){20, 10, 40, 30}, 100, &inner, &error), &error);
    assert_true(picture_difference(pattern, inner) == 0);
    vultus_image_free(inner);
    vultus_image_free(image);
    for (size_t cut = 0; cut < bytes.size; cut++) {
        image = NULL;
        (void)!vultus_image_decode(bytes.data, cut, NULL, NULL, &image, &error);
        vultus_image_free(image);
    }
    buffer_clear(&bytes);
    buffer_clear(&frame);
    vultus_image_free(pattern);
}

static void damaged_webp_is_refused(void **state)
{
    (void)state;
    vultus_image *pattern = picture_pattern(40, 30), *image = NULL;
    vultus_error error = {0};
    vultus_decode_options options = {.max_pixels = 1199};
    struct buffer bytes;
    picture_webp(pattern, 80, 255, &bytes);
    assert_error(VULTUS_ERR_LIMIT,
                 vultus_image_decode(bytes.data, bytes.size, "x", &options, &image, &error), &error,
                 "40 x 30");
    bytes.size /= 2;
    refused(&bytes, VULTUS_ERR_FORMAT, "too early");
    bytes.size = 16;
    refused(&bytes, VULTUS_ERR_FORMAT, "WebP");
    buffer_clear(&bytes);
    vultus_image_free(pattern);
}

static void cut_anywhere(const struct buffer *bytes)
{
    for (size_t size = 0; size < bytes->size; size++) {
        uint8_t *exact = malloc(size ? size : 1);
        vultus_image *image = NULL;
        vultus_error error = {0};
        memcpy(exact, bytes->data, size);
        if (vultus_image_decode(exact, size, NULL, NULL, &image, &error))
            assert_true(error.message[0] && !image);
        vultus_image_free(image);
        free(exact);
    }
}

static void cut_anywhere_it_never_crashes(void **state)
{
    (void)state;
    vultus_image *pattern = picture_pattern(19, 17);
    struct buffer bytes;
    for (int variant = 0; variant < 6; variant++) {
        if (variant < 3)
            picture_png(
                pattern,
                (struct picture_png){.type = variant ? PNG_COLOR_TYPE_RGBA : PNG_COLOR_TYPE_PALETTE,
                                     .interlaced = variant == 2,
                                     .alpha = 9},
                &bytes);
        else
            picture_webp(pattern, variant == 3 ? 50 : -1, variant == 4 ? 255 : 9, &bytes);
        picture_add_exif(&bytes, 8, false);
        cut_anywhere(&bytes);
        buffer_clear(&bytes);
    }
    vultus_image_free(pattern);
}

static void written_png_is_exact(void **state)
{
    (void)state;
    vultus_image *pattern = picture_pattern(300, 7), *image = NULL;
    vultus_error error = {0};
    struct buffer bytes;
    assert_ok(image_encode_png(pattern, &bytes, &error), &error);
    image = decoded(&bytes);
    assert_true(picture_difference(pattern, image) == 0);
    vultus_image_free(image);
    buffer_clear(&bytes);
    vultus_image_free(pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_png_comes_out_as_it_went_in),
        cmocka_unit_test(tiny_and_interlaced),
        cmocka_unit_test(damaged_png_is_refused),
        cmocka_unit_test(ancillary_chunks_are_ignored),
        cmocka_unit_test(webp_comes_out_as_it_went_in),
        cmocka_unit_test(of_an_animation_the_first_frame_is_taken),
        cmocka_unit_test(damaged_webp_is_refused),
        cmocka_unit_test(cut_anywhere_it_never_crashes),
        cmocka_unit_test(written_png_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
