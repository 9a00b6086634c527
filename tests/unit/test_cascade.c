/* Cascades: weights that are refused, one hand-made stage, groups, sizes, threads, and want of memory. */
#include "face/cascade_search.h"
#include "face/detect.h"
#include "base/file.h"
#include "base/memory.h"
#include "support.h"

#include <math.h>

#define SIDE 96

struct entry { /* a tensor of the file of weights */
    const char *name, *type, *shape;
    const void *data;
    size_t size;
};

/* One stage of one stump on a window of 8 x 8: dark above, bright below. */
struct stage_file {
    int32_t window[2], stage_trees[1], tree_nodes[1], node_feature[1], node_child[2],
        feature_rect[12];
    float stage_threshold[1], node_threshold[1], leaf_value[2], feature_weight[3];
    uint8_t feature_tilted[1];
};

static const struct stage_file good = {.window = {8, 8},
                                       .stage_trees = {1},
                                       .tree_nodes = {1},
                                       .node_child = {0, -1},
                                       .feature_rect = {0, 0, 8, 8, 0, 4, 8, 4},
                                       .stage_threshold = {0.5f},
                                       .node_threshold = {0.7f},
                                       .leaf_value = {0, 1},
                                       .feature_weight = {-1, 2, 0}};

#define ENTRY(field, type, shape)                                                                  \
    {                                                                                              \
#field, type, shape, file->field, sizeof file->field                                       \
    }

static size_t write_file(const struct stage_file *file, uint8_t *out, size_t capacity)
{
    const struct entry entries[] = {
        ENTRY(window, "I32", "[2]"),          ENTRY(stage_trees, "I32", "[1]"),
        ENTRY(tree_nodes, "I32", "[1]"),      ENTRY(node_feature, "I32", "[1]"),
        ENTRY(node_child, "I32", "[1,2]"),    ENTRY(feature_rect, "I32", "[1,3,4]"),
        ENTRY(stage_threshold, "F32", "[1]"), ENTRY(node_threshold, "F32", "[1]"),
        ENTRY(leaf_value, "F32", "[2]"),      ENTRY(feature_weight, "F32", "[1,3]"),
        ENTRY(feature_tilted, "U8", "[1]")};
    char header[2048];
    size_t length = 0, at = 0;
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        length += (size_t)snprintf(header + length, sizeof header - length,
                                   "%c\"%s\":{\"dtype\":\"%s\",\"shape\":%s,"
                                   "\"data_offsets\":[%zu,%zu]}",
                                   i ? ',' : '{', entries[i].name, entries[i].type,
                                   entries[i].shape, at, at + entries[i].size);
        at += entries[i].size;
    }
    header[length++] = '}';
    while (length % 8)
        header[length++] = ' ';
    assert_true(8 + length + at <= capacity);
    memcpy(out, &(uint64_t){length}, 8);
    memcpy(out + 8, header, length);
    for (size_t i = 0, to = 8 + length; i < sizeof entries / sizeof *entries; i++) {
        memcpy(out + to, entries[i].data, entries[i].size);
        to += entries[i].size;
    }
    return 8 + length + at;
}

static vultus_status load(const struct stage_file *file, struct cascade *out, vultus_error *error)
{
    static uint64_t bytes[512];
    struct weights *weights = NULL;
    size_t size = write_file(file, (uint8_t *)bytes, sizeof bytes);
    assert_ok(weights_wrap(bytes, size, "test", &weights, error), error);
    vultus_status status = cascade_load(weights, out, error);
    weights_close(weights);
    return status;
}

static void refused(const struct stage_file *file, const char *why)
{
    struct cascade cascade = {.width = 77};
    vultus_error error = {0};
    long live = mem_live();
    assert_error(VULTUS_ERR_MODEL, load(file, &cascade, &error), &error, why);
    assert_int_equal(cascade.width, 77);
    assert_int_equal(mem_live(), live);
}

#define REFUSED(field, value, why)                                                                 \
    do {                                                                                           \
        struct stage_file file_ = good;                                                            \
        file_.field = (value);                                                                     \
        refused(&file_, why);                                                                      \
    } while (0)

