/* Copies of galleries: made while others write, checked, put back, and refused where they must be. */
#define _GNU_SOURCE
#include "store_support.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MODEL "synthetic@00000001"

static char before[4 << 20], after[4 << 20];

static size_t count_faces(vultus_gallery *gallery)
{
    vultus_error error = {0};
    vultus_gallery_stats stats = {0};
    assert_ok(vultus_gallery_statistics(gallery, &stats, &error), &error);
    size_t faces = stats.faces;
    vultus_gallery_stats_clear(&stats);
    return faces;
}

static size_t faces_in(const char *path)
{
    vultus_gallery *gallery = open_gallery(path);
    size_t faces = count_faces(gallery);
    vultus_gallery_close(gallery);
    return faces;
}

static void assert_whole_file(const char *path)
{
    vultus_gallery *gallery = open_gallery(path);
    assert_whole(gallery);
    vultus_gallery_close(gallery);
}

static void a_copy_is_a_gallery(void **state)
{
    (void)state;
    const char *path = gallery_with_faces(20, MODEL), *copy = fresh_path();
    char other[4200];
    struct stat info;
    vultus_error error = {0};
    vultus_gallery *gallery = open_gallery(path);
    enroll(gallery, "Late", 100, MODEL); /* in the log only */
    assert_ok(vultus_gallery_backup(gallery, copy, false, NULL, &error), &error);
    assert_int_equal(stat(copy, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    static const char *const endings[] = {"-wal", "-shm", "-journal"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(other, sizeof other, "%s%s", copy, endings[i]);
        assert_int_equal(access(other, F_OK), -1);
    }
    assert_int_equal(faces_in(copy), 21);
    assert_whole_file(copy);
    assert_error(VULTUS_ERR_EXISTS, vultus_gallery_backup(gallery, copy, false, NULL, &error),
                 &error, "--force");
    enroll(gallery, "Later", 101, MODEL);
    assert_ok(vultus_gallery_backup(gallery, copy, true, NULL, &error), &error);
    assert_int_equal(faces_in(copy), 22);
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_backup(gallery, path, true, NULL, &error),
                 &error, "itself");
    assert_error(VULTUS_ERR_IO, vultus_gallery_backup(gallery, "/dev/null", true, NULL, &error),
                 &error, "is not a file");
    assert_error(VULTUS_ERR_IO,
                 vultus_gallery_backup(gallery, "/no/such/copy.db", false, NULL, &error), &error,
                 "No such file");
    vultus_gallery_close(gallery);
}

static bool stop_at_once(void *context, size_t done, size_t total)
{
    (void)context, (void)done, (void)total;
    return false;
}

static void a_copy_can_be_interrupted(void **state)
{
    (void)state;
    const char *path = gallery_with_faces(4000, MODEL), *copy = fresh_path();
    const vultus_progress stop = {.step = stop_at_once};
    vultus_error error = {0};
    vultus_faults faults = {0};
    vultus_gallery *gallery = open_gallery(path);
    assert_error(VULTUS_ERR_CANCELLED, vultus_gallery_backup(gallery, copy, false, &stop, &error),
                 &error, "interrupted");
    assert_int_equal(access(copy, F_OK), -1);
    assert_error(VULTUS_ERR_CANCELLED, vultus_gallery_check(gallery, &stop, &faults, &error),
                 &error, "interrupted");
    assert_error(VULTUS_ERR_CANCELLED, vultus_gallery_compact(gallery, &stop, &error), &error,
                 "interrupted");
    assert_ok(vultus_gallery_backup(gallery, copy, false, NULL, &error), &error);
    const char *target = gallery_with_faces(2, MODEL);
    assert_error(VULTUS_ERR_CANCELLED, vultus_gallery_restore(target, copy, true, &stop, &error),
                 &error, "interrupted");
    assert_int_equal(faces_in(target), 2);
    vultus_gallery_close(gallery);
}

/* A process that enrols without end while copies are made. */
static void copies_beside_a_writer_are_whole(void **state)
{
    (void)state;
    const char *path = gallery_with_faces(200, MODEL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        vultus_gallery *gallery = NULL;
        if (vultus_gallery_open(path, NULL, &gallery, NULL))
            _exit(2);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (uint64_t seed = 1000;; seed++) {
            if (vultus_gallery_enroll(gallery, "Busy", NULL, fake_sample(seed, MODEL, DIMENSION),
                                      NULL, NULL))
                _exit(3);
            nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        }
    }
    vultus_gallery *gallery = open_gallery(path);
    vultus_error error = {0};
    size_t last = 0;
    for (int i = 0; i < 20; i++) {
        const char *copy = fresh_path();
        size_t least = count_faces(gallery);
        assert_ok(vultus_gallery_backup(gallery, copy, false, NULL, &error), &error);
        assert_whole_file(copy);
        last = faces_in(copy);
        assert_true(last >= least && last <= count_faces(gallery));
        if (i == 10)
            assert_ok(vultus_gallery_compact(gallery, NULL, &error), &error);
    }
    int result;
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFSIGNALED(result));
    vultus_gallery_close(gallery);
    assert_whole_file(path);
    print_message("%zu faces in the last copy\n", last);
}

