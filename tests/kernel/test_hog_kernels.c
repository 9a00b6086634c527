/* HOG's kernels of every instruction set against the scalar ones, on odd sizes. */
#include "kernel/hog.h"
#include "support.h"

#include <math.h>

#define MAX_N 200
#define ROOM (MAX_N + 2 * HOG_SLACK)
#define FLOATS (HOG_SLOTS * ROOM)

static const size_t sizes[] = {1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 32, 33, 47, 64, 78, 200};
#define SIZES (sizeof sizes / sizeof *sizes)

static uint32_t state = 4711;

static uint32_t next(void)
{
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

static void fill_bytes(uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)next();
}

static void fill(float *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        numbers[i] = (float)(next() % 4096) / 64.0f;
}

static void near(const float *got, const float *expected, size_t n, float part, const char *what,
                 const struct hog_kernels *k)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabsf(got[i] - expected[i]) <= part * (fabsf(expected[i]) + 1)))
            fail_msg("%s of %s, %zu of %zu: %g, scalar says %g", what, cpu_simd_name(k->simd), i, n,
                     (double)got[i], (double)expected[i]);
}

static void test_split(const struct hog_kernels *k)
{
    uint8_t rgb[3 * MAX_N], planes[3][ROOM];
    for (size_t s = 0; s < SIZES; s++) {
        size_t n = sizes[s];
        fill_bytes(rgb, 3 * n);
        k->split(rgb, n, planes[0], planes[1], planes[2]);
        for (size_t i = 0; i < 3 * n; i++)
            assert_int_equal(planes[i % 3][i / 3], rgb[i]);
        for (size_t i = 0; i < n; i++)
            rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = (uint8_t)next();
        assert_true(k->is_grey(rgb, n));
        for (size_t i = 0; i < 3 * n; i++) { /* one value is enough, wherever it is */
            rgb[i] ^= 1;
            assert_false(k->is_grey(rgb, n));
            rgb[i] ^= 1;
        }
    }
}

/* Not near but equal: the fractions that are cut off must be the same. */
static void test_shrink(const struct hog_kernels *k)
{
    static uint8_t rows[2][2 * ROOM], got[ROOM], expected[ROOM];
    int32_t left[MAX_N + 16];
    float part[MAX_N + 16];
    uint8_t pick[2 * (MAX_N + 16)];
    for (size_t s = 0; s < SIZES; s++)
        for (size_t round = 0; round < 2; round++) {
            struct hog_columns columns = {(sizes[s] + 15) / 16 * 16, left, part, pick};
            struct hog_shrink row = {rows[0], rows[1], 0.25f, 0.75f, round ? 0.5f : 0};
            fill_bytes(rows[0], 2 * ROOM);
            fill_bytes(rows[1], 2 * ROOM);
            memset(rows[0], 99, ROOM / 2); /* flat parts: 99 must not become 98.99 cut off */
            memset(rows[1], 99, ROOM / 2);
            row.below = (float)(next() % 1000) / 1000;
            row.above = 1 - row.below;
            for (size_t i = 0; i < columns.count; i++) {
                float at = (float)i * (round ? 0.49f : 1.2f);
                left[i] = (int32_t)at;
                part[i] = at - (float)left[i];
                size_t base = i / 8 * 8;
                pick[2 * base + i % 8] = (uint8_t)(left[i] - left[base]);
                pick[2 * base + 8 + i % 8] = (uint8_t)(left[i] - left[base] + 1);
            }
            k->shrink(&row, &columns, got);
            hog_kernels_scalar.shrink(&row, &columns, expected);
            assert_memory_equal(got, expected, sizes[s]);
        }
}

static void check_gradients(const struct hog_kernels *k, const struct hog_pixels *pixels, size_t n)
{
    static float got[ROOM], expected[ROOM];
    static uint16_t slot[ROOM], expected_slot[ROOM];
    for (size_t planes = 1; planes <= 3; planes += 2) {
        k->gradients(pixels, planes, n, got, slot);
        hog_kernels_scalar.gradients(pixels, planes, n, expected, expected_slot);
        near(got, expected, n, 1e-7f, "gradients", k);
        assert_memory_equal(slot, expected_slot, n * sizeof *slot);
    }
}

