/* Fitting landmarks, cutting chips, and what quality says of them, on pictures made for it. */
#include "face/align.h"
#include "face/embed.h"
#include "face/quality.h"
#include "support.h"

#include <math.h>

static const vultus_point template[VULTUS_LANDMARKS] = {{38.2946f, 51.6963f},
                                                        {73.5318f, 51.5014f},
                                                        {56.0252f, 71.7366f},
                                                        {41.5493f, 92.3655f},
                                                        {70.7299f, 92.2041f}};

static vultus_point apply(struct similarity s, vultus_point p)
{
    return (vultus_point){s.a * p.x - s.b * p.y + s.tx, s.b * p.x + s.a * p.y + s.ty};
}

static void move_all(struct similarity map, vultus_point out[VULTUS_LANDMARKS])
{
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        out[i] = apply(map, template[i]);
}

/* ---- align_fit */

static void a_similarity_is_found_again(void **state)
{
    (void)state;
    for (int angle = -180; angle <= 180; angle += 15)
        for (float scale = 0.05f; scale < 60; scale *= 3) {
            float radians = (float)angle * 0.01745329f;
            struct similarity made = {scale * cosf(radians), scale * sinf(radians), 812.5f,
                                      -40.25f};
            struct similarity found;
            vultus_point points[VULTUS_LANDMARKS];
            move_all(made, points);
            assert_true(align_fit(template, points, VULTUS_LANDMARKS, &found));
            for (size_t i = 0; i < VULTUS_LANDMARKS; i++) {
                vultus_point p = apply(found, template[i]);
                assert_float_equal(p.x, points[i].x, 1e-3 * (1 + (double)scale));
                assert_float_equal(p.y, points[i].y, 1e-3 * (1 + (double)scale));
            }
        }
}

/* No other similarity nearby is nearer to points that do not fit. */
static void the_fit_is_the_best(void **state)
{
    vultus_point points[VULTUS_LANDMARKS];
    struct similarity fit;
    (void)state;
    move_all((struct similarity){2, 0.5f, 100, 50}, points);
    points[2].x += 20;
    points[4].y -= 11;
    assert_true(align_fit(template, points, VULTUS_LANDMARKS, &fit));
    double best = 0;
    for (int change = 0; change <= 8; change++) {
        struct similarity other = fit;
        float *const fields[] = {&other.a, &other.b, &other.tx, &other.ty};
        if (change)
            *fields[(change - 1) / 2] += (change % 2 ? 1 : -1) * (change <= 4 ? 0.02f : 1);
        double sum = 0;
        for (size_t i = 0; i < VULTUS_LANDMARKS; i++) {
            vultus_point p = apply(other, template[i]);
            sum += pow((double)(p.x - points[i].x), 2) + pow((double)(p.y - points[i].y), 2);
        }
        if (!change)
            best = sum;
        else if (sum <= best)
            fail_msg("change %d is better: %f than %f", change, sum, best);
    }
}

static void points_that_cannot_be_fitted(void **state)
{
    vultus_point points[VULTUS_LANDMARKS];
    struct similarity fit = {7, 7, 7, 7};
    (void)state;
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        points[i] = (vultus_point){5, 6};
    assert_false(align_fit(points, template, VULTUS_LANDMARKS, &fit)); /* they coincide */
    for (int which = 0; which < 3; which++) {
        const float odd[] = {NAN, INFINITY, -INFINITY};
        for (int to = 0; to <= 1; to++) {
            memcpy(points, template, sizeof points);
            points[3].y = odd[which];
            assert_false(
                align_fit(to ? template : points, to ? points : template, VULTUS_LANDMARKS, &fit));
        }
    }
    assert_float_equal(fit.a, 7, 0);
    vultus_point pair[2] = {{0, 0}, {0, 10}}, turned[2] = {{0, 0}, {10, 0}};
    assert_true(align_fit(pair, turned, 2, &fit)); /* two points are enough */
    assert_float_equal(fit.a, 0, 1e-6);
    assert_float_equal(fit.b, -1, 1e-6);
}

static void a_whole_picture_has_the_template(void **state)
{
    struct contract_model contract = {.width = 112, .height = 112};
    vultus_face face = {.box = {0, 0, 112, 112}};
    (void)state;
    memcpy(contract.points, template, sizeof template);
    embed_whole(&contract, 112, 112, &face);
    assert_memory_equal(face.landmarks, template, sizeof face.landmarks);
    embed_whole(&contract, 224, 56, &face);
    assert_float_equal(face.landmarks[2].x, 2 * template[2].x, 1e-4);
    assert_float_equal(face.landmarks[2].y, template[2].y / 2, 1e-4);
}

/* ---- turning pictures */

static vultus_image *make_image(uint32_t width, uint32_t height)
{
    vultus_image *image = NULL;
    vultus_error error = {0};
    assert_ok(image_new(width, height, &image, &error), &error);
    return image;
}

