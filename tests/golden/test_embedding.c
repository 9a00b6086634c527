/*
 * From a picture and five points to an embedding, against the original network on chips that OpenCV
 * cut (embedding.json, made by make_embedding.py). This holds the whole second half together:
 * alignment, colours, normalisation, network, unit length. A wrong one of them gives a cosine far
 * below what is asked here, and costs accuracy long before anything looks broken.
 */
#include "golden.h"

#include <math.h>

#define ALIKE 0.999
/* Of the fit that ArcFace's tools make, which measures errors in the chip and not in the picture: on
 * LFW, AT&T and others it is as accurate, but it is another chip, and more so the less frontal. */
#define OTHER_FIT 0.97

static double dot(const float *a, const float *b, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

static vultus_face read_face(const json_t *object)
{
    vultus_face face = {.score = 1};
    float points[2 * VULTUS_LANDMARKS];
    golden_floats(json_object_get(object, "points"), 2 * VULTUS_LANDMARKS, points);
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        face.landmarks[i] = (vultus_point){points[2 * i], points[2 * i + 1]};
    return face;
}

static double compare(vultus_engine *engine, const vultus_image *image, const json_t *golden)
{
    const char *name = json_string_value(json_array_get(json_object_get(golden, "paths"), 0));
    vultus_face face = read_face(golden);
    size_t dimension = vultus_engine_dimension(engine);
    float expected[CONTRACT_DIMENSION_MAX], other_fit[CONTRACT_DIMENSION_MAX];
    vultus_error error = {0};
    float *embedding = NULL;
    assert_int_equal(json_array_size(json_object_get(golden, "embedding")), dimension);
    golden_floats(json_object_get(golden, "embedding"), dimension, expected);
    golden_floats(json_object_get(golden, "other_fit"), dimension, other_fit);
    assert_ok(vultus_embed(engine, image, &face, 1, NULL, &embedding, &error), &error);
    double alike = dot(embedding, expected, dimension);
    double other = dot(embedding, other_fit, dimension);
    print_message("%s, %.2f pixels to one: cosine %.6f, with the other fit %.4f\n", name,
                  golden_number(golden, "scale"), alike, other);
    if (fabs(dot(embedding, embedding, dimension) - 1) > 1e-5)
        fail_msg("%s: not of unit length", name);
    if (!(alike >= ALIKE))
        fail_msg("%s: cosine %.5f, at least %.3f is expected", name, alike, ALIKE);
    if (!(other >= OTHER_FIT))
        fail_msg("%s: cosine %.5f with the other fit", name, other);
    vultus_embeddings_free(embedding, dimension);
    return alike;
}

static void embeddings_are_the_original_ones(void **state)
{
    vultus_engine *engine = NULL;
    vultus_error error = {0};
    size_t compared = 0, missing = 0;
    double least = 1;
    (void)state;
    golden_need_models();
    json_t *golden = golden_read("embedding.json");
    const json_t *faces = json_object_get(golden, "faces");
    assert_true(json_array_size(faces) >= 8);
    assert_ok(vultus_engine_open(NULL, &engine, &error), &error);
    for (size_t i = 0; i < json_array_size(faces); i++) {
        const json_t *each = json_array_get(faces, i);
        vultus_image *image = golden_picture(each);
        if (!image) {
            missing++;
            continue;
        }
        least = fmin(least, compare(engine, image, each));
        compared++;
        vultus_image_free(image);
    }
    print_message("%zu faces (%zu not here), least cosine %.6f\n", compared, missing, least);
    vultus_engine_close(engine);
    json_decref(golden);
    if (!compared)
        support_skip("none of the pictures is here");
}

/* Many faces at once are in the order given, whatever the batches. */
static void batches_change_nothing(void **state)
{
    enum { COUNT = 19 };
    vultus_engine *engine = NULL;
    vultus_image *image = NULL;
    vultus_error error = {0};
    vultus_face faces[COUNT];
    float *all = NULL, *one = NULL;
    (void)state;
    golden_need_models();
    json_t *golden = golden_read("embedding.json");
    const json_t *list = json_object_get(golden, "faces");
    for (size_t i = 0; !image && i < json_array_size(list); i++) {
        image = golden_picture(json_array_get(list, i));
        if (image)
            faces[0] = read_face(json_array_get(list, i));
    }
    json_decref(golden);
    if (!image)
        support_skip("none of the pictures is here");
    for (size_t i = 1; i < COUNT; i++) {
        faces[i] = faces[i - 1];
        for (size_t k = 0; k < VULTUS_LANDMARKS; k++)
            faces[i].landmarks[k].x += 3;
    }
    assert_ok(vultus_engine_open(NULL, &engine, &error), &error);
    size_t dimension = vultus_engine_dimension(engine);
    for (int flip = 0; flip <= 1; flip++) {
        vultus_embed_options options = {.flip = flip};
        assert_ok(vultus_embed(engine, image, faces, COUNT, &options, &all, &error), &error);
        for (size_t i = 0; i < COUNT; i++) {
            assert_ok(vultus_embed(engine, image, faces + i, 1, &options, &one, &error), &error);
            double alike = dot(one, all + i * dimension, dimension);
            if (!(alike > 0.99999))
                fail_msg("face %zu: cosine %.6f with itself", i, alike);
            vultus_embeddings_free(one, dimension);
        }
        vultus_embeddings_free(all, COUNT * dimension);
    }
    vultus_engine_close(engine);
    vultus_image_free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(embeddings_are_the_original_ones),
        cmocka_unit_test(batches_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
