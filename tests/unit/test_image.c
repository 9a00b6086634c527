/* Pictures around the decoders: kinds by first bytes, pixels of the caller, writing, hash, crop. */
#include "pictures.h"
#include "support.h"

#include <math.h>
#include <png.h>

static void other_kinds_are_named(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *text;
    } kinds[] = {
        {"", 0, "empty"},
        {"GIF89a....", 10, "GIF is not read; convert it to JPEG, PNG or WebP"},
        {"BM..........", 12, "BMP is not read"},
        {"II*\0........", 12, "TIFF is not read"},
        {"MM\0*........", 12, "TIFF is not read"},
        {"\0\0\0\x18"
         "ftypheic",
         12, "HEIC is not read"},
        {"\0\0\0\x18"
         "ftypmif1",
         12, "HEIF is not read"},
        {"\0\0\0\x18"
         "ftypavif",
         12, "AVIF is not read"},
        {"\0\0\0\x18"
         "ftypisom",
         12, "video"},
        {"%PDF-1.4", 8, "PDF is not read"},
        {"P6\n3 4\n", 7, "PNM is not read"},
        {"P5 3 4 ", 7, "PNM is not read"},
        {"<!DOCTYPE html>", 15, "HTML"},
        {"\n <html>", 8, "HTML"},
        {"hello there", 11, "text"},
        {"PK\3\4....", 8, "ZIP"},
        {"\x01\x02\x03", 3, "unknown"},
        {"\xFF\xD8", 2, "unknown"},
        {"RIFF....WAVE", 12, "not a picture"},
        {"RIFF....AVI ", 12, "AVI"},
        {"\x89PNG\r\n\x1A", 7, "unknown"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        vultus_image *image = NULL;
        vultus_error error = {0};
        uint8_t *exact = malloc(kinds[i].size ? kinds[i].size : 1);
        memcpy(exact, kinds[i].bytes, kinds[i].size);
        assert_error(VULTUS_ERR_FORMAT,
                     vultus_image_decode(exact, kinds[i].size, "a.bin", NULL, &image, &error),
                     &error, kinds[i].text);
        assert_non_null(strstr(error.message, "a.bin: "));
        assert_null(image);
        free(exact);
    }
}

static void a_long_name_leaves_room_for_the_reason(void **state)
{
    char name[400];
    (void)state;
    for (size_t i = 0; i + 2 < sizeof name; i += 2)
        memcpy(name + i, "\xC3\xA9", 2);
    memcpy(name + sizeof name - 8, "end.gif", 8);
    vultus_image *image = NULL;
    vultus_error error = {0};
    assert_error(VULTUS_ERR_FORMAT, vultus_image_decode("GIF89a", 6, name, NULL, &image, &error),
                 &error, "end.gif: GIF is not read; convert it to JPEG, PNG or WebP");
    assert_error(VULTUS_ERR_FORMAT, vultus_image_decode("GIF89a", 6, NULL, NULL, &image, &error),
                 &error, "picture: GIF");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_image_decode(NULL, 6, NULL, NULL, &image, &error),
                 &error, "bytes");
    assert_int_equal(VULTUS_ERR_FORMAT, vultus_image_decode(NULL, 0, NULL, NULL, &image, NULL));
}

static void wrapping_keeps_or_converts(void **state)
{
    static const uint8_t rgb[] = {1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0};
    static const uint8_t bgr[] = {3, 2, 1, 6, 5, 4, 0, 0, 9, 8, 7, 12, 11, 10, 0, 0};
    static const uint8_t rgba[] = {1, 2, 3, 0, 4, 5, 6, 99, 7, 8, 9, 1, 10, 11, 12, 2};
    static const uint8_t bgra[] = {3, 2, 1, 0, 6, 5, 4, 99, 9, 8, 7, 1, 12, 11, 10, 2};
    static const uint8_t grey[] = {1, 4, 0, 7, 10, 0};
    static const struct {
        const uint8_t *data;
        size_t stride;
        vultus_pixel_format format;
    } formats[] = {{rgb, 8, VULTUS_PIXELS_RGB},
                   {bgr, 8, VULTUS_PIXELS_BGR},
                   {rgba, 0, VULTUS_PIXELS_RGBA},
                   {bgra, 8, VULTUS_PIXELS_BGRA},
                   {grey, 3, VULTUS_PIXELS_GREY}};
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        vultus_pixels pixels = {formats[i].data, 2, 2, formats[i].stride, formats[i].format};
        vultus_image *image = NULL;
        vultus_error error = {0};
        assert_ok(vultus_image_wrap(&pixels, &image, &error), &error);
        vultus_pixels view = vultus_image_pixels(image);
        assert_int_equal(view.format, VULTUS_PIXELS_RGB);
        assert_int_equal(vultus_image_width(image), 2);
        assert_int_equal(vultus_image_height(image), 2);
        assert_true((view.data == rgb) == (i == 0));
        for (size_t y = 0; y < 2; y++)
            for (size_t x = 0; x < 6; x++) {
                uint8_t wanted =
                    rgb[y * 8 + (formats[i].format == VULTUS_PIXELS_GREY ? x / 3 * 3 : x)];
                assert_int_equal(view.data[y * view.stride + x], wanted);
            }
        vultus_image_free(image);
    }
}

