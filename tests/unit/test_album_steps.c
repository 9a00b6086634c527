/* Albums that grow: pictures in parts end as pictures at once, and what people said meanwhile holds. */
#include "album_made_up.h"

enum { PEOPLE = 60, EACH = 6, FACES = PEOPLE * EACH };

/* Noise that a grouping does not quite get over. */
static int make_faces(void **state)
{
    (void)state;
    const struct made_up of = {17, PEOPLE, EACH, DIMENSION, 0.7};
    album_make_up(&of);
    return 0;
}

static const vultus_cluster_options by_rate = {.own_threshold = 0.34f};

static vultus_album *grow(size_t parts, bool keep, double *f1)
{
    uint32_t labels[FACES];
    vultus_cluster_report report;
    vultus_error error = {0};
    unlink(path);
    vultus_album *album = open_album();
    for (size_t part = 0; part < parts; part++) {
        for (size_t i = FACES * part / parts; i < FACES * (part + 1) / parts; i++)
            put_one(album, (i * 7 + 3) % FACES); /* people come in no order */
        assert_ok(vultus_album_group(album, &by_rate, keep, NULL, &error), &error);
        album = reopen(album);
    }
    for (size_t i = 0; i < FACES; i++)
        labels[i] = face_of(album, i).cluster;
    assert_ok(vultus_cluster_evaluate(labels, person, FACES, &report, &error), &error);
    *f1 = report.bcubed_f1;
    return album;
}

static void parts_end_as_all_at_once(void **state)
{
    (void)state;
    double once, grown, kept;
    vultus_album *album = grow(1, false, &once), *other;
    uint32_t clusters[FACES];
    for (size_t i = 0; i < FACES; i++)
        clusters[i] = face_of(album, i).cluster;
    vultus_album_close(album);
    other = grow(6, false, &grown);
    for (size_t i = 0; i < FACES; i++)
        for (size_t k = 0; k < i; k++)
            assert_true((clusters[i] == clusters[k]) ==
                        (face_of(other, i).cluster == face_of(other, k).cluster));
    vultus_album_close(other);
    vultus_album_close(grow(6, true, &kept));
    assert_true(once > 0.97 && once < 1 && grown == once);
    assert_true(kept < 0.95); /* what was joined when there were few stays */
}

/* Of all faces of a cluster. */
static void count(const vultus_album *album, uint32_t cluster, size_t *faces)
{
    vultus_album_face face;
    *faces = 0;
    for (size_t i = 0; vultus_album_face_at(album, i, &face); i++)
        *faces += face.cluster == cluster;
}

/* A name holds for the faces that had it when it was given; those that were added may leave. */
static void a_name_is_of_its_faces(void **state)
{
    (void)state;
    const vultus_cluster_options all = {.threshold = -1, .has_threshold = true};
    const vultus_cluster_options none = {.threshold = 1, .has_threshold = true};
    vultus_album_grouping made;
    vultus_error error = {0};
    size_t faces;
    unlink(path);
    vultus_album *album = open_album();
    put_one(album, 0);
    put_one(album, 1);
    assert_ok(vultus_album_group(album, &all, false, NULL, &error), &error);
    const uint32_t ada = face_of(album, 0).cluster;
    assert_int_equal(face_of(album, 1).cluster, ada);
    assert_ok(vultus_album_name(album, ada, "Ada", &error), &error);
    for (size_t i = 2; i < 9; i++)
        put_one(album, i);
    assert_ok(vultus_album_group(album, &all, false, NULL, &error), &error);
    count(album, ada, &faces);
    assert_int_equal(faces, 9);
    album = reopen(album);
    assert_ok(vultus_album_link(album, face_of(album, 5).id, face_of(album, 6).id, true, &error),
              &error);
    assert_ok(vultus_album_group(album, &none, false, &made, &error), &error);
    assert_int_equal(made.moved_faces, 7);
    assert_int_equal(face_of(album, 0).cluster, ada);
    assert_int_equal(face_of(album, 1).cluster, ada);
    assert_string_equal(face_of(album, 0).name, "Ada");
    assert_int_equal(face_of(album, 5).cluster, face_of(album, 6).cluster);
    assert_int_equal(clusters_of(album), 7);
    for (size_t i = 2; i < 9; i++)
        assert_null(face_of(album, i).name);
    /* given once more it is of all that are there */
    assert_ok(vultus_album_group(album, &all, false, NULL, &error), &error);
    assert_ok(vultus_album_name(album, ada, "Ada", &error), &error);
    album = reopen(album);
    assert_ok(vultus_album_group(album, &none, false, NULL, &error), &error);
    count(album, ada, &faces);
    assert_int_equal(faces, 9);
    vultus_album_close(album);
}

