/* Pictures drawn into parts of others: where they are, what is beside them, means and blends, and odd sizes. */
#include "pictures.h"
#include "support.h"

#include <math.h>

static vultus_image *plain(uint32_t width, uint32_t height, int grey)
{
    vultus_image *image = NULL;
    vultus_error error = {0};
    assert_ok(image_new(width, height, &image, &error), &error);
    memset(image->pixels, grey, image->stride * height);
    return image;
}

static void the_same_size_is_a_copy(void **state)
{
    (void)state;
    vultus_image *from = picture_pattern(1500, 90), *into = plain(1500, 90, 0);
    vultus_box at = image_fit(from, into, (vultus_box){0, 0, 1500, 90});
    assert_true(at.x == 0 && at.y == 0 && at.width == 1500 && at.height == 90);
    assert_memory_equal(from->pixels, into->pixels, from->stride * from->height);
    vultus_image_free(from);
    vultus_image_free(into);
}

/* In the middle of its part, as large as fits; what is beside it stays. */
static void it_stands_in_the_middle(void **state)
{
    (void)state;
    for (uint32_t width = 3; width < 700; width += 31) {
        vultus_image *from = plain(width, 64, 200), *into = plain(320, 200, 7);
        vultus_box part = {20, 30, 240, 120}, at = image_fit(from, into, part);
        float scale = fminf(240 / (float)width, 120.0f / 64);
        assert_true(fabsf(at.width - (float)width * scale) <= 0.5f);
        assert_true(fabsf(at.x - part.x - (part.width - at.width) / 2) <= 1);
        for (uint32_t y = 0; y < into->height; y++)
            for (uint32_t x = 0; x < into->width; x++) {
                float px = (float)x, py = (float)y;
                bool inside =
                    px >= at.x && px < at.x + at.width && py >= at.y && py < at.y + at.height;
                int wanted = inside ? 200 : 7;
                assert_in_range(into->pixels[y * into->stride + 3 * x + 1], wanted - 1, wanted + 1);
            }
        vultus_image_free(from);
        vultus_image_free(into);
    }
}

/* The pattern grows evenly, so that its picture in another size is the pattern of that size. */
static void sizes_keep_the_picture(void **state)
{
    static const uint32_t widths[] = {160, 320, 500, 640, 1000, 1280, 2600};
    (void)state;
    vultus_image *from = picture_pattern(1280, 640);
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        uint32_t width = widths[i], height = width / 2;
        vultus_image *into = plain(width, height, 0), *wanted = picture_pattern(width, height);
        vultus_box at = image_fit(from, into, (vultus_box){0, 0, (float)width, (float)height});
        assert_true(at.width == (float)width && at.height == (float)height);
        uint64_t sum = 0;
        for (size_t k = 0; k < into->stride * height; k += 3) /* red: to the right */
            sum += (uint64_t)abs(into->pixels[k] - wanted->pixels[k]);
        assert_true(sum <= (uint64_t)2 * width * height);
        vultus_image_free(into);
        vultus_image_free(wanted);
    }
    vultus_image_free(from);
}

static void odd_sizes_do_no_harm(void **state)
{
    static const uint32_t sizes[][2] = {{1, 1},     {1, 500},  {65500, 1},
                                        {65500, 3}, {2, 3000}, {4097, 2}};
    (void)state;
    vultus_image *into = plain(97, 53, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        vultus_image *from = plain(sizes[i][0], sizes[i][1], 90);
        (void)image_fit(from, into, (vultus_box){0, 0, 97, 53});
        (void)image_fit(from, into, (vultus_box){0, 0, 1, 1});
        (void)image_fit(from, into, (vultus_box){90, 50, 97, 53}); /* reaches over the edge */
        (void)image_fit(from, into, (vultus_box){0, 0, 0, 0});
        vultus_image_free(from);
    }
    vultus_image_free(into);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_size_is_a_copy),
        cmocka_unit_test(it_stands_in_the_middle),
        cmocka_unit_test(sizes_keep_the_picture),
        cmocka_unit_test(odd_sizes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
