/*
 * What a server does to its clients: it crashes, ends connections, refuses, is slow, and serves others at the
 * same time. What was acknowledged is there, nothing is there by half, and each failure is one line without a password.
 */
#include "base/clock.h"
#include "event_support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MODEL "synthetic@00000001"

static unsigned number;

static const char *fresh(void)
{
    return postgres_gallery(number++);
}

static size_t count_people(vultus_gallery *gallery, size_t *faces)
{
    vultus_people people = {0};
    vultus_error error = {0};
    assert_ok(vultus_gallery_people(gallery, &people, &error), &error);
    size_t count = people.count;
    *faces = 0;
    for (size_t i = 0; i < people.count; i++)
        *faces += people.items[i].faces;
    vultus_people_clear(&people);
    return count;
}

/* ------------------------------------------------------------------ crashes */

/* A gallery that stays open goes on when the server is back. */
static void a_server_that_crashed_is_found_again(void **state)
{
    (void)state;
    size_t faces;
    vultus_gallery *gallery = open_gallery(fresh());
    for (uint64_t seed = 0; seed < 5; seed++)
        enroll(gallery, "Ada", seed, MODEL);
    assert_string_equal(fake_nearest(gallery, MODEL, 1), "Ada");
    postgres_stop();
    postgres_start();
    assert_string_equal(fake_nearest(gallery, MODEL, 1), "Ada");
    enroll(gallery, "Grace", 7, MODEL);
    assert_string_equal(fake_nearest(gallery, MODEL, 7), "Grace");
    assert_int_equal(count_people(gallery, &faces), 2);
    assert_int_equal(faces, 6);
    assert_whole(gallery);
    vultus_gallery_close(gallery);
}

struct writer {
    const char *location;
    uint64_t first;
    atomic_uint acknowledged;
    atomic_bool stop;
    char message[256];
};

/* Imports batches of ten until it is stopped or fails. */
static void *write_on(void *context)
{
    struct writer *writer = context;
    vultus_error error = {0};
    vultus_gallery *gallery = NULL;
    if (vultus_gallery_open(writer->location, NULL, &gallery, &error))
        return NULL;
    while (!writer->stop) {
        vultus_face_record records[10];
        const char *names[10];
        float vectors[10][DIMENSION];
        char name[10][32];
        for (unsigned i = 0; i < 10; i++) {
            uint64_t seed = writer->first + 10 * writer->acknowledged + i;
            records[i] = (vultus_face_record){.embedder = (char *)MODEL,
                                              .embedding = vectors[i],
                                              .dimension = DIMENSION,
                                              .face.score = 1};
            fake_embedding(seed, DIMENSION, vectors[i]);
            memcpy(records[i].picture, &seed, sizeof seed);
            snprintf(name[i], sizeof name[i], "person %llu", (unsigned long long)seed);
            names[i] = name[i];
        }
        if (vultus_gallery_import(gallery, names, records, 10, NULL, &error)) {
            snprintf(writer->message, sizeof writer->message, "%s", error.message);
            break;
        }
        vultus_event_record events[2] = {
            fake_event(writer->acknowledged, 1, VULTUS_EVENT_APPEARED, NULL),
            fake_event(writer->acknowledged, 1, VULTUS_EVENT_IDENTIFIED, name[0])};
        if (vultus_gallery_add_events(gallery, events, 2, NULL, &error)) {
            snprintf(writer->message, sizeof writer->message, "%s", error.message);
            break;
        }
        writer->acknowledged++;
    }
    vultus_gallery_close(gallery);
    return NULL;
}

static void pause_ms(long ms)
{
    const struct timespec pause = {.tv_nsec = ms * 1000000};
    nanosleep(&pause, NULL);
}

static void start_writing(struct writer *writer, pthread_t *thread, const char *location)
{
    vultus_gallery_close(open_gallery(location));
    *writer = (struct writer){.location = location};
    assert_int_equal(pthread_create(thread, NULL, write_on, writer), 0);
}

