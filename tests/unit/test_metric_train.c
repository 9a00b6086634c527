/* Metric learning on made-up people: it separates them, repeats itself, stops when told, and fails cleanly. */
#include "base/memory.h"
#include "base/random.h"
#include "decide/adam.h"
#include "decide/metric_people.h"
#include "support.h"

#include <math.h>

#define N 16
#define NOISE_FROM 8 /* the numbers from here on say nothing of the person */

struct people {
    float *rows;
    uint32_t *person;
    vultus_labelled labelled;
};

/* A person is a direction in the first numbers; what changes from picture to picture is in the others, and
 * as much as that. `common` is added to all. */
static struct people make_people(size_t people, size_t each, float common)
{
    struct people made = {.rows = malloc(people * each * N * sizeof(float)),
                          .person = malloc(people * each * sizeof(uint32_t))};
    struct random random;
    random_seed(&random, 11);
    for (size_t p = 0; p < people; p++) {
        float own[NOISE_FROM];
        for (size_t i = 0; i < NOISE_FROM; i++)
            own[i] = (float)random_normal(&random);
        for (size_t k = 0; k < each; k++) {
            float *row = made.rows + (p * each + k) * N, sum = 0;
            for (size_t i = 0; i < N; i++)
                row[i] = i < NOISE_FROM ? own[i] + 0.3f * (float)random_normal(&random)
                                        : 1.8f * (float)random_normal(&random);
            row[0] += common;
            for (size_t i = 0; i < N; i++)
                sum += row[i] * row[i];
            for (size_t i = 0; i < N; i++)
                row[i] /= sqrtf(sum);
            made.person[p * each + k] = (uint32_t)p;
        }
    }
    made.labelled = (vultus_labelled){.embeddings = made.rows,
                                      .count = people * each,
                                      .dimension = N,
                                      .person = made.person,
                                      .people = people,
                                      .metric = VULTUS_METRIC_COSINE,
                                      .embedder = "made@1"};
    return made;
}

static void free_people(struct people *people)
{
    free(people->rows);
    free(people->person);
}

static vultus_projection *train(const struct people *people, const vultus_metric_options *options)
{
    vultus_projection *projection = NULL;
    vultus_error error = {0};
    assert_ok(vultus_projection_train(&people->labelled, options, &projection, &error), &error);
    return projection;
}

static void adam_finds_the_lowest_point(void **state)
{
    struct adam adam;
    vultus_error error = {0};
    float at[2] = {3, -2}, gradient[2];
    (void)state;
    assert_ok(adam_init(&adam, 2, &error), &error);
    gradient[0] = 5;
    gradient[1] = -0.001f;
    adam_step(&adam, gradient, 0.1f, at);
    assert_float_equal(at[0], 2.9, 1e-4); /* the first step is the rate, whatever the slope */
    assert_float_equal(at[1], -1.9, 1e-4);
    for (size_t i = 0; i < 1500; i++) {
        gradient[0] = 2 * (at[0] - 1);
        gradient[1] = 200 * (at[1] - 0.5f);
        adam_step(&adam, gradient, 0.02f, at);
    }
    assert_float_equal(at[0], 1, 1e-2);
    assert_float_equal(at[1], 0.5, 1e-2);
    adam_clear(&adam);
}

static void every_loss_separates_people(void **state)
{
    (void)state;
    struct people people = make_people(30, 6, 0);
    for (unsigned k = 0; k < 10; k++) {
        const vultus_metric_options options = {
            .loss = (vultus_metric_loss)(k % 5 < 3 ? VULTUS_LOSS_TRIPLET : k % 5 - 2),
            .mining = (vultus_metric_mining)(k % 5 < 3 ? k % 5 : 0),
            .hidden = k < 5 ? 0 : 12,
            .rate = 0.01f,
            .identity = -1,
            .margin = k % 5 < 3 ? 0.5f : 0,
            .epochs = 60};
        vultus_projection *projection = train(&people, &options);
        const vultus_metric_report *report = vultus_projection_report(projection);
        assert_int_equal(report->held_people, 6);
        assert_int_equal(report->people, 24);
        if (!(report->embedder.auc < 0.88 && report->kept.auc > 0.96 && report->best > 0))
            fail_msg("case %u: AUC %.3f, then %.3f in epoch %u", k, report->embedder.auc,
                     report->kept.auc, report->best);
        assert_true(report->threshold > -1 && report->threshold < 1);
        assert_true(report->identify_threshold >= report->threshold);
        vultus_projection_free(projection);
    }
    free_people(&people);
}

