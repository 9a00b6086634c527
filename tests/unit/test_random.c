/* Numbers from a seed: always the same, spread as promised. */
#include "base/random.h"
#include "support.h"

#include <math.h>

static void a_seed_gives_its_numbers(void **state)
{
    (void)state;
    struct random a, b, other;
    random_seed(&a, 1);
    random_seed(&b, 1);
    random_seed(&other, 2);
    uint64_t first = random_next(&a);
    assert_true(first == random_next(&b) && first != random_next(&other));
    /* xoshiro256** by its authors' program, with splitmix64 from 42 */
    random_seed(&a, 42);
    assert_true(random_next(&a) == UINT64_C(1546998764402558742));
    assert_true(random_next(&a) == UINT64_C(6990951692964543102));
}

static void a_range_is_evenly_hit(void **state)
{
    (void)state;
    struct random random;
    size_t hits[7] = {0};
    random_seed(&random, 3);
    for (size_t i = 0; i < 70000; i++) {
        uint64_t value = random_below(&random, 7);
        assert_true(value < 7);
        hits[value]++;
    }
    for (size_t i = 0; i < 7; i++)
        assert_in_range(hits[i], 9600, 10400); /* four deviations of 93 */
    assert_int_equal(random_below(&random, 0), 0);
    assert_int_equal(random_below(&random, 1), 0);
}

static void reals_and_normals_have_their_moments(void **state)
{
    (void)state;
    struct random random;
    double sum = 0, squares = 0, least = 1, most = 0, mean = 0;
    random_seed(&random, 4);
    for (size_t i = 0; i < 100000; i++) {
        double x = random_normal(&random), u = random_real(&random);
        sum += x;
        squares += x * x;
        mean += u;
        least = fmin(least, u);
        most = fmax(most, u);
    }
    assert_true(fabs(sum / 1e5) < 0.013 && fabs(squares / 1e5 - 1) < 0.02);
    assert_true(fabs(mean / 1e5 - 0.5) < 0.004 && least >= 0 && least < 1e-3 && most < 1);
}

static void a_shuffle_keeps_everything(void **state)
{
    (void)state;
    struct random random;
    uint32_t items[100];
    size_t moved = 0;
    bool seen[100] = {0};
    for (uint32_t i = 0; i < 100; i++)
        items[i] = i;
    random_seed(&random, 5);
    random_shuffle(&random, items, 100);
    for (uint32_t i = 0; i < 100; i++) {
        assert_true(items[i] < 100 && !seen[items[i]]);
        seen[items[i]] = true;
        moved += items[i] != i;
    }
    assert_true(moved > 80);
    random_shuffle(&random, items, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_gives_its_numbers),
        cmocka_unit_test(a_range_is_evenly_hit),
        cmocka_unit_test(reals_and_normals_have_their_moments),
        cmocka_unit_test(a_shuffle_keeps_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
