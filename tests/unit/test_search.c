/* The search index against a plain search over the same faces, and its edges. */
#include "base/memory.h"
#include "gallery/search.h"
#include "support.h"

#include <math.h>

static uint32_t random_state = 1;

static uint32_t next_random(void)
{
    random_state = random_state * 1664525 + 1013904223;
    return random_state >> 8;
}

static void random_unit(size_t dimension, float *out)
{
    double squared = 0;
    for (size_t i = 0; i < dimension; i++) {
        out[i] = (float)next_random() / 8388608.0f - 1;
        squared += (double)out[i] * (double)out[i];
    }
    for (size_t i = 0; i < dimension; i++)
        out[i] = (float)((double)out[i] / sqrt(squared));
}

static const uint8_t *bytes_of(const float *vector, size_t dimension)
{
    static uint8_t bytes[4 * SEARCH_DIMENSION_MAX];
    for (size_t i = 0; i < dimension; i++) {
        uint32_t bits;
        memcpy(&bits, vector + i, 4);
        for (int k = 0; k < 4; k++)
            bytes[4 * i + (size_t)k] = (uint8_t)(bits >> 8 * k);
    }
    return bytes;
}

static void add_face(struct search *search, int64_t face, int64_t person, const float *vector)
{
    vultus_error error = {0};
    assert_ok(
        search_add_face(search, face, person, bytes_of(vector, search_dimension(search)), &error),
        &error);
}

static struct search *new_index(size_t dimension, unsigned people)
{
    struct search *search = NULL;
    vultus_error error = {0};
    assert_ok(search_new(dimension, false, &search, &error), &error);
    for (unsigned i = 0; i < people; i++) {
        char name[32];
        snprintf(name, sizeof name, "person %u", i);
        assert_ok(search_add_person(search, 10 * (int64_t)i - 50, name, &error), &error);
    }
    return search;
}

static void it_finds_what_a_plain_search_finds(void **state)
{
    static const size_t dimensions[] = {1, 3, 16, 128, 192, 513};
    (void)state;
    for (size_t d = 0; d < sizeof dimensions / sizeof dimensions[0]; d++) {
        size_t dimension = dimensions[d];
        enum { FACES = 2500, PEOPLE = 300 };
        struct search *search = new_index(dimension, PEOPLE);
        float *faces = mem_array(FACES * dimension, sizeof *faces);
        unsigned owner[FACES];
        for (unsigned f = 0; f < FACES; f++) {
            owner[f] = next_random() % (PEOPLE - 1); /* the last one has no face */
            random_unit(dimension, faces + f * dimension);
            add_face(search, 100 + f, 10 * (int64_t)owner[f] - 50, faces + f * dimension);
        }
        assert_int_equal(search_faces(search), FACES);
        for (unsigned round = 0; round < 20; round++) {
            struct search_hit hits[VULTUS_TOP_MAX];
            double best[PEOPLE];
            float probe[513];
            size_t capacity = 1 + next_random() % VULTUS_TOP_MAX, with_faces = 0;
            random_unit(dimension, probe);
            for (unsigned p = 0; p < PEOPLE; p++)
                best[p] = -9;
            for (unsigned f = 0; f < FACES; f++) {
                double dot = 0;
                for (size_t i = 0; i < dimension; i++)
                    dot += (double)probe[i] * (double)faces[f * dimension + i];
                if (dot > best[owner[f]])
                    best[owner[f]] = dot;
            }
            for (unsigned p = 0; p < PEOPLE; p++)
                with_faces += best[p] > -9;
            assert_int_equal(search_people(search), with_faces);
            size_t count = search_nearest(search, probe, VULTUS_METRIC_COSINE, hits, capacity);
            assert_int_equal(count, capacity);
            for (size_t h = 0; h < count; h++) {
                size_t person = (size_t)(hits[h].person + 50) / 10,
                       face = (size_t)hits[h].face - 100;
                size_t nearer = 0;
                char name[32];
                snprintf(name, sizeof name, "person %zu", person);
                assert_string_equal(hits[h].name, name);
                assert_int_equal(owner[face], person);
                assert_memory_equal(hits[h].embeddings[0], faces + face * dimension,
                                    dimension * sizeof(float));
                assert_true(fabs((double)hits[h].score - best[person]) < 1e-5);
                for (unsigned p = 0; p < PEOPLE; p++)
                    nearer += best[p] > best[person] + 1e-5;
                assert_true(nearer <= h);
                if (h) {
                    bool order =
                        hits[h - 1].score > hits[h].score ||
                        (hits[h - 1].score == hits[h].score && hits[h - 1].person < hits[h].person);
                    assert_true(order);
                }
            }
        }
        mem_free(faces);
        search_free(search);
    }
}

/* Equal faces at every place of the matrix, also in lone last rows, are equally near. */
static void ties_go_to_the_smaller_id(void **state)
{
    (void)state;
    for (unsigned people = 1; people < 60; people++) {
        struct search *search = new_index(77, people);
        struct search_hit hits[VULTUS_TOP_MAX];
        float vector[77], probe[77];
        random_unit(77, vector);
        random_unit(77, probe);
        for (unsigned p = 0; p < people; p++)
            for (unsigned f = 0; f < 2; f++) /* the higher face id first */
                add_face(search, 1000 + 2 * p - f, 10 * (int64_t)(people - 1 - p) - 50, vector);
        size_t count = search_nearest(search, probe, VULTUS_METRIC_COSINE, hits, VULTUS_TOP_MAX);
        assert_int_equal(count, people);
        for (size_t h = 0; h < count; h++) {
            assert_int_equal(hits[h].person, 10 * (int64_t)h - 50);
            assert_int_equal(hits[h].face, 1000 + 2 * (people - 1 - h) - 1);
            assert_true(hits[h].score == hits[0].score);
        }
        assert_int_equal(search_nearest(search, probe, VULTUS_METRIC_COSINE, hits, 1), 1);
        assert_int_equal(hits[0].person, -50);
        search_free(search);
    }
}

