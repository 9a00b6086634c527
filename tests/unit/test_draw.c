/* Drawing: shapes cover what they should, nothing is written outside, text and annotation. */
#define _GNU_SOURCE
#include "pictures.h"
#include "support.h"

#include <math.h>

static vultus_image *white(uint32_t width, uint32_t height)
{
    vultus_image *image = picture_pattern(width, height);
    memset(image->pixels, 255, image->stride * height);
    return image;
}

/* How much black was put on white, in pixels. */
static double ink(const vultus_image *image)
{
    double sum = 0;
    for (size_t i = 0; i < image->stride * image->height; i++)
        sum += 255 - image->pixels[i];
    return sum / (3 * 255);
}

static int at(const vultus_image *image, uint32_t x, uint32_t y)
{
    return image->pixels[y * image->stride + (size_t)3 * x];
}

static void shapes_have_their_area(void **state)
{
    (void)state;
    vultus_image *image = white(40, 40);
    draw_fill(image, (vultus_box){3.5f, 4.25f, 10.5f, 7.5f}, 0, 1);
    assert_float_equal(ink(image), 10.5 * 7.5, 0.3);
    assert_int_equal(at(image, 5, 6), 0);
    assert_in_range(at(image, 3, 6), 126, 129); /* half covered */
    vultus_image_free(image);

    image = white(40, 40);
    draw_rectangle(image, (vultus_box){10, 10, 20, 15}, 2, 0);
    assert_float_equal(ink(image), 22 * 17 - 18 * 13, 0.1);
    assert_int_equal(at(image, 9, 9), 0);
    assert_int_equal(at(image, 30, 25), 0);
    assert_int_equal(at(image, 11, 11), 255);
    vultus_image_free(image);

    image = white(40, 40);
    draw_disc(image, (vultus_point){20, 20}, 8, 0);
    assert_float_equal(ink(image), 3.14159 * 64, 2);
    vultus_image_free(image);

    static const vultus_point ends[][2] = {
        {{10, 12}, {30, 12}}, {{12, 30}, {12, 10}}, {{10, 10}, {26, 22}}, {{26, 10}, {10, 22}}};
    for (size_t i = 0; i < 4; i++) { /* of twenty pixels, with round ends */
        image = white(40, 40);
        draw_line(image, ends[i][0], ends[i][1], 4, 0);
        assert_float_equal(ink(image), 20 * 4 + 3.14159 * 4, 1);
        assert_int_equal(at(image, (uint32_t)(ends[i][0].x + ends[i][1].x) / 2,
                            (uint32_t)(ends[i][0].y + ends[i][1].y) / 2),
                         0);
        assert_int_equal(at(image, 35, 35), 255);
        vultus_image_free(image);
    }

    image = white(10, 10);
    draw_fill(image, (vultus_box){0, 0, 10, 10}, 0x102030, 0.5f);
    assert_in_range(image->pixels[0], (255 + 0x10) / 2 - 1, (255 + 0x10) / 2 + 1);
    assert_in_range(image->pixels[2], (255 + 0x30) / 2 - 1, (255 + 0x30) / 2 + 1);
    vultus_image_free(image);
}

static void nothing_is_written_outside(void **state)
{
    static const float odd[] = {-1e30f, -70, -1.5f, -0.2f, 0,   0.3f,     3,        29.7f,
                                30,     31,  500,   1e30f, NAN, INFINITY, -INFINITY};
    (void)state;
    size_t count = sizeof odd / sizeof *odd;
    vultus_image *image = white(30, 20);
    struct draw_font *font = NULL;
    vultus_error error = {0};
    if (draw_font_path())
        assert_ok(draw_font_open(12, &font, &error), &error);
    for (size_t a = 0; a < count; a++)
        for (size_t b = 0; b < count; b++) {
            for (size_t c = 0; c < count; c++) {
                vultus_box box = {odd[a], odd[b], odd[c], odd[(a + c) % count]};
                draw_fill(image, box, 0, odd[(b + c) % count]);
                draw_rectangle(image, box, odd[(b + c) % count], 0);
                draw_line(image, (vultus_point){odd[a], odd[b]},
                          (vultus_point){odd[c], odd[(a + c) % count]}, odd[(b + c) % count], 0);
            }
            /* of sane radius: a disc that covers the picture is as dear as the picture */
            draw_disc(image, (vultus_point){odd[a], odd[b]}, odd[(a + b) % count], 0);
            if (font)
                draw_text(image, font, odd[a], odd[b], "Wg", 0);
        }
    draw_font_close(font);
    vultus_image_free(image);
}

