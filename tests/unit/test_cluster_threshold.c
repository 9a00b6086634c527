/* Where the threshold of a grouping comes from: a calibration, a normal distribution, or whoever asks. */
#include "faces_made_up.h"

#include "decide/cluster_problem.h"

enum { DIMENSION = 48, PEOPLE = 150, EACH = 3, COUNT = PEOPLE * EACH };

static void thresholds_follow_the_rate(void **state)
{
    (void)state;
    const vultus_metric cosine = VULTUS_METRIC_COSINE, euclidean = VULTUS_METRIC_EUCLIDEAN;
    float before[3] = {-1, 9, 9};
    for (double far = 0.5; far > 1e-14; far /= 3) {
        const float now[3] = {cluster_assumed_threshold(cosine, false, 0.375f, far),
                              cluster_assumed_threshold(euclidean, false, 1.1f, far),
                              cluster_assumed_threshold(euclidean, true, 0.6f, far)};
        assert_true(now[0] >= before[0] && now[1] <= before[1] && now[2] <= before[2]);
        assert_true(now[0] <= 1 && now[1] >= 0 && now[2] >= 0);
        memcpy(before, now, sizeof now);
    }
    /* the embedder's own, at the rate that it has */
    assert_true(fabsf(cluster_assumed_threshold(cosine, false, 0.375f, 0.0062097) - 0.375f) <
                1e-4f);
    assert_true(fabsf(cluster_assumed_threshold(euclidean, false, 1.1f, 0.0062097) - 1.1f) < 1e-4f);
    assert_true(fabsf(cluster_assumed_threshold(euclidean, true, 0.6f, 0.0062097) - 0.6f) < 1e-4f);
}

struct fixture {
    float *embeddings;
    uint32_t *person;
    vultus_labelled faces;
    vultus_calibration *calibration;
};

/* Faces that are alike in part, so that a normal distribution around 0 is wrong of them, and a calibration by
 * other people of the same kind. */
static void open_fixture(struct fixture *fixture, bool raw)
{
    vultus_error error = {0};
    for (uint64_t seed = 11; seed < 13; seed++) {
        const struct made_up of = {seed, PEOPLE, EACH, DIMENSION, 0.6};
        struct random random;
        made_up_faces(&of, &fixture->embeddings, &fixture->person);
        random_seed(&random, seed);
        for (size_t i = 0; i < COUNT; i++) {
            float *row = fixture->embeddings + i * DIMENSION;
            float squared = 0, length = raw ? 0.9f + 0.2f * (float)random_real(&random) : 1;
            row[0] += 0.5f;
            for (size_t k = 0; k < DIMENSION; k++)
                squared += row[k] * row[k];
            for (size_t k = 0; k < DIMENSION; k++)
                row[k] *= length / sqrtf(squared);
        }
        fixture->faces =
            (vultus_labelled){.embeddings = fixture->embeddings,
                              .count = COUNT,
                              .dimension = DIMENSION,
                              .person = fixture->person,
                              .people = PEOPLE,
                              .metric = raw ? VULTUS_METRIC_EUCLIDEAN : VULTUS_METRIC_COSINE,
                              .raw = raw,
                              .embedder = "made up"};
        if (seed == 11) {
            assert_ok(vultus_calibration_fit(&fixture->faces, NULL, &fixture->calibration, &error),
                      &error);
            free(fixture->embeddings);
            free(fixture->person);
        }
    }
}

static void close_fixture(struct fixture *fixture)
{
    vultus_calibration_free(fixture->calibration);
    free(fixture->embeddings);
    free(fixture->person);
}

/* Of pairs of strangers, the share that is as near as the threshold. */
static double rate_of(const struct fixture *fixture, float threshold)
{
    size_t pairs = 0, near = 0;
    for (size_t i = 0; i < COUNT; i++)
        for (size_t k = 0; k < i; k++) {
            const float *a = fixture->embeddings + i * DIMENSION,
                        *b = fixture->embeddings + k * DIMENSION;
            double dot = 0, aa = 0, bb = 0;
            if (fixture->person[i] == fixture->person[k])
                continue;
            for (size_t j = 0; j < DIMENSION; j++) {
                dot += (double)a[j] * (double)b[j];
                aa += (double)a[j] * (double)a[j];
                bb += (double)b[j] * (double)b[j];
            }
            pairs++;
            near += fixture->faces.raw ? aa + bb - 2 * dot <= (double)threshold * (double)threshold
                                       : dot / sqrt(aa * bb) >= (double)threshold;
        }
    return (double)near / (double)pairs;
}