static void bad_rows_are_refused(void **state)
{
    (void)state;
    vultus_error error = {0};
    struct search_hit hit;
    struct search *search = new_index(4, 2);
    float unit[4] = {1, 0, 0, 0}, nan[4] = {NAN, 0, 0, 0}, infinite[4] = {INFINITY, 0, 0, 0};
    float nothing[4] = {0}, longer[4] = {1, 1, 0, 0}, huge[4] = {3e38f, 3e38f, 0, 0};
    float *const bad[] = {nan, infinite, nothing, longer, huge};
    assert_int_equal(search_nearest(search, unit, VULTUS_METRIC_COSINE, &hit, 1), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_error(VULTUS_ERR_FORMAT,
                     search_add_face(search, 1, -50, bytes_of(bad[i], 4), &error), &error,
                     "unit length");
    assert_error(VULTUS_ERR_NOT_FOUND, search_add_face(search, 1, 7, bytes_of(unit, 4), &error),
                 &error, "belongs to nobody");
    assert_error(VULTUS_ERR_ARGUMENT, search_add_person(search, -40, "again", &error), &error,
                 "order");
    assert_int_equal(search_faces(search), 0);
    assert_int_equal(search_people(search), 0);
    add_face(search, 1, -40, unit);
    assert_int_equal(search_nearest(search, unit, VULTUS_METRIC_COSINE, &hit, 1), 1);
    assert_int_equal(search_nearest(search, unit, VULTUS_METRIC_COSINE, &hit, 0), 0);
    assert_true(hit.score == 1 && hit.person == -40 && !strcmp(hit.name, "person 1"));
    search_clear(search);
    assert_int_equal(search_nearest(search, unit, VULTUS_METRIC_COSINE, &hit, 1), 0);
    assert_int_equal(search_dimension(search), 4);
    search_free(search);
    search_free(NULL);
    assert_error(VULTUS_ERR_ARGUMENT, search_new(0, false, &search, &error), &error, "0 floats");
    assert_error(VULTUS_ERR_ARGUMENT, search_new(SEARCH_DIMENSION_MAX + 1, false, &search, &error),
                 &error, "4097");
    search = new_index(4, 0);
    assert_error(VULTUS_ERR_LIMIT, search_reserve(search, (size_t)SEARCH_FACES_MAX + 1, &error),
                 &error, "more than");
    search_free(search);
}

static void memory_running_out_leaves_it_whole(void **state)
{
    (void)state;
    long live = mem_live();
    vultus_error error = {0};
    bool failed = true;
    for (long n = 1; failed; n++) {
        struct search *search = new_index(8, 1);
        struct search_hit hits[2];
        float vector[8];
        size_t added = 0;
        mem_fail_after(n, false);
        for (unsigned f = 0; f < 1500; f++) {
            random_unit(8, vector);
            vultus_status status = search_add_face(search, f, -50, bytes_of(vector, 8), &error);
            if (status)
                assert_int_equal(status, VULTUS_ERR_MEMORY);
            added += !status;
        }
        vultus_status status = search_add_person(search, 5, "another", &error);
        failed = mem_failed();
        mem_fail_after(0, false);
        assert_int_equal(search_faces(search), added);
        assert_int_equal(search_nearest(search, vector, VULTUS_METRIC_COSINE, hits, 2), 1);
        if (status)
            assert_ok(search_add_person(search, 5, "another", &error), &error);
        add_face(search, 9999, 5, vector);
        assert_int_equal(search_nearest(search, vector, VULTUS_METRIC_COSINE, hits, 2), 2);
        search_free(search);
    }
    assert_int_equal(mem_live(), live);
}

static void put_vector(const float *from, size_t count, uint8_t *out)
{
    memcpy(out, from, count * sizeof *from); /* tests run on little-endian machines only */
}

/* Vectors of any length: the nearest by distance is not the nearest by angle. */
static void raw_vectors_rank_by_the_metric(void **state)
{
    static const float faces[3][2] = {{4, 0}, {0.9f, 0.9f}, {-1, 0}};
    const float probe[2] = {1, 0};
    struct search *search = NULL;
    struct search_hit hits[3];
    vultus_error error = {0};
    uint8_t bytes[8];
    (void)state;
    assert_ok(search_new(2, true, &search, &error), &error);
    for (int i = 0; i < 3; i++) {
        assert_ok(search_add_person(search, i + 1, "p", &error), &error);
        put_vector(faces[i], 2, bytes);
        assert_ok(search_add_face(search, i + 1, i + 1, bytes, &error), &error);
    }
    assert_int_equal(search_nearest(search, probe, VULTUS_METRIC_EUCLIDEAN, hits, 3), 3);
    assert_true(hits[0].person == 2 && hits[1].person == 3 && hits[2].person == 1);
    assert_int_equal(search_nearest(search, probe, VULTUS_METRIC_COSINE, hits, 3), 3);
    assert_true(hits[0].person == 1 && hits[1].person == 2 && hits[2].person == 3);
    put_vector((const float[2]){0, 0}, 2, bytes);
    assert_error(VULTUS_ERR_FORMAT, search_add_face(search, 9, 3, bytes, &error), &error,
                 "usable length");
    search_free(search);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raw_vectors_rank_by_the_metric),
        cmocka_unit_test(it_finds_what_a_plain_search_finds),
        cmocka_unit_test(ties_go_to_the_smaller_id),
        cmocka_unit_test(bad_rows_are_refused),
        cmocka_unit_test(memory_running_out_leaves_it_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
