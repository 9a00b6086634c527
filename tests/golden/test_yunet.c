/*
 * YuNet against OpenCV's FaceDetectorYN (yunet.json, made by make_yunet.py) in windows of 640 x 640
 * pixels, the size of the network: boxes and points within a pixel. OpenCV suppresses boxes that it
 * has cut to whole pixels, so of two that overlap by just the limit it may keep another; those few
 * faces are counted.
 */
#include "golden.h"

#include "base/memory.h"
#include "engine/engine.h"
#include "image/image.h"

#include <math.h>
#include <unistd.h>

#define NEAR 1.0 /* pixels */
#define SCORE_NEAR 0.005
#define SURE_MARGIN 0.01 /* scores this near the threshold may fall on either side */
#define OTHERS 0.005     /* part of the faces that suppression may decide otherwise */

#define PORTRAIT_FACE 234.0 /* pixels of the shorter side of the portrait's face */

struct tally {
    size_t pictures, windows, faces, others, extra;
    double box, point, score; /* greatest differences */
};

struct yunet {
    struct session_runtime *runtime;
    struct engine_model model;
    struct engine_detector detector;
    char folder[256];
};

static const char *find_network(const char *file)
{
    char name[256];
    snprintf(name, sizeof name, "../models/%s", file);
    return support_data(name);
}

static void open_yunet(const char *network, struct yunet *out)
{
    static unsigned next;
    vultus_error error = {0};
    snprintf(out->folder, sizeof out->folder, "%s/%u", support_folder(), next++);
    assert_ok(vultus_models_add(out->folder, network, support_source("models/contracts/yunet.json"),
                                NULL, &error),
              &error);
    assert_ok(session_runtime_open(&out->runtime, &error), &error);
    assert_ok(engine_load(out->runtime, NULL, out->folder, "yunet", CONTRACT_DETECTOR, &out->model,
                          &error),
              &error);
    assert_ok(engine_open_detector(&out->model, &out->detector, &error), &error);
}

static void close_yunet(struct yunet *yunet)
{
    yunet->detector.method->close(yunet->detector.state);
    engine_unload(&yunet->model);
    session_runtime_close(yunet->runtime);
}

/* The window's pixels, black where the picture ends. */
static vultus_image *cut(const vultus_image *picture, uint32_t x, uint32_t y, uint32_t side)
{
    vultus_image *window = NULL;
    vultus_error error = {0};
    assert_ok(image_new(side, side, &window, &error), &error);
    memset(window->pixels, 0, window->stride * side);
    uint32_t width = picture->width - x < side ? picture->width - x : side;
    for (uint32_t row = 0; row < side && y + row < picture->height; row++)
        memcpy(window->pixels + row * window->stride,
               picture->pixels + (y + row) * picture->stride + 3 * (size_t)x, 3 * (size_t)width);
    return window;
}

static double box_off(const vultus_face *face, const float box[4])
{
    double left = fabs((double)(face->box.x - box[0])), top = fabs((double)(face->box.y - box[1]));
    double right = fabs((double)(face->box.x + face->box.width - box[0] - box[2]));
    double bottom = fabs((double)(face->box.y + face->box.height - box[1] - box[3]));
    return fmax(fmax(left, top), fmax(right, bottom));
}

static const vultus_face *nearest(const vultus_faces *faces, const float box[4], double *off)
{
    const vultus_face *found = NULL;
    *off = INFINITY;
    for (size_t i = 0; i < faces->count; i++) {
        double each = box_off(&faces->items[i], box);
        if (each < *off) {
            *off = each;
            found = &faces->items[i];
        }
    }
    return found;
}

static void compare_face(const json_t *object, const vultus_faces *faces, struct tally *tally)
{
    float box[4], points[2 * VULTUS_LANDMARKS];
    double off, score = golden_number(object, "score");
    golden_floats(json_object_get(object, "box"), 4, box);
    golden_floats(json_object_get(object, "points"), 2 * VULTUS_LANDMARKS, points);
    const vultus_face *face = nearest(faces, box, &off);
    tally->faces++;
    if (off > NEAR) {
        tally->others++;
        print_message("a face of %.0f pixels at %.0f, %.0f (%.3f) is %.1f away\n", (double)box[2],
                      (double)box[0], (double)box[1], score, off);
        return;
    }
    tally->box = fmax(tally->box, off);
    tally->score = fmax(tally->score, fabs((double)face->score - score));
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        tally->point =
            fmax(tally->point, hypot((double)(face->landmarks[i].x - points[2 * i]),
                                     (double)(face->landmarks[i].y - points[2 * i + 1])));
}

static void count_extra(const json_t *list, const vultus_faces *faces, double sure,
                        struct tally *tally)
{
    for (size_t i = 0; i < faces->count; i++) {
        bool known = (double)faces->items[i].score < sure;
        for (size_t k = 0; !known && k < json_array_size(list); k++) {
            float box[4];
            golden_floats(json_object_get(json_array_get(list, k), "box"), 4, box);
            known = box_off(&faces->items[i], box) <= NEAR;
        }
        tally->extra += !known;
    }
}

