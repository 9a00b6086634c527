/*
 * Galleries with search files: the same answers as in memory whatever happens to gallery and file, at once for
 * every process, and nothing left of who was deleted.
 */
#define _GNU_SOURCE /* memmem */
#include "store_search_support.h"

#include <stdlib.h>
#include <sys/stat.h>

static void large_galleries_have_a_file(void **state)
{
    (void)state;
    struct stat info;
    const char *path = filled();
    assert_false(stat(file_of(path), &info));
    assert_int_equal(info.st_mode & 0777, 0600);
    check_at(path, FACES);
    assert_int_equal(notices, 0); /* it was there */
    const char *small = gallery_with_faces(LEAST - 1, MODEL);
    assert_false(file_exists(file_of(small)));
    check_at(small, LEAST - 1);
    assert_false(file_exists(file_of(small)));
}

static void who_may_not_write_makes_none(void **state)
{
    (void)state;
    const char *path = filled();
    assert_false(unlink(file_of(path)));
    vultus_gallery *gallery = open_as(path, true, false);
    check(gallery, FACES);
    vultus_gallery_close(gallery);
    assert_false(file_exists(file_of(path)));
    assert_int_equal(notices, 0);
    check_at(path, FACES);
    assert_true(file_exists(file_of(path)));
    assert_int_equal(notices, 1);
    assert_non_null(strstr(told, "is not there; making it anew"));
}

static void faces_that_come_are_appended(void **state)
{
    (void)state;
    const char *path = filled();
    vultus_gallery *reader = open_reader(path), *writer = open_gallery(path);
    char name[32];
    check(reader, FACES);
    for (unsigned i = FACES; i < FACES + 20; i++) {
        snprintf(name, sizeof name, "person %u", i / 2);
        enroll(writer, name, i, MODEL);
        assert_string_equal(fake_nearest(reader, MODEL, i), name);
    }
    vultus_gallery_close(writer);
    assert_true(has_face(file_of(path), FACES + 19));
    check(reader, FACES + 20);
    assert_int_equal(notices, 0);
    vultus_gallery_close(reader);
    check_at(path, FACES + 20);
    assert_int_equal(notices, 0);
}

static void deletion_is_instant(void **state)
{
    (void)state;
    const char *path = filled();
    vultus_error error = {0};
    vultus_trace trace = {0};
    vultus_gallery *reader = open_reader(path), *writer = open_as(path, false, false);
    check(reader, FACES);
    check(writer, FACES);
    assert_true(has_face(file_of(path), 8));
    for (unsigned i = 4; i < 30; i += 5) {
        char name[32];
        snprintf(name, sizeof name, "person %u", i);
        delete_person(writer, name);
        assert_false(has_face(file_of(path), 2 * i) || has_face(file_of(path), 2 * i + 1));
        assert_false(file_has(file_of(path), name, strlen(name) + 1));
        assert_ok(vultus_gallery_trace(writer, name, &trace, &error), &error);
        assert_true(trace.gone);
        assert_string_equal(fake_nearest(reader, MODEL, 2 * i), "unknown");
        check(reader, FACES);
    }
    assert_int_equal(notices, 0); /* nothing had to be made anew */
    check(writer, FACES);
    enroll(writer, "person 4", 8, MODEL);
    check(reader, 8);
    vultus_gallery_close(writer);
    vultus_gallery_close(reader);
    assert_true(has_face(file_of(path), 8));
    check_at(path, 9);
    assert_int_equal(notices, 0);
}

static void a_name_that_stays_in_a_file_is_traced(void **state)
{
    (void)state;
    const char *path = filled();
    vultus_error error = {0};
    vultus_trace trace = {0};
    vultus_gallery *gallery = open_as(path, false, false);
    spill(support_join(support_folder(), "left"), "xxxperson 99999yyy", 18);
    char left[4300];
    snprintf(left, sizeof left, "%s.new", file_of(path));
    spill(left, "xxxperson 99999yyy", 18);
    assert_ok(vultus_gallery_trace(gallery, "person 99999", &trace, &error), &error);
    assert_true(!trace.gone && trace.places == 1);
    delete_person(gallery, "person 3");
    assert_false(file_exists(left));
    vultus_gallery_close(gallery);
}

