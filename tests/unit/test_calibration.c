/*
 * Calibrations of made-up people: the rates that are asked for come true on people that were not fitted, for
 * comparisons and for galleries; every answer is monotone and finite; and files come back as they were.
 */
#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "decide/decision.h"
#include "engine/calibrated.h"
#include "support.h"

#include <math.h>

enum { DIMENSION = 24, PEOPLE = 800, FITTED = 400, FACES = 2 };

static float vectors[PEOPLE * FACES][DIMENSION];
static uint32_t persons[PEOPLE * FACES];
static vultus_calibration *fitted;

static void make_unit(float *vector)
{
    double length = 0;
    for (int i = 0; i < DIMENSION; i++)
        length += (double)vector[i] * (double)vector[i];
    for (int i = 0; i < DIMENSION; i++)
        vector[i] = (float)((double)vector[i] / sqrt(length));
}

/* People who are not all alike: some have more of what all have in common, as wolves do. */
static void make_people(struct random *random)
{
    float common[DIMENSION];
    for (int i = 0; i < DIMENSION; i++)
        common[i] = (float)random_normal(random);
    for (int p = 0; p < PEOPLE; p++) {
        float self[DIMENSION], part = 0.5f * (float)random_real(random);
        for (int i = 0; i < DIMENSION; i++)
            self[i] = (float)random_normal(random) + part * common[i];
        for (int f = 0; f < FACES; f++) {
            float *face = vectors[p * FACES + f];
            for (int i = 0; i < DIMENSION; i++)
                face[i] = self[i] + 0.4f * (float)random_normal(random);
            make_unit(face);
            persons[p * FACES + f] = (uint32_t)p;
        }
    }
}

static vultus_labelled set_of(size_t people)
{
    return (vultus_labelled){.embeddings = vectors[0],
                             .count = people * FACES,
                             .dimension = DIMENSION,
                             .person = persons,
                             .people = people,
                             .metric = VULTUS_METRIC_COSINE,
                             .embedder = "made-up@1"};
}

static int fit_once(void **state)
{
    (void)state;
    struct random random;
    vultus_error error = {0};
    random_seed(&random, 7);
    make_people(&random);
    vultus_labelled set = set_of(FITTED);
    const vultus_calibration_options options = {.data = "made-up people"};
    assert_ok(vultus_calibration_fit(&set, &options, &fitted, &error), &error);
    return 0;
}

static int forget(void **state)
{
    (void)state;
    vultus_calibration_free(fitted);
    return 0;
}

static float cosine(size_t a, size_t b)
{
    return decision_score(vectors[a], vectors[b], DIMENSION, VULTUS_METRIC_COSINE, false);
}

static void assert_within(double value, double asked, double factor)
{
    if (!(value <= asked * factor && value >= asked / factor))
        fail_msg("%g came true where %g was asked for", value, asked);
}

static void asked_rates_come_true(void **state)
{
    (void)state;
    const double rates[] = {1e-1, 1e-2, 1e-3};
    for (size_t r = 0; r < 3; r++) {
        double threshold = vultus_calibration_threshold(fitted, rates[r], 0, 0);
        size_t hits = 0, count = 0;
        for (size_t i = FITTED * FACES; i < (size_t)PEOPLE * FACES; i++)
            for (size_t k = FITTED * FACES; k < i; k++) {
                if (persons[i] == persons[k])
                    continue;
                hits += (double)cosine(i, k) >= threshold;
                count++;
            }
        assert_within((double)hits / (double)count, rates[r], 2);
    }
}

/* Strangers and people of the gallery are both new. */
static void galleries_name_as_many_strangers_as_asked(void **state)
{
    (void)state;
    const size_t sizes[] = {10, 100};
    const double rates[] = {1e-1, 1e-2};
    struct random random;
    random_seed(&random, 3);
    for (size_t g = 0; g < 2; g++)
        for (size_t r = 0; r + g < 2; r++) { /* 1e-2 of 100 needs more people than these */
            double threshold = vultus_calibration_threshold(fitted, rates[r], sizes[g], sizes[g]);
            size_t hits = 0, tries = 4000;
            for (size_t t = 0; t < tries; t++) {
                uint32_t order[PEOPLE - FITTED];
                for (uint32_t i = 0; i < PEOPLE - FITTED; i++)
                    order[i] = FITTED + i;
                random_shuffle(&random, order, PEOPLE - FITTED);
                bool hit = false;
                for (size_t i = 1; i <= sizes[g]; i++)
                    hit |= (double)cosine((size_t)order[0] * FACES, (size_t)order[i] * FACES + 1) >=
                           threshold;
                hits += hit;
            }
            assert_within((double)hits / (double)tries, rates[r], 2);
        }
}

