/*
 * Looking up probes and the figures of it, beside answers by hand, beside the gallery's own search, and
 * beside all comparisons written out. Numbers of scikit-learn are in test_metrics_golden.c.
 */
#include "base/memory.h"
#include "base/random.h"
#include "decide/roc.h"
#include "decide/tally.h"
#include "gallery/search.h"
#include "support.h"

#include <math.h>

#define CLOSE 1e-12
#define ROOT_HALF 0.70710678f

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

static vultus_trials_request request_of(float threshold)
{
    return (vultus_trials_request){.set = &set,
                                   .known = known,
                                   .known_count = 3,
                                   .probes = probes,
                                   .probe_count = 6,
                                   .decision = {.threshold = threshold, .has_threshold = true},
                                   .threads = 2};
}

static vultus_trials run(const vultus_trials_request *request)
{
    vultus_error error = {0};
    vultus_trials trials;
    memset(&trials, 0x55, sizeof trials);
    assert_ok(vultus_trials_run(request, &trials, &error), &error);
    return trials;
}

static vultus_identification_report evaluate(const vultus_trials *trials, unsigned resamples)
{
    vultus_error error = {0};
    vultus_identification_report report;
    const vultus_bootstrap bootstrap = {.resamples = resamples, .seed = 5};
    memset(&report, 0x55, sizeof report);
    assert_ok(vultus_evaluate_identification(trials, &bootstrap, &report, &error), &error);
    return report;
}

static void assert_near(double a, double b)
{
    if (isnan(a) != isnan(b) || fabs(a - b) > CLOSE)
        fail_msg("%.15g, expected %.15g", a, b);
}

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
    assert_true(t[0].similarity == 0.8f && t[0].margin == 0.8f && t[0].own_score == 0.8f);
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

/* ------------------------------------------------------------------ beside others */

enum { ROWS = 400, DIMENSION = 16, PEOPLE = 60 };

struct crowd {
    float embeddings[ROWS][DIMENSION]; /* of +-0.25, so cosines are exact and often equal */
    uint32_t person[ROWS], known[ROWS], probes[ROWS];
    vultus_labelled set;
    vultus_trials_request request;
};

static void fill_crowd(struct crowd *crowd, uint64_t seed)
{
    struct random random;
    random_seed(&random, seed);
    *crowd = (struct crowd){.set = {.embeddings = crowd->embeddings[0],
                                    .count = ROWS,
                                    .dimension = DIMENSION,
                                    .person = crowd->person,
                                    .people = PEOPLE,
                                    .metric = VULTUS_METRIC_COSINE}};
    crowd->request = (vultus_trials_request){.set = &crowd->set,
                                             .known = crowd->known,
                                             .probes = crowd->probes,
                                             .decision = {.threshold = 0.5f, .has_threshold = true},
                                             .threads = 3};
    for (uint32_t i = 0; i < ROWS; i++) {
        uint64_t bits = (i % PEOPLE) * UINT64_C(0x9e3779b97f4a7c15) >> 40;
        for (size_t k = 0; k < DIMENSION; k++) {
            bool flip = random_below(&random, 8) == 0;
            crowd->embeddings[i][k] = (bits >> k & 1) ^ flip ? 0.25f : -0.25f;
        }
        crowd->person[i] = i % PEOPLE;
        if (i % PEOPLE < 45 && i < 2 * PEOPLE)
            crowd->known[crowd->request.known_count++] = i;
        else
            crowd->probes[crowd->request.probe_count++] = i;
    }
}

static struct search *gallery_of(const struct crowd *crowd)
{
    struct search *search = NULL;
    vultus_error error = {0};
    assert_ok(search_new(DIMENSION, false, &search, &error), &error);
    for (int64_t p = 0; p < PEOPLE; p++)
        assert_ok(search_add_person(search, p, "somebody", &error), &error);
    for (size_t i = 0; i < crowd->request.known_count; i++) {
        uint32_t row = crowd->known[i];
        assert_ok(search_add_face(search, row, crowd->person[row],
                                  (const uint8_t *)crowd->embeddings[row], &error),
                  &error);
    }
    return search;
}

static void as_a_gallery_searches(void **state)
{
    (void)state;
    static struct crowd crowd;
    fill_crowd(&crowd, 1);
    vultus_trials trials = run(&crowd.request);
    struct search *search = gallery_of(&crowd);
    struct search_hit hits[VULTUS_TOP_MAX];
    for (size_t i = 0; i < trials.count; i++) {
        const vultus_trial *trial = &trials.items[i];
        size_t count = search_nearest(search, crowd.embeddings[trial->row], VULTUS_METRIC_COSINE,
                                      hits, VULTUS_TOP_MAX);
        assert_int_equal(count, trials.enrolled);
        assert_true(hits[0].person == trial->best && hits[1].person == trial->second);
        assert_true(hits[0].face == trial->best_row && hits[0].score == trial->similarity);
        if (trial->mated)
            assert_true(hits[trial->rank - 1].person == trial->person &&
                        hits[trial->rank - 1].face == trial->own_row);
    }
    search_free(search);
    vultus_trials_clear(&trials);
}

