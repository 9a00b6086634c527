/* Grouping: people are found, what is known is never broken, and threads change nothing. */
#include "faces_made_up.h"

#include "base/memory.h"
#include "decide/cluster_problem.h"

static const char *const methods[] = {"linkage", "whispers", "density"};
enum { METHODS = 3, DIMENSION = 48 };

static vultus_labelled faces_of(const float *embeddings, size_t count)
{
    return (vultus_labelled){.embeddings = embeddings,
                             .count = count,
                             .dimension = DIMENSION,
                             .metric = VULTUS_METRIC_COSINE};
}

static void the_methods_have_names(void **state)
{
    (void)state;
    const char *summary = NULL;
    for (size_t i = 0; i < METHODS; i++) {
        assert_string_equal(vultus_cluster_method(i, &summary), methods[i]);
        assert_true(summary && *summary);
    }
    assert_null(vultus_cluster_method(METHODS, &summary));
    assert_null(vultus_cluster_method(100, NULL));
}

static void people_are_found(void **state)
{
    (void)state;
    const struct made_up of = {1, 30, 7, DIMENSION, 0.6};
    float *embeddings;
    uint32_t *person, labels[210];
    vultus_clustering made;
    vultus_cluster_report report;
    vultus_error error = {0};
    made_up_faces(&of, &embeddings, &person);
    for (size_t raw = 0; raw < 2; raw++)
        for (size_t m = 0; m < METHODS; m++) {
            vultus_labelled faces = faces_of(embeddings, 210);
            vultus_cluster_options options = {.method = methods[m], .own_threshold = 0.375f};
            if (raw) {
                faces.raw = true;
                faces.metric = VULTUS_METRIC_EUCLIDEAN;
                options.threshold = 0.9f;
                options.has_threshold = true;
            }
            assert_ok(vultus_cluster(&faces, &options, labels, &made, &error), &error);
            assert_ok(vultus_cluster_evaluate(labels, person, 210, &report, &error), &error);
            assert_int_equal(made.clusters, 30);
            assert_string_equal(made.method, methods[m]);
            assert_true(report.bcubed_f1 == 1 && report.pair_f1 == 1 && report.impurity == 0);
            assert_true(raw ? isnan(made.far) : made.far > 0);
            assert_int_equal(labels[0], 0); /* numbered by their first faces */
            assert_int_equal(labels[29], 29);
        }
    free(embeddings);
    free(person);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    const struct made_up of = {2, 150, 4, DIMENSION,
                               1.3}; /* hard: the methods do not find them all */
    float *embeddings;
    uint32_t *person, labels[3][600];
    vultus_error error = {0};
    made_up_faces(&of, &embeddings, &person);
    const vultus_labelled faces = faces_of(embeddings, 600);
    for (size_t m = 0; m < METHODS; m++) {
        for (unsigned t = 0; t < 3; t++) {
            const vultus_cluster_options options = {.method = methods[m],
                                                    .threshold = 0.4f,
                                                    .has_threshold = true,
                                                    .seed = 7,
                                                    .threads = 1 + 2 * t};
            assert_ok(vultus_cluster(&faces, &options, labels[t], NULL, &error), &error);
        }
        assert_memory_equal(labels[0], labels[1], sizeof labels[0]);
        assert_memory_equal(labels[0], labels[2], sizeof labels[0]);
    }
    free(embeddings);
    free(person);
}

/* ------------------------------------------------------------------ neighbours */

static double squared(const float *a, const float *b)
{
    double sum = 0;
    for (size_t k = 0; k < DIMENSION; k++)
        sum += ((double)a[k] - (double)b[k]) * ((double)a[k] - (double)b[k]);
    return sum;
}

static void fill_points(const float *embeddings, size_t count, struct cluster_points *points)
{
    vultus_error error = {0};
    assert_ok(cluster_points_make(count, DIMENSION, points, &error), &error);
    for (size_t i = 0; i < count; i++) {
        float *row = (float *)(uintptr_t)points->rows + i * points->stride;
        memcpy(row, embeddings + i * DIMENSION, DIMENSION * sizeof *row);
        ((float *)(uintptr_t)points->half)[i] = 0.5f;
    }
}

