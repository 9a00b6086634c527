/* Galleries with search files while others write, and after they were killed. */
#define _GNU_SOURCE /* memmem */
#include "store_search_support.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

/* One change of a kind of somebody of whom there need not be anything, or what takes it back. */
static bool edit(vultus_gallery *gallery, unsigned i)
{
    char name[48], other[48];
    vultus_error error;
    vultus_status status;
    snprintf(name, sizeof name, "person %u", (i - 1) / 2);
    snprintf(other, sizeof other, i % 2 ? "person %u" : "somebody else, number %u", (i - 4) / 2);
    if (i % 4 == 0)
        status = vultus_gallery_rename(gallery, name, other, &error);
    else if (i % 4 == 1)
        status = vultus_gallery_merge(gallery, name, other, &error);
    else if (i % 4 == 2)
        status = vultus_gallery_move(gallery, 70 + i, name, &error);
    else
        status = vultus_gallery_undo(gallery, NULL, &error);
    return !status || error.code == VULTUS_ERR_NOT_FOUND || error.code == VULTUS_ERR_EXISTS;
}

/* Enrols, deletes, renames, merges, moves and takes back until it is killed. */
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
        if (!edit(gallery, i))
            _exit(1);
    }
}

static bool in_rows(const char *path, uint64_t seed)
{
    float vector[DIMENSION];
    sqlite3 *db;
    sqlite3_stmt *statement;
    fake_embedding(seed, DIMENSION, vector);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT 1 FROM embeddings WHERE vector = ?", -1, &statement, NULL),
        SQLITE_OK);
    sqlite3_bind_blob(statement, 1, vector, sizeof vector, SQLITE_STATIC);
    bool is = sqlite3_step(statement) == SQLITE_ROW;
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return is;
}

static void kills_leave_right_answers(void **state)
{
    (void)state;
    const char *path = filled();
    uint64_t dice = 9;
    for (int i = 0; i < 40; i++) {
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
        vultus_faults faults = {0};
        vultus_error why = {0};
        check(gallery, 20);
        assert_ok(vultus_gallery_check(gallery, NULL, &faults, &why), &why);
        if (faults.found)
            fail_msg("%s", faults.items[0]);
        for (unsigned f = 100; f < 160; f++) /* what is in no row is in no file */
            if (!in_rows(path, f) && file_exists(file_of(path)))
                assert_false(has_face(file_of(path), f));
        vultus_gallery_close(gallery);
        for (unsigned f = 100; f < 400; f += 2) { /* so that the next has something to do */
            char name[48];
            vultus_error error;
            snprintf(name, sizeof name, "person %u", f / 2);
            gallery = open_gallery(path);
            bool gone = vultus_gallery_delete(gallery, name, &error) != VULTUS_OK;
            snprintf(name, sizeof name, "somebody else, number %u", f / 2);
            gone &= vultus_gallery_delete(gallery, name, &error) != VULTUS_OK;
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
