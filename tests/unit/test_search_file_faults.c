/*
 * Search files when something goes wrong: bits that turn, ends that are missing, writers that are killed, disks that are
 * full, memory that runs out. What is damaged is found out, and what is read is right.
 */
#include "search_files.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Opens a file that was damaged: refused, or every answer is right or known not to count. */
static bool survives(const char *path, struct search *expected)
{
    struct search *search = new_search();
    struct search_file_mark mark;
    vultus_error error = {0};
    bool opened = !search_file_open(path, EMBEDDER, search, &mark, &error);
    struct search_hit hits[TOP], plain[TOP];
    float probe[512];
    if (!opened)
        assert_true(error.code == VULTUS_ERR_FORMAT || error.code == VULTUS_ERR_NOT_FOUND);
    for (int64_t p = 0; opened && p < 3; p++) {
        vector_of(p, probe);
        size_t count = search_nearest(search, probe, VULTUS_METRIC_COSINE, hits, TOP);
        if (search_state(search) != SEARCH_SOUND)
            break;
        assert_int_equal(count, search_nearest(expected, probe, VULTUS_METRIC_COSINE, plain, TOP));
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(hits[i].face, plain[i].face);
            assert_string_equal(hits[i].name, plain[i].name);
        }
    }
    search_free(search);
    return opened;
}

