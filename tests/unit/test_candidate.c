/* Boxes: suppression, votes, shifts and squares, by cases that can be checked by hand. */
#include "base/memory.h"
#include "face/candidate.h"
#include "support.h"

#include <math.h>

static void add(struct candidates *list, float x, float y, float width, float height, float score)
{
    struct candidate item = {.x1 = x, .y1 = y, .x2 = x + width, .y2 = y + height, .score = score};
    vultus_error error = {0};
    assert_ok(candidates_add(list, &item, &error), &error);
}

static void suppress(struct candidates *list, float limit, enum overlap overlap)
{
    vultus_error error = {0};
    assert_ok(candidates_suppress(list, limit, overlap, &error), &error);
}

static void lists_grow_and_join(void **state)
{
    struct candidates a = {0}, b = {0};
    vultus_error error = {0};
    (void)state;
    long live = mem_live();
    for (int i = 0; i < 1000; i++)
        add(i % 2 ? &a : &b, (float)i, 0, 1, 1, 0.5f);
    assert_ok(candidates_join(&a, &b, &error), &error);
    assert_int_equal(a.count, 1000);
    assert_int_equal(b.count, 500);
    assert_float_equal(a.items[499].x1, 999, 0);
    assert_float_equal(a.items[500].x1, 0, 0);
    candidates_clear(&b);
    assert_ok(candidates_join(&a, &b, &error), &error); /* with nothing */
    assert_int_equal(a.count, 1000);
    candidates_clear(&a);
    candidates_clear(&a);
    assert_int_equal(mem_live(), live);

    mem_fail_after(1, false);
    struct candidate item = {0};
    assert_error(VULTUS_ERR_MEMORY, candidates_add(&a, &item, &error), &error, "candidates");
    mem_fail_after(0, false);
    assert_int_equal(a.count, 0);
    add(&a, 0, 0, 1, 1, 0.5f);
    add(&a, 0, 0, 1, 1, 0.6f);
    mem_fail_after(1, false);
    assert_error(VULTUS_ERR_MEMORY, candidates_suppress(&a, 0.5f, OVERLAP_UNION, &error), &error,
                 "candidates");
    mem_fail_after(0, false);
    candidates_clear(&a);
    assert_int_equal(mem_live(), live);
}