static void restoring_replaces_what_others_have_open(void **state)
{
    (void)state;
    const char *path = gallery_with_faces(20, MODEL), *copy = fresh_path(), *new = fresh_path();
    vultus_error error = {0};
    vultus_gallery *gallery = open_gallery(path);
    assert_ok(vultus_gallery_backup(gallery, copy, false, NULL, &error), &error);
    assert_ok(vultus_gallery_rename(gallery, "person 3", "Other", &error), &error);
    assert_ok(vultus_gallery_delete(gallery, "person 4", &error), &error);
    enroll(gallery, "Late", 100, MODEL);
    assert_string_equal(fake_nearest(gallery, MODEL, 6), "Other");
    assert_string_equal(fake_nearest(gallery, MODEL, 100), "Late");
    assert_error(VULTUS_ERR_EXISTS, vultus_gallery_restore(path, copy, false, NULL, &error), &error,
                 "--force");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_restore(path, path, true, NULL, &error),
                 &error, "itself");
    assert_ok(vultus_gallery_restore(path, copy, true, NULL, &error), &error);
    assert_string_equal(fake_nearest(gallery, MODEL, 6), "person 3");
    assert_string_equal(fake_nearest(gallery, MODEL, 8), "person 4");
    assert_string_equal(fake_nearest(gallery, MODEL, 100), "unknown");
    enroll(gallery, "Late", 100, MODEL);
    assert_string_equal(fake_nearest(gallery, MODEL, 100), "Late");
    vultus_gallery_close(gallery);
    assert_whole_file(path);

    assert_ok(vultus_gallery_restore(new, copy, false, NULL, &error), &error);
    assert_int_equal(faces_in(new), 20);
    const char *deep = support_join(support_folder(), "a/b/new.db");
    assert_ok(vultus_gallery_restore(deep, copy, false, NULL, &error), &error);
    assert_int_equal(faces_in(deep), 20);
}

static void damaged_galleries_are_replaced_and_others_are_not(void **state)
{
    (void)state;
    const char *copy = gallery_with_faces(20, MODEL), *path = gallery_with_faces(6, MODEL);
    vultus_error error = {0};
    vultus_gallery *gallery = NULL;
    size_t size = slurp(path, before, sizeof before);
    memset(before, 0x5A, 2000);
    spill(path, before, size);
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_open(path, NULL, &gallery, &error), &error,
                 "restore a copy");
    assert_ok(vultus_gallery_restore(path, copy, true, NULL, &error), &error);
    assert_int_equal(faces_in(path), 20);

    const char *foreign = fresh_path();
    execute(foreign, "CREATE TABLE notes (text)");
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_restore(foreign, copy, true, NULL, &error),
                 &error, "another program");
    execute(foreign, "INSERT INTO notes VALUES ('still here')");
}

static void bad_copies_are_refused(void **state)
{
    (void)state;
    const char *path = gallery_with_faces(6, MODEL);
    vultus_error error = {0};
    size_t size = slurp(path, before, sizeof before);
    const char *copy = gallery_with_faces(20, MODEL);
    execute(copy, "UPDATE embeddings SET vector = x'00' WHERE face = 7");
    assert_error(VULTUS_ERR_FORMAT, vultus_gallery_restore(path, copy, true, NULL, &error), &error,
                 "row 7 of faces");
    spill(copy, "nonsense", 8);
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_restore(path, copy, true, NULL, &error),
                 &error, "not a gallery");
    assert_error(VULTUS_ERR_DATABASE,
                 vultus_gallery_restore(path, fresh_path(), true, NULL, &error), &error,
                 "there is no gallery");
    assert_int_equal(slurp(path, after, sizeof after), size);
    assert_memory_equal(before, after, size);
}

static void readers_leave_no_files(void **state)
{
    (void)state;
    const char *path = gallery_with_faces(4, MODEL);
    vultus_gallery_options read_only = {.read_only = true};
    vultus_gallery *one = NULL, *other = NULL;
    vultus_error error = {0};
    char log[4200];
    snprintf(log, sizeof log, "%s-wal", path);
    assert_int_equal(access(log, F_OK), -1);
    assert_ok(vultus_gallery_open(path, &read_only, &one, &error), &error);
    assert_ok(vultus_gallery_open(path, &read_only, &other, &error), &error);
    assert_int_equal(count_faces(one), 4);
    vultus_gallery_close(one);
    assert_int_equal(count_faces(other), 4);
    vultus_gallery_close(other);
    /* the second found the files of the first, and is not sure whose they are */
    assert_ok(vultus_gallery_open(path, NULL, &one, &error), &error);
    vultus_gallery_close(one);
    assert_int_equal(access(log, F_OK), -1);
    assert_ok(vultus_gallery_open(path, &read_only, &one, &error), &error);
    vultus_gallery_close(one);
    assert_int_equal(access(log, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_is_a_gallery),
        cmocka_unit_test(a_copy_can_be_interrupted),
        cmocka_unit_test(copies_beside_a_writer_are_whole),
        cmocka_unit_test(restoring_replaces_what_others_have_open),
        cmocka_unit_test(damaged_galleries_are_replaced_and_others_are_not),
        cmocka_unit_test(bad_copies_are_refused),
        cmocka_unit_test(readers_leave_no_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
