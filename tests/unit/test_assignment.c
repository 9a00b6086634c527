/* Least costs in all, against every order there is; what may not be paired; more of one than of the other. */
#include "base/memory.h"
#include "base/random.h"
#include "support.h"
#include "video/assignment.h"

#include <math.h>

#define SMALL 6

/* The least cost of rows from `row` on, over the columns that are free. */
static double least(const struct assignment *assignment, size_t row, unsigned taken)
{
    if (row == assignment->rows)
        return 0;
    double best = assignment->leave + least(assignment, row + 1, taken);
    for (size_t column = 0; column < assignment->columns; column++) {
        double cost = assignment->cost[row * assignment->columns + column];
        if (!(taken >> column & 1) && cost < INFINITY)
            best = fmin(best, cost + least(assignment, row + 1, taken | 1u << column));
    }
    return best;
}

static double cost_in_all(const struct assignment *assignment)
{
    double sum = 0;
    unsigned taken = 0;
    for (size_t row = 0; row < assignment->rows; row++) {
        size_t column = assignment->chosen[row];
        if (column == ASSIGNMENT_NONE) {
            sum += assignment->leave;
            continue;
        }
        assert_true(column < assignment->columns && !(taken >> column & 1));
        taken |= 1u << column;
        sum += assignment->cost[row * assignment->columns + column];
        assert_true(assignment->cost[row * assignment->columns + column] <= assignment->leave);
    }
    return sum;
}

static void it_is_the_best_of_all_orders(void **state)
{
    (void)state;
    struct assignment assignment = {0};
    struct random random;
    vultus_error error = {0};
    random_seed(&random, 7);
    for (size_t trial = 0; trial < 400; trial++) {
        size_t rows = 1 + random_below(&random, SMALL), columns = 1 + random_below(&random, SMALL);
        assert_ok(assignment_begin(&assignment, rows, columns, &error), &error);
        for (size_t i = 0; i < rows * columns; i++)
            assignment.cost[i] = random_below(&random, 3) ? random_real(&random) : INFINITY;
        assignment.leave = trial % 2 ? 0.4 : 100; /* more than any order of the others */
        assignment_solve(&assignment);
        assert_float_equal(cost_in_all(&assignment), least(&assignment, 0, 0), 1e-9);
    }
    assignment_clear(&assignment);
}

static void a_crowd_is_quick_and_exact(void **state)
{
    (void)state;
    enum { MANY = 300 };
    struct assignment assignment = {0};
    struct random random;
    uint32_t place[MANY];
    vultus_error error = {0};
    random_seed(&random, 8);
    for (uint32_t i = 0; i < MANY; i++)
        place[i] = i;
    random_shuffle(&random, place, MANY);
    assert_ok(assignment_begin(&assignment, MANY, MANY, &error), &error);
    for (size_t i = 0; i < (size_t)MANY * MANY; i++)
        assignment.cost[i] = 1 + random_real(&random);
    for (size_t i = 0; i < MANY; i++)
        assignment.cost[i * MANY + place[i]] = 0.1;
    assignment.leave = 3;
    assignment_solve(&assignment);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(assignment.chosen[i], place[i]);
    assignment_clear(&assignment);
}

static void limits_and_memory_are_statuses(void **state)
{
    (void)state;
    struct assignment assignment = {0};
    vultus_error error = {0};
    assert_error(VULTUS_ERR_LIMIT, assignment_begin(&assignment, 2000, 1, &error), &error, "faces");
    for (long n = 1; n <= 3; n++) {
        mem_fail_after(n, false);
        assert_error(VULTUS_ERR_MEMORY, assignment_begin(&assignment, 3, 3, &error), &error, "");
        mem_fail_after(0, false);
        assert_null(assignment.cost);
    }
    assert_ok(assignment_begin(&assignment, 0, 3, &error), &error);
    assignment_solve(&assignment);
    assignment_clear(&assignment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_best_of_all_orders),
        cmocka_unit_test(a_crowd_is_quick_and_exact),
        cmocka_unit_test(limits_and_memory_are_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
