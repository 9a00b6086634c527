/*
 * Networks that look at one face in a square: what of the picture they are given, what is made of
 * what they answer, and which networks are refused.
 */
#include "base/memory.h"
#include "face/attributes.h"
#include "face/landmark.h"
#include "face/square.h"
#include "image/image.h"
#include "network.h"
#include "support.h"

#include <math.h>

#define SIDE 32

struct scene {
    struct session_runtime *runtime;
    vultus_image *image;
    struct mips mips;
    struct contract_model contract;
};

/* A picture whose red is five times the column and whose green is five times the row. */
static void set_scene(struct scene *scene, uint32_t width, uint32_t height)
{
    vultus_error error = {0};
    *scene = (struct scene){.contract = {.width = SIDE,
                                         .height = SIDE,
                                         .mean = {100, 100, 100},
                                         .scale = {1, 1, 1},
                                         .network_count = 1,
                                         .networks = {{.output_count = 1}}}};
    assert_ok(session_runtime_open(&scene->runtime, &error), &error);
    assert_ok(image_new(width, height, &scene->image, &error), &error);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            uint8_t *at = scene->image->pixels + y * scene->image->stride + 3 * (size_t)x;
            at[0] = (uint8_t)(5 * x);
            at[1] = (uint8_t)(5 * y);
            at[2] = 255;
        }
    assert_ok(mips_init(&scene->mips, scene->image, kernel_best(), &error), &error);
}

static void clear_scene(struct scene *scene)
{
    mips_clear(&scene->mips);
    vultus_image_free(scene->image);
    session_runtime_close(scene->runtime);
}

static const struct network_tensor input = {"input", {4, {-1, 3, SIDE, SIDE}}, NULL};

static struct model_part part_of(struct scene *scene, const struct network_tensor *outputs,
                                 size_t count)
{
    scene->contract.networks[0].output_count = count;
    return (struct model_part){network_open(scene->runtime, &input, outputs, count), NULL};
}

static void points_are_placed_in_the_box(void **state)
{
    float points[136];
    const struct network_tensor output = {"points", {2, {1, 136}}, points};
    const struct landmark_method *method = landmark_method_of("net68");
    vultus_point shape[VULTUS_SHAPE_MAX] = {{0}};
    struct scene scene;
    void *finder = NULL;
    size_t count = 0;
    vultus_error error = {0};
    (void)state;
    for (size_t i = 0; i < 136; i++)
        points[i] = (float)i / 136;
    set_scene(&scene, 50, 40);
    struct model_part part = part_of(&scene, &output, 1);
    assert_ok(method->open(&scene.contract, &part, &finder, &count, &error), &error);
    assert_int_equal(count, 68);
    struct landmark_call call = {
        .mips = &scene.mips, .width = 50, .height = 40, .box = {-10, 5, 40, 40}, .shape = shape};
    assert_ok(method->find(finder, &call, &error), &error);
    for (size_t i = 0; i < 68; i++) {
        assert_float_equal(shape[i].x, -10 + 40 * points[2 * i], 1e-4);
        assert_float_equal(shape[i].y, 5 + 40 * points[2 * i + 1], 1e-4);
    }
    assert_true(call.network_ns > 0);
    method->close(finder);
    session_close(part.session);
    clear_scene(&scene);
}

/* One colour of the pixel at (x, y) of a box's square. */
static float cut_at(const struct scene *scene, vultus_box box, size_t colour, size_t x, size_t y)
{
    static float planes[3][SIDE][SIDE];
    const struct square square = {.side = SIDE, .mean = {100, 100, 100}, .scale = {1, 1, 1}};
    vultus_error error = {0};
    assert_ok(square_cut(&square, &scene->mips, box, planes[0][0], &error), &error);
    return planes[colour][y][x];
}

