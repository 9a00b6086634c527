/* Classifiers through the public header: every method learns, rejects, is stored, and repeats itself. */
#include "base/file.h"
#include "base/memory.h"
#include "classifier_made_up.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static vultus_classifier *train(const struct classifier_data *data,
                                const vultus_classifier_options *options,
                                vultus_classifier_report *report)
{
    vultus_classifier *classifier = NULL;
    vultus_error error = {0};
    assert_ok(vultus_classifier_train(&data->set, options, &classifier, report, &error), &error);
    return classifier;
}

static void each_method_names_people_and_not_strangers(void **state)
{
    (void)state;
    struct classifier_data data;
    float probe[DIMENSION];
    vultus_error error = {0};
    open_data(&data, 3, 3);
    for (size_t m = 0; vultus_classifier_method(m); m++) {
        vultus_classifier_options options = {.method = vultus_classifier_method(m), .threads = 2};
        vultus_classifier_report report;
        vultus_prediction who;
        size_t right = 0, strangers = 0;
        vultus_classifier *classifier = train(&data, &options, &report);
        for (size_t i = 0; i < 200; i++) {
            made_up_row(&data.made, i % (PEOPLE + MORE), probe);
            assert_ok(vultus_classifier_predict(classifier, NULL, probe, &who, &error), &error);
            bool named = who.match && !strcmp(who.best.name, data.names[i % (PEOPLE + MORE)]);
            right += i % (PEOPLE + MORE) < PEOPLE && named;
            strangers += i % (PEOPLE + MORE) >= PEOPLE && who.match;
            assert_true(who.margin >= 0 && who.best.probability <= 1.0001f);
        }
        printf("%-10s accuracy %.3f, log-loss %.3f, right %zu of 134, strangers named %zu of 66\n",
               options.method, report.chosen.accuracy, report.chosen.log_loss, right, strangers);
        assert_true(right >= 115 && strangers <= 8);
        assert_true(report.people == PEOPLE && report.tested == data.set.count &&
                    report.folds == 5 && report.strangers == data.set.count);
        assert_true(report.chosen.accuracy > 0.9 && report.chosen.macro_f1 > 0.8 &&
                    report.chosen.log_loss < 2 && report.recognised > 0.7);
        vultus_classifier_report_clear(&report);
        vultus_classifier_free(classifier);
    }
    close_data(&data);
}

/* The bytes of a classifier's file. */
static struct buffer bytes_of(const vultus_classifier *classifier)
{
    struct buffer bytes;
    vultus_error error = {0};
    const char *path = support_join(support_folder(), "one.classifier");
    assert_ok(vultus_classifier_write(classifier, path, &error), &error);
    assert_ok(file_read(path, (size_t)1 << 28, &bytes, &error), &error);
    return bytes;
}

static void a_seed_gives_the_same_file_on_any_threads(void **state)
{
    (void)state;
    struct classifier_data data;
    open_data(&data, 2, 2);
    for (size_t m = 0; vultus_classifier_method(m); m++) {
        vultus_classifier_options options = {
            .method = vultus_classifier_method(m), .threads = 1, .seed = 5};
        vultus_classifier *one = train(&data, &options, NULL);
        options.threads = 3;
        vultus_classifier *three = train(&data, &options, NULL);
        struct buffer first = bytes_of(one), second = bytes_of(three);
        assert_int_equal(first.size, second.size);
        assert_memory_equal(first.data, second.data, first.size);
        buffer_clear(&first);
        buffer_clear(&second);
        vultus_classifier_free(one);
        vultus_classifier_free(three);
    }
    close_data(&data);
}

