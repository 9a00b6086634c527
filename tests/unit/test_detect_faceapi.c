/*
 * The detectors of face-api: what they make of tensors written by hand, and which networks and
 * contracts they refuse.
 */
#include "base/memory.h"
#include "face/detect.h"
#include "image/image.h"
#include "network.h"
#include "support.h"

#include <math.h>

#define SIDE 64

static const float half_box[] = {0.25f, 0.5f, 0.75f, 1.0f}; /* y1, x1, y2, x2 */

struct scene {
    struct session_runtime *runtime;
    vultus_image *image;
    struct mips mips;
    vultus_detect_options options;
};

static void set_scene(struct scene *scene, uint32_t width, uint32_t height)
{
    vultus_error error = {0};
    *scene = (struct scene){0};
    assert_ok(session_runtime_open(&scene->runtime, &error), &error);
    assert_ok(image_new(width, height, &scene->image, &error), &error);
    memset(scene->image->pixels, 128, scene->image->stride * height);
    assert_ok(mips_init(&scene->mips, scene->image, kernel_best(), &error), &error);
}

static void clear_scene(struct scene *scene)
{
    mips_clear(&scene->mips);
    vultus_image_free(scene->image);
    session_runtime_close(scene->runtime);
}

static void set_option(struct contract_model *model, const char *name, size_t count,
                       const float *values)
{
    struct contract_option *option = &model->options[model->option_count++];
    (void)snprintf(option->name, sizeof option->name, "%s", name);
    memcpy(option->values, values, count * sizeof *values);
    option->count = count;
}

static struct contract_model contract_of(const char *method, size_t outputs)
{
    struct contract_model model = {.kind = CONTRACT_DETECTOR,
                                   .scale = {1, 1, 1},
                                   .network_count = 1,
                                   .networks = {{.output_count = outputs}}};
    (void)snprintf(model.id, sizeof model.id, "%s", method);
    set_option(&model, "threshold", 1, (float[]){0.5f});
    set_option(&model, "overlap", 1, (float[]){0.5f});
    set_option(&model, "face_low", 1, (float[]){4});
    set_option(&model, "face_high", 1, (float[]){SIDE});
    set_option(&model, "min_face", 1, (float[]){8});
    return model;
}

static struct contract_model ssd_contract(void)
{
    struct contract_model model = contract_of("ssd", 2);
    model.width = model.height = SIDE;
    return model;
}

/* What a detector finds with a network that always gives these outputs. */
static vultus_status find(struct scene *scene, const struct contract_model *contract,
                          const struct network_tensor *input, const struct network_tensor *outputs,
                          vultus_faces *faces, vultus_error *error)
{
    const struct detect_method *method = detect_method_of(contract->id);
    struct model_part part = {
        network_open(scene->runtime, input, outputs, contract->networks[0].output_count), NULL};
    struct detect_call call = {.mips = &scene->mips,
                               .width = scene->image->width,
                               .height = scene->image->height,
                               .options = &scene->options};
    void *detector = NULL;
    assert_true(method->boxes_only);
    vultus_status status = method->open(contract, &part, &detector, error);
    if (!status) {
        status = method->find(detector, &call, faces, error);
        method->close(detector);
    }
    session_close(part.session);
    return status;
}

static const struct network_tensor ssd_input = {"input", {4, {-1, 3, SIDE, SIDE}}, NULL};

/* A picture of 128 x 64 lies in the upper half of the input, at half of its size. */
static void ssd_boxes_are_placed(void **state)
{
    const float boxes[4][4] = {{0.25f, 0.5f, 0.75f, 1.0f},
                               {0.25f, 0.5f, 0.75f, 0.96f}, /* overlaps the first */
                               {0, -0.1f, 0.25f, 0.25f},    /* over the edge, and not cut */
                               {0, 0, 0.5f, 0.5f}};
    const float scores[4] = {0.9f, 0.8f, 0.6f, 0.5f}; /* the last is not above the threshold */
    const struct network_tensor outputs[] = {{"boxes", {3, {1, 4, 4}}, boxes[0]},
                                             {"scores", {2, {1, 4}}, scores}};
    struct contract_model contract = ssd_contract();
    struct scene scene;
    vultus_faces faces = {0};
    vultus_error error = {0};
    (void)state;
    set_scene(&scene, 128, 64);
    assert_ok(find(&scene, &contract, &ssd_input, outputs, &faces, &error), &error);
    assert_int_equal(faces.count, 2);
    assert_float_equal(faces.items[0].score, 0.9f, 0);
    assert_float_equal(faces.items[0].box.x, 64, 1e-4);
    assert_float_equal(faces.items[0].box.y, 32, 1e-4);
    assert_float_equal(faces.items[0].box.width, 64, 1e-4);
    assert_float_equal(faces.items[0].box.height, 64, 1e-4);
    assert_float_equal(faces.items[1].box.x, -12.8, 1e-4);
    vultus_faces_clear(&faces);

    scene.options.thresholds[0] = 0.85f;
    assert_ok(find(&scene, &contract, &ssd_input, outputs, &faces, &error), &error);
    assert_int_equal(faces.count, 1);
    vultus_faces_clear(&faces);
    scene.options.thresholds[0] = 0.3f;
    assert_ok(find(&scene, &contract, &ssd_input, outputs, &faces, &error), &error);
    assert_int_equal(faces.count, 3);
    vultus_faces_clear(&faces);
    clear_scene(&scene);
}

