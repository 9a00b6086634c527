/*
 * MMOD with networks that are none: what is refused and how, and memory that runs out. What it finds with
 * the real one is compared with dlib in tests/golden.
 */
#include "network.h"
#include "support.h"

#include "base/memory.h"
#include "face/detect.h"
#include "image/image.h"

static const struct contract_model contract = {
    .id = "mmod", .mean = {122, 117, 104}, .scale = {0.00390625f, 0.00390625f, 0.00390625f}};

struct scene {
    struct session_runtime *runtime;
    struct session *network;
    vultus_image *image;
    struct detect_call call;
    vultus_detect_options options;
};

/* A network that answers with its input, of this shape. */
static void scene_open(struct scene *scene, struct session_shape shape)
{
    const struct network_tensor input = {"in", shape, NULL}, output = {"out", shape, NULL};
    vultus_error error = {0};
    *scene = (struct scene){0};
    assert_ok(session_runtime_open(&scene->runtime, &error), &error);
    scene->network = network_open(scene->runtime, &input, &output, 1);
    assert_ok(image_new(100, 80, &scene->image, &error), &error);
    memset(scene->image->pixels, 50, scene->image->stride * 80);
    scene->call = (struct detect_call){.width = 100, .height = 80, .options = &scene->options};
    assert_ok(mips_of(scene->image, kernel_best(), &scene->call.mips, &error), &error);
}

static void scene_close(struct scene *scene)
{
    vultus_image_free(scene->image);
    session_close(scene->network);
    session_runtime_close(scene->runtime);
}

static void other_networks_are_refused(void **state)
{
    struct scene scene;
    vultus_error error = {0};
    vultus_faces faces = {0};
    void *detector = NULL;
    (void)state;
    struct model_part none = {0};
    assert_error(VULTUS_ERR_MODEL, detect_mmod.open(&contract, &none, &detector, &error), &error,
                 "free sizes");
    scene_open(&scene, (struct session_shape){4, {1, 3, 64, 64}});
    struct model_part fixed = {.session = scene.network};
    assert_error(VULTUS_ERR_MODEL, detect_mmod.open(&contract, &fixed, &detector, &error), &error,
                 "free sizes");
    scene_close(&scene);

    scene_open(&scene, (struct session_shape){4, {1, 3, -1, -1}});
    struct model_part part = {.session = scene.network};
    struct contract_model odd = contract;
    odd.option_count = 1;
    odd.options[0] = (struct contract_option){"overlap", {2}, 1};
    assert_error(VULTUS_ERR_FORMAT, detect_mmod.open(&odd, &part, &detector, &error), &error,
                 "overlap");
    assert_ok(detect_mmod.open(&contract, &part, &detector, &error), &error);
    assert_error(VULTUS_ERR_MODEL, detect_mmod.find(detector, &scene.call, &faces, &error), &error,
                 "every 8 pixels");
    assert_null(faces.items);
    detect_mmod.close(detector);
    scene_close(&scene);
}

/* Of nothing to look at nothing comes out. */
static void a_tiny_picture_has_no_faces(void **state)
{
    struct scene scene;
    vultus_error error = {0};
    vultus_faces faces = {0};
    void *detector = NULL;
    (void)state;
    scene_open(&scene, (struct session_shape){4, {1, 3, -1, -1}});
    struct model_part part = {.session = scene.network};
    const struct mips tiny = {.count = 1, .levels[0] = {6, 5, 18, scene.image->pixels}};
    scene.call.mips = &tiny;
    assert_ok(detect_mmod.open(&contract, &part, &detector, &error), &error);
    assert_ok(detect_mmod.find(detector, &scene.call, &faces, &error), &error);
    assert_int_equal(faces.count, 0);
    detect_mmod.close(detector);
    scene_close(&scene);
}

static void memory_that_is_missing_is_said(void **state)
{
    struct scene scene;
    vultus_error error = {0};
    vultus_faces faces = {0};
    void *detector = NULL;
    (void)state;
    scene_open(&scene, (struct session_shape){4, {1, 3, -1, -1}});
    struct model_part part = {.session = scene.network};
    mem_fail_after(1, false);
    assert_error(VULTUS_ERR_MEMORY, detect_mmod.open(&contract, &part, &detector, &error), &error,
                 "the detector");
    mem_fail_after(0, false);
    assert_ok(detect_mmod.open(&contract, &part, &detector, &error), &error);
    scene.options.upsample = 1;
    long live = mem_live();
    vultus_status status = VULTUS_ERR_MEMORY;
    for (long n = 1; status == VULTUS_ERR_MEMORY; n++) {
        mem_fail_after(n, false);
        status = detect_mmod.find(detector, &scene.call, &faces, &error);
        mem_fail_after(0, false);
        assert_int_equal(mem_live(), live);
    }
    assert_int_equal(status, VULTUS_ERR_MODEL); /* nothing failed but the network's answer */
    detect_mmod.close(detector);
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_networks_are_refused),
        cmocka_unit_test(a_tiny_picture_has_no_faces),
        cmocka_unit_test(memory_that_is_missing_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
