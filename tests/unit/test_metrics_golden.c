/*
 * Evaluation's figures against scikit-learn's and numpy's (metrics.json, made by make_metrics.py): made-up
 * scores with many ties, real scores of LFW's pairs, and an open-set identification whose cosines are exact.
 * Figures are the same to 1e-9; intervals, which come from other random numbers, to what that leaves.
 */
#include "golden.h"

#include "base/memory.h"

#include <math.h>

#define CLOSE 1e-9
#define INTERVAL_OFF                                                                               \
    0.15 /* of its width: four deviations of a quantile of 1000 draws, twice over */

static double number(const json_t *value)
{
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static void assert_near(double value, double expected, const char *what)
{
    if (isnan(value) != isnan(expected) || fabs(value - expected) > CLOSE)
        fail_msg("%s: %.12g, expected %.12g", what, value, expected);
}

static uint32_t *numbers(const json_t *list, size_t *count)
{
    *count = json_array_size(list);
    uint32_t *out = mem_array(*count, sizeof *out);
    assert_non_null(out);
    for (size_t i = 0; i < *count; i++)
        out[i] = (uint32_t)json_integer_value(json_array_get(list, i)); /* -1 is VULTUS_NOBODY */
    return out;
}

/* `expected` has a list of intervals for each name; `step` is the least by which a figure can change. */
static void assert_interval(double low, double high, const json_t *expected, size_t index,
                            double step, const char *what)
{
    const json_t *pair = json_array_get(expected, index);
    double from = number(json_array_get(pair, 0)), to = number(json_array_get(pair, 1));
    double off = INTERVAL_OFF * (to - from) + step;
    if (isnan(from) && isnan(low) && isnan(high))
        return;
    if (!(fabs(low - from) <= off) || !(fabs(high - to) <= off))
        fail_msg("%s: %.6f .. %.6f, expected %.6f .. %.6f", what, low, high, from, to);
}

/* ------------------------------------------------------------------ pairs */

static void compare_pair_figures(const vultus_report *report, const json_t *figures)
{
    assert_near(report->auc, golden_number(figures, "auc"), "AUC");
    assert_near(report->eer, golden_number(figures, "eer"), "EER");
    assert_near(report->accuracy_at_threshold, golden_number(figures, "accuracy_at_threshold"),
                "accuracy at the threshold");
    assert_near(report->far_at_threshold, golden_number(figures, "far_at_threshold"), "FAR");
    assert_near(report->frr_at_threshold, golden_number(figures, "frr_at_threshold"), "FRR");
    const json_t *tar = json_object_get(figures, "tar_at_far");
    for (size_t k = 0; k < VULTUS_FARS; k++)
        assert_near(report->tar_at_far[k], number(json_array_get(tar, k)), "TAR at FAR");
}

static void compare_roc(const vultus_roc_point *roc, size_t count, const json_t *expected)
{
    assert_int_equal(count, json_array_size(expected));
    for (size_t i = 0; i < count; i++) {
        const json_t *point = json_array_get(expected, i);
        assert_near(roc[i].far, number(json_array_get(point, 1)), "a point's FAR");
        assert_near(roc[i].tar, number(json_array_get(point, 2)), "a point's TAR");
        if (i)
            assert_near(roc[i].threshold, number(json_array_get(point, 0)), "a point's threshold");
        else
            assert_true(isinf(roc[i].threshold));
    }
}

static void compare_pair_intervals(const vultus_report *report, const json_t *intervals)
{
    const vultus_pair_figures *low = &report->low, *high = &report->high;
    const double step =
        1.0 / (double)(report->same < report->different ? report->same : report->different);
    assert_interval(low->auc, high->auc, json_object_get(intervals, "auc"), 0, 1e-4, "AUC");
    assert_interval(low->eer, high->eer, json_object_get(intervals, "eer"), 0, step, "EER");
    assert_interval(low->accuracy_at_threshold, high->accuracy_at_threshold,
                    json_object_get(intervals, "accuracy_at_threshold"), 0, step, "accuracy");
    assert_interval(low->far_at_threshold, high->far_at_threshold,
                    json_object_get(intervals, "far_at_threshold"), 0, step, "FAR");
    assert_interval(low->frr_at_threshold, high->frr_at_threshold,
                    json_object_get(intervals, "frr_at_threshold"), 0, step, "FRR");
    for (size_t k = 0; k < VULTUS_FARS; k++)
        assert_interval(low->tar_at_far[k], high->tar_at_far[k],
                        json_object_get(intervals, "tar_at_far"), k, step, "TAR at FAR");
}

static void compare_pairs(const json_t *expected)
{
    const json_t *list = json_object_get(expected, "scores");
    const char *same_text = json_string_value(json_object_get(expected, "same"));
    size_t count = json_array_size(list), people;
    float *scores = mem_array(count, sizeof *scores);
    bool *same = mem_array(count, sizeof *same);
    uint32_t *a = numbers(json_object_get(expected, "person_a"), &people);
    uint32_t *b = numbers(json_object_get(expected, "person_b"), &people);
    vultus_report report;
    vultus_error error = {0};
    assert_true(scores && same && people == count && strlen(same_text) == count);
    golden_floats(list, count, scores);
    for (size_t i = 0; i < count; i++)
        same[i] = same_text[i] == '1';
    const vultus_scores input = {.similarity = scores,
                                 .same = same,
                                 .count = count,
                                 .folds = 10,
                                 .threshold = (float)golden_number(expected, "threshold"),
                                 .person_a = a,
                                 .person_b = b,
                                 .bootstrap = {.resamples = 1000, .seed = 7},
                                 .curve = true};
    assert_ok(vultus_evaluate(&input, &report, &error), &error);
    compare_pair_figures(&report, json_object_get(expected, "figures"));
    compare_roc(report.roc, report.roc_count, json_object_get(expected, "roc"));
    compare_pair_intervals(&report, json_object_get(expected, "intervals"));
    assert_true(report.people > 0 && report.low.accuracy <= report.accuracy &&
                report.accuracy <= report.high.accuracy);
    vultus_report_clear(&report);
    mem_free(scores);
    mem_free(same);
    mem_free(a);
    mem_free(b);
}

static void pairs_as_scikit_learn_has_them(void **state)
{
    (void)state;
    json_t *golden = golden_read("metrics.json");
    const json_t *cases = json_object_get(golden, "pairs");
    assert_int_equal(json_array_size(cases), 2);
    for (size_t i = 0; i < json_array_size(cases); i++)
        compare_pairs(json_array_get(cases, i));
    json_decref(golden);
}

/* ------------------------------------------------------------------ identification */

struct scene {
    json_t *golden;
    const json_t *expected;
    float *embeddings;
    uint32_t *person, *known, *probes;
    vultus_labelled set;
    vultus_trials_request request;
    vultus_trials trials;
};

static void set_scene(struct scene *scene)
{
    size_t count;
    vultus_error error = {0};
    *scene = (struct scene){.golden = golden_read("metrics.json")};
    scene->expected = json_object_get(scene->golden, "identification");
    const json_t *bits = json_object_get(scene->expected, "bits");
    scene->person = numbers(json_object_get(scene->expected, "person"), &count);
    scene->embeddings = mem_array(count, 16 * sizeof *scene->embeddings);
    assert_non_null(scene->embeddings);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < 16; k++)
            scene->embeddings[16 * i + k] =
                json_string_value(json_array_get(bits, i))[k] == '1' ? 0.25f : -0.25f;
    scene->set = (vultus_labelled){.embeddings = scene->embeddings,
                                   .count = count,
                                   .dimension = 16,
                                   .person = scene->person,
                                   .people = (size_t)golden_number(scene->expected, "people"),
                                   .metric = VULTUS_METRIC_COSINE};
    scene->request = (vultus_trials_request){
        .set = &scene->set,
        .decision = {.threshold = (float)golden_number(scene->expected, "threshold"),
                     .has_threshold = true},
        .threads = 3};
    scene->known = numbers(json_object_get(scene->expected, "known"), &scene->request.known_count);
    scene->probes =
        numbers(json_object_get(scene->expected, "probes"), &scene->request.probe_count);
    scene->request.known = scene->known;
    scene->request.probes = scene->probes;
    assert_ok(vultus_trials_run(&scene->request, &scene->trials, &error), &error);
}

