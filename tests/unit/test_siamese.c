/* The learnt comparison: pairs are what they should be, a made-up difference is learnt, files come back. */
#include "base/memory.h"
#include "decide/siamese.h"
#include "made_up_people.h"
#include "support.h"

#include <math.h>
#include <string.h>

enum { PEOPLE = 30, DIMENSION = 16, NOISY = 8 };

static struct made_up_people made;
static struct made_up_rows rows;
static vultus_labelled set;

/* In the first NOISY dimensions rows say nothing about their person: a plain cosine listens to them. */
static int open_data(void **state)
{
    (void)state;
    made_up_open(&made, 5, PEOPLE, DIMENSION, 0.35);
    rows = made_up_rows(&made, 6, 0);
    for (size_t i = 0; i < rows.count; i++) {
        float *row = rows.rows + i * DIMENSION;
        double squares = 0;
        for (size_t j = 0; j < DIMENSION; j++) {
            if (j < NOISY)
                row[j] = (float)(0.25 * random_normal(&made.random));
            squares += (double)row[j] * row[j];
        }
        for (size_t j = 0; j < DIMENSION; j++)
            row[j] /= (float)sqrt(squares);
    }
    set = (vultus_labelled){.embeddings = rows.rows,
                            .count = rows.count,
                            .dimension = DIMENSION,
                            .person = rows.person,
                            .people = PEOPLE,
                            .metric = VULTUS_METRIC_COSINE,
                            .embedder = "made-up@1"};
    return 0;
}

static int close_data(void **state)
{
    (void)state;
    made_up_clear(&rows);
    made_up_close(&made);
    return 0;
}

static void pairs_are_balanced_and_of_one_side(void **state)
{
    (void)state;
    uint8_t held[PEOPLE * 6];
    struct siamese_pairs pairs;
    vultus_error error = {0};
    size_t same = 0;
    for (size_t i = 0; i < rows.count; i++)
        held[i] = rows.person[i] % 3 == 0;
    const struct siamese_rows data = {.rows = rows.rows,
                                      .person = rows.person,
                                      .held = held,
                                      .count = rows.count,
                                      .dimension = DIMENSION};
    struct siamese_sampling how = {.most = 1000, .for_person = 5, .hard = 0.5, .seed = 1};
    assert_ok(siamese_sample(&data, &how, &pairs, &error), &error);
    assert_int_equal(pairs.count, 2 * 20 * 5);
    for (size_t i = 0; i < pairs.count; i++) {
        same += pairs.same[i];
        assert_true(!held[pairs.a[i]] && !held[pairs.b[i]] && pairs.a[i] != pairs.b[i]);
        assert_true((rows.person[pairs.a[i]] == rows.person[pairs.b[i]]) == pairs.same[i]);
        for (size_t k = 0; k < i && pairs.same[i]; k++)
            assert_false(pairs.a[k] == pairs.a[i] && pairs.b[k] == pairs.b[i]);
    }
    assert_int_equal(same, 100);
    siamese_pairs_clear(&pairs);
    how = (struct siamese_sampling){.held = true, .most = 30, .for_person = 15, .seed = 1};
    assert_ok(siamese_sample(&data, &how, &pairs, &error), &error);
    assert_int_equal(pairs.count, 60);
    for (size_t i = 0; i < pairs.count; i++)
        assert_true(held[pairs.a[i]] && held[pairs.b[i]]);
    siamese_pairs_clear(&pairs);
}

static void hard_pairs_are_nearer(void **state)
{
    (void)state;
    double mean[2] = {0};
    vultus_error error = {0};
    const struct siamese_rows data = {
        .rows = rows.rows, .person = rows.person, .count = rows.count, .dimension = DIMENSION};
    for (int hard = 0; hard < 2; hard++) {
        struct siamese_pairs pairs;
        const struct siamese_sampling how = {
            .most = 200, .for_person = 10, .hard = hard, .seed = 3};
        assert_ok(siamese_sample(&data, &how, &pairs, &error), &error);
        for (size_t i = 0; i < pairs.count; i++)
            for (size_t j = 0; j < DIMENSION && !pairs.same[i]; j++) {
                double apart = (double)rows.rows[pairs.a[i] * DIMENSION + j] -
                               (double)rows.rows[pairs.b[i] * DIMENSION + j];
                mean[hard] += apart * apart;
            }
        siamese_pairs_clear(&pairs);
    }
    assert_true(mean[1] < 0.6 * mean[0]);
}

