/* Albums: faces are remembered and grouped, people correct them, and it all comes back from the file. */
#include "album_made_up.h"

#include <sys/stat.h>

enum { PEOPLE = 6, EACH = 5, FACES = PEOPLE * EACH };

static const vultus_cluster_options usual = {.threshold = 0.6f, .has_threshold = true};

static int make_faces(void **state)
{
    (void)state;
    const struct made_up of = {11, PEOPLE, EACH, DIMENSION, 0.5};
    album_make_up(&of);
    return 0;
}

static vultus_album *full_album(size_t from, size_t to)
{
    vultus_error error = {0};
    unlink(path);
    vultus_album *album = open_album();
    for (size_t i = from; i < to; i++)
        put_one(album, i);
    assert_ok(vultus_album_group(album, &usual, false, NULL, &error), &error);
    return album;
}

static void people_are_grouped_and_remembered(void **state)
{
    (void)state;
    vultus_album *album = full_album(0, FACES);
    struct stat info;
    vultus_album_picture picture;
    assert_int_equal(clusters_of(album), PEOPLE);
    album = reopen(album);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(clusters_of(album), PEOPLE);
    for (size_t i = 0; i < FACES; i++) {
        const vultus_album_face face = face_of(album, i);
        assert_int_equal(face.id, i + 1);
        assert_int_equal(face.cluster, person[i] + 1);
        assert_memory_equal(face.embedding, embeddings + i * DIMENSION, DIMENSION * sizeof(float));
        assert_true(face.face.box.height == 60 && face.face.quality.score == 0.3f);
    }
    assert_true(vultus_album_picture_at(album, 3, &picture));
    assert_string_equal(picture.path, "/p/03.jpg");
    assert_true(vultus_album_has(album, &picture));
    picture.modified++;
    assert_false(vultus_album_has(album, &picture));
    assert_string_equal(vultus_album_embedder(album), "synthetic@00000001");
    vultus_album_close(album);
}

static void new_faces_go_where_they_belong(void **state)
{
    (void)state;
    vultus_album *album = full_album(0, PEOPLE * 2);
    vultus_album_grouping made;
    vultus_error error = {0};
    assert_ok(vultus_album_name(album, face_of(album, 2).cluster, "Ada", &error), &error);
    for (size_t i = PEOPLE * 2; i < FACES; i++)
        put_one(album, i);
    assert_ok(vultus_album_group(album, &usual, false, &made, &error), &error);
    assert_int_equal(made.new_faces, FACES - PEOPLE * 2);
    assert_int_equal(made.new_clusters, 0);
    assert_int_equal(made.joined_clusters, 0);
    for (size_t i = 0; i < FACES; i++)
        assert_int_equal(face_of(album, i).cluster, person[i] + 1);
    assert_string_equal(face_of(album, 26).name, "Ada");
    /* a picture that is replaced: its face is another, the rest stay what they were */
    const size_t other = 1;
    put(album, "/p/02.jpg", 1, &other);
    assert_ok(vultus_album_group(album, &usual, false, &made, &error), &error);
    assert_int_equal(made.new_faces, 1);
    assert_int_equal(face_of(album, 2).cluster, 2);
    assert_int_equal(face_of(album, 2).id, FACES + 1);
    assert_true(vultus_album_forget(album, "/p/02.jpg"));
    assert_false(vultus_album_forget(album, "/p/02.jpg"));
    assert_int_equal(face_of(album, 3).cluster, 4);
    /* by another method: names and numbers stay */
    const vultus_cluster_options density = {
        .threshold = 0.6f, .has_threshold = true, .method = "density"};
    assert_ok(vultus_album_group(album, &density, false, &made, &error), &error);
    assert_string_equal(made.clustering.method, "density");
    assert_string_equal(face_of(album, 26).name, "Ada");
    assert_int_equal(face_of(album, 3).cluster, 4);
    album = reopen(album);
    assert_ok(vultus_album_group(album, NULL, false, &made, &error), &error);
    assert_string_equal(made.clustering.method, "density"); /* as the last time */
    assert_true(made.clustering.threshold == 0.6f);
    vultus_album_close(album);
}

