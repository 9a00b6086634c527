/* Opening what is not a gallery, or not a whole one: one clear line, and the file stays as it was.
 */
#define _GNU_SOURCE
#include "base/clock.h"
#include "store_support.h"

#include <fcntl.h>
#include <grp.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MODEL "synthetic@00000001"

static char before[4 << 20], after[4 << 20];

/* Refused for reading and for writing, with this text, and not a byte has changed. */
static void assert_refused(const char *path, const char *text)
{
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    vultus_gallery_options read_only = {.read_only = true};
    size_t size = slurp(path, before, sizeof before);
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_open(path, NULL, &gallery, &error), &error,
                 text);
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_open(path, &read_only, &gallery, &error),
                 &error, text);
    assert_null(gallery);
    assert_non_null(strstr(error.message, strrchr(path, '/') + 1));
    assert_int_equal(slurp(path, after, sizeof after), size);
    assert_memory_equal(before, after, size);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    const char *path = fresh_path();
    spill(path, "just a note", 11);
    assert_refused(path, "not a gallery");
    memset(before, 0xA5, 8192);
    spill(path, before, 8192);
    assert_refused(path, "not a gallery");

    path = fresh_path();
    execute(path, "CREATE TABLE notes (text)");
    assert_refused(path, "another program");
    path = fresh_path();
    execute(path, "CREATE TABLE people (id); PRAGMA user_version = 1");
    assert_refused(path, "another program");
    path = fresh_path();
    execute(path, "PRAGMA application_id = 7; CREATE TABLE t (x); DROP TABLE t");
    assert_refused(path, "another program");
}

static void a_newer_version_is_refused(void **state)
{
    (void)state;
    const char *path = gallery_with_faces(2, MODEL);
    execute(path, "PRAGMA user_version = 5");
    assert_refused(path, "version 5, made by a newer vultus, this one knows 4; update vultus");
}

static void planted_schemas_are_refused(void **state)
{
    static const char *const changes[] = {
        "CREATE TRIGGER spy AFTER INSERT ON faces BEGIN DELETE FROM people; END",
        "CREATE VIEW spy AS SELECT name FROM people",
        "ALTER TABLE people ADD COLUMN extra TEXT",
        "CREATE TABLE spy (x)",
        "DROP INDEX faces_by_person",
        "DROP TRIGGER faces_removed",
        "ALTER TABLE thumbnails RENAME COLUMN jpeg TO png",
    };
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const char *path = gallery_with_faces(2, MODEL);
        execute(path, changes[i]);
        assert_refused(path, "not those of a gallery");
    }
    /* statistics are no harm: ANALYZE is what somebody may run by hand */
    const char *path = gallery_with_faces(2, MODEL);
    execute(path, "ANALYZE");
    vultus_gallery_close(open_gallery(path));
}

static void folders_and_odd_files_are_refused(void **state)
{
    (void)state;
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    char path[5000];
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_open(support_folder(), NULL, &gallery, &error),
                 &error, "is a folder");
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_open("/dev/null", NULL, &gallery, &error),
                 &error, "is not a file");
    snprintf(path, sizeof path, "%s/note", support_folder());
    spill(path, "x", 1);
    snprintf(path, sizeof path, "%s/note/people.db", support_folder());
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_open(path, NULL, &gallery, &error), &error,
                 "Not a directory");
    memset(path, 'a', sizeof path);
    path[4990] = '\0';
    assert_error(VULTUS_ERR_LIMIT, vultus_gallery_open(path, NULL, &gallery, &error), &error,
                 "too long");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_open("", NULL, &gallery, &error), &error,
                 "empty");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_open("sqlite:", NULL, &gallery, &error),
                 &error, "empty");
    assert_error(VULTUS_ERR_ARGUMENT,
                 vultus_gallery_open("mysql://u:secret@host/faces", NULL, &gallery, &error), &error,
                 "mysql://: no such kind of gallery");
    assert_null(strstr(error.message, "secret"));
}