static void damaged_weights_are_refused(void **state)
{
    (void)state;
    REFUSED(window[0], 2, "window");
    REFUSED(window[1], 256, "window");
    REFUSED(window[0], 7, "node 0");
    REFUSED(stage_trees[0], 0, "stage 0");
    REFUSED(stage_trees[0], 2, "stage 0");
    REFUSED(stage_trees[0], -1, "stage 0");
    REFUSED(tree_nodes[0], 0, "tree 0");
    REFUSED(tree_nodes[0], 2, "tree 0");
    REFUSED(node_feature[0], 1, "node 0");
    REFUSED(node_feature[0], -1, "node 0");
    REFUSED(node_child[0], 1, "node 0");
    REFUSED(node_child[0], -2, "node 0");
    REFUSED(node_child[1], INT32_MIN, "node 0");
    REFUSED(feature_rect[0], -1, "node 0");
    REFUSED(feature_rect[1], 1, "node 0");
    REFUSED(feature_rect[2], 0, "node 0");
    REFUSED(feature_rect[6], 9, "node 0");
    REFUSED(feature_rect[7], INT32_MAX, "node 0");
    REFUSED(feature_tilted[0], 1, "node 0");
    REFUSED(stage_threshold[0], NAN, "stage 0");
    REFUSED(node_threshold[0], INFINITY, "node 0");
    REFUSED(leaf_value[1], NAN, "node 0");
    REFUSED(feature_weight[1], 1e30f, "node 0");
    REFUSED(feature_weight[2], 1, "node 0"); /* a third rectangle of no size */
}

/* ------------------------------------------------------------------ one stage */

static void paint(uint8_t *pixels, uint32_t x, uint32_t y, uint32_t side)
{
    memset(pixels, 128, SIDE * SIDE);
    for (uint32_t row = y; row < y + side; row++)
        memset(pixels + row * SIDE + x, row < y + side / 2 ? 20 : 230, side);
}

static void a_stage_finds_what_it_describes(void **state)
{
    static uint8_t pixels[SIDE * SIDE + CASCADE_SLACK];
    struct cascade cascade;
    vultus_error error = {0};
    (void)state;
    assert_ok(load(&good, &cascade, &error), &error);
    paint(pixels, 24, 40, 32);
    for (unsigned threads = 1; threads <= 3; threads += 2) {
        struct pool *pool = NULL;
        struct cascade_rects found = {0};
        assert_ok(pool_open(threads, &pool, &error), &error);
        struct cascade_search search = {.cascade = &cascade,
                                        .kernels = cascade_kernels_best(),
                                        .picture = {pixels, SIDE, SIDE},
                                        .pool = pool,
                                        .scale_factor = 1.25,
                                        .min_size = 20};
        assert_ok(cascade_scan(&search, &found, &error), &error);
        assert_true(found.count > 10);
        for (size_t i = 0; i < found.count; i++) {
            const struct cascade_rect *rect = &found.items[i];
            int32_t middle = rect->y + rect->height / 2;
            assert_true(rect->width >= 20 && rect->width == rect->height);
            assert_true(abs(middle - 56) <= rect->height / 2);
            assert_true(rect->x + rect->width > 24 && rect->x < 56);
        }
        size_t all = found.count;
        search.max_size = 24;
        found.count = 0;
        assert_ok(cascade_scan(&search, &found, &error), &error);
        assert_true(found.count > 0 && found.count < all);
        search.min_size = 97;
        found.count = 0;
        assert_ok(cascade_scan(&search, &found, &error), &error);
        assert_int_equal(found.count, 0);
        cascade_rects_clear(&found);
        pool_close(pool);
    }
    cascade_clear(&cascade);
}

/* ------------------------------------------------------------------ groups */

static void add(struct cascade_rects *list, int32_t x, int32_t y, int32_t side)
{
    vultus_error error = {0};
    assert_ok(cascade_rects_add(list, (struct cascade_rect){x, y, side, side, 1}, &error), &error);
}

static void alike_windows_become_one(void **state)
{
    struct cascade_rects list = {0};
    vultus_error error = {0};
    (void)state;
    add(&list, 500, 500, 40); /* alone */
    for (int32_t i = 0; i < 5; i++)
        add(&list, 100 + 8 * i, 100, 60); /* the ends are alike through those between them */
    for (int32_t i = 0; i < 3; i++)
        add(&list, 130 + i, 115, 20); /* inside of a stronger group */
    assert_ok(cascade_group(&list, 0, &error), &error);
    assert_int_equal(list.count, 9);
    assert_ok(cascade_group(&list, 2, &error), &error);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].x, 116);
    assert_int_equal(list.items[0].width, 60);
    assert_int_equal(list.items[0].votes, 5);
    assert_ok(cascade_group(&list, UINT32_MAX, &error), &error);
    assert_int_equal(list.count, 0);
    cascade_rects_clear(&list);
}

static void too_many_windows_are_an_error(void **state)
{
    struct cascade_rects list = {0};
    vultus_error error = {0};
    (void)state;
    for (int32_t i = 0; i < CASCADE_FOUND_MAX; i++)
        add(&list, i, 0, 10);
    assert_error(VULTUS_ERR_LIMIT, cascade_rects_add(&list, (struct cascade_rect){0}, &error),
                 &error, "more than");
    cascade_rects_clear(&list);
}

/* ------------------------------------------------------------------ the detector */

