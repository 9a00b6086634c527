/* The best few pictures of a person, by made-up views: sides, moments, what replaces what, what is chosen. */
#include "support.h"
#include "video/pick.h"

#include <math.h>

static char pictures[64]; /* only their addresses are looked at */

static void *offer(struct pick *pick, double time, float yaw, float score, size_t picture)
{
    const struct pick_view view = {time, yaw, score, &pictures[picture]};
    return pick_offer(pick, &view);
}

static void sides_and_quotas(void **state)
{
    static const size_t quotas[][4] = {{1, 1, 0, 0}, {2, 1, 1, 0}, {3, 1, 1, 1},
                                       {5, 2, 2, 1}, {7, 3, 2, 2}, {99, 6, 5, 5}};
    struct pick pick;
    (void)state;
    assert_int_equal(pick_side_of(-0.6f), PICK_LEFT);
    assert_int_equal(pick_side_of(0.1f), PICK_MIDDLE);
    assert_int_equal(pick_side_of(0.6f), PICK_RIGHT);
    assert_int_equal(pick_side_of(NAN), PICK_MIDDLE);
    for (size_t i = 0; i < sizeof quotas / sizeof *quotas; i++) {
        pick_begin(&pick, quotas[i][0]);
        for (enum pick_side side = 0; side < PICK_SIDES; side++)
            assert_int_equal(pick_quota(&pick, side), quotas[i][1 + side]);
    }
}

static void it_is_done_when_every_side_is_there(void **state)
{
    struct pick pick;
    void *out[PICK_MOST];
    (void)state;
    pick_begin(&pick, 3);
    assert_int_equal(pick_missing(&pick), PICK_MIDDLE);
    assert_null(offer(&pick, 0, 0, 0.5f, 0));
    assert_int_equal(pick_missing(&pick), PICK_LEFT);
    assert_null(offer(&pick, 1, 0.1f, 0.9f, 1)); /* kept in reserve */
    assert_int_equal(pick_taken(&pick), 1);
    assert_null(offer(&pick, 2, -0.5f, 0.6f, 2));
    assert_int_equal(pick_missing(&pick), PICK_RIGHT);
    assert_null(offer(&pick, 3, 0.5f, 0.6f, 3));
    assert_int_equal(pick_missing(&pick), PICK_SIDES);
    assert_int_equal(pick_taken(&pick), 3);
    assert_int_equal(pick_choose(&pick, out), 3);
    assert_ptr_equal(out[0], &pictures[1]); /* the better one of the middle */
    assert_ptr_equal(out[1], &pictures[2]);
    assert_ptr_equal(out[2], &pictures[3]);
    assert_ptr_equal(pick_spare(&pick), &pictures[0]);
    assert_null(pick_spare(&pick));
}

static void one_moment_is_one_picture(void **state)
{
    struct pick pick;
    void *out[PICK_MOST];
    (void)state;
    pick_begin(&pick, 4);
    assert_null(offer(&pick, 5, 0, 0.5f, 0));
    assert_ptr_equal(offer(&pick, 5.2, 0, 0.4f, 1), &pictures[1]);  /* worse */
    assert_ptr_equal(offer(&pick, 5.2, 0, 0.51f, 2), &pictures[2]); /* hardly better */
    assert_ptr_equal(offer(&pick, 5.2, 0, 0.8f, 3), &pictures[0]);  /* takes its place */
    assert_int_equal(pick_choose(&pick, out), 1);
    assert_ptr_equal(out[0], &pictures[3]);
}

/* Who never turns gives as many pictures as are wanted all the same, the best of all. */
static void one_side_fills_the_others_places(void **state)
{
    static const float scores[] = {0.5f, 0.9f, 0.6f, 0.8f, 0.7f};
    struct pick pick;
    void *out[PICK_MOST];
    (void)state;
    pick_begin(&pick, 3);
    for (size_t i = 0; i < 3; i++)
        assert_null(offer(&pick, (double)i, 0, scores[i], i));
    assert_ptr_equal(offer(&pick, 3, 0, scores[3], 3), &pictures[0]); /* the worst goes */
    assert_ptr_equal(offer(&pick, 4, 0, scores[4], 4), &pictures[2]);
    assert_int_equal(pick_taken(&pick), 1);
    assert_int_equal(pick_choose(&pick, out), 3);
    assert_ptr_equal(out[0], &pictures[1]);
    assert_ptr_equal(out[1], &pictures[3]);
    assert_ptr_equal(out[2], &pictures[4]);
    assert_null(pick_spare(&pick));
}

static void nothing_is_lost(void **state)
{
    struct pick pick;
    size_t given = 0, back = 0;
    uint32_t random = 7;
    void *out[PICK_MOST];
    (void)state;
    pick_begin(&pick, 5);
    for (; given < 500; given++) {
        random = random * 1664525u + 1013904223u;
        float yaw = (float)(random >> 24) / 128 - 1, score = (float)(random >> 16 & 255) / 255;
        back += offer(&pick, (double)given / 8, yaw, score, given % 64) != NULL;
    }
    back += pick_choose(&pick, out);
    while (pick_spare(&pick))
        back++;
    assert_int_equal(back, given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sides_and_quotas),
        cmocka_unit_test(it_is_done_when_every_side_is_there),
        cmocka_unit_test(one_moment_is_one_picture),
        cmocka_unit_test(one_side_fills_the_others_places),
        cmocka_unit_test(nothing_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