/* The answers of a reader after each change; nothing is made anew, and the check compares all of it. */
static void assert_sound(vultus_gallery *reader, const char *const *names, size_t count)
{
    vultus_faults faults = {0};
    vultus_error error = {0};
    for (size_t i = 0; i < count; i++)
        assert_string_equal(fake_nearest(reader, MODEL, 10 + i), names[i]);
    assert_ok(vultus_gallery_check(reader, NULL, &faults, &error), &error);
    if (faults.found || notices)
        fail_msg("%s; %u notices, %s", faults.found ? faults.items[0] : "", notices, told);
    vultus_faults_clear(&faults);
}

#define LONGER "a name that is longer than what there was"

static void edits_are_written_into_it(void **state)
{
    (void)state;
    const char *path = filled();
    vultus_error error = {0};
    uint8_t picture[HASH_SIZE];
    vultus_gallery *writer = open_as(path, false, false), *reader = open_reader(path);
    check(reader, FACES);
    assert_ok(vultus_gallery_rename(writer, "person 5", "Ada", &error), &error);
    assert_sound(reader, (const char *const[]){"Ada", "Ada", "person 6"}, 3);
    assert_false(file_has(file_of(path), "person 5", 9));
    assert_ok(vultus_gallery_rename(writer, "Ada", LONGER, &error), &error);
    assert_sound(reader, (const char *const[]){LONGER, LONGER, "person 6"}, 3);
    assert_false(file_has(file_of(path), "Ada", 4));
    assert_ok(vultus_gallery_merge(writer, "person 6", LONGER, &error), &error);
    assert_sound(reader, (const char *const[]){LONGER, LONGER, LONGER, LONGER}, 4);
    assert_false(file_has(file_of(path), "person 6", 9));
    assert_ok(vultus_gallery_undo(writer, NULL, &error), &error);
    assert_sound(reader, (const char *const[]){LONGER, LONGER, "person 6", "person 6"}, 4);
    assert_ok(vultus_gallery_undo(writer, NULL, &error), &error);
    assert_sound(reader, (const char *const[]){"Ada", "Ada", "person 6"}, 3);
    assert_false(file_has(file_of(path), LONGER, sizeof LONGER));
    assert_ok(vultus_gallery_face_picture(writer, 12, picture, &error), &error); /* of seed 11 */
    assert_ok(vultus_gallery_refuse(writer, "Ada", picture, true, &error), &error);
    assert_sound(reader, (const char *const[]){"Ada", "unknown", "person 6"}, 3);
    assert_false(has_face(file_of(path), 11));
    assert_ok(vultus_gallery_move(writer, 12, "person 6", &error), &error);
    assert_sound(reader, (const char *const[]){"Ada", "person 6", "person 6"}, 3);
    enroll(writer, "somebody new", 500, MODEL);
    assert_ok(vultus_gallery_move(writer, 11, "somebody new", &error), &error);
    assert_sound(reader, (const char *const[]){"somebody new", "person 6", "person 6"}, 3);
    for (int i = 0; i < 3; i++)
        assert_ok(vultus_gallery_undo(writer, NULL, &error), &error);
    assert_sound(reader, (const char *const[]){"Ada", "Ada", "person 6"}, 3);
    assert_ok(vultus_gallery_set_fact(writer, "Ada", VULTUS_FACT_RETAIN, NULL,
                                      "2020-01-01T00:00:00Z", &error),
              &error);
    assert_sound(reader, (const char *const[]){"unknown", "unknown", "person 6"}, 3);
    assert_false(has_face(file_of(path), 10));
    assert_ok(vultus_gallery_undo(writer, NULL, &error), &error);
    assert_ok(vultus_gallery_set_fact(writer, "person 6", VULTUS_FACT_RETAIN, NULL,
                                      "2999-01-01T00:00:00Z", &error),
              &error);
    assert_sound(reader, (const char *const[]){"Ada", "Ada", "person 6"}, 3);
    check(writer, 10);
    vultus_gallery_close(reader);
    vultus_gallery_close(writer);
    check_at(path, 10);
    assert_int_equal(notices, 0);
}