static void what_tells_people_apart_is_learnt(void **state)
{
    (void)state;
    vultus_siamese *siamese = NULL, *again = NULL, *back = NULL;
    vultus_siamese_report report;
    vultus_error error = {0};
    float one = 0, other = 0;
    const vultus_siamese_options options = {.c = 10, .seed = 2};
    assert_ok(vultus_siamese_train(&set, &options, &siamese, &report, &error), &error);
    printf("AUC %.4f by the cosine, %.4f learnt; EER %.4f, %.4f\n", report.plain.auc,
           report.siamese.auc, report.plain.eer, report.siamese.eer);
    assert_true(report.people == PEOPLE && report.held_people == 9 && report.held_pairs > 200);
    assert_true(report.siamese.auc > report.plain.auc + 0.01 && report.siamese.auc > 0.95);
    assert_ok(vultus_siamese_compare(siamese, NULL, rows.rows, rows.rows, &one, &error), &error);
    assert_true(one > 0.9f);
    assert_ok(vultus_siamese_train(&set, &options, &again, NULL, &error), &error);
    const char *path = support_join(support_folder(), "pair.siamese");
    assert_ok(vultus_siamese_write(siamese, path, &error), &error);
    assert_ok(vultus_siamese_read(path, &back, &error), &error);
    assert_string_equal(vultus_siamese_embedder(back), "made-up@1");
    for (size_t i = 0; i + 10 < rows.count; i += 7) {
        const float *a = rows.rows + i * DIMENSION, *b = a + (i % 10) * DIMENSION;
        assert_ok(vultus_siamese_compare(siamese, NULL, a, b, &one, &error), &error);
        assert_ok(vultus_siamese_compare(back, NULL, a, b, &other, &error), &error);
        assert_true(one == other);
        assert_ok(vultus_siamese_compare(again, NULL, b, a, &other, &error), &error);
        assert_true(one == other);
    }
    vultus_siamese_free(siamese);
    vultus_siamese_free(again);
    vultus_siamese_free(back);
}

static void pairs_can_be_brought(void **state)
{
    (void)state;
    enum { COUNT = 200 };
    static uint32_t a[COUNT], b[COUNT];
    static bool same[COUNT];
    vultus_siamese *siamese = NULL;
    vultus_siamese_report report;
    vultus_error error = {0};
    for (uint32_t i = 0; i < COUNT; i++) { /* the rows of a person follow each other, six each */
        a[i] = i % (uint32_t)rows.count;
        b[i] = i % 2 ? (a[i] / 6 * 6 + (a[i] + 1) % 6)
                     : (a[i] + 6 * (1 + i % 5)) % (uint32_t)rows.count;
        same[i] = i % 2;
    }
    const vultus_pair_list pairs = {a, b, same, COUNT};
    vultus_siamese_options options = {.pairs = &pairs, .held = -1};
    assert_ok(vultus_siamese_train(&set, &options, &siamese, &report, &error), &error);
    assert_true(report.pairs == COUNT && !report.held_people && !report.held_pairs);
    vultus_siamese_free(siamese);
    siamese = NULL;
    b[3] = (uint32_t)rows.count;
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_siamese_train(&set, &options, &siamese, &report, &error), &error, "a row");
    assert_null(siamese);
}

static void what_cannot_be_learnt_is_said(void **state)
{
    (void)state;
    vultus_siamese *siamese = NULL;
    vultus_error error = {0};
    float probability = 0;
    vultus_labelled one = set;
    one.count = 6;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_siamese_train(&one, NULL, &siamese, NULL, &error),
                 &error, "two people");
    static uint32_t each[PEOPLE * 6];
    for (uint32_t i = 0; i < PEOPLE; i++)
        each[i] = i;
    one = set;
    one.count = PEOPLE;
    one.person = each;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_siamese_train(&one, NULL, &siamese, NULL, &error),
                 &error, "two pictures");
    vultus_siamese_options options = {.c = -1};
    assert_error(VULTUS_ERR_ARGUMENT, vultus_siamese_train(&set, &options, &siamese, NULL, &error),
                 &error, "C is not");
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_siamese_compare(NULL, NULL, rows.rows, rows.rows, &probability, &error),
                 &error, "comparison");
    const char *path = support_join(support_folder(), "other.siamese");
    assert_ok(vultus_labelled_write(&set, path, &error), &error);
    assert_error(VULTUS_ERR_FORMAT, vultus_siamese_read(path, &siamese, &error), &error,
                 "not \"siamese\"");
    assert_null(siamese);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    const char *path = support_join(support_folder(), "memory.siamese");
    long live = mem_live();
    for (long n = 1;; n++) {
        vultus_siamese *siamese = NULL, *back = NULL;
        vultus_siamese_report report;
        vultus_error error = {0};
        mem_fail_after(n, true);
        vultus_status status = vultus_siamese_train(&set, NULL, &siamese, &report, &error);
        if (!status)
            status = vultus_siamese_write(siamese, path, &error);
        if (!status)
            status = vultus_siamese_read(path, &back, &error);
        bool failed = mem_failed();
        mem_fail_after(0, false);
        vultus_siamese_free(siamese);
        vultus_siamese_free(back);
        assert_int_equal(mem_live(), live);
        if (!failed) {
            assert_int_equal(status, VULTUS_OK);
            break;
        }
        assert_int_equal(status, VULTUS_ERR_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_balanced_and_of_one_side),
        cmocka_unit_test(hard_pairs_are_nearer),
        cmocka_unit_test(what_tells_people_apart_is_learnt),
        cmocka_unit_test(pairs_can_be_brought),
        cmocka_unit_test(what_cannot_be_learnt_is_said),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, open_data, close_data);
}