static void clear_scene(struct scene *scene)
{
    vultus_trials_clear(&scene->trials);
    mem_free(scene->embeddings);
    mem_free(scene->person);
    mem_free(scene->known);
    mem_free(scene->probes);
    json_decref(scene->golden);
}

static void trials_as_numpy_ranks(void **state)
{
    (void)state;
    struct scene scene;
    set_scene(&scene);
    const json_t *expected = json_object_get(scene.expected, "trials");
    assert_int_equal(scene.trials.count, json_array_size(expected));
    for (size_t i = 0; i < scene.trials.count; i++) {
        const vultus_trial *trial = &scene.trials.items[i];
        const json_t *row = json_array_get(expected, i);
        assert_int_equal(trial->row, scene.probes[i]);
        assert_int_equal(trial->best, json_integer_value(json_array_get(row, 0)));
        assert_int_equal(trial->second, json_integer_value(json_array_get(row, 1)));
        assert_int_equal(trial->rank, json_integer_value(json_array_get(row, 2)));
        assert_near((double)trial->score, number(json_array_get(row, 3)), "score");
    }
    clear_scene(&scene);
}

static void compare_rates(const vultus_rates *rates, const json_t *expected, const char *what)
{
    const double values[4] = {rates->precision, rates->recall, rates->specificity, rates->f1};
    for (size_t i = 0; i < 4; i++) /* scikit-learn has 0 where nothing can be divided by */
        assert_near(isnan(values[i]) ? 0 : values[i], number(json_array_get(expected, i)), what);
}

