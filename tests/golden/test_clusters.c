/* Grouping beside scikit-learn's DBSCAN and dlib's Chinese whispers, on the same made-up faces; and measures
 * beside an independent count. */
#include "faces_made_up.h"
#include "golden.h"

#include <math.h>

enum { DIMENSION = 48, FACES_MAX = 256 };

static size_t whole(const json_t *object, const char *key)
{
    return (size_t)golden_number(object, key);
}

static void compare(const json_t *expected, const uint32_t *labels, size_t count)
{
    assert_int_equal(json_array_size(expected), count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(labels[i], json_integer_value(json_array_get(expected, i)));
}

static void group(const json_t *object, vultus_cluster_options options, uint32_t *labels)
{
    const struct made_up of = {whole(object, "seed"), whole(object, "people"),
                               whole(object, "each"), DIMENSION, golden_number(object, "noise")};
    const size_t count = of.people * of.each;
    float *embeddings;
    uint32_t *person;
    vultus_error error = {0};
    assert_true(count <= FACES_MAX);
    made_up_faces(&of, &embeddings, &person);
    const vultus_labelled faces = {.embeddings = embeddings,
                                   .count = count,
                                   .dimension = DIMENSION,
                                   .metric = VULTUS_METRIC_EUCLIDEAN};
    options.has_threshold = true;
    assert_ok(vultus_cluster(&faces, &options, labels, NULL, &error), &error);
    compare(json_object_get(object, "labels"), labels, count);
    free(embeddings);
    free(person);
}

static void density_is_dbscan(void **state)
{
    (void)state;
    json_t *golden = golden_read("clusters.json");
    const json_t *list = json_object_get(golden, "density");
    uint32_t labels[FACES_MAX];
    assert_true(json_array_size(list) >= 5);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *object = json_array_get(list, i);
        group(object,
              (vultus_cluster_options){.method = "density",
                                       .threshold = (float)golden_number(object, "eps"),
                                       .min_points = (unsigned)whole(object, "least")},
              labels);
    }
    json_decref(golden);
}

static void whispers_are_those_of_dlib(void **state)
{
    (void)state;
    json_t *golden = golden_read("clusters.json");
    const json_t *list = json_object_get(golden, "whispers");
    uint32_t labels[FACES_MAX];
    assert_true(json_array_size(list) >= 3);
    for (size_t i = 0; i < json_array_size(list); i++)
        for (uint64_t seed = 0; seed < 5;
             seed++) { /* faces that are clear are grouped by any order */
            const json_t *object = json_array_get(list, i);
            group(object,
                  (vultus_cluster_options){.method = "whispers",
                                           .threshold = (float)golden_number(object, "threshold"),
                                           .seed = seed},
                  labels);
        }
    json_decref(golden);
}

static void near(double value, const json_t *object, const char *key)
{
    if (fabs(value - golden_number(object, key)) > 1e-12)
        fail_msg("%s: %.15g, expected %.15g", key, value, golden_number(object, key));
}

static void measures_are_right(void **state)
{
    (void)state;
    json_t *golden = golden_read("clusters.json");
    const json_t *list = json_object_get(golden, "scores");
    assert_true(json_array_size(list) >= 4);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *object = json_array_get(list, i);
        const size_t people = whole(object, "people"), count = people * whole(object, "each");
        const uint64_t clusters = whole(object, "clusters");
        uint32_t person[FACES_MAX], labels[FACES_MAX];
        struct random random;
        vultus_cluster_report report;
        vultus_error error = {0};
        assert_true(count <= FACES_MAX);
        random_seed(&random, whole(object, "seed"));
        for (size_t k = 0; k < count; k++) {
            person[k] = (uint32_t)(k % people);
            labels[k] = random_below(&random, 2) ? (uint32_t)random_below(&random, clusters)
                                                 : (uint32_t)(person[k] % clusters);
        }
        assert_ok(vultus_cluster_evaluate(labels, person, count, &report, &error), &error);
        near(report.bcubed_precision, object, "bcubed_precision");
        near(report.bcubed_recall, object, "bcubed_recall");
        near(report.bcubed_f1, object, "bcubed_f1");
        near(report.pair_precision, object, "pair_precision");
        near(report.pair_recall, object, "pair_recall");
        near(report.pair_f1, object, "pair_f1");
    }
    json_decref(golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(density_is_dbscan),
        cmocka_unit_test(whispers_are_those_of_dlib),
        cmocka_unit_test(measures_are_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