static void a_file_gives_the_classifier_back(void **state)
{
    (void)state;
    struct classifier_data data;
    vultus_error error = {0};
    float probe[DIMENSION];
    open_data(&data, 2, 2);
    const char *path = support_join(support_folder(), "back.classifier");
    for (size_t m = 0; vultus_classifier_method(m); m++) {
        vultus_classifier_options options = {.method = vultus_classifier_method(m), .far = 0.05f};
        vultus_classifier *classifier = train(&data, &options, NULL), *back = NULL;
        vultus_prediction first, second;
        vultus_likelihood ranked[3];
        size_t count = 0;
        assert_ok(vultus_classifier_write(classifier, path, &error), &error);
        assert_ok(vultus_classifier_read(path, &back, &error), &error);
        assert_string_equal(vultus_classifier_used_method(back), options.method);
        assert_string_equal(vultus_classifier_embedder(back), "made-up@1");
        assert_true(vultus_classifier_people(back) == PEOPLE &&
                    vultus_classifier_dimension(back) == DIMENSION &&
                    fabsf(vultus_classifier_far(back) - 0.05f) < 1e-7f);
        assert_string_equal(vultus_classifier_name(back, 3), "Person 3");
        assert_null(vultus_classifier_name(back, PEOPLE));
        for (size_t i = 0; i < 10; i++) {
            made_up_row(&data.made, i, probe);
            assert_ok(vultus_classifier_predict(classifier, NULL, probe, &first, &error), &error);
            assert_ok(vultus_classifier_predict(back, NULL, probe, &second, &error), &error);
            assert_memory_equal(&first.score, &second.score, sizeof first.score);
            assert_string_equal(first.best.name, second.best.name);
            assert_ok(vultus_classifier_rank(back, NULL, probe, ranked, 3, &count, &error), &error);
            assert_int_equal(count, 3);
            assert_string_equal(ranked[0].name, first.best.name);
            assert_string_equal(ranked[1].name, first.second.name);
            assert_true(ranked[1].probability >= ranked[2].probability);
        }
        vultus_classifier_free(back);
        vultus_classifier_free(classifier);
    }
    close_data(&data);
}

static void one_picture_each_is_learnt_and_not_tested(void **state)
{
    (void)state;
    struct classifier_data data;
    vultus_error error = {0};
    vultus_classifier *none = NULL;
    open_data(&data, 1, 0);
    for (size_t m = 0; vultus_classifier_method(m); m++) {
        vultus_classifier_options options = {.method = vultus_classifier_method(m)};
        vultus_classifier_report report;
        vultus_prediction who;
        vultus_classifier *classifier = train(&data, &options, &report);
        assert_true(report.single == PEOPLE && !report.tested && !report.folds &&
                    isnan(report.chosen.accuracy) && isnan(report.recognised) && report.estimated);
        for (size_t i = 0; i < PEOPLE; i++) {
            const float *row = data.rows.rows + i * DIMENSION;
            assert_ok(vultus_classifier_predict(classifier, NULL, row, &who, &error), &error);
            if (strcmp(options.method, "forest") != 0) /* its samples leave a third of them out */
                assert_string_equal(who.best.name, data.names[i]);
        }
        vultus_classifier_report_clear(&report);
        vultus_classifier_free(classifier);
    }
    vultus_classifier_options grid = {.grid = "C=1,2"};
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_classifier_train(&data.set, &grid, &none, NULL, &error), &error,
                 "two pictures");
    close_data(&data);
}

static void a_grid_is_tried_and_the_best_is_taken(void **state)
{
    (void)state;
    struct classifier_data data;
    vultus_classifier_report report;
    open_data(&data, 2, 3);
    const vultus_classifier_options options = {.method = "svm-rbf",
                                               .parameters = "tol=0.01",
                                               .grid = "C=0.001,10;gamma=scale,0.5",
                                               .folds = 3};
    vultus_classifier *classifier = train(&data, &options, &report);
    assert_int_equal(report.trial_count, 4);
    assert_int_equal(report.folds, 3);
    double best = 0;
    for (size_t i = 0; i < 4; i++) {
        assert_non_null(strstr(report.trials[i].parameters, "tol=0.01"));
        best = fmax(best, report.trials[i].accuracy);
    }
    assert_non_null(strstr(report.trials[1].parameters, "C=0.001;gamma=0.5"));
    assert_non_null(strstr(report.trials[2].parameters, "C=10;gamma=scale"));
    assert_true(report.chosen.accuracy == best);
    vultus_classifier_report_clear(&report);
    vultus_classifier_free(classifier);
    close_data(&data);
}

