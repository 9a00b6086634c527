/*
 * Searches by a PostgreSQL server: with its index, and without, against the index in memory, which is exact.
 * And what of a server's rows is not believed.
 */
#include "store_support.h"

#define MODEL "synthetic@00000001"
#define PEOPLE 5000
#define EACH 4

/* Faces of a person lie around a point: what an index of near vectors is for. */
static void face_of(uint64_t person, uint64_t face, float out[DIMENSION])
{
    float noise[DIMENSION];
    double squared = 0;
    fake_embedding(7919 * person, DIMENSION, out);
    fake_embedding(104729 * person + face + 1, DIMENSION, noise);
    for (size_t i = 0; i < DIMENSION; i++) {
        out[i] += 0.45f * noise[i];
        squared += (double)out[i] * (double)out[i];
    }
    for (size_t i = 0; i < DIMENSION; i++)
        out[i] = (float)((double)out[i] / sqrt(squared));
}

static void fill(vultus_gallery *gallery)
{
    enum { BATCH = 500 };
    static vultus_face_record records[BATCH * EACH];
    static float vectors[BATCH * EACH][DIMENSION];
    static char texts[BATCH * EACH][32];
    const char *names[BATCH * EACH];
    vultus_error error = {0};
    for (uint64_t first = 0; first < PEOPLE; first += BATCH) {
        for (uint64_t i = 0; i < BATCH * EACH; i++) {
            uint64_t key = first * EACH + i;
            records[i] = (vultus_face_record){.embedder = (char *)MODEL,
                                              .embedding = vectors[i],
                                              .dimension = DIMENSION,
                                              .face.score = 1};
            face_of(first + i / EACH, i % EACH, vectors[i]);
            memcpy(records[i].picture, &key, sizeof key);
            snprintf(texts[i], sizeof texts[i], "person %llu",
                     (unsigned long long)(first + i / EACH));
            names[i] = texts[i];
        }
        assert_ok(vultus_gallery_import(gallery, names, records, BATCH * EACH, NULL, &error),
                  &error);
    }
}

static vultus_gallery *open_as(const char *location, const char *more, bool exact)
{
    char full[400];
    vultus_error error = {0};
    vultus_gallery *gallery = NULL;
    const vultus_gallery_options options = {.exact = exact};
    snprintf(full, sizeof full, "%s%s", location, more);
    assert_ok(vultus_gallery_open(full, &options, &gallery, &error), &error);
    return gallery;
}

/* How many of the five nearest of 200 probes are those that memory names; all must have the same numbers. */
static unsigned agreement(vultus_gallery *gallery, vultus_gallery *memory)
{
    struct fake_engine fake;
    const vultus_engine *engine = fake_engine(&fake, MODEL, DIMENSION, 0.5f);
    vultus_error error = {0};
    unsigned same = 0;
    for (uint64_t i = 0; i < 200; i++) {
        float probe[DIMENSION];
        vultus_match a[5], b[5];
        size_t count_a = 0, count_b = 0;
        face_of(i % 2 ? i * 25 : PEOPLE + i, 99, probe); /* known people, and strangers */
        assert_ok(vultus_gallery_rank(gallery, engine, probe, NULL, a, 5, &count_a, &error),
                  &error);
        assert_ok(vultus_gallery_rank(memory, engine, probe, NULL, b, 5, &count_b, &error), &error);
        assert_int_equal(count_a, 5);
        assert_int_equal(count_b, 5);
        for (size_t k = 0; k < 5; k++)
            for (size_t m = 0; m < 5; m++)
                if (a[k].person == b[m].person) {
                    same++;
                    assert_int_equal(a[k].face, b[m].face);
                    assert_true(a[k].cosine == b[m].cosine);
                    assert_string_equal(a[k].name, b[m].name);
                }
    }
    return same;
}

static void indexes_find_nearly_all_and_exact_searches_all(void **state)
{
    (void)state;
    static char location[320];
    struct fake_engine fake;
    const vultus_engine *engine = fake_engine(&fake, MODEL, DIMENSION, 0.5f);
    vultus_error error = {0};
    vultus_identity who;
    float probe[DIMENSION];
    snprintf(location, sizeof location, "%s&partitions=2", postgres_gallery(0));
    vultus_gallery *gallery = open_gallery(location);
    fill(gallery);
    vultus_gallery *memory = open_as(location, "&search=memory", false);
    vultus_gallery *server = open_as(location, "&search=server", false);
    vultus_gallery *exact = open_as(location, "&search=server", true);
    assert_int_equal(agreement(server, memory), 1000); /* no index yet: all are compared */
    assert_ok(vultus_gallery_compact(gallery, NULL, &error), &error);
    assert_true(agreement(server, memory) >= 980);
    assert_int_equal(agreement(exact, memory), 1000);

    /* how many there are follows what is changed */
    face_of(3, 99, probe);
    assert_ok(vultus_gallery_identify(server, engine, probe, NULL, &who, &error), &error);
    assert_int_equal(who.people, PEOPLE);
    assert_int_equal(who.faces, PEOPLE * EACH);
    assert_string_equal(who.best.name, "person 3");
    assert_ok(vultus_gallery_delete(gallery, "person 3", &error), &error);
    assert_ok(vultus_gallery_identify(server, engine, probe, NULL, &who, &error), &error);
    assert_true(strcmp(who.best.name, "person 3") != 0);
    assert_ok(vultus_gallery_compact(gallery, NULL, &error), &error);
    assert_true(agreement(server, memory) >= 980);
    vultus_gallery_close(gallery);
    vultus_gallery_close(memory);
    vultus_gallery_close(server);
    vultus_gallery_close(exact);
}