static void faces_of_one_picture_stay_two(void **state)
{
    (void)state;
    vultus_error error = {0};
    unlink(path);
    vultus_album *album = open_album();
    put(album, "/p/twins.jpg", 2, (const size_t[]){0, PEOPLE}); /* one person, twice */
    put_one(album, 2 * PEOPLE);
    assert_ok(vultus_album_group(album, &usual, false, NULL, &error), &error);
    assert_int_equal(clusters_of(album), 2);
    vultus_album_face a, b;
    assert_true(vultus_album_face_at(album, 0, &a) && vultus_album_face_at(album, 1, &b));
    assert_error(VULTUS_ERR_ARGUMENT, vultus_album_link(album, a.id, b.id, true, &error), &error,
                 "in one picture");
    assert_error(
        VULTUS_ERR_ARGUMENT,
        vultus_album_merge(album, (const uint32_t[]){a.cluster, b.cluster}, 2, NULL, &error),
        &error, "twins.jpg");
    assert_int_equal(clusters_of(album), 2);
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_album_undo(album, NULL, 0, &error), &error,
                 "nothing to take back");
    vultus_album_close(album);
}

static void a_merge_and_a_split_survive(void **state)
{
    (void)state;
    vultus_album *album = full_album(0, FACES);
    uint32_t into = 0, made = 0;
    char text[100];
    vultus_error error = {0};
    assert_ok(vultus_album_merge(album, (const uint32_t[]){2, 1}, 2, &into, &error), &error);
    assert_int_equal(into, 2);
    const uint32_t moved[] = {face_of(album, 8).id, face_of(album, 14).id}; /* both of person 2 */
    assert_ok(vultus_album_split(album, 3, moved, 2, &made, &error), &error);
    assert_int_equal(made, PEOPLE + 1);
    album = reopen(album);
    for (int keep = 0; keep < 2; keep++) {
        assert_ok(vultus_album_group(album, &usual, keep, NULL, &error), &error);
        assert_int_equal(face_of(album, 0).cluster, 2);
        assert_int_equal(face_of(album, 8).cluster, made);
        assert_int_equal(face_of(album, 14).cluster, made);
        assert_int_equal(face_of(album, 2).cluster, 3);
        assert_int_equal(clusters_of(album), PEOPLE);
    }
    /* what was said holds against later words */
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_album_merge(album, (const uint32_t[]){3, made}, 2, NULL, &error), &error,
                 "known to be two people");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_album_link(album, moved[0], moved[1], false, &error),
                 &error, "face"); /* known to be one */
    assert_ok(vultus_album_undo(album, text, sizeof text, &error), &error);
    assert_string_equal(text, "split of 2 faces from cluster 3");
    assert_int_equal(face_of(album, 8).cluster, 3);
    assert_ok(vultus_album_undo(album, text, sizeof text, &error), &error);
    assert_int_equal(face_of(album, 0).cluster, 1);
    assert_int_equal(clusters_of(album), PEOPLE);
    assert_ok(vultus_album_group(album, &usual, false, NULL, &error), &error);
    assert_int_equal(clusters_of(album), PEOPLE);
    vultus_album_close(album);
}

