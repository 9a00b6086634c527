/*
 * Where the servers that speak PostgreSQL's language differ, one row each, and the statements that are made
 * of it. Those of Citus, YugabyteDB and CockroachDB are from their documents.
 */
#include "gallery/store_postgres_sql.h"

#include <string.h>

#define HNSW_LISTS "WITH (m = 16, ef_construction = 64)"
#define HNSW_DIMENSION_MAX 2000  /* of an index of pgvector */
#define PLAIN_DIMENSION_MAX 1900 /* that fit into a page with their row */

#define HNSW                                                                                       \
    "CREATE INDEX IF NOT EXISTS embeddings_#_near ON embeddings_# USING hnsw (e @) " HNSW_LISTS
#define HAS_INDEX                                                                                  \
    "SELECT count(*) FROM pg_index WHERE indrelid = to_regclass('embeddings_#') AND "              \
    "indisvalid AND NOT indisprimary"
#define BYTES                                                                                      \
    "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class AS c JOIN "      \
    "pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND "          \
    "c.relkind = 'r'"
#define ENABLE "CREATE EXTENSION IF NOT EXISTS vector SCHEMA public"
#define PLAIN "ALTER TABLE embeddings_# ALTER COLUMN e SET STORAGE PLAIN;\n"

const struct store_postgres_dialect store_postgres_dialects[] = {
    {.name = "CockroachDB",
     .sign = "CockroachDB",
     .bytewise = "",
     .index = "CREATE VECTOR INDEX IF NOT EXISTS embeddings_#_near ON embeddings_# (e @)",
     .has_index = "SELECT count(*) FROM pg_index WHERE indrelid = 'embeddings_#'::regclass AND "
                  "NOT indisprimary",
     .effort = "SET vector_search_beam_size = #"},
    {.name = "YugabyteDB",
     .sign = "-YB-",
     .enable = ENABLE,
     .bytewise = " COLLATE \"C\"",
     .index = HNSW,
     .has_index = HAS_INDEX,
     .effort = "SET hnsw.ef_search = #"},
    {.name = "Citus",
     .extension = "citus",
     .enable = ENABLE,
     .lock = "SELECT pg_advisory_xact_lock($1::bigint)",
     .bytewise = " COLLATE \"C\"",
     .plain = PLAIN,
     .spread = "SELECT create_distributed_table('embeddings_#', 'face');\n",
     .index = HNSW,
     .has_index = HAS_INDEX,
     .effort = "SET hnsw.ef_search = #",
     .iterate = "SET hnsw.iterative_scan = strict_order",
     .tidy = "VACUUM (ANALYZE) @",
     .bytes = BYTES},
    {.name = "PostgreSQL",
     .enable = ENABLE,
     .lock = "SELECT pg_advisory_xact_lock($1::bigint)",
     .bytewise = " COLLATE \"C\"",
     .plain = PLAIN,
     .partitions = true,
     .index = HNSW,
     .has_index = HAS_INDEX,
     .effort = "SET hnsw.ef_search = #",
     .iterate = "SET hnsw.iterative_scan = strict_order",
     .tidy = "VACUUM (ANALYZE) @",
     .rebuild = "REINDEX INDEX CONCURRENTLY embeddings_#_near",
     .bytes = BYTES},
};
const size_t store_postgres_dialect_count =
    sizeof store_postgres_dialects / sizeof store_postgres_dialects[0];

vultus_status store_postgres_fill(const char *text, int64_t number, const char *word,
                                  struct buffer *out, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    while (!status && *text) {
        size_t plain = strcspn(text, "#@");
        status = buffer_append(out, text, plain, error);
        text += plain;
        if (!status && *text == '#')
            status = buffer_print(out, error, "%lld", (long long)number);
        else if (!status && *text)
            status = buffer_append(out, word, strlen(word), error);
        text += *text != '\0';
    }
    return status;
}

/* ------------------------------------------------------------------ an embedder's table */

vultus_status store_postgres_table_sql(const struct store_postgres_dialect *dialect,
                                       const struct store_postgres_table *table, struct buffer *out,
                                       vultus_error *error)
{
    long long id = table->id;
    bool parts = dialect->partitions && table->partitions > 1;
    vultus_status status = buffer_print(
        out, error,
        "CREATE TABLE embeddings_%lld (face bigint PRIMARY KEY, e vector(%zu) NOT NULL)%s;\n", id,
        table->dimension, parts ? " PARTITION BY HASH (face)" : "");
    if (!status && dialect->plain && table->dimension <= PLAIN_DIMENSION_MAX)
        status = store_postgres_fill(dialect->plain, id, "", out, error);
    for (unsigned i = 0; !status && parts && i < table->partitions; i++)
        status = buffer_print(out, error,
                              "CREATE TABLE embeddings_%lld_part_%u PARTITION OF embeddings_%lld "
                              "FOR VALUES WITH (MODULUS %u, REMAINDER %u);\n",
                              id, i, id, table->partitions, i);
    if (!status && dialect->spread)
        status = store_postgres_fill(dialect->spread, id, "", out, error);
    return status;
}

bool store_postgres_can_index(size_t dimension)
{
    return dimension <= HNSW_DIMENSION_MAX;
}

vultus_status store_postgres_index_sql(const struct store_postgres_dialect *dialect, int64_t id,
                                       bool unit, struct buffer *out, vultus_error *error)
{
    return store_postgres_fill(dialect->index, id, unit ? "vector_cosine_ops" : "vector_l2_ops",
                               out, error);
}

