/* EXIF orientation: the parser on good and hostile bytes, the turning, and real pictures. */
#include "pictures.h"
#include "support.h"
#include "base/memory.h"

#include <png.h>

static void parser_reads_both_byte_orders(void **state)
{
    (void)state;
    for (uint32_t orientation = 0; orientation < 10; orientation++)
        for (int big = 0; big < 2; big++)
            for (unsigned type = 1; type <= 5; type++) {
                struct buffer tiff;
                bool good = orientation >= 1 && orientation <= 8 && (type == 3 || type == 4);
                picture_tiff(orientation, big, type, &tiff);
                assert_int_equal(exif_tiff_orientation(tiff.data, tiff.size),
                                 good ? orientation : 0);
                picture_insert(&tiff, 0, "Exif\0", 6);
                assert_int_equal(exif_tiff_orientation(tiff.data, tiff.size),
                                 good ? orientation : 0);
                buffer_clear(&tiff);
            }
}

static void hostile_tiff_is_no_orientation(void **state)
{
    (void)state;
    struct buffer tiff;
    picture_tiff(6, true, 3, &tiff);
    for (size_t size = 0; size < tiff.size; size++) { /* the entry itself ends before the last 4 */
        uint8_t *exact = malloc(size ? size : 1);
        memcpy(exact, tiff.data, size);
        assert_int_equal(exif_tiff_orientation(exact, size), size >= tiff.size - 4 ? 6 : 0);
        free(exact);
    }
    for (size_t i = 0; i < tiff.size; i++)
        for (unsigned value = 0; value < 256; value++) {
            uint8_t kept = tiff.data[i];
            tiff.data[i] = (uint8_t)value;
            assert_in_range(exif_tiff_orientation(tiff.data, tiff.size), 0, 8);
            tiff.data[i] = kept;
        }
    memset(tiff.data + 4, 0xFF, 4); /* a directory at 4 GB */
    assert_int_equal(exif_tiff_orientation(tiff.data, tiff.size), 0);
    buffer_clear(&tiff);
}

static void found_in_every_format(void **state)
{
    (void)state;
    vultus_image *pattern = picture_pattern(20, 10);
    for (int orientation = 1; orientation <= 8; orientation++)
        for (int format = 0; format < 4; format++) {
            struct buffer bytes;
            if (format == 0)
                picture_jpeg(pattern, (struct picture_jpeg){0}, &bytes);
            else if (format == 1)
                picture_png(pattern, (struct picture_png){.type = PNG_COLOR_TYPE_RGB}, &bytes);
            else
                picture_webp(pattern, -1, format == 2 ? 255 : 40, &bytes);
            assert_int_equal(exif_orientation(bytes.data, bytes.size), 1);
            picture_add_exif(&bytes, (uint32_t)orientation, orientation & 1);
            assert_int_equal(exif_orientation(bytes.data, bytes.size), orientation);
            vultus_image *image = NULL;
            vultus_error error = {0};
            assert_ok(vultus_image_decode(bytes.data, bytes.size, "x", NULL, &image, &error),
                      &error);
            assert_int_equal(image->width, orientation < 5 ? 20 : 10);
            assert_int_equal(image->height, orientation < 5 ? 10 : 20);
            vultus_image_free(image);
            for (size_t size = 0; size < bytes.size; size++)
                assert_in_range(exif_orientation(bytes.data, size), 1, 8);
            buffer_clear(&bytes);
        }
    vultus_image_free(pattern);
}

/* Behind other segments, after a thumbnail's EXIF without orientation, but not behind the scan. */
static void found_anywhere_before_the_scan(void **state)
{
    (void)state;
    vultus_image *pattern = picture_pattern(20, 10);
    struct buffer bytes;
    picture_jpeg(pattern, (struct picture_jpeg){0}, &bytes);
    picture_add_exif(&bytes, 6, false);
    picture_add_exif(&bytes, 99, true);
    picture_insert(&bytes, 2,
                   "\xFF\xFE\0\x06text\xFF\xE1\0\x0A"
                   "http:///\xFF\xFF\xFF",
                   24 - 3 + 2);
    assert_int_equal(exif_orientation(bytes.data, bytes.size), 6);
    buffer_clear(&bytes);
    picture_jpeg(pattern, (struct picture_jpeg){0}, &bytes);
    size_t end = bytes.size;
    picture_add_exif(&bytes, 6, false);
    size_t length = bytes.size - end;
    uint8_t *segment = malloc(length);
    memcpy(segment, bytes.data + 2, length);
    memmove(bytes.data + 2, bytes.data + 2 + length, end - 2);
    memcpy(bytes.data + end, segment, length);
    assert_int_equal(exif_orientation(bytes.data, bytes.size), 1);
    free(segment);
    buffer_clear(&bytes);
    vultus_image_free(pattern);
}

