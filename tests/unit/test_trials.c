/*
 * Looking up many probes: beside the gallery's own search, beside all comparisons written out, and what is
 * kept of them for draws.
 */
#include "base/memory.h"
#include "base/random.h"
#include "decide/roc.h"
#include "decide/tally.h"
#include "gallery/search.h"
#include "trials_made_up.h"

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
        assert_true(hits[0].face == trial->best_row && hits[0].score == trial->cosine);
        if (trial->mated)
            assert_true(hits[trial->rank - 1].person == trial->person &&
                        hits[trial->rank - 1].face == trial->own_row);
    }
    search_free(search);
    vultus_trials_clear(&trials);
}

/* Means and sets of a person's faces are those of a gallery. */
static void templates_are_those_of_a_gallery(void **state)
{
    (void)state;
    static struct crowd crowd;
    fill_crowd(&crowd, 3);
    crowd.request.known_count = crowd.request.probe_count = 0;
    for (uint32_t i = 0; i < ROWS; i++)
        if (i % PEOPLE < 45 && i < 5 * PEOPLE)
            crowd.known[crowd.request.known_count++] = i;
        else
            crowd.probes[crowd.request.probe_count++] = i;
    struct search *search = gallery_of(&crowd);
    for (int t = VULTUS_TEMPLATE_BEST; t <= VULTUS_TEMPLATE_SET; t++) {
        size_t differ = 0;
        crowd.request.templates = (vultus_template)t;
        vultus_trials trials = run(&crowd.request);
        const struct search_way way = {.metric = VULTUS_METRIC_COSINE,
                                       .templates = (vultus_template)t};
        for (size_t i = 0; i < trials.count; i++) {
            const vultus_trial *trial = &trials.items[i];
            const float *probe = crowd.embeddings[trial->row];
            struct search_hit hits[2];
            size_t count = 0;
            vultus_error error = {0};
            assert_ok(search_nearest_by(search, probe, &way, hits, 2, &count, &error), &error);
            assert_int_equal(count, 2);
            assert_true(fabsf(hits[0].score - trial->cosine) < 1e-6f);
            assert_true(fabsf(hits[1].score - trial->second_cosine) < 1e-6f);
            differ += trial->best != (uint32_t)hits[0].person; /* of equally near ones */
        }
        assert_true(differ <= trials.count / 20);
        vultus_trials_clear(&trials);
    }
    search_free(search);
}

static void means_weigh_by_quality(void **state)
{
    (void)state;
    const float faces[][2] = {{1, 0}, {0, 1}, {0, 1}, {1, 0}, {-1, 0}};
    const float quality[] = {0.9f, 0.3f, 1, 0.5f, 0.5f};
    const uint32_t person[] = {0, 0, 0, 1, 1}, enrolled[] = {0, 1, 3, 4}, sought = 2;
    const vultus_labelled crowd = {.embeddings = faces[0],
                                   .count = 5,
                                   .dimension = 2,
                                   .person = person,
                                   .quality = quality,
                                   .people = 2,
                                   .metric = VULTUS_METRIC_COSINE};
    vultus_trials_request request = {.set = &crowd,
                                     .known = enrolled,
                                     .known_count = 4,
                                     .probes = &sought,
                                     .probe_count = 1,
                                     .templates = VULTUS_TEMPLATE_MEAN,
                                     .decision = {.threshold = 0.3f, .has_threshold = true}};
    vultus_trials trials = run(&request);
    assert_true(fabsf(trials.items[0].cosine - 0.3f / sqrtf(0.9f)) < 1e-6f);
    assert_int_equal(trials.items[0].best_row, 0);   /* the best face stands for the mean */
    assert_true(trials.items[0].second_cosine == 0); /* faces that cancel: the first of them */
    assert_true(trials.items[0].match);
    vultus_trials_clear(&trials);
    request.templates = (vultus_template)3;
    vultus_error error = {0};
    assert_error(VULTUS_ERR_ARGUMENT, vultus_trials_run(&request, &trials, &error), &error,
                 "no template");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_a_gallery_searches),
        cmocka_unit_test(templates_are_those_of_a_gallery),
        cmocka_unit_test(means_weigh_by_quality),
        cmocka_unit_test(as_all_comparisons),
        cmocka_unit_test(the_same_on_any_number_of_threads),
        cmocka_unit_test(levels_that_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