/* The name stays with its face also where most of its cluster leaves together. */
static void a_majority_does_not_take_a_name_along(void **state)
{
    (void)state;
    const vultus_cluster_options all = {.threshold = -1, .has_threshold = true};
    const vultus_cluster_options apart = {.threshold = 0.5f, .has_threshold = true};
    vultus_error error = {0};
    unlink(path);
    vultus_album *album = open_album();
    put_one(album, 0);
    assert_ok(vultus_album_group(album, &all, false, NULL, &error), &error);
    assert_ok(vultus_album_name(album, 1, "Ada", &error), &error);
    for (size_t k = 0; k < EACH; k++) /* all of another person */
        put_one(album, 1 + k * PEOPLE);
    assert_ok(vultus_album_group(album, &all, false, NULL, &error), &error);
    for (size_t k = 0; k + 1 < EACH; k++)
        assert_ok(vultus_album_link(album, face_of(album, 1 + k * PEOPLE).id,
                                    face_of(album, 1 + (k + 1) * PEOPLE).id, true, &error),
                  &error);
    assert_string_equal(face_of(album, 1).name, "Ada");
    assert_ok(vultus_album_group(album, &apart, false, NULL, &error), &error);
    assert_string_equal(face_of(album, 0).name, "Ada");
    assert_int_equal(face_of(album, 0).cluster, 1);
    assert_null(face_of(album, 1).name);
    assert_int_equal(face_of(album, 1).cluster, face_of(album, 1 + PEOPLE).cluster);
    vultus_album_close(album);
}

/* Whoever is named, merged or told apart in a growing album stays so, at every step. */
static void what_was_said_is_never_undone(void **state)
{
    (void)state;
    enum { PARTS = 5, WORDS = 8 };
    vultus_error error = {0};
    unlink(path);
    vultus_album *album = open_album();
    uint32_t said[PARTS * WORDS][2];
    bool same[PARTS * WORDS];
    size_t count_said = 0;
    struct random random;
    random_seed(&random, 3);
    for (size_t part = 0; part < PARTS; part++) {
        for (size_t i = FACES * part / PARTS; i < FACES * (part + 1) / PARTS; i++)
            put_one(album, (i * 7 + 3) % FACES);
        assert_ok(vultus_album_group(album, &by_rate, part == 3, NULL, &error), &error);
        album = reopen(album);
        for (size_t i = 0; i < count_said; i++)
            assert_true((album_find_face(album, said[i][0])->cluster ==
                         album_find_face(album, said[i][1])->cluster) == same[i]);
        for (size_t i = 0; i < WORDS; i++) {
            const uint32_t a = 1 + (uint32_t)random_below(&random, album->face_count),
                           b = 1 + (uint32_t)random_below(&random, album->face_count);
            const bool one = random_below(&random, 2);
            if (a == b || vultus_album_link(album, a, b, one, &error))
                continue;
            said[count_said][0] = a;
            said[count_said][1] = b;
            same[count_said++] = one;
        }
    }
    assert_true(count_said > PARTS * WORDS / 2);
    vultus_album_close(album);
}

/* Few new faces among many: linkage compares only those. */
static void added_faces_are_compared_alone(void **state)
{
    (void)state;
    uint32_t labels[FACES], start[FACES];
    vultus_error error = {0};
    const vultus_labelled faces = {.embeddings = embeddings,
                                   .count = FACES,
                                   .dimension = DIMENSION,
                                   .metric = VULTUS_METRIC_COSINE};
    vultus_cluster_options options = {
        .threshold = -1, .has_threshold = true, .start = start, .settled = true};
    vultus_clustering made;
    for (size_t i = 0; i < FACES; i++)
        start[i] = person[i];
    assert_ok(vultus_cluster(&faces, &options, labels, &made, &error), &error);
    assert_int_equal(made.clusters, PEOPLE); /* near enough, but nobody is new */
    start[9] = VULTUS_NOBODY;
    options.threshold = 0.45f;
    assert_ok(vultus_cluster(&faces, &options, labels, &made, &error), &error);
    assert_int_equal(made.clusters, PEOPLE);
    assert_int_equal(labels[9], labels[9 + PEOPLE]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_end_as_all_at_once),
        cmocka_unit_test(a_name_is_of_its_faces),
        cmocka_unit_test(a_majority_does_not_take_a_name_along),
        cmocka_unit_test(what_was_said_is_never_undone),
        cmocka_unit_test(added_faces_are_compared_alone),
    };
    return cmocka_run_group_tests(tests, make_faces, album_forget);
}