/* Pixel by pixel, with black bars beside a narrow box and where there is no picture. */
static void the_box_is_in_the_middle_of_black(void **state)
{
    const vultus_box square = {4, 3, SIDE, SIDE}, narrow = {4, 3, 16, SIDE},
                     flat = {4, 3, SIDE, 16};
    const vultus_box outside = {-16, 0, SIDE, SIDE};
    struct scene scene;
    (void)state;
    set_scene(&scene, 50, 40);
    assert_float_equal(cut_at(&scene, square, 0, 0, 0), 5 * 4 - 100, 1e-3);
    assert_float_equal(cut_at(&scene, square, 0, 31, 0), 5 * 35 - 100, 1e-3);
    assert_float_equal(cut_at(&scene, square, 1, 7, 31), 5 * 34 - 100, 1e-3);
    assert_float_equal(cut_at(&scene, square, 2, 7, 31), 155, 1e-3);

    assert_float_equal(cut_at(&scene, narrow, 2, 7, 10), -100, 1e-3);
    assert_float_equal(cut_at(&scene, narrow, 0, 8, 10), 5 * 4 - 100, 1e-3);
    assert_float_equal(cut_at(&scene, narrow, 0, 23, 10), 5 * 19 - 100, 1e-3);
    assert_float_equal(cut_at(&scene, narrow, 2, 24, 10), -100, 1e-3);

    assert_float_equal(cut_at(&scene, flat, 2, 10, 7), -100, 1e-3);
    assert_float_equal(cut_at(&scene, flat, 1, 10, 8), 5 * 3 - 100, 1e-3);
    assert_float_equal(cut_at(&scene, flat, 1, 10, 23), 5 * 18 - 100, 1e-3);
    assert_float_equal(cut_at(&scene, flat, 2, 10, 24), -100, 1e-3);

    assert_float_equal(cut_at(&scene, outside, 2, 15, 10), -100, 1e-3);
    assert_float_equal(cut_at(&scene, outside, 2, 16, 10), 155, 1e-3);
    clear_scene(&scene);
}

static vultus_status describe(struct scene *scene, const char *name,
                              const struct network_tensor *outputs, size_t count,
                              const vultus_face *face, vultus_attributes *out, vultus_error *error)
{
    const struct attributes_method *method = attributes_method_of(name);
    struct model_part part = part_of(scene, outputs, count);
    struct attributes_call call = {&scene->mips, face, out};
    void *finder = NULL;
    vultus_status status = method->open(&scene->contract, &part, &finder, error);
    if (!status) {
        status = method->find(finder, &call, error);
        method->close(finder);
    }
    session_close(part.session);
    return status;
}

static const vultus_face a_face = {.box = {5, 5, 20, 20}};

static void attributes_are_told(void **state)
{
    float age = 31.5f;
    const float gender[] = {0.25f, 0.75f},
                shares[] = {0.1f, 0.3f, 0.2f, 0.05f, 0.15f, 0.12f, 0.08f};
    const struct network_tensor ages[] = {{"age", {2, {1, 1}}, &age},
                                          {"gender", {2, {1, 2}}, gender}};
    const struct network_tensor expressions = {"expression", {2, {1, 7}}, shares};
    vultus_attributes out = {.age = -1, .female = -1, .expression = {-1}};
    struct scene scene;
    vultus_error error = {0};
    (void)state;
    set_scene(&scene, 50, 40);
    assert_ok(describe(&scene, "age_gender", ages, 2, &a_face, &out, &error), &error);
    assert_float_equal(out.age, 31.5f, 0);
    assert_float_equal(out.female, 0.75f, 0);
    assert_float_equal(out.expression[0], -1, 0);
    assert_ok(describe(&scene, "expression", &expressions, 1, &a_face, &out, &error), &error);
    assert_float_equal(out.expression[VULTUS_HAPPY], 0.3f, 0);
    assert_float_equal(out.expression[VULTUS_SURPRISED], 0.08f, 0);
    age = -3;
    assert_ok(describe(&scene, "age_gender", ages, 2, &a_face, &out, &error), &error);
    assert_float_equal(out.age, 0, 0);
    age = NAN;
    assert_error(VULTUS_ERR_MODEL, describe(&scene, "age_gender", ages, 2, &a_face, &out, &error),
                 &error, "the network of age and gender gave no usable numbers");
    clear_scene(&scene);
}

static void the_part_looked_at(void **state)
{
    struct scene scene;
    vultus_face face = {.box = {5.7f, -3.2f, 20.9f, 60}};
    vultus_attributes out = {.age = -1};
    struct attributes_call call = {&scene.mips, &face, &out};
    vultus_box box;
    (void)state;
    set_scene(&scene, 50, 40);
    assert_true(attributes_box(&call, &box)); /* whole pixels, cut above and below */
    assert_float_equal(box.x, 5, 0);
    assert_float_equal(box.y, 0, 0);
    assert_float_equal(box.width, 20, 0);
    assert_float_equal(box.height, 40, 0);

    face.shape_count = 68; /* from (10, 12) to (30, 22) */
    for (size_t i = 0; i < 68; i++)
        face.shape[i] = (vultus_point){10 + 20 * (float)(i % 2), 12 + 10 * (float)(i % 3) / 2};
    assert_true(attributes_box(&call, &box));
    assert_float_equal(box.x, 8, 0);
    assert_float_equal(box.y, 11, 0);
    assert_float_equal(box.width, 24, 0);
    assert_float_equal(box.height, 12, 0);

    static const vultus_box nowhere[] = {
        {50, 0, 20, 20}, {0, -30, 20, 30}, {NAN, 0, 20, 20}, {0, 0, NAN, 5}, {5, 5, 0.5f, 9}};
    face.shape_count = 0;
    for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++) {
        face.box = nowhere[i];
        assert_false(attributes_box(&call, &box));
        vultus_error error = {0};
        assert_ok(attributes_age_gender.find(NULL, &call, &error), &error);
        assert_ok(attributes_expression.find(NULL, &call, &error), &error);
        assert_float_equal(out.age, -1, 0);
    }
    clear_scene(&scene);
}