static struct draw_font *open_font(float pixels)
{
    struct draw_font *font = NULL;
    vultus_error error = {0};
    assert_ok(draw_font_open(pixels, &font, &error), &error);
    return font;
}

static void text_is_drawn_where_it_should(void **state)
{
    (void)state;
    if (!draw_font_path())
        support_skip("no font is installed");
    struct draw_font *font = open_font(20);
    vultus_image *image = white(200, 60);
    float width = draw_text_width(font, "Ada Lovelace");
    assert_in_range((int)width, 80, 180);
    draw_text(image, font, 10, 15, "Ada Lovelace", 0);
    assert_true(ink(image) > 100);
    for (uint32_t y = 0; y < 60; y++)
        for (uint32_t x = 0; x < 200; x++)
            if (at(image, x, y) < 200)
                assert_true(x >= 9 && x <= 10 + width + 1 && y >= 15 && y < 35);
    draw_font_resize(font, 40);
    assert_float_equal(draw_text_width(font, "Ada Lovelace"), 2 * width, 2);
    vultus_image_free(image);
    draw_font_close(font);
}

static void any_bytes_are_text(void **state)
{
    static const char *const texts[] = {"",
                                        "\x80",
                                        "\xC3",
                                        "\xE2\x82",
                                        "\xF0\x9F\x98",
                                        "\xFF\xFE",
                                        "\xED\xA0\x80",
                                        "\xC0\xAF",
                                        "\xF4\x90\x80\x80",
                                        "a\tb\n",
                                        "\xE6\x9D\x8E\xE5\xB0\x8F\xE9\xBE\x99"};
    (void)state;
    if (!draw_font_path())
        support_skip("no font is installed");
    struct draw_font *font = open_font(20);
    vultus_image *image = white(100, 30);
    /* a byte that is not UTF-8 is the replacement character */
    assert_float_equal(draw_text_width(font, "\xFF"), draw_text_width(font, "\xEF\xBF\xBD"), 0.01);
    assert_float_equal(draw_text_width(font, "\xC0\xAF"), 2 * draw_text_width(font, "\xEF\xBF\xBD"),
                       0.01);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *exact = strdup(texts[i]);
        assert_true(draw_text_width(font, exact) >= 0);
        draw_text(image, font, 2, 2, exact, 0);
        free(exact);
    }
    vultus_image_free(image);
    draw_font_close(font);
}

static void a_missing_font_is_named(void **state)
{
    (void)state;
    struct draw_font *font = NULL;
    vultus_error error = {0};
    vultus_image *image = white(50, 50);
    vultus_label label = {.face.box = {10, 20, 20, 20}, .text = "Ada"};
    setenv("VULTUS_FONT", "/nowhere/font.ttf", 1);
    assert_null(draw_font_path());
    assert_error(VULTUS_ERR_NOT_FOUND, draw_font_open(10, &font, &error), &error,
                 "/nowhere/font.ttf");
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_image_annotate(image, &label, 1, &error), &error,
                 "VULTUS_FONT");
    assert_true(ink(image) == 0); /* untouched */
    label.text = NULL;            /* boxes need no font */
    assert_ok(vultus_image_annotate(image, &label, 1, &error), &error);
    assert_true(ink(image) > 10);
    setenv("VULTUS_FONT", support_source("CMakeLists.txt"), 1);
    assert_error(VULTUS_ERR_NOT_FOUND, draw_font_open(10, &font, &error), &error, "not a font");
    unsetenv("VULTUS_FONT");
    vultus_image_free(image);
}

