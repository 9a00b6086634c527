/*
 * Search files: what is opened from one answers as an index in memory that has the same faces does, after
 * appends, erasures and renewals, in several processes, after kills; and what is damaged is found out.
 */
#define _GNU_SOURCE /* memmem */
#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "gallery/search_map.h"
#include "kernel/kernel.h"
#include "support.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define EMBEDDER "synthetic@00000001"
enum { SMALL = 16, TOP = 5 };

enum data { SPHERE, TWINS, RAW, DATA_KINDS };

static size_t dimension = SMALL;
static enum data kind = SPHERE;

/* What face `number` is depends on its number only. */
static void vector_of(int64_t number, float *x)
{
    struct random dice;
    random_seed(&dice, kind == TWINS ? 1 : (uint64_t)(number % 7 == 3 ? number - 3 : number) + 1);
    float squared = 0;
    for (size_t i = 0; i < dimension; i++) {
        x[i] = (float)random_normal(&dice);
        squared += x[i] * x[i];
    }
    double length = kind == RAW ? exp(20 * random_real(&dice) - 10) : 1; /* 5e-5 to 2e4 */
    for (size_t i = 0; i < dimension; i++)
        x[i] = (float)(length * (double)(x[i] / sqrtf(squared)));
    if (kind == TWINS) {
        x[number % (int64_t)dimension] += 2e-7f * (float)(number % 5);
        if (x[0] > -1e-3f && x[0] < 1e-3f)
            x[0] = 1e-40f; /* a denormal number */
    }
}

static int64_t person_of(int64_t face)
{
    return face * 7919 % (face + 1) / 2 + 1;
}

static const char *name_of(int64_t person, char out[48])
{
    snprintf(out, 48, "person number %lld", (long long)person);
    return out;
}

static vultus_status try_fill(struct search *search, int64_t from, int64_t to, int64_t without,
                              vultus_error *error)
{
    float vector[512];
    char name[48];
    vultus_status status = VULTUS_OK;
    for (int64_t f = from; !status && f < to; f++) {
        int64_t next =
            search_members(search) ? search->members[search_members(search) - 1].id + 1 : 1;
        for (int64_t p = next; !status && p <= person_of(f); p++)
            status = search_add_person(search, p, name_of(p, name), error);
        vector_of(f, vector);
        if (!status && person_of(f) != without)
            status = search_add_face(search, f, person_of(f), (const uint8_t *)vector, error);
    }
    return status;
}

static void fill(struct search *search, int64_t from, int64_t to, int64_t without)
{
    vultus_error error = {0};
    assert_ok(try_fill(search, from, to, without, &error), &error);
}

static struct search *new_search(void)
{
    struct search *search = NULL;
    vultus_error error = {0};
    assert_ok(search_new(dimension, kind == RAW, &search, &error), &error);
    return search;
}

static struct search_file_mark mark_of(int64_t faces)
{
    return (struct search_file_mark){.edits = 1, .person = person_of(faces), .face = faces};
}

static const char *fresh_file(void)
{
    static unsigned number;
    char name[48];
    snprintf(name, sizeof name, "file-%u", number++);
    return support_join(support_folder(), name);
}

static struct search *make_file(const char *path, int64_t faces)
{
    struct search *search = new_search();
    const struct search_file_mark mark = mark_of(faces);
    const struct search_file_size size = {(size_t)faces, (size_t)faces, 32 * (size_t)faces};
    vultus_error error = {0};
    assert_ok(search_file_begin(path, &size, search, &error), &error);
    fill(search, 0, faces, 0);
    assert_ok(search_file_seal(path, EMBEDDER, &mark, search, &error), &error);
    assert_true(search_map_has_all(search));
    return search;
}

static struct search *open_file(const char *path)
{
    struct search *search = new_search();
    struct search_file_mark mark;
    vultus_error error = {0};
    assert_ok(search_file_open(path, EMBEDDER, search, &mark, &error), &error);
    return search;
}

static struct search *in_memory(int64_t faces, int64_t without)
{
    struct search *search = new_search();
    fill(search, 0, faces, without);
    return search;
}

