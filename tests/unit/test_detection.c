/* Evaluation of detection against answers by hand, and against the plain definition on random boxes. */
#include "base/box.h"
#include "base/memory.h"
#include "decide/match.h"
#include "support.h"

#include <math.h>

#define CLOSE 1e-12

static char name[] = "picture";

static vultus_face found(float x, float y, float width, float height, float score)
{
    return (vultus_face){.box = {x, y, width, height}, .score = score};
}

static vultus_true_face truth_at(float x, float y, float width, float height)
{
    return (vultus_true_face){.box = {x, y, width, height}};
}

static vultus_detection_report evaluate(const vultus_findings *findings)
{
    vultus_error error = {0};
    vultus_detection_report report;
    memset(&report, 0x55, sizeof report);
    assert_ok(vultus_evaluate_detection(findings, &report, &error), &error);
    return report;
}

static void overlap_of_boxes(void **state)
{
    (void)state;
    vultus_box a = {0, 0, 10, 10}, b = {0, 0, 10, 20}, c = {5, 5, 10, 10}, none = {2, 2, 0, 5};
    assert_float_equal(box_overlap(&a, &a), 1, CLOSE);
    assert_float_equal(box_overlap(&a, &b), 0.5, CLOSE);
    assert_float_equal(box_overlap(&a, &c), 25.0 / 175, CLOSE);
    assert_true(box_overlap(&a, &none) == 0);
}

static void answers_by_hand(void **state)
{
    (void)state;
    /* the faces have heights 10, 40, 20 (ignored) and 100; the last is not found */
    vultus_true_face a[] = {truth_at(0, 0, 10, 10), truth_at(100, 0, 40, 40),
                            truth_at(200, 0, 20, 20), truth_at(300, 0, 100, 100)};
    vultus_true_face c[] = {truth_at(0, 0, 10, 10)};
    a[2].ignored = true;
    vultus_true_picture pictures[] = {{name, a, 4}, {name, NULL, 0}, {name, c, 1}};
    vultus_truth truth = {pictures, 3};
    vultus_face in_a[] = {found(0, 0, 10, 20, 0.7f), found(500, 0, 9, 9, 0.8f),
                          found(100, 0, 40, 40, 0.9f), found(101, 0, 40, 40, 0.6f),
                          found(200, 0, 20, 20, 0.95f)};
    vultus_face in_b[] = {found(0, 0, 5, 5, 0.5f)};
    vultus_faces faces[] = {{in_a, 5}, {in_b, 1}, {NULL, 0}};
    bool left_out[] = {false, false, true};
    vultus_findings findings = {.truth = &truth, .faces = faces, .left_out = left_out};
    vultus_detection_report r = evaluate(&findings);
    assert_true(r.pictures == 2 && r.faces == 3 && r.ignored == 1);
    assert_true(r.true_positives == 2 && r.false_positives == 3 && r.neutral == 1);
    assert_float_equal(r.precision, 2.0 / 5, CLOSE);
    assert_float_equal(r.recall, 2.0 / 3, CLOSE);
    assert_float_equal(r.false_per_picture, 1.5, CLOSE);
    /* right at .9, wrong at .8, right at .7 (an overlap of just 0.5), wrong at .6 and .5: a third of
     * the recall with precision 1, a third with 2/3 */
    assert_float_equal(r.average_precision, 1.0 / 3 + 1.0 / 3 * 2 / 3, CLOSE);
    assert_int_equal(r.curve_count, 5);
    assert_float_equal(r.curve[1].precision, 0.5, CLOSE);
    assert_float_equal(r.curve[2].recall, 2.0 / 3, CLOSE);
    assert_true(r.curve[2].score == 0.7f && r.curve[2].false_positives == 1);
    assert_true(r.heights[1].from == 10 && r.heights[1].faces == 1 && r.heights[1].found == 1);
    assert_true(r.heights[3].faces == 1 && r.heights[3].found == 1);
    assert_true(r.heights[5].from == 80 && r.heights[5].faces == 1 && r.heights[5].found == 0);
    assert_true(isinf(r.heights[VULTUS_HEIGHTS - 1].to));
    vultus_detection_report_clear(&r);
    vultus_detection_report_clear(&r);
    findings.min_height = 20; /* the face of 10 pixels is neutral now */
    r = evaluate(&findings);
    assert_true(r.faces == 2 && r.ignored == 2 && r.neutral == 2 && r.true_positives == 1);
    assert_float_equal(r.average_precision, 0.5, CLOSE);
    vultus_detection_report_clear(&r);
    findings.min_height = 0;
    findings.overlap = 0.51f; /* the box of overlap 0.5 is wrong now */
    r = evaluate(&findings);
    assert_true(r.true_positives == 1 && r.false_positives == 4);
    vultus_detection_report_clear(&r);
}

