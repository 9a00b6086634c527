/*
 * dlib's networks against dlib itself (dlib_networks.json, made by make_dlib_networks.py): the
 * embedding of the same chip, the embedding of a chip cut by the same five points, and the boxes of
 * MMOD. Chips differ a little on purpose: where a face is twice as large as its chip or more, ours is
 * made of the mean of 2 x 2 pixels, dlib's of a wider filter.
 */
#include "golden.h"

#include <math.h>

#define SAME_CHIP 0.01 /* Euclidean, of embeddings about 1.3 long; a match is within 0.6 */
#define CUT_MEAN 0.02
#define CUT_WORST 0.06
#define SAME_BOX 0.9 /* intersection over union */
#define MET 0.99     /* of dlib's boxes */
#define EXTRA 0.01   /* of ours */
#define DIMENSION 128
#define POINTS 5

/* The template for dlib's five points. Skips where the pack is not installed. */
static bool read_template(struct contract_shape *out)
{
    struct contract_pack pack;
    vultus_error error = {0};
    if (pack_read(NULL, "dlib", &pack, &error)) {
        fprintf(stderr, "SKIPPED: %s\n", error.message);
        return false;
    }
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < pack.model_count; i++)
        if (!strcmp(pack.models[i].id, "resnet29"))
            for (size_t k = 0; k < pack.models[i].shape_count; k++)
                if (pack.models[i].shapes[k].of == POINTS)
                    *out = pack.models[i].shapes[k];
    contract_clear(&pack);
    assert_int_equal(out->count, POINTS);
    return true;
}

static vultus_engine *engine_of(unsigned threads)
{
    const vultus_engine_options options = {
        .detector = "dlib/mmod", .embedder = "dlib/resnet29", .threads = threads};
    vultus_engine *engine = NULL;
    vultus_error error = {0};
    assert_ok(vultus_engine_open(&options, &engine, &error), &error);
    assert_int_equal(vultus_engine_dimension(engine), DIMENSION);
    return engine;
}

static double distance_to(vultus_engine *engine, const vultus_image *image, const vultus_face *face,
                          const json_t *object)
{
    float wanted[DIMENSION], *embedding = NULL;
    vultus_error error = {0};
    double sum = 0;
    golden_floats(json_object_get(object, "embedding"), DIMENSION, wanted);
    assert_ok(vultus_embed(engine, image, face, 1, NULL, &embedding, &error), &error);
    for (size_t i = 0; i < DIMENSION; i++)
        sum += pow((double)embedding[i] - (double)wanted[i], 2);
    vultus_embeddings_free(embedding, DIMENSION);
    return sqrt(sum);
}

struct distances {
    size_t count;
    double sum, worst;
};

/* Embeds every picture of a list, with the points that `place` gives its face. */
static struct distances embed_all(const char *list,
                                  void (*place)(const json_t *, const struct contract_shape *,
                                                vultus_face *))
{
    struct distances all = {0};
    struct contract_shape shape;
    if (!read_template(&shape))
        return all;
    json_t *golden = golden_read("dlib_networks.json");
    const json_t *objects = json_object_get(golden, list);
    vultus_engine *engine = engine_of(1);
    for (size_t i = 0; i < json_array_size(objects); i++) {
        const json_t *object = json_array_get(objects, i);
        vultus_image *image = golden_picture(object);
        vultus_face face = {.shape_count = POINTS};
        if (!image)
            continue;
        place(object, &shape, &face);
        double distance = distance_to(engine, image, &face, object);
        all.count++;
        all.sum += distance;
        all.worst = fmax(all.worst, distance);
        vultus_image_free(image);
    }
    vultus_engine_close(engine);
    json_decref(golden);
    if (all.count)
        print_message("%s: %zu, distance mean %.6f, worst %.6f\n", list, all.count,
                      all.sum / (double)all.count, all.worst);
    return all;
}

/* The points lie in the picture as in the chip, so that the chip is cut pixel by pixel. */
static void place_chip(const json_t *object, const struct contract_shape *shape, vultus_face *face)
{
    float x = (float)golden_number(object, "x"), y = (float)golden_number(object, "y");
    for (size_t i = 0; i < POINTS; i++)
        face->shape[shape->use[i]] = (vultus_point){shape->points[i].x + x, shape->points[i].y + y};
}

