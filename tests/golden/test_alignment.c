/*
 * Alignment and resizing against scikit-image and OpenCV (alignment.json, made by make_alignment.py):
 * the same fit of five points, the same chip, the same smaller picture. Where a picture shrinks to
 * less than half, ours goes by way of halved copies, so only the overall impression is the same.
 */
#include "golden.h"

#include "face/align.h"
#include "image/resample.h"
#include "kernel/kernel.h"

#include <math.h>

#define FIT_OFF 0.02   /* pixels of the chip */
#define VALUE_OFF 0.5  /* grey levels on average: OpenCV rounds to whole ones */
#define HALVED_OFF 3.0 /* the same where halved copies are read: noise is averaged, not sampled */

static uint32_t triangle(uint32_t value)
{
    uint32_t at = value % 510;
    return at > 255 ? at - 255 : 255 - at;
}

/* The rule of make_alignment.py. */
static vultus_image *make_picture(uint32_t width, uint32_t height)
{
    vultus_image *image = NULL;
    vultus_error error = {0};
    assert_ok(image_new(width, height, &image, &error), &error);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            for (uint32_t c = 0; c < 3; c++) {
                uint64_t mix =
                    x * UINT64_C(73856093) ^ y * UINT64_C(19349663) ^ c * UINT64_C(83492791);
                uint32_t value = (triangle(5 * x + 2 * y + 80 * c) +
                                  triangle(7 * y + 510 * 4 + 50 * c - 3 * x)) /
                                 2;
                image->pixels[y * image->stride + 3 * x + c] =
                    (uint8_t)(value * 15 / 16 + (uint32_t)(mix % 16));
            }
    return image;
}

struct scene {
    json_t *golden;
    vultus_image *image;
    struct mips mips;
};

static struct scene set_scene(void)
{
    struct scene scene = {.golden = golden_read("alignment.json")};
    vultus_error error = {0};
    scene.image = make_picture((uint32_t)golden_number(scene.golden, "width"),
                               (uint32_t)golden_number(scene.golden, "height"));
    assert_ok(mips_init(&scene.mips, scene.image, kernel_best(), &error), &error);
    return scene;
}

static void clear_scene(struct scene *scene)
{
    mips_clear(&scene->mips);
    vultus_image_free(scene->image);
    json_decref(scene->golden);
}

static void read_points(const json_t *list, vultus_point *out)
{
    float values[2 * VULTUS_LANDMARKS];
    golden_floats(list, 2 * VULTUS_LANDMARKS, values);
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        out[i] = (vultus_point){values[2 * i], values[2 * i + 1]};
}

static void landmarks_are_fitted_as_elsewhere(void **state)
{
    json_t *golden = golden_read("alignment.json");
    const json_t *cases = json_object_get(golden, "fits");
    vultus_point to[VULTUS_LANDMARKS], from[VULTUS_LANDMARKS];
    double worst = 0;
    (void)state;
    read_points(json_object_get(golden, "template"), to);
    assert_true(json_array_size(cases) >= 10);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *each = json_array_get(cases, i);
        struct similarity fit;
        double m[4];
        for (size_t k = 0; k < 4; k++)
            m[k] = json_number_value(json_array_get(json_object_get(each, "matrix"), k));
        read_points(json_object_get(each, "from"), from);
        assert_true(align_fit(from, to, VULTUS_LANDMARKS, &fit));
        for (size_t k = 0; k < VULTUS_LANDMARKS; k++) {
            double x = (double)from[k].x, y = (double)from[k].y;
            double dx =
                ((double)fit.a - m[0]) * x - ((double)fit.b - m[1]) * y + (double)fit.tx - m[2];
            double dy =
                ((double)fit.b - m[1]) * x + ((double)fit.a - m[0]) * y + (double)fit.ty - m[3];
            worst = fmax(worst, hypot(dx, dy));
        }
        if (worst > FIT_OFF)
            fail_msg("fit %zu: a landmark is %.3f pixels off", i, worst);
    }
    print_message("fits: a landmark is at most %.4f pixels off\n", worst);
    json_decref(golden);
}

/* Planes (as bytes would be) against every step-th value of an RGB picture. */
static double mean_difference(const struct planes *planes, const json_t *golden)
{
    const json_t *values = json_object_get(golden, "values");
    size_t step = (size_t)golden_number(golden, "step");
    size_t plane = (size_t)planes->width * planes->height, count = json_array_size(values);
    double sum = 0;
    assert_int_equal(count, (3 * plane + step - 1) / step);
    for (size_t i = 0; i < count; i++) {
        size_t at = i * step;
        double value = (double)planes->data[at % 3 * plane + at / 3];
        sum += fabs(value - json_number_value(json_array_get(values, i)));
    }
    return sum / (double)count;
}

static struct planes make_planes(uint32_t width, uint32_t height)
{
    struct planes planes = {.width = width, .height = height, .scale = {1, 1, 1}};
    planes.data = calloc(3 * (size_t)width * height, sizeof *planes.data);
    assert_non_null(planes.data);
    return planes;
}

static void pictures_are_turned_as_elsewhere(void **state)
{
    struct scene scene = set_scene();
    const json_t *cases = json_object_get(scene.golden, "warps");
    (void)state;
    assert_true(json_array_size(cases) >= 8);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *each = json_array_get(cases, i);
        double scale = golden_number(each, "scale");
        struct planes planes = make_planes(112, 112);
        float map[4];
        golden_floats(json_object_get(each, "similarity"), 4, map);
        resample_warp(&scene.mips, affine_of((struct similarity){map[0], map[1], map[2], map[3]}),
                      &planes);
        double off = mean_difference(&planes, each);
        print_message("warp %zu, scale %.2f: %.3f grey levels\n", i, scale, off);
        if (off > (scale < 2 ? VALUE_OFF : HALVED_OFF))
            fail_msg("warp %zu differs by %.2f grey levels", i, off);
        free(planes.data);
    }
    clear_scene(&scene);
}

static void pictures_shrink_and_grow_as_elsewhere(void **state)
{
    struct scene scene = set_scene();
    const json_t *cases = json_object_get(scene.golden, "boxes");
    (void)state;
    assert_true(json_array_size(cases) >= 6);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *each = json_array_get(cases, i);
        vultus_error error = {0};
        float box[4];
        golden_floats(json_object_get(each, "box"), 4, box);
        struct planes planes = make_planes((uint32_t)golden_number(each, "width"),
                                           (uint32_t)golden_number(each, "height"));
        assert_ok(resample_box(&scene.mips, (vultus_box){box[0], box[1], box[2], box[3]},
                               planes.height, 0, &planes, &error),
                  &error);
        double off = mean_difference(&planes, each), step = (double)box[2] / planes.width;
        print_message("box %zu, %.2f pixels to one: %.3f grey levels\n", i, step, off);
        if (off > (step < 2 ? VALUE_OFF : HALVED_OFF))
            fail_msg("box %zu differs by %.2f grey levels", i, off);
        free(planes.data);
    }
    clear_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(landmarks_are_fitted_as_elsewhere),
        cmocka_unit_test(pictures_are_turned_as_elsewhere),
        cmocka_unit_test(pictures_shrink_and_grow_as_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
