/*
 * A coded index gives the answer of comparing every face, on data that is easy, like faces', or made to
 * mislead the codes.
 */
#include "base/memory.h"
#include "base/pool.h"
#include "base/random.h"
#include "gallery/search.h"
#include "kernel/kernel.h"
#include "support.h"

#include <math.h>

enum { PEOPLE = 700, FACES = 5003, PROBES = 36, TOP = 7 };

enum data { SPHERE, SPECTRUM, TWINS, SPIKES, FLAT, LENGTHS, DATA_KINDS };

struct made {
    size_t dimension;
    bool raw;
    float *faces;
    uint32_t owner[FACES];
    struct search *search;
};

static struct random dice;

static void make_unit(float *x, size_t n)
{
    float squared = kernel_best()->dot(x, x, n);
    for (size_t i = 0; i < n; i++)
        x[i] /= sqrtf(squared);
}

static void make_vector(enum data kind, size_t n, const float *model, float *x)
{
    for (size_t i = 0; i < n; i++) {
        double deviation = kind == SPECTRUM ? exp(-8.0 * (double)i / (double)n) : 1;
        x[i] = (float)(random_normal(&dice) * deviation);
        if (kind == TWINS) /* so near each other that only the last bits tell */
            x[i] = model[i] + 3e-7f * x[i];
        if (kind == FLAT)
            x[i] = x[i] < 0 ? -1 : 1;
    }
    if (kind == SPIKES) /* one coordinate takes all of the range of codes */
        x[random_below(&dice, n)] = 60;
    make_unit(x, n);
    double length = kind == LENGTHS ? exp(12 * random_real(&dice) - 5) : 1;
    for (size_t i = 0; i < n; i++)
        x[i] *= (float)length;
}

static struct made make(enum data kind, size_t dimension)
{
    struct made made = {.dimension = dimension, .raw = kind == LENGTHS};
    vultus_error error = {0};
    float *model = mem_array(dimension, sizeof *model);
    made.faces = mem_array(FACES * dimension, sizeof *made.faces);
    assert_ok(search_new(dimension, made.raw, &made.search, &error), &error);
    for (size_t p = 0; p < PEOPLE; p++)
        assert_ok(search_add_person(made.search, 3 * (int64_t)p - 1000, "somebody", &error),
                  &error);
    make_vector(SPHERE, dimension, NULL, model);
    for (size_t f = 0; f < FACES; f++) {
        float *face = made.faces + f * dimension;
        made.owner[f] = (uint32_t)random_below(&dice, PEOPLE);
        if (f % 50 == 7) /* the very same face of somebody else */
            memcpy(face, face - 3 * dimension, dimension * sizeof *face);
        else
            make_vector(kind, dimension, model, face);
        assert_ok(search_add_face(made.search, 9000 - (int64_t)f, 3 * (int64_t)made.owner[f] - 1000,
                                  (const uint8_t *)face, &error),
                  &error);
    }
    mem_free(model);
    return made;
}

static void unmake(struct made *made)
{
    search_free(made->search);
    mem_free(made->faces);
}

/* What a search by the book says: scores by the same products, ties by ids. */
static size_t plain(const struct made *made, const float *probe, vultus_metric metric,
                    const uint64_t *allowed, struct search_hit *hits)
{
    const struct kernel_table *kernel = kernel_best();
    struct search_hit best[PEOPLE] = {{0}};
    size_t count = 0;
    for (size_t f = 0; f < FACES; f++) {
        const float *face = made->faces + f * made->dimension;
        float score = kernel->dot(probe, face, made->dimension);
        float squared = kernel->dot(face, face, made->dimension);
        if (made->raw)
            score =
                metric == VULTUS_METRIC_EUCLIDEAN ? score - squared / 2 : score / sqrtf(squared);
        struct search_hit *person = &best[made->owner[f]];
        if (allowed && !(allowed[made->owner[f] / 64] >> made->owner[f] % 64 & 1))
            continue;
        if (!person->name || score >= person->score) /* later faces have smaller ids */
            *person = (struct search_hit){.person = 3 * (int64_t)made->owner[f] - 1000,
                                          .face = 9000 - (int64_t)f,
                                          .name = "",
                                          .score = score};
    }
    for (; count < TOP; count++) {
        struct search_hit *next = NULL;
        for (size_t p = 0; p < PEOPLE; p++)
            if (best[p].name && (!next || best[p].score > next->score))
                next = &best[p];
        if (!next)
            break;
        hits[count] = *next;
        next->name = NULL;
    }
    return count;
}