static void strangers_can_be_brought(void **state)
{
    (void)state;
    struct classifier_data data;
    vultus_classifier_report without, with;
    open_data(&data, 2, 2);
    vultus_labelled strangers = data.set;
    strangers.embeddings += data.set.count * DIMENSION;
    strangers.count = data.rows.count - data.set.count;
    vultus_classifier_options options = {.far = 0.1f};
    vultus_classifier_free(train(&data, &options, &without));
    options.strangers = &strangers;
    vultus_classifier_free(train(&data, &options, &with));
    assert_int_equal(with.strangers, without.strangers + strangers.count);
    assert_true(with.threshold >= without.threshold);
    /* the known people's own faces are the nearest strangers there can be */
    options.strangers = &data.set;
    vultus_classifier_report_clear(&with);
    vultus_classifier_free(train(&data, &options, &with));
    assert_true(with.threshold > without.threshold);
    vultus_classifier_report_clear(&with);
    vultus_classifier_report_clear(&without);
    close_data(&data);
}

static void what_cannot_be_learnt_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *method, *parameters, *grid, *says;
    } cases[] = {
        {"soft-max", NULL, NULL, "no classifier is called \"soft-max\""},
        {"softmax", "C=0", NULL, "C: \"0\" is not a number from 1e-09"},
        {"softmax", "gamma=1", NULL, "softmax has no parameter \"gamma\"; it has: C, tol"},
        {"softmax", "C", NULL, "not of the form"},
        {"softmax", NULL, "C=1,x", "C: \"x\""},
        {"centroid", "C=1", NULL, "it has: none"},
        {"svm-rbf", "gamma=big", NULL, "scale, auto, or a number"},
        {"knn", "n-neighbors=1.5", NULL, "whole number"},
        {"knn", "weights=even", NULL, "neither distance nor uniform"},
    };
    struct classifier_data data;
    vultus_error error = {0};
    vultus_classifier *none = NULL;
    open_data(&data, 2, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const vultus_classifier_options options = {
            .method = cases[i].method, .parameters = cases[i].parameters, .grid = cases[i].grid};
        assert_error(VULTUS_ERR_ARGUMENT,
                     vultus_classifier_train(&data.set, &options, &none, NULL, &error), &error,
                     cases[i].says);
    }
    vultus_labelled set = data.set;
    set.count = 2; /* of Person 0 */
    assert_error(VULTUS_ERR_ARGUMENT, vultus_classifier_train(&set, NULL, &none, NULL, &error),
                 &error, "at least two people; there is 1");
    set = data.set;
    set.names = NULL;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_classifier_train(&set, NULL, &none, NULL, &error),
                 &error, "names");
    vultus_classifier_options options = {.folds = 1, .grid = "C=1,2"};
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_classifier_train(&data.set, &options, &none, NULL, &error), &error,
                 "at least two folds");
    options = (vultus_classifier_options){.far = 0.9f};
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_classifier_train(&data.set, &options, &none, NULL, &error), &error,
                 "false accept rate");
    set = data.set;
    set.embedder = "other@2";
    options = (vultus_classifier_options){.strangers = &set};
    assert_error(VULTUS_ERR_MISMATCH,
                 vultus_classifier_train(&data.set, &options, &none, NULL, &error), &error,
                 "another model");
    assert_null(none);
    close_data(&data);
}

static void on_progress(void *context, size_t done, size_t total)
{
    size_t *seen = context;
    assert_true(done == seen[0] + 1 && done <= total);
    seen[0] = done;
    seen[1] = total;
}

static bool at_once(void *context)
{
    (void)context;
    return true;
}