/* Two events for each batch, once and in order. */
static void check_events(vultus_gallery *gallery, size_t batches)
{
    vultus_event_query query = {.most = VULTUS_EVENT_BATCH_MAX};
    size_t sum = 0;
    for (size_t count = 1; count; sum += count) {
        vultus_event_records page = {0};
        vultus_error error = {0};
        assert_ok(vultus_gallery_events(gallery, &query, &page, &error), &error);
        for (size_t i = 0; i < page.count; i++) {
            assert_int_equal(page.items[i].track, (sum + i) / 2);
            query.after = page.items[i].id;
        }
        count = page.count;
        vultus_event_records_clear(&page);
    }
    assert_int_equal(sum, 2 * batches);
}

/* Each batch that was acknowledged is there in whole and once, and nothing else is. */
static void end_writing(struct writer *writer, pthread_t thread)
{
    size_t faces;
    for (int i = 0; i < 1200 && !writer->acknowledged; i++) /* machines may be busy */
        pause_ms(50);
    writer->stop = true;
    pthread_join(thread, NULL);
    if (writer->message[0])
        fail_msg("%s", writer->message);
    vultus_gallery *gallery = open_gallery(writer->location);
    assert_true(writer->acknowledged > 0);
    assert_int_equal(count_people(gallery, &faces), 10 * writer->acknowledged);
    assert_int_equal(faces, 10 * writer->acknowledged);
    check_events(gallery, writer->acknowledged);
    assert_whole(gallery);
    vultus_gallery_close(gallery);
}

/* The server dies while a writer writes, several times: its batches go on. */
static void what_was_acknowledged_is_there(void **state)
{
    (void)state;
    static char location[320];
    struct writer writer;
    pthread_t thread;
    snprintf(location, sizeof location, "%s", fresh());
    start_writing(&writer, &thread, location);
    for (int i = 0; i < 4; i++) {
        pause_ms(150 + 37 * i);
        postgres_stop();
        postgres_start();
    }
    end_writing(&writer, thread);
}

static void connections_that_are_ended_are_made_again(void **state)
{
    (void)state;
    static char location[320];
    struct writer writer;
    pthread_t thread;
    snprintf(location, sizeof location, "%s", fresh());
    start_writing(&writer, &thread, location);
    for (int i = 0; i < 10; i++) {
        pause_ms(40 + 7 * i);
        postgres_execute(location, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                                   "pid <> pg_backend_pid() AND backend_type = 'client backend'");
    }
    end_writing(&writer, thread);
}

static void a_server_that_stays_away_is_one_line(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_people people = {0};
    vultus_gallery *gallery = open_gallery(fresh());
    postgres_stop();
    uint64_t start = clock_ns();
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_people(gallery, &people, &error), &error,
                 "cannot be reached");
    assert_true(clock_ns() - start > 5000000000u); /* it was waited for */
    assert_null(strchr(error.message, '\n'));
    postgres_start();
    assert_ok(vultus_gallery_people(gallery, &people, &error), &error);
    vultus_people_clear(&people);
    vultus_gallery_close(gallery);
}

/* ------------------------------------------------------------------ several at once */