static struct mips make_mips(const vultus_image *image)
{
    struct mips mips;
    vultus_error error = {0};
    assert_ok(mips_init(&mips, image, kernel_best(), &error), &error);
    return mips;
}

/* Red is x, green is y: the chip shows where it was cut. */
static void chips_show_their_place(void **state)
{
    static const struct similarity maps[] = {
        {1, 0, 0, 0},      {0.5f, 0, 20, 30},        {0, 1, 120, 10},
        {-1, 0, 130, 130}, {0.6f, -0.3f, 30.5f, 70}, {1.5f, 0.4f, 40, 2},
        {3, 0, 3, 3},      {-2.2f, 1.5f, 160, 120},
    };
    (void)state;
    vultus_image *image = make_image(250, 250);
    for (uint32_t i = 0; i < 250 * 250; i++)
        memcpy(image->pixels + 3 * (size_t)i,
               (uint8_t[]){(uint8_t)(i % 250), (uint8_t)(i / 250), 9}, 3);
    struct mips mips = make_mips(image);
    float *data = malloc(3 * 60 * 60 * sizeof *data);
    uint8_t *grey = malloc(60 * 60);
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        struct planes planes = {.data = data, .width = 60, .height = 60, .scale = {1, 1, 1}};
        float scale = hypotf(maps[i].a, maps[i].b);
        float most = scale >= 2 ? 1.0f : 0.01f; /* halved copies are rounded */
        resample_warp(&mips, affine_of(maps[i]), &planes);
        resample_warp_grey(&mips, affine_of(maps[i]), 60, 60, grey);
        for (uint32_t y = 0; y < 60; y++)
            for (uint32_t x = 0; x < 60; x++) {
                vultus_point p = apply(maps[i], (vultus_point){(float)x, (float)y});
                size_t at = y * 60 + x;
                if (p.x < scale || p.y < scale || p.x > 247 - scale || p.y > 247 - scale)
                    continue;
                assert_float_equal(data[at], p.x, most);
                assert_float_equal(data[3600 + at], p.y, most);
                assert_float_equal(data[7200 + at], 9, 0.01);
                assert_float_equal((float)grey[at], p.y, most + 0.51f);
            }
    }
    free(grey);
    free(data);
    mips_clear(&mips);
    vultus_image_free(image);
}

static void odd_maps_are_black(void **state)
{
    static const struct similarity maps[] = {
        {NAN, 0, 0, 0},      {1, NAN, 0, 0},      {1, 0, NAN, NAN},
        {INFINITY, 0, 0, 0}, {1, 0, INFINITY, 0}, {1e30f, 1e30f, 0, -1},
        {1, 0, 1e9f, -1e9f}, {1, 0, -500, -500},  {0, 0, -3e9f, 3e9f},
    };
    static const uint32_t sizes[][2] = {{1, 1}, {2, 5}, {100, 80}};
    (void)state;
    float data[3 * 16 * 16];
    uint8_t grey[16 * 16];
    for (size_t s = 0; s < 3; s++) {
        vultus_image *image = make_image(sizes[s][0], sizes[s][1]);
        memset(image->pixels, 255, image->stride * image->height);
        struct mips mips = make_mips(image);
        for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
            struct planes planes = {.data = data, .width = 16, .height = 16, .scale = {1, 1, 1}};
            resample_warp(&mips, affine_of(maps[i]), &planes);
            resample_warp_grey(&mips, affine_of(maps[i]), 16, 16, grey);
            for (size_t k = 0; k < 256;
                 k++) /* but for the first pixel, which may be the picture's */
                if (!(data[k] >= 0 && data[k] <= (k ? 0.0f : 255.0f)) || (k && grey[k]))
                    fail_msg("map %zu of %u x %u, pixel %zu: %f", i, sizes[s][0], sizes[s][1], k,
                             (double)data[k]);
        }
        mips_clear(&mips);
        vultus_image_free(image);
    }
}

/* ---- quality */

static struct contract_model make_contract(void)
{
    struct contract_model contract = {.kind = CONTRACT_EMBEDDER, .width = 112, .height = 112};
    memcpy(contract.points, template, sizeof template);
    return contract;
}

/* Stripes of 12 pixels, whose edges are `soft` pixels wide; from `dark` to `bright`. */
static vultus_image *make_stripes(float soft, float dark, float bright)
{
    vultus_image *image = make_image(300, 300);
    for (uint32_t y = 0; y < 300; y++)
        for (uint32_t x = 0; x < 300; x++) {
            float at = fmodf((float)x + 0.3f * (float)y, 24), edge = fabsf(at - 12) - 6;
            float part = fminf(1, fmaxf(0, 0.5f + edge / soft));
            memset(image->pixels + y * image->stride + 3 * (size_t)x,
                   (int)(dark + part * (bright - dark) + 0.5f), 3);
        }
    return image;
}

