/*
 * Versions of the schema in PostgreSQL: a gallery of the first one, kept as a fixture; steps to later ones, which one process takes
 * while others wait; and what is refused, in one line.
 */
#include "gallery/store_postgres_sql.h"
#include "store_support.h"

#include <sys/wait.h>
#include <unistd.h>

#define MODEL "synthetic@00000001"
#define PROCESSES 4

static unsigned number = 100;

/* A gallery of version 1. */
static const char *old_gallery(void)
{
    static char sql[1 << 15], make[64];
    const char *location = postgres_gallery(number);
    snprintf(make, sizeof make, "CREATE SCHEMA vultus_g%u", number++);
    postgres_execute(postgres_address(), make);
    sql[slurp(support_source("tests/store/postgres_v1.sql"), sql, sizeof sql - 1)] = '\0';
    postgres_execute(location, sql);
    return location;
}

static void assert_refused(const char *location, bool read_only, const char *text)
{
    vultus_error error = {0};
    vultus_gallery *gallery = NULL;
    const vultus_gallery_options options = {.read_only = read_only};
    assert_error(VULTUS_ERR_DATABASE, vultus_gallery_open(location, &options, &gallery, &error),
                 &error, text);
    assert_null(gallery);
    assert_null(strchr(error.message, '\n'));
}

static unsigned version_of(vultus_gallery *gallery)
{
    vultus_gallery_stats stats;
    vultus_error error = {0};
    assert_ok(vultus_gallery_statistics(gallery, &stats, &error), &error);
    unsigned version = stats.schema;
    vultus_gallery_stats_clear(&stats);
    return version;
}

/* What the fixture has, and no faults. */
static void assert_as_it_was(vultus_gallery *gallery)
{
    vultus_error error = {0};
    vultus_facts facts = {0};
    assert_int_equal(faces_of(gallery, "Ada Lovelace"), 2);
    assert_int_equal(faces_of(gallery, "Zo\xC3\xAB"), 1);
    assert_ok(vultus_gallery_facts(gallery, "Ada Lovelace", &facts, &error), &error);
    assert_int_equal(facts.count, 2);
    assert_string_equal(facts.items[0].key, "board");
    vultus_facts_clear(&facts);
    assert_string_equal(fake_nearest(gallery, MODEL, 1), "Ada Lovelace");
    assert_string_equal(fake_nearest(gallery, MODEL, 3), "Grace");
    assert_whole(gallery);
}

static void a_gallery_of_version_1_is_opened(void **state)
{
    (void)state;
    const char *location = old_gallery();
    const vultus_gallery_options read_only = {.read_only = true};
    vultus_error error = {0};
    vultus_gallery *gallery = NULL;
    char action[32];
    if (store_postgres_version == 1) {
        assert_ok(vultus_gallery_open(location, &read_only, &gallery, &error), &error);
        assert_as_it_was(gallery);
        vultus_gallery_close(gallery);
    }
    gallery = open_gallery(location);
    assert_as_it_was(gallery);
    assert_int_equal(version_of(gallery), store_postgres_version);
    assert_ok(vultus_gallery_undo(gallery, action, &error), &error);
    assert_string_equal(action, "rename");
    enroll(gallery, "Ada", 9, MODEL);
    assert_int_equal(faces_of(gallery, "Ada"), 3);
    assert_string_equal(fake_nearest(gallery, MODEL, 9), "Ada");
    vultus_gallery_close(gallery);
}

/* ------------------------------------------------------------------ later versions */

static const char *const second[] = {"CREATE TABLE later (a bigint NOT NULL);",
                                     "INSERT INTO later SELECT count(*) FROM people;", NULL};
static const char *const broken[] = {"CREATE TABLE half (a bigint NOT NULL);", "NONSENSE;", NULL};

/* A vultus that knows one step more than there is. */
static const char *const *const *released;
static const char *const *known[16];
static int released_version;

static void learn(const char *const *step)
{
    for (int i = 0; i < released_version; i++)
        known[i] = released[i];
    known[released_version] = step;
    store_postgres_steps = known;
    store_postgres_version = released_version + 1;
}

static int forget(void **state)
{
    (void)state;
    store_postgres_steps = released;
    store_postgres_version = released_version;
    return 0;
}

/* All at once: who comes second waits, and finds it done; the step would fail if it were taken twice. */
static void one_process_takes_a_step(void **state)
{
    (void)state;
    const char *location = old_gallery();
    pid_t children[PROCESSES];
    learn(second);
    assert_refused(location, true, "must be brought to");
    for (unsigned i = 0; i < PROCESSES; i++)
        if (!(children[i] = fork())) {
            vultus_error error = {0};
            vultus_gallery *gallery = NULL;
            bool good = !vultus_gallery_open(location, NULL, &gallery, &error) &&
                        !vultus_gallery_enroll(gallery, "Ada Lovelace", NULL,
                                               fake_sample(50 + i, MODEL, DIMENSION), NULL, &error);
            if (!good)
                fprintf(stderr, "%s\n", error.message);
            _exit(!good);
        }
    for (unsigned i = 0; i < PROCESSES; i++) {
        int how = 1;
        waitpid(children[i], &how, 0);
        assert_int_equal(how, 0);
    }
    vultus_gallery *gallery = open_gallery(location);
    assert_int_equal(faces_of(gallery, "Ada Lovelace"), 2 + PROCESSES);
    assert_int_equal(version_of(gallery), store_postgres_version);
    vultus_gallery_close(gallery);
    postgres_execute(location,
                     "DO $$ BEGIN ASSERT (SELECT count(*) = 1 AND min(a) = 3 FROM later); "
                     "END $$");
    forget(NULL);
    assert_refused(location, false, "made by a newer vultus");
    assert_refused(location, true, "made by a newer vultus");
}

