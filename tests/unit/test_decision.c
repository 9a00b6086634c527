/* The rule that turns two embeddings, a metric and a threshold into yes or no. */
#include "decide/decision.h"
#include "support.h"

#include <math.h>

static void thresholds_come_from_caller_or_contract(void **state)
{
    (void)state;
    vultus_error error = {0};
    struct decision_rule rule;
    vultus_decision decision = {0};
    struct decision_own own = {
        .metric = VULTUS_METRIC_COSINE, .raw = false, .cosine = 0.4f, .euclidean = 1.1f};
    assert_ok(decision_resolve(NULL, &own, &rule, &error), &error);
    assert_true(rule.metric == VULTUS_METRIC_COSINE && rule.threshold == 0.4f);
    decision.metric = VULTUS_METRIC_EUCLIDEAN;
    decision.threshold = 9; /* without has_threshold it says nothing */
    assert_ok(decision_resolve(&decision, &own, &rule, &error), &error);
    assert_true(rule.metric == VULTUS_METRIC_EUCLIDEAN && rule.threshold == 1.1f);
    decision.has_threshold = true;
    decision.threshold = 0;
    assert_ok(decision_resolve(&decision, &own, &rule, &error), &error);
    assert_true(rule.threshold == 0);
    decision.threshold = NAN;
    assert_error(VULTUS_ERR_ARGUMENT, decision_resolve(&decision, &own, &rule, &error), &error,
                 "not a number");
    memset(&decision, 0, sizeof decision);
    memset(&decision.metric, 7, 1);
    assert_error(VULTUS_ERR_ARGUMENT, decision_resolve(&decision, &own, &rule, &error), &error,
                 "no metric");
}

static void both_metrics_measure(void **state)
{
    (void)state;
    float a[3] = {1, 0, 0}, b[3] = {0.6f, 0.8f, 0}, opposite[3] = {-1, 0, 0};
    struct decision_rule cosine = {.metric = VULTUS_METRIC_COSINE, .raw = false, .threshold = 0.6f};
    struct decision_rule euclidean = {
        .metric = VULTUS_METRIC_EUCLIDEAN, .raw = false, .threshold = 0.9f};
    vultus_comparison out;
    decision_compare(&cosine, a, b, 3, &out);
    assert_float_equal(out.cosine, 0.6f, 1e-7);
    assert_float_equal(out.distance, 0.4f, 1e-6);
    assert_true(out.match && out.threshold == 0.6f); /* on the threshold is a match */
    decision_compare(&euclidean, a, b, 3, &out);
    assert_float_equal(out.cosine, 0.6f, 1e-7);
    assert_float_equal(out.distance, sqrtf(0.8f), 1e-6);
    assert_true(out.match);
    decision_compare(&euclidean, a, opposite, 3, &out);
    assert_true(out.distance == 2 && out.cosine == -1 && !out.match);
    decision_compare(&cosine, a, opposite, 3, &out);
    assert_true(out.distance == 2 && !out.match);
    decision_compare(&euclidean, a, a, 3, &out);
    assert_true(out.distance == 0 && out.match);
    assert_true(decision_matches(&euclidean, 0, 0.9f) && !decision_matches(&euclidean, 1, 0.91f));
    assert_true(decision_matches(&cosine, 0.6f, 9) && !decision_matches(&cosine, 0.59f, 0));
}

static void raw_embeddings_keep_their_length(void **state)
{
    (void)state;
    vultus_error error = {0};
    float a[2] = {3, 0}, b[2] = {0, 4}, zero[2] = {0};
    struct decision_own own = {
        .metric = VULTUS_METRIC_EUCLIDEAN, .raw = true, .cosine = NAN, .euclidean = 5};
    struct decision_rule rule;
    vultus_comparison out;
    vultus_decision cosine = {.metric = VULTUS_METRIC_COSINE};
    assert_ok(decision_resolve(NULL, &own, &rule, &error), &error);
    assert_true(rule.metric == VULTUS_METRIC_EUCLIDEAN && rule.raw && rule.threshold == 5);
    decision_compare(&rule, a, b, 2, &out);
    assert_true(out.distance == 5 && out.cosine == 0 && out.match &&
                out.metric == VULTUS_METRIC_EUCLIDEAN);
    decision_compare(&rule, a, a, 2, &out);
    assert_true(out.distance == 0 && out.cosine == 1);
    /* no threshold can be made of another metric's */
    assert_error(VULTUS_ERR_ARGUMENT, decision_resolve(&cosine, &own, &rule, &error), &error,
                 "no threshold for the cosine");
    cosine.has_threshold = true;
    assert_ok(decision_resolve(&cosine, &own, &rule, &error), &error);
    decision_compare(&rule, a, b, 2, &out);
    assert_true(out.distance == 1 && out.cosine == 0);
    assert_ok(decision_check(a, 2, true, "it", &error), &error);
    assert_error(VULTUS_ERR_ARGUMENT, decision_check(zero, 2, true, "it", &error), &error,
                 "length 0");
}

