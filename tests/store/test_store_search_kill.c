/* Galleries with search files while others write, and after they were killed. */
#define _GNU_SOURCE /* memmem */
#include "store_search_support.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

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
            char name[32];
            snprintf(name, sizeof name, "person %u", f / 2);
            if (!faces_of(gallery, name) && file_exists(file_of(path)))
                assert_false(has_face(file_of(path), f));
        }
        vultus_gallery_close(gallery);
        for (unsigned f = 100; f < 400; f += 2) { /* so that the next has something to do */
            char name[32];
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
        char name[32];
        snprintf(name, sizeof name, "person %u", i % FACES / 2);
        assert_string_equal(fake_nearest(reader, MODEL, i % FACES), name);
    }
    vultus_gallery_close(reader);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    check_at(path, FACES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kills_leave_right_answers),
        cmocka_unit_test(readers_are_right_beside_writers),
    };
    store_search_file_faces = LEAST;
    if (getenv("VULTUS_TEST_ENCRYPTED"))
        return 77; /* they have no files */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
