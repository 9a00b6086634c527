/* Rows are untrusted: what cannot be right is refused with a line that names the row. */
#include "store_support.h"

#define MODEL "synthetic@00000001"

static const char *two_people(void)
{
    const char *path = fresh_path();
    vultus_gallery *gallery = open_gallery(path);
    enroll(gallery, "Ada", 1, MODEL);
    enroll(gallery, "Grace", 2, MODEL);
    vultus_gallery_close(gallery);
    return path;
}

static vultus_status identify(vultus_gallery *gallery, vultus_identity *who, vultus_error *error)
{
    struct fake_engine fake;
    float probe[DIMENSION];
    fake_embedding(1, DIMENSION, probe);
    return vultus_gallery_identify(gallery, fake_engine(&fake, MODEL, DIMENSION, 0.5f), probe, NULL,
                                   who, error);
}

static void bad_vectors_are_named(void **state)
{
    static const struct {
        const char *sql, *text;
    } cases[] = {
        {"UPDATE embeddings SET vector = x'00' WHERE face = 2", "row 2 of faces"},
        {"UPDATE embeddings SET vector = zeroblob(128) WHERE face = 2", "row 2 of faces"},
        {"UPDATE embeddings SET vector = x'' WHERE face = 2", "row 2 of faces"},
        {"UPDATE embeddings SET vector = zeroblob(2000000) WHERE face = 2", "row 2 of faces"},
        {"UPDATE embeddings SET vector = CAST(x'0000c07f' || zeroblob(124) AS BLOB) WHERE face = 2",
         "row 2 of faces"},
        {"DELETE FROM embeddings WHERE face = 2", "row 2 of faces"},
        {"UPDATE faces SET person = 77 WHERE id = 2", "row 2 of faces belongs to nobody"},
        {"UPDATE people SET name = 'a' || char(10) || 'b' WHERE id = 2", "row 2 of people"},
        {"UPDATE people SET name = CAST(x'FF80' AS TEXT) WHERE id = 2", "row 2 of people"},
        {"UPDATE people SET name = 'a' || char(0) || 'b' WHERE id = 2", "row 2 of people"},
        {"UPDATE people SET name = '' WHERE id = 2", "row 2 of people"},
        {"UPDATE people SET name = replace(hex(zeroblob(1000)), '0', 'a') WHERE id = 2",
         "row 2 of people"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = two_people();
        vultus_error error = {0};
        vultus_identity who;
        vultus_gallery *gallery = open_gallery(path);
        assert_ok(identify(gallery, &who, &error), &error);
        execute(path, cases[i].sql); /* under an open gallery, which notices */
        bool unseen = strstr(cases[i].sql, "DELETE FROM embeddings") != NULL;
        if (!unseen)
            assert_error(VULTUS_ERR_DATABASE, identify(gallery, &who, &error), &error,
                         cases[i].text);
        vultus_gallery_close(gallery);
        gallery = open_gallery(path);
        assert_error(VULTUS_ERR_DATABASE, identify(gallery, &who, &error), &error, cases[i].text);
        vultus_gallery_close(gallery);
    }
}

static void bad_records_are_named(void **state)
{
    static const struct {
        const char *sql, *text;
    } cases[] = {
        {"UPDATE faces SET landmarks = x'00' WHERE id = 2", "row 2 of faces has a bad box"},
        {"UPDATE faces SET landmarks = CAST(x'0000c07f' || zeroblob(36) AS BLOB) WHERE id = 2",
         "has a bad box"},
        {"UPDATE faces SET x = 1e300 WHERE id = 2", "has a bad box"},
        {"UPDATE faces SET yaw = 9e999 WHERE id = 2", "has a bad box"},
        {"UPDATE faces SET source = 'a' || char(0) WHERE id = 2", "has a bad source"},
        {"UPDATE faces SET source = hex(zeroblob(5000)) WHERE id = 2", "has a bad source"},
        {"UPDATE faces SET created = hex(zeroblob(50)) WHERE id = 2", "has a bad date"},
        {"UPDATE thumbnails SET jpeg = zeroblob(1048577) WHERE face = 2",
         "thumbnail that is too large"},
        {"UPDATE embedders SET dimension = 0", "has a bad embedder"},
        {"UPDATE embedders SET dimension = 4611686018427387904", "has a bad embedder"},
        {"UPDATE embedders SET dimension = -1", "has a bad embedder"},
        {"UPDATE embedders SET name = hex(zeroblob(60))", "has a bad embedder"},
        {"UPDATE embeddings SET vector = x'00' WHERE face = 2", "no embedding, or a bad one"},
        {"UPDATE embeddings SET vector = CAST(x'0000c07f' || zeroblob(124) AS BLOB) WHERE face = 2",
         "a bad one"},
        {"DELETE FROM embeddings", "no embedding"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = two_people();
        vultus_error error = {0};
        vultus_face_records records = {0};
        execute(path, cases[i].sql);
        vultus_gallery *gallery = open_gallery(path);
        assert_error(VULTUS_ERR_DATABASE, vultus_gallery_faces(gallery, "Grace", &records, &error),
                     &error, cases[i].text);
        assert_null(records.items);
        vultus_gallery_close(gallery);
    }
}

static void bad_people_are_named(void **state)
{
    static const char *const cases[] = {
        "UPDATE people SET name = CAST(x'C0AF' AS TEXT) WHERE id = 2",
        "UPDATE people SET created = hex(zeroblob(50)) WHERE id = 2",
        "UPDATE people SET name = ' ' WHERE id = 2",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = two_people();
        vultus_error error = {0};
        vultus_people people = {0};
        execute(path, cases[i]);
        vultus_gallery *gallery = open_gallery(path);
        assert_error(VULTUS_ERR_DATABASE, vultus_gallery_people(gallery, &people, &error), &error,
                     "row 2 of people");
        vultus_gallery_close(gallery);
    }
}

/* Another program's changes by hand are seen by a gallery that is open. */
static void foreign_edits_are_seen(void **state)
{
    (void)state;
    const char *path = two_people();
    vultus_error error = {0};
    vultus_identity who;
    vultus_gallery *gallery = open_gallery(path);
    assert_ok(identify(gallery, &who, &error), &error);
    assert_string_equal(who.best.name, "Ada");
    execute(path, "UPDATE people SET name = 'Ada King' WHERE id = 1");
    assert_ok(identify(gallery, &who, &error), &error);
    assert_string_equal(who.best.name, "Ada King");
    execute(path, "UPDATE faces SET person = 2 WHERE id = 1");
    assert_ok(identify(gallery, &who, &error), &error);
    assert_string_equal(who.best.name, "Grace");
    assert_int_equal(who.people, 1);
    execute(path, "INSERT INTO people (id, name, created) VALUES (-5, 'Early', 'x'); "
                  "UPDATE faces SET person = -5 WHERE id = 1");
    assert_ok(identify(gallery, &who, &error), &error);
    assert_string_equal(who.best.name, "Early");
    execute(path, "PRAGMA foreign_keys = ON; DELETE FROM people");
    assert_ok(identify(gallery, &who, &error), &error);
    assert_int_equal(who.people, 0);
    vultus_gallery_close(gallery);
}

int main(void)
{
    if (encrypted()) { /* what is sealed cannot be edited so: test_store_protected.c */
        printf("SKIPPED: rows are edited by hand in plain galleries only\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_vectors_are_named),
        cmocka_unit_test(bad_records_are_named),
        cmocka_unit_test(bad_people_are_named),
        cmocka_unit_test(foreign_edits_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