/* Rounding must not lead out of -1..1. */
static void similarity_has_limits(void **state)
{
    (void)state;
    float a[3] = {0.57745f, 0.57745f,
                  0.57745f}; /* a little longer than 1, as rounding may leave it */
    struct decision_rule rule = {.metric = VULTUS_METRIC_COSINE, .raw = false, .threshold = 0};
    vultus_comparison out;
    decision_compare(&rule, a, a, 3, &out);
    assert_true(out.cosine == 1 && out.distance == 0);
}

/* Unit vectors: a cosine and its Euclidean distance decide alike. */
static void thresholds_convert(void **state)
{
    (void)state;
    assert_true(decision_euclidean(1) == 0 && decision_euclidean(-1) == 2 &&
                decision_euclidean(2) == 0);
    for (float t = -0.95f; t < 1; t += 0.05f) {
        struct decision_rule rule = {
            .metric = VULTUS_METRIC_EUCLIDEAN, .raw = false, .threshold = decision_euclidean(t)};
        for (float angle = 0; angle < 3.14f; angle += 0.01f) {
            float a[2] = {1, 0}, b[2] = {cosf(angle), sinf(angle)};
            vultus_comparison out;
            decision_compare(&rule, a, b, 2, &out);
            if (fabsf(b[0] - t) > 1e-5f)
                assert_int_equal(out.match, b[0] >= t);
        }
    }
}

static void bad_embeddings_are_named(void **state)
{
    (void)state;
    vultus_error error = {0};
    float good[2] = {0.6f, 0.8f}, nan[2] = {NAN, 0}, infinite[2] = {INFINITY, 0},
          huge[2] = {1e30f, 0};
    float longer[2] = {3, 4}, zero[2] = {0};
    assert_ok(decision_check(good, 2, false, "the probe", &error), &error);
    assert_error(VULTUS_ERR_ARGUMENT, decision_check(NULL, 2, false, "the probe", &error), &error,
                 "the probe is missing");
    assert_error(VULTUS_ERR_ARGUMENT, decision_check(good, 0, false, "the probe", &error), &error,
                 "missing");
    assert_error(VULTUS_ERR_ARGUMENT, decision_check(nan, 2, false, "the probe", &error), &error,
                 "not numbers");
    assert_error(VULTUS_ERR_ARGUMENT, decision_check(infinite, 2, false, "it", &error), &error,
                 "not numbers");
    assert_error(VULTUS_ERR_ARGUMENT, decision_check(huge, 2, false, "it", &error), &error,
                 "not numbers");
    assert_error(VULTUS_ERR_ARGUMENT, decision_check(longer, 2, false, "it", &error), &error,
                 "length 5, not 1");
    assert_error(VULTUS_ERR_ARGUMENT, decision_check(zero, 2, false, "it", &error), &error,
                 "length 0");
}

static void what_is_not_live_is_nobody(void **state)
{
    const float a[3] = {1, 0, 0};
    struct decision_rule rule = {
        .metric = VULTUS_METRIC_COSINE, .threshold = 0.6f, .min_live = 0.8f};
    const struct decision_own own = {
        .metric = VULTUS_METRIC_COSINE, .cosine = 0.4f, .euclidean = 1.1f};
    const float scores[] = {0, 0.79f, NAN};
    vultus_decision decision = {.min_live = 1.1f};
    vultus_comparison out;
    vultus_error error = {0};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        rule.live = scores[i];
        decision_compare(&rule, a, a, 3, &out);
        assert_false(out.match);
        assert_int_equal(out.why, VULTUS_WHY_NOT_LIVE);
        assert_string_equal(vultus_why_text(out.why), "not live");
    }
    rule.live = 0.8f;
    decision_compare(&rule, a, a, 3, &out);
    assert_true(out.match);
    assert_error(VULTUS_ERR_ARGUMENT, decision_resolve(&decision, &own, &rule, &error), &error,
                 "the least liveness is between 0 and 1");
    decision.min_live = NAN;
    assert_error(VULTUS_ERR_ARGUMENT, decision_resolve(&decision, &own, &rule, &error), &error,
                 "the least liveness is between 0 and 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_live_is_nobody),
        cmocka_unit_test(thresholds_come_from_caller_or_contract),
        cmocka_unit_test(both_metrics_measure),
        cmocka_unit_test(raw_embeddings_keep_their_length),
        cmocka_unit_test(similarity_has_limits),
        cmocka_unit_test(thresholds_convert),
        cmocka_unit_test(bad_embeddings_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
