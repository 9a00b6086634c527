/* JPEG: every variant that is read, what is refused and how, damage, and bounds on work and memory.
 */
#include "pictures.h"
#include "support.h"

#include <jpeglib.h>

static vultus_image *decoded(const struct buffer *bytes)
{
    vultus_image *image = NULL;
    vultus_error error = {0};
    assert_ok(vultus_image_decode(bytes->data, bytes->size, "x.jpg", NULL, &image, &error), &error);
    return image;
}

static void refused(const struct buffer *bytes, vultus_status status, const char *text)
{
    vultus_image *image = NULL;
    vultus_error error = {0};
    assert_error(status,
                 vultus_image_decode(bytes->data, bytes->size, "x.jpg", NULL, &image, &error),
                 &error, text);
    assert_null(image);
    assert_non_null(strstr(error.message, "x.jpg: "));
}

/* The first segment with this marker. */
static size_t find_segment(const struct buffer *bytes, unsigned marker)
{
    size_t at = 2;
    while (at + 4 < bytes->size && bytes->data[at + 1] != marker) {
        assert_int_equal(bytes->data[at], 0xFF);
        at += 2 + (size_t)(bytes->data[at + 2] << 8 | bytes->data[at + 3]);
    }
    assert_true(at + 4 < bytes->size);
    return at;
}

static void every_variant_comes_out_as_it_went_in(void **state)
{
    static const struct picture_jpeg variants[] = {
        {.quality = 95},
        {.full_colour = true},
        {.progressive = true},
        {.progressive = true, .full_colour = true, .restart = 3},
        {.restart = 5},
        {.arithmetic = true},
        {.arithmetic = true, .progressive = true},
        {.cmyk = true},
        {.cmyk = true, .no_adobe = true},
        {.cmyk = true, .progressive = true},
        {.ycck = true},
    };
    (void)state;
    vultus_image *pattern = picture_pattern(97, 61);
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        struct buffer bytes;
        picture_jpeg(pattern, variants[i], &bytes);
        vultus_image *image = decoded(&bytes);
        double difference = picture_difference(pattern, image);
        if (difference > 3)
            fail_msg("variant %zu differs by %.2f", i, difference);
        vultus_image_free(image);
        buffer_clear(&bytes);
    }
    vultus_image_free(pattern);
}

static void grey_is_expanded(void **state)
{
    (void)state;
    vultus_image *pattern = picture_pattern(64, 40);
    struct buffer bytes;
    picture_jpeg(pattern, (struct picture_jpeg){.grey = true}, &bytes);
    vultus_image *image = decoded(&bytes);
    for (uint32_t y = 0; y < 40; y++)
        for (uint32_t x = 0; x < 64; x++) {
            const uint8_t *pixel = image->pixels + y * image->stride + (size_t)3 * x;
            assert_true(pixel[0] == pixel[1] && pixel[1] == pixel[2]);
            assert_in_range(pixel[0] + 8, 255 * x / 63, 255 * x / 63 + 16);
        }
    vultus_image_free(image);
    buffer_clear(&bytes);
    vultus_image_free(pattern);
}

/* Not a bit may differ from what the library gives on its own: detectors were tuned on that. */
static void pixels_are_those_of_the_library(void **state)
{
    (void)state;
    vultus_image *pattern = picture_pattern(203, 149);
    struct buffer bytes;
    picture_jpeg(pattern, (struct picture_jpeg){.quality = 80}, &bytes);
    vultus_image *image = decoded(&bytes);
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    uint8_t row[3 * 203], *rows = row;
    info.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, bytes.data, bytes.size);
    jpeg_read_header(&info, TRUE);
    jpeg_start_decompress(&info);
    for (uint32_t y = 0; y < 149; y++) {
        assert_int_equal(jpeg_read_scanlines(&info, &rows, 1), 1);
        assert_memory_equal(row, image->pixels + y * image->stride, sizeof row);
    }
    jpeg_destroy_decompress(&info);
    vultus_image_free(image);
    buffer_clear(&bytes);
    vultus_image_free(pattern);
}

