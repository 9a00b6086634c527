/*
 * Cascades against OpenCV's, on real pictures (cascades.json, made by make_cascades.py, or the file that
 * VULTUS_CASCADES_GOLDEN names), and on a made-up picture window by window: tilted features, trees and
 * the older format, which no face cascade of the pack has (make_cascade_files.py).
 */
#include "golden.h"

#include "face/cascade_search.h"
#include "face/detect.h"

#include <math.h>

#define PACK "cascades"
#define SAME 0.85  /* intersection over union */
#define FOUND 0.98 /* of OpenCV's boxes */
#define EXTRA 0.02 /* boxes that OpenCV lacks, to one of its own */
#define WIDTH 320  /* of the made-up picture */
#define HEIGHT 240

struct tally {
    const struct contract_model *model;
    struct weights *weights;
    void *detector;
    size_t pictures, wanted, found, exact, extra;
};

static double shared(const vultus_box *a, const float b[4])
{
    double width = fmin((double)a->x + a->width, (double)b[0] + b[2]) - fmax(a->x, b[0]);
    double height = fmin((double)a->y + a->height, (double)b[1] + b[3]) - fmax(a->y, b[1]);
    double both = width > 0 && height > 0 ? width * height : 0;
    return both / ((double)a->width * a->height + (double)b[2] * b[3] - both);
}

static void compare(struct tally *tally, const json_t *wanted, const vultus_faces *faces)
{
    size_t met = 0;
    for (size_t i = 0; i < json_array_size(wanted); i++) {
        float box[4];
        double best = 0;
        golden_floats(json_array_get(wanted, i), 4, box);
        for (size_t k = 0; k < faces->count; k++)
            best = fmax(best, shared(&faces->items[k].box, box));
        met += best >= SAME;
        tally->exact += best >= 1;
    }
    tally->pictures++;
    tally->wanted += json_array_size(wanted);
    tally->found += met;
    tally->extra += faces->count > met ? faces->count - met : 0;
}

static void look(struct tally *tally, const json_t *golden, const vultus_image *image,
                 const json_t *wanted)
{
    const struct mips *mips = NULL;
    vultus_error error = {0};
    vultus_faces faces = {0};
    vultus_detect_options options = {.min_face = (float)golden_number(golden, "minSize"),
                                     .scale_factor = (float)golden_number(golden, "scaleFactor"),
                                     .min_neighbors =
                                         (unsigned)golden_number(golden, "minNeighbors")};
    assert_ok(mips_of(image, kernel_best(), &mips, &error), &error);
    struct detect_call call = {
        .mips = mips, .width = image->width, .height = image->height, .options = &options};
    assert_ok(detect_cascade.find(tally->detector, &call, &faces, &error), &error);
    for (size_t i = 0; i < faces.count; i++)
        assert_true(faces.items[i].score >= 0.5f && faces.items[i].score < 1);
    compare(tally, wanted, &faces);
    vultus_faces_clear(&faces);
}

static void check(const struct tally *tally)
{
    print_message("%s: %zu pictures, %zu boxes of OpenCV, %zu met (%zu exactly), %zu extra\n",
                  tally->model->id, tally->pictures, tally->wanted, tally->found, tally->exact,
                  tally->extra);
    if ((double)tally->found < FOUND * (double)tally->wanted)
        fail_msg("%s: only %zu of %zu boxes are met", tally->model->id, tally->found,
                 tally->wanted);
    if ((double)tally->extra > EXTRA * (double)tally->wanted)
        fail_msg("%s: %zu boxes that OpenCV lacks", tally->model->id, tally->extra);
}

static void open_all(const struct contract_pack *pack, struct tally *tallies)
{
    vultus_error error = {0};
    for (size_t i = 0; i < pack->model_count; i++) {
        struct model_part part = {0};
        tallies[i].model = &pack->models[i];
        assert_ok(pack_map_weights(NULL, PACK, tallies[i].model->networks, &part.weights, &error),
                  &error);
        tallies[i].weights = part.weights;
        assert_ok(detect_cascade.open(tallies[i].model, &part, &tallies[i].detector, &error),
                  &error);
    }
}

/* Returns how many of the pictures are here. */
static size_t look_at_all(const json_t *golden, struct tally *tallies, size_t count)
{
    const json_t *pictures = json_object_get(golden, "pictures");
    size_t here = 0;
    for (size_t i = 0; i < json_array_size(pictures); i++) {
        const json_t *picture = json_array_get(pictures, i);
        vultus_image *image = golden_picture(picture);
        for (size_t k = 0; image && k < count; k++) {
            const json_t *found =
                json_object_get(json_object_get(picture, "found"), tallies[k].model->id);
            if (found)
                look(&tallies[k], golden, image, found);
        }
        here += image != NULL;
        vultus_image_free(image);
    }
    return here;
}