static void links_join_and_part(void **state)
{
    (void)state;
    vultus_album *album = full_album(0, FACES);
    const uint32_t a = face_of(album, 0).id, b = face_of(album, 6).id, c = face_of(album, 12).id,
                   other = face_of(album, 1).id;
    vultus_error error = {0};
    assert_ok(vultus_album_link(album, b, c, true, &error), &error);
    assert_ok(vultus_album_link(album, a, b, false, &error), &error); /* c goes with b */
    assert_int_equal(face_of(album, 0).cluster, 1);
    assert_int_equal(face_of(album, 6).cluster, PEOPLE + 1);
    assert_int_equal(face_of(album, 12).cluster, PEOPLE + 1);
    assert_int_equal(face_of(album, 18).cluster, 1);
    assert_error(VULTUS_ERR_ARGUMENT, vultus_album_link(album, a, c, true, &error), &error,
                 "two people");
    assert_ok(vultus_album_link(album, a, other, true, &error), &error);
    assert_int_equal(face_of(album, 1).cluster, 1);
    assert_ok(vultus_album_group(album, &usual, false, NULL, &error), &error);
    assert_int_equal(face_of(album, 1).cluster, face_of(album, 0).cluster);
    assert_int_not_equal(face_of(album, 0).cluster, face_of(album, 6).cluster);
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_album_link(album, a, 999, true, &error), &error,
                 "no face 999");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_album_link(album, a, a, true, &error), &error, "two");
    for (int i = 0; i < 3; i++)
        assert_ok(vultus_album_undo(album, NULL, 0, &error), &error);
    vultus_album_close(album);
}

static void names_are_kept_apart(void **state)
{
    (void)state;
    vultus_album *album = full_album(0, FACES);
    uint32_t into;
    vultus_error error = {0};
    assert_ok(vultus_album_name(album, 4, "Grace", &error), &error);
    assert_ok(vultus_album_name(album, 1, "Ada", &error), &error);
    assert_error(VULTUS_ERR_EXISTS, vultus_album_name(album, 2, "Ada", &error), &error,
                 "cluster 1 is called Ada");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_album_name(album, 2, "a\nb", &error), &error, "");
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_album_name(album, 77, "Bob", &error), &error,
                 "no cluster 77");
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_album_merge(album, (const uint32_t[]){1, 4}, 2, NULL, &error), &error,
                 "called Ada and Grace");
    assert_ok(vultus_album_merge(album, (const uint32_t[]){3, 4}, 2, &into, &error), &error);
    assert_int_equal(into, 4); /* the one with a name stays */
    album = reopen(album);
    assert_string_equal(face_of(album, 2).name, "Grace");
    assert_ok(vultus_album_name(album, 4, NULL, &error), &error);
    assert_null(face_of(album, 2).name);
    assert_ok(vultus_album_undo(album, NULL, 0, &error), &error);
    assert_string_equal(face_of(album, 2).name, "Grace");
    assert_ok(vultus_album_undo(album, NULL, 0, &error), &error); /* the merge */
    assert_ok(vultus_album_undo(album, NULL, 0, &error), &error); /* Ada */
    assert_null(face_of(album, 0).name);
    vultus_album_close(album);
}

static void a_cluster_is_halved(void **state)
{
    (void)state;
    vultus_album *album = full_album(0, FACES);
    uint32_t made = 0;
    vultus_error error = {0};
    assert_ok(vultus_album_merge(album, (const uint32_t[]){5, 6}, 2, NULL, &error), &error);
    assert_ok(vultus_album_undo(album, NULL, 0, &error), &error);
    for (size_t i = 0; i < FACES; i++) /* as if a run had joined two people */
        if (album->faces[i].cluster == 6)
            album->faces[i].cluster = 5;
    assert_ok(vultus_album_split(album, 5, NULL, 0, &made, &error), &error);
    for (size_t i = 0; i < FACES; i++)
        for (size_t k = 0; k < i; k++)
            assert_true((face_of(album, i).cluster == face_of(album, k).cluster) ==
                        (person[i] == person[k]));
    const uint32_t all[EACH] = {1, 7, 13, 19, 25};
    assert_error(VULTUS_ERR_ARGUMENT, vultus_album_split(album, 1, all, EACH, NULL, &error), &error,
                 "left without a face");
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_album_split(album, 2, all, 1, NULL, &error), &error,
                 "face 1 is in cluster 1");
    vultus_album_close(album);
}

