/* Evaluation of landmarks against answers by hand. */
#include "base/memory.h"
#include "support.h"

#include <math.h>

#define CLOSE 1e-6 /* places are floats */

static char name[] = "picture";

/* A face of 20 x 20 pixels at x, eyes 10 pixels apart. */
static vultus_true_face truth_at(float x)
{
    vultus_true_face face = {.box = {x, 0, 20, 20}, .has_landmarks = true};
    static const vultus_point points[] = {{0, 0}, {10, 0}, {5, 5}, {2, 9}, {8, 9}};
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        face.landmarks[i] = (vultus_point){x + points[i].x, points[i].y};
    return face;
}

/* The same face as it was found, with its landmarks moved. */
static vultus_face found_of(const vultus_true_face *truth, float dx, float dy)
{
    vultus_face face = {.box = truth->box, .score = 0.9f};
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        face.landmarks[i] = (vultus_point){truth->landmarks[i].x + dx, truth->landmarks[i].y + dy};
    return face;
}

static vultus_landmark_report evaluate(const vultus_findings *findings)
{
    vultus_error error = {0};
    vultus_landmark_report report;
    memset(&report, 0x55, sizeof report);
    assert_ok(vultus_evaluate_landmarks(findings, &report, &error), &error);
    return report;
}

static void five_by_hand(void **state)
{
    (void)state;
    vultus_true_face a[] = {truth_at(0),   truth_at(100), truth_at(200),
                            truth_at(300), truth_at(400), truth_at(500)};
    a[3].ignored = true;
    a[4].has_landmarks = false;
    a[5].landmarks[VULTUS_RIGHT_EYE] = a[5].landmarks[VULTUS_LEFT_EYE]; /* nobody's face */
    vultus_true_face c[] = {truth_at(0)};
    vultus_true_picture pictures[] = {{name, a, 6}, {name, NULL, 0}, {name, c, 1}};
    vultus_truth truth = {pictures, 3};
    vultus_face in_a[] = {found_of(&a[3], 9, 9), found_of(&a[1], 3, 4), found_of(&a[0], 0, 0),
                          found_of(&a[4], 9, 9)};
    vultus_faces faces[] = {{in_a, 4}, {NULL, 0}, {NULL, 0}};
    bool left_out[] = {false, false, true};
    vultus_findings findings = {.truth = &truth, .faces = faces, .left_out = left_out};
    vultus_landmark_report r = evaluate(&findings);
    assert_true(r.pictures == 2 && r.faces == 3 && r.missed == 1 && r.count == 3);
    /* errors 0 and 5 pixels, the eyes 10 pixels apart */
    assert_int_equal(r.five.faces, 2);
    assert_float_equal(r.five.mean, 0.25, CLOSE);
    assert_float_equal(r.five.median, 0.25, CLOSE);
    assert_float_equal(r.five.p90, 0.45, CLOSE);
    assert_float_equal(r.five.p95, 0.475, CLOSE);
    assert_float_equal(r.five.worst, 0.5, CLOSE);
    assert_float_equal(r.five.failures, 0.5, CLOSE);
    assert_true(r.shape.faces == 0 && isnan(r.shape.mean) && isnan(r.shape.failures));
    assert_float_equal(r.items[1].five, 0.5, CLOSE);
    assert_true(r.items[2].face == 2 && isnan(r.items[2].five));
    vultus_landmark_report_clear(&r);
    vultus_landmark_report_clear(&r);
    vultus_landmark_report_clear(NULL);
}

static void shapes_by_hand(void **state)
{
    (void)state;
    static const unsigned corners[] = {45, 42, 36, 39, 33};
    vultus_point points[68];
    for (size_t i = 0; i < 68; i++)
        points[i] = (vultus_point){(float)i, 1}; /* outer corners 36 and 45: 9 pixels */
    vultus_true_face a = truth_at(0);
    a.shape_count = 68;
    a.shape = points;
    vultus_true_picture picture = {name, &a, 1};
    vultus_truth truth = {&picture, 1};
    vultus_face found = found_of(&a, 0, 0);
    vultus_faces faces = {&found, 1};
    vultus_findings findings = {.truth = &truth, .faces = &faces};
    found.shape_count = 68;
    for (size_t i = 0; i < 68; i++)
        found.shape[i] = (vultus_point){(float)i, 1 + 1.8f};
    vultus_landmark_report r = evaluate(&findings);
    assert_float_equal(r.shape.mean, 0.2, CLOSE);
    assert_float_equal(r.shape.failures, 1, CLOSE);
    assert_float_equal(r.five.worst, 0, CLOSE);
    vultus_landmark_report_clear(&r);
    found.shape_count = 5; /* dlib's five: only the nose is 4.5 pixels off */
    for (size_t i = 0; i < 5; i++)
        found.shape[i] = (vultus_point){(float)corners[i], i == 4 ? 5.5f : 1};
    r = evaluate(&findings);
    assert_float_equal(r.shape.mean, 4.5 / 5 / 9, CLOSE);
    vultus_landmark_report_clear(&r);
    found.shape_count = 0;
    r = evaluate(&findings);
    assert_true(r.shape.faces == 0 && r.five.faces == 1);
    vultus_landmark_report_clear(&r);
}

static void wrong_calls(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_landmark_report report = {.count = 77};
    vultus_true_face a = truth_at(0);
    vultus_true_picture picture = {name, &a, 1};
    vultus_truth truth = {&picture, 1};
    vultus_face found = found_of(&a, NAN, 0);
    vultus_faces faces = {&found, 1};
    vultus_findings findings = {.truth = &truth, .faces = &faces};
    long live = mem_live();
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate_landmarks(&findings, &report, &error), &error,
                 "without a place");
    found.score = NAN;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate_landmarks(&findings, &report, &error), &error,
                 "has no score");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate_landmarks(NULL, &report, &error), &error,
                 "are needed");
    found = found_of(&a, 0, 0);
    for (long n = 1; n <= 3; n++) {
        mem_fail_after(n, false);
        assert_error(VULTUS_ERR_MEMORY, vultus_evaluate_landmarks(&findings, &report, &error),
                     &error, "memory");
        mem_fail_after(0, false);
    }
    assert_int_equal(report.count, 77); /* outputs are untouched */
    assert_int_equal(mem_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_by_hand),
        cmocka_unit_test(shapes_by_hand),
        cmocka_unit_test(wrong_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
