/*
 * The parallel loop and the conveyor: every index once, the first failure, results in order, and
 * never more of them waiting than the window allows. Meant to be run with ThreadSanitizer too.
 */
#include "base/pool.h"
#include "base/memory.h"
#include "support.h"

#include <stdatomic.h>
#include <unistd.h>

#define COUNT 500

static struct pool *open_pool(unsigned threads)
{
    struct pool *pool = NULL;
    vultus_error error = {0};
    assert_ok(pool_open(threads, &pool, &error), &error);
    return pool;
}

static void pause_a_little(size_t index)
{
    if (index % 7 == 0)
        usleep((useconds_t)(index % 5) * 50);
}

/* ---- the loop */

struct counts {
    atomic_uint seen[COUNT];
    atomic_uint most_worker;
    unsigned fail_from, fail_to; /* indices that fail */
};

static vultus_status count_index(void *context, size_t index, unsigned worker, vultus_error *error)
{
    struct counts *counts = context;
    atomic_fetch_add(&counts->seen[index], 1);
    unsigned most = atomic_load(&counts->most_worker);
    while (worker > most && !atomic_compare_exchange_weak(&counts->most_worker, &most, worker))
        ;
    pause_a_little(index);
    if (index >= counts->fail_from && index < counts->fail_to) {
        if (index == counts->fail_from)
            usleep(3000); /* the first of the failures is not the first to be reported */
        return status_set(error, VULTUS_ERR_FORMAT, "index %zu", index);
    }
    return VULTUS_OK;
}

static void every_index_once(void **state)
{
    static const unsigned threads[] = {1, 2, 3, 16};
    static const size_t counts[] = {0, 1, 2, 3, COUNT};
    (void)state;
    for (size_t t = 0; t < 4; t++) {
        struct pool *pool = open_pool(threads[t]);
        assert_int_equal(pool_threads(pool), threads[t]);
        for (size_t i = 0; i < 5; i++) {
            struct counts context = {0};
            vultus_error error = {0};
            assert_ok(pool_for(pool, counts[i], count_index, &context, &error), &error);
            for (size_t k = 0; k < COUNT; k++)
                assert_int_equal(context.seen[k], k < counts[i]);
            assert_true(context.most_worker < threads[t]);
        }
        pool_close(pool);
    }
}

static void the_first_failure_is_told(void **state)
{
    (void)state;
    for (unsigned threads = 0; threads <= 4; threads++) { /* 0: no pool at all */
        struct pool *pool = threads ? open_pool(threads) : NULL;
        struct counts context = {.fail_from = 100, .fail_to = 300};
        vultus_error error = {0};
        assert_error(VULTUS_ERR_FORMAT, pool_for(pool, COUNT, count_index, &context, &error),
                     &error, "index 100");
        assert_string_equal(error.message, "index 100");
        for (size_t k = 0; k < COUNT; k++)
            assert_int_equal(context.seen[k], 1); /* the rest has run nevertheless */
        assert_int_equal(pool_for(pool, COUNT, count_index, &context, NULL), VULTUS_ERR_FORMAT);
        pool_close(pool);
    }
}

/* A loop inside of a loop, each inner one with a pool of its own. */
static vultus_status run_inner(void *context, size_t index, unsigned worker, vultus_error *error)
{
    atomic_uint *total = context;
    struct counts counts = {0};
    struct pool *pool = NULL;
    (void)worker;
    vultus_status status = pool_open(1 + index % 3, &pool, error);
    if (!status)
        status = pool_for(pool, 50, count_index, &counts, error);
    for (size_t i = 0; i < 50; i++)
        atomic_fetch_add(total, atomic_load(&counts.seen[i]));
    pool_close(pool);
    return status;
}

static void loops_nest_with_pools_of_their_own(void **state)
{
    atomic_uint total = 0;
    vultus_error error = {0};
    (void)state;
    struct pool *pool = open_pool(3);
    assert_ok(pool_for(pool, 12, run_inner, &total, &error), &error);
    assert_int_equal(total, 12 * 50);
    pool_close(pool);
}