static void edits_of_a_stale_file_leave_it_so(void **state)
{
    (void)state;
    const char *path = filled();
    vultus_error error = {0};
    execute(path,
            "UPDATE people SET name = 'Grace' WHERE id = 3"); /* somebody without search files */
    vultus_gallery *writer = open_gallery(path);
    assert_ok(vultus_gallery_rename(writer, "person 5", "Ada", &error), &error);
    vultus_gallery_close(writer);
    vultus_gallery *reader = open_reader(path);
    assert_string_equal(fake_nearest(reader, MODEL, 4), "Grace");
    assert_string_equal(fake_nearest(reader, MODEL, 10), "Ada");
    assert_true(notices == 1 && strstr(told, "does not go with the gallery as it is"));
    vultus_gallery_close(reader);
}

static void who_expired_is_removed(void **state)
{
    (void)state;
    const char *path = filled();
    vultus_error error = {0};
    vultus_gallery *writer = open_gallery(path);
    assert_ok(vultus_gallery_set_fact(writer, "person 5", VULTUS_FACT_RETAIN, NULL,
                                      "2020-01-01T00:00:00Z", &error),
              &error);
    assert_string_equal(fake_nearest(writer, MODEL, 10), "unknown");
    assert_ok(vultus_gallery_compact(writer, NULL, &error), &error);
    assert_true(!file_exists(file_of(path)) || !file_has(file_of(path), "person 5", 9));
    vultus_gallery_close(writer);
}

static void copy_file(const char *from, const char *to)
{
    static char all[4 << 20];
    spill(to, all, slurp(from, all, sizeof all));
}

/* A database under the same name that is another, or the same at another time, by hand and by restoring. */
static void other_databases_are_told_apart(void **state)
{
    (void)state;
    const char *path = filled();
    char copy[4200];
    vultus_error error = {0};
    snprintf(copy, sizeof copy, "%s.copy", path);
    copy_file(path, copy);
    vultus_gallery *writer = open_gallery(path);
    enroll(writer, "somebody", 1000, MODEL);
    vultus_gallery_close(writer);
    assert_true(has_face(file_of(path), 1000));
    copy_file(copy, path); /* back, and another way: the same ids, the same count of edits */
    vultus_gallery *reader = open_reader(path);
    assert_string_equal(fake_nearest(reader, MODEL, 1000), "unknown");
    vultus_gallery_close(reader);
    writer = open_gallery(path);
    enroll(writer, "somebody", 1000, MODEL);
    enroll(writer, "nobody", 1001, MODEL);
    vultus_gallery_close(writer);
    copy_file(copy, path);
    store_search_file_faces = 20000; /* by a program that knows no files */
    writer = open_gallery(path);
    enroll(writer, "Grace", 2000, MODEL);
    enroll(writer, "Alan", 2001, MODEL);
    vultus_gallery_close(writer);
    store_search_file_faces = LEAST;
    reader = open_reader(path);
    assert_string_equal(fake_nearest(reader, MODEL, 1000), "unknown");
    assert_string_equal(fake_nearest(reader, MODEL, 2000), "Grace");
    assert_int_equal(notices, 1);
    check(reader, FACES);
    assert_ok(vultus_gallery_restore(path, copy, true, NULL, &error), &error);
    assert_false(file_exists(file_of(path)));
    assert_string_equal(fake_nearest(reader, MODEL, 2000), "unknown");
    check(reader, FACES);
    vultus_gallery_close(reader);
}

static void damage_is_found_and_mended(void **state)
{
    (void)state;
    const char *path = filled();
    static char all[4 << 20];
    float vector[DIMENSION];
    size_t size = slurp(file_of(path), all, sizeof all);
    fake_embedding(20, DIMENSION, vector);
    char *at = memmem(all, size, vector, sizeof vector);
    assert_non_null(at);
    at[5] ^= 0x40; /* an embedding: found when it is looked at */
    spill(file_of(path), all, size);
    check_at(path, FACES);
    assert_int_equal(notices, 1);
    assert_non_null(strstr(told, "is damaged"));
    check_at(path, FACES);
    assert_int_equal(notices, 0);
    spill(file_of(path), all, size);
    vultus_gallery *gallery = open_as(path, true, false); /* may not mend it */
    check(gallery, FACES);
    assert_true(notices > 0);
    vultus_gallery_close(gallery);
    for (size_t i = 0; i < 40; i++) { /* its beginning, its end, nothing */
        size_t have = slurp(file_of(path), all, sizeof all);
        if (i % 2)
            all[(i * 3331) % 13000] ^= 1;
        spill(file_of(path), all, i % 2 ? have : i * have / 40);
        check_at(path, 8);
    }
}