static void neighbours_are_all_there(void **state)
{
    (void)state;
    const struct made_up of = {3, 30, 17, DIMENSION, 1}; /* over one block, and no multiple of it */
    float *embeddings;
    uint32_t *person;
    struct cluster_points points;
    struct cluster_graph graph;
    const struct cluster_work work = {NULL, NULL, NULL};
    vultus_error error = {0};
    made_up_faces(&of, &embeddings, &person);
    fill_points(embeddings, 510, &points);
    for (size_t queries = 510; queries >= 3; queries /= 13) {
        size_t found = 0;
        points.queries = queries;
        assert_ok(cluster_neighbours(&points, 1.2f, &work, &graph, &error), &error);
        for (size_t i = 0; i < 510; i++) {
            size_t at = graph.first[i];
            for (size_t k = 0; k < 510; k++) {
                double distance = squared(embeddings + i * DIMENSION, embeddings + k * DIMENSION);
                if (i == k || distance > 1.2 || (i >= queries && k >= queries))
                    continue;
                assert_true(at < graph.first[i + 1]);
                assert_int_equal(graph.edges[at].other, k);
                assert_true(fabs((double)graph.edges[at].distance - distance) < 1e-5);
                at++;
                found++;
            }
            assert_int_equal(at, graph.first[i + 1]);
        }
        assert_true(found > 100 || queries < 510);
        cluster_graph_clear(&graph);
    }
    cluster_points_clear(&points);
    free(embeddings);
    free(person);
}

/* Of a row with too many the nearest are kept, and both ends know of an edge. */
static void neighbours_are_bounded(void **state)
{
    (void)state;
    const struct made_up of = {4, 1, 400, DIMENSION, 0.5};
    float *embeddings;
    uint32_t *person;
    struct cluster_points points;
    struct cluster_graph graph;
    const struct cluster_work work = {NULL, NULL, NULL};
    vultus_error error = {0};
    made_up_faces(&of, &embeddings, &person);
    fill_points(embeddings, 400, &points);
    assert_ok(cluster_neighbours(&points, 4, &work, &graph, &error), &error);
    for (uint32_t i = 0; i < 400; i++) {
        size_t count = graph.first[i + 1] - graph.first[i], nearer = 0;
        float farthest = 0;
        assert_int_equal(graph.within[i], 399);
        assert_true(count >= CLUSTER_NEIGHBOURS_MAX);
        for (size_t k = graph.first[i]; k < graph.first[i + 1]; k++) {
            uint32_t other = graph.edges[k].other;
            bool back = false;
            assert_true(k == graph.first[i] || graph.edges[k - 1].other < other);
            for (size_t l = graph.first[other]; l < graph.first[other + 1]; l++)
                back |= graph.edges[l].other == i;
            assert_true(back);
        }
        /* the CLUSTER_NEIGHBOURS_MAX nearest are among them */
        for (size_t k = graph.first[i]; k < graph.first[i + 1]; k++)
            farthest = fmaxf(farthest, graph.edges[k].distance);
        for (uint32_t k = 0; k < 400; k++)
            nearer += k != i && squared(embeddings + i * DIMENSION, embeddings + k * DIMENSION) <
                                    (double)farthest - 1e-5;
        assert_true(nearer >= CLUSTER_NEIGHBOURS_MAX - 1);
    }
    assert_true(graph.first[400] <= 2u * 400 * CLUSTER_NEIGHBOURS_MAX);
    cluster_graph_clear(&graph);
    cluster_points_clear(&points);
    free(embeddings);
    free(person);
}

/* ------------------------------------------------------------------ what is known */

/* The same vector everywhere: only what is known can keep faces apart. */
static void faces_of_a_picture_are_never_one(void **state)
{
    (void)state;
    enum { PICTURES = 9, EACH = 6, COUNT = PICTURES * EACH };
    float embeddings[COUNT * DIMENSION] = {0};
    uint32_t picture[COUNT], labels[COUNT];
    vultus_clustering made;
    vultus_error error = {0};
    for (size_t i = 0; i < COUNT; i++) {
        embeddings[i * DIMENSION] = 1;
        picture[i] = 1000 * (uint32_t)(i / EACH);
    }
    vultus_labelled faces = faces_of(embeddings, COUNT);
    faces.picture = picture;
    for (size_t m = 0; m < METHODS; m++) {
        const vultus_cluster_options options = {.method = methods[m], .own_threshold = 0.375f};
        assert_ok(vultus_cluster(&faces, &options, labels, &made, &error), &error);
        for (size_t i = 0; i < COUNT; i++)
            for (size_t k = 0; k < i; k++)
                assert_false(picture[i] == picture[k] && labels[i] == labels[k]);
        assert_true(made.clusters >= EACH && made.clusters < COUNT);
    }
}

