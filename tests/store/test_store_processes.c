/* Several processes and threads at one gallery: nothing is lost, and what one writes another finds.
 */
#define _GNU_SOURCE
#include "base/clock.h"
#include "store_support.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#define MODEL "synthetic@00000001"

static size_t count_faces(vultus_gallery *gallery)
{
    vultus_error error = {0};
    vultus_people people;
    size_t faces = 0;
    assert_ok(vultus_gallery_people(gallery, &people, &error), &error);
    for (size_t i = 0; i < people.count; i++)
        faces += people.items[i].faces;
    vultus_people_clear(&people);
    return faces;
}

static int wait_for(pid_t child)
{
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    return WIFEXITED(result) ? WEXITSTATUS(result) : 100;
}

static pid_t start(int (*action)(const char *path, unsigned number), const char *path,
                   unsigned number)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child)
        _exit(action(path, number));
    return child;
}

static int write_some(const char *path, unsigned number)
{
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    char name[32];
    if (vultus_gallery_open(path, NULL, &gallery, &error))
        return fprintf(stderr, "writer %u: %s\n", number, error.message), 1;
    snprintf(name, sizeof name, "writer %u", number);
    for (unsigned i = 0; i < 40; i++) {
        vultus_status status = vultus_gallery_enroll(
            gallery, name, NULL, fake_sample(1000 * number + i, MODEL, DIMENSION), NULL, &error);
        if (status)
            return fprintf(stderr, "writer %u: %s\n", number, error.message), 2;
    }
    vultus_gallery_close(gallery);
    return 0;
}

static void many_writers_make_one_gallery(void **state)
{
    (void)state;
    const char *path = fresh_path();
    pid_t children[4];
    for (unsigned i = 0; i < 4; i++) /* all of them find no file and make it */
        children[i] = start(write_some, path, i);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(wait_for(children[i]), 0);
    vultus_gallery *gallery = open_gallery(path);
    assert_int_equal(count_faces(gallery), 160);
    vultus_gallery_close(gallery);
}

static void two_processes_can_open_at_once(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 10; round++) {
        const char *path = fresh_path();
        pid_t children[4];
        for (unsigned i = 0; i < 4; i++)
            children[i] = start(write_some, path, i % 2); /* and both enrol the same pictures */
        for (unsigned i = 0; i < 4; i++)
            assert_int_equal(wait_for(children[i]), 0);
        vultus_gallery *gallery = open_gallery(path);
        assert_int_equal(count_faces(gallery), 80);
        vultus_gallery_close(gallery);
    }
}

/* Identifies until picture 39 of writer 7 is known; every answer on the way must make sense. */
static int read_until_known(const char *path, unsigned number)
{
    struct fake_engine fake;
    const vultus_engine *engine = fake_engine(&fake, MODEL, DIMENSION, 0.9f);
    vultus_gallery *gallery = NULL;
    vultus_gallery_options options = {.read_only = number != 0};
    vultus_error error = {0};
    vultus_identity who;
    float probe[DIMENSION];
    if (vultus_gallery_open(path, &options, &gallery, &error))
        return fprintf(stderr, "reader: %s\n", error.message), 1;
    fake_embedding(7039, DIMENSION, probe);
    for (uint64_t end = clock_ns() + 20000000000u; clock_ns() < end;) {
        if (vultus_gallery_identify(gallery, engine, probe, NULL, &who, &error))
            return fprintf(stderr, "reader: %s\n", error.message), 2;
        if (!who.match)
            continue;
        bool right = !strcmp(who.best.name, "writer 7") && who.best.cosine > 0.999f;
        vultus_gallery_close(gallery);
        return right ? 0 : 3;
    }
    return 4;
}

static void readers_see_what_is_written(void **state)
{
    (void)state;
    const char *path = fresh_path();
    vultus_gallery_close(open_gallery(path));
    pid_t reader = start(read_until_known, path, 0), other = start(read_until_known, path, 1);
    pid_t writer = start(write_some, path, 7);
    assert_int_equal(wait_for(writer), 0);
    assert_int_equal(wait_for(reader), 0);
    assert_int_equal(wait_for(other), 0);
}

