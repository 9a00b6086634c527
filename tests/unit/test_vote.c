/* Names by vote: sure before said, kept against single errors, changed by many, and doubt that is told. */
#include "support.h"
#include "video/vote.h"

#include <math.h>

static struct look match(const char *name, float quality)
{
    return (struct look){
        .name = name, .match = true, .quality = quality, .similarity = 0.9f, .far = NAN};
}

static struct look stranger(float quality)
{
    return (struct look){.name = "Ada", .quality = quality, .similarity = 0.1f, .far = 0.3f};
}

static bool add(struct vote *vote, struct look look)
{
    return vote_add(vote, &look);
}

static void a_good_look_names_and_a_bad_one_waits(void **state)
{
    (void)state;
    struct vote vote;
    vote_open(&vote, NULL);
    assert_true(isnan(vote.similarity));
    assert_true(add(&vote, match("Ada", 0.8f)));
    assert_int_equal(vote.state, VOTE_NAMED);
    assert_string_equal(vote.name, "Ada");
    assert_float_equal(vote.similarity, 0.9f, 0);

    vote_open(&vote, NULL);
    assert_false(add(&vote, match("Ada", 0.2f)));
    assert_int_equal(vote.state, VOTE_OPEN);
    assert_false(add(&vote, match("Ada", 0.2f)));
    assert_true(add(&vote, match("Ada", 0.2f)));
    assert_int_equal(vote.state, VOTE_NAMED);
}

static void a_bad_picture_that_is_very_near_is_enough(void **state)
{
    (void)state;
    struct vote vote;
    struct look look = match("Ada", 0.1f);
    look.far = 1e-7f;
    vote_open(&vote, NULL);
    assert_true(vote_add(&vote, &look));
    assert_int_equal(vote.state, VOTE_NAMED);
    assert_float_equal(vote.far, 1e-7f, 1e-12);
    look.far = 0.01f; /* what any name needs */
    vote_open(&vote, NULL);
    assert_false(vote_add(&vote, &look));
}

static void names_do_not_flicker(void **state)
{
    (void)state;
    struct vote vote;
    size_t changes = 0;
    vote_open(&vote, NULL);
    add(&vote, match("Ada", 0.7f));
    add(&vote, match("Ada", 0.7f));
    /* every third look is wrong */
    for (size_t i = 0; i < 60; i++)
        changes += add(&vote, i % 3 == 2 ? match("Eve", 0.7f) : match("Ada", 0.6f));
    assert_int_equal(changes, 0);
    assert_string_equal(vote.name, "Ada");
    for (size_t i = 0; i < 60; i++)
        changes += add(&vote, i % 3 == 2 ? stranger(0.7f) : match("Ada", 0.6f));
    assert_int_equal(changes, 0);
}

static void many_looks_change_a_name_once(void **state)
{
    (void)state;
    struct vote vote;
    size_t changes = 0, looks = 0;
    vote_open(&vote, NULL);
    for (size_t i = 0; i < 10; i++)
        add(&vote, match("Ada", 0.8f));
    for (size_t i = 0; i < 20; i++) {
        changes += add(&vote, match("Eve", 0.8f));
        looks += !changes;
    }
    assert_int_equal(changes, 1);
    assert_string_equal(vote.name, "Eve");
    assert_in_range(looks, 2, 8); /* not at the first, and not at the last */
}

static void a_stranger_is_unknown_for_sure(void **state)
{
    (void)state;
    struct vote vote;
    vote_open(&vote, NULL);
    assert_false(add(&vote, stranger(0.3f)));
    assert_int_equal(vote.state, VOTE_OPEN);
    assert_true(add(&vote, stranger(0.3f)));
    assert_int_equal(vote.state, VOTE_UNKNOWN);
    assert_string_equal(vote.name, "");
}

static void two_people_it_could_be_are_said(void **state)
{
    (void)state;
    struct vote vote;
    struct look twins = match("Ada", 0.8f);
    twins.match = false;
    twins.second = "Eve";
    vote_open(&vote, NULL);
    assert_true(vote_add(&vote, &twins));
    assert_int_equal(vote.state, VOTE_DOUBT);
    assert_string_equal(vote.name, "Ada");
    assert_string_equal(vote.second, "Eve");
    add(&vote, match("Eve", 0.8f));
    assert_int_equal(vote.state, VOTE_NAMED);
    assert_string_equal(vote.name, "Eve");
    assert_string_equal(vote.second, "");

    /* by looks that contradict each other */
    vote_open(&vote, NULL);
    add(&vote, match("Ada", 0.4f));
    add(&vote, match("Eve", 0.4f));
    assert_int_equal(vote.state, VOTE_DOUBT);
}

static void more_people_than_there_is_room_for(void **state)
{
    (void)state;
    struct vote vote;
    char name[8];
    vote_open(&vote, NULL);
    for (size_t i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "n%zu", i);
        add(&vote, match(name, 0.2f));
    }
    assert_int_not_equal(vote.state, VOTE_NAMED);
    add(&vote, match("Ada", 0.9f));
    assert_string_equal(vote.name, "Ada");
    add(&vote, (struct look){.name = "", .quality = NAN});
    assert_string_equal(vote.name, "Ada");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_look_names_and_a_bad_one_waits),
        cmocka_unit_test(a_bad_picture_that_is_very_near_is_enough),
        cmocka_unit_test(names_do_not_flicker),
        cmocka_unit_test(many_looks_change_a_name_once),
        cmocka_unit_test(a_stranger_is_unknown_for_sure),
        cmocka_unit_test(two_people_it_could_be_are_said),
        cmocka_unit_test(more_people_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
