/* Every loop of cascades of every instruction set against the scalar one: the answers are the same. */
#include "kernel/cascade.h"
#include "support.h"

#include <math.h>

#define WIDTH 200 /* pixels of a row */
#define ROOM (WIDTH + 1 + 2 * CASCADE_SLACK)
#define SIDE 20 /* of the window */
#define ROWS (SIDE + 1)
#define STAGES 4
#define NODES 40

static uint32_t state = 4711;

static uint32_t pick(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

static const size_t sizes[] = {1, 2, 3, 7, 15, 16, 17, 31, 33, 63, 64, 65, 130, WIDTH};

static void same(const void *got, const void *wanted, size_t size, const char *what,
                 const struct cascade_kernels *k)
{
    if (memcmp(got, wanted, size) != 0)
        fail_msg("%s of %s is not the scalar one", what, cpu_simd_name(k->simd));
}

static void test_pixels(const struct cascade_kernels *k)
{
    static uint8_t rgb[3 * ROOM], rows[2][ROOM], got[ROOM], wanted[ROOM];
    static uint16_t blended[ROOM], expected[ROOM], part[ROOM];
    static int32_t from[ROOM];
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        size_t n = sizes[s];
        for (size_t i = 0; i < sizeof rgb; i++)
            rgb[i] = (uint8_t)pick(256);
        for (size_t i = 0; i < 2 * ROOM; i++)
            rows[i / ROOM][i % ROOM] = (uint8_t)(pick(8) ? pick(256) : 255);
        for (size_t i = 0; i < ROOM; i++) {
            from[i] = i < n ? (int32_t)pick((uint32_t)n) : 0;
            part[i] = (uint16_t)pick(257);
        }
        k->grey(rgb, n, got);
        cascade_scalar.grey(rgb, n, wanted);
        same(got, wanted, n, "grey", k);
        for (unsigned weight = 0; weight <= 256; weight += 32) {
            k->blend(rows[0], rows[1], weight, n, blended);
            cascade_scalar.blend(rows[0], rows[1], weight, n, expected);
            same(blended, expected, n * sizeof *blended, "blend", k);
        }
        k->narrow(expected, from, part, n, got);
        cascade_scalar.narrow(expected, from, part, n, wanted);
        same(got, wanted, n, "narrow", k);
    }
}

static void test_sums(const struct cascade_kernels *k)
{
    static uint8_t pixels[ROOM];
    static uint32_t above[4 * ROOM], got[4 * ROOM], wanted[4 * ROOM];
    for (size_t i = 0; i < 4 * ROOM; i++)
        above[i] = pick(1u << 24) << 8; /* sums wrap around */
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        size_t n = sizes[s];
        for (size_t i = 0; i < ROOM; i++)
            pixels[i] = (uint8_t)pick(256);
        for (int form = 0; form < 4; form++) {
            struct cascade_sums row = {.pixels = pixels,
                                       .count = n,
                                       .above = above,
                                       .squares = form & 1 ? 2 * ROOM : 0,
                                       .odd = form & 2 ? (n + 2) / 2 + CASCADE_SLACK : 0};
            row.sums = got;
            k->sum(&row);
            row.sums = wanted;
            cascade_scalar.sum(&row);
            for (size_t plane = 0; plane <= (size_t)(form & 1); plane++)
                for (size_t i = 0; i <= n; i++) {
                    size_t at = 2 * ROOM * plane + (row.odd ? (i & 1) * row.odd + i / 2 : i);
                    if (got[at] != wanted[at])
                        fail_msg("sum %zu of %zu of %s, form %d", i, n, cpu_simd_name(k->simd),
                                 form);
                }
        }
    }
}

/* ------------------------------------------------------------------ windows */

struct scene {
    uint32_t sums[2][ROWS * ROOM];
    struct cascade_node nodes[NODES];
    struct cascade_stage stages[STAGES];
    struct cascade_program program;
    float norm[ROOM];
    uint64_t alive[ROOM / 64 + 1], first[ROOM / 64 + 1];
};

static void fill_sums(struct scene *scene)
{
    static uint8_t pixels[ROOM];
    memset(scene->sums, 0, sizeof scene->sums);
    for (size_t y = 0; y + 1 < ROWS; y++) {
        for (size_t x = 0; x < WIDTH; x++) /* the left third is even: too little deviation */
            pixels[x] = (uint8_t)(x < WIDTH / 3 ? 90 : 128 + (int)pick(100) - (int)(x * y) % 60);
        cascade_scalar.sum(&(struct cascade_sums){.pixels = pixels,
                                                  .count = WIDTH,
                                                  .above = scene->sums[0] + y * ROOM,
                                                  .sums = scene->sums[0] + (y + 1) * ROOM,
                                                  .squares = ROWS * ROOM});
    }
}

static void random_rect(int32_t corner[4])
{
    uint32_t x = pick(SIDE - 4), y = pick(SIDE - 4);
    uint32_t w = 1 + pick(SIDE - x), h = 1 + pick(SIDE - y);
    corner[0] = (int32_t)(y * ROOM + x);
    corner[1] = (int32_t)(y * ROOM + x + w);
    corner[2] = (int32_t)((y + h) * ROOM + x);
    corner[3] = (int32_t)((y + h) * ROOM + x + w);
}