/* Comparing every face of `expected`, which is in memory. */
static void same_answers(struct search *got, struct search *expected)
{
    struct search_hit hits[TOP], plain[TOP];
    float probe[512];
    vultus_error error = {0};
    assert_int_equal(search_people(got), search_people(expected));
    assert_int_equal(search_faces(got), search_faces(expected));
    for (int64_t p = 0; p < 12; p++) {
        vultus_metric metric = p % 2 ? VULTUS_METRIC_EUCLIDEAN : VULTUS_METRIC_COSINE;
        const struct search_request request = {
            .probes = probe, .count = 1, .metric = metric, .capacity = TOP, .plain = true};
        size_t count = 0;
        vector_of(p < 6 ? p * 3 : 1000000 + p, probe);
        assert_ok(search_nearest_many(expected, &request, plain, &count, &error), &error);
        assert_int_equal(search_nearest(got, probe, metric, hits, TOP), count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(hits[i].person, plain[i].person);
            assert_int_equal(hits[i].face, plain[i].face);
            assert_true(hits[i].score == plain[i].score);
            assert_string_equal(hits[i].name, plain[i].name);
        }
    }
    assert_int_equal(search_state(got), SEARCH_SOUND);
}

static void check(struct search *got, int64_t faces, int64_t without)
{
    struct search *expected = in_memory(faces, without);
    same_answers(got, expected);
    search_free(expected);
}

static void check_file(const char *path, int64_t faces, int64_t without)
{
    struct search *search = open_file(path);
    check(search, faces, without);
    search_free(search);
}

static bool file_has(const char *path, const void *bytes, size_t size)
{
    struct buffer all;
    vultus_error error = {0};
    buffer_init(&all, (size_t)1 << 30);
    assert_ok(file_read(path, (size_t)1 << 30, &all, &error), &error);
    bool has = memmem(all.data, all.size, bytes, size) != NULL;
    buffer_clear(&all);
    return has;
}

/* ------------------------------------------------------------------ what goes well */

static void a_file_answers_as_memory_does(void **state)
{
    (void)state;
    static const int64_t sizes[] = {1, 15, 300, 4096, 5003};
    struct stat info;
    for (int k = 0; k < DATA_KINDS; k++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            const char *path = fresh_file();
            kind = (enum data)k;
            dimension = k ? 24 : SMALL;
            struct search *maker = make_file(path, sizes[s]);
            check(maker, sizes[s], 0);
            check_file(path, sizes[s], 0);
            search_free(maker);
            assert_false(stat(path, &info));
            assert_int_equal(info.st_mode & 0777, 0600);
        }
    kind = SPHERE;
    dimension = SMALL;
}

static void faces_are_appended(void **state)
{
    (void)state;
    static const int64_t steps[] = {4097, 4100, 4112, 4113, 5000, 5300};
    const char *path = fresh_file();
    vultus_error error = {0};
    struct search *writer = make_file(path, 4096), *reader = open_file(path);
    int64_t have = 4096;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const struct search_file_mark mark = mark_of(steps[i]);
        fill(writer, have, steps[i], 0);
        check(writer, steps[i], 0);
        check_file(path, have, 0); /* nothing is seen of it yet */
        assert_ok(search_file_append(path, &mark, writer, &error), &error);
        assert_ok(search_file_append(path, &mark, writer, &error), &error);
        check_file(path, steps[i], 0);
        check(reader, 4096, 0);
        have = steps[i];
    }
    fill(reader, 4096, 4200, 0); /* its own, from elsewhere */
    const struct search_file_mark mark = mark_of(4200);
    check(reader, 4200, 0);
    assert_error(VULTUS_ERR_BUSY, search_file_append(path, &mark, reader, &error), &error,
                 "another process");
    check(reader, 4200, 0);
    search_free(reader);
    search_free(writer);
    check_file(path, have, 0);
}

static void a_full_file_is_made_anew(void **state)
{
    (void)state;
    const char *path = fresh_file();
    vultus_error error = {0};
    struct search *writer = make_file(path, 10), *reader = open_file(path);
    const struct search_file_mark mark = mark_of(6000);
    fill(writer, 10, 6000, 0);
    check(writer, 6000, 0);
    assert_error(VULTUS_ERR_LIMIT, search_file_append(path, &mark, writer, &error), &error, "full");
    assert_ok(search_file_renew(path, EMBEDDER, &mark, writer, &error), &error);
    check(writer, 6000, 0);
    check_file(path, 6000, 0);
    assert_int_equal(search_state(reader), SEARCH_CHANGED);
    search_free(reader);
    fill(writer, 6000, 6010, 0);
    const struct search_file_mark later = mark_of(6010);
    assert_ok(search_file_append(path, &later, writer, &error), &error);
    search_free(writer);
    check_file(path, 6010, 0);
}

