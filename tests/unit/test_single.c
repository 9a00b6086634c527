/*
 * Detectors that users bring, from the contract to the face: networks with the shapes of the published
 * files, whose answer is always one face at a known place, are added under the contracts that come
 * with vultus, in other orders and with other names of outputs, and asked for a picture.
 */
#include "engine/engine.h"
#include "image/image.h"
#include "network.h"
#include "support.h"

#include "base/file.h"
#include "base/memory.h"

#include <math.h>

#define SIDE 128 /* of input and picture */
#define OUTPUTS 12
#define LOW 0.01f /* scores of everywhere else */

static float tables[OUTPUTS][16384];

/* What the face should be: in the middle of cell (5, 3) of stride 16, or near. */
static const float expected_box[4] = {60, 30, 100, 90};

struct file {
    struct network_tensor outputs[OUTPUTS];
    size_t count;
};

static void add_output(struct file *file, const char *name, size_t rank, size_t rows,
                       size_t columns, float value)
{
    float *table = tables[file->count];
    struct network_tensor *output = &file->outputs[file->count++];
    for (size_t i = 0; i < rows * columns; i++)
        table[i] = value;
    *output = (struct network_tensor){.name = name, .data = table};
    output->shape = rank == 2 ? (struct session_shape){2, {(int64_t)rows, (int64_t)columns}}
                              : (struct session_shape){3, {1, (int64_t)rows, (int64_t)columns}};
}

static float *row_of(struct file *file, const char *name, size_t row)
{
    for (size_t i = 0; i < file->count; i++)
        if (!strcmp(file->outputs[i].name, name)) {
            const struct session_shape *shape = &file->outputs[i].shape;
            return tables[i] + row * (size_t)shape->sizes[shape->rank - 1];
        }
    fail_msg("the test itself is wrong: no output %s", name);
    return NULL;
}

static const char *network_path(void)
{
    return support_join(support_folder(), "any.onnx");
}

static void write_network(const struct file *file, int64_t side)
{
    struct network_tensor input = {"pixels", {4, {1, 3, side, side}}, NULL};
    struct buffer bytes = network_bytes(&input, file->outputs, file->count);
    vultus_error error = {0};
    assert_ok(file_write(network_path(), bytes.data, bytes.size, &error), &error);
    buffer_clear(&bytes);
}

static vultus_status add(const char *folder, const struct file *file, const char *contract,
                         int64_t side, vultus_error *error)
{
    char name[64];
    write_network(file, side);
    snprintf(name, sizeof name, "models/contracts/%s.json", contract);
    return vultus_models_add(folder, network_path(), support_source(name), "added", error);
}

static void detect(const char *folder, vultus_faces *out)
{
    struct session_runtime *runtime = NULL;
    struct engine_model model = {0};
    struct engine_detector detector = {0};
    vultus_image *picture = NULL;
    const struct mips *mips = NULL;
    vultus_error error = {0};
    static const vultus_detect_options defaults;
    assert_ok(image_new(SIDE, SIDE, &picture, &error), &error);
    memset(picture->pixels, 100, picture->stride * SIDE);
    assert_ok(mips_of(picture, kernel_best(), &mips, &error), &error);
    assert_ok(session_runtime_open(&runtime, &error), &error);
    assert_ok(engine_load(runtime, NULL, folder, "added", CONTRACT_DETECTOR, &model, &error),
              &error);
    assert_ok(engine_open_detector(&model, &detector, &error), &error);
    struct detect_call call = {.mips = mips, .width = SIDE, .height = SIDE, .options = &defaults};
    assert_ok(detector.method->find(detector.state, &call, out, &error), &error);
    detector.method->close(detector.state);
    engine_unload(&model);
    session_runtime_close(runtime);
    vultus_image_free(picture);
}

