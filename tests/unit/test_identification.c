/*
 * Looking up probes and the figures of it, beside answers by hand; what is refused, and memory that runs out.
 * Numbers of scikit-learn are in test_metrics_golden.c.
 */
#include "base/memory.h"
#include "trials_made_up.h"

#define ROOT_HALF 0.70710678f

/* ------------------------------------------------------------------ by hand */

static void trials_by_hand(void **state)
{
    (void)state;
    vultus_trials_request request = request_of(0.7f);
    vultus_trials trials = run(&request);
    const vultus_trial *t = trials.items;
    assert_true(trials.count == 6 && trials.people == 3 && trials.enrolled == 2);
    assert_true(!trials.distances && trials.metric == VULTUS_METRIC_COSINE);
    assert_true(t[0].row == 3 && t[0].mated && t[0].match && t[0].best == 0 && t[0].second == 1);
    assert_true(t[0].rank == 1 && t[0].own_match && t[0].best_row == 0 && t[0].own_row == 0 &&
                !t[0].copy);
    assert_true(t[0].cosine == 0.8f && t[0].margin == 0.8f && t[0].own_score == 0.8f);
    assert_true(t[1].match && t[1].best == 1 && t[1].best_row == 1 &&
                t[1].copy); /* the first of two */
    assert_true(t[2].mated && !t[2].match && t[2].best == 0 && t[2].rank == 2 && !t[2].own_match);
    assert_true(t[2].own_score == 0 && t[2].own_row == 1);
    assert_true(!t[3].mated && !t[3].match && t[3].rank == 0 && t[3].best == 0 && t[3].person == 2);
    assert_true(isnan(t[3].own_score) && t[3].own_row == VULTUS_NOBODY);
    assert_true(!t[4].mated && t[4].match && t[4].best == 1 && t[4].person == VULTUS_NOBODY);
    assert_true(t[5].best == 0 && t[5].second == 1 && t[5].rank == 2 && t[5].margin == 0);
    vultus_trials_clear(&trials);
    vultus_trials_clear(&trials);
    vultus_trials_clear(NULL);
}

static void figures_by_hand(void **state)
{
    (void)state;
    vultus_trials_request request = request_of(0.7f);
    vultus_trials trials = run(&request);
    vultus_identification_report r = evaluate(&trials, 0);
    assert_true(r.probes == 6 && r.mated == 4 && r.strangers == 2 && r.enrolled == 2);
    assert_true(r.copies == 1 && r.same == 4 && r.different == 8 && r.drawn == 0);
    /* right: Ada, Bob, and Eve who is unknown; missed: two of Bob; misnamed: nobody known as Bob */
    assert_near(r.value.accuracy, 3.0 / 6);
    assert_near(r.value.names_precision, 2.0 / 3);
    assert_near(r.value.names_recall, 2.0 / 4);
    assert_near(r.value.fnir, 0.5);
    assert_near(r.value.fpir, 0.5);
    assert_near(r.value.cmc[0], 0.5);
    assert_near(r.value.cmc[1], 1);
    assert_near(r.value.cmc[VULTUS_RANKS - 1], 1);
    assert_true(isnan(r.value.dir_at_fpir[0]) && isnan(r.value.tar_at_far[0]));
    /* Ada 1 of 1, answered once; Bob 1 of 3, answered twice; unknown 1 of 2, answered three times */
    assert_true(r.class_count == 3 && r.classes[1].person == 1 &&
                r.classes[2].person == VULTUS_NOBODY);
    assert_near(r.classes[1].rates.precision, 0.5);
    assert_near(r.classes[1].rates.recall, 1.0 / 3);
    assert_near(r.classes[1].rates.specificity, 2.0 / 3);
    assert_near(r.classes[1].rates.f1, 0.4);
    assert_near(r.value.macro.recall, (1 + 1.0 / 3 + 0.5) / 3);
    assert_near(r.value.weighted.recall, 0.5);
    assert_near(r.value.micro.f1, 0.5);
    assert_int_equal(r.confusion_count, 5);
    /* same .8 1 0 .6; different 0 0 .6 0 0 0 .8 .6: in order 7.5 + 8 + 2.5 + 6 of 32 */
    assert_near(r.value.auc, 24.0 / 32);
    assert_near(r.far_at_threshold, 1.0 / 8);
    assert_near(r.frr_at_threshold, 2.0 / 4);
    assert_true(isnan(r.low.accuracy) && isnan(r.high.accuracy));
    vultus_identification_report_clear(&r);
    vultus_identification_report_clear(&r);
    vultus_identification_report_clear(NULL);
    vultus_trials_clear(&trials);
}