static void erased_people_leave_nothing(void **state)
{
    (void)state;
    const char *path = fresh_file();
    const int64_t faces = 5003, person = person_of(1003);
    struct search_file_erasure *erasure = NULL;
    struct search_file_mark mark;
    float vector[512];
    char name[48];
    vultus_error error = {0};
    struct search *reader, *probe = new_search();
    search_free(make_file(path, faces));
    reader = open_file(path);
    name_of(person, name);
    vector_of(1003, vector);
    assert_true(file_has(path, vector, 16) && file_has(path, name, strlen(name) + 1));
    assert_ok(search_file_erase_begin(path, person, 1, &erasure, &error), &error);
    assert_non_null(erasure);
    assert_int_equal(search_state(reader), SEARCH_CHANGED);
    assert_error(VULTUS_ERR_FORMAT, search_file_open(path, EMBEDDER, probe, &mark, &error), &error,
                 "written to its end");
    for (int64_t f = 0; f < faces; f++) {
        vector_of(f, vector);
        assert_true(f % 501 || person_of(f) == person || file_has(path, vector, 16));
        assert_false(person_of(f) == person && file_has(path, vector, 16));
    }
    assert_false(file_has(path, name, strlen(name) + 1));
    mark = *search_file_erasure_mark(erasure);
    mark.edits = 2;
    search_file_erase_finish(erasure, &mark);
    check_file(path, faces, person);
    assert_int_equal(search_state(reader), SEARCH_CHANGED);
    search_free(reader);

    /* with the mark of another state, or unfinished: nothing is left of the file, or nothing that is valid */
    assert_ok(search_file_erase_begin(path, person + 1, 2, &erasure, &error), &error);
    search_file_erase_finish(erasure, NULL);
    assert_error(VULTUS_ERR_FORMAT, search_file_open(path, EMBEDDER, probe, &mark, &error), &error,
                 "written to its end");
    assert_ok(search_file_erase_begin(path, person, 7, &erasure, &error), &error);
    assert_null(erasure);
    assert_false(file_exists(path));
    search_free(probe);
}

static void many_erased_are_left_out(void **state)
{
    (void)state;
    const char *path = fresh_file();
    vultus_error error = {0};
    struct search_file_mark mark;
    struct search *expected = new_search();
    search_free(make_file(path, 400));
    for (int64_t person = 1; person <= 60; person++) {
        struct search_file_erasure *erasure = NULL;
        assert_ok(search_file_erase_begin(path, person, person, &erasure, &error), &error);
        assert_non_null(erasure);
        mark = *search_file_erasure_mark(erasure);
        mark.edits = person + 1;
        search_file_erase_finish(erasure, &mark);
    }
    struct search *search = open_file(path);
    assert_true(search->erased > 0);
    float vector[512];
    char name[48];
    for (int64_t p = 1; p <= 200; p++)
        assert_ok(search_add_person(expected, p, name_of(p, name), &error), &error);
    for (int64_t f = 0; f < 400; f++) {
        vector_of(f, vector);
        if (person_of(f) > 60)
            assert_ok(search_add_face(expected, f, person_of(f), (const uint8_t *)vector, &error),
                      &error);
    }
    same_answers(search, expected);
    assert_ok(search_file_renew(path, EMBEDDER, &mark, search, &error), &error);
    assert_int_equal(search->erased, 0);
    same_answers(search, expected);
    search_free(search);
    search = open_file(path);
    same_answers(search, expected);
    search_free(search);
    search_free(expected);
}

/* ------------------------------------------------------------------ what goes wrong */

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
        struct search_file_erasure *erasure = NULL;
        mem_fail_after(n, true);
        vultus_status status = search_file_open(path, EMBEDDER, search, &found, &error);
        if (!status)
            status = try_fill(search, 4200, 4300, 0, &error);
        if (!status)
            status = search_file_renew(other, EMBEDDER, &mark, search, &error);
        if (!status)
            status = search_file_erase_begin(other, 3, 1, &erasure, &error);
        mem_fail_after(0, false);
        search_file_erase_finish(erasure, &found);
        search_free(search);
        if (!status)
            break;
        assert_int_equal(status, VULTUS_ERR_MEMORY);
        assert_true(n < 99);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_answers_as_memory_does),
        cmocka_unit_test(faces_are_appended),
        cmocka_unit_test(a_full_file_is_made_anew),
        cmocka_unit_test(erased_people_leave_nothing),
        cmocka_unit_test(many_erased_are_left_out),
        cmocka_unit_test(flipped_bits_are_found),
        cmocka_unit_test(truncated_files_are_refused),
        cmocka_unit_test(killed_writers_leave_whole_files),
        cmocka_unit_test(readers_go_on_beside_writers),
        cmocka_unit_test(without_room_memory_goes_on),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