static void test_gradients(const struct hog_kernels *k)
{
    static uint8_t bytes[9][ROOM];
    struct hog_pixels pixels;
    for (size_t p = 0; p < 3; p++) {
        pixels.above[p] = bytes[p] + 1;
        pixels.here[p] = bytes[3 + p] + 1;
        pixels.below[p] = bytes[6 + p] + 1;
    }
    for (size_t s = 0; s < SIZES; s++) {
        for (size_t p = 0; p < 9; p++)
            fill_bytes(bytes[p], ROOM);
        check_gradients(k, &pixels, sizes[s]);
        memcpy(bytes[3], bytes[4], ROOM); /* two planes alike: the last of them counts */
        check_gradients(k, &pixels, sizes[s]);
    }
    for (size_t p = 0; p < 9; p++) /* no gradient at all */
        memset(bytes[p], 7, ROOM);
    check_gradients(k, &pixels, MAX_N);
}

/* All gradients of bytes: where the nearest of 18 directions is, by the definition. */
static void test_directions(const struct hog_kernels *k)
{
    static const float directions[9][2] = {
        {1.0000f, 0.0000f},  {0.9397f, 0.3420f},  {0.7660f, 0.6428f},
        {0.500f, 0.8660f},   {0.1736f, 0.9848f},  {-0.1736f, 0.9848f},
        {-0.5000f, 0.8660f}, {-0.7660f, 0.6428f}, {-0.9397f, 0.3420f}};
    uint8_t above[1 + HOG_SLACK] = {0}, here[3 + HOG_SLACK] = {0}, below[1 + HOG_SLACK] = {0};
    const struct hog_pixels pixels = {{above}, {here + 1}, {below}};
    for (int x = -255; x <= 255; x++)
        for (int y = -255; y <= 255; y++) {
            float best = 0, length[HOG_SLACK];
            int bin = 0;
            uint16_t slot[HOG_SLACK];
            for (int o = 0; o < 9; o++) {
                float dot = directions[o][0] * (float)x + directions[o][1] * (float)y;
                if (fabsf(dot) > best) {
                    best = fabsf(dot);
                    bin = dot > 0 ? o : o + 9;
                }
            }
            here[0] = x < 0 ? (uint8_t)-x : 0;
            here[2] = x > 0 ? (uint8_t)x : 0;
            above[0] = y < 0 ? (uint8_t)-y : 0;
            below[0] = y > 0 ? (uint8_t)y : 0;
            k->gradients(&pixels, 1, 1, length, slot);
            if (slot[0] / 4 % HOG_BINS != bin)
                fail_msg("gradient %d, %d: bin %d instead of %d", x, y, slot[0] / 4, bin);
        }
}

static void test_cells(const struct hog_kernels *k)
{
    static float length[HOG_CELL * MAX_N], zones[2][HOG_ZONE * (MAX_N + 1)];
    static float lower[2][FLOATS], full[2][FLOATS], rows[2][FLOATS], energy[2][ROOM];
    static uint16_t slot[HOG_CELL * MAX_N];
    float weights[HOG_CELL][4];
    for (size_t s = 0; s < SIZES; s++) {
        size_t n = sizes[s];
        fill(length, HOG_CELL * n);
        fill(weights[0], 4 * HOG_CELL);
        fill(lower[0], HOG_SLOTS * n);
        memcpy(lower[1], lower[0], sizeof lower[0]);
        for (size_t i = 0; i < HOG_CELL * n; i++)
            slot[i] = (uint16_t)(4 * (next() % (HOG_BINS + 1)));
        for (size_t t = 0; t < 2; t++) {
            const struct hog_kernels *kernels = t ? &hog_kernels_scalar : k;
            memset(zones[t], 0, sizeof zones[t]);
            kernels->collect(length, slot, (const float(*)[4])weights, n, zones[t]);
            kernels->merge(zones[t], n, lower[t], full[t]);
            kernels->spread(full[t], n, rows[t], ROOM, energy[t]);
        }
        near(zones[0], zones[1], HOG_ZONE * n, 1e-6f, "collect", k);
        near(full[0], full[1], HOG_SLOTS * n, 1e-6f, "merge", k);
        near(lower[0], lower[1], HOG_SLOTS * n, 1e-6f, "merge", k);
        for (size_t o = 0; o < HOG_BINS; o++)
            near(rows[0] + o * ROOM, rows[1] + o * ROOM, n, 1e-6f, "spread", k);
        near(energy[0], energy[1], n, 1e-5f, "spread", k);
    }
}