static void other_networks_are_refused(void **state)
{
    static const float numbers[200];
    const struct network_tensor good[] = {{"age", {2, {1, 1}}, numbers},
                                          {"gender", {2, {1, 2}}, numbers}};
    const struct network_tensor wide[] = {{"age", {2, {1, 1}}, numbers},
                                          {"gender", {2, {1, 3}}, numbers}};
    const struct network_tensor deep[] = {{"age", {3, {1, 1, 1}}, numbers},
                                          {"gender", {2, {1, 2}}, numbers}};
    const struct network_tensor few = {"points", {2, {1, 10}}, numbers};
    vultus_attributes out = {0};
    struct scene scene;
    vultus_error error = {0};
    (void)state;
    set_scene(&scene, 50, 40);
    assert_error(VULTUS_ERR_MODEL, describe(&scene, "age_gender", wide, 2, &a_face, &out, &error),
                 &error, "age and gender");
    assert_error(VULTUS_ERR_MODEL, describe(&scene, "age_gender", deep, 2, &a_face, &out, &error),
                 &error, "age and gender");
    assert_error(VULTUS_ERR_MODEL, describe(&scene, "age_gender", good, 1, &a_face, &out, &error),
                 &error, "age and gender");
    assert_error(VULTUS_ERR_MODEL, describe(&scene, "expression", good, 1, &a_face, &out, &error),
                 &error, "expressions");
    scene.contract.width = 16; /* not square any more, and not the network's */
    assert_error(VULTUS_ERR_MODEL, describe(&scene, "age_gender", good, 2, &a_face, &out, &error),
                 &error, "age and gender");
    scene.contract.height = 16;
    assert_error(VULTUS_ERR_MODEL, describe(&scene, "age_gender", good, 2, &a_face, &out, &error),
                 &error, "age and gender");
    scene.contract.width = scene.contract.height = SIDE;

    struct model_part part = part_of(&scene, &few, 1), none = {0};
    void *finder = NULL;
    size_t count = 0;
    assert_error(VULTUS_ERR_MODEL,
                 landmark_net68.open(&scene.contract, &part, &finder, &count, &error), &error,
                 "68 points");
    assert_error(VULTUS_ERR_MODEL,
                 landmark_net68.open(&scene.contract, &none, &finder, &count, &error), &error,
                 "68 points");
    session_close(part.session);
    clear_scene(&scene);
}

static void memory_may_run_out(void **state)
{
    static const float shares[7] = {1};
    const struct network_tensor output = {"expression", {2, {1, 7}}, shares};
    struct scene scene;
    (void)state;
    set_scene(&scene, 50, 40);
    struct model_part part = part_of(&scene, &output, 1);
    long live = mem_live();
    vultus_status status = VULTUS_ERR_MEMORY;
    for (long n = 1; status; n++) {
        vultus_attributes out = {0};
        struct attributes_call call = {&scene.mips, &a_face, &out};
        void *finder = NULL;
        vultus_error error = {0};
        assert_true(n < 20);
        mem_fail_after(n, false);
        status = attributes_expression.open(&scene.contract, &part, &finder, &error);
        if (!status) {
            status = attributes_expression.find(finder, &call, &error);
            attributes_expression.close(finder);
        }
        mem_fail_after(0, false);
        assert_true(!status || status == VULTUS_ERR_MEMORY);
        assert_int_equal(mem_live(), live);
    }
    session_close(part.session);
    clear_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_placed_in_the_box),
        cmocka_unit_test(the_box_is_in_the_middle_of_black),
        cmocka_unit_test(attributes_are_told),
        cmocka_unit_test(the_part_looked_at),
        cmocka_unit_test(other_networks_are_refused),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
