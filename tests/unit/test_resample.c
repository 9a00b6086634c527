/*
 * Resizing and turning: geometry is tested with pictures whose value is their position, so that half
 * a pixel too far left shows as half a grey level. Every SIMD path gives the same.
 */
#include "base/memory.h"
#include "image/resample.h"
#include "support.h"

#include <math.h>

static vultus_image *make_image(uint32_t width, uint32_t height)
{
    vultus_image *image = NULL;
    vultus_error error = {0};
    assert_ok(image_new(width, height, &image, &error), &error);
    return image;
}

/* Red is x, green is y, blue is 200. */
static vultus_image *make_ramp(uint32_t width, uint32_t height)
{
    vultus_image *image = make_image(width, height);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            uint8_t *pixel = image->pixels + y * image->stride + 3 * x;
            pixel[0] = (uint8_t)x;
            pixel[1] = (uint8_t)y;
            pixel[2] = 200;
        }
    return image;
}

static vultus_image *make_noise(uint32_t width, uint32_t height)
{
    vultus_image *image = make_image(width, height);
    for (size_t i = 0; i < image->stride * height; i++)
        image->pixels[i] = (uint8_t)((i * 2654435761u) >> 13);
    return image;
}

static struct planes make_planes(uint32_t width, uint32_t height)
{
    struct planes planes = {.width = width, .height = height, .scale = {1, 1, 1}};
    planes.data = calloc(3 * (size_t)width * height, sizeof *planes.data);
    assert_non_null(planes.data);
    return planes;
}

static float value(const struct planes *planes, int channel, uint32_t x, uint32_t y)
{
    return planes->data[((size_t)channel * planes->height + y) * planes->width + x];
}

static struct mips make_mips(const vultus_image *image)
{
    struct mips mips;
    vultus_error error = {0};
    assert_ok(mips_init(&mips, image, kernel_best(), &error), &error);
    return mips;
}

static void resize(const struct mips *mips, vultus_box box, const struct planes *planes)
{
    vultus_error error = {0};
    assert_ok(resample_box(mips, box, planes->height, 0, planes, &error), &error);
}

/* ---- mips */

static void levels_are_halves(void **state)
{
    (void)state;
    vultus_image *image = make_ramp(101, 50);
    struct mips mips = make_mips(image);
    assert_int_equal(mips.count, 4); /* 101x50, 50x25, 25x12, 12x6; 6x3 is too small */
    assert_int_equal(mips.levels[1].width, 50);
    assert_int_equal(mips.levels[1].height, 25);
    assert_int_equal(mips.levels[3].width, 12);
    assert_int_equal(mips.levels[3].height, 6);
    assert_ptr_equal(mips.levels[0].pixels, image->pixels);
    for (uint32_t x = 0; x < 50; x++) /* (2x + 2x + 1) / 2, rounded up */
        assert_int_equal(mips.levels[1].pixels[3 * x], 2 * x + 1);
    for (uint32_t x = 0; x < 25; x++)
        assert_int_equal(mips.levels[2].pixels[3 * x + 2], 200);
    mips_clear(&mips);
    mips_clear(&mips);
    vultus_image_free(image);
}

static void tiny_pictures_have_one_level(void **state)
{
    static const uint32_t sizes[][2] = {{1, 1}, {2, 5}, {7, 7}, {1, 1000}, {7, 300}};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        vultus_image *image = make_noise(sizes[i][0], sizes[i][1]);
        struct mips mips = make_mips(image);
        assert_int_equal(mips.count, 1);
        mips_clear(&mips);
        vultus_image_free(image);
    }
}

static void memory_may_end(void **state)
{
    struct mips mips;
    vultus_error error = {0};
    (void)state;
    vultus_image *image = make_ramp(64, 64);
    long live = mem_live();
    mem_fail_after(1, false);
    assert_error(VULTUS_ERR_MEMORY, mips_init(&mips, image, kernel_best(), &error), &error,
                 "memory");
    mem_fail_after(0, false);
    assert_int_equal(mem_live(), live);
    mips = make_mips(image);
    struct planes planes = make_planes(8, 8);
    mem_fail_after(1, false);
    vultus_box box = {0, 0, 64, 64};
    assert_error(VULTUS_ERR_MEMORY, resample_box(&mips, box, 8, 0, &planes, &error), &error,
                 "memory");
    mem_fail_after(0, false);
    free(planes.data);
    mips_clear(&mips);
    assert_int_equal(mem_live(), live);
    vultus_image_free(image);
}

