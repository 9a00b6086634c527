/* Quality on faces that are drawn for it: every fault lowers the measure that is for it, and the score. */
#include "base/memory.h"
#include "face/quality.h"
#include "face/quality_tables.h"
#include "image/image.h"
#include "support.h"

#include <math.h>

#define SIDE 224 /* the drawn face is a chip of 112 pixels, twice as large */

static const vultus_point five[VULTUS_LANDMARKS] = {
    {76.6f, 103.4f}, {147.1f, 103.0f}, {112.1f, 143.5f}, {83.1f, 184.7f}, {141.5f, 184.4f}};

/* How far a point is inside an ellipse, 0..1 over a soft edge. */
static float inside(float x, float y, float cx, float cy, float rx, float ry)
{
    float r = hypotf((x - cx) / rx, (y - cy) / ry);
    return fminf(1, fmaxf(0, (1.1f - r) / 0.2f));
}

static float toward(float from, float to, float part)
{
    return from + part * (to - from);
}

/* A face from the front, lit evenly: the luma of a place. */
static float face_at(float x, float y)
{
    float luma = toward(95, 165, inside(x, y, 112, 125, 82, 118));
    luma = toward(luma, 60, inside(x, y, 112, 10, 85, 32)); /* hair */
    for (int side = -1; side <= 1; side += 2) {
        float eye = 112 + 35.2f * (float)side;
        luma = toward(luma, 85, inside(x, y, eye, 84, 24, 5)); /* brow */
        luma = toward(luma, 120, inside(x, y, eye, 103, 24, 13));
        luma = toward(luma, 45, inside(x, y, eye, 103, 9, 8));
        luma = toward(luma, 95, inside(x, y, 112 + 9 * (float)side, 153, 5, 4)); /* nostril */
    }
    luma = toward(luma, 100, inside(x, y, 112, 184, 30, 7));
    return toward(luma, 60, inside(x, y, 112, 184, 26, 2));
}

struct fault {
    float light, flat;       /* times the light; how much of the contrast is lost */
    int blur;                /* the mean over so many pixels to each side */
    float top, bottom, left; /* a cover over rows top..bottom, from column `left` on */
};

static float spoilt_at(const struct fault *fault, int x, int y)
{
    float sum = 0, count = 0;
    if ((float)y >= fault->top && (float)y < fault->bottom && (float)x >= fault->left)
        return 200 + (float)((x / 3 + y / 5) % 7);
    for (int dy = -fault->blur; dy <= fault->blur; dy++)
        for (int dx = -fault->blur; dx <= fault->blur; dx++, count++)
            sum += face_at((float)(x + dx), (float)(y + dy));
    return toward(sum / count, 120, fault->flat) * (fault->light ? fault->light : 1);
}

static vultus_face drawn_face(void)
{
    vultus_face face = {.box = {20, 10, 184, 210}, .score = 1};
    memcpy(face.landmarks, five, sizeof five);
    return face;
}

static vultus_quality measure(struct fault fault)
{
    uint8_t pixels[SIDE * SIDE];
    vultus_error error = {0};
    vultus_image *image = NULL;
    struct mips mips;
    vultus_face face = drawn_face();
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            pixels[y * SIDE + x] = (uint8_t)spoilt_at(&fault, x, y);
    assert_ok(vultus_image_wrap(
                  &(vultus_pixels){
                      .data = pixels, .width = SIDE, .height = SIDE, .format = VULTUS_PIXELS_GREY},
                  &image, &error),
              &error);
    assert_ok(mips_init(&mips, image, kernel_best(), &error), &error);
    vultus_quality quality = quality_measure(NULL, &mips, &face);
    mips_clear(&mips);
    vultus_image_free(image);
    return quality;
}

static void a_good_face_is_good(void **state)
{
    (void)state;
    vultus_quality good = measure((struct fault){0});
    assert_true(good.occlusion < 0.4f);
    assert_true(good.score > 0.8f && good.score <= 1);
    assert_true(good.contrast > 0.1f && good.contrast < 0.6f);
    assert_true(fabsf(good.pitch) < 0.2f && fabsf(good.yaw) < 0.1f);
}

