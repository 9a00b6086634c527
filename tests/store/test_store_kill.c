/*
 * A process that enrols, renames, merges, undoes and records events is killed at random moments, a hundred times, or as often as
 * --runs N says. After each the gallery opens, is whole, and has every face and every event that had been reported.
 */
#define _GNU_SOURCE
#include "event_support.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MODEL "synthetic@00000001"

static unsigned rounds = 100;

static void name_of(uint64_t seed, char out[32])
{
    snprintf(out, 32, "person %llu", (unsigned long long)(seed % 37));
}

/* Enrols pictures from `seed` on, renaming and erasing people of its own now and then, until
 * killed. */
static void enrol_for_ever(const char *path, uint64_t seed, int report)
{
    vultus_gallery *gallery = NULL;
    char name[32];
    if (vultus_gallery_open(path, NULL, &gallery, NULL))
        _exit(2);
    vultus_status left_over = vultus_gallery_delete(gallery, "leaving", NULL);
    if (left_over && left_over != VULTUS_ERR_NOT_FOUND)
        _exit(6);
    for (;; seed++) {
        name_of(seed, name);
        if (vultus_gallery_enroll(gallery, name, NULL, fake_sample(seed, MODEL, DIMENSION), NULL,
                                  NULL))
            _exit(3);
        vultus_event_record event = fake_event(seed, seed, VULTUS_EVENT_IDENTIFIED, name);
        if (vultus_gallery_add_events(gallery, &event, 1, NULL, NULL))
            _exit(7);
        if (write(report, &seed, sizeof seed) != sizeof seed)
            _exit(4);
        if (seed % 5 == 0) { /* a picture that comes and goes */
            uint64_t other = seed + 1000000000;
            if (vultus_gallery_enroll(gallery, "guest", NULL, fake_sample(other, MODEL, DIMENSION),
                                      NULL, NULL) ||
                vultus_gallery_rename(gallery, "guest", "leaving", NULL) ||
                vultus_gallery_set_fact(gallery, "leaving", VULTUS_FACT_TAG, "vip", "", NULL) ||
                vultus_gallery_undo(gallery, NULL, NULL) ||
                vultus_gallery_delete(gallery, "leaving", NULL))
                _exit(5);
        }
    }
}

static void check_integrity(const char *path)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    static const char *const checks[] = {"PRAGMA integrity_check", "PRAGMA foreign_key_check"};
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sqlite3_prepare_v2(db, checks[i], -1, &statement, NULL), SQLITE_OK);
        int code = sqlite3_step(statement);
        if (i == 0)
            assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
        else
            assert_int_equal(code, SQLITE_DONE);
        sqlite3_finalize(statement);
    }
    sqlite3_close(db);
}

/* The event of this number is among those behind *after, which moves on to it. */
static bool has_event(vultus_gallery *gallery, uint64_t number, int64_t *after)
{
    const vultus_event_query query = {.after = *after, .most = 4};
    vultus_event_records records = {0};
    vultus_error error = {0};
    bool found = false;
    assert_ok(vultus_gallery_events(gallery, &query, &records, &error), &error);
    for (size_t i = 0; i < records.count && !found; i++) {
        found = records.items[i].track == number && records.items[i].picture_size == 300;
        *after = records.items[i].id;
    }
    vultus_event_records_clear(&records);
    return found;
}

static void nothing_reported_is_lost(void **state)
{
    (void)state;
    const char *path = fresh_path();
    uint64_t next = 1, random = 11, reported = 0, most = 60000000; /* ns */
    int64_t event = 0;
    vultus_error error = {0};
    for (unsigned round = 0; round < rounds; round++) {
        int ends[2], result;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (!child) {
            close(ends[0]);
            enrol_for_ever(path, next, ends[1]);
        }
        close(ends[1]);
        /* The first rounds while the file is still being made. */
        struct timespec pause = {0, (long)(next_random(&random) % (round < 10 ? 4000000 : most))};
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &result, 0), child);
        if (!WIFSIGNALED(result))
            fail_msg("round %u: the child ended by itself: %d", round, WEXITSTATUS(result));

        uint64_t seed, last = next - 1;
        while (read(ends[0], &seed, sizeof seed) == sizeof seed)
            last = seed;
        close(ends[0]);
        if (round >= 10 && last == next - 1 && most < 500000000)
            most *= 2; /* a slow machine, or a sanitizer: nothing was done in that time */
        vultus_gallery *gallery = open_gallery(path);
        if (postgres_wanted())
            assert_whole(gallery); /* its pages are the server's */
        else
            check_integrity(path);
        for (seed = next; seed <= last; seed++, reported++) {
            char name[32];
            vultus_enrolled out;
            name_of(seed, name);
            assert_ok(vultus_gallery_enroll(gallery, name, NULL,
                                            fake_sample(seed, MODEL, DIMENSION), &out, &error),
                      &error);
            if (!out.duplicate || strcmp(out.name, name) || !has_event(gallery, seed, &event))
                fail_msg("round %u: picture %llu, or its event, was reported and is lost", round,
                         (unsigned long long)seed);
        }
        vultus_gallery_close(gallery);
        next = last + 2; /* the one after the last may or may not be there */
    }
    print_message("%llu enrolments were reported, all are there\n", (unsigned long long)reported);
    assert_true(reported > 0); /* how many depends on the speed of the disk */

    vultus_gallery *gallery = open_gallery(path);
    vultus_people people;
    size_t faces = 0;
    assert_ok(vultus_gallery_people(gallery, &people, &error), &error);
    for (size_t i = 0; i < people.count; i++)
        faces += people.items[i].faces;
    assert_true(faces >= reported);
    vultus_people_clear(&people);
    vultus_gallery_close(gallery);
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--runs"))
        rounds = (unsigned)strtoul(argv[2], NULL, 10);
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_reported_is_lost)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