static vultus_status find(const struct contract_model *contract, struct weights *weights,
                          const vultus_image *image, const vultus_detect_options *options,
                          vultus_faces *faces, vultus_error *error)
{
    struct model_part part = {.weights = weights};
    const struct mips *mips = NULL;
    void *detector = NULL;
    vultus_status status = mips_of(image, kernel_best(), &mips, error);
    struct detect_call call = {
        .mips = mips, .width = image->width, .height = image->height, .options = options};
    if (!status)
        status = detect_cascade.open(contract, &part, &detector, error);
    if (!status)
        status = detect_cascade.find(detector, &call, faces, error);
    detect_cascade.close(detector);
    return status;
}

static vultus_image *painted(void)
{
    static uint8_t pixels[SIDE * SIDE];
    vultus_image *image = NULL;
    vultus_error error = {0};
    paint(pixels, 24, 40, 32);
    vultus_pixels wrapped = {pixels, SIDE, SIDE, 0, VULTUS_PIXELS_GREY};
    assert_ok(vultus_image_wrap(&wrapped, &image, &error), &error);
    return image;
}

static void options_are_followed(void **state)
{
    static uint64_t bytes[512];
    struct contract_model contract = {
        .option_count = 2, .options = {{"scaleFactor", {1.2f}, 1}, {"minNeighbors", {2}, 1}}};
    vultus_detect_options plain = {0}, large = {.min_face = 90}, odd = {.scale_factor = 0.5f};
    vultus_detect_options twice = {.upsample = 1}, far = {.upsample = 4};
    struct weights *weights = NULL;
    vultus_faces faces = {0};
    vultus_error error = {0};
    vultus_image *image = painted();
    (void)state;
    size_t size = write_file(&good, (uint8_t *)bytes, sizeof bytes);
    assert_ok(weights_wrap(bytes, size, "test", &weights, &error), &error);
    assert_ok(find(&contract, weights, image, &plain, &faces, &error), &error);
    assert_true(faces.count > 0);
    for (size_t i = 0; i < faces.count; i++)
        assert_true(faces.items[i].score >= 0.5f && faces.items[i].score < 1);
    vultus_faces_clear(&faces);
    assert_ok(find(&contract, weights, image, &twice, &faces, &error), &error);
    assert_true(faces.count > 0);
    for (size_t i = 0; i < faces.count; i++)
        assert_true(faces.items[i].box.x + faces.items[i].box.width <= SIDE);
    vultus_faces_clear(&faces);
    assert_ok(find(&contract, weights, image, &large, &faces, &error), &error);
    assert_int_equal(faces.count, 0);
    assert_ok(find(&contract, weights, image, &far, &faces, &error), &error);
    vultus_faces_clear(&faces);
    assert_error(VULTUS_ERR_ARGUMENT, find(&contract, weights, image, &odd, &faces, &error), &error,
                 "scale factor");
    contract.options[0].values[0] = 1;
    assert_error(VULTUS_ERR_FORMAT, find(&contract, weights, image, &plain, &faces, &error), &error,
                 "scaleFactor");
    assert_error(VULTUS_ERR_MODEL, find(&contract, NULL, image, &plain, &faces, &error), &error,
                 "no file of weights");
    weights_close(weights);
    vultus_image_free(image);
}

static void want_of_memory_is_told(void **state)
{
    static uint64_t bytes[512];
    struct contract_model contract = {.option_count = 0};
    vultus_detect_options options = {.upsample = 1, .min_neighbors = 1};
    struct weights *weights = NULL;
    vultus_error error = {0};
    vultus_image *image = painted();
    const struct mips *mips = NULL;
    (void)state;
    size_t size = write_file(&good, (uint8_t *)bytes, sizeof bytes);
    assert_ok(weights_wrap(bytes, size, "test", &weights, &error), &error);
    assert_ok(mips_of(image, kernel_best(), &mips, &error), &error);
    bool failed = true;
    long n;
    for (n = 1; failed; n++) {
        vultus_faces faces = {0};
        long live = mem_live();
        error = (vultus_error){0};
        mem_fail_after(n, false);
        vultus_status status = find(&contract, weights, image, &options, &faces, &error);
        failed = mem_failed();
        mem_fail_after(0, false);
        assert_int_equal(status, failed ? VULTUS_ERR_MEMORY : VULTUS_OK);
        assert_true(!failed || (error.message[0] && !faces.items));
        vultus_faces_clear(&faces);
        assert_int_equal(mem_live(), live);
    }
    print_message("%ld allocations\n", n - 2);
    assert_true(n > 20);
    weights_close(weights);
    vultus_image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_weights_are_refused),
        cmocka_unit_test(a_stage_finds_what_it_describes),
        cmocka_unit_test(alike_windows_become_one),
        cmocka_unit_test(too_many_windows_are_an_error),
        cmocka_unit_test(options_are_followed),
        cmocka_unit_test(want_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