static void training_is_watched_and_stopped(void **state)
{
    (void)state;
    struct classifier_data data;
    size_t seen[2] = {0};
    vultus_error error = {0};
    vultus_classifier *none = NULL;
    open_data(&data, 2, 2);
    vultus_classifier_options options = {.grid = "C=1,2",
                                         .training = {.progress = on_progress, .context = seen}};
    vultus_classifier_free(train(&data, &options, NULL));
    assert_true(seen[0] == seen[1] && seen[0] == 2 * 4 + 5 + 1);
    options.training = (vultus_training){.stop = at_once};
    assert_error(VULTUS_ERR_CANCELLED,
                 vultus_classifier_train(&data.set, &options, &none, NULL, &error), &error,
                 "stopped");
    assert_null(none);
    close_data(&data);
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    struct classifier_data data;
    vultus_error error = {0};
    vultus_classifier *back = NULL;
    open_data(&data, 2, 0);
    const char *path = support_join(support_folder(), "cut.classifier");
    vultus_classifier *classifier = train(&data, NULL, NULL);
    struct buffer bytes = bytes_of(classifier);
    assert_ok(file_write(path, bytes.data, bytes.size / 2, &error), &error);
    assert_error(VULTUS_ERR_FORMAT, vultus_classifier_read(path, &back, &error), &error,
                 "cut.classifier");
    float bad = NAN;
    memcpy(bytes.data + bytes.size - 8, &bad, sizeof bad); /* of the bias, the last tensor */
    assert_ok(file_write(path, bytes.data, bytes.size, &error), &error);
    assert_error(VULTUS_ERR_FORMAT, vultus_classifier_read(path, &back, &error), &error, "damaged");
    assert_ok(vultus_labelled_write(&data.set, path, &error), &error);
    assert_error(VULTUS_ERR_FORMAT, vultus_classifier_read(path, &back, &error), &error,
                 "holds \"embeddings\", not \"classifier\"");
    float probe[DIMENSION] = {2};
    vultus_prediction who;
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_classifier_predict(classifier, NULL, probe, &who, &error), &error,
                 "length 2");
    buffer_clear(&bytes);
    vultus_classifier_free(classifier);
    close_data(&data);
}

static vultus_status all_of_it(const struct classifier_data *data, const char *method,
                               const char *path, vultus_error *error)
{
    const vultus_classifier_options options = {
        .method = method,
        .folds = 2,
        .threads = 1,
        .parameters = !strcmp(method, "forest") ? "n-estimators=2" : NULL};
    vultus_classifier *classifier = NULL, *back = NULL;
    vultus_classifier_report report = {0};
    vultus_prediction who;
    vultus_status status =
        vultus_classifier_train(&data->set, &options, &classifier, &report, error);
    if (!status)
        status = vultus_classifier_write(classifier, path, error);
    if (!status)
        status = vultus_classifier_read(path, &back, error);
    if (!status)
        status = vultus_classifier_predict(back, NULL, data->rows.rows, &who, error);
    vultus_classifier_free(classifier);
    vultus_classifier_free(back);
    vultus_classifier_report_clear(&report);
    return status;
}

static void memory_may_run_out(void **state)
{
    (void)state;
    struct classifier_data data;
    open_data(&data, 1, 1);
    data.set.count = 5; /* of three people: a short training */
    const char *path = support_join(support_folder(), "memory.classifier");
    long live = mem_live();
    for (size_t m = 0; vultus_classifier_method(m); m++)
        for (long n = 1;; n++) {
            vultus_error error = {0};
            mem_fail_after(n, true);
            vultus_status status = all_of_it(&data, vultus_classifier_method(m), path, &error);
            bool failed = mem_failed();
            mem_fail_after(0, false);
            assert_int_equal(mem_live(), live);
            if (!failed) {
                assert_int_equal(status, VULTUS_OK);
                break;
            }
            assert_int_equal(status, VULTUS_ERR_MEMORY);
        }
    close_data(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_method_names_people_and_not_strangers),
        cmocka_unit_test(a_seed_gives_the_same_file_on_any_threads),
        cmocka_unit_test(a_file_gives_the_classifier_back),
        cmocka_unit_test(one_picture_each_is_learnt_and_not_tested),
        cmocka_unit_test(a_grid_is_tried_and_the_best_is_taken),
        cmocka_unit_test(strangers_can_be_brought),
        cmocka_unit_test(what_cannot_be_learnt_is_said),
        cmocka_unit_test(training_is_watched_and_stopped),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
