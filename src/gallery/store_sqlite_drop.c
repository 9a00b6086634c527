/*
 * Dropping an embedder of a SQLite gallery once all of its pictures have a face by another one: faces, embeddings and
 * thumbnails, in one transaction, and its search file. Its row stays: ids are never given to others.
 */
#include "gallery/store_sqlite_index.h"
#include "gallery/store_sqlite_sealed.h"

#include <sqlite3.h>
#include <stdio.h>

static vultus_status count_pairs(struct store_sqlite *store, enum store_sqlite_query query,
                                 const int64_t ids[2], int64_t *out, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_query(store, query, &statement, error);
    for (int i = 0; !status && i < 2; i++)
        status = store_sqlite_status(store, sqlite3_bind_int64(statement, i + 1, ids[i]), error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    *out = row ? sqlite3_column_int64(statement, 0) : 0;
    store_sqlite_done(statement);
    return status;
}

static vultus_status id_of(struct store_sqlite *store, const char *name, int64_t *id,
                           vultus_error *error)
{
    int64_t floats;
    vultus_status status = store_sqlite_find_embedder(store, name, id, &floats, error);
    return !status && !*id ? store_no_embedder(name, error) : status;
}

static vultus_status drop(struct store_sqlite *store, const char *embedder, const char *kept,
                          int64_t *faces, vultus_error *error)
{
    struct store_sqlite_note note = {.action = "drop", .after = embedder};
    int64_t ids[2] = {0}, missing = 0;
    vultus_status status = id_of(store, embedder, &ids[0], error);
    if (!status)
        status = id_of(store, kept, &ids[1], error);
    if (!status)
        status = count_pairs(store, QUERY_DROP_MISSING, ids, &missing, error);
    if (!status && missing)
        status = store_still_needed(embedder, kept, missing, error);
    if (!status)
        status = store_sqlite_ask(store, QUERY_COUNT_FACES, &ids[0], faces, error);
    const struct store_sqlite_value value = {.number = ids[0]};
    if (!status)
        status = store_sqlite_do(store, QUERY_DROP_UNDO, &value, 1, error);
    if (!status)
        status = store_sqlite_do(store, QUERY_DROP_FACES, &value, 1, error);
    return status ? status : store_sqlite_note(store, &note, NULL, error);
}

vultus_status store_sqlite_drop(struct store *base, const char *embedder, const char *kept,
                                size_t *faces, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    char path[FILE_PATH_MAX];
    int64_t count = 0;
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    status = drop(store, embedder, kept, &count, error);
    status = store_sqlite_end(store, status, error);
    if (status)
        return status;
    *faces = (size_t)count;
    store_sqlite_empty_log(store);
    return store_sqlite_search_path(store, embedder, path) ? search_file_remove(path, error)
                                                           : VULTUS_OK;
}