/* ---- boxes */

static void one_to_one_is_a_copy(void **state)
{
    static const uint32_t sizes[][2] = {{1, 1}, {2, 5}, {3, 3}, {4, 1}, {61, 47}};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        uint32_t width = sizes[i][0], height = sizes[i][1];
        vultus_image *image = make_noise(width, height);
        struct mips mips = make_mips(image);
        struct planes planes = make_planes(width, height);
        resize(&mips, (vultus_box){0, 0, (float)width, (float)height}, &planes);
        for (uint32_t y = 0; y < height; y++)
            for (uint32_t x = 0; x < width; x++)
                for (int c = 0; c < 3; c++)
                    assert_float_equal(value(&planes, c, x, y),
                                       image->pixels[y * image->stride + 3 * x + (size_t)c], 1e-3);
        free(planes.data);
        mips_clear(&mips);
        vultus_image_free(image);
    }
}

/* The mean of exactly what lies below an output pixel, also where sizes are odd. */
static void shrinking_averages(void **state)
{
    static const uint32_t sizes[][2] = {{40, 26}, {43, 31}, {60, 39}, {79, 51}};
    (void)state;
    vultus_image *image = make_noise(80, 52);
    struct mips mips = make_mips(image);
    for (size_t i = 0; i < 4; i++) {
        struct planes planes = make_planes(sizes[i][0], sizes[i][1]);
        resize(&mips, (vultus_box){0, 0, 80, 52}, &planes);
        double step_x = 80.0 / sizes[i][0], step_y = 52.0 / sizes[i][1], worst = 0;
        for (uint32_t y = 0; y < planes.height; y++)
            for (uint32_t x = 0; x < planes.width; x++) {
                double sum = 0;
                for (uint32_t sy = 0; sy < 52; sy++)
                    for (uint32_t sx = 0; sx < 80; sx++) {
                        double w = fmin((x + 1) * step_x, sx + 1.0) - fmax(x * step_x, sx);
                        double h = fmin((y + 1) * step_y, sy + 1.0) - fmax(y * step_y, sy);
                        if (w > 0 && h > 0)
                            sum += w * h * image->pixels[sy * image->stride + 3 * sx + 1];
                    }
                sum /= step_x * step_y;
                worst = fmax(worst, fabs(sum - (double)value(&planes, 1, x, y)));
            }
        if (worst > (i == 0 ? 0.51 : 0.01)) /* halves come rounded from the second level */
            fail_msg("%u x %u: off by %.3f", sizes[i][0], sizes[i][1], worst);
        free(planes.data);
    }
    mips_clear(&mips);
    vultus_image_free(image);
}

static uint32_t state_of_random = 1;

static float random_between(float low, float high)
{
    state_of_random = state_of_random * 1664525 + 1013904223;
    return low + (high - low) * (float)(state_of_random >> 8) / (float)(1 << 24);
}

/* Any box at any size: each output pixel shows its place, and keeps the picture's brightness. Both
 * sides shrink alike here, as they do in all callers: the taps are made for that. */
static void geometry_is_exact(void **state)
{
    (void)state;
    vultus_image *image = make_ramp(250, 240);
    struct mips mips = make_mips(image);
    double worst[3] = {0};
    for (int round = 0; round < 400; round++) {
        struct planes planes =
            make_planes(1 + (uint32_t)random_between(0, 40), 1 + (uint32_t)random_between(0, 40));
        uint32_t longer = planes.width > planes.height ? planes.width : planes.height;
        float step = random_between(0.2f, fminf(7.9f, 200.0f / (float)longer));
        vultus_box box = {random_between(16, 20), random_between(16, 20),
                          step * (float)planes.width, step * (float)planes.height};
        resize(&mips, box, &planes);
        for (uint32_t y = 0; y < planes.height; y++)
            for (uint32_t x = 0; x < planes.width; x++) {
                float wanted_x = box.x + ((float)x + 0.5f) * step - 0.5f;
                float wanted_y = box.y + ((float)y + 0.5f) * step - 0.5f;
                double off = fmax((double)fabsf(value(&planes, 0, x, y) - wanted_x),
                                  (double)fabsf(value(&planes, 1, x, y) - wanted_y));
                int kind = (step >= 1) + (step >= 2);
                worst[kind] = fmax(worst[kind], off);
                assert_float_equal(value(&planes, 2, x, y), 200, 0.02);
            }
        free(planes.data);
    }
    print_message("off by %.4f growing, %.4f shrinking, %.3f grey levels from halved copies\n",
                  worst[0], worst[1], worst[2]);
    assert_true(worst[0] < 0.01);
    assert_true(worst[1] < 0.126); /* pixels are steps and no slope: an eighth of one at most */
    assert_true(worst[2] < 1.13);  /* and two halvings round half a grey level up each */
    mips_clear(&mips);
    vultus_image_free(image);
}

