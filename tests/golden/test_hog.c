/*
 * The HOG detector against dlib's own (hog.json, made by make_hog.py), in colour and in grey, doubled
 * and not: at least 99 of 100 boxes of dlib are found, and at most one of 100 is more.
 */
#include "golden.h"

#include "face/detect.h"

#include <math.h>

#define PACK "dlib"
#define SAME_BOX 0.9 /* intersection over union */
#define MISSED 0.01
#define SAME_SCORE 0.02f /* of dlib's, which fall from 3 to 0 */

struct bench { /* the detector without an engine: it needs no other model */
    struct contract_pack pack;
    struct weights *weights;
    const struct contract_model *model;
    void *detector;
    struct pool *pool;
};

struct tally {
    size_t pictures, missing, boxes, met, extra, scores_off;
};

static void open_bench(struct bench *bench)
{
    vultus_error error = {0};
    struct model_part part = {0};
    for (size_t i = 0; i < bench->pack.model_count; i++)
        if (!strcmp(bench->pack.models[i].method, detect_hog.name))
            bench->model = &bench->pack.models[i];
    if (!bench->model)
        fail_msg("the pack %s has no HOG detector", PACK);
    assert_ok(pack_map_weights(NULL, PACK, &bench->model->networks[0], &bench->weights, &error),
              &error);
    part.weights = bench->weights;
    assert_ok(detect_hog.open(bench->model, &part, &bench->detector, &error), &error);
    assert_ok(pool_open(0, &bench->pool, &error), &error);
}

static void close_bench(struct bench *bench)
{
    pool_close(bench->pool);
    detect_hog.close(bench->detector);
    weights_close(bench->weights);
    contract_clear(&bench->pack);
}

/* A binary PGM of 8 bits, which is no format of ours. */
static vultus_image *read_pgm(const struct buffer *bytes)
{
    char head[64] = {0}, *end = head + 2;
    unsigned long numbers[3]; /* width, height, the value of white */
    vultus_image *image;
    vultus_error error = {0};
    memcpy(head, bytes->data, bytes->size < sizeof head ? bytes->size : sizeof head - 1);
    for (size_t i = 0; i < 3; i++)
        numbers[i] = strtoul(end, &end, 10);
    size_t header = (size_t)(end - head) + 1;
    if (numbers[2] != 255 || bytes->size != header + numbers[0] * numbers[1])
        return NULL;
    assert_ok(image_new((uint32_t)numbers[0], (uint32_t)numbers[1], &image, &error), &error);
    for (size_t i = 0; i < numbers[0] * numbers[1]; i++)
        memset(image->pixels + 3 * i, bytes->data[header + i], 3);
    return image;
}

static vultus_image *open_picture(const char *name, const char *wanted)
{
    const char *path = support_data(name);
    struct buffer bytes;
    uint8_t hash[HASH_SIZE];
    char hex[HASH_HEX_SIZE];
    vultus_error error = {0};
    vultus_image *image = NULL;
    if (!path)
        return NULL;
    assert_ok(file_read(path, VULTUS_FILE_BYTES_MAX, &bytes, &error), &error);
    assert_ok(hash_bytes(bytes.data, bytes.size, hash, &error), &error);
    hash_hex(hash, hex);
    if (strncmp(hex, wanted, strlen(wanted)) != 0)
        fprintf(stderr, "%s is not the picture of the golden file\n", path);
    else if (bytes.size > 2 && !memcmp(bytes.data, "P5", 2))
        image = read_pgm(&bytes);
    else
        assert_ok(vultus_image_decode(bytes.data, bytes.size, path, NULL, &image, &error), &error);
    buffer_clear(&bytes);
    return image;
}

static void make_grey(vultus_image *image)
{
    for (size_t i = 0; i < (size_t)image->width * image->height; i++) {
        uint8_t *p = image->pixels + 3 * i;
        memset(p, (299 * p[0] + 587 * p[1] + 114 * p[2] + 500) / 1000, 3);
    }
}

static double overlap(const vultus_box *a, const float b[4])
{
    double width = fmin(a->x + a->width, b[0] + b[2]) - fmax(a->x, b[0]);
    double height = fmin(a->y + a->height, b[1] + b[3]) - fmax(a->y, b[1]);
    if (width <= 0 || height <= 0)
        return 0;
    double both = width * height;
    return both / ((double)a->width * a->height + (double)b[2] * b[3] - both);
}