/* Adds, detects, and compares with the face that is expected: box x1 y1 x2 y2, points, score. */
static void expect(const struct file *file, const char *contract, const float box[4],
                   const vultus_point points[VULTUS_LANDMARKS], float score)
{
    static unsigned next;
    char folder[64];
    vultus_error error = {0};
    vultus_faces faces = {0};
    snprintf(folder, sizeof folder, "%s/models%u", support_folder(), next++);
    assert_ok(add(folder, file, contract, SIDE, &error), &error);
    detect(folder, &faces);
    assert_int_equal(faces.count, 1);
    const vultus_face *face = &faces.items[0];
    assert_float_equal(face->box.x, box[0], 0.01);
    assert_float_equal(face->box.y, box[1], 0.01);
    assert_float_equal(face->box.x + face->box.width, box[2], 0.01);
    assert_float_equal(face->box.y + face->box.height, box[3], 0.01);
    assert_float_equal(face->score, score, 0.001);
    for (size_t i = 0; points && i < VULTUS_LANDMARKS; i++) {
        assert_float_equal(face->landmarks[i].x, points[i].x, 0.01);
        assert_float_equal(face->landmarks[i].y, points[i].y, 0.01);
    }
    vultus_faces_clear(&faces);
}

static void refuse(const struct file *file, const char *contract, int64_t side, const char *said)
{
    char folder[64];
    vultus_error error = {0};
    snprintf(folder, sizeof folder, "%s/refused", support_folder());
    assert_error(VULTUS_ERR_MODEL, add(folder, file, contract, side, &error), &error, said);
    assert_false(file_exists(support_join(folder, "added")));
}

static const vultus_point expected_points[VULTUS_LANDMARKS] = {
    {70, 50}, {90, 51}, {80, 62}, {72, 75}, {88, 76}};

/* ------------------------------------------------------------------ yunet */

/* 2023mar: cells of strides 8, 16, 32. */
static struct file yunet_file(void)
{
    static const char *const names[OUTPUTS] = {"cls_8",   "cls_16", "cls_32", "obj_8",
                                               "obj_16",  "obj_32", "bbox_8", "bbox_16",
                                               "bbox_32", "kps_8",  "kps_16", "kps_32"};
    static const size_t columns[] = {1, 1, 4, 10};
    struct file file = {0};
    for (size_t i = 0; i < OUTPUTS; i++) {
        size_t cells = SIDE / (8u << i % 3);
        add_output(&file, names[i], 3, cells * cells, columns[i / 3], i < 6 ? LOW : 0);
    }
    size_t cell = 3 * (SIDE / 16) + 5;
    *row_of(&file, "cls_16", cell) = 0.81f;
    *row_of(&file, "obj_16", cell) = 1.5f; /* counts as 1 */
    float *box = row_of(&file, "bbox_16", cell), *points = row_of(&file, "kps_16", cell);
    box[0] = (expected_box[0] + expected_box[2]) / 2 / 16 - 5;
    box[1] = (expected_box[1] + expected_box[3]) / 2 / 16 - 3;
    box[2] = logf((expected_box[2] - expected_box[0]) / 16);
    box[3] = logf((expected_box[3] - expected_box[1]) / 16);
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++) {
        points[2 * i] = expected_points[i].x / 16 - 5;
        points[2 * i + 1] = expected_points[i].y / 16 - 3;
    }
    return file;
}

static void yunet_2023_is_read(void **state)
{
    struct file file = yunet_file();
    (void)state;
    expect(&file, "yunet", expected_box, expected_points, 0.9f);
}

/* Values of a prior of `side` pixels with its middle at (x, y). */
static void encode(float x, float y, float side, float variance_width, float variance_height,
                   float box[4], float *points)
{
    box[0] = ((expected_box[0] + expected_box[2]) / 2 - x) / side / 0.1f;
    box[1] = ((expected_box[1] + expected_box[3]) / 2 - y) / side / 0.1f;
    box[2] = logf((expected_box[2] - expected_box[0]) / side) / variance_width;
    box[3] = logf((expected_box[3] - expected_box[1]) / side) / variance_height;
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++) {
        points[2 * i] = (expected_points[i].x - x) / side / 0.1f;
        points[2 * i + 1] = (expected_points[i].y - y) / side / 0.1f;
    }
}