static void the_start_takes_away_what_all_share(void **state)
{
    (void)state;
    struct people people = make_people(30, 6, 6);
    const vultus_metric_options centred = {.epochs = 1},
                                plain = {.epochs = 1, .start = VULTUS_START_IDENTITY};
    vultus_projection *a = train(&people, &centred), *b = train(&people, &plain);
    assert_true(vultus_projection_report(a)->start.auc >
                vultus_projection_report(b)->start.auc + 0.01);
    assert_float_equal(vultus_projection_report(b)->start.auc,
                       vultus_projection_report(b)->embedder.auc, 1e-4);
    vultus_projection_free(a);
    vultus_projection_free(b);
    free_people(&people);
}

static void a_seed_gives_the_same_on_any_threads(void **state)
{
    static float one[12 * N], two[12 * N], other[12 * N];
    (void)state;
    vultus_error error = {0};
    struct people people = make_people(12, 5, 1);
    vultus_metric_options options = {.epochs = 4, .hidden = 300, .seed = 5, .validation = -1};
    for (unsigned k = 0; k < 3; k++) {
        float *out = k == 0 ? one : k == 1 ? two : other;
        options.threads = k == 1 ? 3 : 1;
        options.seed = k == 2 ? 6 : 5;
        vultus_projection *projection = train(&people, &options);
        assert_int_equal(vultus_projection_report(projection)->held_people, 0);
        assert_true(isnan(vultus_projection_report(projection)->kept.auc));
        assert_int_equal(vultus_projection_report(projection)->best, 4);
        assert_ok(vultus_projection_apply(projection, people.rows, 12, out, &error), &error);
        vultus_projection_free(projection);
    }
    assert_memory_equal(one, two, sizeof one);
    assert_memory_not_equal(one, other, sizeof one);
    free_people(&people);
}

static void fewer_numbers_keep_the_main_axes(void **state)
{
    float out[6];
    (void)state;
    vultus_error error = {0};
    struct people people = make_people(20, 5, 0);
    const vultus_metric_options options = {.dimension = 6, .epochs = 2};
    vultus_projection *projection = train(&people, &options);
    assert_int_equal(vultus_projection_dimension(projection), 6);
    assert_ok(vultus_projection_apply(projection, people.rows, 1, out, &error), &error);
    vultus_projection_free(projection);
    free_people(&people);
}

static bool stop_at_two(void *context, const vultus_metric_epoch *epoch)
{
    unsigned *seen = context;
    assert_int_equal(epoch->epoch, *seen);
    assert_true(epoch->epoch == 0 ? isnan(epoch->loss) && epoch->best : epoch->loss >= 0);
    return ++*seen < 3;
}

static void progress_may_stop_it(void **state)
{
    unsigned seen = 0;
    vultus_projection *projection = NULL;
    vultus_error error = {0};
    (void)state;
    struct people people = make_people(10, 4, 0);
    const vultus_metric_options options = {.progress = stop_at_two, .context = &seen};
    long live = mem_live();
    assert_error(VULTUS_ERR_CANCELLED,
                 vultus_projection_train(&people.labelled, &options, &projection, &error), &error,
                 "stopped");
    assert_null(projection);
    assert_int_equal(seen, 3);
    assert_int_equal(mem_live(), live);
    free_people(&people);
}

static void missing_memory_is_a_status(void **state)
{
    (void)state;
    struct people people = make_people(8, 3, 0);
    long live = mem_live();
    for (unsigned kind = 0; kind < 2; kind++) {
        const vultus_metric_options options = {
            .epochs = 1, .hidden = 4, .dimension = 9, .loss = kind ? VULTUS_LOSS_ARCFACE : 0};
        bool failed = true;
        long n = 1;
        for (; failed; n++) {
            vultus_projection *projection = NULL;
            vultus_error error = {0};
            mem_fail_after(n, false);
            vultus_status status =
                vultus_projection_train(&people.labelled, &options, &projection, &error);
            failed = mem_failed();
            mem_fail_after(0, false);
            if (failed)
                assert_true(status == VULTUS_ERR_MEMORY && !projection && error.message[0]);
            else
                assert_int_equal(status, VULTUS_OK);
            vultus_projection_free(projection);
            assert_int_equal(mem_live(), live);
        }
        assert_true(n > 20);
    }
    free_people(&people);
}