/* The same in a database in which nobody has made anything yet. */
static void one_process_makes_the_tables(void **state)
{
    (void)state;
    char location[400];
    pid_t children[PROCESSES];
    const char *folder = strstr(postgres_address(), "host=");
    postgres_execute(postgres_address(),
                     "CREATE DATABASE empty"); /* pgvector is not there, either */
    snprintf(location, sizeof location, "postgresql://vultus@/empty?%s", folder);
    for (unsigned i = 0; i < PROCESSES; i++)
        if (!(children[i] = fork())) {
            vultus_gallery *gallery = NULL;
            vultus_error error = {0};
            _exit(vultus_gallery_open(location, NULL, &gallery, &error) ||
                  vultus_gallery_enroll(gallery, "Ada", NULL, fake_sample(i, MODEL, DIMENSION),
                                        NULL, &error));
        }
    for (unsigned i = 0; i < PROCESSES; i++) {
        int how = 1;
        waitpid(children[i], &how, 0);
        assert_int_equal(how, 0);
    }
    vultus_gallery *gallery = open_gallery(location);
    assert_int_equal(faces_of(gallery, "Ada"), PROCESSES);
    vultus_gallery_close(gallery);
}

static void a_step_that_fails_leaves_nothing(void **state)
{
    (void)state;
    const char *location = old_gallery();
    learn(broken);
    assert_refused(location, false, "NONSENSE");
    forget(NULL);
    vultus_gallery *gallery = open_gallery(location);
    assert_as_it_was(gallery);
    vultus_gallery_close(gallery);
    postgres_execute(location, "CREATE TABLE half (a int)"); /* it is not there */
}

static void other_tables_are_refused(void **state)
{
    (void)state;
    const char *location = old_gallery();
    postgres_execute(location, "UPDATE state SET version = 0");
    assert_refused(location, false, "tables that are not a gallery's");
    postgres_execute(location, "UPDATE state SET version = -7");
    assert_refused(location, true, "tables that are not a gallery's");
}

static const char *beside(const char *location, const char *suffix)
{
    static char out[4096];
    vultus_error error = {0};
    assert_ok(vultus_gallery_beside(location, suffix, out, sizeof out, &error), &error);
    return out;
}

/* "_a,_b": the galleries beside one, by their names. */
static const char *besides(vultus_gallery *gallery, const char *suffix, uint64_t *last)
{
    static char line[200];
    size_t at = 0;
    vultus_besides found = {0};
    vultus_error error = {0};
    line[0] = '\0';
    assert_ok(vultus_gallery_besides(gallery, suffix, &found, &error), &error);
    for (size_t i = 0; i < found.count; i++) {
        at += (size_t)snprintf(line + at, sizeof line - at, "%s%s", i ? "," : "",
                               found.items[i].suffix);
        *last = found.items[i].id;
    }
    vultus_besides_clear(&found);
    return line;
}

static void galleries_belong_to_another(void **state)
{
    static const char *const bad[] = {"-a", "_A", "_abcdefghijklmnopqrstuvwxyz0123456789abcd",
                                      "&x"};
    const char *location = postgres_gallery(number++);
    char out[4096];
    uint64_t before = 0, after = 0;
    vultus_error error = {0};
    (void)state;
    vultus_gallery *gallery = open_gallery(location);
    assert_string_equal(besides(gallery, "_g_", &before), "");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_error(VULTUS_ERR_ARGUMENT,
                     vultus_gallery_beside(location, bad[i], out, sizeof out, &error), &error,
                     "no gallery of a database can be called so");
    assert_error(VULTUS_ERR_LIMIT, vultus_gallery_beside(location, "_g_a", out, 10, &error), &error,
                 "too long");
    vultus_gallery_close(open_gallery(beside(location, "_g_a")));
    vultus_gallery_close(open_gallery(beside(location, "_g_ab")));
    vultus_gallery_close(open_gallery(beside(location, "_u")));
    assert_string_equal(besides(gallery, "_g_", &before), "_g_a,_g_ab");
    assert_string_equal(besides(gallery, "_u", &before), "_u");
    assert_ok(vultus_gallery_destroy(beside(location, "_u"), NULL, &error), &error);
    assert_string_equal(besides(gallery, "_u", &after), "");
    vultus_gallery_close(open_gallery(beside(location, "_u")));
    assert_string_equal(besides(gallery, "_u", &after), "_u");
    assert_true(before && after && before != after); /* it is another one */
    vultus_gallery_close(gallery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gallery_of_version_1_is_opened),
        cmocka_unit_test_teardown(one_process_takes_a_step, forget),
        cmocka_unit_test(one_process_makes_the_tables),
        cmocka_unit_test_teardown(a_step_that_fails_leaves_nothing, forget),
        cmocka_unit_test(other_tables_are_refused),
        cmocka_unit_test(galleries_belong_to_another),
    };
    released = store_postgres_steps;
    released_version = store_postgres_version;
    postgres_address();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
