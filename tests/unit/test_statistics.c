/* Quantiles against numbers that are known. */
#include "base/statistics.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>

static void quantiles_lie_between(void **state)
{
    (void)state;
    double values[] = {4, 1, 3, 2}, one = 7;
    float floats[] = {2, -1, 2, 0};
    size_t lower, upper;
    qsort(values, 4, sizeof *values, statistics_doubles);
    qsort(floats, 4, sizeof *floats, statistics_floats);
    assert_true(values[0] == 1 && values[3] == 4 && floats[0] == -1 && floats[3] == 2);
    assert_float_equal(statistics_quantile(values, 4, 0), 1, 0);
    assert_float_equal(statistics_quantile(values, 4, 0.5), 2.5, 1e-12);
    assert_float_equal(statistics_quantile(values, 4, 0.9), 3.7, 1e-12); /* numpy.quantile */
    assert_float_equal(statistics_quantile(values, 4, 1), 4, 0);
    assert_float_equal(statistics_quantile(&one, 1, 0.3), 7, 0);
    assert_float_equal(statistics_place(5, 0.6, &lower, &upper), 0.4, 1e-12);
    assert_true(lower == 2 && upper == 3);
}

static void deviates_are_those_of_the_tables(void **state)
{
    (void)state;
    assert_float_equal(statistics_deviate(0.5), 0, 1e-9);
    assert_float_equal(statistics_deviate(0.025), 1.959963984540054, 1e-9);
    assert_float_equal(statistics_deviate(0.975), -1.959963984540054, 1e-9);
    assert_float_equal(statistics_deviate(1e-9), 5.997807015007687,
                       1e-9); /* scipy.stats.norm.isf */
}

static void shares_have_an_interval_at_their_ends_too(void **state)
{
    double low, high;
    (void)state;
    statistics_wilson(8, 10, &low, &high); /* statsmodels: proportion_confint(8, 10, method="wilson") */
    assert_float_equal(low, 0.49016247153664197, 1e-9);
    assert_float_equal(high, 0.9433178485456247, 1e-9);
    statistics_wilson(4, 4, &low, &high);
    assert_float_equal(low, 0.5101091635, 1e-9);
    assert_float_equal(high, 1, 0);
    statistics_wilson(0, 10, &low, &high);
    assert_float_equal(low, 0, 0);
    assert_float_equal(high, 0.2775327999, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_lie_between),
        cmocka_unit_test(deviates_are_those_of_the_tables),
        cmocka_unit_test(shares_have_an_interval_at_their_ends_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