static void the_calibration_decides(void **state)
{
    (void)state;
    uint32_t labels[COUNT];
    for (int raw = 0; raw < 2; raw++) {
        struct fixture fixture;
        vultus_clustering made;
        vultus_error error = {0};
        open_fixture(&fixture, raw);
        vultus_cluster_options options = {
            .calibration = fixture.calibration, .own_threshold = 0.375f, .far = 1e-2};
        assert_ok(vultus_cluster(&fixture.faces, &options, labels, &made, &error), &error);
        assert_int_equal(made.basis, VULTUS_CLUSTER_CALIBRATED);
        assert_true(made.far == options.far);
        assert_true(fabs(vultus_calibration_threshold(fixture.calibration, made.far, 0, 0) -
                         (double)made.threshold) < 1e-6);
        const double rate = rate_of(&fixture, made.threshold);
        assert_true(rate > options.far / 2 && rate < options.far * 2);
        options.calibration = NULL; /* what is assumed is wrong of these faces by far */
        assert_ok(vultus_cluster(&fixture.faces, &options, labels, &made, &error), &error);
        assert_int_equal(made.basis, VULTUS_CLUSTER_ASSUMED);
        const double assumed = rate_of(&fixture, made.threshold);
        assert_true(assumed < options.far / 4 || assumed > options.far * 4);
        close_fixture(&fixture);
    }
}

/* Without a rate: a method's share of a false link for each face, whatever the number of faces. */
static void the_rate_follows_from_the_number_of_faces(void **state)
{
    (void)state;
    uint32_t labels[COUNT];
    for (int raw = 0; raw < 2; raw++) {
        struct fixture fixture;
        open_fixture(&fixture, raw);
        for (size_t m = 0; cluster_methods[m].name; m++)
            for (size_t count = COUNT; count > 10; count /= 3) {
                const vultus_cluster_options options = {.method = cluster_methods[m].name,
                                                        .calibration = fixture.calibration};
                vultus_clustering made;
                vultus_cluster_report report;
                vultus_error error = {0};
                fixture.faces.count = count;
                assert_ok(vultus_cluster(&fixture.faces, &options, labels, &made, &error), &error);
                assert_true(fabs(made.far * (double)count - cluster_methods[m].share) < 1e-9);
                assert_ok(vultus_cluster_evaluate(labels, fixture.person, count, &report, &error),
                          &error);
                assert_true(report.bcubed_f1 > 0.95);
            }
        close_fixture(&fixture);
    }
}

/* A cosine's calibration serves for distances of unit vectors; that of another unit or embedder does not. */
static void units_are_kept_apart(void **state)
{
    (void)state;
    struct fixture fixture;
    uint32_t labels[COUNT], others[COUNT];
    vultus_clustering made, other;
    vultus_error error = {0};
    open_fixture(&fixture, false);
    vultus_cluster_options options = {.calibration = fixture.calibration, .own_threshold = 0.375f};
    assert_ok(vultus_cluster(&fixture.faces, &options, labels, &made, &error), &error);
    fixture.faces.metric = VULTUS_METRIC_EUCLIDEAN;
    assert_ok(vultus_cluster(&fixture.faces, &options, others, &other, &error), &error);
    assert_int_equal(other.basis, VULTUS_CLUSTER_CALIBRATED);
    assert_true(fabsf(sqrtf(2 - 2 * made.threshold) - other.threshold) < 1e-6f);
    assert_memory_equal(labels, others, sizeof labels);
    fixture.faces.raw = true;
    assert_ok(vultus_cluster(&fixture.faces, &options, labels, &made, &error), &error);
    assert_int_equal(made.basis, VULTUS_CLUSTER_ASSUMED);
    options.own_threshold = 0;
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_cluster(&fixture.faces, &options, labels, &made, &error), &error,
                 "vultus calibrate makes one");
    fixture.faces.embedder = "another";
    assert_error(VULTUS_ERR_MISMATCH,
                 vultus_cluster(&fixture.faces, &options, labels, &made, &error), &error,
                 "the calibration is of made up");
    options = (vultus_cluster_options){.threshold = 0.8f, .has_threshold = true};
    assert_ok(vultus_cluster(&fixture.faces, &options, labels, &made, &error), &error);
    assert_int_equal(made.basis, VULTUS_CLUSTER_GIVEN);
    assert_true(made.threshold == 0.8f && isnan(made.far));
    close_fixture(&fixture);
}

/* How long raw vectors are does not tell their faces apart. */
static void lengths_count_for_nothing(void **state)
{
    (void)state;
    const struct made_up of = {13, 20, 10, DIMENSION, 0.6};
    float *embeddings;
    uint32_t *person, labels[200], others[200];
    vultus_error error = {0};
    made_up_faces(&of, &embeddings, &person);
    const vultus_labelled faces = {.embeddings = embeddings,
                                   .count = 200,
                                   .dimension = DIMENSION,
                                   .metric = VULTUS_METRIC_EUCLIDEAN,
                                   .raw = true};
    const vultus_cluster_options options = {.threshold = 0.85f, .has_threshold = true};
    assert_ok(vultus_cluster(&faces, &options, labels, NULL, &error), &error);
    for (size_t i = 0; i < 200; i++) /* the mean square stays 1 */
        for (size_t k = 0; k < DIMENSION; k++)
            embeddings[i * DIMENSION + k] *= i < 100 ? sqrtf(0.4f) : sqrtf(1.6f);
    assert_ok(vultus_cluster(&faces, &options, others, NULL, &error), &error);
    assert_memory_equal(labels, others, sizeof labels);
    free(embeddings);
    free(person);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds_follow_the_rate),
        cmocka_unit_test(the_calibration_decides),
        cmocka_unit_test(the_rate_follows_from_the_number_of_faces),
        cmocka_unit_test(units_are_kept_apart),
        cmocka_unit_test(lengths_count_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