static void each_fault_lowers_the_score(void **state)
{
    static const float none = 0, all = SIDE;
    const struct fault faults[][4] = {
        {{.blur = 0}, {.blur = 3}, {.blur = 6}, {.blur = 12}},
        {{.light = 1}, {.light = 0.4f}, {.light = 0.2f}, {.light = 0.08f}},
        {{.flat = 0}, {.flat = 0.6f}, {.flat = 0.8f}, {.flat = 0.92f}},
        {{.bottom = none},
         {.top = 150, .bottom = all},
         {.top = 130, .bottom = all},
         {.top = 115, .bottom = all}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        float before = 2;
        for (size_t k = 0; k < 4; k++) {
            float score = measure(faults[i][k]).score;
            if (!(score < before))
                fail_msg("fault %zu, step %zu: score %g after %g", i, k, (double)score,
                         (double)before);
            before = score;
        }
    }
}

static void covers_are_seen(void **state)
{
    (void)state;
    float clear = measure((struct fault){0}).occlusion;
    float mask = measure((struct fault){.top = 125, .bottom = SIDE}).occlusion;
    float bar = measure((struct fault){.top = 82, .bottom = 125}).occlusion;
    float half = measure((struct fault){.bottom = SIDE, .left = 112}).occlusion;
    assert_true(mask > 0.8f && bar > 0.8f && half > clear && half > 0.6f);
}

static void contrast_has_a_scale(void **state)
{
    (void)state;
    float all = measure((struct fault){0}).contrast;
    assert_float_equal(measure((struct fault){.flat = 0.5f}).contrast, all / 2, 0.01);
    assert_float_equal(measure((struct fault){.flat = 1}).contrast, 0, 0.001);
}

/* The nose goes up in the picture when a head is raised. */
static void pitch_has_a_direction(void **state)
{
    float before = -2;
    (void)state;
    for (float up = -30; up <= 30; up += 5) {
        vultus_face face = drawn_face();
        vultus_quality pose = {0};
        face.landmarks[VULTUS_NOSE].y -= up;
        quality_pose(face.landmarks, &pose);
        assert_true(pose.pitch > before || pose.pitch == 1 || pose.pitch == -1);
        assert_true(pose.pitch >= -1 && pose.pitch <= 1);
        before = pose.pitch;
    }
    assert_true(before > 0.7f);
    vultus_face same = {0};
    vultus_quality pose = {.pitch = 0.5f};
    quality_pose(same.landmarks, &pose); /* all points are one */
    assert_float_equal(pose.pitch, 0.5f, 0);
}

static vultus_quality usual(void)
{
    return (vultus_quality){
        .size = 120, .sharpness = 0.7f, .brightness = 0.45f, .contrast = 0.3f, .occlusion = 0.1f};
}

static void each_measure_counts_one_way(void **state)
{
    (void)state;
    float best = quality_score(
        &(vultus_quality){.size = 500, .sharpness = 0.99f, .brightness = 0.5f, .contrast = 0.4f},
        1);
    for (size_t measure = 0; measure < 9; measure++) {
        float before = best;
        for (float bad = 0; bad <= 1; bad += 0.125f) {
            vultus_quality q = usual();
            float confidence = 1;
            float *const places[] = {&q.size,  &q.sharpness, &q.brightness, &q.contrast, &q.yaw,
                                     &q.pitch, &q.occlusion, &q.roll,       &confidence};
            const float to[] = {5, 0.01f, 0.01f, 0.01f, 1, -1, 1, 80, 0.2f};
            *places[measure] = toward(*places[measure], to[measure], bad);
            float score = quality_score(&q, confidence);
            assert_true(score >= 0 && score <= before);
            before = score;
        }
    }
    for (size_t i = 0; i < QUALITY_TERMS; i++)
        assert_true(quality_model.weights[i] >= 0);
}

static void the_worst_fault_is_named(void **state)
{
    const char *words = NULL;
    vultus_quality q = usual();
    (void)state;
    q.sharpness = 0.02f;
    assert_int_equal(quality_fault(&q, 1, &words), QUALITY_FAULT_BLURRED);
    assert_string_equal(words, "blurred");
    q = usual();
    q.occlusion = 1;
    assert_int_equal(quality_fault(&q, 1, NULL), QUALITY_FAULT_COVERED);
    q = usual();
    q.contrast = 0.01f;
    assert_int_equal(quality_fault(&q, 1, NULL), QUALITY_FAULT_DARK);
    q = usual();
    q.pitch = 1;
    assert_int_equal(quality_fault(&q, 1, NULL), QUALITY_FAULT_POSE);
    assert_int_equal(
        quality_fault(
            &(vultus_quality){.size = 9, .sharpness = 0.9f, .brightness = 0.5f, .contrast = 0.4f},
            1, NULL),
        QUALITY_FAULT_SMALL);
}

static void what_is_not_known_counts_as_usual(void **state)
{
    (void)state;
    vultus_quality q = usual();
    float known = quality_score(&q, 1);
    q.occlusion = q.contrast = q.pitch = NAN;
    float stored = quality_score(&q, 1);
    assert_true(stored >= known && stored < known + 0.1f);
    q.sharpness = NAN;
    assert_true(isnan(quality_score(&q, 1)));
    vultus_face face = {.box = {0, 0, 50, 60}};
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        face.landmarks[i] = (vultus_point){NAN, NAN};
    vultus_quality none = quality_measure(NULL, NULL, &face);
    assert_float_equal(none.size, 50, 0);
    assert_true(isnan(none.score) && isnan(none.pitch) && isnan(none.occlusion));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_face_is_good),
        cmocka_unit_test(each_fault_lowers_the_score),
        cmocka_unit_test(covers_are_seen),
        cmocka_unit_test(contrast_has_a_scale),
        cmocka_unit_test(pitch_has_a_direction),
        cmocka_unit_test(each_measure_counts_one_way),
        cmocka_unit_test(the_worst_fault_is_named),
        cmocka_unit_test(what_is_not_known_counts_as_usual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