/* Any links, pictures, starts and persons that agree with some hidden people are honoured by every method. */
static void what_is_known_is_honoured(void **state)
{
    (void)state;
    enum { COUNT = 60, LINKS = 25 };
    for (uint64_t seed = 1; seed <= 60; seed++) {
        const struct made_up of = {seed, 6, 10, DIMENSION, 2};
        float *embeddings;
        uint32_t *person, picture[COUNT], start[COUNT], known[COUNT], labels[COUNT];
        vultus_cluster_link links[LINKS];
        struct random random;
        vultus_error error = {0};
        made_up_faces(&of, &embeddings, &person);
        random_seed(&random, seed);
        for (size_t i = 0; i < COUNT; i++) { /* person[i] = i % 6: six in a row have none twice */
            picture[i] = (uint32_t)(i / 6 * 6 + random_below(&random, 3));
            start[i] = random_below(&random, 3) ? VULTUS_NOBODY : person[i] * 2;
            known[i] = random_below(&random, 6) ? VULTUS_NOBODY : person[i];
        }
        for (size_t i = 0; i < LINKS; i++) {
            size_t a = (size_t)random_below(&random, COUNT),
                   b = (a + 1 + (size_t)random_below(&random, COUNT - 1)) % COUNT;
            links[i] = (vultus_cluster_link){a, b, person[a] == person[b]};
        }
        vultus_labelled faces = faces_of(embeddings, COUNT);
        faces.picture = picture;
        const vultus_cluster_options options = {.method = methods[seed % METHODS],
                                                .threshold = 0.1f,
                                                .has_threshold = true,
                                                .links = links,
                                                .link_count = LINKS,
                                                .start = start,
                                                .person = known,
                                                .seed = seed,
                                                .min_points = 1 + (unsigned)(seed % 4)};
        assert_ok(vultus_cluster(&faces, &options, labels, NULL, &error), &error);
        for (size_t i = 0; i < LINKS; i++)
            assert_true((labels[links[i].a] == labels[links[i].b]) == links[i].same ||
                        (!links[i].same && labels[links[i].a] != labels[links[i].b]));
        for (size_t i = 0; i < COUNT; i++)
            for (size_t k = 0; k < i; k++) {
                if (picture[i] == picture[k])
                    assert_int_not_equal(labels[i], labels[k]);
                if (start[i] == start[k] && start[i] != VULTUS_NOBODY)
                    assert_int_equal(labels[i], labels[k]);
                if (known[i] != known[k] && known[i] != VULTUS_NOBODY && known[k] != VULTUS_NOBODY)
                    assert_int_not_equal(labels[i], labels[k]);
            }
        free(embeddings);
        free(person);
    }
}

static void contradictions_are_refused(void **state)
{
    (void)state;
    const struct made_up of = {5, 4, 2, DIMENSION, 0.2};
    float *embeddings;
    uint32_t *person, labels[8] = {9}, picture[8] = {0, 1, 2, 3, 4, 5, 6, 0};
    uint32_t start[8] = {1, 1, 3, 4, 5, 6, 7, 8};
    const vultus_cluster_link chain[] = {{0, 1, true}, {1, 2, true}, {2, 0, false}};
    const vultus_cluster_link far[] = {{0, 8, true}}, self[] = {{3, 3, false}},
                              together[] = {{0, 7, true}}, apart[] = {{1, 0, false}};
    vultus_error error = {0};
    made_up_faces(&of, &embeddings, &person);
    vultus_labelled faces = faces_of(embeddings, 8);
    faces.picture = picture;
    vultus_cluster_options options = {.own_threshold = 0.375f, .links = chain, .link_count = 3};
    assert_error(VULTUS_ERR_ARGUMENT, vultus_cluster(&faces, &options, labels, NULL, &error),
                 &error, "faces 1 and 2 are said to be one person");
    options.links = far;
    options.link_count = 1;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_cluster(&faces, &options, labels, NULL, &error),
                 &error, "of 8 there are");
    options.links = self;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_cluster(&faces, &options, labels, NULL, &error),
                 &error, "faces 3 and 3");
    options.links = together;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_cluster(&faces, &options, labels, NULL, &error),
                 &error, "faces 0 and 7");
    options.links = apart;
    options.start = start;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_cluster(&faces, &options, labels, NULL, &error),
                 &error, "faces 0 and 1");
    assert_int_equal(labels[0], 9);
    free(embeddings);
    free(person);
}