static void nonsense_is_no_face(void **state)
{
    const float boxes[3][4] = {{NAN, 0, 1, 1}, {0, 0, INFINITY, 1}, {0.25f, 0.5f, 0.75f, 1.0f}};
    const float scores[3] = {0.9f, 0.8f, NAN};
    const struct network_tensor outputs[] = {{"boxes", {3, {1, 3, 4}}, boxes[0]},
                                             {"scores", {2, {1, 3}}, scores}};
    struct contract_model contract = ssd_contract();
    struct scene scene;
    vultus_faces faces = {0};
    vultus_error error = {0};
    (void)state;
    set_scene(&scene, 64, 64);
    assert_ok(find(&scene, &contract, &ssd_input, outputs, &faces, &error), &error);
    assert_int_equal(faces.count, 0);
    clear_scene(&scene);
}

/* Two cells across, one down and one of black: anchor 3 of the second cell has a face, and anchor 0 of
 * the first a weak one. */
static void tiny_cells_are_read(void **state)
{
    float cells[25][4];
    const struct network_tensor input = {"input", {4, {-1, 3, -1, -1}}, NULL};
    const struct network_tensor output = {"cells", {4, {1, 25, 2, 2}}, cells[0]};
    struct contract_model contract = contract_of("tiny", 1);
    struct scene scene;
    vultus_faces faces = {0};
    vultus_error error = {0};
    (void)state;
    for (size_t i = 0; i < 100; i++)
        cells[i / 4][i % 4] = i / 4 % 5 == 4 ? -9 : 0;
    cells[3 * 5 + 0][1] = logf(3);    /* centre at 3/4 of the cell */
    cells[3 * 5 + 2][1] = logf(0.5f); /* half of the anchor's width */
    cells[3 * 5 + 4][1] = logf(4);    /* score 0.8 */
    cells[0 * 5 + 4][0] = -logf(4);   /* score 0.2 */
    set_scene(&scene, 64, 32);
    scene.options.min_face = 4;
    assert_ok(find(&scene, &contract, &input, &output, &faces, &error), &error);
    assert_int_equal(faces.count, 1);
    assert_float_equal(faces.items[0].score, 0.8f, 1e-6);
    assert_float_equal(faces.items[0].box.width, 4.266906 * 16, 1e-3);
    assert_float_equal(faces.items[0].box.height, 5.178857 * 32, 1e-3);
    assert_float_equal(faces.items[0].box.x + faces.items[0].box.width / 2, 56, 1e-3);
    assert_float_equal(faces.items[0].box.y + faces.items[0].box.height / 2, 16, 1e-3);
    vultus_faces_clear(&faces);
    clear_scene(&scene);
}