/* Parts of the result are the same as when it is made at once. */
static void strips_fit_together(void **state)
{
    (void)state;
    vultus_image *image = make_noise(123, 97);
    struct mips mips = make_mips(image);
    vultus_error error = {0};
    struct planes all = make_planes(57, 43), strip = make_planes(57, 10);
    vultus_box box = {-20.5f, 3.25f, 150, 110};
    resize(&mips, box, &all);
    for (uint32_t row = 0; row + strip.height <= all.height; row += 3) {
        assert_ok(resample_box(&mips, box, all.height, row, &strip, &error), &error);
        for (uint32_t y = 0; y < strip.height; y++)
            for (uint32_t x = 0; x < 57; x++)
                for (int c = 0; c < 3; c++)
                    assert_float_equal(value(&strip, c, x, y), value(&all, c, x, y + row), 1e-3);
    }
    free(all.data);
    free(strip.data);
    mips_clear(&mips);
    vultus_image_free(image);
}

static void outside_is_black(void **state)
{
    (void)state;
    vultus_image *image = make_ramp(40, 40);
    struct mips mips = make_mips(image);
    struct planes planes = make_planes(80, 80);
    for (int c = 0; c < 3; c++)
        planes.shift[c] = 7;
    resize(&mips, (vultus_box){-20, -20, 80, 80}, &planes);
    for (uint32_t y = 0; y < 80; y++)
        for (uint32_t x = 0; x < 80; x++) {
            bool inside = x >= 20 && x < 60 && y >= 20 && y < 60;
            assert_float_equal(value(&planes, 2, x, y), inside ? 207 : 7, 1e-3);
        }
    resize(&mips, (vultus_box){-20, -20, 20, 20}, &planes); /* grows up to the very corner */
    assert_float_equal(value(&planes, 2, 0, 0), 7, 1e-3);
    free(planes.data);
    mips_clear(&mips);
    vultus_image_free(image);
}

/* Growing never leaves the picture's own values, and the edge has no dark rim. */
static void growing_stays_in_range(void **state)
{
    static const uint32_t sizes[][2] = {{1, 1}, {2, 5}, {3, 2}, {9, 9}};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        uint32_t width = sizes[i][0], height = sizes[i][1];
        vultus_image *image = make_ramp(width, height);
        struct mips mips = make_mips(image);
        struct planes planes = make_planes(48, 48);
        resize(&mips, (vultus_box){0, 0, (float)width, (float)height}, &planes);
        for (uint32_t y = 0; y < 48; y++)
            for (uint32_t x = 0; x < 48; x++) {
                double wanted = ((double)x + 0.5) * width / 48 - 0.5;
                wanted = fmin(fmax(wanted, 0), width - 1.0);
                assert_float_equal(value(&planes, 0, x, y), (float)wanted, 1e-2);
                assert_float_equal(value(&planes, 2, x, y), 200, 1e-2);
            }
        free(planes.data);
        mips_clear(&mips);
        vultus_image_free(image);
    }
}