/* ---- the conveyor */

struct belt_test {
    size_t count, window;
    size_t delivered, discarded;
    size_t stop_at; /* deliver this one and stop; SIZE_MAX: never */
    unsigned threads;
    atomic_size_t made; /* results that exist */
    atomic_size_t most; /* the most that ever existed at once */
    atomic_uint_fast32_t worked[COUNT];
    bool slow_delivery;
};

static void *make_result(void *context, size_t index, unsigned worker)
{
    struct belt_test *test = context;
    assert_true(worker < test->threads);
    atomic_fetch_add(&test->worked[index], 1);
    pause_a_little(index * 3);
    size_t *result = mem_alloc(sizeof *result);
    *result = index;
    size_t made = atomic_fetch_add(&test->made, 1) + 1, most = atomic_load(&test->most);
    while (made > most && !atomic_compare_exchange_weak(&test->most, &most, made))
        ;
    return result;
}

static bool take_result(void *context, size_t index, void *result)
{
    struct belt_test *test = context;
    assert_int_equal(index, test->delivered);
    assert_int_equal(*(size_t *)result, index);
    if (test->slow_delivery)
        usleep(300);
    atomic_fetch_sub(&test->made, 1);
    mem_free(result);
    test->delivered++;
    return index != test->stop_at;
}

static void drop_result(void *context, void *result)
{
    struct belt_test *test = context;
    atomic_fetch_sub(&test->made, 1);
    mem_free(result);
    test->discarded++;
}

static void convey(struct pool *pool, struct belt_test *test)
{
    struct conveyor conveyor = {.count = test->count,
                                .window = test->window,
                                .work = make_result,
                                .deliver = take_result,
                                .discard = drop_result,
                                .context = test};
    vultus_error error = {0};
    test->threads = pool_threads(pool);
    assert_ok(pool_convey(pool, &conveyor, &error), &error);
    assert_int_equal(test->made, 0);
}

static void results_come_in_order(void **state)
{
    static const unsigned threads[] = {1, 2, 5};
    static const size_t windows[] = {0, 1, 2, 7, 1000};
    (void)state;
    long live = mem_live();
    for (size_t t = 0; t < 3; t++) {
        struct pool *pool = open_pool(threads[t]);
        for (size_t w = 0; w < 5; w++)
            for (size_t count = 0; count <= 200; count = count ? count * 200 : 1) {
                struct belt_test test = {.count = count, .window = windows[w], .stop_at = SIZE_MAX};
                convey(pool, &test);
                assert_int_equal(test.delivered, count);
                assert_int_equal(test.discarded, 0);
                for (size_t i = 0; i < COUNT; i++)
                    assert_int_equal(test.worked[i], i < count);
            }
        pool_close(pool);
    }
    assert_int_equal(mem_live(), live);
}

/* With a slow taker the workers run ahead by the window and no further. */
static void the_window_bounds_what_waits(void **state)
{
    static const size_t windows[] = {0, 1, 3, 10};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct pool *pool = open_pool(4);
        struct belt_test test = {
            .count = 200, .window = windows[i], .stop_at = SIZE_MAX, .slow_delivery = true};
        size_t window = windows[i] ? windows[i] : 8;
        convey(pool, &test);
        if (test.most > window)
            fail_msg("%zu results waited in a window of %zu", (size_t)test.most, window);
        assert_int_equal(test.delivered, 200);
        pool_close(pool);
    }
}

static void stopping_discards_the_rest(void **state)
{
    static const size_t stops[] = {0, 1, 57, 199};
    (void)state;
    long live = mem_live();
    for (unsigned threads = 1; threads <= 4; threads++)
        for (size_t i = 0; i < 4; i++) {
            struct pool *pool = open_pool(threads);
            struct belt_test test = {.count = 200, .window = 6, .stop_at = stops[i]};
            convey(pool, &test);
            assert_int_equal(test.delivered, stops[i] + 1);
            size_t worked = 0;
            for (size_t k = 0; k < COUNT; k++)
                worked += test.worked[k];
            assert_int_equal(worked, test.delivered + test.discarded);
            assert_true(worked <= stops[i] + 1 + 6);
            struct belt_test again = {.count = 20, .stop_at = SIZE_MAX};
            convey(pool, &again); /* the pool is as good as new */
            assert_int_equal(again.delivered, 20);
            pool_close(pool);
        }
    assert_int_equal(mem_live(), live);
}