/* ------------------------------------------------------------------ the schema */

/*
 * As the SQLite store has it, but for two things. The embeddings of one embedder are a table of their own, which can be
 * indexed, cut into parts and spread over machines. And what there is most of refers to nothing by the server's
 * own means, which look up every row that is added: writers have the counters' lock, and take away what belongs together.
 * The unique index of faces begins with the picture, which alone decides: the other order, which the first galleries
 * have, costs an import a fifth of its speed and nothing else. `@` is how texts are compared by bytes.
 */
static const char *const version_1[] = {
    "CREATE TABLE state (one boolean PRIMARY KEY CHECK (one), version bigint NOT NULL, "
    "edits bigint NOT NULL, person bigint NOT NULL, face bigint NOT NULL, "
    "history bigint NOT NULL);",
    "INSERT INTO state VALUES (true, 0, 0, 0, 0, 0);",
    "CREATE TABLE people (id bigint PRIMARY KEY, name text@ NOT NULL UNIQUE, "
    "created text NOT NULL);",
    "CREATE TABLE embedders (id bigint PRIMARY KEY, name text@ NOT NULL UNIQUE, "
    "dimension bigint NOT NULL, unit boolean NOT NULL);",
    "CREATE TABLE faces (id bigint PRIMARY KEY, person bigint NOT NULL, "
    "embedder bigint NOT NULL, picture bytea NOT NULL, source text, x real NOT NULL, "
    "y real NOT NULL, width real NOT NULL, height real NOT NULL, landmarks bytea NOT NULL, "
    "score real NOT NULL, size real NOT NULL, sharpness real NOT NULL, brightness real NOT NULL, "
    "roll real NOT NULL, yaw real NOT NULL, created text NOT NULL, UNIQUE (picture, embedder));",
    "CREATE INDEX faces_by_person ON faces (person);",
    "CREATE TABLE thumbnails (face bigint PRIMARY KEY, "
    "jpeg bytea NOT NULL);",
    "CREATE TABLE facts (person bigint NOT NULL REFERENCES people ON DELETE CASCADE, "
    "kind text@ NOT NULL, key text@ NOT NULL, value text@ NOT NULL, since text NOT NULL, "
    "PRIMARY KEY (person, kind, key));",
    "CREATE INDEX facts_by_kind ON facts (kind, key);",
    "CREATE TABLE refusals (person bigint NOT NULL REFERENCES people ON DELETE CASCADE, "
    "picture bytea NOT NULL, since text NOT NULL, PRIMARY KEY (person, picture));",
    "CREATE INDEX refusals_by_picture ON refusals (picture);",
    "CREATE TABLE history (id bigint PRIMARY KEY, at text NOT NULL, actor text NOT NULL, "
    "action text NOT NULL, person bigint NOT NULL, face bigint NOT NULL, before text, after text, "
    "undone boolean NOT NULL DEFAULT false, token bigint NOT NULL);",
    "CREATE INDEX history_by_person ON history (person);",
    "CREATE TABLE undo (history bigint NOT NULL REFERENCES history ON DELETE CASCADE, "
    "what text NOT NULL, person bigint NOT NULL, face bigint, kind text, key text, value text, "
    "since text, picture bytea);",
    "CREATE INDEX undo_by_history ON undo (history);",
    NULL};

/* What cameras saw, and how far those have come who read it. */
static const char *const version_2[] = {
    "ALTER TABLE state ADD COLUMN event bigint NOT NULL DEFAULT 0;",
    "CREATE TABLE events (id bigint PRIMARY KEY, at text@ NOT NULL, expires text@, "
    "visit bigint NOT NULL, kind bigint NOT NULL, camera text@ NOT NULL, track bigint NOT NULL, "
    "person bigint, former bigint, similarity real, far real, quality real, "
    "time double precision NOT NULL, x real NOT NULL, y real NOT NULL, width real NOT NULL, "
    "height real NOT NULL, frame bigint NOT NULL, frame_width bigint NOT NULL, "
    "frame_height bigint NOT NULL, token bigint NOT NULL);",
    "CREATE INDEX events_by_visit ON events (visit);",
    "CREATE INDEX events_by_person ON events (person, id);",
    "CREATE INDEX events_by_former ON events (former);",
    "CREATE INDEX events_by_expiry ON events (expires);",
    "CREATE TABLE event_pictures (event bigint PRIMARY KEY, jpeg bytea NOT NULL);",
    "CREATE TABLE readers (name text@ PRIMARY KEY, event bigint NOT NULL, since text NOT NULL);",
    NULL};

/* steps[n] brings version n to n + 1; version 0 is an empty schema. Never change a step that was released:
 * add one. */
static const char *const *const steps[] = {version_1, version_2};

const char *const *const *store_postgres_steps = steps;
int store_postgres_version = (int)(sizeof steps / sizeof steps[0]);

vultus_status store_postgres_schema_sql(const struct store_postgres_dialect *dialect, int version,
                                        struct buffer *out, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (const char *const *line = store_postgres_steps[version]; !status && *line; line++) {
        status = store_postgres_fill(*line, 0, dialect->bytewise, out, error);
        if (!status)
            status = buffer_append(out, "\n", 1, error);
    }
    return status;
}
