/* The kernels of codes of every instruction set against the scalar ones, and half floats. */
#include "base/memory.h"
#include "base/random.h"
#include "kernel/codes.h"
#include "support.h"

#include <math.h>

#define PROBES 11
#define GROUPS 5
#define FINE_ROWS 9

static struct random dice;

static void fill_group(uint8_t *group, size_t chunks)
{
    uint8_t *behind = group + chunks * CODES_CHUNK_BYTES;
    for (size_t i = 0; i < chunks * CODES_CHUNK_BYTES; i++)
        group[i] = (uint8_t)random_next(&dice);
    for (size_t r = 0; r < CODES_GROUP; r++) {
        float scale = (float)random_real(&dice);
        uint16_t residual = codes_half_up((float)random_real(&dice) / 8);
        uint16_t length = codes_half_up((float)random_real(&dice) * 20);
        memcpy(behind + 4 * r, &scale, 4);
        memcpy(behind + 64 + 2 * r, &residual, 2);
        memcpy(behind + 96 + 2 * r, &length, 2);
    }
}

static void fill_probe(struct codes_probe *probe, int8_t *values, size_t chunks, bool extreme)
{
    int sum = 0;
    for (size_t i = 0; i < chunks * CODES_CHUNK; i++) {
        values[i] = extreme ? 127 : (int8_t)(random_below(&dice, 255) - 127);
        sum += values[i];
    }
    *probe = (struct codes_probe){.values = values,
                                  .chunks = chunks,
                                  .scale = 0.01f,
                                  .centre = CODES_CENTRE * (float)sum,
                                  .fine_centre = CODES_FINE_CENTRE * (float)sum,
                                  .narrow = codes_narrow(values, chunks),
                                  .norm = 1,
                                  .error = 0.001f};
}

/* Rows of fine codes; `extreme`: the largest sums there are. */
static void fill_fine(uint8_t *rows, size_t chunks, bool extreme)
{
    for (size_t r = 0; r < FINE_ROWS; r++, rows += CODES_FINE_BYTES(chunks)) {
        uint8_t *behind = rows + chunks * CODES_CHUNK;
        float scale = (float)random_real(&dice);
        uint16_t residual = codes_half_up((float)random_real(&dice) / 8);
        uint16_t length = codes_half_up((float)random_real(&dice) * 20);
        for (size_t i = 0; i < chunks * CODES_CHUNK; i++)
            rows[i] = extreme ? 127 : (uint8_t)random_below(&dice, 128);
        memcpy(behind, &scale, 4);
        memcpy(behind + 4, &residual, 2);
        memcpy(behind + 6, &length, 2);
    }
}

static void near(const float *got, const float *expected, size_t n, const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabsf(got[i] - expected[i]) <= 1e-5f * (fabsf(expected[i]) + 1)))
            fail_msg("%s: %zu of %zu: %g, scalar says %g", what, i, n, (double)got[i],
                     (double)expected[i]);
}

static void compare_fine(const struct codes_kernels *kernels, size_t chunks, bool extreme)
{
    static const uint32_t places[] = {0, 2, 3, FINE_ROWS - 1};
    enum { COUNT = sizeof places / sizeof *places };
    int8_t values[64 * CODES_CHUNK];
    float got[COUNT], expected[COUNT];
    struct codes_probe probe;
    uint8_t *rows = mem_array(FINE_ROWS, CODES_FINE_BYTES(chunks)); /* not a byte more */
    fill_fine(rows, chunks, extreme);
    fill_probe(&probe, values, chunks, extreme);
    codes_kernels_scalar.bounds_fine(rows, places, COUNT, &probe, expected);
    kernels->bounds_fine(rows, places, COUNT, &probe, got);
    near(got, expected, COUNT, "bounds_fine");
    mem_free(rows);
}

static void compare(const struct codes_kernels *kernels, size_t chunks, bool extreme)
{
    static int8_t values[PROBES][64 * CODES_CHUNK];
    static float got[PROBES][GROUPS * CODES_GROUP], expected[PROBES][GROUPS * CODES_GROUP];
    struct codes_probe probes[PROBES];
    float *out[PROBES];
    uint8_t *groups = mem_aligned(GROUPS, CODES_GROUP_BYTES(chunks));
    for (size_t g = 0; g < GROUPS; g++)
        fill_group(groups + g * CODES_GROUP_BYTES(chunks), chunks);
    if (extreme) /* the largest sums there are */
        memset(groups, 0xff, chunks * CODES_CHUNK_BYTES);
    for (size_t p = 0; p < PROBES; p++) {
        fill_probe(&probes[p], values[p], chunks, extreme);
        codes_kernels_scalar.bounds(groups, GROUPS, &probes[p], expected[p]);
        kernels->bounds(groups, GROUPS, &probes[p], got[p]);
        near(got[p], expected[p], GROUPS * CODES_GROUP, "bounds");
        memset(got[p], 0, sizeof got[p]);
        out[p] = got[p];
    }
    kernels->bounds_many(groups, GROUPS, probes, PROBES, out);
    for (size_t p = 0; p < PROBES; p++)
        near(got[p], expected[p], GROUPS * CODES_GROUP, "bounds_many");
    mem_free(groups);
}