static void compare_figures(const vultus_identification_figures *value, const json_t *figures)
{
    assert_near(value->accuracy, golden_number(figures, "accuracy"), "accuracy");
    assert_near(value->names_precision, golden_number(figures, "names_precision"), "precision");
    assert_near(value->names_recall, golden_number(figures, "names_recall"), "recall");
    assert_near(value->fpir, golden_number(figures, "fpir"), "FPIR");
    assert_near(value->fnir, golden_number(figures, "fnir"), "FNIR");
    assert_near(value->auc, golden_number(figures, "auc"), "AUC");
    assert_near(value->eer, golden_number(figures, "eer"), "EER");
    compare_rates(&value->micro, json_object_get(figures, "micro"), "micro");
    compare_rates(&value->macro, json_object_get(figures, "macro"), "macro");
    compare_rates(&value->weighted, json_object_get(figures, "weighted"), "weighted");
    for (size_t k = 0; k < VULTUS_RANKS; k++)
        assert_near(value->cmc[k], number(json_array_get(json_object_get(figures, "cmc"), k)),
                    "CMC");
    for (size_t k = 0; k < VULTUS_FPIRS; k++)
        assert_near(value->dir_at_fpir[k],
                    number(json_array_get(json_object_get(figures, "dir_at_fpir"), k)), "DIR");
    for (size_t k = 0; k < VULTUS_FARS; k++)
        assert_near(value->tar_at_far[k],
                    number(json_array_get(json_object_get(figures, "tar_at_far"), k)), "TAR");
}

static void compare_classes(const vultus_identification_report *report, const json_t *expected)
{
    const json_t *labels = json_object_get(expected, "classes");
    const json_t *matrix = json_object_get(expected, "confusion");
    assert_int_equal(report->class_count, json_array_size(labels));
    size_t cell = 0;
    for (size_t c = 0; c < report->class_count; c++) {
        const vultus_class *each = &report->classes[c];
        assert_int_equal(each->person, (uint32_t)json_integer_value(json_array_get(labels, c)));
        assert_int_equal(each->support, json_integer_value(json_array_get(
                                            json_object_get(expected, "support"), c)));
        compare_rates(&each->rates, json_array_get(json_object_get(expected, "rates"), c),
                      "a class");
        for (size_t k = 0; k < report->class_count; k++) {
            size_t count = 0;
            if (cell < report->confusion_count && report->confusion[cell].truth == c &&
                report->confusion[cell].answer == k)
                count = report->confusion[cell++].count;
            assert_int_equal(count,
                             json_integer_value(json_array_get(json_array_get(matrix, c), k)));
        }
    }
    assert_int_equal(cell, report->confusion_count);
}

static void compare_intervals(const vultus_identification_report *report, const json_t *intervals)
{
    const vultus_identification_figures *low = &report->low, *high = &report->high;
    const double step = 1.0 / (double)report->strangers;
    const struct {
        const char *name;
        double low, high;
    } figures[] = {{"accuracy", low->accuracy, high->accuracy},
                   {"names_precision", low->names_precision, high->names_precision},
                   {"names_recall", low->names_recall, high->names_recall},
                   {"fpir", low->fpir, high->fpir},
                   {"auc", low->auc, high->auc},
                   {"eer", low->eer, high->eer}};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        assert_interval(figures[i].low, figures[i].high,
                        json_object_get(intervals, figures[i].name), 0, step, figures[i].name);
    assert_interval(low->macro.f1, high->macro.f1, json_object_get(intervals, "macro"), 3, step,
                    "macro F1");
    assert_interval(low->weighted.precision, high->weighted.precision,
                    json_object_get(intervals, "weighted"), 0, step, "weighted precision");
    for (size_t k = 0; k < VULTUS_RANKS; k++)
        assert_interval(low->cmc[k], high->cmc[k], json_object_get(intervals, "cmc"), k, step,
                        "CMC");
    for (size_t k = 0; k < VULTUS_FPIRS; k++)
        assert_interval(low->dir_at_fpir[k], high->dir_at_fpir[k],
                        json_object_get(intervals, "dir_at_fpir"), k, step, "DIR");
    for (size_t k = 0; k < VULTUS_FARS; k++)
        assert_interval(low->tar_at_far[k], high->tar_at_far[k],
                        json_object_get(intervals, "tar_at_far"), k, step, "TAR");
}

static void identification_as_scikit_learn_has_it(void **state)
{
    (void)state;
    struct scene scene;
    vultus_identification_report report;
    vultus_error error = {0};
    const vultus_bootstrap bootstrap = {.resamples = 1000, .seed = 3};
    set_scene(&scene);
    assert_ok(vultus_evaluate_identification(&scene.trials, &bootstrap, &report, &error), &error);
    compare_figures(&report.value, json_object_get(scene.expected, "figures"));
    compare_classes(&report, scene.expected);
    assert_int_equal(report.drawn, json_integer_value(json_object_get(scene.expected, "units")));
    compare_intervals(&report, json_object_get(scene.expected, "intervals"));
    vultus_identification_report_clear(&report);
    clear_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_as_scikit_learn_has_them),
        cmocka_unit_test(trials_as_numpy_ranks),
        cmocka_unit_test(identification_as_scikit_learn_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