static void names_of_files_mean_themselves(void **state)
{
    static const char *const names[] = {
        ":memory:", "file:x?mode=memory", "a b%41#?&.db", "\xC3\xA9.db", "sqlite", "-"};
    char here[4096];
    (void)state;
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(support_folder()), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        vultus_gallery *gallery = open_gallery(names[i]);
        assert_string_equal(vultus_gallery_location(gallery), names[i]);
        enroll(gallery, "Ada", 1, MODEL);
        vultus_gallery_close(gallery);
        assert_int_equal(access(names[i], F_OK), 0);
        char location[64];
        snprintf(location, sizeof location, "sqlite:%s", names[i]);
        gallery = open_gallery(location);
        assert_string_equal(vultus_gallery_location(gallery), names[i]);
        assert_true(enroll(gallery, "Ada", 1, MODEL).duplicate);
        vultus_gallery_close(gallery);
    }
    assert_int_equal(chdir(here), 0);
}

static void the_default_place_is_used(void **state)
{
    (void)state;
    const char *folder = support_join(support_folder(), "home");
    const char *path = support_join(folder, "vultus/gallery.db");
    setenv("XDG_DATA_HOME", folder, 1);
    vultus_gallery *gallery = open_gallery(NULL);
    assert_string_equal(vultus_gallery_location(gallery), path);
    vultus_gallery_close(gallery);
    path = fresh_path();
    setenv("VULTUS_DB", path, 1);
    gallery = open_gallery(NULL);
    assert_string_equal(vultus_gallery_location(gallery), path);
    vultus_gallery_close(gallery);
    unsetenv("VULTUS_DB");
}

static void an_empty_file_becomes_a_gallery(void **state)
{
    (void)state;
    const char *path = fresh_path();
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    vultus_gallery_options read_only = {.read_only = true}, must_exist = {.must_exist = true};
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_open(path, &must_exist, &gallery, &error),
                 &error, "there is no gallery");
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_open(path, &read_only, &gallery, &error),
                 &error, "there is no gallery");
    assert_int_equal(access(path, F_OK), -1);
    spill(path, "", 0); /* what is left when making one was interrupted */
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_open(path, &read_only, &gallery, &error),
                 &error, "empty file");
    assert_ok(vultus_gallery_open(path, &must_exist, &gallery, &error), &error);
    enroll(gallery, "Ada", 1, MODEL);
    vultus_gallery_close(gallery);
}

static void reading_only_never_writes(void **state)
{
    (void)state;
    const char *path = gallery_with_faces(4, MODEL);
    vultus_gallery_options read_only = {.read_only = true};
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    vultus_people people;
    size_t size = slurp(path, before, sizeof before);
    assert_ok(vultus_gallery_open(path, &read_only, &gallery, &error), &error);
    assert_ok(vultus_gallery_people(gallery, &people, &error), &error);
    assert_int_equal(people.count, 2);
    vultus_people_clear(&people);
    assert_error(
        VULTUS_ERR_ARGUMENT,
        vultus_gallery_enroll(gallery, "Ada", NULL, fake_sample(9, MODEL, DIMENSION), NULL, &error),
        &error, "read only");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_delete(gallery, "person 0", &error), &error,
                 "read only");
    vultus_gallery_close(gallery);
    assert_int_equal(slurp(path, after, sizeof after), size);
    assert_memory_equal(before, after, size);
}

/* Runs as a user without rights, because root may write everything. */
static int as_nobody(int (*action)(const char *path), const char *path)
{
    int result = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        if (!getuid() && (setgroups(0, NULL) || setgid(65534) || setuid(65534)))
            _exit(99);
        _exit(action(path));
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    return WIFEXITED(result) ? WEXITSTATUS(result) : 100;
}

static int can_reach(const char *path)
{
    return access(path, F_OK) ? 1 : 0;
}