/* Where the pixel at (x, y) of the stored picture belongs, from the EXIF standard. */
static void place(int orientation, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                  uint32_t *to_x, uint32_t *to_y)
{
    uint32_t back_x = width - 1 - x, back_y = height - 1 - y;
    bool turned = orientation >= 5;
    static const int mirror_x[] = {0, 0, 1, 1, 0, 0, 0, 1, 1},
                     mirror_y[] = {0, 0, 0, 1, 1, 0, 1, 1, 0};
    uint32_t a = mirror_x[orientation] ? back_x : x, b = mirror_y[orientation] ? back_y : y;
    *to_x = turned ? b : a;
    *to_y = turned ? a : b;
}

static void pixels_go_where_they_belong(void **state)
{
    static const uint32_t sizes[][2] = {{1, 1}, {1, 7}, {7, 1}, {5, 4}, {33, 70}, {400, 31}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int orientation = 0; orientation <= 9; orientation++) {
            vultus_image *pattern = picture_pattern(sizes[i][0], sizes[i][1]);
            vultus_image *image = picture_pattern(sizes[i][0], sizes[i][1]);
            vultus_error error = {0};
            int turn = orientation >= 1 && orientation <= 8 ? orientation : 1;
            assert_ok(image_orient(image, orientation, &error), &error);
            for (uint32_t y = 0; y < pattern->height; y++)
                for (uint32_t x = 0; x < pattern->width; x++) {
                    uint32_t to_x, to_y;
                    place(turn, x, y, pattern->width, pattern->height, &to_x, &to_y);
                    assert_true(to_x < image->width && to_y < image->height);
                    assert_memory_equal(pattern->pixels + y * pattern->stride + 3 * x,
                                        image->pixels + to_y * image->stride + 3 * to_x, 3);
                }
            vultus_image_free(image);
            vultus_image_free(pattern);
        }
}

static void borrowed_pixels_stay(void **state)
{
    static const uint8_t pixels[] = {1, 2, 3, 4, 5, 6};
    (void)state;
    vultus_pixels view = {.data = pixels, .width = 2, .height = 1};
    for (int orientation = 1; orientation <= 8; orientation++) {
        vultus_image *image = NULL;
        vultus_error error = {0};
        assert_ok(vultus_image_wrap(&view, &image, &error), &error);
        assert_ok(image_orient(image, orientation, &error), &error);
        vultus_image_free(image);
        assert_memory_equal(pixels, ((uint8_t[]){1, 2, 3, 4, 5, 6}), 6);
    }
}

static vultus_image *read_data(const char *path)
{
    vultus_image *image = NULL;
    vultus_error error = {0};
    const char *full = support_data(path);
    if (full)
        assert_ok(vultus_image_read(full, NULL, &image, &error), &error);
    return image;
}

/* The pictures of a series were saved one by one, so they are never quite alike; but they have to
 * be much more so than when one of them is mirrored or turned. */
static void compare_series(const char *first, const char *series)
{
    vultus_image *upright = read_data(first);
    if (!upright)
        support_skip("no test data");
    for (int orientation = 2; orientation <= 8; orientation++) {
        char path[256];
        vultus_error error = {0};
        snprintf(path, sizeof path, "%s%d.jpg", series, orientation);
        vultus_image *image = read_data(path);
        if (!image)
            fail_msg("%s is missing", path);
        double difference = picture_difference(upright, image);
        for (int turn = 0; turn < 3; turn++) { /* mirrored, turned by half, upside down */
            assert_ok(image_orient(image, turn == 1 ? 4 : 2, &error), &error);
            if (difference > 20 || picture_difference(upright, image) < 2 * difference)
                fail_msg("%s differs by %.2f", path, difference);
        }
        vultus_image_free(image);
    }
    vultus_image_free(upright);
}

static void real_pictures_come_out_upright(void **state)
{
    (void)state;
    compare_series("exif/hopper.jpg", "exif/hopper_orientation_");
    compare_series("exif/canon_orientation/portrait_1.jpg", "exif/canon_orientation/portrait_");
    compare_series("exif/canon_orientation/landscape_1.jpg", "exif/canon_orientation/landscape_");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parser_reads_both_byte_orders),
        cmocka_unit_test(hostile_tiff_is_no_orientation),
        cmocka_unit_test(found_in_every_format),
        cmocka_unit_test(found_anywhere_before_the_scan),
        cmocka_unit_test(pixels_go_where_they_belong),
        cmocka_unit_test(borrowed_pixels_stay),
        cmocka_unit_test(real_pictures_come_out_upright),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