static void kinds_that_are_not_read_are_named(void **state)
{
    (void)state;
    vultus_image *pattern = picture_pattern(32, 32);
    struct buffer bytes;
    picture_jpeg(pattern, (struct picture_jpeg){0}, &bytes);
    size_t frame = find_segment(&bytes, 0xC0);
    bytes.data[frame + 4] = 12;
    refused(&bytes, VULTUS_ERR_FORMAT, "12 bits");
    bytes.data[frame + 4] = 8;
    bytes.data[frame + 1] = 0xC3;
    refused(&bytes, VULTUS_ERR_FORMAT, "baseline");
    bytes.data[frame + 1] = 0xC0;
    bytes.data[frame + 5] = bytes.data[frame + 6] = 0;
    refused(&bytes, VULTUS_ERR_FORMAT, "damaged JPEG");
    buffer_clear(&bytes);
    vultus_image_free(pattern);
}

/* In bytes of a file without its end of image. */
static void cut(struct buffer *bytes, double part)
{
    bytes->size = (size_t)((double)bytes->size * part);
}

static void a_cut_file_is_read_if_nine_tenths_are_there(void **state)
{
    static const struct picture_jpeg variants[] = {{0}, {.restart = 4}, {.arithmetic = true}};
    (void)state;
    vultus_image *pattern = picture_pattern(320, 320), *image;
    struct buffer bytes;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        picture_jpeg(pattern, variants[i], &bytes);
        bytes.size -= 2; /* only the end-of-image marker is missing */
        image = decoded(&bytes);
        assert_true(picture_difference(pattern, image) < 3);
        vultus_image_free(image);
        cut(&bytes, 0.97);
        image = decoded(&bytes);
        assert_true(picture_difference(pattern, image) < 12);
        vultus_image_free(image);
        cut(&bytes, 0.6);
        refused(&bytes, VULTUS_ERR_FORMAT, "breaks off after ");
        buffer_clear(&bytes);
    }
    vultus_image_free(pattern);
}

/* Without its last scans a progressive file has less detail, without the first it is nothing. */
static void a_cut_progressive_file_needs_its_luma(void **state)
{
    (void)state;
    vultus_image *pattern = picture_pattern(320, 320);
    struct buffer bytes;
    picture_jpeg(pattern, (struct picture_jpeg){.progressive = true}, &bytes);
    cut(&bytes, 0.9);
    vultus_image *image = decoded(&bytes);
    assert_true(picture_difference(pattern, image) < 4);
    vultus_image_free(image);
    cut(&bytes, 0.3);
    refused(&bytes, VULTUS_ERR_FORMAT, "breaks off after ");
    buffer_clear(&bytes);
    vultus_image_free(pattern);
}

static void cut_anywhere_it_never_crashes(void **state)
{
    static const struct picture_jpeg variants[] = {{.quality = 60},
                                                   {.quality = 60, .progressive = true},
                                                   {.arithmetic = true},
                                                   {.cmyk = true}};
    (void)state;
    vultus_image *pattern = picture_pattern(24, 20);
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        struct buffer bytes;
        picture_jpeg(pattern, variants[i], &bytes);
        picture_add_exif(&bytes, 6, true);
        for (size_t size = 0; size < bytes.size; size++) {
            uint8_t *exact = malloc(size ? size : 1); /* so that sanitizers see the end */
            vultus_image *image = NULL;
            vultus_error error = {0};
            memcpy(exact, bytes.data, size);
            if (vultus_image_decode(exact, size, NULL, NULL, &image, &error))
                assert_true(error.message[0] && !image);
            vultus_image_free(image);
            free(exact);
        }
        buffer_clear(&bytes);
    }
    vultus_image_free(pattern);
}

static void set_size(struct buffer *bytes, unsigned marker, unsigned width, unsigned height)
{
    uint8_t *frame = bytes->data + find_segment(bytes, marker);
    frame[5] = (uint8_t)(height >> 8), frame[6] = (uint8_t)height;
    frame[7] = (uint8_t)(width >> 8), frame[8] = (uint8_t)width;
}