static void annotation_fits_every_picture(void **state)
{
    static const uint32_t sizes[][2] = {{1, 1}, {2, 9}, {40, 40}, {150, 150}, {700, 50}, {50, 700}};
    static const char *const texts[] = {NULL, "", "Ada", "\xFF", NULL};
    (void)state;
    if (!draw_font_path())
        support_skip("no font is installed");
    char endless[4096];
    memset(endless, 'W', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        vultus_image *image = white(sizes[i][0], sizes[i][1]);
        vultus_label labels[32] = {0};
        vultus_error error = {0};
        for (int k = 0; k < 32; k++) {
            vultus_face *face = &labels[k].face;
            face->box = (vultus_box){(float)(k * 37 % 60) - 10, (float)(k * 53 % 60) - 10,
                                     (float)(k % 9) * 5, (float)(k % 7) * 6};
            for (int p = 0; p < VULTUS_LANDMARKS; p++)
                face->landmarks[p] = (vultus_point){face->box.x + (float)p, face->box.y};
            labels[k].landmarks = k % 2;
            labels[k].match = k % 3;
            labels[k].text = k % 5 == 4 ? endless : texts[k % 5];
        }
        labels[7].face.box.x = NAN;
        labels[8].face.box.width = INFINITY;
        labels[9].face.landmarks[0].x = NAN;
        labels[11].face.shape_count = 68;
        labels[11].face.shape[9] = (vultus_point){NAN, 1e30f};
        labels[10].face.box.x = 1e20f;
        assert_ok(vultus_image_annotate(image, labels, 32, &error), &error);
        assert_ok(vultus_image_annotate(image, NULL, 0, &error), &error);
        vultus_image_free(image);
    }
}

/* Green of lines and points that a shape adds to the frame of its face. */
static double shape_ink(size_t count, size_t moved, float side)
{
    vultus_error error = {0};
    double sums[2];
    for (int k = 0; k < 2; k++) {
        vultus_image *image = white(200, 200);
        vultus_label label = {.face = {.box = {20, 20, side, side}, .shape_count = count},
                              .landmarks = k == 1};
        for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
            label.face.landmarks[i] = (vultus_point){-50, -50};
        for (size_t i = 0; i < VULTUS_SHAPE_MAX; i++) /* a spiral within the frame */
            label.face.shape[i] =
                (vultus_point){20 + side * (0.5f + 0.4f * (float)i / 68 * cosf((float)i)),
                               20 + side * (0.5f + 0.4f * (float)i / 68 * sinf((float)i))};
        for (size_t i = 0; i < moved; i++)
            label.face.shape[i].x += 1000;
        assert_ok(vultus_image_annotate(image, &label, 1, &error), &error);
        sums[k] = ink(image);
        vultus_image_free(image);
    }
    return sums[1] - sums[0];
}

static void shapes_are_drawn(void **state)
{
    (void)state;
    assert_true(shape_ink(0, 0, 160) == 0); /* five landmarks outside */
    double five = shape_ink(5, 0, 160), all = shape_ink(68, 0, 160), part = shape_ink(68, 34, 160);
    assert_true(five > 40 && five < 200);
    assert_true(all > 1000); /* points, and tens of pixels of 63 lines */
    assert_true(part < all && part > 400);
    assert_true(shape_ink(68, 68, 160) == 0); /* outside */
    assert_true(shape_ink(68, 0, 40) > 50 && shape_ink(68, 0, 40) < all / 4);
    assert_true(shape_ink(1000, 0, 160) == 0); /* not a shape: the landmarks */
}

static size_t count_colour(const vultus_image *image, int red, int green, int blue)
{
    size_t sum = 0;
    for (size_t i = 0; i < (size_t)image->width * image->height; i++) {
        const uint8_t *p = image->pixels + 3 * i;
        sum += p[0] == red && p[1] == green && p[2] == blue;
    }
    return sum;
}

