/* Every kernel of every instruction set against the scalar one, on odd sizes and offsets. */
#include "kernel/kernel.h"
#include "support.h"

#include <math.h>

#define MAX_N 1030

static uint32_t state = 12345;

static uint32_t next(void)
{
    return state = state * 1664525u + 1013904223u;
}

static float next_float(void)
{
    return (float)(next() >> 8) / 8388608.0f - 1.0f;
}

static const size_t sizes[] = {1,  2,  3,  4,  5,  7,  8,   9,   15,  16,  17,
                               31, 32, 33, 63, 64, 65, 128, 192, 511, 1024};

static void near(float got, float expected, float size, const char *what,
                 const struct kernel_table *k)
{
    if (!(fabsf(got - expected) <= 2e-6f * (size + 1)))
        fail_msg("%s of %s: %g, scalar says %g", what, cpu_simd_name(k->simd), (double)got,
                 (double)expected);
}

static void test_sums(const struct kernel_table *k)
{
    static float a[MAX_N], b[9 * (MAX_N + 7)];
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (size_t offset = 0; offset < 3; offset++) { /* no alignment is promised */
            size_t n = sizes[s], stride = n + 7 - offset;
            for (size_t i = 0; i < MAX_N; i++)
                a[i] = next_float();
            for (size_t i = 0; i < 9 * stride; i++)
                b[i] = next_float();
            near(k->dot(a + offset, b + offset, n), kernel_scalar.dot(a + offset, b + offset, n),
                 (float)n, "dot", k);
            near(k->sqdist(a + offset, b, n), kernel_scalar.sqdist(a + offset, b, n), (float)n,
                 "sqdist", k);
            for (size_t rows = 0; rows <= 9; rows++) {
                float got[10], expected[10];
                got[rows] = 42;
                k->dot_rows(a, b, stride, rows, n, got);
                kernel_scalar.dot_rows(a, b, stride, rows, n, expected);
                assert_true(got[rows] == 42);
                for (size_t r = 0; r < rows; r++)
                    near(got[r], expected[r], (float)n, "dot_rows", k);
            }
        }
    }
}

static void test_blend(const struct kernel_table *k)
{
    static uint8_t bytes[4][MAX_N];
    static float got[MAX_N + 1], expected[MAX_N + 1];
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t taps = 1; taps <= 4; taps++) {
            const uint8_t *rows[4];
            float weights[4];
            size_t n = sizes[s];
            for (size_t t = 0; t < 4; t++) {
                for (size_t i = 0; i < MAX_N; i++)
                    bytes[t][i] = (uint8_t)(next() >> 24);
                rows[t] = bytes[t] + t;
                weights[t] = next_float();
            }
            got[n] = 42;
            k->blend_rows(rows, weights, taps, n, got);
            kernel_scalar.blend_rows(rows, weights, taps, n, expected);
            assert_true(got[n] == 42);
            for (size_t i = 0; i < n; i++)
                near(got[i], expected[i], 1000, "blend_rows", k);
        }
}

static void test_halve(const struct kernel_table *k)
{
    for (size_t n = 1; n < 70; n++) {
        uint8_t *above = malloc(6 * n),
                *below = malloc(6 * n); /* exact, for the address sanitizer */
        uint8_t *got = malloc(3 * n), *expected = malloc(3 * n);
        for (size_t i = 0; i < 6 * n; i++) {
            above[i] = (uint8_t)(next() >> 24);
            below[i] = (uint8_t)(next() >> 24);
        }
        k->halve_row(above, below, n, got);
        kernel_scalar.halve_row(above, below, n, expected);
        assert_memory_equal(got, expected, 3 * n);
        free(above), free(below), free(got), free(expected);
    }
}

static void test_planar(const struct kernel_table *k)
{
    const float scale[3] = {0.5f, 0.25f, 2}, shift[3] = {-1, 0, 3};
    for (size_t n = 1; n < 70; n++)
        for (size_t round = 0, taps = 1; taps <= 3; taps += round, round = !round) {
            size_t width = (round ? 2 : 9) * n + taps;
            float *row = malloc(3 * width * sizeof *row),
                  *weights = malloc(n * taps * sizeof *weights);
            int32_t *first = malloc(n * sizeof *first);
            float *got = malloc(3 * n * sizeof *got), *expected = malloc(3 * n * sizeof *expected);
            for (size_t i = 0; i < 3 * width; i++)
                row[i] = 255 * next_float();
            for (size_t i = 0; i < n * taps; i++)
                weights[i] = next_float();
            size_t step = 1 + next() % 3, at = 0; /* dense, as when resizing, or with jumps */
            for (size_t i = 0; i < n; i++) {
                first[i] = (int32_t)at;
                at += next() % (step == 3 ? 9 : step + 1);
                at = at > width - taps ? width - taps : at;
            }
            float *const to[3] = {got, got + n, got + 2 * n};
            float *const ref[3] = {expected, expected + n, expected + 2 * n};
            k->planar_row(row, first, weights, taps, n, scale, shift, to);
            kernel_scalar.planar_row(row, first, weights, taps, n, scale, shift, ref);
            for (size_t i = 0; i < 3 * n; i++)
                near(got[i], expected[i], 1000, "planar_row", k);
            free(row), free(weights), free(first), free(got), free(expected);
        }
}

static void all_tables(void (*test)(const struct kernel_table *))
{
    for (int i = 0; i < CPU_SIMD_COUNT; i++) {
        const struct kernel_table *table = kernel_table_of((enum cpu_simd)i);
        if (table)
            test(table);
        else
            fprintf(stderr, "SKIPPED %s: not on this processor\n", cpu_simd_name((enum cpu_simd)i));
    }
}

static void sums(void **unused)
{
    (void)unused;
    all_tables(test_sums);
}
static void blends(void **unused)
{
    (void)unused;
    all_tables(test_blend);
}
static void halves(void **unused)
{
    (void)unused;
    all_tables(test_halve);
}
static void planes(void **unused)
{
    (void)unused;
    all_tables(test_planar);
}

static void choice(void **unused)
{
    (void)unused;
    setenv("VULTUS_SIMD", "scalar", 1);
    assert_ptr_equal(kernel_best(), &kernel_scalar);
    setenv("VULTUS_SIMD", "no such path", 1);
    assert_non_null(kernel_best());
    unsetenv("VULTUS_SIMD");
    assert_true(cpu_has(kernel_best()->simd));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sums), cmocka_unit_test(blends),
                                       cmocka_unit_test(halves), cmocka_unit_test(planes),
                                       cmocka_unit_test(choice)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
