/*
 * Opening a gallery in a PostgreSQL database: the extension, the schema with its tables, and their version. One process
 * at a time makes them, under a lock that the server keeps until the transaction ends.
 */
#include "base/memory.h"
#include "gallery/store_postgres.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VECTOR_OLDEST 5 /* of version 0: the first with HNSW */

struct found {
    bool schema, tables, state;
    int64_t version;
};

static vultus_status ask_number(struct store_postgres *store, const char *sql, int64_t *out,
                                vultus_error *error)
{
    PGresult *rows = NULL;
    vultus_status status = store_postgres_execute(store, sql, &rows, error);
    if (status)
        return status;
    *out = PQntuples(rows) ? strtoll(PQgetvalue(rows, 0, 0), NULL, 10) : 0;
    PQclear(rows);
    return VULTUS_OK;
}

/* What there is under the name of the gallery. */
static vultus_status look(struct store_postgres *store, struct found *out, vultus_error *error)
{
    char sql[320];
    int64_t tables = 0, state = 0, schema = 0;
    *out = (struct found){0};
    snprintf(sql, sizeof sql, "SELECT count(*) FROM pg_namespace WHERE nspname = '%s'",
             store->place.schema);
    vultus_status status = ask_number(store, sql, &schema, error);
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM information_schema.tables WHERE table_schema = '%s'",
             store->place.schema);
    if (!status)
        status = ask_number(store, sql, &tables, error);
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM information_schema.columns WHERE table_schema = '%s' AND "
             "table_name = 'state' AND column_name = 'version'",
             store->place.schema);
    if (!status)
        status = ask_number(store, sql, &state, error);
    if (!status && state)
        status = ask_number(store, "SELECT version FROM state", &out->version, error);
    out->schema = schema > 0;
    out->tables = tables > 0;
    out->state = state > 0;
    return status;
}

