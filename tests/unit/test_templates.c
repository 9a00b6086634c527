/* The ways to compare a person with several faces, against plain sums over the same faces. */
#include "base/memory.h"
#include "base/random.h"
#include "gallery/search.h"
#include "support.h"

#include <math.h>

enum { DIMENSION = 24, PEOPLE = 60, FACES = 400 };

struct made {
    struct search *search;
    float rows[FACES][DIMENSION];
    unsigned owner[FACES];
    float weight[FACES];
    bool raw;
};

static void random_vector(struct random *random, bool raw, float *out)
{
    double squared = 0;
    for (size_t i = 0; i < DIMENSION; i++) {
        out[i] = (float)(2 * random_real(random) - 1);
        squared += (double)out[i] * (double)out[i];
    }
    for (size_t i = 0; !raw && i < DIMENSION; i++)
        out[i] = (float)((double)out[i] / sqrt(squared));
}

static float by_sharpness(const vultus_face *measures)
{
    return measures->quality.sharpness;
}

static void add(struct made *made, unsigned face)
{
    vultus_error error = {0};
    vultus_face measures = {.quality.sharpness = made->weight[face]};
    assert_ok(search_add_face(made->search, 1000 - face, made->owner[face],
                              (const uint8_t *)made->rows[face], &error),
              &error); /* tests run on little-endian machines only */
    search_weigh_last(made->search, &measures);
}

static struct made *make(bool raw)
{
    struct random random;
    struct made *made = test_malloc(sizeof *made);
    vultus_error error = {0};
    random_seed(&random, 7);
    made->raw = raw;
    assert_ok(search_new(DIMENSION, raw, &made->search, &error), &error);
    search_set_weigher(made->search, by_sharpness);
    for (unsigned p = 0; p < PEOPLE; p++)
        assert_ok(search_add_person(made->search, p, "somebody", &error), &error);
    for (unsigned f = 0; f < FACES; f++) {
        random_vector(&random, raw, made->rows[f]);
        made->weight[f] = 0.1f + 0.9f * (float)random_real(&random);
        /* the last has no face, the one before it one */
        made->owner[f] = f == 0 ? PEOPLE - 2 : f % (PEOPLE - 2);
        add(made, f);
    }
    return made;
}

static void unmake(struct made *made)
{
    search_free(made->search);
    test_free(made);
}

