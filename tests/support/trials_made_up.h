/* A few faces whose similarities are known, and what the tests of looking them up share. */
#ifndef TEST_TRIALS_MADE_UP_H
#define TEST_TRIALS_MADE_UP_H

#include "support.h"

#include <math.h>

#define CLOSE 1e-12

/* Ada is 0, Bob 1, Eve 2; four numbers each. */
static const float rows[][4] = {
    {1, 0, 0, 0},                  /* 0 Ada, enrolled */
    {0, 1, 0, 0},                  /* 1 Bob, enrolled */
    {0, 1, 0, 0},                  /* 2 Bob, enrolled: the same face again */
    {0.8f, 0, 0, 0.6f},            /* 3 Ada */
    {0, 1, 0, 0},                  /* 4 Bob: on both sides */
    {0.6f, 0, 0, 0.8f},            /* 5 Bob, who looks like Ada */
    {0, 0, 1, 0},                  /* 6 Eve, a stranger */
    {0, 0.8f, 0.6f, 0},            /* 7 nobody known, like Bob */
    {0.6f, 0.6f, 0, -0.52915026f}, /* 8 Bob, as like Ada as Bob */
};
static const uint32_t people[] = {0, 1, 1, 0, 1, 1, 2, VULTUS_NOBODY, 1};
static const uint32_t known[] = {0, 1, 2};
static const uint32_t probes[] = {3, 4, 5, 6, 7, 8};

static const vultus_labelled set = {.embeddings = rows[0],
                                    .count = sizeof rows / sizeof *rows,
                                    .dimension = 4,
                                    .person = people,
                                    .people = 3,
                                    .metric = VULTUS_METRIC_COSINE};

static inline vultus_trials_request request_of(float threshold)
{
    return (vultus_trials_request){.set = &set,
                                   .known = known,
                                   .known_count = 3,
                                   .probes = probes,
                                   .probe_count = 6,
                                   .decision = {.threshold = threshold, .has_threshold = true},
                                   .threads = 2};
}

static inline vultus_trials run(const vultus_trials_request *request)
{
    vultus_error error = {0};
    vultus_trials trials;
    memset(&trials, 0x55, sizeof trials);
    assert_ok(vultus_trials_run(request, &trials, &error), &error);
    return trials;
}

static inline vultus_identification_report evaluate(const vultus_trials *trials, unsigned resamples)
{
    vultus_error error = {0};
    vultus_identification_report report;
    const vultus_bootstrap bootstrap = {.resamples = resamples, .seed = 5};
    memset(&report, 0x55, sizeof report);
    assert_ok(vultus_evaluate_identification(trials, &bootstrap, &report, &error), &error);
    return report;
}

static inline void assert_near(double a, double b)
{
    if (isnan(a) != isnan(b) || fabs(a - b) > CLOSE)
        fail_msg("%.15g, expected %.15g", a, b);
}

#endif
