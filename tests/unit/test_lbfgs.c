/* The minimiser on functions whose least is known, and logistic regression on top of it. */
#include "base/memory.h"
#include "decide/lbfgs.h"
#include "decide/logistic.h"
#include "support.h"

#include <math.h>

/* Rosenbrock's valley; its least is 0 at (1, ..., 1). */
static vultus_status valley(void *context, const double *x, double *value, double *gradient,
                            vultus_error *error)
{
    size_t *calls = context;
    (void)error;
    ++*calls;
    *value = 0;
    for (size_t i = 0; i < 6; i++)
        gradient[i] = 0;
    for (size_t i = 0; i < 5; i++) {
        double bend = x[i + 1] - x[i] * x[i], rest = 1 - x[i];
        *value += 100 * bend * bend + rest * rest;
        gradient[i] += -400 * bend * x[i] - 2 * rest;
        gradient[i + 1] += 200 * bend;
    }
    return VULTUS_OK;
}

static void the_least_of_a_valley_is_found(void **state)
{
    (void)state;
    size_t calls = 0;
    double x[6] = {-1.2, 1, -1.2, 1, -1.2, 1};
    struct lbfgs_report report;
    vultus_error error = {0};
    const struct lbfgs_problem problem = {
        .size = 6, .evaluate = valley, .context = &calls, .tolerance = 1e-10, .iterations = 500};
    assert_ok(lbfgs_minimise(&problem, x, &report, &error), &error);
    assert_true(report.converged && report.iterations < 100 && calls < 250);
    for (size_t i = 0; i < 6; i++)
        assert_true(fabs(x[i] - 1) < 1e-5);
}

static vultus_status fail_third(void *context, const double *x, double *value, double *gradient,
                                vultus_error *error)
{
    size_t *calls = context;
    vultus_status status = valley(context, x, value, gradient, error);
    return *calls == 3 ? status_set(error, VULTUS_ERR_LIMIT, "three are enough") : status;
}

static bool at_once(void *context)
{
    return *(size_t *)context > 4;
}

static void what_ends_early_says_so(void **state)
{
    (void)state;
    size_t calls = 0;
    double x[6] = {-1.2, 1, -1.2, 1, -1.2, 1};
    struct lbfgs_report report;
    vultus_error error = {0};
    struct lbfgs_problem problem = {
        .size = 6, .evaluate = valley, .context = &calls, .tolerance = 1e-10, .iterations = 3};
    assert_ok(lbfgs_minimise(&problem, x, &report, &error), &error);
    assert_true(!report.converged && report.iterations == 3);
    const double before = x[0];
    calls = 0;
    problem.evaluate = fail_third;
    assert_error(VULTUS_ERR_LIMIT, lbfgs_minimise(&problem, x, &report, &error), &error, "three");
    problem.evaluate = valley;
    problem.iterations = 500;
    problem.stop = at_once;
    problem.stop_context = &calls;
    assert_error(VULTUS_ERR_CANCELLED, lbfgs_minimise(&problem, x, &report, &error), &error,
                 "stopped");
    mem_fail_after(1, true);
    assert_int_equal(lbfgs_minimise(&problem, x, &report, &error), VULTUS_ERR_MEMORY);
    mem_fail_after(0, false);
    assert_true(x[0] == before);
}

/* One feature, four rows: the derivative of the loss is 0 where the answer is. */
static void a_regression_is_at_its_least(void **state)
{
    (void)state;
    static const float rows[4] = {-1, 0.5f, 1, 2};
    static const uint8_t yes[4] = {0, 1, 0, 1};
    double answer[2], slope = 0, bias = 0;
    vultus_error error = {0};
    const struct logistic_fit fit = {.rows = rows,
                                     .columns = rows, /* of one number each: the same */
                                     .yes = yes,
                                     .count = 4,
                                     .dimension = 1,
                                     .c = 2,
                                     .tolerance = 1e-7,
                                     .iterations = 100};
    assert_ok(logistic_train(&fit, answer, &error), &error);
    for (size_t i = 0; i < 4; i++) {
        double residual = logistic_sigmoid(answer[0] * (double)rows[i] + answer[1]) - yes[i];
        slope += residual * (double)rows[i];
        bias += residual;
    }
    assert_true(answer[0] > 0.5 && fabs(slope + answer[0] / 2) < 1e-5 && fabs(bias) < 1e-5);
}

static void sigmoids_bear_large_numbers(void **state)
{
    (void)state;
    assert_true(logistic_sigmoid(1000) == 1 && logistic_sigmoid(-1000) == 0);
    assert_true(logistic_softplus(1000) == 1000 && logistic_softplus(-1000) == 0);
    assert_true(fabs(logistic_softplus(0) - log(2)) < 1e-15);
    static const float rows[6] = {1, 2, 3, 4, 5, 6};
    float columns[6];
    logistic_transpose(rows, 2, 3, columns);
    assert_true(columns[0] == 1 && columns[1] == 4 && columns[4] == 3 && columns[5] == 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_of_a_valley_is_found),
        cmocka_unit_test(what_ends_early_says_so),
        cmocka_unit_test(a_regression_is_at_its_least),
        cmocka_unit_test(sigmoids_bear_large_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