static void writers_take_turns_and_see_each_other(void **state)
{
    (void)state;
    static char location[320];
    static struct writer writers[3];
    pthread_t threads[3];
    size_t faces, batches = 0;
    snprintf(location, sizeof location, "%s", fresh());
    for (unsigned i = 0; i < 3; i++) { /* who makes the tables is decided by a lock, too */
        writers[i] = (struct writer){.location = location, .first = 1000000 * i};
        assert_int_equal(pthread_create(&threads[i], NULL, write_on, &writers[i]), 0);
    }
    for (int i = 0; i < 400; i++) {
        pause_ms(50);
        if (i > 10 && writers[0].acknowledged && writers[1].acknowledged && writers[2].acknowledged)
            break;
    }
    for (unsigned i = 0; i < 3; i++) {
        writers[i].stop = true;
        pthread_join(threads[i], NULL);
        if (writers[i].message[0])
            fail_msg("%s", writers[i].message);
        assert_true(writers[i].acknowledged > 0);
        batches += writers[i].acknowledged;
    }
    vultus_gallery *gallery = open_gallery(location), *other = open_gallery(location);
    assert_int_equal(count_people(gallery, &faces), 10 * batches);
    assert_int_equal(faces, 10 * batches);
    assert_whole(gallery);
    assert_string_equal(fake_nearest(other, MODEL, 1000001), "person 1000001");
    enroll(gallery, "Ada", 77777, MODEL);
    assert_string_equal(fake_nearest(other, MODEL, 77777), "Ada");
    vultus_error error = {0};
    assert_ok(vultus_gallery_delete(gallery, "Ada", &error), &error);
    assert_string_equal(fake_nearest(other, MODEL, 77777), "unknown");
    vultus_gallery_close(gallery);
    vultus_gallery_close(other);
}

/* A trigger that fails as a server does that could not put transactions in an order: twice, then never. */
static void what_could_not_be_ordered_is_run_again(void **state)
{
    (void)state;
    static char location[320];
    vultus_error error = {0};
    snprintf(location, sizeof location, "%s", fresh());
    vultus_gallery *gallery = open_gallery(location);
    enroll(gallery, "Ada", 1, MODEL);
    postgres_execute(
        location, "CREATE SEQUENCE tries; CREATE FUNCTION fail() RETURNS trigger LANGUAGE "
                  "plpgsql AS $$ DECLARE n bigint := nextval('tries'); BEGIN IF n = 1 THEN RAISE "
                  "EXCEPTION USING ERRCODE = '40001'; ELSIF n = 2 THEN RAISE EXCEPTION USING "
                  "ERRCODE = '40P01'; END IF; RETURN NEW; END $$; CREATE TRIGGER fail BEFORE "
                  "INSERT ON faces FOR EACH ROW EXECUTE FUNCTION fail()");
    enroll(gallery, "Grace", 2, MODEL);
    assert_int_equal(faces_of(gallery, "Grace"), 1);
    postgres_execute(location, "CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql "
                               "AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$");
    assert_error(VULTUS_ERR_BUSY,
                 vultus_gallery_enroll(gallery, "Emmy", NULL, fake_sample(3, MODEL, DIMENSION),
                                       NULL, &error),
                 &error, "keep changing");
    assert_int_equal(faces_of(gallery, "Emmy"), 0);
    vultus_gallery_close(gallery);
}

/* ------------------------------------------------------------------ refusals */

static void statements_have_a_limit(void **state)
{
    (void)state;
    static char location[320];
    vultus_error error = {0};
    const char *place = fresh();
    snprintf(location, sizeof location, "%s&timeout=1", place);
    vultus_gallery *gallery = open_gallery(location);
    postgres_execute(place, "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                            "PERFORM pg_sleep(10); RETURN NEW; END $$; CREATE TRIGGER wait BEFORE "
                            "INSERT ON people FOR EACH ROW EXECUTE FUNCTION wait()");
    assert_error(
        VULTUS_ERR_DATABASE,
        vultus_gallery_enroll(gallery, "Ada", NULL, fake_sample(1, MODEL, DIMENSION), NULL, &error),
        &error, "took too long");
    assert_int_equal(faces_of(gallery, "Ada"), 0);
    vultus_gallery_close(gallery);
}

static void assert_refused(const char *location, const char *text)
{
    vultus_error error = {0};
    vultus_gallery *gallery = NULL;
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_open(location, NULL, &gallery, &error), &error,
                 text);
    assert_null(gallery);
    assert_null(strchr(error.message, '\n'));
    assert_null(strstr(error.message, "s3cret"));
}