static void same(const struct search_hit *got, const struct search_hit *expected, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(got[i].person, expected[i].person);
        assert_int_equal(got[i].face, expected[i].face);
        assert_true(got[i].score == expected[i].score);
    }
}

static void probe_of(const struct made *made, enum data kind, size_t number, float *out)
{
    const float *near = made->faces + random_below(&dice, FACES) * made->dimension;
    make_vector(number % 4 == 1 ? SPHERE
                : kind == TWINS ? SPIKES
                                : kind,
                made->dimension, near, out);
    if (number % 4 == 2)
        memcpy(out, near, made->dimension * sizeof *out);
    for (size_t i = 0; number % 4 == 3 && i < made->dimension; i++)
        out[i] = -near[i];
}

static void check(enum data kind, size_t dimension, struct pool *pool)
{
    static struct search_hit expected[PROBES][TOP], hits[TOP], many[PROBES * TOP];
    struct made made = make(kind, dimension);
    float *probes = mem_array(PROBES * dimension, sizeof *probes);
    size_t counts[PROBES];
    vultus_error error = {0};
    for (int m = 0; m < 2; m++) {
        vultus_metric metric = m ? VULTUS_METRIC_EUCLIDEAN : VULTUS_METRIC_COSINE;
        for (size_t p = 0; p < PROBES; p++) {
            float *probe = probes + p * dimension;
            probe_of(&made, kind, p, probe);
            assert_int_equal(plain(&made, probe, metric, NULL, expected[p]), TOP);
            assert_int_equal(search_nearest(made.search, probe, metric, hits, TOP), TOP);
            same(hits, expected[p], TOP);
            assert_int_equal(search_nearest(made.search, probe, metric, hits, 1), 1);
            same(hits, expected[p], 1);
        }
        for (size_t count = 1; count <= PROBES; count += 11) {
            struct search_request request = {.probes = probes,
                                             .count = count,
                                             .metric = metric,
                                             .capacity = TOP,
                                             .pool = count > 1 ? pool : NULL,
                                             .plain = count == 12};
            assert_ok(search_nearest_many(made.search, &request, many, counts, &error), &error);
            for (size_t p = 0; p < count; p++) {
                assert_int_equal(counts[p], TOP);
                same(many + p * TOP, expected[p], TOP);
            }
        }
    }
    mem_free(probes);
    unmake(&made);
}

static void answers_are_those_of_comparing_every_face(void **state)
{
    (void)state;
    static const size_t dimensions[] = {1, 9, 64, 192};
    struct pool *pool = NULL;
    vultus_error error = {0};
    random_seed(&dice, 7);
    assert_ok(pool_open(3, &pool, &error), &error);
    for (size_t d = 0; d < sizeof dimensions / sizeof *dimensions; d++)
        for (int kind = 0; kind < DATA_KINDS; kind++)
            check((enum data)kind, dimensions[d], pool);
    pool_close(pool);
}

