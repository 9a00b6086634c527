/* Eigenvectors: they are, they are orthogonal, and in order. */
#include "base/eigen.h"
#include "base/memory.h"
#include "base/random.h"
#include "support.h"

#include <math.h>

static void check(const double *matrix, size_t n)
{
    vultus_error error = {0};
    double *vectors = mem_copy(matrix, n * n * sizeof *matrix);
    double *values = mem_array(n, sizeof *values);
    double scale = 1e-300;
    for (size_t i = 0; i < n * n; i++)
        scale = fmax(scale, fabs(matrix[i]));
    assert_ok(eigen_symmetric(vectors, n, values, &error), &error);
    for (size_t i = 0; i < n; i++) {
        const double *v = vectors + i * n;
        assert_true(!i || values[i] <= values[i - 1]);
        for (size_t k = 0; k <= i; k++) {
            double product = 0;
            for (size_t j = 0; j < n; j++)
                product += v[j] * vectors[k * n + j];
            assert_true(fabs(product - (i == k)) < 1e-11);
        }
        for (size_t k = 0; k < n; k++) {
            double sum = 0;
            for (size_t j = 0; j < n; j++)
                sum += matrix[k * n + j] * v[j];
            assert_true(fabs(sum - values[i] * v[k]) < 1e-11 * scale * (double)n);
        }
    }
    mem_free(vectors);
    mem_free(values);
}

static void known_matrices(void **state)
{
    (void)state;
    const double one[] = {3}, two[] = {2, 1, 1, 2}, zero[9] = {0};
    const double three[] = {4, 1, -2, 1, 2, 0, -2, 0, 3};
    const double equal[] = {5, 0, 0, 0, 0, 5, 0, 0, 0, 0, 5, 0, 0, 0, 0, 5};
    double vectors[4] = {2, 1, 1, 2}, values[2];
    vultus_error error = {0};
    check(one, 1);
    check(two, 2);
    check(zero, 3);
    check(three, 3);
    check(equal, 4);
    assert_ok(eigen_symmetric(vectors, 2, values, &error), &error);
    assert_float_equal(values[0], 3, 1e-14);
    assert_float_equal(values[1], 1, 1e-14);
    assert_float_equal(fabs(vectors[0]), sqrt(0.5), 1e-14);
    assert_ok(eigen_symmetric(NULL, 0, NULL, &error), &error);
}

static void random_matrices_of_any_rank(void **state)
{
    (void)state;
    static const size_t sizes[] = {2, 3, 5, 16, 33, 64, 130};
    struct random random;
    random_seed(&random, 1);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t rank = 1; rank <= sizes[s]; rank += 1 + sizes[s] / 2) {
            size_t n = sizes[s];
            double *matrix = mem_zalloc(n * n, sizeof *matrix), *x = mem_array(n, sizeof *x);
            for (size_t r = 0; r < rank; r++) { /* of very different sizes */
                double weight = pow(10, 6 * random_real(&random) - 3);
                for (size_t i = 0; i < n; i++)
                    x[i] = random_normal(&random);
                for (size_t i = 0; i < n; i++)
                    for (size_t k = 0; k < n; k++)
                        matrix[i * n + k] += (r % 2 ? -weight : weight) * x[i] * x[k];
            }
            check(matrix, n);
            mem_free(matrix);
            mem_free(x);
        }
}

static void bad_numbers_and_no_memory(void **state)
{
    (void)state;
    double matrix[4] = {1, NAN, NAN, 1}, values[2], good[4] = {1, 2, 2, 1};
    vultus_error error = {0};
    assert_error(VULTUS_ERR_INTERNAL, eigen_symmetric(matrix, 2, values, &error), &error,
                 "not numbers");
    long live = mem_live();
    mem_fail_after(1, false);
    assert_error(VULTUS_ERR_MEMORY, eigen_symmetric(good, 2, values, &error), &error,
                 "eigenvectors");
    mem_fail_after(0, false);
    assert_int_equal(mem_live(), live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_matrices),
        cmocka_unit_test(random_matrices_of_any_rank),
        cmocka_unit_test(bad_numbers_and_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
