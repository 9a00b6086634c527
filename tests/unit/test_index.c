/* The public index: what is near, by exact and by plain search, and what is refused. */
#include "base/memory.h"
#include "base/random.h"
#include "support.h"

#include <math.h>

enum { DIMENSION = 24, ROWS = 5000 };

static float rows[ROWS][DIMENSION];

static int make_rows(void **state)
{
    struct random random;
    (void)state;
    random_seed(&random, 3);
    for (size_t i = 0; i < ROWS; i++) {
        double squared = 0;
        for (size_t k = 0; k < DIMENSION; k++) {
            rows[i][k] = (float)random_normal(&random);
            squared += (double)rows[i][k] * (double)rows[i][k];
        }
        for (size_t k = 0; k < DIMENSION; k++)
            rows[i][k] = (float)((double)rows[i][k] / sqrt(squared));
    }
    return 0;
}

static void rows_are_found(void **state)
{
    (void)state;
    const vultus_index_options options = {.threads = 2};
    vultus_index *index = NULL;
    vultus_error error = {0};
    vultus_index_hit hits[3][4], plain[3][4];
    size_t counts[3];
    assert_ok(vultus_index_new(DIMENSION, &options, &index, &error), &error);
    vultus_index_query query = {.probes = rows[4711], .count = 3, .capacity = 4};
    assert_ok(vultus_index_search(index, &query, hits[0], counts, &error), &error);
    assert_int_equal(counts[2], 0);
    for (size_t i = 0; i < ROWS; i += 500) /* in steps */
        assert_ok(vultus_index_add(index, rows[i], 500, &error), &error);
    vultus_index_facts facts = vultus_index_prepare(index);
    assert_int_equal(facts.rows, ROWS);
    assert_int_equal(facts.embedding_bytes, sizeof rows);
    assert_int_equal(facts.code_axes, DIMENSION);
    assert_true(facts.code_bytes < facts.embedding_bytes / 4);
    assert_true(facts.fine_bytes < facts.embedding_bytes / 2 && facts.fine_bytes >= ROWS / 2);
    for (int m = 0; m < 2; m++) {
        query.metric = m ? VULTUS_METRIC_EUCLIDEAN : VULTUS_METRIC_OWN;
        query.plain = false;
        assert_ok(vultus_index_search(index, &query, hits[0], counts, &error), &error);
        query.threads = 1;
        assert_ok(vultus_index_search(index, &query, plain[0], counts, &error), &error);
        assert_memory_equal(hits, plain, sizeof hits);
        query.threads = 0;
        query.plain = true;
        assert_ok(vultus_index_search(index, &query, plain[0], counts, &error), &error);
        assert_memory_equal(hits, plain, sizeof hits);
        for (size_t p = 0; p < 3; p++) {
            assert_int_equal(counts[p], 4);
            assert_int_equal(hits[p][0].row, 4711 + p);
            assert_float_equal(hits[p][0].cosine, 1, 1e-6);
            assert_float_equal(hits[p][0].distance, 0, 1e-3);
            assert_true(hits[p][1].cosine >= hits[p][2].cosine);
        }
    }
    vultus_index_free(index);
    vultus_index_free(NULL);
}

static void what_is_no_embedding_is_refused(void **state)
{
    (void)state;
    static const float far[2][2] = {{1, 0}, {3, 4}}, odd[2] = {NAN, 0};
    const vultus_index_options raw = {.raw = true};
    vultus_index *index = NULL;
    vultus_error error = {0};
    vultus_index_hit hits[8];
    size_t count;
    vultus_index_query query = {.probes = far[1], .count = 1, .capacity = 4};
    assert_error(VULTUS_ERR_ARGUMENT, vultus_index_new(0, NULL, &index, &error), &error,
                 "0 floats");
    assert_ok(vultus_index_new(2, NULL, &index, &error), &error);
    assert_error(VULTUS_ERR_ARGUMENT, vultus_index_add(index, far[0], 2, &error), &error, "row 1");
    assert_int_equal(vultus_index_prepare(index).rows, 1);
    assert_error(VULTUS_ERR_ARGUMENT, vultus_index_search(index, &query, hits, &count, &error),
                 &error, "a probe has length 5");
    query.probes = odd;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_index_search(index, &query, hits, &count, &error),
                 &error, "not numbers");
    query.capacity = VULTUS_TOP_MAX + 1;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_index_search(index, &query, hits, &count, &error),
                 &error, "101 hits");
    vultus_index_free(index);
    assert_ok(vultus_index_new(2, &raw, &index, &error), &error);
    assert_ok(vultus_index_add(index, far[0], 2, &error), &error);
    query = (vultus_index_query){.probes = far[1], .count = 1, .capacity = 4};
    assert_ok(vultus_index_search(index, &query, hits, &count, &error), &error);
    assert_true(count == 2 && hits[0].row == 1 && hits[0].distance == 0);
    assert_float_equal(hits[1].distance, sqrtf(20), 1e-5);
    vultus_index_free(index);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    vultus_error error = {0};
    long live = mem_live();
    for (long n = 1;; n++) {
        vultus_index *index = NULL;
        vultus_index_hit hit;
        size_t count = 0;
        vultus_index_query query = {.probes = rows[3], .count = 1, .capacity = 1};
        mem_fail_after(n, true);
        vultus_status status = vultus_index_new(DIMENSION, NULL, &index, &error);
        if (!status)
            status = vultus_index_add(index, rows[0], 300, &error);
        if (!status)
            status = vultus_index_search(index, &query, &hit, &count, &error);
        bool failed = mem_failed();
        mem_fail_after(0, false);
        if (index && status) { /* what is left goes on */
            size_t there = vultus_index_prepare(index).rows;
            assert_ok(vultus_index_add(index, rows[there], 300 - there, &error), &error);
            assert_ok(vultus_index_search(index, &query, &hit, &count, &error), &error);
            assert_true(count == 1 && hit.row == 3);
        }
        vultus_index_free(index);
        assert_int_equal(mem_live(), live);
        assert_int_equal(status, failed ? VULTUS_ERR_MEMORY : VULTUS_OK);
        if (!failed)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_found),
        cmocka_unit_test(what_is_no_embedding_is_refused),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, make_rows, NULL);
}