static double product(const float *a, const float *b)
{
    double sum = 0;
    for (size_t i = 0; i < DIMENSION; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

static double nearness(const float *a, const float *b, vultus_metric metric)
{
    double aa = product(a, a), bb = product(b, b), ab = product(a, b);
    return metric == VULTUS_METRIC_COSINE ? ab / sqrt(aa * bb) : -sqrt(fmax(0, aa + bb - 2 * ab));
}

static double plain_mean(const struct made *made, unsigned person, const float *probe,
                         vultus_metric metric)
{
    float mean[DIMENSION] = {0};
    double total = 0;
    for (unsigned f = 0; f < FACES; f++)
        if (made->owner[f] == person) {
            total += (double)made->weight[f];
            for (size_t i = 0; i < DIMENSION; i++)
                mean[i] += made->weight[f] * made->rows[f][i];
        }
    if (total == 0)
        return NAN;
    double by = made->raw ? total : sqrt(product(mean, mean));
    for (size_t i = 0; i < DIMENSION; i++)
        mean[i] = (float)((double)mean[i] / by);
    return nearness(probe, mean, metric);
}

static double plain_set(const struct made *made, unsigned person, const float *probe,
                        vultus_metric metric)
{
    double top[SEARCH_SET] = {-9, -9, -9}, sum = 0;
    size_t count = 0;
    for (unsigned f = 0; f < FACES; f++) {
        double near = nearness(probe, made->rows[f], metric);
        if (made->owner[f] != person)
            continue;
        count += count < SEARCH_SET;
        for (size_t k = 0; k < SEARCH_SET; k++)
            if (near > top[k]) {
                double next = top[k];
                top[k] = near;
                near = next;
            }
    }
    for (size_t k = 0; k < count; k++)
        sum += top[k];
    return count ? sum / (double)count : NAN;
}

static double measured(const struct search_hit *hit, const float *probe, vultus_metric metric)
{
    double sum = 0;
    for (size_t i = 0; i < hit->count; i++)
        sum += nearness(probe, hit->embeddings[i], metric);
    return sum / (double)hit->count;
}

static void check(struct made *made, vultus_template templates, vultus_metric metric)
{
    const struct search_way way = {.metric = metric, .templates = templates};
    struct random random;
    vultus_error error = {0};
    random_seed(&random, 99);
    for (unsigned round = 0; round < 20; round++) {
        struct search_hit hits[PEOPLE];
        double plain[PEOPLE];
        float probe[DIMENSION];
        size_t count = 0;
        random_vector(&random, made->raw, probe);
        for (unsigned p = 0; p < PEOPLE; p++)
            plain[p] = templates == VULTUS_TEMPLATE_MEAN ? plain_mean(made, p, probe, metric)
                                                         : plain_set(made, p, probe, metric);
        assert_ok(search_nearest_by(made->search, probe, &way, hits, PEOPLE, &count, &error),
                  &error);
        assert_int_equal(count, PEOPLE - 1);
        for (size_t h = 0; h < count; h++) {
            double expected = plain[hits[h].person];
            assert_true(fabs(measured(&hits[h], probe, metric) - expected) < 1e-4);
            assert_true(!h || plain[hits[h - 1].person] >= expected - 1e-4);
            assert_int_equal(made->owner[1000 - hits[h].face], hits[h].person);
        }
    }
}

static void they_are_exact(void **state)
{
    (void)state;
    for (int raw = 0; raw <= 1; raw++) {
        struct made *made = make(raw);
        check(made, VULTUS_TEMPLATE_MEAN, VULTUS_METRIC_COSINE);
        check(made, VULTUS_TEMPLATE_SET, VULTUS_METRIC_COSINE);
        if (raw) {
            check(made, VULTUS_TEMPLATE_MEAN, VULTUS_METRIC_EUCLIDEAN);
            check(made, VULTUS_TEMPLATE_SET, VULTUS_METRIC_EUCLIDEAN);
        }
        unmake(made);
    }
}

/* Means are made anew when a face is added, and forgotten with the index. */
static void they_follow_the_index(void **state)
{
    const struct search_way mean = {.metric = VULTUS_METRIC_COSINE,
                                    .templates = VULTUS_TEMPLATE_MEAN};
    struct made *made = make(false);
    struct search_hit hit;
    vultus_error error = {0};
    size_t count = 0;
    (void)state;
    assert_ok(search_nearest_by(made->search, made->rows[0], &mean, &hit, 1, &count, &error),
              &error);
    assert_int_equal(hit.person, PEOPLE - 2); /* whose only face it is */
    assert_float_equal(hit.score, 1, 1e-5);
    made->owner[0] = PEOPLE - 1;
    made->weight[0] = 0.5f;
    vultus_face measures = {.quality.sharpness = NAN}; /* not known: counts in full */
    assert_ok(
        search_add_face(made->search, 5000, PEOPLE - 1, (const uint8_t *)made->rows[1], &error),
        &error);
    search_weigh_last(made->search, &measures);
    assert_ok(search_nearest_by(made->search, made->rows[1], &mean, &hit, 1, &count, &error),
              &error);
    assert_int_equal(hit.face, 5000);
    search_clear(made->search);
    assert_ok(search_nearest_by(made->search, made->rows[1], &mean, &hit, 1, &count, &error),
              &error);
    assert_int_equal(count, 0);
    unmake(made);
}

/* Faces that cancel each other out have no mean: the heavier one stands for the person. */
static void a_mean_that_is_nothing(void **state)
{
    static const float faces[2][2] = {{1, 0}, {-1, 0}};
    const struct search_way mean = {.metric = VULTUS_METRIC_COSINE,
                                    .templates = VULTUS_TEMPLATE_MEAN};
    struct search *search = NULL;
    struct search_hit hit;
    vultus_error error = {0};
    size_t count = 0;
    (void)state;
    assert_ok(search_new(2, false, &search, &error), &error);
    assert_ok(search_add_person(search, 1, "two faces", &error), &error);
    for (int i = 0; i < 2; i++)
        assert_ok(search_add_face(search, 2 - i, 1, (const uint8_t *)faces[i], &error), &error);
    assert_ok(search_nearest_by(search, faces[1], &mean, &hit, 1, &count, &error), &error);
    assert_int_equal(hit.face, 1);
    assert_float_equal(hit.score, 1, 0);
    search_free(search);
}

static void memory_running_out(void **state)
{
    (void)state;
    for (vultus_template way = VULTUS_TEMPLATE_MEAN; way <= VULTUS_TEMPLATE_SET; way++) {
        const struct search_way how = {.metric = VULTUS_METRIC_COSINE, .templates = way};
        bool failed = true;
        for (long n = 1; failed; n++) {
            struct made *made = make(false);
            struct search_hit hits[2];
            vultus_error error = {0};
            size_t count = 77;
            mem_fail_after(n, false);
            vultus_status status =
                search_nearest_by(made->search, made->rows[3], &how, hits, 2, &count, &error);
            failed = mem_failed();
            mem_fail_after(0, false);
            assert_int_equal(status, failed ? VULTUS_ERR_MEMORY : VULTUS_OK);
            if (failed)
                assert_int_equal(count, 77);
            assert_ok(search_nearest_by(made->search, made->rows[3], &how, hits, 2, &count, &error),
                      &error);
            assert_int_equal(count, 2);
            unmake(made);
            n += n > 8 ? 6 : 0; /* each person's name is one: some of them are enough */
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_exact),
        cmocka_unit_test(they_follow_the_index),
        cmocka_unit_test(a_mean_that_is_nothing),
        cmocka_unit_test(memory_running_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