/* One person with more faces than are fetched at first does not hide the second. */
static void crowds_of_one_person_hide_nobody(void **state)
{
    (void)state;
    static char location[320];
    struct fake_engine fake;
    const vultus_engine *engine = fake_engine(&fake, MODEL, DIMENSION, 0.5f);
    vultus_error error = {0};
    vultus_match matches[3];
    size_t count = 0;
    snprintf(location, sizeof location, "%s&search=server", postgres_gallery(1));
    vultus_gallery *gallery = open_gallery(location);
    struct vultus_sample sample;
    float vector[DIMENSION];
    for (uint64_t i = 0; i < 300; i++) {
        sample = *fake_sample(i, MODEL, DIMENSION);
        face_of(1, i, vector);
        sample.embedding = vector;
        assert_ok(vultus_gallery_enroll(gallery, "Ada", NULL, &sample, NULL, &error), &error);
    }
    enroll(gallery, "Grace", 1000, MODEL);
    enroll(gallery, "Emmy", 1001, MODEL);
    face_of(1, 99, vector);
    assert_ok(vultus_gallery_rank(gallery, engine, vector, NULL, matches, 3, &count, &error),
              &error);
    assert_int_equal(count, 3);
    assert_string_equal(matches[0].name, "Ada");
    assert_string_equal(fake_nearest(gallery, MODEL, 1000), "Grace");
    vultus_gallery_close(gallery);
}

/* ------------------------------------------------------------------ rows */

static void bad_rows_are_named(void **state)
{
    static const struct {
        const char *sql, *text;
    } cases[] = {
        {"UPDATE faces SET landmarks = '\\x00' WHERE id = 2", "row 2 of faces has a bad box"},
        {"UPDATE faces SET x = 'NaN' WHERE id = 2", "row 2 of faces has a bad box"},
        {"UPDATE faces SET picture = '\\x00' WHERE id = 2", "row 2 of faces has a bad hash"},
        {"UPDATE faces SET source = repeat('a', 5000) WHERE id = 2", "has a bad source"},
        {"UPDATE faces SET created = repeat('a', 50) WHERE id = 2", "has a bad date"},
        {"UPDATE thumbnails SET jpeg = decode(repeat('00', 1048577), 'hex') WHERE face = 2",
         "thumbnail that is too large"},
        {"DELETE FROM embeddings_1 WHERE face = 2", "row 2 of faces has no embedding"},
        {"ALTER TABLE embeddings_1 ALTER COLUMN e TYPE vector; UPDATE embeddings_1 SET e = '[1,2]' "
         "WHERE face = 2",
         "row 2 of faces has no embedding, or a bad one"},
        {"UPDATE people SET name = E'a\\nb' WHERE id = 2", "nobody is called"},
        {"DELETE FROM people WHERE id = 2", "nobody is called"},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        vultus_error error = {0};
        vultus_face_records records = {0};
        vultus_faults faults = {0};
        static char location[320];
        snprintf(location, sizeof location, "%s", postgres_gallery(10 + i));
        vultus_gallery *gallery = open_gallery(location);
        enroll(gallery, "Ada", 1, MODEL);
        enroll(gallery, "Grace", 2, MODEL);
        postgres_execute(location, cases[i].sql);
        vultus_status status = vultus_gallery_faces(gallery, "Grace", &records, &error);
        if (!status || !strstr(error.message, cases[i].text))
            fail_msg("%s: %d %s", cases[i].sql, status, error.message);
        assert_null(records.items);
        assert_ok(vultus_gallery_check(gallery, NULL, &faults, &error), &error);
        assert_true(faults.found > 0);
        vultus_faults_clear(&faults);
        vultus_gallery_close(gallery);
    }
}

static void bad_candidates_are_named(void **state)
{
    static const struct {
        const char *sql, *text;
    } cases[] = {
        {"UPDATE embeddings_1 SET e = e + e WHERE face = 2", "not an embedding of unit length"},
        {"UPDATE people SET name = E'a\\nb' WHERE id = 2", "has a name that cannot be one"},
        {"ALTER TABLE embeddings_1 ALTER COLUMN e TYPE bytea USING '\\x0001'", "row"},
    };
    static const char *const ways[] = {"&search=server", "&search=memory"};
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        vultus_error error = {0};
        static char location[320];
        struct fake_engine fake;
        vultus_identity who;
        float probe[DIMENSION];
        const unsigned number = 30 + i;
        snprintf(location, sizeof location, "%s", postgres_gallery(number));
        vultus_gallery *gallery = open_as(location, ways[i % 2], false);
        enroll(gallery, "Ada", 1, MODEL);
        enroll(gallery, "Grace", 2, MODEL);
        postgres_execute(location, cases[i / 2].sql);
        fake_embedding(2, DIMENSION, probe);
        vultus_status status = vultus_gallery_identify(
            gallery, fake_engine(&fake, MODEL, DIMENSION, 0.5f), probe, NULL, &who, &error);
        assert_int_equal(status, VULTUS_ERR_DATABASE);
        assert_null(strchr(error.message, '\n'));
        if (i < 4 && !strstr(error.message, cases[i / 2].text))
            fail_msg("%s: %s", cases[i / 2].sql, error.message);
        vultus_gallery_close(gallery);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indexes_find_nearly_all_and_exact_searches_all),
        cmocka_unit_test(crowds_of_one_person_hide_nobody),
        cmocka_unit_test(bad_rows_are_named),
        cmocka_unit_test(bad_candidates_are_named),
    };
    postgres_address();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