static void what_cannot_be_opened_is_one_line(void **state)
{
    (void)state;
    char location[400], folder[200];
    const char *address = postgres_address(), *host = strstr(address, "host=");
    snprintf(folder, sizeof folder, "%.*s", (int)strcspn(host, "&"), host);
    static const char *const made[] = {"CREATE ROLE guarded LOGIN PASSWORD 'right'",
                                       "CREATE ROLE poor LOGIN", "CREATE DATABASE bare",
                                       "CREATE DATABASE old"};
    for (size_t i = 0; i < 4; i++)
        postgres_execute(address, made[i]);
    snprintf(location, sizeof location, "postgresql://guarded:s3cret@/postgres?%s", folder);
    assert_refused(location, "password authentication failed for user \"guarded\"");
    snprintf(location, sizeof location, "postgresql://nobody:s3cret@/postgres?%s", folder);
    assert_refused(location, "role \"nobody\" does not exist");
    snprintf(location, sizeof location, "postgresql://vultus@/nosuch?%s", folder);
    assert_refused(location, "database \"nosuch\" does not exist");
    assert_refused("postgresql://u:s3cret@127.0.0.1:1/faces", "cannot be reached");
    assert_refused("postgresql://u:s3cret@/faces?host=/nowhere", "cannot be reached");
    snprintf(location, sizeof location, "postgresql://poor@/bare?%s", folder);
    assert_refused(location, "may not add pgvector");
    vultus_gallery_close(open_gallery(fresh())); /* the extension is there now */
    snprintf(location, sizeof location, "%s&gallery=theirs", address);
    postgres_execute(address, "CREATE SCHEMA vultus_theirs; CREATE TABLE vultus_theirs.a (b int)");
    assert_refused(location, "tables that are not a gallery's");
    snprintf(location, sizeof location, "postgresql://poor@/postgres?%s&gallery=new", folder);
    assert_refused(location, "may not do that");
    snprintf(location, sizeof location, "%s&gallery=later", address);
    vultus_gallery_close(open_gallery(location));
    postgres_execute(location, "UPDATE state SET version = 99");
    assert_refused(location, "made by a newer vultus");
    snprintf(location, sizeof location, "postgresql://vultus@/old?%s", folder);
    vultus_gallery_close(open_gallery(location));
    postgres_execute(location,
                     "UPDATE pg_extension SET extversion = '0.4.4' WHERE extname = 'vector'");
    assert_refused(location, "pgvector 0.4, too old");
}

/* Who names a key counts on being encrypted. */
static void keys_are_refused(void **state)
{
    (void)state;
    vultus_error error = {0};
    vultus_gallery *gallery = NULL;
    vultus_gallery_options options = {.key_file = "/nowhere/key"};
    const char *location = fresh();
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_open(location, &options, &gallery, &error),
                 &error, "does not encrypt PostgreSQL");
    assert_null(gallery);
}

static void readers_write_nothing(void **state)
{
    (void)state;
    static char location[320];
    vultus_error error = {0};
    vultus_gallery *gallery = NULL;
    const vultus_gallery_options read_only = {.read_only = true};
    snprintf(location, sizeof location, "%s", fresh());
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_open(location, &read_only, &gallery, &error),
                 &error, "there is no gallery");
    gallery = open_gallery(location);
    enroll(gallery, "Ada", 1, MODEL);
    vultus_gallery_close(gallery);
    assert_ok(vultus_gallery_open(location, &read_only, &gallery, &error), &error);
    assert_string_equal(fake_nearest(gallery, MODEL, 1), "Ada");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_delete(gallery, "Ada", &error), &error,
                 "read only");
    vultus_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_crashed_is_found_again),
        cmocka_unit_test(what_was_acknowledged_is_there),
        cmocka_unit_test(connections_that_are_ended_are_made_again),
        cmocka_unit_test(a_server_that_stays_away_is_one_line),
        cmocka_unit_test(writers_take_turns_and_see_each_other),
        cmocka_unit_test(what_could_not_be_ordered_is_run_again),
        cmocka_unit_test(statements_have_a_limit),
        cmocka_unit_test(what_cannot_be_opened_is_one_line),
        cmocka_unit_test(keys_are_refused),
        cmocka_unit_test(readers_write_nothing),
    };
    postgres_address();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