static void test_features(const struct hog_kernels *k)
{
    static float rows[HOG_BINS * ROOM], energy[3][ROOM], limit[2][2][ROOM], scale[2][2][ROOM];
    static float out[2][HOG_PLANES * ROOM];
    for (size_t s = 0; s < SIZES; s++) {
        size_t n = sizes[s];
        fill(rows, HOG_BINS * ROOM);
        fill(energy[0], 3 * ROOM);
        for (size_t t = 0; t < 2; t++) {
            const struct hog_kernels *kernels = t ? &hog_kernels_scalar : k;
            for (size_t i = 0; i < 2; i++)
                kernels->blocks(energy[i], energy[i + 1], n + 1, limit[t][i], scale[t][i]);
            struct hog_blocks blocks = {{limit[t][0], limit[t][1]}, {scale[t][0], scale[t][1]}};
            kernels->features(rows, ROOM, &blocks, n, out[t], ROOM);
        }
        for (size_t p = 0; p < HOG_PLANES; p++)
            near(out[0] + p * ROOM, out[1] + p * ROOM, n, 1e-6f, "features", k);
    }
}

static void test_filter(const struct hog_kernels *k)
{
    enum { products = 7 };
    static float planes[HOG_PLANES * ROOM], factors[products][2 * HOG_SIDE];
    static float scores[2][HOG_SIDE][ROOM];
    static const uint8_t of[products] = {3, 3, 30, 30, 0, 12, 29};
    struct hog_products list = {factors[0], of, 4, products};
    for (size_t s = 0; s < SIZES; s++) {
        float *rows[2][HOG_SIDE];
        fill(planes, HOG_PLANES * ROOM);
        fill(factors[0], products * 2 * HOG_SIDE);
        fill(scores[0][0], HOG_SIDE * ROOM);
        memcpy(scores[1], scores[0], sizeof scores[0]);
        for (size_t m = 0; m < HOG_SIDE; m++) {
            rows[0][m] = scores[0][m];
            rows[1][m] = scores[1][m];
        }
        k->filter(planes, ROOM, &list, sizes[s], rows[0]);
        hog_kernels_scalar.filter(planes, ROOM, &list, sizes[s], rows[1]);
        for (size_t m = 0; m < HOG_SIDE; m++)
            near(rows[0][m], rows[1][m], sizes[s], 1e-5f, "filter", k);
    }
}

static void all_tables(void (*test)(const struct hog_kernels *))
{
    for (int i = 0; i < CPU_SIMD_COUNT; i++) {
        const struct hog_kernels *table = hog_kernels_of((enum cpu_simd)i);
        if (table)
            test(table);
        else
            fprintf(stderr, "SKIPPED %s: not on this processor\n", cpu_simd_name((enum cpu_simd)i));
    }
}

#define TEST(name)                                                                                 \
    static void name(void **unused)                                                                \
    {                                                                                              \
        (void)unused;                                                                              \
        all_tables(test_##name);                                                                   \
    }

TEST(split)
TEST(shrink)
TEST(gradients)
TEST(directions)
TEST(cells)
TEST(features)
TEST(filter)

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(split),     cmocka_unit_test(shrink),
                                       cmocka_unit_test(gradients), cmocka_unit_test(directions),
                                       cmocka_unit_test(cells),     cmocka_unit_test(features),
                                       cmocka_unit_test(filter)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