/* 2022mar: priors of 10, 16, 24 | 32, 48 | 64, 96 | 128, 192, 256 pixels. */
static void yunet_2022_is_read(void **state)
{
    struct file file = {0};
    size_t rows = 16 * 16 * 3 + 8 * 8 * 2 + 4 * 4 * 2 + 2 * 2 * 3;
    size_t row = 16 * 16 * 3 + (3 * 8 + 5) * 2 + 1; /* stride 16, cell (5, 3), 48 pixels */
    (void)state;
    add_output(&file, "iou", 2, rows, 1, LOW);
    add_output(&file, "loc", 2, rows, 14, 0);
    add_output(&file, "conf", 2, rows, 2, LOW);
    *row_of(&file, "iou", row) = 0.81f;
    row_of(&file, "conf", row)[1] = 1;
    float *loc = row_of(&file, "loc", row);
    encode(5.5f * 16, 3.5f * 16, 48, 0.1f, 0.2f, loc, loc + 4);
    expect(&file, "yunet", expected_box, expected_points, 0.9f);
}

/* ------------------------------------------------------------------ scrfd */

static struct file scrfd_file(bool points, bool shuffled, size_t rank)
{
    static const char *const names[3][3] = {
        {"448", "471", "494"}, {"451", "474", "497"}, {"454", "477", "500"}};
    static const size_t columns[] = {1, 4, 10};
    struct file file = {0};
    for (size_t i = 0; i < (points ? 9u : 6u); i++) {
        size_t kind = shuffled ? i % (points ? 3 : 2) : i / 3;
        size_t grid = shuffled ? 2 - i / (points ? 3 : 2) : i % 3;
        size_t cells = SIDE / (8u << grid);
        add_output(&file, names[kind][grid], rank, cells * cells * 2, columns[kind],
                   kind ? 0 : LOW);
    }
    size_t row = (3 * (SIDE / 16) + 5) * 2 + 1;
    *row_of(&file, "471", row) = 0.75f;
    float *box = row_of(&file, "474", row), x = 5 * 16, y = 3 * 16;
    box[0] = (x - expected_box[0]) / 16;
    box[1] = (y - expected_box[1]) / 16;
    box[2] = (expected_box[2] - x) / 16;
    box[3] = (expected_box[3] - y) / 16;
    for (size_t i = 0; points && i < VULTUS_LANDMARKS; i++) {
        row_of(&file, "477", row)[2 * i] = (expected_points[i].x - x) / 16;
        row_of(&file, "477", row)[2 * i + 1] = (expected_points[i].y - y) / 16;
    }
    return file;
}

static void scrfd_is_read(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct file file = scrfd_file(true, i % 2, 2 + i / 2);
        expect(&file, "scrfd", expected_box, expected_points, 0.75f);
        file = scrfd_file(false, i % 2, 2 + i / 2);
        expect(&file, "scrfd-boxes", expected_box, NULL, 0.75f);
    }
}

/* ------------------------------------------------------------------ retinaface, rfb */

static struct file retinaface_file(void)
{
    struct file file = {0};
    size_t rows = 2 * (16 * 16 + 8 * 8 + 4 * 4), row = 2 * (16 * 16 + 3 * 8 + 5);
    add_output(&file, "bbox", 3, rows, 4, 0);
    add_output(&file, "confidence", 3, rows, 2, 0);
    add_output(&file, "landmark", 3, rows, 10, 0);
    for (size_t i = 0; i < rows; i++) {
        float *scores = row_of(&file, "confidence", i);
        scores[1] = i == row ? 0.95f : LOW;
        scores[0] = 1 - scores[1];
    }
    encode(5.5f * 16, 3.5f * 16, 64, 0.2f, 0.2f, row_of(&file, "bbox", row),
           row_of(&file, "landmark", row));
    return file;
}

static void retinaface_is_read(void **state)
{
    struct file file = retinaface_file();
    (void)state;
    expect(&file, "retinaface", expected_box, expected_points, 0.95f);
}

static struct file rfb_file(void)
{
    struct file file = {0};
    add_output(&file, "scores", 3, 500, 2, LOW);
    add_output(&file, "boxes", 3, 500, 4, 0);
    row_of(&file, "scores", 77)[1] = 0.9f;
    for (size_t i = 0; i < 4; i++)
        row_of(&file, "boxes", 77)[i] = expected_box[i] / SIDE;
    return file;
}