static void plates_do_not_cover_each_other(void **state)
{
    (void)state;
    if (!draw_font_path())
        support_skip("no font is installed");
    vultus_error error = {0};
    vultus_label labels[] = {
        {.face.box = {100, 100, 60, 70}, .text = "Ada Lovelace", .match = true},
        {.face.box = {180, 100, 60, 70}, .text = "Grace Hopper"}};
    vultus_image *image = white(400, 300);
    assert_ok(vultus_image_annotate(image, labels, 2, &error), &error);
    /* plates are whole: each colour covers a box and a plate */
    size_t green = count_colour(image, 0x1D, 0x82, 0x39);
    size_t red = count_colour(image, 0xC2, 0x41, 0x0C);
    assert_true(green > 900 && red > 900);
    assert_in_range(green * 100 / red, 60, 160);
    vultus_image_free(image);
}

/* Alone, a face as large as the picture still has its text; in a crowd without room, names win. */
static void text_goes_inside_or_away(void **state)
{
    (void)state;
    if (!draw_font_path())
        support_skip("no font is installed");
    vultus_error error = {0};
    vultus_label label = {.face.box = {0, 0, 200, 200}};
    size_t boxes[2];
    for (int i = 0; i < 2; i++) {
        vultus_image *image = white(200, 200);
        label.text = i ? "unknown" : NULL;
        assert_ok(vultus_image_annotate(image, &label, 1, &error), &error);
        boxes[i] = count_colour(image, 0xC2, 0x41, 0x0C);
        vultus_image_free(image);
    }
    assert_true(boxes[1] > boxes[0] + 300);

    vultus_label crowd[200] = {0};
    for (int i = 0; i < 200; i++) {
        crowd[i].face.box = (vultus_box){(float)(i % 20) * 10, (float)(i / 20) * 12, 8, 10};
        crowd[i].text = i == 190 ? "Ada Lovelace" : "unknown";
        crowd[i].match = i == 190;
    }
    vultus_image *image = white(200, 120);
    assert_ok(vultus_image_annotate(image, crowd, 200, &error), &error);
    assert_true(count_colour(image, 0x1D, 0x82, 0x39) > 500);
    vultus_image_free(image);
}

static void borrowed_pixels_are_copied_first(void **state)
{
    (void)state;
    uint8_t data[3 * 60 * 60], before[sizeof data];
    vultus_pixels pixels = {data, 60, 60, 0, VULTUS_PIXELS_RGB};
    vultus_image *image = NULL;
    vultus_error error = {0};
    vultus_label label = {.face.box = {10, 10, 20, 20}};
    uint8_t a[HASH_SIZE], b[HASH_SIZE];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)i;
    memcpy(before, data, sizeof data);
    assert_ok(vultus_image_wrap(&pixels, &image, &error), &error);
    assert_ok(image_hash(image, a, &error), &error);
    assert_ok(vultus_image_annotate(image, &label, 1, &error), &error);
    assert_memory_equal(before, data, sizeof data);
    assert_ptr_not_equal(vultus_image_pixels(image).data, data);
    assert_memory_not_equal(vultus_image_pixels(image).data, data, sizeof data);
    assert_ok(image_hash(image, b, &error), &error);
    assert_memory_not_equal(a, b, HASH_SIZE); /* another picture */
    vultus_image_free(image);
    assert_int_equal(vultus_image_annotate(NULL, &label, 1, &error), VULTUS_ERR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_have_their_area),
        cmocka_unit_test(nothing_is_written_outside),
        cmocka_unit_test(text_is_drawn_where_it_should),
        cmocka_unit_test(any_bytes_are_text),
        cmocka_unit_test(a_missing_font_is_named),
        cmocka_unit_test(annotation_fits_every_picture),
        cmocka_unit_test(shapes_are_drawn),
        cmocka_unit_test(plates_do_not_cover_each_other),
        cmocka_unit_test(text_goes_inside_or_away),
        cmocka_unit_test(borrowed_pixels_are_copied_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
