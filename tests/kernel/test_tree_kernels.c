/* Tree kernels of every instruction set against the scalar ones: the same to the last bit. */
#include "kernel/trees.h"
#include "support.h"

#include <math.h>

static uint32_t state = 99;

static uint32_t next(void)
{
    return (state = state * 1664525u + 1013904223u) >> 8;
}

static float next_float(void)
{
    return (float)next() / 8388608.0f - 1.0f;
}

struct sample { /* blocks of exactly their size, for the address sanitizer */
    struct trees_stage stage;
    int32_t *splits;
    float *leaves, *deltas, *shape;
    uint8_t *anchors, *pixels;
};

static void *take(size_t count, size_t size)
{
    void *block = malloc(count * size);
    assert_non_null(block);
    return block;
}

static struct sample sample_new(size_t floats, size_t depth, size_t trees, size_t pixels)
{
    size_t leaves = (size_t)1 << depth, nodes = leaves - 1;
    struct sample s = {.splits = take(trees * nodes, sizeof(int32_t)),
                       .leaves = take(trees * leaves * floats, sizeof(float)),
                       .deltas = take(2 * pixels, sizeof(float)),
                       .shape = take(floats, sizeof(float)),
                       .anchors = take(pixels, 1),
                       .pixels = take(pixels, 1)};
    for (size_t i = 0; i < trees * nodes; i++)
        s.splits[i] = (int32_t)(next() % 512 << 22 | next() % 2 << 31 |
                                (uint32_t)(next() % pixels << 11 | next() % pixels));
    for (size_t i = 0; i < trees * leaves * floats; i++)
        s.leaves[i] = 0.01f * next_float();
    for (size_t i = 0; i < 2 * pixels; i++)
        s.deltas[i] = 0.4f * next_float();
    for (size_t i = 0; i < pixels; i++) {
        s.anchors[i] = (uint8_t)(next() % (floats / 2));
        s.pixels[i] = (uint8_t)next();
    }
    for (size_t i = 0; i < floats; i++)
        s.shape[i] = 0.5f + 0.5f * next_float();
    s.stage = (struct trees_stage){.trees = trees,
                                   .depth = depth,
                                   .floats = floats,
                                   .splits = s.splits,
                                   .leaves = s.leaves,
                                   .pixels = pixels,
                                   .anchors = s.anchors,
                                   .deltas = s.deltas};
    return s;
}

static void sample_free(struct sample *s)
{
    free(s->splits), free(s->leaves), free(s->deltas);
    free(s->shape), free(s->anchors), free(s->pixels);
}

static void compare_sums(const struct trees_table *k, struct sample *s)
{
    size_t size = s->stage.floats * sizeof(float);
    float *got = take(1, size), *expected = take(1, size);
    memcpy(got, s->shape, size);
    memcpy(expected, s->shape, size);
    k->add(&s->stage, s->pixels, got);
    trees_scalar.add(&s->stage, s->pixels, expected);
    if (memcmp(got, expected, size) != 0)
        fail_msg("add of %s: other sums of %zu trees of depth %zu", cpu_simd_name(k->simd),
                 s->stage.trees, s->stage.depth);
    assert_memory_not_equal(got, s->shape, size);
    free(got), free(expected);
}

static void compare_places(const struct trees_table *k, const struct sample *s)
{
    size_t count = s->stage.pixels, inside = 0;
    const struct trees_view view = {0.9f, 0.2f * next_float(), -10.25, 3.5, 99, 77, 80, 60};
    int32_t *got = take(2 * count, sizeof *got), *expected = take(2 * count, sizeof *expected);
    k->places(&s->stage, &view, s->shape, got, got + count);
    trees_scalar.places(&s->stage, &view, s->shape, expected, expected + count);
    assert_memory_equal(got, expected, 2 * count * sizeof *got);
    for (size_t i = 0; i < count; i++) {
        assert_in_range(got[i] + 1, 0, 80);
        assert_in_range(got[count + i] + 1, 0, 60);
        assert_int_equal(got[i] < 0, got[count + i] < 0);
        inside += got[i] >= 0;
    }
    assert_true(count < 100 || (inside > count / 8 && inside < count));
    free(got), free(expected);
}

static void tables_agree(void **unused)
{
    static const size_t trees[] = {1, 2, 3, 63, 64, 65, 129, 500};
    static const size_t pixels[] = {1, 2, 7, 8, 15, 16, 17, 500, 800, TREES_PIXELS_MAX};
    (void)unused;
    for (int i = 0; i < CPU_SIMD_COUNT; i++) {
        const struct trees_table *table = trees_table_of((enum cpu_simd)i);
        if (!table) {
            fprintf(stderr, "SKIPPED %s: not on this processor\n", cpu_simd_name((enum cpu_simd)i));
            continue;
        }
        for (size_t t = 0; t < sizeof trees / sizeof *trees; t++)
            for (size_t p = 0; p < sizeof pixels / sizeof *pixels; p++) {
                size_t floats = (t + p) % 2 ? 10 : 136, depth = 1 + (t + p) % TREES_DEPTH_MAX;
                struct sample s = sample_new(floats, depth, trees[t], pixels[p]);
                compare_sums(table, &s);
                compare_places(table, &s);
                s.deltas[next() % pixels[p]] = NAN;
                s.shape[next() % floats] = -INFINITY;
                s.shape[next() % floats] = 1e30f;
                int32_t *places = take(2 * pixels[p], sizeof *places);
                const struct trees_view view = {1, 0, 0, 0, 50, 50, 80, 60};
                table->places(&s.stage, &view, s.shape, places, places + pixels[p]);
                for (size_t k = 0; k < 2 * pixels[p]; k++)
                    assert_in_range(places[k] + 1, 0, k < pixels[p] ? 80 : 60);
                free(places);
                sample_free(&s);
            }
    }
}

static void all_ways_are_gone(void **unused)
{
    static const int32_t splits[] = {1 << 11 | 0, 2 << 11 | 1, 0 << 11 | 2}; /* first > second? */
    (void)unused;
    for (int i = 0; i < CPU_SIMD_COUNT; i++) {
        const struct trees_table *table = trees_table_of((enum cpu_simd)i);
        for (unsigned way = 0; table && way < 27; way++) {
            uint8_t pixels[3] = {(uint8_t)(way % 3), (uint8_t)(way / 3 % 3), (uint8_t)(way / 9)};
            float leaves[4][10] = {{1}, {2}, {3}, {4}}, shape[10] = {0};
            const struct trees_stage stage = {
                .trees = 1, .depth = 2, .floats = 10, .splits = splits, .leaves = leaves[0]};
            bool left = pixels[0] > pixels[1];
            bool then = left ? pixels[1] > pixels[2] : pixels[2] > pixels[0];
            table->add(&stage, pixels, shape);
            assert_true(shape[0] == (left ? (then ? 1 : 2) : (then ? 3 : 4)));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_agree),
        cmocka_unit_test(all_ways_are_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