static void one_process_changes_it(void **state)
{
    (void)state;
    vultus_album *album = full_album(0, 3), *second = NULL;
    const vultus_album_options reading = {.read_only = true};
    struct fake_engine other;
    vultus_error error = {0};
    assert_ok(vultus_album_save(album, &error), &error);
    assert_error(VULTUS_ERR_BUSY, vultus_album_open(path, NULL, &second, &error), &error,
                 "another process");
    assert_ok(vultus_album_open(path, &reading, &second, &error), &error);
    assert_error(VULTUS_ERR_ARGUMENT, vultus_album_save(second, &error), &error,
                 "open for changes");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_album_name(second, 1, "Ada", &error), &error,
                 "open for changes");
    fake_engine(&other, "another@00000002", DIMENSION, 0.375f);
    assert_error(VULTUS_ERR_MISMATCH, vultus_album_use(album, &other.engine, &error), &error,
                 "by synthetic@00000001");
    vultus_album_close(second);
    vultus_album_close(album);
    assert_error(VULTUS_ERR_NOT_FOUND, vultus_album_open("/nowhere/x", &reading, &second, &error),
                 &error, "no album");
}

/* Each allocation in turn fails: every call does its work or leaves the album as it was. */
static void memory_that_runs_out_changes_nothing(void **state)
{
    (void)state;
    unlink(path);
    for (long n = 1;; n++) {
        const long live = mem_live();
        vultus_album *album = NULL;
        vultus_error error = {0};
        const vultus_album_picture picture = {"/p/a.jpg", 1, 2}, second = {"/p/b.jpg", 1, 2};
        const vultus_face faces[2] = {{.score = 0.5f}, {.score = 0.6f}};
        mem_fail_after(n, false);
        vultus_status status = vultus_album_open(path, NULL, &album, &error);
        if (!status)
            status = vultus_album_use(album, &fake.engine, &error);
        if (!status)
            status = vultus_album_put(album, &picture, faces, 1, embeddings, &error);
        if (!status)
            status = vultus_album_put(album, &second, faces, 2, embeddings + 5 * DIMENSION, &error);
        if (!status)
            status = vultus_album_group(album, &usual, false, NULL, &error);
        if (!status)
            status = vultus_album_name(album, 1, "Ada", &error);
        if (!status)
            status = vultus_album_split(album, 1, NULL, 0, NULL, &error);
        if (!status)
            status = vultus_album_merge(album, (const uint32_t[]){1, 2}, 2, NULL, &error);
        if (!status)
            status = vultus_album_undo(album, NULL, 0, &error);
        if (!status)
            status = vultus_album_save(album, &error);
        bool failed = mem_failed();
        mem_fail_after(0, false);
        if (status == VULTUS_ERR_MEMORY && album && album->face_count == 3 &&
            album->faces[0].cluster) { /* it still works */
            vultus_album_grouping made;
            assert_ok(vultus_album_group(album, &usual, false, &made, &error), &error);
            assert_int_equal(made.faces, 3);
        }
        vultus_album_close(album);
        assert_int_equal(mem_live(), live);
        unlink(path);
        if (!failed) {
            assert_ok(status, &error);
            break;
        }
        if (status) /* room that only shrinks is not needed */
            assert_int_equal(status, VULTUS_ERR_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_are_grouped_and_remembered),
        cmocka_unit_test(new_faces_go_where_they_belong),
        cmocka_unit_test(faces_of_one_picture_stay_two),
        cmocka_unit_test(a_merge_and_a_split_survive),
        cmocka_unit_test(links_join_and_part),
        cmocka_unit_test(names_are_kept_apart),
        cmocka_unit_test(a_cluster_is_halved),
        cmocka_unit_test(one_process_changes_it),
        cmocka_unit_test(memory_that_runs_out_changes_nothing),
    };
    return cmocka_run_group_tests(tests, make_faces, album_forget);
}