/* Each box goes to the face that it overlaps most, as in WIDER FACE's program. */
static void a_face_counts_once(void **state)
{
    (void)state;
    vultus_true_face a[] = {truth_at(0, 0, 10, 10), truth_at(3, 0, 10, 10)};
    vultus_true_picture picture = {name, a, 2};
    vultus_truth truth = {&picture, 1};
    vultus_face in_a[] = {found(1, 0, 10, 10, 0.8f), found(0, 0, 10, 10, 0.9f)};
    vultus_faces faces = {in_a, 2};
    vultus_findings findings = {.truth = &truth, .faces = &faces};
    vultus_detection_report r = evaluate(&findings);
    assert_true(r.true_positives == 1 && r.false_positives == 1);
    vultus_detection_report_clear(&r);
    in_a[0].box.x = 2; /* now nearer to the second face */
    r = evaluate(&findings);
    assert_true(r.true_positives == 2 && r.false_positives == 0);
    assert_float_equal(r.average_precision, 1, CLOSE);
    vultus_detection_report_clear(&r);
}

static void equal_scores_are_one_point(void **state)
{
    (void)state;
    vultus_true_face a[] = {truth_at(0, 0, 10, 10)};
    vultus_true_picture picture = {name, a, 1};
    vultus_truth truth = {&picture, 1};
    vultus_face in_a[] = {found(0, 0, 10, 10, 0.5f), found(50, 0, 10, 10, 0.5f)};
    vultus_faces faces = {in_a, 2};
    vultus_findings findings = {.truth = &truth, .faces = &faces};
    vultus_detection_report r = evaluate(&findings);
    assert_true(r.curve_count == 1 && r.curve[0].true_positives == 1);
    assert_float_equal(r.average_precision, 0.5, CLOSE);
    vultus_detection_report_clear(&r);
}

static void nothing_at_all(void **state)
{
    (void)state;
    vultus_truth truth = {0};
    vultus_findings findings = {.truth = &truth};
    vultus_detection_report r = evaluate(&findings);
    assert_true(isnan(r.precision) && isnan(r.recall) && isnan(r.average_precision));
    assert_int_equal(r.curve_count, 0);
    vultus_detection_report_clear(&r);
}

static void wrong_calls(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_detection_report report;
    vultus_true_picture picture = {name, NULL, 0};
    vultus_truth truth = {&picture, 1};
    vultus_face face = found(0, 0, 1, 1, NAN);
    vultus_faces faces = {&face, 1};
    vultus_findings findings = {.truth = &truth, .faces = &faces};
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate_detection(&findings, &report, &error), &error,
                 "has no score");
    face.score = 1;
    findings.overlap = 2;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate_detection(&findings, &report, &error), &error,
                 "overlap");
    findings.overlap = NAN;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate_detection(&findings, &report, &error), &error,
                 "overlap");
    findings.faces = NULL;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate_detection(&findings, &report, &error), &error,
                 "are needed");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate_detection(NULL, &report, &error), &error,
                 "are needed");
}

/* ------------------------------------------------------------------ the plain definition */

enum { PICTURES = 6, FACES = 12 };

static uint32_t random_state;

static float next_random(uint32_t below)
{
    random_state = random_state * 1664525 + 1013904223;
    return (float)((random_state >> 8) % below);
}

/* Mean over the true faces, in the order in which they are found, of the best precision at any
 * threshold that finds as many; 0 for those that are not. */