static void answers_are_monotone_and_finite(void **state)
{
    (void)state;
    double similarity = -1, far = 2, gallery = 2, tar = 2;
    for (double score = -3; score <= 3; score += 0.01) {
        double s = vultus_calibration_similarity(fitted, score);
        double f = vultus_calibration_far(fitted, score, 0, 0);
        double g = vultus_calibration_far(fitted, score, 50, 120);
        double t = vultus_calibration_tar(fitted, score);
        assert_true(s >= similarity && f <= far && g <= gallery && t <= tar);
        assert_true(s >= 0 && s <= 1 && f >= 1e-12 && f <= 1 && g <= 1 && g >= f && t >= 0);
        similarity = s, far = f, gallery = g, tar = t;
    }
    assert_true(vultus_calibration_similarity(fitted, -3) < 0.01);
    assert_true(vultus_calibration_similarity(fitted, 3) > 0.99);
    assert_true(vultus_calibration_tar(fitted, -3) == 1 && vultus_calibration_tar(fitted, 3) == 0);
    assert_true(isnan(vultus_calibration_threshold(fitted, 0, 0, 0)) &&
                isnan(vultus_calibration_threshold(fitted, 1, 0, 0)));
}

static void thresholds_undo_rates(void **state)
{
    (void)state;
    double before = -INFINITY;
    for (double far = 0.9999; far > 2e-9; far *= 0.7) {
        double one = vultus_calibration_threshold(fitted, far, 0, 0);
        assert_true(one > before);
        before = one;
        if (!(fabs(log(vultus_calibration_far(fitted, one, 0, 0) / far)) < 1e-6))
            fail_msg("%g comes back as %g", far, vultus_calibration_far(fitted, one, 0, 0));
        for (size_t people = 1; people <= 100000 && far > 1e-4; people *= 10) {
            double many = vultus_calibration_threshold(fitted, far, people, 3 * people);
            double back = vultus_calibration_far(fitted, many, people, 3 * people);
            assert_true(many >= one - 1e-9);
            if (!(fabs(log(back / far)) < 1e-3))
                fail_msg("%g of %zu comes back as %g", far, people, back);
        }
    }
}

static void says_what_it_rests_on(void **state)
{
    (void)state;
    vultus_calibration_facts about = vultus_calibration_about(fitted);
    assert_string_equal(about.embedder, "made-up@1");
    assert_string_equal(about.data, "made-up people");
    assert_int_equal(about.people, FITTED);
    assert_int_equal(about.faces, FITTED * FACES);
    assert_int_equal(about.same_pairs, FITTED);
    assert_int_equal(about.different_pairs, FITTED * (FITTED - 1) / 2);
    assert_true(about.has_similarity && !about.by_distance);
    assert_float_equal(about.finest_far, 30.0 / (FITTED * (FITTED - 1) / 2), 1e-9);
    assert_false(
        vultus_calibration_extrapolates(fitted, vultus_calibration_threshold(fitted, 1e-2, 0, 0)));
    assert_true(
        vultus_calibration_extrapolates(fitted, vultus_calibration_threshold(fitted, 1e-4, 0, 0)));
}