static void check_select(const struct codes_kernels *kernels)
{
    float values[100];
    uint32_t got[100], expected[100];
    for (size_t n = 0; n <= 100; n++) {
        for (size_t i = 0; i < n; i++)
            values[i] = (float)random_below(&dice, 8);
        if (n > 3)
            values[n - 2] = NAN; /* never enough */
        for (float least = -1; least < 9; least++) {
            size_t count = codes_kernels_scalar.select(values, n, least, expected);
            assert_int_equal(kernels->select(values, n, least, got), count);
            assert_memory_equal(got, expected, count * sizeof *got);
        }
    }
    values[0] = -INFINITY;
    assert_int_equal(kernels->select(values, 1, -INFINITY, got), 1);
}

static void every_table_gives_the_scalar_answer(void **state)
{
    (void)state;
    const struct codes_kernels *tables[CPU_SIMD_COUNT + 1] = {0};
    size_t count = 0;
    random_seed(&dice, 1);
    for (int simd = 0; simd < CPU_SIMD_COUNT; simd++)
        if ((tables[count] = codes_kernels_of((enum cpu_simd)simd)))
            count++;
#if defined(__x86_64__)
    if (cpu_has(CPU_AVX512) && tables[count - 1] != &codes_kernels_avx512)
        tables[count++] = &codes_kernels_avx512; /* behind VNNI */
#elif defined(__aarch64__)
    if (tables[count - 1] != &codes_kernels_neon)
        tables[count++] = &codes_kernels_neon; /* behind dot products */
#endif
    for (size_t t = 0; t < count; t++) {
        for (size_t chunks = 1; chunks <= 64; chunks = chunks < 9 ? chunks + 1 : 2 * chunks - 2) {
            compare(tables[t], chunks, false);
            compare(tables[t], chunks, true);
            compare_fine(tables[t], chunks, false);
            compare_fine(tables[t], chunks, true);
        }
        check_select(tables[t]);
    }
}

static void sums_of_so_many_chunks_fit(void **state)
{
    (void)state;
    enum { CHUNKS = 37 };
    int8_t values[CHUNKS * CODES_CHUNK];
    memset(values, 127, sizeof values);
    assert_int_equal(codes_narrow(values, CHUNKS), 3); /* four would: 37, 19, 10, 5, 3 */
    assert_int_equal(codes_narrow(values, 4), 4);
    for (size_t i = 0; i < sizeof values; i++)
        values[i] = i % 4 < 2 ? 127 : -127;
    assert_int_equal(codes_narrow(values, CHUNKS), 3);
    for (size_t i = 0; i < sizeof values; i++)
        values[i] = (int8_t)(i % 2 ? 14 : -14);
    assert_int_equal(codes_narrow(values, CHUNKS), CHUNKS);
    assert_int_equal(codes_narrow(values, 0), 0);
    values[36 * CODES_CHUNK] = 127; /* in the last one */
    assert_int_equal(codes_narrow(values, CHUNKS), CHUNKS);
    memset(values + 31 * CODES_CHUNK, 127, 6 * CODES_CHUNK);
    assert_int_equal(codes_narrow(values, CHUNKS), 5);
}

static void halves_are_never_below(void **state)
{
    (void)state;
    random_seed(&dice, 2);
    for (uint32_t half = 0; half < 0x7c00; half++) { /* every finite half is itself */
        float value = codes_half_float((uint16_t)half);
        assert_int_equal(codes_half_up(value), half);
        if (half)
            assert_true(codes_half_float((uint16_t)(half - 1)) < value);
    }
    for (size_t i = 0; i < 100000; i++) {
        float value = (float)exp(20 * random_real(&dice) - 12);
        float up = codes_half_float(codes_half_up(value));
        assert_true(up >= value && up <= value * 1.001f + 1e-7f);
    }
    assert_int_equal(codes_half_up(0), 0);
    assert_int_equal(codes_half_up(1e-30f), 1);
    assert_true(isinf(codes_half_float(codes_half_up(70000))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_gives_the_scalar_answer),
        cmocka_unit_test(sums_of_so_many_chunks_fit),
        cmocka_unit_test(halves_are_never_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