static void compare_window(const struct yunet *yunet, const vultus_image *picture,
                           const json_t *golden, const json_t *expected, struct tally *tally)
{
    static const vultus_detect_options defaults;
    vultus_detect_options options = defaults;
    const json_t *list = json_object_get(expected, "faces");
    const struct mips *mips = NULL;
    vultus_faces faces = {0};
    vultus_error error = {0};
    double threshold = golden_number(golden, "threshold");
    vultus_image *window =
        cut(picture, (uint32_t)golden_number(expected, "x"), (uint32_t)golden_number(expected, "y"),
            (uint32_t)golden_number(golden, "side"));
    assert_ok(mips_of(window, kernel_best(), &mips, &error), &error);
    struct detect_call call = {
        .mips = mips, .width = window->width, .height = window->height, .options = &options};
    options.thresholds[0] = (float)(threshold - SURE_MARGIN);
    assert_ok(yunet->detector.method->find(yunet->detector.state, &call, &faces, &error), &error);
    tally->windows++;
    for (size_t i = 0; i < json_array_size(list); i++)
        compare_face(json_array_get(list, i), &faces, tally);
    count_extra(list, &faces, threshold + SURE_MARGIN, tally);
    vultus_faces_clear(&faces);
    vultus_image_free(window);
}

static void faces_are_those_of_opencv(void **state)
{
    struct yunet yunet = {0};
    struct tally tally = {0};
    (void)state;
    json_t *golden = golden_read("yunet.json");
    const json_t *pictures = json_object_get(golden, "pictures");
    const char *network = find_network(json_string_value(json_object_get(golden, "network")));
    if (!network)
        support_skip("the network of YuNet is not here");
    open_yunet(network, &yunet);
    for (size_t i = 0; i < json_array_size(pictures); i++) {
        const json_t *picture = json_array_get(pictures, i);
        const json_t *windows = json_object_get(picture, "windows");
        vultus_image *image = golden_picture(picture);
        if (!image)
            continue;
        tally.pictures++;
        assert_int_equal(vultus_image_width(image), (uint32_t)golden_number(picture, "width"));
        for (size_t k = 0; k < json_array_size(windows); k++)
            compare_window(&yunet, image, golden, json_array_get(windows, k), &tally);
        vultus_image_free(image);
    }
    close_yunet(&yunet);
    json_decref(golden);
    print_message("%zu pictures, %zu windows, %zu faces: greatest difference %.3f pixels of boxes, "
                  "%.3f of points, %.5f of scores; %zu others, %zu extra\n",
                  tally.pictures, tally.windows, tally.faces, tally.box, tally.point, tally.score,
                  tally.others, tally.extra);
    if (!tally.pictures)
        support_skip("none of the pictures is here");
    assert_true(tally.point <= NEAR && tally.score <= SCORE_NEAR);
    assert_true((double)tally.others <= OTHERS * (double)tally.faces);
    assert_true((double)tally.extra <= OTHERS * (double)tally.faces);
}

/* ------------------------------------------------------------------ sizes */

static void paste(vultus_image *onto, const vultus_image *part, uint32_t x, uint32_t y)
{
    for (uint32_t row = 0; row < part->height; row++)
        memcpy(onto->pixels + (y + row) * onto->stride + 3 * (size_t)x,
               part->pixels + row * part->stride, 3 * (size_t)part->width);
}

/* A portrait, and small copies of it, the smallest as a face of `least` pixels, in one picture. */
static vultus_image *compose(const vultus_image *portrait, double face, double least)
{
    vultus_image *picture = NULL;
    vultus_error error = {0};
    vultus_box whole = {0, 0, (float)portrait->width, (float)portrait->height};
    uint32_t side = portrait->width > portrait->height ? portrait->width : portrait->height, x = 0;
    assert_ok(image_new(2 * side, side + 400, &picture, &error), &error);
    memset(picture->pixels, 90, picture->stride * picture->height);
    paste(picture, portrait, side, 0);
    for (double small = least; small < 100; small *= 1.6) {
        vultus_image *copy = NULL;
        assert_ok(image_crop(portrait, whole, (uint32_t)ceil(side * small / face), &copy, &error),
                  &error);
        paste(picture, copy, x, side + 10);
        x += copy->width + 10;
        vultus_image_free(copy);
    }
    return picture;
}

static size_t count_faces(const struct yunet *yunet, const vultus_image *picture, float min_face)
{
    vultus_detect_options options = {.min_face = min_face};
    const struct mips *mips = NULL;
    vultus_faces faces = {0};
    vultus_error error = {0};
    assert_ok(mips_of(picture, kernel_best(), &mips, &error), &error);
    struct detect_call call = {
        .mips = mips, .width = picture->width, .height = picture->height, .options = &options};
    assert_ok(yunet->detector.method->find(yunet->detector.state, &call, &faces, &error), &error);
    size_t count = faces.count;
    vultus_faces_clear(&faces);
    return count;
}

/* Fixed and free inputs alike: the scales follow from the picture and the least face. */
static void large_and_small_faces_are_found_together(void **state)
{
    static const char *const files[] = {"face_detection_yunet_2023mar.onnx",
                                        "yunet_n_dynamic.onnx"};
    const char *path = support_data("face_recognition/examples/obama.jpg");
    vultus_image *portrait = NULL;
    vultus_error error = {0};
    (void)state;
    if (!path)
        support_skip("the portrait is not here");
    assert_ok(vultus_image_read(path, NULL, &portrait, &error), &error);
    vultus_image *picture = compose(portrait, PORTRAIT_FACE, 20);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct yunet yunet = {0};
        const char *network = find_network(files[i]);
        if (!network)
            support_skip("a network of YuNet is not here");
        open_yunet(network, &yunet);
        assert_int_equal(count_faces(&yunet, picture, 16), 5);
        assert_in_range(count_faces(&yunet, picture, 200), 1, 4);
        close_yunet(&yunet);
    }
    vultus_image_free(picture);
    vultus_image_free(portrait);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faces_are_those_of_opencv),
        cmocka_unit_test(large_and_small_faces_are_found_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