static void pairs_alone_calibrate(void **state)
{
    (void)state;
    enum { COUNT = 600 };
    struct random random;
    float distance[COUNT];
    bool same[COUNT];
    vultus_calibration *made = NULL;
    vultus_error error = {0};
    random_seed(&random, 5);
    for (int i = 0; i < COUNT; i++) {
        same[i] = i % 3 == 0;
        distance[i] = (float)(random_normal(&random) * 0.1 + (same[i] ? 0.4 : 1.0));
    }
    vultus_calibration_scores scores = {distance, same, COUNT, "made-up@2", true};
    assert_ok(vultus_calibration_fit_scores(&scores, NULL, &made, &error), &error);
    /* of a normal distribution with mean 1 and deviation 0.1, for distances: below */
    assert_float_equal(vultus_calibration_threshold(made, 0.5, 0, 0), 1.0, 0.02);
    assert_float_equal(vultus_calibration_threshold(made, 1e-2, 0, 0), 1 - 0.2326, 0.03);
    /* two normal distributions of equal width: the logistic function is exact, its slope 0.6 / 0.01 */
    assert_float_equal(vultus_calibration_similarity(made, 0.7), 0.5, 0.1);
    assert_float_equal(vultus_calibration_tar(made, 0.4), 0.5, 0.1);
    assert_true(vultus_calibration_about(made).people == 0);
    vultus_calibration_free(made);
    scores.count = 120; /* 80 different ones */
    assert_error(VULTUS_ERR_ARGUMENT, vultus_calibration_fit_scores(&scores, NULL, &made, &error),
                 &error, "at least 100");
    distance[7] = NAN;
    scores.count = COUNT;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_calibration_fit_scores(&scores, NULL, &made, &error),
                 &error, "pair 7 is not a number");
}

static void one_face_of_each_takes_over_what_same_pairs_say(void **state)
{
    (void)state;
    vultus_labelled set = set_of(FITTED);
    uint32_t own[FITTED * FACES];
    vultus_calibration *made = NULL;
    vultus_error error = {0};
    for (uint32_t i = 0; i < FITTED * FACES; i++)
        own[i] = i % FACES ? VULTUS_NOBODY : i / FACES;
    set.person = own;
    assert_ok(vultus_calibration_fit(&set, NULL, &made, &error), &error);
    assert_false(vultus_calibration_about(made).has_similarity);
    assert_true(isnan(vultus_calibration_similarity(made, 0.5)));
    vultus_calibration_free(made);
    const vultus_calibration_options options = {.base = fitted};
    assert_ok(vultus_calibration_fit(&set, &options, &made, &error), &error);
    assert_true(vultus_calibration_similarity(made, 0.5) ==
                vultus_calibration_similarity(fitted, 0.5));
    vultus_calibration_free(made);
    set.people = 14; /* 91 pairs */
    set.count = 14 * FACES;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_calibration_fit(&set, NULL, &made, &error), &error,
                 "15 people");
    set.embedder = NULL;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_calibration_fit(&set, NULL, &made, &error), &error,
                 "its id is not known");
}

/* ------------------------------------------------------------------ files */

static struct buffer written(const char *path)
{
    struct buffer text;
    vultus_error error = {0};
    assert_ok(vultus_calibration_write(fitted, path, &error), &error);
    assert_ok(file_read(path, 1 << 20, &text, &error), &error);
    return text;
}

static void files_come_back(void **state)
{
    (void)state;
    const char *path = support_join(support_folder(), "calibration.json");
    const char *again = support_join(support_folder(), "again.json");
    vultus_calibration *read = NULL;
    vultus_error error = {0};
    struct buffer first = written(path), second;
    assert_ok(vultus_calibration_read(path, &read, &error), &error);
    assert_ok(vultus_calibration_write(read, again, &error), &error);
    assert_ok(file_read(again, 1 << 20, &second, &error), &error);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    for (double score = -1; score <= 1; score += 0.05)
        assert_float_equal(vultus_calibration_far(read, score, 20, 30),
                           vultus_calibration_far(fitted, score, 20, 30), 1e-6);
    vultus_calibration_free(read);
    buffer_clear(&first);
    buffer_clear(&second);
}