static void odd_boxes_are_survived(void **state)
{
    static const vultus_box boxes[] = {
        {1e30f, 0, 10, 10},     {-1e30f, -1e30f, 10, 10},   {0, 0, 1e30f, 1e30f},
        {-1e20f, 0, 2e20f, 10}, {0, 0, 1e-30f, 1e-30f},     {0, 0, 0, 0},
        {5, 5, -10, -10},       {NAN, 0, 10, 10},           {0, 0, NAN, NAN},
        {INFINITY, 0, 10, 10},  {0, 0, INFINITY, 10},       {-INFINITY, 0, INFINITY, 10},
        {0, 0, 30, 1e-3f},      {-1e9f, -1e9f, 2e9f, 2e9f}, {1e7f, 1e7f, 1, 1},
        {0, 0, 1e-3f, 3000},    {-3e9f, 3e9f, 24, 24},
    };
    static const uint32_t sizes[][2] = {{1, 1}, {2, 5}, {30, 20}, {300, 200}};
    (void)state;
    for (size_t s = 0; s < 4; s++) {
        vultus_image *image = make_noise(sizes[s][0], sizes[s][1]);
        struct mips mips = make_mips(image);
        for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++) {
            struct planes planes = make_planes(24, 24);
            vultus_box box = boxes[i];
            resize(&mips, box, &planes);
            for (size_t k = 0; k < 3 * 24 * 24; k++)
                if (!(planes.data[k] >= -0.01f && planes.data[k] <= 255.01f))
                    fail_msg("box %zu of %u x %u gave %f", i, sizes[s][0], sizes[s][1],
                             (double)planes.data[k]);
            free(planes.data);
        }
        mips_clear(&mips);
        vultus_image_free(image);
    }
}

/* (value - mean) * scale in the order of the planes, of which the first is blue or red. */
static void planes_are_normalised(void **state)
{
    static const float mean[3] = {10, 20, 30}, scale[3] = {1, 0.5f, 0.25f};
    (void)state;
    vultus_image *image = make_image(4, 4);
    for (size_t i = 0; i < 16; i++)
        memcpy(image->pixels + 3 * i, (uint8_t[]){100, 120, 140}, 3);
    struct mips mips = make_mips(image);
    for (int bgr = 0; bgr <= 1; bgr++)
        for (int turned = 0; turned <= 1; turned++) {
            struct planes planes = make_planes(4, 4);
            planes_normalise(&planes, bgr, mean, scale);
            if (turned)
                resample_warp(&mips, affine_of((struct similarity){1, 0, 0, 0}), &planes);
            else
                resize(&mips, (vultus_box){0, 0, 4, 4}, &planes);
            assert_float_equal(value(&planes, 0, 1, 1), (bgr ? 140 : 100) - 10, 1e-3);
            assert_float_equal(value(&planes, 1, 1, 1), 50, 1e-3);
            assert_float_equal(value(&planes, 2, 1, 1), ((bgr ? 100 : 140) - 30) * 0.25, 1e-3);
            free(planes.data);
        }
    mips_clear(&mips);
    vultus_image_free(image);
}

static void simd_paths_agree(void **state)
{
    (void)state;
    vultus_image *image = make_noise(331, 257);
    vultus_error error = {0};
    for (int simd = CPU_SCALAR + 1; simd < CPU_SIMD_COUNT; simd++) {
        const struct kernel_table *tables[2] = {kernel_table_of(CPU_SCALAR),
                                                kernel_table_of((enum cpu_simd)simd)};
        if (!tables[1])
            continue;
        for (int round = 0; round < 60; round++) {
            struct planes planes[2];
            uint32_t width = 1 + (uint32_t)random_between(0, 70);
            vultus_box box = {random_between(-50, 300), random_between(-50, 250),
                              random_between(1, 300), random_between(1, 300)};
            for (int k = 0; k < 2; k++) {
                struct mips mips;
                planes[k] = make_planes(width, 31);
                assert_ok(mips_init(&mips, image, tables[k], &error), &error);
                resize(&mips, box, &planes[k]);
                mips_clear(&mips);
            }
            for (size_t i = 0; i < 3 * 31 * (size_t)width; i++)
                assert_float_equal(planes[0].data[i], planes[1].data[i], 1e-2);
            free(planes[0].data);
            free(planes[1].data);
        }
    }
    vultus_image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_are_halves),      cmocka_unit_test(tiny_pictures_have_one_level),
        cmocka_unit_test(memory_may_end),         cmocka_unit_test(one_to_one_is_a_copy),
        cmocka_unit_test(shrinking_averages),     cmocka_unit_test(geometry_is_exact),
        cmocka_unit_test(strips_fit_together),    cmocka_unit_test(outside_is_black),
        cmocka_unit_test(growing_stays_in_range), cmocka_unit_test(odd_boxes_are_survived),
        cmocka_unit_test(planes_are_normalised),  cmocka_unit_test(simd_paths_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