static void without_room_it_goes_on_in_memory(void **state)
{
    (void)state;
    const char *path = filled();
    char new[4300];
    assert_false(unlink(file_of(path)));
    snprintf(new, sizeof new, "%s.new", file_of(path));
    assert_false(mkdir(new, 0700)); /* so that none can be made */
    check_at(path, FACES);
    assert_true(notices >= 1);
    assert_non_null(strstr(told, "going on in memory"));
    assert_false(rmdir(new));
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    const char *path = filled();
    struct fake_engine fake;
    const vultus_engine *engine = fake_engine(&fake, MODEL, DIMENSION, 0.9f);
    float probe[DIMENSION];
    fake_embedding(3, DIMENSION, probe);
    for (int made = 0; made < 2; made++)
        for (long n = 1; n < 2000; n++) {
            vultus_identity who;
            vultus_error error = {0};
            vultus_gallery *gallery = open_reader(path);
            if (made)
                unlink(file_of(path));
            mem_fail_after(n, false);
            vultus_status status =
                vultus_gallery_identify(gallery, engine, probe, NULL, &who, &error);
            bool failed = mem_failed();
            mem_fail_after(0, false);
            vultus_gallery_close(gallery);
            if (!status)
                assert_string_equal(who.best.name, "person 1");
            else
                assert_int_equal(status, VULTUS_ERR_MEMORY);
            if (!failed)
                break;
        }
}

/* Where memory runs out an edit fails, or the file is left to be made anew; a deletion leaves nothing of the person. */
static void edits_may_run_out_of_memory(void **state)
{
    (void)state;
    const char *path = filled();
    vultus_error error = {0};
    bool failed = true, deleted = false;
    for (long n = 1; failed && n < 2000; n++) {
        vultus_gallery *gallery = open_gallery(path);
        mem_fail_after(n, false);
        vultus_status merge = vultus_gallery_merge(gallery, "person 5", "person 6", &error);
        vultus_status undo = merge ? merge : vultus_gallery_undo(gallery, NULL, &error);
        failed = mem_failed();
        mem_fail_after(0, false);
        if (!merge && undo)
            assert_ok(vultus_gallery_undo(gallery, NULL, &error), &error);
        assert_true(!undo || undo == VULTUS_ERR_MEMORY);
        vultus_gallery_close(gallery);
        check_at(path, FACES);
    }
    assert_false(failed);
    for (long n = 1; !deleted && n < 2000; n++) {
        vultus_gallery *gallery = open_gallery(path);
        mem_fail_after(n, true);
        vultus_status status = vultus_gallery_delete(gallery, "person 7", &error);
        mem_fail_after(0, false);
        deleted = !status || !faces_of(gallery, "person 7");
        assert_true(!status || status == VULTUS_ERR_MEMORY);
        vultus_gallery_close(gallery);
        if (!status && file_exists(file_of(path)))
            assert_false(has_face(file_of(path), 14));
        check_at(path, FACES);
    }
    assert_true(deleted);
}

static void encrypted_galleries_have_none(void **state)
{
    (void)state;
    const char *path = gallery_with_faces(FACES, MODEL);
    assert_false(file_exists(file_of(path)));
    check_at(path, FACES);
    assert_false(file_exists(file_of(path)));
    assert_int_equal(notices, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_galleries_have_a_file),
        cmocka_unit_test(who_may_not_write_makes_none),
        cmocka_unit_test(faces_that_come_are_appended),
        cmocka_unit_test(deletion_is_instant),
        cmocka_unit_test(a_name_that_stays_in_a_file_is_traced),
        cmocka_unit_test(edits_are_written_into_it),
        cmocka_unit_test(edits_of_a_stale_file_leave_it_so),
        cmocka_unit_test(who_expired_is_removed),
        cmocka_unit_test(other_databases_are_told_apart),
        cmocka_unit_test(damage_is_found_and_mended),
        cmocka_unit_test(without_room_it_goes_on_in_memory),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(edits_may_run_out_of_memory),
    };
    const struct CMUnitTest encrypted[] = {cmocka_unit_test(encrypted_galleries_have_none)};
    store_search_file_faces = LEAST;
    if (getenv("VULTUS_TEST_ENCRYPTED"))
        return cmocka_run_group_tests(encrypted, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