static const vultus_face *nearest(const vultus_faces *faces, const float box[4])
{
    const vultus_face *found = NULL;
    double best = SAME_BOX;
    for (size_t i = 0; i < faces->count; i++)
        if (overlap(&faces->items[i].box, box) >= best) {
            best = overlap(&faces->items[i].box, box);
            found = &faces->items[i];
        }
    return found;
}

static void compare(const json_t *boxes, const vultus_faces *faces, const char *name,
                    struct tally *tally)
{
    size_t met = 0;
    for (size_t i = 0; i < json_array_size(boxes); i++) {
        float box[5];
        golden_floats(json_array_get(boxes, i), 5, box);
        const vultus_face *face = nearest(faces, box);
        met += face != NULL;
        tally->scores_off +=
            face && fabsf(logf(face->score / (1 - face->score)) / 4 - box[4]) > SAME_SCORE;
        if (!face)
            print_message("%s: the face at %g, %g of score %g is not found\n", name, (double)box[0],
                          (double)box[1], (double)box[4]);
    }
    tally->boxes += json_array_size(boxes);
    tally->met += met;
    tally->extra += faces->count > met ? faces->count - met : 0;
}

static void run_picture(const struct bench *bench, const json_t *picture, bool grey,
                        const vultus_detect_options *options, struct tally *tally)
{
    const char *name = json_string_value(json_object_get(picture, "path"));
    const char *hash = json_string_value(json_object_get(picture, "sha256"));
    assert_non_null(name);
    assert_non_null(hash);
    vultus_image *image = open_picture(name, hash);
    vultus_faces faces = {0};
    vultus_error error = {0};
    if (!image) {
        tally->missing++;
        return;
    }
    if (grey)
        make_grey(image);
    struct mips mips = {.count = 1,
                        .levels = {{image->width, image->height, image->stride, image->pixels}}};
    struct detect_call call = {.mips = &mips,
                               .width = image->width,
                               .height = image->height,
                               .options = options,
                               .pool = bench->pool};
    assert_ok(detect_hog.find(bench->detector, &call, &faces, &error), &error);
    compare(json_object_get(picture, "boxes"), &faces, name, tally);
    tally->pictures++;
    vultus_faces_clear(&faces);
    vultus_image_free(image);
}

static struct tally compare_run(const struct bench *bench, const json_t *run)
{
    const json_t *pictures = json_object_get(run, "pictures");
    bool grey = json_is_true(json_object_get(run, "grey"));
    vultus_detect_options options = {.upsample = (unsigned)golden_number(run, "upsample")};
    struct tally tally = {0};
    for (size_t i = 0; i < json_array_size(pictures); i++)
        run_picture(bench, json_array_get(pictures, i), grey, &options, &tally);
    print_message(
        "%s, doubled %u times: %zu pictures (%zu not here), %zu boxes, %zu met, %zu more, "
        "%zu with another score\n",
        grey ? "grey" : "colour", options.upsample, tally.pictures, tally.missing, tally.boxes,
        tally.met, tally.extra, tally.scores_off);
    return tally;
}

static void boxes_are_those_of_dlib(void **state)
{
    struct bench bench = {0};
    vultus_error error = {0};
    size_t pictures = 0;
    (void)state;
    if (pack_read(NULL, PACK, &bench.pack, &error))
        support_skip(error.message);
    open_bench(&bench);
    json_t *golden = golden_read("hog.json");
    const json_t *runs = json_object_get(golden, "runs");
    assert_int_equal(json_array_size(runs), 4);
    for (size_t i = 0; i < json_array_size(runs); i++) {
        struct tally tally = compare_run(&bench, json_array_get(runs, i));
        double boxes = (double)tally.boxes;
        pictures += tally.pictures;
        assert_true((double)tally.met >= (1 - MISSED) * boxes);
        assert_true((double)tally.extra <= MISSED * boxes);
        assert_true((double)tally.scores_off <= MISSED * boxes);
    }
    json_decref(golden);
    close_bench(&bench);
    if (!pictures)
        support_skip("none of the pictures is here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_are_those_of_dlib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
