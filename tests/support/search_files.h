/* What tests of search files share: faces that are made up by their numbers, in files and in memory. */
#ifndef SEARCH_FILES_H
#define SEARCH_FILES_H

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "gallery/search_map.h"
#include "support.h"

#include <math.h>
#include <stdio.h>

#define EMBEDDER "synthetic@00000001"
enum { SMALL = 16, TOP = 5 };

enum data { SPHERE, TWINS, RAW, DATA_KINDS };

static size_t dimension = SMALL;
static enum data kind = SPHERE;

/* What face `number` is depends on its number only. */
static inline void vector_of(int64_t number, float *x)
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

static inline int64_t person_of(int64_t face)
{
    return face * 7919 % (face + 1) / 2 + 1;
}

static inline const char *name_of(int64_t person, char out[48])
{
    snprintf(out, 48, "person number %lld", (long long)person);
    return out;
}

static inline vultus_status try_fill(struct search *search, int64_t from, int64_t to,
                                     int64_t without, vultus_error *error)
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

static inline void fill(struct search *search, int64_t from, int64_t to, int64_t without)
{
    vultus_error error = {0};
    assert_ok(try_fill(search, from, to, without, &error), &error);
}

static inline struct search *new_search(void)
{
    struct search *search = NULL;
    vultus_error error = {0};
    assert_ok(search_new(dimension, kind == RAW, &search, &error), &error);
    return search;
}

static inline struct search_file_mark mark_of(int64_t faces)
{
    return (struct search_file_mark){.edits = 1, .person = person_of(faces), .face = faces};
}

static inline const char *fresh_file(void)
{
    static unsigned number;
    char name[48];
    snprintf(name, sizeof name, "file-%u", number++);
    return support_join(support_folder(), name);
}

static inline struct search *make_file(const char *path, int64_t faces)
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

static inline struct search *open_file(const char *path)
{
    struct search *search = new_search();
    struct search_file_mark mark;
    vultus_error error = {0};
    assert_ok(search_file_open(path, EMBEDDER, search, &mark, &error), &error);
    return search;
}

static inline struct search *in_memory(int64_t faces, int64_t without)
{
    struct search *search = new_search();
    fill(search, 0, faces, without);
    return search;
}

/* Comparing every face of `expected`, which is in memory. */
static inline void same_answers(struct search *got, struct search *expected)
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

static inline void check(struct search *got, int64_t faces, int64_t without)
{
    struct search *expected = in_memory(faces, without);
    same_answers(got, expected);
    search_free(expected);
}

/* Erases somebody from a file that has this mark from then on. */
static inline vultus_status try_erase(const char *path, int64_t person, int64_t edits,
                                      vultus_error *error)
{
    struct search_file_change *change = NULL;
    struct search_file_mark mark;
    vultus_status status = search_file_change_begin(path, 0, &change, error);
    if (status)
        return status;
    mark = *search_file_change_mark(change);
    mark.edits = edits;
    status = search_file_change_people(change, &person, 1, error);
    if (!status)
        status = search_file_change_name(change, person, NULL, error);
    if (!status)
        status = search_file_change_write(change, error);
    search_file_change_finish(change, status ? NULL : &mark);
    return status;
}

static inline void check_file(const char *path, int64_t faces, int64_t without)
{
    struct search *search = open_file(path);
    check(search, faces, without);
    search_free(search);
}

#endif