/* One person alone: there is no second, and the margin is against the least similarity. */
static void one_person(void **state)
{
    (void)state;
    vultus_trials_request request = request_of(0.7f);
    request.known_count = 1;
    request.probe_count = 1;
    vultus_trials trials = run(&request);
    assert_true(trials.items[0].second == VULTUS_NOBODY && trials.items[0].margin == 1.8f);
    vultus_identification_report r = evaluate(&trials, 100);
    assert_near(r.value.accuracy, 1);
    assert_near(r.value.macro.precision, 1);
    assert_true(isnan(r.value.macro.specificity) && isnan(r.value.auc) && isnan(r.value.fpir));
    assert_true(r.roc_count == 0 && r.open_count == 0 && r.class_count == 1);
    assert_true(isnan(r.low.accuracy)); /* one unit cannot be drawn anew */
    vultus_identification_report_clear(&r);
    vultus_trials_clear(&trials);
}

static void only_strangers(void **state)
{
    (void)state;
    const uint32_t strangers[] = {6, 7};
    vultus_trials_request request = request_of(0.7f);
    request.probes = strangers;
    request.probe_count = 2;
    vultus_trials trials = run(&request);
    vultus_identification_report r = evaluate(&trials, 100);
    assert_near(r.value.fpir, 0.5);
    assert_near(r.value.accuracy, 0.5);
    assert_true(isnan(r.value.fnir) && isnan(r.value.cmc[0]) && isnan(r.value.eer));
    assert_true(r.same == 0 && r.different == 4 && r.drawn == 2);
    assert_near(r.low.fpir, 0);
    assert_near(r.high.fpir, 1);
    assert_true(isnan(r.low.fnir));
    vultus_identification_report_clear(&r);
    vultus_trials_clear(&trials);
}

/* Raw embeddings rank by distance, and equally near ones by their numbers. */
static void distances(void **state)
{
    (void)state;
    const float raw[][2] = {{2, 0}, {0, 2}, {1, 1}, {0, 3}};
    const uint32_t person[] = {0, 1, 1, 0};
    const uint32_t enrolled[] = {0, 1}, looked_up[] = {2, 3};
    const vultus_labelled long_set = {.embeddings = raw[0],
                                      .count = 4,
                                      .dimension = 2,
                                      .person = person,
                                      .people = 2,
                                      .metric = VULTUS_METRIC_EUCLIDEAN,
                                      .raw = true};
    const vultus_trials_request request = {.set = &long_set,
                                           .known = enrolled,
                                           .known_count = 2,
                                           .probes = looked_up,
                                           .probe_count = 2,
                                           .decision = {.threshold = 1.5f, .has_threshold = true}};
    vultus_trials trials = run(&request);
    assert_true(trials.distances && trials.items[0].best == 0 && trials.items[0].rank == 2);
    assert_true(trials.items[0].match && fabsf(trials.items[0].distance - 2 * ROOT_HALF) < 1e-6f);
    assert_true(trials.items[1].best == 1 && trials.items[1].score == -1 && trials.items[1].match);
    vultus_trials_clear(&trials);
}

/* ------------------------------------------------------------------ pairs */

static void people_of_pairs_are_drawn(void **state)
{
    (void)state;
    enum { COUNT = 40 };
    float similarity[COUNT];
    bool same[COUNT];
    uint32_t a[COUNT], b[COUNT];
    vultus_error error = {0};
    vultus_report people_drawn, pairs_drawn, none;
    for (unsigned i = 0; i < COUNT; i++) {
        same[i] = i % 2;
        similarity[i] = (float)(i * 7 % COUNT) / COUNT + (same[i] ? 0.3f : 0);
        a[i] = i % 10 * 100; /* numbers may have gaps */
        b[i] = same[i] ? a[i] : (i + 1) % 10 * 100;
    }
    vultus_scores input = {.similarity = similarity,
                           .same = same,
                           .count = COUNT,
                           .folds = 2,
                           .threshold = 0.5f,
                           .person_a = a,
                           .person_b = b,
                           .bootstrap = {.resamples = 300, .seed = 1}};
    assert_ok(vultus_evaluate(&input, &people_drawn, &error), &error);
    assert_int_equal(people_drawn.people, 10);
    assert_true(people_drawn.low.auc < people_drawn.auc &&
                people_drawn.auc < people_drawn.high.auc);
    a[3] = VULTUS_NOBODY;
    assert_ok(vultus_evaluate(&input, &pairs_drawn, &error), &error);
    assert_int_equal(pairs_drawn.people, 0);
    assert_true(pairs_drawn.auc == people_drawn.auc && pairs_drawn.low.auc != people_drawn.low.auc);
    input.bootstrap.resamples = 0;
    assert_ok(vultus_evaluate(&input, &none, &error), &error);
    assert_true(isnan(none.low.auc) && isnan(none.high.accuracy) && !none.roc);
    input.bootstrap = (vultus_bootstrap){.resamples = 10, .confidence = 1.5};
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate(&input, &none, &error), &error,
                 "between 0 and 1");
    input.bootstrap = (vultus_bootstrap){.resamples = VULTUS_RESAMPLES_MAX + 1};
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate(&input, &none, &error), &error, "resamples");
    a[3] = 4000000000u;
    input.bootstrap.resamples = 10;
    assert_error(VULTUS_ERR_LIMIT, vultus_evaluate(&input, &none, &error), &error, "people");
}