static void other_networks_are_refused(void **state)
{
    static const float numbers[1000];
    const struct network_tensor free_input = {"input", {4, {-1, 3, -1, -1}}, NULL};
    const struct network_tensor odd_input = {"input", {4, {1, 3, SIDE, 32}}, NULL};
    const struct network_tensor pixels = {"input", {4, {1, SIDE, SIDE, 3}}, NULL};
    const struct network_tensor good[] = {{"boxes", {3, {1, 3, 4}}, numbers},
                                          {"scores", {2, {1, 3}}, numbers}};
    const struct network_tensor few[] = {{"boxes", {3, {1, 3, 4}}, numbers},
                                         {"scores", {2, {1, 2}}, numbers}};
    const struct network_tensor narrow[] = {{"boxes", {3, {1, 3, 5}}, numbers},
                                            {"scores", {2, {1, 3}}, numbers}};
    const struct network_tensor flat[] = {{"boxes", {2, {3, 4}}, numbers},
                                          {"scores", {2, {1, 3}}, numbers}};
    const struct network_tensor cells = {"cells", {4, {1, 25, 2, 2}}, numbers};
    const struct network_tensor other_cells = {"cells", {4, {1, 30, 2, 2}}, numbers};
    struct contract_model ssd = ssd_contract(), one = ssd_contract(), tiny = contract_of("tiny", 1);
    one.networks[0].output_count = 1;
    const struct {
        const struct contract_model *contract;
        const struct network_tensor *input, *outputs;
        const char *says;
    } cases[] = {
        {&ssd, &odd_input, good, "input"},      {&ssd, &pixels, good, "input"},
        {&ssd, &ssd_input, few, "output"},      {&ssd, &ssd_input, narrow, "output"},
        {&ssd, &ssd_input, flat, "output"},     {&one, &ssd_input, good, "output"},
        {&tiny, &ssd_input, &cells, "input"},   {&tiny, &free_input, &other_cells, "output"},
        {&tiny, &free_input, &cells, "output"}, /* not of the size that this input gives */
    };
    struct scene scene;
    vultus_faces faces = {0};
    (void)state;
    set_scene(&scene, 32, 32);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vultus_error error = {0};
        assert_error(
            VULTUS_ERR_MODEL,
            find(&scene, cases[i].contract, cases[i].input, cases[i].outputs, &faces, &error),
            &error, cases[i].says);
        assert_int_equal(faces.count, 0);
    }
    clear_scene(&scene);
}

static void odd_contracts_are_refused(void **state)
{
    static const float numbers[12];
    const struct network_tensor outputs[] = {{"boxes", {3, {1, 3, 4}}, numbers},
                                             {"scores", {2, {1, 3}}, numbers}};
    struct scene scene;
    vultus_faces faces = {0};
    vultus_error error = {0};
    (void)state;
    set_scene(&scene, 64, 64);
    for (size_t i = 0; i < 5; i++) {
        struct contract_model contract = ssd_contract();
        contract.options[i].values[0] = -1;
        assert_error(VULTUS_ERR_FORMAT,
                     find(&scene, &contract, &ssd_input, outputs, &faces, &error), &error,
                     contract.options[i].name);
    }
    const char *const names[] = {"ssd", "tiny"};
    for (size_t i = 0; i < 2; i++) {
        struct contract_model contract = contract_of(names[i], 2);
        struct model_part none = {0};
        void *detector = NULL;
        assert_error(VULTUS_ERR_MODEL,
                     detect_method_of(names[i])->open(&contract, &none, &detector, &error), &error,
                     "output");
    }
    clear_scene(&scene);
}

/* Every allocation may fail: an error each time, and nothing is lost. */
static void memory_may_run_out(void **state)
{
    const float scores[1] = {0.9f};
    const struct network_tensor outputs[] = {{"boxes", {3, {1, 1, 4}}, half_box},
                                             {"scores", {2, {1, 1}}, scores}};
    struct contract_model contract = ssd_contract();
    struct scene scene;
    (void)state;
    set_scene(&scene, 64, 64);
    struct model_part part = {network_open(scene.runtime, &ssd_input, outputs, 2), NULL};
    struct detect_call call = {
        .mips = &scene.mips, .width = 64, .height = 64, .options = &scene.options};
    room_return(session_room(part.session), room_take(session_room(part.session), 1 << 16));
    long live = mem_live(); /* with the room that the session keeps */
    vultus_status status = VULTUS_ERR_MEMORY;
    for (long n = 1; status; n++) {
        void *detector = NULL;
        vultus_faces faces = {0};
        vultus_error error = {0};
        assert_true(n < 100);
        mem_fail_after(n, false);
        status = detect_ssd.open(&contract, &part, &detector, &error);
        if (!status) {
            status = detect_ssd.find(detector, &call, &faces, &error);
            mem_fail_after(0, false);
            detect_ssd.close(detector);
        }
        mem_fail_after(0, false);
        if (status)
            assert_int_equal(status, VULTUS_ERR_MEMORY);
        else
            assert_int_equal(faces.count, 1);
        vultus_faces_clear(&faces);
        assert_int_equal(mem_live(), live);
    }
    session_close(part.session);
    clear_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ssd_boxes_are_placed),      cmocka_unit_test(nonsense_is_no_face),
        cmocka_unit_test(tiny_cells_are_read),       cmocka_unit_test(other_networks_are_refused),
        cmocka_unit_test(odd_contracts_are_refused), cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