static void wrong_pixels_are_refused(void **state)
{
    static const uint8_t data[4];
    (void)state;
    static const struct {
        vultus_pixels pixels;
        vultus_status status;
    } wrong[] = {
        {{NULL, 1, 1, 0, VULTUS_PIXELS_RGB}, VULTUS_ERR_ARGUMENT},
        {{data, 0, 1, 0, VULTUS_PIXELS_RGB}, VULTUS_ERR_ARGUMENT},
        {{data, 1, 0, 0, VULTUS_PIXELS_GREY}, VULTUS_ERR_ARGUMENT},
        {{data, 2, 1, 5, VULTUS_PIXELS_RGB}, VULTUS_ERR_ARGUMENT},
        {{data, 1, 1, 0, (vultus_pixel_format)5}, VULTUS_ERR_ARGUMENT},
        {{data, 65501, 1, 0, VULTUS_PIXELS_GREY}, VULTUS_ERR_LIMIT},
        {{data, 10001, 10000, 0, VULTUS_PIXELS_RGB}, VULTUS_ERR_LIMIT},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        vultus_image *image = NULL;
        vultus_error error = {0};
        assert_int_equal(vultus_image_wrap(&wrong[i].pixels, &image, &error), wrong[i].status);
        assert_null(image);
        assert_true(error.message[0]);
    }
    vultus_image_free(NULL);
    assert_int_equal(vultus_image_width(NULL), 0);
    assert_null(vultus_image_pixels(NULL).data);
}

static void writing_goes_by_the_ending(void **state)
{
    static const char *const names[] = {"a.jpg", "b.JPEG", "c.png"};
    (void)state;
    vultus_image *pattern = picture_pattern(90, 50), *image = NULL;
    vultus_error error = {0};
    for (size_t i = 0; i < 3; i++) {
        const char *path = support_join(support_folder(), names[i]);
        assert_ok(vultus_image_write(pattern, path, &error), &error);
        assert_ok(vultus_image_read(path, NULL, &image, &error), &error);
        assert_true(picture_difference(pattern, image) < (i == 2 ? 0.001 : 3));
        vultus_image_free(image);
        image = NULL;
    }
    uint8_t *jpeg = NULL;
    size_t size = 0;
    assert_ok(vultus_image_jpeg(pattern, &jpeg, &size, &error), &error);
    assert_ok(vultus_image_decode(jpeg, size, NULL, NULL, &image, &error), &error);
    assert_true(picture_difference(pattern, image) < 3);
    vultus_image_free(image);
    image = NULL;
    vultus_thumbnail_free(jpeg, size);
    assert_error(VULTUS_ERR_ARGUMENT, vultus_image_jpeg(NULL, &jpeg, &size, &error), &error,
                 "picture");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_image_write(pattern, "/tmp/x.webp", &error), &error,
                 ".jpg, .jpeg or .png");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_image_write(pattern, "/tmp/.jpg/x", &error), &error,
                 "ending");
    assert_error(VULTUS_ERR_IO, vultus_image_write(pattern, "/nowhere/x.jpg", &error), &error,
                 "/nowhere/x.jpg");
    assert_error(VULTUS_ERR_IO, vultus_image_read("/nowhere/x.jpg", NULL, &image, &error), &error,
                 "/nowhere/x.jpg");
    vultus_image_free(pattern);
}

static void hash_is_of_the_bytes_or_the_pixels(void **state)
{
    (void)state;
    vultus_image *pattern = picture_pattern(30, 20), *image = NULL;
    vultus_error error = {0};
    struct buffer bytes;
    uint8_t a[HASH_SIZE], b[HASH_SIZE];
    picture_png(pattern, (struct picture_png){.type = PNG_COLOR_TYPE_RGB}, &bytes);
    assert_ok(vultus_image_decode(bytes.data, bytes.size, "x", NULL, &image, &error), &error);
    assert_ok(image_hash(image, a, &error), &error);
    assert_ok(hash_bytes(bytes.data, bytes.size, b, &error), &error);
    assert_memory_equal(a, b, HASH_SIZE);
    vultus_image_free(image);
    buffer_clear(&bytes);

    uint8_t wide[20 * 100]; /* the same pixels with another stride */
    for (size_t y = 0; y < 20; y++)
        memcpy(wide + y * 100, pattern->pixels + y * pattern->stride, 90);
    vultus_pixels pixels = {wide, 30, 20, 100, VULTUS_PIXELS_RGB};
    assert_ok(vultus_image_wrap(&pixels, &image, &error), &error);
    assert_ok(image_hash(image, a, &error), &error);
    assert_ok(image_hash(pattern, b, &error), &error);
    assert_memory_equal(a, b, HASH_SIZE);
    wide[1950] ^= 1;
    assert_ok(image_hash(image, a, &error), &error);
    assert_memory_not_equal(a, b, HASH_SIZE);
    vultus_image_free(image);
    vultus_image_free(pattern);
}