static void refused(const vultus_labelled *labelled, const vultus_metric_options *options,
                    const char *why)
{
    vultus_projection *projection = NULL;
    vultus_error error = {0};
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_projection_train(labelled, options, &projection, &error), &error, why);
    assert_null(projection);
}

static void what_cannot_be_learnt_is_refused(void **state)
{
    (void)state;
    struct people people = make_people(6, 3, 0);
    vultus_labelled labelled = people.labelled;
    refused(NULL, NULL, "labelled embeddings of 2 to 4096 numbers are needed");
    refused(&labelled, &(vultus_metric_options){.dimension = 17}, "a dimension of 17");
    refused(&labelled, &(vultus_metric_options){.batch = 11}, "a batch of 11");
    refused(&labelled, &(vultus_metric_options){.margin = NAN}, "margin");
    refused(&labelled, &(vultus_metric_options){.validation = 0.95f}, "held-out people");
    refused(&labelled, &(vultus_metric_options){.hidden = 5000}, "5000 between");
    refused(&labelled, &(vultus_metric_options){.rate = 1e30f, .identity = -1, .hidden = 3},
            "take a smaller rate");
    labelled.count = 3;
    refused(&labelled, NULL, "1 person, 1 of them with several faces");
    labelled.count = 18;
    for (size_t i = 0; i < 18; i++)
        people.person[i] = (uint32_t)(i < 6 ? i : VULTUS_NOBODY);
    refused(&labelled, NULL, "6 people, 0 of them with several faces");
    people.person[3] = 7;
    refused(&labelled, NULL, "row 3 has person 7; there are 6 people");
    people.person[3] = 0;
    people.rows[1] = NAN;
    refused(&labelled, NULL, "an embedding");
    free_people(&people);
}

static void people_with_one_picture_are_strangers(void **state)
{
    (void)state;
    struct people people = make_people(40, 4, 0);
    for (size_t i = 40; i < 160; i++) /* the last thirty have one picture each */
        if (i % 4)
            people.person[i] = VULTUS_NOBODY;
    vultus_projection *projection = train(&people, NULL);
    const vultus_metric_report *report = vultus_projection_report(projection);
    assert_int_equal(report->people, 32);
    assert_int_equal(report->held_people, 8);
    assert_int_equal(report->faces, 8 * 4 + 24);
    assert_int_equal(report->held_faces, 2 * 4 + 6);
    vultus_projection_free(projection);
    free_people(&people);
}

/* Every face of a person with several is in a batch with another of the same person. */
static void batches_hold_pairs(void **state)
{
    struct people people = make_people(9, 5, 0);
    struct metric_people split;
    struct random random;
    uint32_t rows[64], person[64], seen[9] = {0};
    vultus_error error = {0};
    (void)state;
    random_seed(&random, 3);
    for (size_t i = 35; i < 45; i++)
        people.person[i] = (uint32_t)(i % 5 ? VULTUS_NOBODY : i / 5);
    assert_ok(metric_people_init(&split, &people.labelled, 0, &random, &error), &error);
    assert_int_equal(split.several, 7);
    assert_int_equal(split.single, 2);
    size_t batches = metric_people_shuffle(&split, 16, &random);
    assert_int_equal(batches, 3); /* three people of four, and up to four alone */
    for (size_t b = 0; b < batches; b++) {
        size_t count = metric_people_batch(&split, b, 16, &random, rows, person);
        assert_true(count <= 16);
        for (size_t i = 0; i < count; i++) {
            size_t alike = 0;
            for (size_t k = 0; k < count; k++)
                alike += person[k] == person[i];
            assert_int_equal(alike, split.groups[person[i]].count > 1 ? 4 : 1);
            assert_int_equal(people.person[rows[i]],
                             people.person[split.groups[person[i]].rows[0]]);
            seen[person[i]]++;
        }
    }
    for (size_t p = 0; p < 9; p++)
        assert_true(seen[p] > 0);
    metric_people_clear(&split);
    free_people(&people);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adam_finds_the_lowest_point),
        cmocka_unit_test(every_loss_separates_people),
        cmocka_unit_test(the_start_takes_away_what_all_share),
        cmocka_unit_test(a_seed_gives_the_same_on_any_threads),
        cmocka_unit_test(fewer_numbers_keep_the_main_axes),
        cmocka_unit_test(progress_may_stop_it),
        cmocka_unit_test(missing_memory_is_a_status),
        cmocka_unit_test(what_cannot_be_learnt_is_refused),
        cmocka_unit_test(people_with_one_picture_are_strangers),
        cmocka_unit_test(batches_hold_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
