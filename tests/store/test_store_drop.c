/* Dropping an embedder when another one has all of its pictures. */
#include "store_support.h"

#define OLD "old@00000001"
#define NEW "new@00000001"

static size_t faces_by(vultus_gallery *gallery, const char *embedder)
{
    vultus_gallery_stats stats = {0};
    vultus_error error = {0};
    size_t faces = 0;
    assert_ok(vultus_gallery_statistics(gallery, &stats, &error), &error);
    for (size_t i = 0; i < stats.embedder_count; i++)
        if (!strcmp(stats.embedders[i].id, embedder))
            faces = stats.embedders[i].faces;
    vultus_gallery_stats_clear(&stats);
    return faces;
}

static void what_all_have_is_dropped(void **state)
{
    (void)state;
    const char *path = fresh_path();
    vultus_gallery *gallery = open_gallery(path), *reader = open_gallery(path);
    vultus_error error = {0};
    struct fake_engine fake;
    vultus_identity who;
    float probe[DIMENSION];
    size_t faces = 77;
    for (uint64_t i = 0; i < 10; i++) {
        enroll(gallery, i % 2 ? "Ada" : "Grace", i, OLD);
        if (i < 8)
            enroll(gallery, i % 2 ? "Ada" : "Grace", i, NEW);
    }
    assert_string_equal(fake_nearest(reader, OLD, 3), "Ada");
    assert_string_equal(fake_nearest(reader, NEW, 3), "Ada");
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_drop_embedder(gallery, OLD, NEW, &faces, &error), &error,
                 "2 faces by old@00000001 have no embedding by new@00000001");
    assert_true(faces == 77 && faces_by(gallery, OLD) == 10);
    enroll(gallery, "Ada", 9, NEW);
    assert_ok(vultus_gallery_refuse(gallery, "Grace", fake_sample(8, OLD, DIMENSION)->picture, true,
                                    &error),
              &error); /* which counts no more */
    assert_ok(vultus_gallery_drop_embedder(gallery, OLD, NEW, &faces, &error), &error);
    assert_int_equal(faces, 10);
    assert_true(faces_by(gallery, OLD) == 0 && faces_by(gallery, NEW) == 9);
    assert_int_equal(faces_of(gallery, "Ada"), 5);
    assert_string_equal(fake_nearest(reader, NEW, 3), "Ada");
    fake_embedding(3, DIMENSION, probe);
    assert_error(VULTUS_ERR_MISMATCH,
                 vultus_gallery_identify(reader, fake_engine(&fake, OLD, DIMENSION, 0.9f), probe,
                                         NULL, &who, &error),
                 &error, "faces are by new@00000001");
    assert_whole(gallery);
    assert_ok(vultus_gallery_drop_embedder(gallery, OLD, NEW, &faces, &error), &error);
    assert_int_equal(faces, 0);
    enroll(gallery, "Ada", 50, OLD); /* and anew */
    assert_string_equal(fake_nearest(reader, OLD, 50), "Ada");
    vultus_gallery_close(gallery);
    vultus_gallery_close(reader);
}

static void undo_goes_on_without_what_was_dropped(void **state)
{
    (void)state;
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_error error = {0};
    int64_t old = enroll(gallery, "Ada", 1, OLD).face;
    enroll(gallery, "Ada", 1, NEW);
    enroll(gallery, "Grace", 2, NEW);
    assert_ok(vultus_gallery_rename(gallery, "Grace", "Grace H", &error), &error);
    assert_ok(vultus_gallery_move(gallery, old, "Grace H", &error), &error);
    assert_ok(vultus_gallery_drop_embedder(gallery, OLD, NEW, NULL, &error), &error);
    char action[32];
    assert_ok(vultus_gallery_undo(gallery, action, &error), &error);
    assert_string_equal(action, "rename");
    assert_int_equal(faces_of(gallery, "Grace"), 1);
    assert_whole(gallery);
    vultus_gallery_close(gallery);
}

static void what_is_not_there_is_told(void **state)
{
    (void)state;
    vultus_gallery *gallery = open_gallery(fresh_path());
    vultus_error error = {0};
    enroll(gallery, "Ada", 1, OLD);
    assert_error(VULTUS_ERR_NOT_FOUND,
                 vultus_gallery_drop_embedder(gallery, OLD, NEW, NULL, &error), &error, NEW);
    assert_error(VULTUS_ERR_NOT_FOUND,
                 vultus_gallery_drop_embedder(gallery, NEW, OLD, NULL, &error), &error, NEW);
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_drop_embedder(gallery, OLD, OLD, NULL, &error),
                 &error, "itself");
    assert_int_equal(faces_by(gallery, OLD), 1);
    vultus_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_all_have_is_dropped),
        cmocka_unit_test(undo_goes_on_without_what_was_dropped),
        cmocka_unit_test(what_is_not_there_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
