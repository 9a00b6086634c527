/* Clusters beside people: examples that can be counted on paper. */
#include "support.h"

#include <math.h>

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

/* Bagga and Baldwin's own example: people of 5, 2 and 5 faces; the first response puts the two last together,
 * the second the two large ones. BCubed tells them apart. */
static void the_example_of_the_paper(void **state)
{
    (void)state;
    static const uint32_t person[12] = {1, 1, 1, 1, 1, 2, 2, 3, 3, 3, 3, 3};
    static const uint32_t first[12] = {1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2};
    static const uint32_t second[12] = {1, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1};
    vultus_cluster_report report;
    vultus_error error = {0};
    assert_ok(vultus_cluster_evaluate(first, person, 12, &report, &error), &error);
    assert_true(near(report.bcubed_precision, (5 + 2 * 2 / 7.0 + 5 * 5 / 7.0) / 12)); /* 0.76 */
    assert_true(near(report.bcubed_recall, 1));
    assert_int_equal(report.clusters, 2);
    assert_int_equal(report.people, 3);
    assert_int_equal(report.mixed_clusters, 1);
    assert_int_equal(report.split_people, 0);
    assert_true(near(report.impurity, 2 / 12.0));
    assert_true(near(report.pair_precision, (10 + 1 + 10) / (10 + 21.0)));
    assert_true(near(report.pair_recall, 1));
    assert_ok(vultus_cluster_evaluate(second, person, 12, &report, &error), &error);
    assert_true(near(report.bcubed_precision, (10 * 5 / 10.0 + 2) / 12)); /* 0.58 */
    assert_true(near(report.bcubed_recall, 1));
}

static void alone_and_together(void **state)
{
    (void)state;
    static const uint32_t person[4] = {7, 7, 8, 8}, alone[4] = {0, 1, 2, 3}, one[4] = {5, 5, 5, 5};
    vultus_cluster_report report;
    vultus_error error = {0};
    assert_ok(vultus_cluster_evaluate(alone, person, 4, &report, &error), &error);
    assert_true(isnan(report.pair_precision) && isnan(report.pair_f1) && report.pair_recall == 0);
    assert_true(near(report.bcubed_precision, 1) && near(report.bcubed_recall, 0.5) &&
                near(report.bcubed_f1, 2 / 3.0));
    assert_int_equal(report.single_clusters, 4);
    assert_int_equal(report.split_people, 2);
    assert_ok(vultus_cluster_evaluate(one, person, 4, &report, &error), &error);
    assert_true(near(report.pair_precision, 1 / 3.0) && near(report.pair_recall, 1));
    assert_true(near(report.bcubed_precision, 0.5) && near(report.bcubed_recall, 1));
    assert_true(near(report.impurity, 0.5));
}

static void unknown_people_are_left_out(void **state)
{
    (void)state;
    static const uint32_t person[4] = {VULTUS_NOBODY, 3, VULTUS_NOBODY, 3};
    static const uint32_t labels[4] = {1, 1, 1, 1};
    vultus_cluster_report report = {.faces = 77};
    vultus_error error = {0};
    assert_ok(vultus_cluster_evaluate(labels, person, 4, &report, &error), &error);
    assert_int_equal(report.faces, 2);
    assert_true(report.bcubed_f1 == 1 && report.pair_f1 == 1);
    report.faces = 77;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_cluster_evaluate(labels, person, 1, &report, &error),
                 &error, "of no face is known");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_cluster_evaluate(NULL, person, 1, &report, &error),
                 &error, "are needed");
    assert_int_equal(report.faces, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_paper),
        cmocka_unit_test(alone_and_together),
        cmocka_unit_test(unknown_people_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
