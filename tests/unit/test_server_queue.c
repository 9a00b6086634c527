/* The queue of the server: whose turn it is, who gets no room, and quick requests beside long ones. */
#include "support.h"

#include "server/queue.h"

#include <pthread.h>
#include <stdio.h>

static const struct route long_route = {.lane = LANE_LONG}, quick_route = {.lane = LANE_QUICK};

static struct request make(const struct route *route, const char *who)
{
    struct request request = {.route = route};
    snprintf(request.address, sizeof request.address, "%s", who);
    return request;
}

static bool put(struct queue *queue, struct request *request)
{
    bool room = queue_reserve(queue, request);
    if (room)
        queue_push(queue, request);
    return room;
}

static void turns(void **state)
{
    struct queue queue;
    struct request a[4], b[2], c = make(&long_route, "c");
    (void)state;
    queue_init(&queue, 64);
    for (size_t i = 0; i < 4; i++) {
        a[i] = make(&long_route, "a");
        assert_true(put(&queue, &a[i]));
    }
    for (size_t i = 0; i < 2; i++) {
        b[i] = make(&long_route, "10.0.0.1");
        snprintf(b[i].key, sizeof b[i].key, "0000000%zu", i); /* the key counts, not the address */
        assert_true(put(&queue, &b[i]));
    }
    assert_true(put(&queue, &c));
    assert_int_equal(queue_length(&queue, LANE_LONG), 7);
    struct request *const expected[] = {&a[0], &b[0], &b[1], &c, &a[1], &a[2], &a[3]};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_ptr_equal(queue_take(&queue, LANE_LONG), expected[i]);
    assert_int_equal(queue_length(&queue, LANE_LONG), 0);
    assert_true(put(&queue, &c));
    assert_ptr_equal(queue_take(&queue, LANE_LONG), &c);
    queue_close(&queue);
    assert_null(queue_take(&queue, LANE_LONG));
    assert_false(put(&queue, &c));
    queue_clear(&queue);
}

/* One who asks much gets most of the room, and leaves some; who comes then gets that. */
static void room(void **state)
{
    struct queue queue;
    static struct request greedy[64], others[64];
    size_t count = 0, more = 0;
    (void)state;
    queue_init(&queue, 64);
    do
        greedy[count] = make(&long_route, "greedy");
    while (put(&queue, &greedy[count]) && ++count < 64);
    assert_in_range(count, 48, 60);
    for (size_t i = 0; i < 64; i++) {
        char name[16];
        snprintf(name, sizeof name, "other %zu", i);
        others[i] = make(&long_route, name);
        more += put(&queue, &others[i]);
    }
    assert_int_equal(count + more, 64);
    assert_int_equal(queue_length(&queue, LANE_LONG), 64);
    struct request quick = make(&quick_route, "greedy");
    assert_true(put(&queue, &quick)); /* the other lane has room of its own */
    for (size_t i = 0; i < 64; i++)
        assert_non_null(queue_take(&queue, LANE_LONG));
    assert_ptr_equal(queue_take(&queue, LANE_LONG), &quick);
    queue_clear(&queue);
}

static void lanes(void **state)
{
    struct queue queue;
    struct request picture = make(&long_route, "a"), quick = make(&quick_route, "a");
    (void)state;
    queue_init(&queue, 1);
    assert_true(put(&queue, &picture));
    assert_true(put(&queue, &quick));
    struct request refused = make(&long_route, "b");
    assert_false(put(&queue, &refused));
    assert_ptr_equal(queue_take(&queue, LANE_QUICK), &quick);
    queue_close(&queue);
    assert_null(queue_take(&queue, LANE_QUICK));
    assert_ptr_equal(queue_take(&queue, LANE_LONG), &picture);
    assert_null(queue_take(&queue, LANE_LONG));
    queue_clear(&queue);
}

#define TAKERS 3
#define REQUESTS 3000

struct taker {
    struct queue *queue;
    enum lane lane;
    size_t taken;
};

static void *take_all(void *context)
{
    struct taker *taker = context;
    struct request *request;
    while ((request = queue_take(taker->queue, taker->lane))) {
        if (taker->lane == LANE_QUICK && request->route != &quick_route)
            return NULL;
        taker->taken++;
    }
    return taker;
}

/* Nothing is lost between threads, and the end reaches all of them. */
static void threads(void **state)
{
    struct queue queue;
    static struct request requests[REQUESTS];
    struct taker takers[TAKERS];
    pthread_t ids[TAKERS];
    size_t given = 0, taken = 0;
    (void)state;
    queue_init(&queue, 100);
    for (size_t i = 0; i < TAKERS; i++) {
        takers[i] = (struct taker){&queue, i ? LANE_LONG : LANE_QUICK, 0};
        assert_int_equal(pthread_create(&ids[i], NULL, take_all, &takers[i]), 0);
    }
    for (size_t i = 0; i < REQUESTS; i++) {
        char name[16];
        snprintf(name, sizeof name, "%zu", i % 7);
        requests[i] = make(i % 3 ? &long_route : &quick_route, name);
        given += put(&queue, &requests[i]);
    }
    queue_close(&queue);
    for (size_t i = 0; i < TAKERS; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(ids[i], &result), 0);
        assert_non_null(result);
        taken += takers[i].taken;
    }
    assert_int_equal(given, taken);
    queue_clear(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(turns), cmocka_unit_test(room),
                                       cmocka_unit_test(lanes), cmocka_unit_test(threads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