static void faces_are_those_of_opencv(void **state)
{
    struct contract_pack pack;
    struct tally tallies[CONTRACT_MODELS_MAX] = {0};
    vultus_error error = {0};
    const char *place = getenv("VULTUS_CASCADES_GOLDEN");
    (void)state;
    if (pack_read(NULL, PACK, &pack, &error))
        support_skip(error.message);
    json_t *golden = place ? json_load_file(place, 0, NULL) : golden_read("cascades.json");
    open_all(&pack, tallies);
    size_t here = look_at_all(golden, tallies, pack.model_count);
    for (size_t i = 0; i < pack.model_count; i++) {
        if (here)
            check(&tallies[i]);
        detect_cascade.close(tallies[i].detector);
        weights_close(tallies[i].weights);
    }
    contract_clear(&pack);
    json_decref(golden);
    if (!here)
        support_skip("none of the pictures is here");
}

/* ------------------------------------------------------------------ windows */

typedef int32_t rect[4];

/* As make_cascades.py makes it. */
static void fill(uint8_t *pixels)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            pixels[y * WIDTH + x] =
                (uint8_t)((x * x * 3 + y * y * 5 + x * y * 7) / 61 + (x / 9) * (y / 7) * 13);
}

static int by_numbers(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(rect));
}

static rect *expected_windows(const json_t *list)
{
    rect *rects = calloc(json_array_size(list) + 1, sizeof *rects);
    assert_non_null(rects);
    for (size_t i = 0; i < json_array_size(list); i++)
        for (size_t k = 0; k < 4; k++)
            rects[i][k] = (int32_t)json_integer_value(json_array_get(json_array_get(list, i), k));
    qsort(rects, json_array_size(list), sizeof *rects, by_numbers);
    return rects;
}

/* Those that the edge of the picture does not cut, as OpenCV cuts them. */
static rect *inner_windows(const struct cascade_rects *found, size_t *count)
{
    rect *rects = calloc(found->count + 1, sizeof *rects);
    assert_non_null(rects);
    for (size_t i = 0; i < found->count; i++) {
        const struct cascade_rect *item = &found->items[i];
        rect one = {item->x, item->y, item->width, item->height};
        if (one[0] + one[2] < WIDTH && one[1] + one[3] < HEIGHT)
            memcpy(rects[(*count)++], one, sizeof one);
    }
    qsort(rects, *count, sizeof *rects, by_numbers);
    return rects;
}

static void compare_windows(const char *file, const json_t *list, uint8_t *pixels,
                            enum cpu_simd simd)
{
    struct weights *weights = NULL;
    struct cascade cascade;
    struct cascade_rects found = {0};
    vultus_error error = {0};
    size_t count = 0;
    struct cascade_search search = {.cascade = &cascade,
                                    .kernels = cascade_kernels_of(simd),
                                    .picture = {pixels, WIDTH, HEIGHT},
                                    .scale_factor = 1.2};
    assert_ok(weights_map(file, NULL, NULL, &weights, &error), &error);
    assert_ok(cascade_load(weights, &cascade, &error), &error);
    assert_ok(cascade_scan(&search, &found, &error), &error);
    rect *got = inner_windows(&found, &count), *expected = expected_windows(list);
    if (!count || count != json_array_size(list) || memcmp(got, expected, count * sizeof *got) != 0)
        fail_msg("%s, %s: %zu windows, OpenCV has %zu, not all the same", file, cpu_simd_name(simd),
                 count, json_array_size(list));
    free(got);
    free(expected);
    cascade_rects_clear(&found);
    cascade_clear(&cascade);
    weights_close(weights);
}

static void windows_are_those_of_opencv(void **state)
{
    uint8_t *pixels = calloc(WIDTH * HEIGHT + CASCADE_SLACK, 1);
    json_t *golden = golden_read("cascades.json");
    const char *name;
    json_t *windows;
    (void)state;
    assert_non_null(pixels);
    fill(pixels);
    json_object_foreach(json_object_get(golden, "windows"), name, windows)
    {
        char file[FILE_PATH_MAX];
        (void)snprintf(file, sizeof file, "tests/golden/%s.safetensors", name);
        for (int simd = 0; simd < CPU_SIMD_COUNT; simd++)
            if (cascade_kernels_of((enum cpu_simd)simd))
                compare_windows(support_source(file), windows, pixels, (enum cpu_simd)simd);
    }
    json_decref(golden);
    free(pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_those_of_opencv),
        cmocka_unit_test(faces_are_those_of_opencv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