static vultus_quality measure(const vultus_image *image, struct similarity place)
{
    struct contract_model contract = make_contract();
    struct mips mips = make_mips(image);
    vultus_face face = {.box = {10, 20, 80, 60}};
    move_all(place, face.landmarks);
    vultus_quality quality = quality_measure(&contract, &mips, &face);
    mips_clear(&mips);
    return quality;
}

static const struct similarity centre = {1, 0, 90, 90};

static void blur_is_less_sharp(void **state)
{
    float before = 1;
    (void)state;
    for (float soft = 1; soft <= 12; soft *= 1.8f) {
        vultus_image *image = make_stripes(soft, 60, 180);
        vultus_quality quality = measure(image, centre);
        assert_true(quality.sharpness >= 0 && quality.sharpness < before);
        before = quality.sharpness;
        vultus_image_free(image);
    }
    vultus_image *flat = make_stripes(1, 128, 128);
    assert_true(measure(flat, centre).sharpness < 0.05f);
    vultus_image_free(flat);
}

/* A small face is magnified and so is blurred in its chip; a dark one is as sharp as a bright one. */
static void size_counts_and_light_does_not(void **state)
{
    (void)state;
    vultus_image *bright = make_stripes(2, 100, 250), *dark = make_stripes(2, 20, 50);
    float large = measure(bright, centre).sharpness;
    float small = measure(bright, (struct similarity){0.2f, 0, 140, 140}).sharpness;
    assert_true(small < large / 2);
    assert_true(measure(dark, centre).sharpness > large / 2);
    assert_true(measure(bright, centre).brightness > measure(dark, centre).brightness + 0.4f);
    vultus_image_free(dark);
    vultus_image_free(bright);
}

static void brightness_is_the_mean(void **state)
{
    (void)state;
    for (int grey = 0; grey <= 255; grey += 51) {
        vultus_image *image = make_stripes(1, (float)grey, (float)grey);
        assert_float_equal(measure(image, centre).brightness, (float)grey / 255, 0.005);
        vultus_image_free(image);
    }
}

static void roll_is_clockwise(void **state)
{
    (void)state;
    vultus_image *image = make_stripes(2, 60, 180);
    for (int degrees = -170; degrees <= 170; degrees += 10) {
        float radians = (float)degrees * 0.01745329f;
        struct similarity turn = {cosf(radians), sinf(radians), 150, 150};
        vultus_quality quality = measure(image, turn);
        /* the template's own eyes are tilted by a third of a degree */
        assert_float_equal(quality.roll, (float)degrees - 0.317f, 0.05);
        assert_true(fabsf(quality.yaw) < 0.05f);
        assert_float_equal(quality.size, 60, 0);
    }
    vultus_image_free(image);
}

/* A nose that is nearer to the eye on the left means a face that looks to the left. */
static void yaw_has_a_side(void **state)
{
    struct contract_model contract = make_contract();
    (void)state;
    vultus_image *image = make_stripes(2, 60, 180);
    struct mips mips = make_mips(image);
    for (int turned = 0; turned <= 1; turned++)
        for (int side = -1; side <= 1; side += 2) {
            vultus_face face = {.box = {0, 0, 100, 100}};
            move_all((struct similarity){turned ? 0 : 1, turned ? 1 : 0, 150, 100}, face.landmarks);
            float shift = 12 * (float)side; /* along the line of the eyes */
            *(turned ? &face.landmarks[VULTUS_NOSE].y : &face.landmarks[VULTUS_NOSE].x) += shift;
            float yaw = quality_measure(&contract, &mips, &face).yaw;
            assert_true(yaw * (float)side > 0.5f && yaw * (float)side < 0.9f);
            *(turned ? &face.landmarks[VULTUS_NOSE].y : &face.landmarks[VULTUS_NOSE].x) +=
                9 * shift;
            assert_float_equal(quality_measure(&contract, &mips, &face).yaw, (float)side, 0);
        }
    vultus_face point = {.box = {0, 0, 5, 5}}; /* all landmarks at 0, 0 */
    vultus_quality quality = quality_measure(&contract, &mips, &point);
    assert_float_equal(quality.yaw, 0, 0);
    assert_float_equal(quality.sharpness, 0, 0);
    mips_clear(&mips);
    vultus_image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_similarity_is_found_again),
        cmocka_unit_test(the_fit_is_the_best),
        cmocka_unit_test(points_that_cannot_be_fitted),
        cmocka_unit_test(a_whole_picture_has_the_template),
        cmocka_unit_test(chips_show_their_place),
        cmocka_unit_test(odd_maps_are_black),
        cmocka_unit_test(blur_is_less_sharp),
        cmocka_unit_test(size_counts_and_light_does_not),
        cmocka_unit_test(brightness_is_the_mean),
        cmocka_unit_test(roll_is_clockwise),
        cmocka_unit_test(yaw_has_a_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