static double plain_ap(const vultus_detection_report *report)
{
    double sum = 0;
    for (size_t rank = 1; rank <= report->faces; rank++) {
        double best = 0;
        for (size_t i = 0; i < report->curve_count; i++)
            if (report->curve[i].true_positives >= rank)
                best = fmax(best, report->curve[i].precision);
        sum += best;
    }
    return sum / (double)report->faces;
}

/* Counted again for one threshold, with every box below it left out. */
static void assert_point(const vultus_findings *findings, const vultus_curve_point *point)
{
    vultus_face some[PICTURES][2 * FACES];
    vultus_faces faces[PICTURES];
    vultus_findings above = *findings;
    for (size_t i = 0; i < PICTURES; i++) {
        faces[i] = (vultus_faces){some[i], 0};
        for (size_t k = 0; k < findings->faces[i].count; k++)
            if (findings->faces[i].items[k].score >= point->score)
                some[i][faces[i].count++] = findings->faces[i].items[k];
    }
    above.faces = faces;
    vultus_detection_report r = evaluate(&above);
    assert_true(r.true_positives == point->true_positives &&
                r.false_positives == point->false_positives);
    assert_float_equal(r.precision, point->precision, CLOSE);
    assert_float_equal(r.recall, point->recall, CLOSE);
    vultus_detection_report_clear(&r);
}

static void random_boxes(void **state)
{
    (void)state;
    static vultus_true_face truth_faces[PICTURES][FACES];
    static vultus_face found_faces[PICTURES][2 * FACES];
    vultus_true_picture pictures[PICTURES];
    vultus_faces faces[PICTURES];
    vultus_truth truth = {pictures, PICTURES};
    vultus_findings findings = {.truth = &truth, .faces = faces};
    random_state = 5;
    for (unsigned round = 0; round < 200; round++) {
        for (size_t i = 0; i < PICTURES; i++) {
            pictures[i] =
                (vultus_true_picture){name, truth_faces[i], (size_t)next_random(FACES) + 1};
            faces[i] = (vultus_faces){found_faces[i], (size_t)next_random(2 * FACES)};
            for (size_t k = 0; k < pictures[i].count; k++) {
                truth_faces[i][k] = truth_at(next_random(100), next_random(100),
                                             next_random(40) + 5, next_random(40) + 5);
                truth_faces[i][k].ignored = k && next_random(5) == 0;
            }
            for (size_t k = 0; k < faces[i].count; k++) {
                const vultus_box *box = &truth_faces[i][k % pictures[i].count].box;
                found_faces[i][k] = found(box->x + next_random(8), box->y + next_random(8),
                                          box->width, box->height, next_random(50) / 50);
            }
        }
        vultus_detection_report r = evaluate(&findings);
        assert_float_equal(r.average_precision, plain_ap(&r), 1e-9);
        for (size_t i = 0; i < r.curve_count; i += 1 + i / 4)
            assert_point(&findings, &r.curve[i]);
        vultus_detection_report_clear(&r);
    }
}

static void memory_that_runs_out(void **state)
{
    (void)state;
    vultus_true_face a[] = {truth_at(0, 0, 10, 10)};
    vultus_true_picture picture = {name, a, 1};
    vultus_truth truth = {&picture, 1};
    vultus_face in_a[] = {found(0, 0, 10, 10, 0.5f)};
    vultus_faces faces = {in_a, 1};
    vultus_findings findings = {.truth = &truth, .faces = &faces};
    for (long n = 1; n <= 3; n++) {
        vultus_error error = {0};
        vultus_detection_report report = {0};
        long live = mem_live();
        mem_fail_after(n, false);
        assert_error(VULTUS_ERR_MEMORY, vultus_evaluate_detection(&findings, &report, &error),
                     &error, "memory");
        mem_fail_after(0, false);
        assert_int_equal(mem_live(), live);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overlap_of_boxes),     cmocka_unit_test(answers_by_hand),
        cmocka_unit_test(a_face_counts_once),   cmocka_unit_test(equal_scores_are_one_point),
        cmocka_unit_test(nothing_at_all),       cmocka_unit_test(wrong_calls),
        cmocka_unit_test(memory_that_runs_out), cmocka_unit_test(random_boxes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
