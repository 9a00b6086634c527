/*
 * Galleries with search files: the same answers as in memory whatever happens to gallery and file, at once for
 * every process, and nothing left of who was deleted.
 */
#define _GNU_SOURCE /* memmem */
#include "gallery/store.h"
#include "store_support.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MODEL "synthetic@00000001"
enum { LEAST = 8, FACES = 60 };

static char told[512]; /* the last notice */
static unsigned notices;

static void notice(void *context, const char *line)
{
    (void)context;
    notices++;
    snprintf(told, sizeof told, "%s", line);
}

static const char *file_of(const char *path)
{
    static char out[4200];
    snprintf(out, sizeof out, "%s-search-%s", path, MODEL);
    return out;
}

static vultus_gallery *open_as(const char *path, bool read_only, bool search_files)
{
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    const vultus_gallery_options options = {
        .read_only = read_only, .search_files = search_files, .notice = notice};
    notices = 0;
    assert_ok(vultus_gallery_open(path, &options, &gallery, &error), &error);
    return gallery;
}

static vultus_gallery *open_reader(const char *path)
{
    return open_as(path, true, true);
}

/* Faces 0..FACES-1, two of each person, and its search file. */
static const char *filled(void)
{
    const char *path = gallery_with_faces(FACES, MODEL);
    assert_true(file_exists(file_of(path)));
    return path;
}

/* The person of each face is found, or not, as they are in the gallery's rows. */
static void check(vultus_gallery *gallery, unsigned faces)
{
    vultus_people people = {0};
    vultus_error error = {0};
    char name[16];
    assert_ok(vultus_gallery_people(gallery, &people, &error), &error);
    for (unsigned i = 0; i < faces; i++) {
        bool there = false;
        snprintf(name, sizeof name, "person %u", i / 2);
        for (size_t p = 0; p < people.count; p++)
            there |= !strcmp(people.items[p].name, name);
        assert_string_equal(fake_nearest(gallery, MODEL, i), there ? name : "unknown");
    }
    vultus_people_clear(&people);
}

static void check_at(const char *path, unsigned faces)
{
    vultus_gallery *gallery = open_reader(path);
    check(gallery, faces);
    vultus_gallery_close(gallery);
}

static void delete_person(vultus_gallery *gallery, const char *name)
{
    vultus_error error = {0};
    assert_ok(vultus_gallery_delete(gallery, name, &error), &error);
}

static bool file_has(const char *path, const void *bytes, size_t size)
{
    static char all[4 << 20];
    size_t have = slurp(path, all, sizeof all);
    assert_true(have < sizeof all);
    return memmem(all, have, bytes, size) != NULL;
}

static bool has_face(const char *path, uint64_t seed)
{
    float vector[DIMENSION];
    fake_embedding(seed, DIMENSION, vector);
    return file_has(path, vector, 16);
}

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
    char name[16];
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
        char name[16];
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