/* Of some people, from nobody to nearly everybody. */
static void check_some(enum data kind, struct pool *pool)
{
    static const uint64_t shares[] = {0, 1, 5, 50, 95};
    struct made made = make(kind, 64);
    uint64_t allowed[(PEOPLE + 63) / 64];
    struct search_hit expected[TOP], hits[TOP];
    float probe[64];
    vultus_error error = {0};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        memset(allowed, 0, sizeof allowed);
        for (size_t p = 0; p < PEOPLE; p++)
            if (random_below(&dice, 100) < shares[i])
                allowed[p / 64] |= (uint64_t)1 << p % 64;
        for (size_t p = 0; p < 8; p++) {
            const struct search_way way = {.metric = kind == LENGTHS ? VULTUS_METRIC_EUCLIDEAN
                                                                     : VULTUS_METRIC_COSINE,
                                           .allowed = allowed,
                                           .pool = p % 2 ? pool : NULL};
            size_t count = 99;
            probe_of(&made, kind, p, probe);
            size_t wanted = plain(&made, probe, way.metric, allowed, expected);
            assert_ok(search_nearest_by(made.search, probe, &way, hits, TOP, &count, &error),
                      &error);
            assert_int_equal(count, wanted);
            same(hits, expected, wanted);
        }
    }
    unmake(&made);
}

static void of_some_people_the_nearest_are_found(void **state)
{
    (void)state;
    struct pool *pool = NULL;
    vultus_error error = {0};
    random_seed(&dice, 8);
    assert_ok(pool_open(2, &pool, &error), &error);
    for (int kind = 0; kind < DATA_KINDS; kind++)
        check_some((enum data)kind, pool);
    pool_close(pool);
}

static void faces_that_come_later_are_found(void **state)
{
    (void)state;
    struct made made = make(SPECTRUM, 48);
    struct search_hit hit;
    float face[48];
    vultus_error error = {0};
    for (int64_t i = 0; i < 40; i++) {
        make_vector(SPHERE, 48, NULL, face); /* not like those that the axes were learnt from */
        search_nearest(made.search, face, VULTUS_METRIC_COSINE, &hit, 1);
        assert_true(hit.score < 0.99f);
        assert_ok(search_add_face(made.search, 10000 + i, -1000, (const uint8_t *)face, &error),
                  &error);
        search_nearest(made.search, face, VULTUS_METRIC_COSINE, &hit, 1);
        assert_int_equal(hit.face, 10000 + i);
    }
    search_clear(made.search);
    assert_int_equal(search_nearest(made.search, face, VULTUS_METRIC_COSINE, &hit, 1), 0);
    unmake(&made);
}

/* Codes are for speed: without memory for them the answer is the same. */
static void without_memory_it_is_slower_only(void **state)
{
    (void)state;
    struct made made = make(SPHERE, 32);
    struct search_hit hits[TOP], expected[TOP];
    struct search_request request = {
        .probes = made.faces, .count = 3, .metric = VULTUS_METRIC_COSINE, .capacity = TOP};
    struct search_hit many[3 * TOP];
    size_t counts[3];
    vultus_error error = {0};
    plain(&made, made.faces, VULTUS_METRIC_COSINE, NULL, expected);
    for (long n = 1; n < 12; n++) {
        mem_fail_after(n, true);
        size_t count = search_nearest(made.search, made.faces, VULTUS_METRIC_COSINE, hits, TOP);
        bool failed = mem_failed();
        mem_fail_after(0, false);
        assert_int_equal(count, TOP);
        same(hits, expected, TOP);
        if (!failed)
            break;
        assert_true(n < 11);
    }
    mem_fail_after(1, true);
    assert_error(VULTUS_ERR_MEMORY,
                 search_nearest_many(made.search, &request, many, counts, &error), &error,
                 "a search");
    mem_fail_after(0, false);
    assert_ok(search_nearest_many(made.search, &request, many, counts, &error), &error);
    same(many, expected, TOP);
    unmake(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_those_of_comparing_every_face),
        cmocka_unit_test(of_some_people_the_nearest_are_found),
        cmocka_unit_test(faces_that_come_later_are_found),
        cmocka_unit_test(without_memory_it_is_slower_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
