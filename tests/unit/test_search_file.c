/*
 * Search files: what is opened from one answers as an index in memory that has the same faces does, after
 * appends, erasures and renewals.
 */
#define _GNU_SOURCE /* memmem */
#include "search_files.h"

#include <sys/stat.h>

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
    struct search_file_change *change = NULL;
    struct search_file_mark mark;
    uint8_t fine[64];
    float vector[512];
    char name[48];
    vultus_error error = {0};
    struct search *reader, *probe = new_search();
    search_free(make_file(path, faces));
    reader = open_file(path);
    const size_t fine_size = codes_fine_bytes(&reader->axes);
    assert_true(reader->rows[1003].face == 1003 && fine_size <= sizeof fine);
    memcpy(fine, reader->fine + 1003 * fine_size, fine_size);
    name_of(person, name);
    vector_of(1003, vector);
    assert_true(file_has(path, vector, 16) && file_has(path, name, strlen(name) + 1) &&
                file_has(path, fine, fine_size));
    assert_ok(search_file_change_begin(path, 0, &change, &error), &error);
    assert_int_equal(search_state(reader), SEARCH_SOUND);
    assert_ok(search_file_change_people(change, &person, 1, &error), &error);
    assert_int_equal(search_state(reader), SEARCH_CHANGED);
    assert_ok(search_file_change_name(change, person, NULL, &error), &error);
    assert_ok(search_file_change_write(change, &error), &error);
    assert_error(VULTUS_ERR_BUSY, search_file_open(path, EMBEDDER, probe, &mark, &error), &error,
                 "written to its end");
    for (int64_t f = 0; f < faces; f++) {
        vector_of(f, vector);
        assert_true(f % 501 || person_of(f) == person || file_has(path, vector, 16));
        assert_false(person_of(f) == person && file_has(path, vector, 16));
    }
    assert_false(file_has(path, name, strlen(name) + 1) || file_has(path, fine, fine_size));
    mark = *search_file_change_mark(change);
    mark.edits = 2;
    search_file_change_finish(change, &mark);
    check_file(path, faces, person);
    assert_int_equal(search_state(reader), SEARCH_CHANGED);
    search_free(reader);

    /* unfinished: nothing that is valid */
    assert_ok(search_file_change_begin(path, 0, &change, &error), &error);
    assert_ok(search_file_change_people(change, &person, 1, &error), &error);
    search_file_change_finish(change, NULL);
    assert_error(VULTUS_ERR_BUSY, search_file_open(path, EMBEDDER, probe, &mark, &error), &error,
                 "written to its end");
    assert_error(VULTUS_ERR_NOT_FOUND, search_file_change_begin(path, 0, &change, &error), &error,
                 "written to its end");
    search_free(probe);
}

/* What a change says of people, by rules of which an index in memory is made, too. */
struct saying {
    int64_t person;
    const char *name;
    int64_t faces_of; /* of whom it has the faces */
};

static void say(const char *path, const struct saying *sayings, size_t count, int64_t faces)
{
    struct search_file_change *change = NULL;
    int64_t people[4];
    float vector[512];
    vultus_error error = {0};
    assert_ok(search_file_change_begin(path, 0, &change, &error), &error);
    for (size_t i = 0; i < count; i++)
        people[i] = sayings[i].person;
    assert_ok(search_file_change_people(change, people, count, &error), &error);
    for (size_t i = 0; i < count; i++)
        assert_ok(search_file_change_name(change, people[i], sayings[i].name, &error), &error);
    for (int64_t f = 0; f < faces; f++)
        for (size_t i = 0; i < count; i++) {
            bool there = false;
            if (!sayings[i].name || person_of(f) != sayings[i].faces_of)
                continue;
            assert_ok(search_file_change_face(change, f, people[i], &there, &error), &error);
            vector_of(f, vector);
            if (!there)
                assert_ok(search_add_face(search_file_change_index(change), f, people[i],
                                          (const uint8_t *)vector, &error),
                          &error);
        }
    assert_ok(search_file_change_write(change, &error), &error);
    const struct search_file_mark mark = *search_file_change_mark(change);
    search_file_change_finish(change, &mark);
}

/* Comparing with an index in memory of which all people but two are as ever. */
static void check_said(const char *path, const struct saying *sayings, size_t count, int64_t faces)
{
    struct search *search = open_file(path), *expected = new_search();
    vultus_error error = {0};
    float vector[512];
    char name[48];
    const int64_t last = search->members[search->members_count - 1].id;
    for (int64_t p = 1; p <= last; p++) {
        const char *called = name_of(p, name);
        for (size_t i = 0; i < count; i++)
            called = sayings[i].person == p ? sayings[i].name : called;
        if (called)
            assert_ok(search_add_person(expected, p, called, &error), &error);
    }
    for (int64_t f = 0; f < faces; f++) {
        int64_t owner = person_of(f);
        for (size_t i = 0; i < count; i++)
            if (sayings[i].person == person_of(f))
                owner = -1;
        for (size_t i = 0; i < count; i++)
            if (sayings[i].name && sayings[i].faces_of == person_of(f))
                owner = sayings[i].person;
        vector_of(f, vector);
        if (owner >= 0)
            assert_ok(search_add_face(expected, f, owner, (const uint8_t *)vector, &error), &error);
    }
    same_answers(search, expected);
    search_free(search);
    search_free(expected);
}

static void people_are_said_anew(void **state)
{
    (void)state;
    const int64_t faces = 5003;
    const char *path = fresh_file(), *longer = "somebody with a name that is longer than it was";
    const struct saying steps[][2] = {
        {{5, "Ada", 5}, {6, "person number 6", 6}},                 /* shorter */
        {{5, longer, 5}, {6, "person number 6", 6}},                /* longer */
        {{5, longer, 6}, {6, "person number 6", 5}},                /* faces change hands */
        {{5, NULL, 0}, {6, "person number 6", 6}},                  /* gone */
        {{5, "person number 5", 5}, {6, "person number 6", 6}},     /* and back */
        {{5, "person number 5", 5}, {6, "person number 6", faces}}, /* has no faces */
        {{5, "person number 5", 5}, {6, "person number 6", 6}},
    };
    search_free(make_file(path, faces));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        say(path, steps[i], 2, faces);
        check_said(path, steps[i], 2, faces);
        assert_true(file_has(path, "Ada", 4) == !i);
        assert_true(file_has(path, longer, strlen(longer)) == (i == 1 || i == 2));
        assert_true(file_has(path, "person number 5", 16) == (i >= 4));
    }
}

static void many_erased_are_left_out(void **state)
{
    (void)state;
    const char *path = fresh_file();
    vultus_error error = {0};
    struct search_file_mark mark;
    struct search *expected = new_search();
    search_free(make_file(path, 400));
    for (int64_t person = 1; person <= 60; person++)
        assert_ok(try_erase(path, person, person + 1, &error), &error);
    struct search *search = open_file(path);
    mark = search->map->slot.mark;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_answers_as_memory_does),
        cmocka_unit_test(faces_are_appended),
        cmocka_unit_test(a_full_file_is_made_anew),
        cmocka_unit_test(erased_people_leave_nothing),
        cmocka_unit_test(people_are_said_anew),
        cmocka_unit_test(many_erased_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