/* Replaces one text by another of the same length. */
static void assert_refused(const struct buffer *text, const char *from, const char *to,
                           const char *says)
{
    struct vultus_calibration *read = NULL;
    vultus_error error = {0};
    char *copy = mem_copy(text->data, text->size + 1);
    char *at = strstr(copy, from);
    assert_non_null(at);
    memcpy(at, to, strlen(to));
    assert_error(VULTUS_ERR_FORMAT, calibrated_parse(copy, text->size, "x.json", &read, &error),
                 &error, says);
    mem_free(copy);
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    struct buffer text = written(support_join(support_folder(), "damaged.json"));
    assert_refused(&text, "\"calibration\": 1", "\"calibration\": 2", "newer");
    assert_refused(&text, "\"calibration\": 1", "\"calibration\": 0", "is not 1");
    assert_refused(&text, "\"embedder\"", "\"embeddet\"", "embedder is missing");
    assert_refused(&text, "\"cosine\"", "\"sonice\"", "neither");
    assert_refused(&text, "\"different\": [", "\"different\": 1[", "no calibration");
    assert_refused(&text, "\"different\": [-", "\"different\": [9", "rising");
    assert_refused(&text, "\"rate\": 0", "\"rate\": 7", "tail.rate");
    assert_refused(&text, "\"people\": 4", "\"people\":-4", "number of things");
    assert_refused(&text, "{", "[", "no calibration");
    buffer_clear(&text);
}

static void only_the_own_calibration_is_taken(void **state)
{
    (void)state;
    const char *path = support_join(support_folder(), "own.json");
    struct vultus_calibration *taken = NULL;
    vultus_error error = {0};
    struct buffer text = written(path);
    struct calibrated_choice choice = {.wanted = path, .embedder = "made-up@1"};
    assert_ok(calibrated_choose(&choice, &taken, &error), &error);
    assert_non_null(taken);
    vultus_calibration_free(taken);
    taken = NULL;
    choice.embedder = "another@1";
    assert_error(VULTUS_ERR_MISMATCH, calibrated_choose(&choice, &taken, &error), &error,
                 "calibrate again");
    const char *const contracts[] = {NULL, (const char *)text.data};
    choice = (struct calibrated_choice){
        .contracts = contracts, .contract_count = 2, .embedder = "other"};
    assert_ok(calibrated_choose(&choice, &taken, &error), &error);
    assert_null(taken); /* a pack's calibration is for its own weights */
    choice.embedder = "made-up@1";
    assert_ok(calibrated_choose(&choice, &taken, &error), &error);
    assert_non_null(taken);
    vultus_calibration_free(taken);
    taken = NULL;
    choice.wanted = "none";
    assert_ok(calibrated_choose(&choice, &taken, &error), &error);
    assert_null(taken);
    char where[FILE_PATH_MAX];
    assert_error(VULTUS_ERR_ARGUMENT, vultus_calibration_path("../x", where, sizeof where, &error),
                 &error, "name of a file");
    buffer_clear(&text);
}

static void memory_that_runs_out_is_a_status(void **state)
{
    (void)state;
    enum { SMALL = 16 };
    vultus_labelled set = set_of(SMALL);
    struct buffer text = written(support_join(support_folder(), "memory.json"));
    long before = mem_live();
    bool done = false;
    for (long n = 1; !done && n < 200; n++) {
        struct vultus_calibration *made = NULL, *read = NULL;
        vultus_error error = {0};
        mem_fail_after(n, false);
        vultus_status fit = vultus_calibration_fit(&set, NULL, &made, &error);
        vultus_status parse = calibrated_parse(text.data, text.size, "x", &read, &error);
        done = !mem_failed();
        mem_fail_after(0, false);
        assert_true(done || fit == VULTUS_ERR_MEMORY || parse == VULTUS_ERR_MEMORY);
        assert_true((made == NULL) == (fit != VULTUS_OK) && (read == NULL) == (parse != VULTUS_OK));
        vultus_calibration_free(made);
        vultus_calibration_free(read);
    }
    assert_true(done);
    assert_int_equal(mem_live(), before);
    buffer_clear(&text);
}

/* ------------------------------------------------------------------ decisions */

