/*
 * Fits of made-up tails whose truth is known: with many excesses the tail itself, and with few a prediction
 * that comes true as often as it says, on average over what could have been seen.
 */
#include "base/random.h"
#include "decide/tail.h"
#include "support.h"

#include <math.h>

enum { MANY = 5000, FEW = 100, TIMES = 400 };

static const struct tail truths[] = {{0.05, -0.2}, {1.0, -0.1}, {20.0, 0.0}};

static void draw(struct random *random, const struct tail *truth, double *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[i] = tail_excess(truth, 1 - random_real(random));
}

static void many_excesses_give_the_tail(void **state)
{
    static double excesses[MANY];
    struct random random;
    (void)state;
    random_seed(&random, 1);
    for (size_t i = 0; i < sizeof truths / sizeof *truths; i++) {
        draw(&random, truths + i, excesses, MANY);
        struct tail found = tail_fit(excesses, MANY);
        assert_float_equal(found.shape, truths[i].shape, 0.05);
        assert_float_equal(found.scale / truths[i].scale, 1, 0.05);
    }
}

/* A prediction is right on average over all tails that the prior expects. The most likely tail comes true
 * nine times as often as it says. */
static void few_excesses_promise_no_more_than_comes_true(void **state)
{
    static const double asked[2] = {1e-2, 1e-4};
    static double excesses[FEW];
    double came[2] = {0, 0};
    struct random random;
    (void)state;
    random_seed(&random, 2);
    for (int t = 0; t < TIMES; t++) {
        const struct tail truth = {1, -0.1 + 0.1 * random_normal(&random)};
        draw(&random, &truth, excesses, FEW);
        struct tail found = tail_fit(excesses, FEW);
        for (int a = 0; a < 2; a++)
            came[a] += tail_survival(&truth, tail_excess(&found, asked[a])) / asked[a] / TIMES;
    }
    print_message("came true %.2f and %.2f times as often as asked\n", came[0], came[1]);
    for (int a = 0; a < 2; a++)
        assert_true(came[a] > 0.6 && came[a] < 2);
}

static void equal_excesses_have_a_tail(void **state)
{
    const double equal[3] = {1, 1, 1};
    struct tail found = tail_fit(equal, 3);
    (void)state;
    assert_true(found.scale > 0 && isfinite(found.scale));
    assert_true(fabs(found.shape) <= TAIL_SHAPE_MAX);
    found = tail_fit(equal, 1);
    assert_true(found.scale > 0 && isfinite(found.scale));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_excesses_give_the_tail),
        cmocka_unit_test(few_excesses_promise_no_more_than_comes_true),
        cmocka_unit_test(equal_excesses_have_a_tail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