static void place_points(const json_t *object, const struct contract_shape *shape,
                         vultus_face *face)
{
    float points[2 * POINTS];
    (void)shape;
    golden_floats(json_object_get(object, "points"), 2 * POINTS, points);
    for (size_t i = 0; i < POINTS; i++)
        face->shape[i] = (vultus_point){points[2 * i], points[2 * i + 1]};
}

static void embeddings_of_the_same_chip(void **state)
{
    (void)state;
    struct distances all = embed_all("chips", place_chip);
    if (!all.count)
        support_skip("no pack dlib or no pictures of it");
    assert_true(all.worst <= SAME_CHIP);
}

static void embeddings_by_the_same_points(void **state)
{
    (void)state;
    struct distances all = embed_all("faces", place_points);
    if (!all.count)
        support_skip("no pack dlib or no pictures of it");
    assert_true(all.sum / (double)all.count <= CUT_MEAN);
    assert_true(all.worst <= CUT_WORST);
}

/* ------------------------------------------------------------------ boxes */

struct boxes {
    size_t pictures, theirs, met, ours;
};

/* dlib's left, top, right and bottom pixel. */
static double overlap(const vultus_box *a, const float b[5])
{
    double width = fmin(a->x + a->width, b[2] + 1) - fmax(a->x, b[0]);
    double height = fmin(a->y + a->height, b[3] + 1) - fmax(a->y, b[1]);
    if (width <= 0 || height <= 0)
        return 0;
    double both = width * height, theirs = ((double)b[2] + 1 - b[0]) * ((double)b[3] + 1 - b[1]);
    return both / ((double)a->width * a->height + theirs - both);
}

static void compare(const json_t *object, const vultus_faces *faces, struct boxes *tally)
{
    const json_t *list = json_object_get(object, "faces");
    tally->pictures++;
    tally->ours += faces->count;
    tally->theirs += json_array_size(list);
    for (size_t i = 0; i < json_array_size(list); i++) {
        float box[5];
        double best = 0;
        golden_floats(json_array_get(list, i), 5, box);
        for (size_t k = 0; k < faces->count; k++)
            best = fmax(best, overlap(&faces->items[k].box, box));
        tally->met += best >= SAME_BOX;
    }
}

static void same_faces(const vultus_faces *a, const vultus_faces *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_memory_equal(&a->items[i].box, &b->items[i].box, sizeof a->items[i].box);
        assert_float_equal(a->items[i].score, b->items[i].score, 1e-4);
    }
}

/* Once on one thread and once on three, whose bands are others. */
static void boxes_of_mmod(void **state)
{
    struct contract_shape shape;
    struct boxes tally = {0};
    (void)state;
    if (!read_template(&shape))
        support_skip("no pack dlib");
    json_t *golden = golden_read("dlib_networks.json");
    const json_t *pictures = json_object_get(golden, "pictures");
    vultus_engine *engine = engine_of(1), *threads = engine_of(3);
    for (size_t i = 0; i < json_array_size(pictures); i++) {
        const json_t *object = json_array_get(pictures, i);
        vultus_detect_options options = {.upsample = (unsigned)golden_number(object, "upsample")};
        vultus_image *image = golden_picture(object);
        vultus_faces faces = {0}, again = {0};
        vultus_error error = {0};
        if (!image)
            continue;
        assert_ok(vultus_detect(engine, image, &options, &faces, &error), &error);
        compare(object, &faces, &tally);
        if (i % 4 == 0) {
            assert_ok(vultus_detect(threads, image, &options, &again, &error), &error);
            same_faces(&faces, &again);
        }
        vultus_faces_clear(&again);
        vultus_faces_clear(&faces);
        vultus_image_free(image);
    }
    vultus_engine_close(threads);
    vultus_engine_close(engine);
    json_decref(golden);
    if (!tally.pictures)
        support_skip("no pictures");
    print_message("%zu pictures: dlib has %zu boxes, %zu are met, we have %zu\n", tally.pictures,
                  tally.theirs, tally.met, tally.ours);
    assert_true((double)tally.met >= MET * (double)tally.theirs);
    assert_true((double)(tally.ours - tally.met) <= EXTRA * (double)tally.ours);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(embeddings_of_the_same_chip),
        cmocka_unit_test(embeddings_by_the_same_points),
        cmocka_unit_test(boxes_of_mmod),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
