/* vultus_find_shape in the boxes of dlib's XML, whose 68 points dlib's own predictor has placed. */
#include "golden.h"

#define ERROR_MAX 0.03 /* mean of the set, in parts of the distance of the eyes' outer corners */

static void engines_without_a_finder(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_engine *engine = NULL;
    vultus_face face = {.box = {0, 0, 50, 50}};
    golden_need_models();
    vultus_image *image = golden_any_picture();
    if (!image)
        support_skip("no picture");
    assert_ok(vultus_engine_open(NULL, &engine, &error), &error);
    assert_null(vultus_engine_landmarks(engine));
    assert_error(VULTUS_ERR_ARGUMENT, vultus_find_shape(engine, image, &face, &error), &error,
                 "without a finder");
    assert_int_equal(face.shape_count, 0);
    vultus_engine_close(engine);
    vultus_image_free(image);
    assert_null(vultus_engine_landmarks(NULL));
}

static vultus_faces shapes_of(vultus_engine *engine, const vultus_true_picture *truth)
{
    vultus_error error = {0};
    vultus_image *image = NULL;
    vultus_faces faces = {calloc(truth->count, sizeof(vultus_face)), truth->count};
    assert_non_null(faces.items);
    assert_ok(vultus_image_read(truth->path, NULL, &image, &error), &error);
    for (size_t i = 0; i < truth->count; i++) {
        faces.items[i].box = truth->faces[i].box;
        assert_ok(vultus_find_shape(engine, image, &faces.items[i], &error), &error);
        assert_int_equal(faces.items[i].shape_count, 68);
    }
    vultus_face none = {.box = {1, 1, 0, 5}};
    assert_error(VULTUS_ERR_ARGUMENT, vultus_find_shape(engine, image, &none, &error), &error,
                 "with a box");
    vultus_image_free(image);
    return faces;
}

static void shapes_in_true_boxes(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_engine *engine = NULL;
    vultus_truth truth = {0};
    vultus_engine_options options = {.landmarks = "dlib/points68"};
    struct contract_pack pack;
    golden_need_models();
    if (pack_read(NULL, "dlib", &pack, &error))
        support_skip(error.message);
    contract_clear(&pack);
    const char *xml = support_data("dlib_faces/testing_with_face_landmarks.xml");
    if (!xml)
        support_skip("no test data");
    assert_ok(vultus_truth_read(xml, support_data("dlib_faces"), &truth, &error), &error);
    assert_ok(vultus_engine_open(&options, &engine, &error), &error);
    assert_non_null(strstr(vultus_engine_landmarks(engine), "points68@"));
    vultus_faces faces[64];
    assert_in_range(truth.count, 1, 64);
    for (size_t i = 0; i < truth.count; i++)
        faces[i] = shapes_of(engine, &truth.items[i]);
    vultus_findings findings = {.truth = &truth, .faces = faces};
    vultus_landmark_report report = {0};
    assert_ok(vultus_evaluate_landmarks(&findings, &report, &error), &error);
    printf("error of %zu shapes %.4f, of the five landmarks by them %.4f\n", report.shape.faces,
           report.shape.mean, report.five.mean);
    assert_true(report.missed == 0 && report.shape.faces == report.faces);
    assert_true(report.shape.mean < ERROR_MAX && report.five.mean < ERROR_MAX);
    vultus_landmark_report_clear(&report);
    for (size_t i = 0; i < truth.count; i++)
        free(faces[i].items);
    vultus_truth_clear(&truth);
    vultus_engine_close(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engines_without_a_finder),
        cmocka_unit_test(shapes_in_true_boxes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
