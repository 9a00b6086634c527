/*
 * The tiled pyramid of MMOD: where dlib 19.24 puts the levels (create_tiled_pyramid with its
 * pyramid_down<6>, padding 10 and 11), what the levels show, and that rows come out as they lie there.
 */
#include "support.h"

#include "base/memory.h"
#include "face/mmod.h"
#include "image/image.h"

#include <math.h>

static const struct mmod_layout layout = {10, 11};

static void make(struct mmod_pyramid *out, const vultus_image *image, unsigned doublings,
                 struct pool *pool)
{
    const struct mip picture = {image->width, image->height, image->stride, image->pixels};
    vultus_error error = {0};
    assert_ok(mmod_pyramid_init(out, &picture, doublings, &layout, pool, &error), &error);
}

static vultus_image *black(uint32_t width, uint32_t height)
{
    vultus_image *image = NULL;
    vultus_error error = {0};
    assert_ok(image_new(width, height, &image, &error), &error);
    memset(image->pixels, 0, image->stride * height);
    return image;
}

static void levels_lie_where_dlib_has_them(void **state)
{
    static const struct {
        uint32_t width, height, tiled_width, tiled_height;
        size_t levels, level; /* how many, and one of them: */
        uint32_t left, top, level_width, level_height;
    } cases[] = {
        {640, 480, 662, 1782, 24, 4, 11, 1541, 308, 230},
        {640, 480, 662, 1782, 24, 5, 395, 1580, 256, 191},
        {640, 480, 662, 1782, 24, 23, 643, 512, 8, 5},
        {250, 250, 272, 957, 20, 19, 256, 269, 5, 5},
        {30, 2000, 52, 8047, 13, 5, 11, 7234, 10, 802},
        {30, 2000, 52, 8047, 13, 12, 40, 5097, 1, 221},
        {2000, 30, 2022, 166, 9, 8, 1548, 96, 463, 5},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vultus_image *image = black(cases[i].width, cases[i].height);
        struct mmod_pyramid pyramid;
        make(&pyramid, image, 0, NULL);
        const struct mmod_level *level = &pyramid.levels[cases[i].level];
        assert_int_equal(pyramid.width, cases[i].tiled_width);
        assert_int_equal(pyramid.height, cases[i].tiled_height);
        assert_int_equal(pyramid.count, cases[i].levels);
        assert_int_equal(level->left, cases[i].left);
        assert_int_equal(level->top, cases[i].top);
        assert_int_equal(level->width, cases[i].level_width);
        assert_int_equal(level->height, cases[i].level_height);
        mmod_pyramid_clear(&pyramid);
        vultus_image_free(image);
    }
}

static void the_nearest_level_counts(void **state)
{
    vultus_image *image = black(640, 480);
    struct mmod_pyramid pyramid;
    (void)state;
    make(&pyramid, image, 0, NULL);
    assert_int_equal(mmod_pyramid_level(&pyramid, 0, 0), 0);
    assert_int_equal(mmod_pyramid_level(&pyramid, 300, 494), 0); /* rows 491..500 are between */
    assert_int_equal(mmod_pyramid_level(&pyramid, 300, 497), 1);
    assert_int_equal(mmod_pyramid_level(&pyramid, 390, 1600), 5);
    assert_int_equal(mmod_pyramid_level(&pyramid, 330, 1600), 4);
    mmod_pyramid_clear(&pyramid);
    vultus_image_free(image);
}