/* ------------------------------------------------------------------ what goes wrong */

static void bad_requests_are_refused(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_trials trials, kept;
    memset(&trials, 0x55, sizeof trials);
    memset(&kept, 0x55, sizeof kept);
    vultus_trials_request request = request_of(0.5f);
    request.known_count = 0;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_trials_run(&request, &trials, &error), &error,
                 "nobody is enrolled");
    request = request_of(0.5f);
    request.probe_count = 0;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_trials_run(&request, &trials, &error), &error,
                 "no face to look up");
    request = request_of(0.5f);
    request.decision.has_threshold = false;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_trials_run(&request, &trials, &error), &error,
                 "threshold");
    request = request_of(0.5f);
    request.known = (const uint32_t[]){0, 7, 2};
    assert_error(VULTUS_ERR_ARGUMENT, vultus_trials_run(&request, &trials, &error), &error,
                 "has no person");
    request.known = (const uint32_t[]){0, 99, 2};
    assert_error(VULTUS_ERR_ARGUMENT, vultus_trials_run(&request, &trials, &error), &error,
                 "no row 99");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_trials_run(NULL, &trials, &error), &error,
                 "no embeddings");
    float odd[9][4];
    memcpy(odd, rows, sizeof odd);
    odd[5][1] = NAN;
    vultus_labelled odd_set = set;
    odd_set.embeddings = odd[0];
    request = request_of(0.5f);
    request.set = &odd_set;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_trials_run(&request, &trials, &error), &error,
                 "not numbers");
    assert_memory_equal(&trials, &kept, sizeof trials);
}

static bool stop(void *context, size_t done, size_t all)
{
    size_t *calls = context;
    assert_true(done <= all);
    ++*calls;
    return false;
}

static void the_caller_may_stop(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_trials trials;
    size_t calls = 0;
    vultus_trials_request request = request_of(0.5f);
    request.progress = stop;
    request.context = &calls;
    assert_error(VULTUS_ERR_CANCELLED, vultus_trials_run(&request, &trials, &error), &error, "");
    assert_int_equal(calls, 1);
}

static void bad_trials_are_refused(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_identification_report report;
    vultus_trial good = {
        .person = 0, .mated = true, .match = true, .best = 0, .rank = 1, .score = 1};
    vultus_trial trial = good;
    vultus_trials trials = {.items = &trial, .count = 1, .people = 1, .enrolled = 1};
    assert_ok(vultus_evaluate_identification(&trials, NULL, &report, &error), &error);
    assert_true(report.value.accuracy == 1 && isnan(report.value.auc)); /* no tally */
    vultus_identification_report_clear(&report);
    trial.score = NAN;
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_evaluate_identification(&trials, NULL, &report, &error), &error,
                 "not a number");
    trial = good;
    trial.best = 1;
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_evaluate_identification(&trials, NULL, &report, &error), &error,
                 "none of the 1");
    trial = good;
    trial.rank = 0;
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_evaluate_identification(&trials, NULL, &report, &error), &error, "no rank");
    trials.count = 0;
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_evaluate_identification(&trials, NULL, &report, &error), &error,
                 "no trials");
}

static void memory_runs_out(void **state)
{
    (void)state;
    vultus_error error = {0};
    const vultus_bootstrap bootstrap = {.resamples = 20};
    vultus_trials_request request = request_of(0.7f);
    const float similarity[] = {0.9f, 0.1f, 0.8f, 0.2f};
    const bool same[] = {true, false, true, false};
    const uint32_t a[] = {0, 1, 2, 3}, b[] = {0, 2, 2, 1};
    const vultus_scores scores = {.similarity = similarity,
                                  .same = same,
                                  .count = 4,
                                  .folds = 2,
                                  .person_a = a,
                                  .person_b = b,
                                  .bootstrap = bootstrap,
                                  .curve = true};
    long before = mem_live();
    bool failed = true;
    for (long n = 1; failed; n++) {
        vultus_trials trials = {0};
        vultus_identification_report report = {0};
        vultus_report pairs = {0};
        mem_fail_after(n, true);
        vultus_status status = vultus_trials_run(&request, &trials, &error);
        if (!status)
            status = vultus_evaluate_identification(&trials, &bootstrap, &report, &error);
        if (!status)
            status = vultus_evaluate(&scores, &pairs, &error);
        failed = mem_failed();
        mem_fail_after(0, false);
        /* a curve that could not be made smaller is none the worse */
        assert_true(!status || status == VULTUS_ERR_MEMORY);
        assert_true(failed || !status);
        vultus_identification_report_clear(&report);
        vultus_trials_clear(&trials);
        vultus_report_clear(&pairs);
        assert_int_equal(mem_live(), before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trials_by_hand),
        cmocka_unit_test(figures_by_hand),
        cmocka_unit_test(one_person),
        cmocka_unit_test(only_strangers),
        cmocka_unit_test(distances),
        cmocka_unit_test(people_of_pairs_are_drawn),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(the_caller_may_stop),
        cmocka_unit_test(bad_trials_are_refused),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