/* ------------------------------------------------------------------ arguments */

static bool stop(void *context, size_t done, size_t total)
{
    size_t *calls = context;
    assert_true(done < total);
    return ++*calls < 2;
}

static void wrong_calls_are_refused(void **state)
{
    (void)state;
    const struct made_up of = {6, 40, 30, DIMENSION, 0.2};
    float *embeddings;
    uint32_t *person, *labels = calloc(1200, sizeof *labels);
    size_t calls = 0;
    vultus_error error = {0};
    made_up_faces(&of, &embeddings, &person);
    vultus_labelled faces = faces_of(embeddings, 1200);
    vultus_cluster_options options = {.own_threshold = 0.375f, .method = "kmeans"};
    assert_error(VULTUS_ERR_ARGUMENT, vultus_cluster(&faces, &options, labels, NULL, &error),
                 &error, "linkage, whispers, density");
    options = (vultus_cluster_options){0};
    assert_error(VULTUS_ERR_ARGUMENT, vultus_cluster(&faces, &options, labels, NULL, &error),
                 &error, "needs a threshold");
    options.far = 0.7;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_cluster(&faces, &options, labels, NULL, &error),
                 &error, "false accept rate");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_cluster(&faces, NULL, NULL, NULL, &error), &error,
                 "are needed");
    options = (vultus_cluster_options){
        .own_threshold = 0.375f, .progress = stop, .progress_context = &calls};
    assert_error(VULTUS_ERR_CANCELLED, vultus_cluster(&faces, &options, labels, NULL, &error),
                 &error, "ended");
    assert_int_equal(calls, 2);
    embeddings[5 * DIMENSION] = NAN;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_cluster(&faces, NULL, labels, NULL, &error), &error,
                 "not numbers");
    faces.count = VULTUS_CLUSTER_FACES_MAX + 1;
    assert_error(VULTUS_ERR_LIMIT, vultus_cluster(&faces, NULL, labels, NULL, &error), &error,
                 "at most");
    free(embeddings);
    free(person);
    free(labels);
}

static void memory_that_runs_out_is_said(void **state)
{
    (void)state;
    const struct made_up of = {7, 20, 8, DIMENSION, 1};
    float *embeddings;
    uint32_t *person, picture[160], labels[160];
    const vultus_cluster_link links[] = {{0, 20, true}, {1, 2, false}};
    made_up_faces(&of, &embeddings, &person);
    vultus_labelled faces = faces_of(embeddings, 160);
    for (uint32_t i = 0; i < 160; i++)
        picture[i] = i / 3;
    faces.picture = picture;
    for (size_t m = 0; m < METHODS; m++) {
        const vultus_cluster_options options = {.method = methods[m],
                                                .own_threshold = 0.2f,
                                                .threads = 2,
                                                .links = links,
                                                .link_count = 2,
                                                .start = person};
        const vultus_cluster_options plain = {
            .method = methods[m], .own_threshold = 0.2f, .links = links, .link_count = 2};
        const long live = mem_live();
        for (int with = 0; with < 2; with++)
            for (long n = 1;; n++) {
                vultus_error error = {0};
                mem_fail_after(n, true);
                vultus_status status =
                    vultus_cluster(&faces, with ? &options : &plain, labels, NULL, &error);
                bool failed = mem_failed();
                mem_fail_after(0, false);
                assert_int_equal(mem_live(), live);
                if (!failed) {
                    assert_int_equal(status, VULTUS_OK);
                    break;
                }
                assert_int_equal(status, VULTUS_ERR_MEMORY);
            }
    }
    vultus_cluster_report report;
    vultus_error error = {0};
    mem_fail_after(1, true);
    vultus_status status = vultus_cluster_evaluate(labels, person, 160, &report, &error);
    mem_fail_after(0, false);
    assert_int_equal(status, VULTUS_ERR_MEMORY);
    free(embeddings);
    free(person);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_methods_have_names),
        cmocka_unit_test(people_are_found),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(neighbours_are_all_there),
        cmocka_unit_test(neighbours_are_bounded),
        cmocka_unit_test(faces_of_a_picture_are_never_one),
        cmocka_unit_test(what_is_known_is_honoured),
        cmocka_unit_test(contradictions_are_refused),
        cmocka_unit_test(wrong_calls_are_refused),
        cmocka_unit_test(memory_that_runs_out_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