static void a_copy_uses_the_room_that_fits(void **state)
{
    vultus_image *small = picture_pattern(20, 10), *large = picture_pattern(40, 30), *room = NULL;
    vultus_error error = {0};
    uint8_t first[HASH_SIZE], second[HASH_SIZE];
    (void)state;
    assert_ok(image_refill(small, &room, &error), &error);
    assert_true(picture_difference(room, small) == 0);
    assert_ok(image_hash(room, first, &error), &error);
    uint8_t *pixels = room->pixels;
    memset(small->pixels, 7, 60);
    assert_ok(image_refill(small, &room, &error), &error);
    assert_ptr_equal(room->pixels, pixels);
    assert_true(picture_difference(room, small) == 0);
    assert_ok(image_hash(room, second, &error), &error);
    assert_memory_not_equal(first, second, HASH_SIZE);
    assert_ok(image_refill(large, &room, &error), &error);
    assert_true(picture_difference(room, large) == 0);
    vultus_image_free(room);
    vultus_image_free(large);
    vultus_image_free(small);
}

static void crop_cuts_and_averages(void **state)
{
    (void)state;
    vultus_image *pattern = picture_pattern(100, 60), *image = NULL;
    vultus_error error = {0};
    assert_ok(image_crop(pattern, (vultus_box){10, 20, 30, 10}, 30, &image, &error), &error);
    assert_int_equal(image->width, 30);
    assert_int_equal(image->height, 10);
    assert_memory_equal(image->pixels, pattern->pixels + 20 * pattern->stride + 30, 90);
    vultus_image_free(image);
    assert_ok(image_crop(pattern, (vultus_box){-50, -50, 1000, 1000}, 50, &image, &error), &error);
    assert_int_equal(image->width, 50);
    assert_int_equal(image->height, 30);
    for (uint32_t y = 0; y < 30; y++)
        for (uint32_t x = 0; x < 50; x++) { /* the mean of two by two */
            const uint8_t *from = pattern->pixels + 2 * y * pattern->stride + 6 * (size_t)x;
            for (int c = 0; c < 3; c++) {
                int sum = from[c] + from[c + 3] + from[(size_t)c + pattern->stride] +
                          from[(size_t)c + pattern->stride + 3];
                assert_in_range(image->pixels[y * image->stride + 3 * x + (unsigned)c] + 1, sum / 4,
                                sum / 4 + 2);
            }
        }
    vultus_image_free(image);
    assert_ok(image_crop(pattern, (vultus_box){0, 0, 100, 60}, 1, &image, &error), &error);
    assert_int_equal(image->width, 1);
    assert_int_equal(image->height, 1);
    assert_in_range(image->pixels[0], 126, 129);
    vultus_image_free(image);
    vultus_image_free(pattern);
}

static void crop_refuses_what_lies_outside(void **state)
{
    static const vultus_box boxes[] = {
        {100, 0, 5, 5}, {-5, 0, 5, 5},       {0, 60, 5, 5},
        {0, 0, 0, 5},   {0, 0, -3, 5},       {NAN, 0, 5, 5},
        {0, 0, NAN, 5}, {INFINITY, 0, 5, 5}, {-INFINITY, 0, INFINITY, 5}};
    (void)state;
    vultus_image *pattern = picture_pattern(100, 60), *image = NULL;
    vultus_error error = {0};
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++)
        assert_error(VULTUS_ERR_ARGUMENT, image_crop(pattern, boxes[i], 10, &image, &error), &error,
                     "outside");
    assert_error(VULTUS_ERR_ARGUMENT,
                 image_crop(pattern, (vultus_box){0, 0, 5, 5}, 0, &image, &error), &error, "pixel");
    assert_ok(image_crop(pattern, (vultus_box){-1e30f, -1e30f, 2e30f, 2e30f}, 10, &image, &error),
              &error);
    vultus_image_free(image);
    vultus_image_free(pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_kinds_are_named),
        cmocka_unit_test(a_long_name_leaves_room_for_the_reason),
        cmocka_unit_test(wrapping_keeps_or_converts),
        cmocka_unit_test(wrong_pixels_are_refused),
        cmocka_unit_test(writing_goes_by_the_ending),
        cmocka_unit_test(hash_is_of_the_bytes_or_the_pixels),
        cmocka_unit_test(a_copy_uses_the_room_that_fits),
        cmocka_unit_test(crop_cuts_and_averages),
        cmocka_unit_test(crop_refuses_what_lies_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