static void flip(int fd, off_t at, uint8_t mask)
{
    uint8_t byte;
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= mask;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

static void flip_all(int64_t faces, off_t dense, off_t step)
{
    const char *path = fresh_file();
    struct search *expected = in_memory(faces, 0);
    struct search *maker = make_file(path, faces);
    off_t end = (off_t)maker->map->layout.end, begin = 0;
    search_free(maker);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    for (off_t at = begin; at < end; at += at % LAYOUT_ALIGNMENT < dense ? 1 : step) {
        uint8_t mask = (uint8_t)(1u << at % 8);
        flip(fd, at, mask);
        survives(path, expected);
        flip(fd, at, mask);
    }
    assert_true(survives(path, expected));
    close(fd);
    search_free(expected);
}

static void flipped_bits_are_found(void **state)
{
    (void)state;
    flip_all(60, 4096, 251);
    flip_all(4200, 48, 4099);
}

static void what_others_may_write_is_refused(void **state)
{
    (void)state;
    const char *path = fresh_file();
    struct search *search = new_search();
    struct search_file_mark mark;
    vultus_error error = {0};
    search_free(make_file(path, 60));
    assert_false(chmod(path, 0620));
    assert_error(VULTUS_ERR_FORMAT, search_file_open(path, EMBEDDER, search, &mark, &error), &error,
                 "others");
    assert_false(chmod(path, 0600));
    assert_ok(search_file_open(path, EMBEDDER, search, &mark, &error), &error);
    search_free(search);
}

static void truncated_files_are_refused(void **state)
{
    (void)state;
    const char *path = fresh_file();
    struct search *expected = in_memory(60, 0);
    struct search *maker = make_file(path, 60);
    off_t end = (off_t)maker->map->layout.end;
    search_free(maker);
    for (off_t at = end - 1; at >= 0; at -= at > 70000 ? 331 : 1) {
        assert_false(truncate(path, at));
        assert_false(survives(path, expected));
    }
    search_free(expected);
}

/* A child appends, renews and erases until it is killed; what it leaves is whole, or known not to be. */
static void change_forever(const char *path)
{
    struct search *search = new_search();
    struct search_file_mark mark;
    vultus_error error;
    if (search_file_open(path, EMBEDDER, search, &mark, &error))
        _exit(1);
    for (int64_t have = mark.face; have < 100000; have += 3) {
        struct search_file_mark next = mark_of(have + 3);
        if (try_fill(search, have, have + 3, 0, &error))
            _exit(1);
        vultus_status status = search_file_append(path, &next, search, &error);
        if (status == VULTUS_ERR_LIMIT || have % 30 == 0)
            status = search_file_renew(path, EMBEDDER, &next, search, &error);
        if (status && status != VULTUS_ERR_BUSY)
            _exit(1);
    }
    _exit(0);
}

static void killed_writers_leave_whole_files(void **state)
{
    (void)state;
    const char *path = fresh_file();
    struct random dice;
    random_seed(&dice, 5);
    search_free(make_file(path, 30));
    for (int i = 0; i < 250; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (!child)
            change_forever(path);
        usleep((useconds_t)random_below(&dice, 4000));
        kill(child, SIGKILL);
        int how = 0;
        waitpid(child, &how, 0);
        assert_true(WIFSIGNALED(how));
        struct search *search = new_search();
        struct search_file_mark mark;
        vultus_error error = {0};
        assert_ok(search_file_open(path, EMBEDDER, search, &mark, &error), &error);
        check(search, mark.face, 0);
        search_free(search);
        if (mark.face > 2000)
            search_free(make_file(path, 30));
    }
}

/* A file that others have is replaced and appended to while it is read. */
static void readers_go_on_beside_writers(void **state)
{
    (void)state;
    const char *path = fresh_file();
    search_free(make_file(path, 30));
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child)
        change_forever(path);
    for (int i = 0; i < 60; i++) {
        struct search *search = new_search();
        struct search_file_mark mark;
        vultus_error error = {0};
        assert_ok(search_file_open(path, EMBEDDER, search, &mark, &error), &error);
        struct search *expected = in_memory(mark.face, 0);
        struct search_hit hit, plain;
        float probe[512];
        vector_of(mark.face - 1, probe);
        assert_int_equal(search_nearest(search, probe, VULTUS_METRIC_COSINE, &hit, 1), 1);
        search_nearest(expected, probe, VULTUS_METRIC_COSINE, &plain, 1);
        assert_int_equal(hit.face, plain.face);
        search_free(expected);
        search_free(search);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void without_room_memory_goes_on(void **state)
{
    (void)state;
    const char *path = fresh_file(), *other = fresh_file();
    const struct search_file_mark mark = mark_of(5000);
    const struct search_file_size size = {5000, 5000, 160000};
    struct rlimit limit, old;
    vultus_error error = {0};
    struct search *writer = make_file(path, 4096), *none = new_search();
    fill(writer, 4096, 5000, 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_false(getrlimit(RLIMIT_FSIZE, &old));
    limit = (struct rlimit){100000, old.rlim_max};
    assert_false(setrlimit(RLIMIT_FSIZE, &limit));
    vultus_status append = search_file_append(path, &mark, writer, &error);
    vultus_status begin = search_file_begin(other, &size, none, &error);
    vultus_status renew = search_file_renew(path, EMBEDDER, &mark, writer, &error);
    assert_false(setrlimit(RLIMIT_FSIZE, &old));
    assert_int_equal(append, VULTUS_ERR_IO);
    assert_int_equal(begin, VULTUS_ERR_IO);
    assert_int_equal(renew, VULTUS_ERR_IO);
    check(writer, 5000, 0);
    check_file(path, 4096, 0);
    search_free(none);
    search_free(writer);
    assert_false(file_exists(other));
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    const char *path = fresh_file(), *other = fresh_file();
    const struct search_file_mark mark = mark_of(4300);
    struct search_file_mark found;
    vultus_error error = {0};
    search_free(make_file(path, 4200));
    for (long n = 1; n < 100; n++) {
        struct search *search = new_search();
        mem_fail_after(n, true);
        vultus_status status = search_file_open(path, EMBEDDER, search, &found, &error);
        if (!status)
            status = try_fill(search, 4200, 4300, 0, &error);
        if (!status)
            status = search_file_renew(other, EMBEDDER, &mark, search, &error);
        if (!status)
            status = try_erase(other, 3, 1, &error);
        mem_fail_after(0, false);
        search_free(search);
        if (!status)
            break;
        assert_true(status == VULTUS_ERR_MEMORY || strstr(error.message, "memory"));
        assert_true(n < 99);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flipped_bits_are_found),
        cmocka_unit_test(what_others_may_write_is_refused),
        cmocka_unit_test(truncated_files_are_refused),
        cmocka_unit_test(killed_writers_leave_whole_files),
        cmocka_unit_test(readers_go_on_beside_writers),
        cmocka_unit_test(without_room_memory_goes_on),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