/* A ramp stays a ramp: corners lie on corners, so each level goes from the first value to the last. */
static void levels_show_the_picture(void **state)
{
    vultus_image *image = black(200, 120);
    struct mmod_pyramid pyramid;
    (void)state;
    for (uint32_t y = 0; y < 120; y++)
        for (uint32_t x = 0; x < 200; x++) {
            uint8_t *pixel = image->pixels + y * image->stride + 3 * (size_t)x;
            pixel[0] = (uint8_t)x;
            pixel[1] = (uint8_t)(2 * y);
            pixel[2] = 77;
        }
    for (unsigned doublings = 0; doublings < 2; doublings++) {
        make(&pyramid, image, doublings, NULL);
        assert_int_equal(pyramid.levels[0].width, doublings ? 402 : 200);
        assert_int_equal(pyramid.levels[0].height, doublings ? 241 : 120);
        for (size_t i = 1; i < 8; i++) {
            const struct mmod_level *level = &pyramid.levels[i];
            for (uint32_t y = 0; y < level->height; y++)
                for (uint32_t x = 0; x < level->width; x++) {
                    const uint16_t *pixel = level->pixels + 3 * ((size_t)y * level->width + x);
                    double across = 199.0 * x / (level->width - 1.0);
                    double down = 238.0 * y / (level->height - 1.0);
                    assert_float_equal(pixel[0] / 256.0, across, 0.02);
                    assert_float_equal(pixel[1] / 256.0, down, 0.02);
                    assert_float_equal(pixel[2] / 256.0, 77, 0.02);
                }
        }
        mmod_pyramid_clear(&pyramid);
    }
    vultus_image_free(image);
}

/* Rows from anywhere are the rows of the whole, and 0 between levels; threads do not change them. */
static void rows_are_those_of_the_whole(void **state)
{
    const float mean[3] = {10, 20, 30}, scale[3] = {0.5f, 0.25f, 0.125f};
    vultus_image *image = black(90, 70);
    struct mmod_pyramid pyramid;
    struct pool *pool = NULL;
    vultus_error error = {0};
    (void)state;
    for (size_t i = 0; i < image->stride * image->height; i++)
        image->pixels[i] = (uint8_t)(i * 7 % 251);
    assert_ok(pool_open(3, &pool, &error), &error);
    make(&pyramid, image, 0, pool);
    size_t plane = (size_t)pyramid.width * pyramid.height;
    float *whole = mem_aligned(6 * plane, sizeof *whole), *part = whole + 3 * plane;
    struct mmod_reader *reader = NULL;
    assert_ok(mmod_reader_open(&pyramid, &reader, &error), &error);
    struct planes planes = {.data = whole, .width = pyramid.width, .height = pyramid.height};
    planes_normalise(&planes, false, mean, scale);
    mmod_pyramid_rows(reader, 0, &planes);
    const struct mmod_level *first = &pyramid.levels[0];
    for (uint32_t y = 0; y < first->height; y++)
        for (uint32_t x = 0; x < 3 * first->width; x++) {
            float value = (float)image->pixels[y * image->stride + x];
            float got = whole[x % 3 * plane + (y + 11) * pyramid.width + 11 + x / 3];
            assert_float_equal(got, (value - mean[x % 3]) * scale[x % 3], 1e-4f);
        }
    for (uint32_t x = 0; x < pyramid.width; x++) { /* above all, and between the first two */
        assert_float_equal(whole[10 * pyramid.width + x], 0, 0);
        assert_float_equal(whole[(11 + 70) * pyramid.width + x], 0, 0);
    }
    planes.data = part;
    planes.height = 50;
    mmod_pyramid_rows(reader, 37, &planes);
    for (size_t c = 0; c < 3; c++)
        assert_memory_equal(part + c * 50 * pyramid.width,
                            whole + c * plane + 37 * (size_t)pyramid.width,
                            50 * pyramid.width * sizeof *part);
    mem_free(whole);
    mmod_reader_close(reader);
    mmod_pyramid_clear(&pyramid);
    pool_close(pool);
    vultus_image_free(image);
}