/* Both kinds of jobs on one pool, in turn; a loop's workers stay in 0..threads-1. */
static void loops_and_conveyors_share_a_pool(void **state)
{
    (void)state;
    struct pool *pool = open_pool(3);
    for (int round = 0; round < 20; round++) {
        struct belt_test test = {.count = 40, .stop_at = SIZE_MAX};
        struct counts context = {0};
        vultus_error error = {0};
        convey(pool, &test);
        assert_ok(pool_for(pool, COUNT, count_index, &context, &error), &error);
        for (size_t k = 0; k < COUNT; k++)
            assert_int_equal(context.seen[k], 1);
        if (context.most_worker >= 3)
            fail_msg("a loop of 3 threads had a worker %u", (unsigned)context.most_worker);
    }
    pool_close(pool);
}

/* ---- opening */

static void pools_are_opened_and_closed(void **state)
{
    struct pool *pool = NULL;
    vultus_error error = {0};
    (void)state;
    long live = mem_live();
    assert_true(pool_processors() >= 1);
    pool = open_pool(0);
    assert_int_equal(pool_threads(pool),
                     pool_processors() < POOL_THREADS_MAX ? pool_processors() : POOL_THREADS_MAX);
    pool_close(pool);
    pool = open_pool(100000);
    assert_int_equal(pool_threads(pool), POOL_THREADS_MAX);
    pool_close(pool); /* no thread has started */
    pool_close(NULL);
    assert_int_equal(pool_threads(NULL), 1);
    pool = NULL;
    mem_fail_after(1, false);
    assert_error(VULTUS_ERR_MEMORY, pool_open(2, &pool, &error), &error, "thread pool");
    assert_null(pool);
    mem_fail_after(0, false);
    assert_int_equal(mem_live(), live);
}

/* Memory ends while threads are started or the belt is made: an error, and the next call works. */
static void jobs_survive_without_memory(void **state)
{
    (void)state;
    long live = mem_live();
    for (long n = 1; n <= 6; n++) {
        struct pool *pool = open_pool(3);
        struct counts context = {0};
        struct belt_test test = {.count = 30, .stop_at = SIZE_MAX, .threads = 3};
        struct conveyor conveyor = {.count = 30,
                                    .work = make_result,
                                    .deliver = take_result,
                                    .discard = drop_result,
                                    .context = &test};
        vultus_error error = {0};
        mem_fail_after(n, false);
        vultus_status status = pool_for(pool, COUNT, count_index, &context, &error);
        mem_fail_after(0, false);
        assert_int_equal(status, n <= 2 ? VULTUS_ERR_MEMORY : VULTUS_OK);
        if (n <= 3) { /* one worker, and the belt's two blocks */
            mem_fail_after(n, false);
            assert_error(VULTUS_ERR_MEMORY, pool_convey(pool, &conveyor, &error), &error, "memory");
            mem_fail_after(0, false);
            assert_int_equal(test.delivered, 0);
        }
        assert_ok(pool_convey(pool, &conveyor, &error), &error);
        assert_int_equal(test.delivered, 30);
        pool_close(pool);
        assert_int_equal(mem_live(), live);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_index_once),
        cmocka_unit_test(the_first_failure_is_told),
        cmocka_unit_test(loops_nest_with_pools_of_their_own),
        cmocka_unit_test(results_come_in_order),
        cmocka_unit_test(the_window_bounds_what_waits),
        cmocka_unit_test(stopping_discards_the_rest),
        cmocka_unit_test(loops_and_conveyors_share_a_pool),
        cmocka_unit_test(pools_are_opened_and_closed),
        cmocka_unit_test(jobs_survive_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