static void edits_make_it_anew(void **state)
{
    (void)state;
    const char *path = filled();
    vultus_error error = {0};
    vultus_gallery *writer = open_gallery(path);
    assert_ok(vultus_gallery_rename(writer, "person 5", "Ada", &error), &error);
    vultus_gallery_close(writer);
    vultus_gallery *reader = open_reader(path);
    assert_string_equal(fake_nearest(reader, MODEL, 10), "Ada");
    assert_int_equal(notices, 1);
    assert_non_null(strstr(told, "does not go with the gallery as it is; making it anew"));
    vultus_gallery_close(reader);
    reader = open_reader(path);
    assert_string_equal(fake_nearest(reader, MODEL, 10), "Ada");
    assert_int_equal(notices, 0);
    writer = open_gallery(path);
    assert_ok(vultus_gallery_set_fact(writer, "Ada", VULTUS_FACT_RETAIN, NULL,
                                      "2020-01-01T00:00:00Z", &error),
              &error);
    assert_string_equal(fake_nearest(reader, MODEL, 10), "unknown");
    assert_ok(vultus_gallery_compact(writer, NULL, &error), &error);
    assert_true(!file_exists(file_of(path)) || !file_has(file_of(path), "Ada", 4));
    vultus_gallery_close(writer);
    vultus_gallery_close(reader);
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

/* Deletes, enrols and renames until it is killed. */
static void change_forever(const char *path)
{
    vultus_gallery *gallery = NULL;
    vultus_error error;
    char name[24];
    for (unsigned i = 100;; i++) {
        if (i % 5 == 0) {
            vultus_gallery_close(gallery);
            if (vultus_gallery_open(path, NULL, &gallery, &error))
                _exit(1);
        }
        snprintf(name, sizeof name, "person %u", i / 2);
        if (vultus_gallery_enroll(gallery, name, NULL, fake_sample(i, MODEL, DIMENSION), NULL,
                                  &error))
            _exit(1);
        snprintf(name, sizeof name, "person %u", (i - 7) / 2);
        if (i % 3 == 0 && vultus_gallery_delete(gallery, name, &error) &&
            error.code != VULTUS_ERR_NOT_FOUND)
            _exit(1);
    }
}

static void kills_leave_right_answers(void **state)
{
    (void)state;
    const char *path = filled();
    uint64_t dice = 9;
    for (int i = 0; i < 60; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (!child)
            change_forever(path);
        usleep((useconds_t)(next_random(&dice) % 60000));
        kill(child, SIGKILL);
        int how = 0;
        waitpid(child, &how, 0);
        assert_true(WIFSIGNALED(how));
        vultus_gallery *gallery = open_reader(path);
        check(gallery, 20);
        for (unsigned f = 100; f < 160; f++) { /* who is in no row is in no file */
            char name[16];
            snprintf(name, sizeof name, "person %u", f / 2);
            if (!faces_of(gallery, name) && file_exists(file_of(path)))
                assert_false(has_face(file_of(path), f));
        }
        vultus_gallery_close(gallery);
        for (unsigned f = 100; f < 400; f += 2) { /* so that the next has something to do */
            char name[16];
            vultus_error error;
            snprintf(name, sizeof name, "person %u", f / 2);
            gallery = open_gallery(path);
            bool gone = vultus_gallery_delete(gallery, name, &error) != VULTUS_OK;
            vultus_gallery_close(gallery);
            if (gone && f > 120)
                break;
        }
    }
}

/* While another process enrols and deletes, everybody who stays is found. */
static void readers_are_right_beside_writers(void **state)
{
    (void)state;
    const char *path = filled();
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child)
        change_forever(path);
    vultus_gallery *reader = open_reader(path);
    for (unsigned i = 0; i < 600; i++) {
        char name[16];
        snprintf(name, sizeof name, "person %u", i % FACES / 2);
        assert_string_equal(fake_nearest(reader, MODEL, i % FACES), name);
    }
    vultus_gallery_close(reader);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    check_at(path, FACES);
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

/* ------------------------------------------------------------------ filters */

static vultus_status find(vultus_gallery *gallery, const vultus_filter *filter, uint64_t seed,
                          vultus_identity *out, vultus_error *error)
{
    struct fake_engine fake;
    float probe[DIMENSION];
    const vultus_decision decision = {.filter = filter};
    fake_embedding(seed, DIMENSION, probe);
    return vultus_gallery_identify(gallery, fake_engine(&fake, MODEL, DIMENSION, 0.9f), probe,
                                   &decision, out, error);
}

static void filters_allow_some(void **state)
{
    (void)state;
    const char *path = filled();
    static const char *const groups[] = {"board", "choir"}, *const tags[] = {"vip"},
                             *const people[] = {"person 1", "person 7"}, *const nobody[] = {"?"};
    vultus_gallery *gallery = open_gallery(path);
    vultus_identity who;
    vultus_error error = {0};
    assert_ok(vultus_gallery_set_fact(gallery, "person 1", VULTUS_FACT_GROUP, "board", "", &error),
              &error);
    assert_ok(vultus_gallery_set_fact(gallery, "person 2", VULTUS_FACT_GROUP, "choir", "", &error),
              &error);
    assert_ok(vultus_gallery_set_fact(gallery, "person 2", VULTUS_FACT_TAG, "vip", "", &error),
              &error);
    assert_ok(vultus_gallery_set_fact(gallery, "person 3", VULTUS_FACT_TAG, "vip", "", &error),
              &error);
    vultus_filter filter = {.groups = groups, .group_count = 2};
    assert_ok(find(gallery, &filter, 4, &who, &error), &error);
    assert_true(who.match && who.people == 2 && who.faces == 4);
    assert_string_equal(who.best.name, "person 2");
    assert_string_equal(who.second.name, "person 1");
    assert_ok(find(gallery, &filter, 6, &who, &error), &error);
    assert_false(who.match);
    filter.tags = tags;
    filter.tag_count = 1;
    assert_ok(find(gallery, &filter, 4, &who, &error), &error);
    assert_true(who.match && who.people == 1 && !who.second.name[0]);
    assert_ok(vultus_gallery_set_fact(gallery, "person 1", VULTUS_FACT_TAG, "vip", "", &error),
              &error);
    assert_ok(find(gallery, &filter, 4, &who, &error), &error);
    assert_int_equal(who.people, 2);
    filter = (vultus_filter){.people = people, .people_count = 2};
    assert_ok(find(gallery, &filter, 14, &who, &error), &error);
    assert_true(who.match && who.people == 2);
    filter.tags = tags;
    filter.tag_count = 1;
    assert_ok(find(gallery, &filter, 14, &who, &error), &error);
    assert_true(!who.match && who.people == 1);
    assert_ok(vultus_gallery_rename(gallery, "person 3", "?", &error), &error);
    assert_ok(find(gallery, NULL, 6, &who, &error), &error);
    assert_string_equal(who.best.name, "?");
    assert_ok(vultus_gallery_rename(gallery, "?", "person 3", &error), &error);
    filter = (vultus_filter){.people = nobody, .people_count = 1};
    assert_error(VULTUS_ERR_NOT_FOUND, find(gallery, &filter, 4, &who, &error), &error,
                 "nobody is called \"?\"");
    filter = (vultus_filter){.groups = nobody, .group_count = 1};
    assert_error(VULTUS_ERR_NOT_FOUND, find(gallery, &filter, 4, &who, &error), &error,
                 "nobody is in the group \"?\"");
    filter = (vultus_filter){.tags = nobody, .tag_count = 1};
    assert_error(VULTUS_ERR_NOT_FOUND, find(gallery, &filter, 4, &who, &error), &error,
                 "nobody has the tag \"?\"");
    filter.tag_count = VULTUS_FILTER_MAX + 1;
    assert_error(VULTUS_ERR_ARGUMENT, find(gallery, &filter, 4, &who, &error), &error, "at most");
    vultus_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_galleries_have_a_file),
        cmocka_unit_test(who_may_not_write_makes_none),
        cmocka_unit_test(faces_that_come_are_appended),
        cmocka_unit_test(deletion_is_instant),
        cmocka_unit_test(a_name_that_stays_in_a_file_is_traced),
        cmocka_unit_test(edits_make_it_anew),
        cmocka_unit_test(other_databases_are_told_apart),
        cmocka_unit_test(damage_is_found_and_mended),
        cmocka_unit_test(without_room_it_goes_on_in_memory),
        cmocka_unit_test(kills_leave_right_answers),
        cmocka_unit_test(readers_are_right_beside_writers),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(filters_allow_some),
    };
    store_search_file_faces = LEAST;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