/* An index kept by additions, edits and reloads gives the same answers as a new one. */
static void an_index_stays_true(void **state)
{
    (void)state;
    struct fake_engine fake;
    const vultus_engine *engine = fake_engine(&fake, MODEL, DIMENSION, 0.9f);
    const char *path = fresh_path();
    vultus_gallery *kept = open_gallery(path), *other = open_gallery(path);
    vultus_error error = {0};
    uint64_t random = 3;
    for (unsigned step = 0; step < 300; step++) {
        vultus_gallery *writer = next_random(&random) % 2 ? kept : other;
        char name[32], second[32];
        snprintf(name, sizeof name, "person %u", (unsigned)(next_random(&random) % 20));
        snprintf(second, sizeof second, "person %u", (unsigned)(next_random(&random) % 20));
        vultus_status ignored = VULTUS_OK;
        switch (next_random(&random) % 8) {
        case 0: ignored = vultus_gallery_delete(writer, name, &error); break;
        case 1: ignored = vultus_gallery_rename(writer, name, second, &error); break;
        case 2: ignored = vultus_gallery_merge(writer, name, second, &error); break;
        default: enroll(writer, name, step, MODEL); break;
        }
        (void)ignored;
        vultus_gallery *fresh = open_gallery(path);
        vultus_match a[VULTUS_TOP_MAX], b[VULTUS_TOP_MAX];
        size_t a_count = 0, b_count = 0;
        float probe[DIMENSION];
        fake_embedding(step / 2, DIMENSION, probe);
        memset(a, 0, sizeof a);
        memset(b, 0, sizeof b);
        assert_ok(
            vultus_gallery_rank(kept, engine, probe, NULL, a, VULTUS_TOP_MAX, &a_count, &error),
            &error);
        assert_ok(
            vultus_gallery_rank(fresh, engine, probe, NULL, b, VULTUS_TOP_MAX, &b_count, &error),
            &error);
        assert_int_equal(a_count, b_count);
        assert_memory_equal(a, b, sizeof a);
        vultus_gallery_close(fresh);
    }
    vultus_gallery_close(other);
    vultus_gallery_close(kept);
}

static void *write_in_thread(void *path)
{
    vultus_gallery *gallery = NULL;
    struct fake_engine fake;
    vultus_identity who;
    float probe[DIMENSION];
    static _Atomic unsigned number;
    unsigned own = number++;
    struct vultus_sample sample = {
        .verdict = VULTUS_SAMPLE_OK, .embedding = probe, .dimension = DIMENSION, .embedder = MODEL};
    char name[32];
    snprintf(name, sizeof name, "thread %u", own);
    if (vultus_gallery_open(path, NULL, &gallery, NULL))
        return path;
    for (unsigned i = 0; i < 20; i++) {
        sample.picture[0] = (uint8_t)own;
        sample.picture[1] = (uint8_t)i;
        fake_embedding(100 * own + i, DIMENSION, probe);
        if (vultus_gallery_enroll(gallery, name, NULL, &sample, NULL, NULL) ||
            vultus_gallery_identify(gallery, fake_engine(&fake, MODEL, DIMENSION, 0.9f), probe,
                                    NULL, &who, NULL) ||
            strcmp(who.best.name, name))
            return path;
    }
    vultus_gallery_close(gallery);
    return NULL;
}

static void galleries_of_threads_are_independent(void **state)
{
    (void)state;
    char *path = mem_string(fresh_path());
    pthread_t threads[4];
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pthread_create(threads + i, NULL, write_in_thread, path), 0);
    for (unsigned i = 0; i < 4; i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    vultus_gallery *gallery = open_gallery(path);
    assert_int_equal(count_faces(gallery), 80);
    vultus_gallery_close(gallery);
    mem_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_writers_make_one_gallery),
        cmocka_unit_test(two_processes_can_open_at_once),
        cmocka_unit_test(readers_see_what_is_written),
        cmocka_unit_test(an_index_stays_true),
        cmocka_unit_test(galleries_of_threads_are_independent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