static void random_node(struct cascade_node *node)
{
    *node = (struct cascade_node){.weight = {-1, 2, pick(2) ? 1.5f : 0}, .nodes = 1};
    for (size_t i = 0; i < 3; i++)
        random_rect(node->corner + 4 * i);
    if (pick(2)) { /* for patterns: a grid */
        uint32_t w = 1 + pick(SIDE / 3), h = 1 + pick(SIDE / 3);
        for (uint32_t i = 0; i < 16; i++)
            node->corner[i] = (int32_t)(i / 4 * h * ROOM + i % 4 * w);
    }
    node->threshold = (float)((int)pick(2001) - 1000) / 2000;
    for (size_t i = 0; i < 2; i++)
        node->leaf[i] = (float)((int)pick(2001) - 1000) / 1000;
    for (size_t i = 0; i < 8; i++)
        node->subset[i] = pick(1u << 24) << 8 ^ pick(1u << 24);
}

/* Stumps, pairs both ways, and trees of three and four nodes. */
static void random_program(struct scene *scene, bool lbp)
{
    static const int16_t ways[6][4][2] = {
        {{0, 0}},         {{1, 0}, {0, 0}},         {{0, 1}, {0, 0}},
        {{1, 1}, {0, 0}}, {{1, 2}, {0, 0}, {0, 0}}, {{2, 1}, {3, 0}, {0, 3}, {0, 0}}};
    static const uint16_t counts[6] = {1, 2, 2, 2, 3, 4};
    uint32_t used = 0;
    for (size_t s = 0; s < STAGES; s++) {
        scene->stages[s].first = used;
        while (used < (s + 1) * NODES / STAGES) {
            uint32_t form = pick(6);
            if (used + counts[form] > (s + 1) * NODES / STAGES)
                form = 0;
            for (uint32_t i = 0; i < counts[form]; i++) {
                random_node(&scene->nodes[used + i]);
                memcpy(scene->nodes[used + i].child, ways[form][i], sizeof ways[form][i]);
            }
            scene->nodes[used].nodes = counts[form];
            used += counts[form];
        }
        scene->stages[s].end = used;
        scene->stages[s].threshold = -0.7f;
        scene->stages[s].doubt = 0.3f; /* often: the second look decides */
    }
    scene->program = (struct cascade_program){
        .nodes = scene->nodes, .stages = scene->stages, .stage_count = STAGES, .lbp = lbp};
}

static struct cascade_row row_of(struct scene *scene, size_t count)
{
    struct cascade_row row = {
        .program = &scene->program,
        .at = scene->sums[0],
        .count = count,
        .squares = ROWS * ROOM,
        .inner = {ROOM + 1, ROOM + SIDE - 1, (SIDE - 1) * ROOM + 1, (SIDE - 1) * ROOM + SIDE - 1},
        .area = (SIDE - 2) * (SIDE - 2),
        .norm = scene->norm,
        .alive = scene->alive,
        .first = scene->first};
    return row;
}

static size_t test_windows(const struct cascade_kernels *k, bool lbp)
{
    static struct scene scene;
    static float norm[ROOM];
    static uint64_t begun[2][ROOM / 64 + 1], done[ROOM / 64 + 1];
    size_t passed = 0;
    fill_sums(&scene);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        size_t count = sizes[s] < WIDTH - SIDE ? sizes[s] : WIDTH - SIDE;
        size_t bytes = (count + 63) / 64 * sizeof(uint64_t);
        random_program(&scene, lbp);
        struct cascade_row row = row_of(&scene, count);
        cascade_scalar.normalise(&row);
        cascade_scalar.begin(&row);
        memcpy(norm, row.norm, sizeof norm);
        memcpy(begun[0], row.alive, bytes);
        memcpy(begun[1], row.first, bytes);
        cascade_scalar.finish(&row);
        memcpy(done, row.alive, bytes);
        memset(scene.norm, 0, sizeof scene.norm);
        k->normalise(&row);
        same(row.norm, norm, count * sizeof *norm, "normalise", k);
        k->begin(&row);
        same(row.alive, begun[0], bytes, "begin", k);
        same(row.first, begun[1], bytes, "begin (first)", k);
        k->finish(&row);
        same(row.alive, done, bytes, "finish", k);
        for (size_t i = 0; i < count; i++)
            passed += done[i / 64] >> i % 64 & 1;
    }
    return passed;
}

static void tables_give_the_scalar_answer(void **unused)
{
    (void)unused;
    for (int simd = 0; simd < CPU_SIMD_COUNT; simd++) {
        const struct cascade_kernels *k = cascade_kernels_of((enum cpu_simd)simd);
        if (!k)
            continue;
        assert_int_equal(k->simd, simd);
        test_pixels(k);
        test_sums(k);
        size_t haar = 0, lbp = 0;
        for (int i = 0; i < 20; i++) {
            haar += test_windows(k, false);
            lbp += test_windows(k, true);
        }
        print_message("%s: %zu and %zu windows pass\n", cpu_simd_name(k->simd), haar, lbp);
        assert_true(haar > 100 && lbp > 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_give_the_scalar_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