static void rfb_is_read(void **state)
{
    struct file file = rfb_file();
    (void)state;
    expect(&file, "rfb", expected_box, NULL, 0.9f);
}

/* ------------------------------------------------------------------ what does not fit */

static void other_files_are_refused(void **state)
{
    struct file yunet = yunet_file(), file;
    (void)state;
    refuse(&yunet, "scrfd", SIDE, "outputs are not those of scrfd: 1x256x1, 1x64x1");
    refuse(&yunet, "retinaface", SIDE, "not those of retinaface");
    refuse(&yunet, "rfb", SIDE, "not those of rfb");
    refuse(&yunet, "yunet", 2 * SIDE, "not those of yunet"); /* the grids of another size */
    refuse(&yunet, "sface", SIDE, "is not [any, 3, 112, 112]");
    yunet.count--;
    refuse(&yunet, "yunet", SIDE, "not those of yunet");
    file = scrfd_file(false, false, 2);
    refuse(&file, "scrfd", SIDE, "gives no landmarks: its method and contract are scrfd-boxes");
    file = scrfd_file(true, false, 2);
    refuse(&file, "scrfd-boxes", SIDE, "gives also landmarks: its method and contract are scrfd");
    *row_of(&file, "448", 3) = 4;
    refuse(&file, "scrfd", SIDE, "gives the score 4");
    file = retinaface_file();
    row_of(&file, "confidence", 3)[0] = -2;
    refuse(&file, "retinaface", SIDE, "probabilities");
    file = rfb_file();
    row_of(&file, "boxes", 3)[0] = NAN;
    refuse(&file, "rfb", SIDE, "rfb.onnx: gives NaN or infinity on a test picture");
    file = rfb_file();
    file.count = 1;
    refuse(&file, "rfb", SIDE, "not those of rfb: 1x500x2");
}

/* A network that answers the same to every picture is no embedder. */
static void constant_embedders_are_refused(void **state)
{
    struct file file = {0};
    (void)state;
    add_output(&file, "embedding", 2, 1, 512, 0.5f);
    refuse(&file, "arcface", 112, "embedder arcface: gives the same embedding for different");
    refuse(&file, "facenet", 160, "the same embedding");
    refuse(&file, "sface", 112, "is not [any, 128]");
    refuse(&file, "arcface", 128, "is not [any, 3, 112, 112]");
    file.count = 0;
    add_output(&file, "embedding", 2, 1, 512, 0);
    refuse(&file, "arcface", 112, "no usable embedding");
    file.count = 0;
    add_output(&file, "embedding", 2, 1, 1, 0.5f);
    refuse(&file, "arcface", 112, "gives 1 numbers for a face");
}

/* Whatever allocation fails while a network is added, it says so, keeps nothing and leaves no pack. */
static void adding_survives_without_memory(void **state)
{
    struct file file = rfb_file();
    char folder[64];
    bool failed = true;
    (void)state;
    snprintf(folder, sizeof folder, "%s/scarce", support_folder());
    for (long n = 1; failed; n++) {
        vultus_error error = {0};
        long live = mem_live();
        write_network(&file, SIDE);
        mem_fail_after(n, false);
        vultus_status status = vultus_models_add(
            folder, network_path(), support_source("models/contracts/rfb.json"), NULL, &error);
        failed = mem_failed();
        mem_fail_after(0, false);
        assert_int_equal(status, failed ? VULTUS_ERR_MEMORY : VULTUS_OK);
        assert_int_equal(mem_live(), live);
        assert_int_equal(file_exists(support_join(folder, "rfb")), !failed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yunet_2023_is_read),
        cmocka_unit_test(yunet_2022_is_read),
        cmocka_unit_test(scrfd_is_read),
        cmocka_unit_test(retinaface_is_read),
        cmocka_unit_test(rfb_is_read),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(constant_embedders_are_refused),
        cmocka_unit_test(adding_survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