static void limits_come_before_memory(void **state)
{
    (void)state;
    vultus_image *pattern = picture_pattern(16, 16), *image = NULL;
    vultus_error error = {0};
    vultus_decode_options options = {.max_pixels = 255};
    struct buffer bytes;
    picture_jpeg(pattern, (struct picture_jpeg){0}, &bytes);
    assert_error(VULTUS_ERR_LIMIT,
                 vultus_image_decode(bytes.data, bytes.size, "x", &options, &image, &error), &error,
                 "16 x 16 pixels");
    options.max_pixels = 256;
    assert_ok(vultus_image_decode(bytes.data, bytes.size, "x", &options, &image, &error), &error);
    vultus_image_free(image);
    image = NULL;
    options = (vultus_decode_options){.max_bytes = bytes.size - 1};
    assert_error(VULTUS_ERR_LIMIT,
                 vultus_image_decode(bytes.data, bytes.size, "x", &options, &image, &error), &error,
                 "bytes");
    set_size(&bytes, 0xC0, 65500, 65500);
    refused(&bytes, VULTUS_ERR_LIMIT, "65500 x 65500");
    set_size(&bytes, 0xC0, 10000, 10000); /* allowed, but there is no data for it */
    refused(&bytes, VULTUS_ERR_FORMAT, "breaks off");
    buffer_clear(&bytes);
    /* 100 megapixels of four channels: 800 MB of coefficients beside 300 MB of pixels */
    picture_jpeg(pattern, (struct picture_jpeg){.cmyk = true, .progressive = true}, &bytes);
    set_size(&bytes, 0xC2, 10000, 10000);
    refused(&bytes, VULTUS_ERR_LIMIT, "too large");
    buffer_clear(&bytes);
    vultus_image_free(pattern);
}

/* The last scan again and again: every one walks the whole picture. */
static void endless_scans_are_refused(void **state)
{
    (void)state;
    vultus_image *pattern = picture_pattern(64, 64);
    struct buffer bytes;
    picture_jpeg(pattern, (struct picture_jpeg){.progressive = true}, &bytes);
    size_t last = bytes.size - 2;
    while (bytes.data[last] != 0xFF || bytes.data[last + 1] != 0xDA)
        last--;
    size_t length = bytes.size - 2 - last;
    uint8_t *scan = malloc(length);
    memcpy(scan, bytes.data + last, length);
    for (int i = 0; i < 60; i++)
        picture_insert(&bytes, last, scan, length);
    vultus_image_free(decoded(&bytes)); /* odd, but no more than an encoder might do */
    for (int i = 0; i < 60; i++)
        picture_insert(&bytes, last, scan, length);
    refused(&bytes, VULTUS_ERR_LIMIT, "scans");
    free(scan);
    buffer_clear(&bytes);
    vultus_image_free(pattern);
}

static void written_pictures_can_be_read(void **state)
{
    (void)state;
    vultus_image *pattern = picture_pattern(120, 77);
    vultus_error error = {0};
    struct buffer bytes;
    for (int quality = 100; quality > 0; quality -= 33) {
        assert_ok(image_encode_jpeg(pattern, quality, &bytes, &error), &error);
        vultus_image *image = decoded(&bytes);
        assert_true(picture_difference(pattern, image) < (quality > 60 ? 3 : 30));
        vultus_image_free(image);
        buffer_clear(&bytes);
    }
    assert_error(VULTUS_ERR_ARGUMENT, image_encode_jpeg(pattern, 0, &bytes, &error), &error, "0");
    assert_error(VULTUS_ERR_ARGUMENT, image_encode_jpeg(pattern, 101, &bytes, &error), &error,
                 "101");
    vultus_image_free(pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_comes_out_as_it_went_in),
        cmocka_unit_test(grey_is_expanded),
        cmocka_unit_test(pixels_are_those_of_the_library),
        cmocka_unit_test(kinds_that_are_not_read_are_named),
        cmocka_unit_test(a_cut_file_is_read_if_nine_tenths_are_there),
        cmocka_unit_test(a_cut_progressive_file_needs_its_luma),
        cmocka_unit_test(cut_anywhere_it_never_crashes),
        cmocka_unit_test(limits_come_before_memory),
        cmocka_unit_test(endless_scans_are_refused),
        cmocka_unit_test(written_pictures_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
