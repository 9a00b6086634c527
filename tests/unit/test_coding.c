/*
 * Bounds by codes, the short and the fine ones, are never under the product that they bound, whatever the
 * vectors are; and the fine ones are near it.
 */
#include "base/memory.h"
#include "base/random.h"
#include "gallery/coding.h"
#include "support.h"

#include <math.h>

enum { ROWS = 4096, PROBES = 24, LEARNT = 2048 };

enum data { EVEN, FALLING, SPIKE, HUGE_ONE, TINY, ZEROS, EQUAL, KINDS };

static struct random dice;

static float coordinate(enum data kind, size_t i, size_t n)
{
    double value = random_normal(&dice);
    switch (kind) {
    case FALLING: return (float)(value * exp(-10.0 * (double)i / (double)n));
    case SPIKE: return (float)(random_below(&dice, n) ? value / 50 : 40 * value);
    case HUGE_ONE: return (float)(i ? value : 1e5 * value); /* against many small ones */
    case TINY: return (float)(random_below(&dice, 4) ? value * 1e-40 : value); /* denormal */
    case ZEROS: return (float)(random_below(&dice, n) ? 0 : 1);
    case EQUAL: return 1;
    default: return (float)value;
    }
}

static void make(enum data kind, size_t n, float length, float *x)
{
    double squared = 0;
    for (size_t i = 0; i < n; i++) {
        x[i] = coordinate(kind, i, n);
        squared += (double)x[i] * (double)x[i];
    }
    if (squared < 1e-12)
        squared = x[0] = 1;
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((double)x[i] / sqrt(squared) * (double)length);
}

static double product(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

static void fail_below(const char *what, enum data kind, size_t n, float bound, double exact)
{
    fail_msg("%s, data %d of %zu numbers: %.9g is said to be the most, it is %.9g", what, (int)kind,
             n, (double)bound, exact);
}

/* The bounds of a group of rows with a probe. */
static void check_group(const struct axes *axes, struct codes_scratch *scratch, enum data kind,
                        bool near, const float *rows, const float *probe)
{
    static uint32_t places[CODES_GROUP];
    const struct codes_kernels *kernels = codes_kernels_best();
    const size_t n = axes->dimension;
    uint8_t *group = mem_aligned(1, codes_group_bytes(axes));
    uint8_t *fine = mem_array(CODES_GROUP, codes_fine_bytes(axes));
    int8_t *values = mem_array(axes->count, 1);
    float bounds[CODES_GROUP], finer[CODES_GROUP];
    struct codes_probe coded;
    codes_write(axes, scratch, rows, n, group, fine);
    codes_probe_make(axes, scratch, probe, values, &coded);
    for (uint32_t r = 0; r < CODES_GROUP; r++)
        places[r] = r;
    kernels->bounds(group, 1, &coded, bounds);
    kernels->bounds_fine(fine, places, CODES_GROUP, &coded, finer);
    for (size_t r = 0; r < CODES_GROUP; r++) {
        const float *row = rows + r * n;
        double exact = product(row, probe, n);
        double lengths = sqrt(product(row, row, n) * product(probe, probe, n));
        if (!((double)bounds[r] >= exact))
            fail_below("short codes", kind, n, bounds[r], exact);
        if (!((double)finer[r] >= exact))
            fail_below("fine codes", kind, n, finer[r], exact);
        if (kind == EVEN && near) /* of data without surprises they are worth having */
            assert_true((double)finer[r] - exact < 0.05 * lengths &&
                        (double)bounds[r] - exact < 0.3 * lengths);
    }
    mem_free(group);
    mem_free(fine);
    mem_free(values);
}

static void check(enum data kind, size_t n, bool raw)
{
    struct axes axes;
    struct codes_scratch *scratch;
    vultus_error error = {0};
    float *rows = mem_array(ROWS * n, sizeof *rows);
    float *probe = mem_array(n, sizeof *probe);
    for (size_t i = 0; i < ROWS;
         i++) /* the last ones are not like those that axes are learnt from */
        make(i < ROWS - 64 ? kind : EVEN, n, raw ? (float)exp(20 * random_real(&dice) - 10) : 1,
             rows + i * n);
    assert_ok(axes_learn(rows, n, LEARNT, n, &axes, &error), &error);
    assert_ok(codes_scratch_new(&axes, &scratch, &error), &error);
    for (size_t p = 0; p < PROBES; p++) {
        size_t group = p % 3 ? random_below(&dice, ROWS / CODES_GROUP) : ROWS / CODES_GROUP - 1;
        make(p % 2 ? kind : (enum data)random_below(&dice, KINDS), n, 1, probe);
        if (p % 5 == 1) /* one of them */
            memcpy(probe, rows + group * CODES_GROUP * n, n * sizeof *probe);
        check_group(&axes, scratch, kind, !raw, rows + group * CODES_GROUP * n, probe);
    }
    codes_scratch_free(scratch);
    axes_clear(&axes);
    mem_free(rows);
    mem_free(probe);
}

static void bounds_are_never_below(void **state)
{
    (void)state;
    static const size_t dimensions[] = {1, 7, 24, 128, 300};
    random_seed(&dice, 3);
    for (size_t d = 0; d < sizeof dimensions / sizeof *dimensions; d++)
        for (int kind = 0; kind < KINDS; kind++) {
            check((enum data)kind, dimensions[d], false);
            check((enum data)kind, dimensions[d], true);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bounds_are_never_below)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