/* Nothing that is too small or too large does harm, and memory that is missing is said. */
static void limits_and_memory(void **state)
{
    static const uint32_t sizes[][2] = {{1, 1}, {7, 6}, {9, 2000}, {2000, 4}, {11, 5}, {60000, 3}};
    struct mmod_pyramid pyramid;
    vultus_error error = {0};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        vultus_image *image = black(sizes[i][0], sizes[i][1]);
        make(&pyramid, image, i % 2, NULL);
        for (size_t k = 0; k < pyramid.count; k++) {
            assert_true(pyramid.levels[k].left + pyramid.levels[k].width <= pyramid.width);
            assert_true(pyramid.levels[k].top + pyramid.levels[k].height <= pyramid.height);
        }
        mmod_pyramid_clear(&pyramid);
        vultus_image_free(image);
    }
    vultus_image *image = black(120, 90);
    struct mip picture = {image->width, image->height, image->stride, image->pixels};
    long live = mem_live();
    for (long n = 1;; n++) {
        mem_fail_after(n, false);
        vultus_status status = mmod_pyramid_init(&pyramid, &picture, 1, &layout, NULL, &error);
        bool failed = mem_failed();
        mem_fail_after(0, false);
        if (!failed) {
            assert_int_equal(status, VULTUS_OK);
            mmod_pyramid_clear(&pyramid);
            break;
        }
        assert_int_equal(status, VULTUS_ERR_MEMORY);
        assert_int_equal(mem_live(), live);
    }
    picture.width = picture.height = 30000; /* never read: the doubled one is refused first */
    assert_error(VULTUS_ERR_LIMIT, mmod_pyramid_init(&pyramid, &picture, 1, &layout, NULL, &error),
                 &error, "upsample less");
    assert_int_equal(mem_live(), live);
    vultus_image_free(image);
}

/* Levels of large pictures that are not stored give the rows that they would have. */
static void rows_are_made_when_they_are_read(void **state)
{
    enum { ROWS = 40 };
    vultus_image *image = black(3000, 2000);
    struct mmod_pyramid pyramid;
    struct mmod_reader *reader = NULL;
    struct pool *pool = NULL;
    vultus_error error = {0};
    const float mean[3] = {0}, scale[3] = {1, 1, 1};
    (void)state;
    for (size_t i = 0; i < image->stride * image->height; i++)
        image->pixels[i] = (uint8_t)(i * i % 251);
    assert_ok(pool_open(3, &pool, &error), &error);
    make(&pyramid, image, 0, pool);
    struct mmod_level *levels = pyramid.levels;
    assert_true(levels[1].columns && levels[2].columns && !levels[1].pixels);
    assert_true(!levels[4].columns && levels[4].pixels);
    size_t floats = 3 * (size_t)pyramid.width * ROWS;
    float *made = mem_aligned(2 * floats, sizeof *made), *stored = made + floats;
    struct planes planes = {.data = made, .width = pyramid.width, .height = ROWS};
    planes_normalise(&planes, false, mean, scale);
    assert_ok(mmod_reader_open(&pyramid, &reader, &error), &error);
    for (size_t i = 1; i < 3; i++) {
        uint16_t *pixels =
            mem_array(3 * (size_t)levels[i].width * levels[i].height, sizeof *pixels);
        uint32_t row = levels[i].top + levels[i].height - 25; /* over the gap to the next one */
        planes.data = made;
        mmod_pyramid_rows(reader, row, &planes);
        levels[i].pixels = pixels;
        assert_ok(mmod_make_level(&pyramid, i, pool, &error), &error);
        planes.data = stored;
        mmod_pyramid_rows(reader, row, &planes);
        assert_memory_equal(made, stored, floats * sizeof *made);
        levels[i].pixels = NULL;
        mem_free(pixels);
    }
    mem_free(made);
    mmod_reader_close(reader);
    mmod_pyramid_clear(&pyramid);
    pool_close(pool);
    vultus_image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_made_when_they_are_read),
        cmocka_unit_test(levels_lie_where_dlib_has_them),
        cmocka_unit_test(the_nearest_level_counts),
        cmocka_unit_test(levels_show_the_picture),
        cmocka_unit_test(rows_are_those_of_the_whole),
        cmocka_unit_test(limits_and_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
