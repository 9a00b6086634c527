/* What the PostgreSQL store says to the servers it knows, to the letter, and how locations are taken apart. Needs
 * no server. */
#include "gallery/store_postgres_place.h"
#include "gallery/store_postgres_sql.h"
#include "support.h"

static const struct store_postgres_dialect *dialect_of(const char *name)
{
    for (size_t i = 0; i < store_postgres_dialect_count; i++)
        if (!strcmp(store_postgres_dialects[i].name, name))
            return &store_postgres_dialects[i];
    fail_msg("no dialect %s", name);
    return NULL;
}

static void tables_are_made_as_each_server_has_them(void **state)
{
    static const struct {
        const char *dialect;
        struct store_postgres_table table;
        const char *sql;
    } cases[] = {
        {"PostgreSQL",
         {3, 128, 0},
         "CREATE TABLE embeddings_3 (face bigint PRIMARY KEY, e vector(128) NOT NULL);\n"
         "ALTER TABLE embeddings_3 ALTER COLUMN e SET STORAGE PLAIN;\n"},
        {"PostgreSQL", /* too long for a page */
         {4, 4096, 1},
         "CREATE TABLE embeddings_4 (face bigint PRIMARY KEY, e vector(4096) NOT NULL);\n"},
        {"PostgreSQL",
         {1, 512, 2},
         "CREATE TABLE embeddings_1 (face bigint PRIMARY KEY, e vector(512) NOT NULL) PARTITION BY "
         "HASH (face);\n"
         "ALTER TABLE embeddings_1 ALTER COLUMN e SET STORAGE PLAIN;\n"
         "CREATE TABLE embeddings_1_part_0 PARTITION OF embeddings_1 FOR VALUES WITH (MODULUS 2, "
         "REMAINDER 0);\n"
         "CREATE TABLE embeddings_1_part_1 PARTITION OF embeddings_1 FOR VALUES WITH (MODULUS 2, "
         "REMAINDER 1);\n"},
        {"Citus",
         {1, 128, 8},
         "CREATE TABLE embeddings_1 (face bigint PRIMARY KEY, e vector(128) NOT NULL);\n"
         "ALTER TABLE embeddings_1 ALTER COLUMN e SET STORAGE PLAIN;\n"
         "SELECT create_distributed_table('embeddings_1', 'face');\n"},
        {"YugabyteDB",
         {1, 128, 8},
         "CREATE TABLE embeddings_1 (face bigint PRIMARY KEY, e vector(128) NOT NULL);\n"},
        {"CockroachDB",
         {1, 128, 8},
         "CREATE TABLE embeddings_1 (face bigint PRIMARY KEY, e vector(128) NOT NULL);\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer sql;
        vultus_error error = {0};
        buffer_init(&sql, 1 << 16);
        assert_ok(
            store_postgres_table_sql(dialect_of(cases[i].dialect), &cases[i].table, &sql, &error),
            &error);
        assert_string_equal((char *)sql.data, cases[i].sql);
        buffer_clear(&sql);
    }
}

static void indexes_are_made_as_each_server_has_them(void **state)
{
    static const struct {
        const char *dialect;
        bool unit;
        const char *sql;
    } cases[] = {
        {"PostgreSQL", true,
         "CREATE INDEX IF NOT EXISTS embeddings_7_near ON embeddings_7 USING hnsw (e "
         "vector_cosine_ops) WITH (m = 16, ef_construction = 64)"},
        {"PostgreSQL", false,
         "CREATE INDEX IF NOT EXISTS embeddings_7_near ON embeddings_7 USING hnsw (e "
         "vector_l2_ops) WITH (m = 16, ef_construction = 64)"},
        {"Citus", true,
         "CREATE INDEX IF NOT EXISTS embeddings_7_near ON embeddings_7 USING hnsw (e "
         "vector_cosine_ops) WITH (m = 16, ef_construction = 64)"},
        {"YugabyteDB", true,
         "CREATE INDEX IF NOT EXISTS embeddings_7_near ON embeddings_7 USING hnsw (e "
         "vector_cosine_ops) WITH (m = 16, ef_construction = 64)"},
        {"CockroachDB", true,
         "CREATE VECTOR INDEX IF NOT EXISTS embeddings_7_near ON embeddings_7 (e "
         "vector_cosine_ops)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer sql;
        vultus_error error = {0};
        buffer_init(&sql, 1 << 16);
        assert_ok(
            store_postgres_index_sql(dialect_of(cases[i].dialect), 7, cases[i].unit, &sql, &error),
            &error);
        assert_string_equal((char *)sql.data, cases[i].sql);
        buffer_clear(&sql);
    }
    assert_true(store_postgres_can_index(2000) && !store_postgres_can_index(2001));
}

static void settings_are_those_of_each_server(void **state)
{
    static const struct {
        const char *dialect, *enable, *lock, *effort, *iterate;
    } cases[] = {
        {"PostgreSQL", "CREATE EXTENSION IF NOT EXISTS vector SCHEMA public",
         "SELECT pg_advisory_xact_lock($1::bigint)", "SET hnsw.ef_search = #",
         "SET hnsw.iterative_scan = strict_order"},
        {"Citus", "CREATE EXTENSION IF NOT EXISTS vector SCHEMA public",
         "SELECT pg_advisory_xact_lock($1::bigint)", "SET hnsw.ef_search = #",
         "SET hnsw.iterative_scan = strict_order"},
        {"YugabyteDB", "CREATE EXTENSION IF NOT EXISTS vector SCHEMA public", NULL,
         "SET hnsw.ef_search = #", NULL},
        {"CockroachDB", NULL, NULL, "SET vector_search_beam_size = #", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct store_postgres_dialect *dialect = dialect_of(cases[i].dialect);
        const char *const have[] = {dialect->enable, dialect->lock, dialect->effort,
                                    dialect->iterate};
        const char *const want[] = {cases[i].enable, cases[i].lock, cases[i].effort,
                                    cases[i].iterate};
        for (size_t k = 0; k < 4; k++) {
            assert_int_equal(!have[k], !want[k]);
            if (want[k])
                assert_string_equal(have[k], want[k]);
        }
    }
    /* PostgreSQL is what a server is that says nothing else */
    const struct store_postgres_dialect *last =
        &store_postgres_dialects[store_postgres_dialect_count - 1];
    assert_true(!strcmp(last->name, "PostgreSQL") && !last->sign && !last->extension);
}

static void other_galleries_keep_the_rest_of_the_address(void **state)
{
    static const struct {
        const char *location, *beside;
    } cases[] = {
        {"postgresql://ada@db/faces", "postgresql://ada@db/faces?gallery=main_g_x"},
        {"postgres://db/faces?gallery=staff&search=memory&sslmode=require",
         "postgresql://db/faces?search=memory&sslmode=require&gallery=staff_g_x"},
        {"postgresql://db/faces?timeout=5&&gallery=a",
         "postgresql://db/faces?timeout=5&gallery=a_g_x"},
    };
    char out[4096];
    vultus_error error = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_ok(vultus_gallery_beside(cases[i].location, "_g_x", out, sizeof out, &error),
                  &error);
        assert_string_equal(out, cases[i].beside);
    }
    assert_error(VULTUS_ERR_ARGUMENT, vultus_gallery_beside("a.db", "_x", out, sizeof out, &error),
                 &error, "in a file");
}

/* Nothing that is bound is pasted: a statement has no other "#" and "@" than ours, and no quotes but of words. */
static void statements_have_only_our_words_in_quotes(void **state)
{
    static const char *const words[] = {"'retain'", "'person'",  "'name'",       "'face'",
                                        "'fact'",   "'no fact'", "'no refusal'", "'refusal'",
                                        "'group'",  "'tag'",     "'no person'"};
    (void)state;
    for (int i = 0; i < POSTGRES_QUERY_COUNT; i++) {
        const char *text = store_postgres_texts[i];
        assert_non_null(text);
        while ((text = strchr(text, '\''))) {
            size_t k = 0, count = sizeof words / sizeof *words;
            while (k < count && strncmp(text, words[k], strlen(words[k])) != 0)
                k++;
            if (k == count)
                fail_msg("query %d: %.40s", i, text);
            text += strlen(words[k]);
        }
    }
}

static void the_schema_compares_names_by_bytes(void **state)
{
    struct buffer sql;
    vultus_error error = {0};
    (void)state;
    buffer_init(&sql, 1 << 16);
    assert_ok(store_postgres_schema_sql(dialect_of("PostgreSQL"), 0, &sql, &error), &error);
    assert_non_null(strstr((char *)sql.data, "name text COLLATE \"C\" NOT NULL UNIQUE"));
    assert_null(strchr((char *)sql.data, '@'));
    buffer_clear(&sql);
    assert_ok(store_postgres_schema_sql(dialect_of("CockroachDB"), 0, &sql, &error), &error);
    assert_non_null(strstr((char *)sql.data, "name text NOT NULL UNIQUE"));
    buffer_clear(&sql);
}

static void locations_are_taken_apart(void **state)
{
    static const struct {
        const char *rest, *address, *shown, *schema;
        unsigned search, partitions, timeout;
    } cases[] = {
        {"//ada:secret@db.example/faces", "postgresql://ada:secret@db.example/faces",
         "postgresql://ada@db.example/faces?gallery=main", "vultus_main", 0, 0, 60},
        {"//db/faces?gallery=staff_2&search=server&partitions=8&timeout=5", "postgresql://db/faces",
         "postgresql://db/faces?gallery=staff_2", "vultus_staff_2", 2, 8, 5},
        {"///faces?host=/run/pg&gallery=x&user=ada&password=secret&search=memory",
         "postgresql:///faces?host=/run/pg&user=ada&password=secret",
         "postgresql://ada@/faces?gallery=x", "vultus_x", 1, 0, 60},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct store_postgres_place place;
        vultus_error error = {0};
        assert_ok(store_postgres_place(cases[i].rest, &place, &error), &error);
        assert_string_equal(place.address, cases[i].address);
        assert_string_equal(place.shown, cases[i].shown);
        assert_string_equal(place.schema, cases[i].schema);
        assert_int_equal(place.search, cases[i].search);
        assert_int_equal(place.partitions, cases[i].partitions);
        assert_int_equal(place.timeout, cases[i].timeout);
    }
}

/* One line, which says what is wrong and repeats no password. */
static void bad_locations_are_refused(void **state)
{
    static const struct {
        const char *rest, *text;
    } cases[] = {
        {"//u:secret@h/d?gallery=", "gallery that cannot be one"},
        {"//u:secret@h/d?gallery=Staff", "gallery that cannot be one"},
        {"//u:secret@h/d?gallery=a-b", "gallery that cannot be one"},
        {"//u:secret@h/d?gallery=a;DROP", "gallery that cannot be one"},
        {"//u:secret@h/d?gallery=a23456789b123456789c123456789d123456789e1", "cannot be one"},
        {"//u:secret@h/d?gallery", "gallery that cannot be one"},
        {"//u:secret@h/d?search=fast", "auto, memory or server"},
        {"//u:secret@h/d?partitions=257", "partitions"},
        {"//u:secret@h/d?partitions=-1", "partitions"},
        {"//u:secret@h/d?timeout=0", "timeout"},
        {"//u:secret@h/d?timeout=99999999999999999999", "timeout"},
        {"//u:se@cret@h/d", "written %40"},
        {"//u:secret@[h/d", "cannot be read"},
        {"//u:secret@h/d?nosuch=1", "cannot be read"},
        {"u:secret@h/d", "does not begin with"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct store_postgres_place place;
        vultus_error error = {0};
        assert_error(VULTUS_ERR_ARGUMENT, store_postgres_place(cases[i].rest, &place, &error),
                     &error, cases[i].text);
        assert_null(strstr(error.message, "cret"));
        assert_null(strchr(error.message, '\n'));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_made_as_each_server_has_them),
        cmocka_unit_test(indexes_are_made_as_each_server_has_them),
        cmocka_unit_test(settings_are_those_of_each_server),
        cmocka_unit_test(other_galleries_keep_the_rest_of_the_address),
        cmocka_unit_test(statements_have_only_our_words_in_quotes),
        cmocka_unit_test(the_schema_compares_names_by_bytes),
        cmocka_unit_test(locations_are_taken_apart),
        cmocka_unit_test(bad_locations_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