/* Every comparison written out, and given to the evaluation of pairs. */
static void as_all_comparisons(void **state)
{
    (void)state;
    static struct crowd crowd;
    static float scores[ROWS * PEOPLE];
    static bool same[ROWS * PEOPLE];
    size_t count = 0;
    fill_crowd(&crowd, 2);
    for (size_t i = 0; i < crowd.request.probe_count; i++)
        for (uint32_t p = 0; p < 45; p++) {
            float best = -2;
            for (size_t k = 0; k < crowd.request.known_count; k++) {
                float dot = 0;
                for (size_t d = 0; d < DIMENSION; d++)
                    dot +=
                        crowd.embeddings[crowd.probes[i]][d] * crowd.embeddings[crowd.known[k]][d];
                if (crowd.person[crowd.known[k]] == p && dot > best)
                    best = dot;
            }
            same[count] = crowd.person[crowd.probes[i]] == p;
            scores[count++] = best;
        }
    const vultus_scores input = {.similarity = scores,
                                 .same = same,
                                 .count = count,
                                 .folds = 2,
                                 .threshold = 0.5f,
                                 .curve = true};
    vultus_error error = {0};
    vultus_report pairs;
    assert_ok(vultus_evaluate(&input, &pairs, &error), &error);
    vultus_trials trials = run(&crowd.request);
    vultus_identification_report r = evaluate(&trials, 0);
    assert_true(r.same == pairs.same && r.different == pairs.different);
    assert_near(r.value.auc, pairs.auc);
    assert_near(r.value.eer, pairs.eer);
    assert_near(r.far_at_threshold, pairs.far_at_threshold);
    assert_near(r.frr_at_threshold, pairs.frr_at_threshold);
    for (size_t k = 0; k < VULTUS_FARS; k++) {
        assert_near(r.value.tar_at_far[k], pairs.tar_at_far[k]);
        if (!isnan(pairs.tar_at_far[k]) && isfinite(pairs.threshold_at_far[k]))
            assert_near(r.threshold_at_far[k], pairs.threshold_at_far[k]);
    }
    assert_memory_equal(&r.histogram, &pairs.histogram, sizeof r.histogram);
    vultus_identification_report_clear(&r);
    vultus_report_clear(&pairs);
    vultus_trials_clear(&trials);
}

static void the_same_on_any_number_of_threads(void **state)
{
    (void)state;
    static struct crowd crowd;
    vultus_identification_report reports[2];
    fill_crowd(&crowd, 3);
    for (unsigned i = 0; i < 2; i++) {
        crowd.request.threads = 1 + 3 * i;
        vultus_trials trials = run(&crowd.request);
        reports[i] = evaluate(&trials, 200);
        vultus_trials_clear(&trials);
    }
    assert_memory_equal(&reports[0].value, &reports[1].value, sizeof reports[0].value);
    assert_memory_equal(&reports[0].low, &reports[1].low, sizeof reports[0].low);
    assert_memory_equal(&reports[0].high, &reports[1].high, sizeof reports[0].high);
    assert_true(reports[0].low.accuracy < reports[0].value.accuracy &&
                reports[0].value.accuracy < reports[0].high.accuracy);
    assert_int_equal(reports[0].drawn, PEOPLE);
    for (unsigned i = 0; i < 2; i++)
        vultus_identification_report_clear(&reports[i]);
}

/* More same scores than levels are kept for draws: totals stay, and the curve is off by a level at most. */
static void levels_that_are_left_out(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    vultus_trial *items = mem_zalloc(COUNT, sizeof *items);
    uint32_t *unit = mem_zalloc(COUNT, sizeof *unit);
    assert_true(items && unit);
    struct random random;
    random_seed(&random, 9);
    for (size_t i = 0; i < COUNT; i++) {
        unit[i] = i % 2;
        items[i] =
            (vultus_trial){.mated = true, .own_score = (float)random_normal(&random) / 9 + 0.4f};
    }
    const vultus_trials trials = {.items = items, .count = COUNT, .people = 2, .threshold = 0.5f};
    struct vultus_tally *tally = NULL;
    struct tally_part part;
    vultus_error error = {0};
    assert_ok(tally_new(&trials, 2, &tally, &error), &error);
    assert_true(tally->coarse_count == TALLY_LEVELS && tally->level_count > 4000);
    assert_ok(tally_part_init(tally, &part, &error), &error);
    for (size_t u = 0; u < 2; u++) {
        for (size_t i = 0; i < 100000; i++)
            tally_count(tally, &part, (float)random_normal(&random) / 9, false);
        assert_ok(tally_end_unit(tally, &part, u, &error), &error);
    }
    tally_add(tally, &part);
    tally_part_clear(&part);
    struct roc_step *exact = mem_array(2 * tally->level_count + 1, sizeof *exact);
    struct roc_step *drawn = mem_array(2 * tally->coarse_count + 1, sizeof *drawn);
    const uint32_t once[2] = {1, 1}, twice[2] = {0, 2};
    struct roc_figures all, one;
    assert_true(exact && drawn);
    tally_steps(tally, exact);
    roc_walk(exact, 2 * tally->level_count + 1, &all);
    tally_draw(tally, unit, COUNT, once, drawn);
    roc_walk(drawn, 2 * tally->coarse_count + 1, &one);
    assert_true(fabs(one.auc - all.auc) < 1e-4 && fabs(one.eer - all.eer) < 2e-3);
    for (size_t k = 0; k < VULTUS_FARS; k++)
        assert_true(fabs(one.tar[k] - all.tar[k]) < 2e-3);
    uint64_t same = 0, different = 0;
    tally_draw(tally, unit, COUNT, twice, drawn);
    for (size_t i = 0; i < 2 * tally->coarse_count + 1; i++) {
        same += drawn[i].same;
        different += drawn[i].different;
    }
    assert_true(same == COUNT && different == 200000);
    mem_free(exact);
    mem_free(drawn);
    tally_free(tally);
    mem_free(items);
    mem_free(unit);
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
        cmocka_unit_test(as_a_gallery_searches),
        cmocka_unit_test(as_all_comparisons),
        cmocka_unit_test(the_same_on_any_number_of_threads),
        cmocka_unit_test(levels_that_are_left_out),
        cmocka_unit_test(people_of_pairs_are_drawn),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(the_caller_may_stop),
        cmocka_unit_test(bad_trials_are_refused),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
