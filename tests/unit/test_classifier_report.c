/* What a training says of itself: each part as it is tested, who was taken for whom, how far to trust the accuracy; and
 * what is wrong with its options before there is anything to learn from. */
#include "classifier_made_up.h"
#include "support.h"

#include <math.h>
#include <string.h>

struct seen {
    unsigned calls, folds;
    size_t tested;
    double right;
};

static void on_fold(void *context, const vultus_classifier_fold *fold)
{
    struct seen *seen = context;
    seen->calls++;
    seen->folds = fold->folds;
    assert_int_equal(fold->fold, (seen->calls - 1) % fold->folds + 1);
    assert_non_null(strstr(fold->parameters, seen->calls <= fold->folds ? "C=1;" : "C=100;"));
    assert_true(fold->log_loss > 0);
    seen->tested += fold->tested;
    seen->right += fold->accuracy * (double)fold->tested;
}

static void every_part_is_told(void **state)
{
    (void)state;
    struct classifier_data data;
    struct seen seen = {0};
    vultus_classifier *classifier = NULL;
    vultus_classifier_report report;
    vultus_error error = {0};
    open_data(&data, 3, 3);
    const vultus_classifier_options options = {
        .grid = "C=1,100", .folds = 3, .training = {.context = &seen}, .fold = on_fold};
    assert_ok(vultus_classifier_train(&data.set, &options, &classifier, &report, &error), &error);
    assert_int_equal(seen.calls, 6);
    assert_int_equal(seen.folds, 3);
    assert_int_equal(seen.tested, 2 * report.tested);
    double right = (report.trials[0].accuracy + report.trials[1].accuracy) * (double)report.tested;
    assert_true(fabs(seen.right - right) < 1e-6);
    vultus_classifier_report_clear(&report);
    vultus_classifier_free(classifier);
    close_data(&data);
}

static void the_confusion_adds_up_to_the_accuracy(void **state)
{
    (void)state;
    struct classifier_data data;
    vultus_classifier *classifier = NULL;
    vultus_classifier_report report;
    vultus_error error = {0};
    open_data(&data, 2, 3);
    const vultus_classifier_options options = {.method = "knn", .parameters = "n_neighbors=1"};
    assert_ok(vultus_classifier_train(&data.set, &options, &classifier, &report, &error), &error);
    size_t right = 0, all = 0;
    for (size_t i = 0; i < report.confusion_count; i++) {
        const vultus_confusion *cell = &report.confusion[i];
        assert_true(cell->count && cell->truth < PEOPLE && cell->answer < PEOPLE);
        right += cell->truth == cell->answer ? cell->count : 0;
        all += cell->count;
    }
    assert_int_equal(all, report.tested);
    assert_true(fabs((double)right / (double)all - report.chosen.accuracy) < 1e-12);
    assert_true(report.accuracy_low <= report.chosen.accuracy &&
                report.accuracy_high >= report.chosen.accuracy && report.accuracy_high <= 1);
    assert_true(report.accuracy_low < report.accuracy_high);
    vultus_classifier_report_clear(&report);
    vultus_classifier_free(classifier);
    close_data(&data);
}

static void nothing_tested_has_no_interval(void **state)
{
    (void)state;
    struct classifier_data data;
    vultus_classifier *classifier = NULL;
    vultus_classifier_report report;
    vultus_error error = {0};
    open_data(&data, 2, 0);
    const vultus_classifier_options options = {.folds = 1};
    assert_ok(vultus_classifier_train(&data.set, &options, &classifier, &report, &error), &error);
    assert_true(isnan(report.accuracy_low) && isnan(report.accuracy_high));
    assert_int_equal(report.confusion_count, 0);
    vultus_classifier_report_clear(&report);
    vultus_classifier_free(classifier);
    close_data(&data);
}

static void options_are_checked_before_there_is_data(void **state)
{
    (void)state;
    static const vultus_classifier_options good[] = {
        {0},
        {.method = "svm-rbf", .parameters = "C=2;max_iter=5", .grid = "gamma=scale,0.5"},
        {.method = "forest", .parameters = "n_estimators=3;max-depth=none", .folds = 1}};
    static const struct {
        vultus_classifier_options options;
        vultus_status status;
        const char *message;
    } wrong[] = {
        {{.method = "magic"}, VULTUS_ERR_ARGUMENT, "magic"},
        {{.parameters = "gamma=1"}, VULTUS_ERR_ARGUMENT, "gamma"},
        {{.parameters = "C=-1"}, VULTUS_ERR_ARGUMENT, "C"},
        {{.folds = 101}, VULTUS_ERR_ARGUMENT, "folds"},
        {{.far = 0.9f}, VULTUS_ERR_ARGUMENT, "false accept rate"},
        {{.grid = "C=1,2", .folds = 1}, VULTUS_ERR_ARGUMENT, "two folds"},
        {{.grid = "C=one"}, VULTUS_ERR_ARGUMENT, "one"},
    };
    vultus_error error = {0};
    assert_ok(vultus_classifier_check(NULL, &error), &error);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_ok(vultus_classifier_check(&good[i], &error), &error);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_error(wrong[i].status, vultus_classifier_check(&wrong[i].options, &error), &error,
                     wrong[i].message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_is_told),
        cmocka_unit_test(the_confusion_adds_up_to_the_accuracy),
        cmocka_unit_test(nothing_tested_has_no_interval),
        cmocka_unit_test(options_are_checked_before_there_is_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