static vultus_status judge(struct store_postgres *store, const struct found *found, bool must_exist,
                           vultus_error *error)
{
    const char *shown = store->place.shown;
    if (!found->tables)
        return must_exist
                   ? status_set(error, VULTUS_ERR_DATABASE,
                                "%s: there is no gallery; enrol somebody first, or give another "
                                "name (gallery=NAME)",
                                shown)
                   : VULTUS_OK;
    if (!found->state || found->version < 1)
        return status_set(error, VULTUS_ERR_DATABASE,
                          "%s: the schema %s has tables that are not a gallery's; give another "
                          "name (gallery=NAME)",
                          shown, store->place.schema);
    if (found->version > store_postgres_version)
        return status_set(
            error, VULTUS_ERR_DATABASE,
            "%s: version %lld, made by a newer vultus, this one knows %d; update vultus", shown,
            (long long)found->version, store_postgres_version);
    if (found->version < store_postgres_version && store->read_only)
        return status_set(error, VULTUS_ERR_DATABASE,
                          "%s: version %lld must be brought to %d, once: vultus gallery compact",
                          shown, (long long)found->version, store_postgres_version);
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ the type of vectors */

static vultus_status vector_version(struct store_postgres *store, int *major, int *minor,
                                    bool *there, vultus_error *error)
{
    PGresult *rows = NULL;
    vultus_status status = store_postgres_execute(
        store, "SELECT extversion FROM pg_extension WHERE extname = 'vector'", &rows, error);
    if (status)
        return status;
    *there = PQntuples(rows) == 1;
    *major = *minor = 0;
    if (*there) {
        char *end;
        *major = (int)strtol(PQgetvalue(rows, 0, 0), &end, 10);
        *minor = *end == '.' ? (int)strtol(end + 1, NULL, 10) : 0;
    }
    PQclear(rows);
    return VULTUS_OK;
}

/* CREATE EXTENSION fails in many ways: pgvector is not on the server's disk, or it is not allowed. */
static vultus_status need_vector(struct store_postgres *store, vultus_error *error)
{
    int64_t offered = 0;
    int major = 0, minor = 0;
    bool there = false;
    if (!store->dialect->enable)
        return VULTUS_OK;
    vultus_status status = vector_version(store, &major, &minor, &there, error);
    if (!status && !there)
        status =
            ask_number(store, "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'",
                       &offered, error);
    if (!status && !there && !offered)
        return status_set(error, VULTUS_ERR_DATABASE,
                          "%s: the server has no pgvector; install its package there "
                          "(postgresql-NN-pgvector)",
                          store->place.shown);
    if (!status && !there) {
        status = store_postgres_execute(store, store->dialect->enable, NULL, error);
        const enum store_postgres_failure failure = store->failure;
        if (status && failure != POSTGRES_LOST && /* another process may have been quicker */
            !vector_version(store, &major, &minor, &there, NULL) && there)
            status = VULTUS_OK;
        if (status && failure == POSTGRES_FAILED)
            return status_set(error, VULTUS_ERR_DATABASE,
                              "%s: this user may not add pgvector; as the database's owner: CREATE "
                              "EXTENSION vector",
                              store->place.shown);
        if (!status)
            status = vector_version(store, &major, &minor, &there, error);
    }
    if (!status && major == 0 && minor < VECTOR_OLDEST)
        status = status_set(error, VULTUS_ERR_DATABASE,
                            "%s: the database has pgvector %d.%d, too old for galleries; 0.%d or "
                            "newer is needed (ALTER EXTENSION vector UPDATE)",
                            store->place.shown, major, minor, VECTOR_OLDEST);
    return status;
}

/* ------------------------------------------------------------------ making */

static vultus_status lock(struct store_postgres *store, vultus_error *error)
{
    uint8_t key[8];
    const char *const values[] = {(char *)key};
    const int sizes[] = {8}, formats[] = {1};
    uint64_t hash = 0x76756C74; /* "vult" */
    if (!store->dialect->lock)
        return VULTUS_OK;
    for (const char *at = store->place.schema; *at; at++)
        hash = hash * 1099511628211u + (uint8_t)*at;
    store_postgres_put(key, hash, 8);
    PGresult *result =
        PQexecParams(store->link, store->dialect->lock, 1, NULL, values, sizes, formats, 0);
    vultus_status status = store_postgres_status(store, result, error);
    PQclear(result);
    return status;
}

static vultus_status step(struct store_postgres *store, int version, vultus_error *error)
{
    struct buffer sql;
    buffer_init(&sql, 1 << 16);
    vultus_status status = store_postgres_schema_sql(store->dialect, version, &sql, error);
    if (!status)
        status = buffer_print(&sql, error, "UPDATE state SET version = %d", version + 1);
    if (!status)
        status = store_postgres_execute(store, (char *)sql.data, NULL, error);
    buffer_clear(&sql);
    return status;
}

/* Inside a transaction. */
static vultus_status migrate(struct store_postgres *store, vultus_error *error)
{
    char sql[96];
    struct found found;
    vultus_status status = lock(store, error);
    if (!status) /* again: another process may have been quicker */
        status = look(store, &found, error);
    if (!status)
        status = judge(store, &found, false, error);
    if (!status && !found.schema) {
        snprintf(sql, sizeof sql, "CREATE SCHEMA %s", store->place.schema);
        status = store_postgres_execute(store, sql, NULL, error);
    }
    for (int version = (int)found.version; !status && version < store_postgres_version; version++)
        status = step(store, version, error);
    return status;
}

static vultus_status migrate_all(struct store_postgres *store, vultus_error *error)
{
    vultus_status status = store_postgres_execute(store, "BEGIN", NULL, error);
    if (status)
        return status;
    status = migrate(store, error);
    if (!status)
        status = store_postgres_execute(store, "COMMIT", NULL, error);
    if (status && store_postgres_execute(store, "ROLLBACK", NULL, NULL))
        store_postgres_disconnect(store);
    return status;
}

vultus_status store_postgres_prepare(struct store_postgres *store, bool must_exist,
                                     vultus_error *error)
{
    struct found found;
    vultus_status status = look(store, &found, error);
    if (!status)
        status = judge(store, &found, must_exist || store->read_only, error);
    if (!status)
        status = need_vector(store, error);
    if (!status && found.version < store_postgres_version)
        status = migrate_all(store, error);
    if (!status) /* the type of vectors may be new here */
        store_postgres_disconnect(store);
    return status ? status : store_postgres_connect(store, true, error);
}