static void a_rate_decides(void **state)
{
    (void)state;
    struct decision_own own = {.metric = VULTUS_METRIC_COSINE,
                               .cosine = 0.5f,
                               .euclidean = 1,
                               .calibration = &fitted->numbers,
                               .embedder = "made-up@1"};
    vultus_decision decision = {.far = 1e-2f};
    struct decision_rule rule;
    vultus_comparison out;
    vultus_error error = {0};
    double expected = vultus_calibration_threshold(fitted, (double)decision.far, 0, 0);
    assert_ok(decision_resolve(&decision, &own, &rule, &error), &error);
    assert_float_equal(rule.threshold, expected, 1e-6);
    assert_float_equal(rule.threshold_far, 1e-2, 1e-5);
    decision_compare(&rule, vectors[0], vectors[1], DIMENSION, &out);
    assert_float_equal(out.far, vultus_calibration_far(fitted, (double)out.cosine, 0, 0), 1e-9);
    assert_float_equal(out.similarity, vultus_calibration_similarity(fitted, (double)out.cosine),
                       1e-6);
    assert_float_equal(out.margin, out.cosine - rule.threshold, 1e-6);
    assert_true(out.match && out.why == VULTUS_WHY_NONE);
    decision.metric = VULTUS_METRIC_EUCLIDEAN; /* the same rule in the other unit */
    assert_ok(decision_resolve(&decision, &own, &rule, &error), &error);
    assert_float_equal(rule.threshold, sqrt(2 - 2 * expected), 1e-5);
    assert_float_equal(rule.threshold_far, 1e-2, 1e-5);
    own.people = 100, own.faces = 100,
    own.far = 1e-2f; /* what identification does without a word */
    assert_ok(decision_resolve(NULL, &own, &rule, &error), &error);
    assert_float_equal(rule.threshold, vultus_calibration_threshold(fitted, 1e-2, 100, 100), 1e-5);
    own.calibration = NULL;
    assert_ok(decision_resolve(NULL, &own, &rule, &error), &error);
    assert_true(rule.threshold == 0.5f && isnan(rule.threshold_far));
    assert_error(VULTUS_ERR_MODEL, decision_resolve(&decision, &own, &rule, &error), &error,
                 "vultus calibrate");
    decision.has_threshold = true;
    assert_error(VULTUS_ERR_ARGUMENT, decision_resolve(&decision, &own, &rule, &error), &error,
                 "give one of them");
    decision = (vultus_decision){.far = 1};
    assert_error(VULTUS_ERR_ARGUMENT, decision_resolve(&decision, &own, &rule, &error), &error,
                 "between 0 and 1");
    decision = (vultus_decision){.min_margin = -1};
    assert_error(VULTUS_ERR_ARGUMENT, decision_resolve(&decision, &own, &rule, &error), &error,
                 "under 0");
}

static void doubt_is_no_answer(void **state)
{
    (void)state;
    struct decision_rule rule = {.metric = VULTUS_METRIC_COSINE, .threshold = 0.5f};
    assert_int_equal(decision_why(&rule, true, 0), VULTUS_WHY_NONE);
    assert_int_equal(decision_why(&rule, false, 1), VULTUS_WHY_FAR);
    rule.min_margin = 0.1f;
    assert_int_equal(decision_why(&rule, true, 0.05f), VULTUS_WHY_AMBIGUOUS);
    assert_int_equal(decision_why(&rule, true, 0.1f), VULTUS_WHY_NONE);
    rule.min_quality = 0.3f, rule.quality = 0.2f;
    assert_int_equal(decision_why(&rule, true, 1), VULTUS_WHY_LOW_QUALITY);
    rule.quality = NAN;
    assert_int_equal(decision_why(&rule, true, 1), VULTUS_WHY_LOW_QUALITY);
    assert_string_equal(vultus_why_text(VULTUS_WHY_LOW_QUALITY), "low quality");
    assert_string_equal(vultus_why_text(VULTUS_WHY_NONE), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asked_rates_come_true),
        cmocka_unit_test(galleries_name_as_many_strangers_as_asked),
        cmocka_unit_test(answers_are_monotone_and_finite),
        cmocka_unit_test(thresholds_undo_rates),
        cmocka_unit_test(says_what_it_rests_on),
        cmocka_unit_test(pairs_alone_calibrate),
        cmocka_unit_test(one_face_of_each_takes_over_what_same_pairs_say),
        cmocka_unit_test(files_come_back),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(only_the_own_calibration_is_taken),
        cmocka_unit_test(memory_that_runs_out_is_a_status),
        cmocka_unit_test(a_rate_decides),
        cmocka_unit_test(doubt_is_no_answer),
    };
    return cmocka_run_group_tests(tests, fit_once, forget);
}