/* Two boxes of 10 x 10, the second moved to the right: overlaps of 90, 80, ... of 100. */
static void the_better_one_stays(void **state)
{
    static const struct {
        float moved, limit;
        enum overlap overlap;
        size_t left;
    } cases[] = {
        {0, 0.99f, OVERLAP_UNION, 1},   {1, 0.82f, OVERLAP_UNION, 2}, /* 90 / 110 = 0.818 */
        {1, 0.81f, OVERLAP_UNION, 1},   {5, 0.34f, OVERLAP_UNION, 2}, /* 50 / 150 = 0.333 */
        {5, 0.33f, OVERLAP_UNION, 1},   {5, 0.51f, OVERLAP_SMALLER, 2},
        {5, 0.49f, OVERLAP_SMALLER, 1}, {10, 0, OVERLAP_UNION, 2}, /* they touch */
        {11, 0, OVERLAP_UNION, 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int swapped = 0; swapped <= 1; swapped++) {
            struct candidates list = {0};
            add(&list, swapped ? cases[i].moved : 0, 0, 10, 10, swapped ? 0.8f : 0.9f);
            add(&list, swapped ? 0 : cases[i].moved, 0, 10, 10, swapped ? 0.9f : 0.8f);
            suppress(&list, cases[i].limit, cases[i].overlap);
            if (list.count != cases[i].left)
                fail_msg("case %zu: %zu are left", i, list.count);
            assert_float_equal(list.items[0].score, 0.9, 1e-6);
            assert_float_equal(list.items[0].x1, 0, 0);
            candidates_clear(&list);
        }
}

/* A small box inside of a large one: little of the union, all of the smaller. */
static void the_smaller_one_counts(void **state)
{
    (void)state;
    for (int overlap = OVERLAP_UNION; overlap <= OVERLAP_SMALLER; overlap++) {
        struct candidates list = {0};
        add(&list, 0, 0, 100, 100, 0.9f);
        add(&list, 40, 40, 20, 20, 0.8f);
        suppress(&list, 0.7f, (enum overlap)overlap);
        assert_int_equal(list.count, overlap == OVERLAP_UNION ? 2 : 1);
        candidates_clear(&list);
    }
}

/* Of two squares corner over corner: 25 of 175 covered, of 225 in the box around both, of 100. */
static void the_box_around_both_counts(void **state)
{
    static const struct {
        float limit;
        enum overlap overlap;
        size_t left;
    } cases[] = {{0.12f, OVERLAP_AROUND, 2},  {0.11f, OVERLAP_AROUND, 1},
                 {0.15f, OVERLAP_UNION, 2},   {0.14f, OVERLAP_UNION, 1},
                 {0.26f, OVERLAP_SMALLER, 2}, {0.24f, OVERLAP_SMALLER, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct candidates list = {0};
        add(&list, 0, 0, 10, 10, 0.9f);
        add(&list, 5, 5, 10, 10, 0.8f);
        suppress(&list, cases[i].limit, cases[i].overlap);
        assert_int_equal(list.count, cases[i].left);
        candidates_clear(&list);
    }
}

/* A box that was struck strikes no other: of a chain every second one is left. */
static void who_is_struck_does_not_strike(void **state)
{
    struct candidates list = {0};
    (void)state;
    for (int i = 0; i < 5; i++)
        add(&list, (float)(4 * i), 0, 10, 10, 0.9f - 0.1f * (float)i);
    suppress(&list, 0.4f, OVERLAP_UNION); /* neighbours share 60 of 140 */
    assert_int_equal(list.count, 3);
    assert_float_equal(list.items[1].x1, 8, 0);
    assert_float_equal(list.items[2].x1, 16, 0);
    candidates_clear(&list);
}

/* Whatever the order in which they come, the answer is the same, equal scores included. */
static void order_does_not_matter(void **state)
{
    struct candidates first = {0};
    uint32_t random = 3;
    (void)state;
    for (int round = 0; round < 20; round++) {
        struct candidates list = {0};
        for (int i = 0; i < 200; i++)
            add(&list, (float)(i * 37 % 101), (float)(i * 53 % 89), 20, 20, (float)(i % 4) / 4);
        for (size_t i = list.count - 1; i > 0; i--) {
            random = random * 1664525 + 1013904223;
            size_t k = (random >> 8) % (i + 1);
            struct candidate swap = list.items[i];
            list.items[i] = list.items[k];
            list.items[k] = swap;
        }
        suppress(&list, 0.3f, OVERLAP_UNION);
        if (!round) {
            first = list;
            continue;
        }
        assert_int_equal(list.count, first.count);
        for (size_t i = 0; i < list.count; i++) {
            assert_float_equal(list.items[i].x1, first.items[i].x1, 0);
            assert_float_equal(list.items[i].y1, first.items[i].y1, 0);
        }
        candidates_clear(&list);
    }
    candidates_clear(&first);
}

/* The best fill the list at a hundred places; the rest, which overlap nothing, are not looked at. */
static void no_more_than_the_limit(void **state)
{
    struct candidates list = {0};
    (void)state;
    for (int i = 0; i < 500; i++)
        add(&list, (float)(20 * i), 1000, 10, 10, 0.3f);
    for (int i = 0; i < CANDIDATES_MAX; i++)
        add(&list, (float)(20 * (i % 100)), 0, 10, 10, 0.9f - (float)i * 1e-5f);
    suppress(&list, 0.5f, OVERLAP_UNION);
    assert_int_equal(list.count, 100);
    for (size_t i = 0; i < 100; i++)
        assert_float_equal(list.items[i].x1, 20 * (float)i, 0);
    candidates_clear(&list);
}

static void odd_boxes_are_survived(void **state)
{
    struct candidates list = {0};
    float nan = (float)strtod("nan", NULL);
    (void)state;
    suppress(&list, 0.5f, OVERLAP_UNION);
    candidates_square(&list);
    candidates_shift(&list);
    add(&list, nan, nan, nan, nan, 0.9f);
    add(&list, 0, 0, -10, -10, 0.8f);
    add(&list, 0, 0, 0, 0, 0.7f);
    add(&list, -1e30f, -1e30f, 1e38f, 1e38f, 0.6f);
    add(&list, 0, 0, 10, 10, nan);
    suppress(&list, 0.5f, OVERLAP_SMALLER);
    assert_true(list.count >= 1 && list.count <= 5);
    candidates_vote(&list, &list, 0.5f);
    candidates_clear(&list);
}

static void neighbours_vote(void **state)
{
    struct candidates list = {0}, voters = {0};
    (void)state;
    add(&list, 0, 0, 10, 10, 0.9f);
    add(&list, 100, 0, 10, 10, 0.5f); /* has no voter at all: stays */
    add(&voters, 0, 0, 10, 10, 0.9f);
    add(&voters, 2, 0, 10, 10, 0.3f); /* shares 80 of 120 */
    add(&voters, 0, 6, 10, 10, 0.8f); /* shares 40 of 160: not asked */
    candidates_vote(&list, &voters, 0.5f);
    assert_float_equal(list.items[0].x1, 2 * 0.3 / 1.2, 1e-5);
    assert_float_equal(list.items[0].x2, 10 + 2 * 0.3 / 1.2, 1e-5);
    assert_float_equal(list.items[0].y1, 0, 1e-5);
    assert_float_equal(list.items[0].score, 0.9, 1e-6);
    assert_float_equal(list.items[1].x1, 100, 0);
    candidates_clear(&list);
    candidates_clear(&voters);
}

static void boxes_are_shifted_and_squared(void **state)
{
    struct candidates list = {0};
    (void)state;
    add(&list, 10, 20, 40, 80, 0.9f);
    memcpy(list.items[0].shift, (float[]){0.1f, -0.1f, 0.25f, 0.5f}, sizeof list.items[0].shift);
    candidates_shift(&list);
    assert_float_equal(list.items[0].x1, 14, 1e-4);
    assert_float_equal(list.items[0].y1, 12, 1e-4);
    assert_float_equal(list.items[0].x2, 60, 1e-4);
    assert_float_equal(list.items[0].y2, 140, 1e-4);
    candidates_square(&list); /* 46 x 128 around 37, 76 */
    assert_float_equal(list.items[0].x1, 37 - 64, 1e-4);
    assert_float_equal(list.items[0].x2, 37 + 64, 1e-4);
    assert_float_equal(list.items[0].y1, 12, 1e-4);
    assert_float_equal(list.items[0].y2, 140, 1e-4);
    candidates_clear(&list);
}

/* Clusters, each around its best box; the mean has the best score and the mean landmarks. */
static void clusters_are_blended(void **state)
{
    struct candidates list = {0};
    vultus_error error = {0};
    (void)state;
    long live = mem_live();
    add(&list, 100, 0, 10, 10, 0.6f);
    add(&list, 4, 0, 10, 10, 0.3f); /* shares 6/14 with the best, 8/12 with the second */
    add(&list, 0, 0, 10, 10, 0.9f);
    add(&list, 2, 0, 10, 10, 0.8f);
    for (size_t i = 0; i < 4; i++)
        list.items[i].landmarks[VULTUS_NOSE] = (vultus_point){list.items[i].x1 + 5, 7};
    assert_ok(candidates_blend(&list, 0.5f, &error), &error);
    assert_int_equal(list.count, 3);
    float mean = 0.8f * 2 / 1.7f;
    assert_float_equal(list.items[0].x1, mean, 1e-5f);
    assert_float_equal(list.items[0].x2, mean + 10, 1e-5f);
    assert_float_equal(list.items[0].y2, 10, 1e-5f);
    assert_float_equal(list.items[0].score, 0.9f, 0);
    assert_float_equal(list.items[0].landmarks[VULTUS_NOSE].x, mean + 5, 1e-5f);
    assert_float_equal(list.items[0].landmarks[VULTUS_NOSE].y, 7, 1e-5f);
    assert_float_equal(list.items[1].x1, 100, 1e-5f);
    assert_float_equal(list.items[2].x1, 4, 1e-5f); /* its neighbour went to the best */

    add(&list, NAN, 0, 10, 10, 0.9f);
    add(&list, 50, 50, 10, 10, 0);
    assert_ok(candidates_blend(&list, 0.6f, &error), &error);
    assert_int_equal(list.count, 4); /* a score of 0 stays itself */
    assert_float_equal(list.items[3].x1, 50, 0);
    mem_fail_after(1, false);
    assert_error(VULTUS_ERR_MEMORY, candidates_blend(&list, 0.5f, &error), &error, "candidates");
    mem_fail_after(0, false);
    candidates_clear(&list);
    assert_ok(candidates_blend(&list, 0.5f, &error), &error);
    assert_int_equal(list.count, 0);
    assert_int_equal(mem_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clusters_are_blended),
        cmocka_unit_test(lists_grow_and_join),
        cmocka_unit_test(the_better_one_stays),
        cmocka_unit_test(the_smaller_one_counts),
        cmocka_unit_test(the_box_around_both_counts),
        cmocka_unit_test(who_is_struck_does_not_strike),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(no_more_than_the_limit),
        cmocka_unit_test(odd_boxes_are_survived),
        cmocka_unit_test(neighbours_vote),
        cmocka_unit_test(boxes_are_shifted_and_squared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