static int must_not_write(const char *path)
{
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    vultus_gallery_options read_only = {.read_only = true};
    vultus_people people;
    if (vultus_gallery_open(path, NULL, &gallery, &error) != VULTUS_ERR_DATABASE ||
        !strstr(error.message, "cannot be written"))
        return fprintf(stderr, "for writing: %s\n", error.message), 1;
    if (vultus_gallery_open(path, &read_only, &gallery, &error) ||
        vultus_gallery_people(gallery, &people, &error) || people.count != 2)
        return fprintf(stderr, "for reading: %s\n", error.message), 2;
    vultus_people_clear(&people);
    vultus_gallery_close(gallery);
    return 0;
}

static int must_not_open(const char *path)
{
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    if (vultus_gallery_open(path, NULL, &gallery, &error) != VULTUS_ERR_DATABASE ||
        !strstr(error.message, "ermission"))
        return fprintf(stderr, "%s\n", error.message), 1;
    return 0;
}

static void rights_are_respected(void **state)
{
    (void)state;
    if (encrypted())
        support_skip("the key is for one user only");
    const char *folder = support_join(support_folder(), "locked");
    const char *path = support_join(folder, "people.db");
    assert_int_equal(mkdir(folder, 0755), 0);
    assert_int_equal(rename(gallery_with_faces(4, MODEL), path), 0);
    assert_int_equal(chmod(support_folder(), 0755), 0);
    assert_int_equal(chmod(path, 0600), 0);
    if (as_nobody(can_reach, path)) /* some roots are closed to everybody else */
        support_skip("another user cannot reach the temporary folder");
    if (!getuid())
        assert_int_equal(as_nobody(must_not_open, path), 0);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(folder, 0555), 0);
    assert_int_equal(as_nobody(must_not_write, path), 0);
    if (!getuid())
        assert_int_equal(as_nobody(must_not_open, support_join(folder, "new.db")), 0);
    assert_int_equal(chmod(folder, 0755), 0);
}

static void a_held_gallery_is_busy(void **state)
{
    (void)state;
    const char *path = gallery_with_faces(2, MODEL);
    vultus_error error = {0};
    sqlite3 *holder;
    vultus_gallery *gallery = open_gallery(path);
    assert_int_equal(sqlite3_open(path, &holder), SQLITE_OK);
    assert_int_equal(sqlite3_exec(holder, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    uint64_t start = clock_ns();
    assert_error(
        VULTUS_ERR_BUSY,
        vultus_gallery_enroll(gallery, "Ada", NULL, fake_sample(9, MODEL, DIMENSION), NULL, &error),
        &error, "another process holds the gallery");
    uint64_t waited = clock_ns() - start;
    assert_true(waited > 4000000000u && waited < 9000000000u);
    vultus_people people; /* reading goes on */
    assert_ok(vultus_gallery_people(gallery, &people, &error), &error);
    vultus_people_clear(&people);
    assert_int_equal(sqlite3_exec(holder, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_false(enroll(gallery, "Ada", 9, MODEL).duplicate);
    sqlite3_close(holder);
    vultus_gallery_close(gallery);

    assert_int_equal(sqlite3_open(path, &holder), SQLITE_OK);
    assert_int_equal(sqlite3_exec(holder,
                                  "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; "
                                  "UPDATE edits SET count = count; COMMIT",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_error(VULTUS_ERR_BUSY, vultus_gallery_open(path, NULL, &gallery, &error), &error,
                 "try again");
    sqlite3_close(holder);
    vultus_gallery_close(open_gallery(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(a_newer_version_is_refused),
        cmocka_unit_test(planted_schemas_are_refused),
        cmocka_unit_test(folders_and_odd_files_are_refused),
        cmocka_unit_test(names_of_files_mean_themselves),
        cmocka_unit_test(the_default_place_is_used),
        cmocka_unit_test(an_empty_file_becomes_a_gallery),
        cmocka_unit_test(reading_only_never_writes),
        cmocka_unit_test(rights_are_respected),
        cmocka_unit_test(a_held_gallery_is_busy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
