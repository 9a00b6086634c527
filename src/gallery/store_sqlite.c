/*
 * The SQLite store: statements, transactions, what result codes mean, and the table of its methods. The
 * rest is in store_sqlite_*.c.
 */
#include "gallery/store_sqlite_index.h"
#include "gallery/store_sqlite_pages.h"
#include "gallery/store_sqlite_sealed.h"

#include <sqlite3.h>
#include <string.h>

/* ------------------------------------------------------------------ errors */

vultus_status store_sqlite_status(struct store_sqlite *store, int code, vultus_error *error)
{
    const char *shown = store->shown;
    if (code == SQLITE_IOERR_NOMEM)
        code = SQLITE_NOMEM;
    switch (code & 0xFF) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return VULTUS_OK;
    case SQLITE_NOMEM: return status_memory(error, "the gallery");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return status_set(error, VULTUS_ERR_BUSY,
                          "%s: another process holds the gallery; try again when it is done",
                          shown);
    case SQLITE_INTERRUPT: return status_set(error, VULTUS_ERR_CANCELLED, "interrupted");
    case SQLITE_TOOBIG:
        return status_set(error, VULTUS_ERR_LIMIT, "%s: a row is larger than a gallery allows",
                          shown);
    case SQLITE_FULL:
        return status_set(error, VULTUS_ERR_DATABASE, "%s: the disk is full; make room", shown);
    case SQLITE_READONLY:
        return status_set(error, VULTUS_ERR_DATABASE,
                          "%s: cannot be written; check who may write the file and its folder",
                          shown);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_IOERR: {
        int number = store->db ? sqlite3_system_errno(store->db) : 0;
        return status_set(
            error, VULTUS_ERR_DATABASE,
            "%s: cannot be read or written (%s); check the disk and who may use the file", shown,
            number ? strerror(number) : sqlite3_errstr(code));
    }
    case SQLITE_CORRUPT:
        return status_set(error, VULTUS_ERR_DATABASE,
                          "%s: the gallery is damaged, and was left as it is; restore a copy",
                          shown);
    case SQLITE_NOTADB:
        return status_set(error, VULTUS_ERR_DATABASE,
                          "%s: not a gallery, or damaged; give another path, or restore a copy",
                          shown);
    default:
        return status_set(error, VULTUS_ERR_DATABASE, "%s: %s", shown,
                          store->db ? sqlite3_errmsg(store->db) : sqlite3_errstr(code));
    }
}

vultus_status store_sqlite_bad_row(struct store_sqlite *store, const char *table, int64_t id,
                                   const char *fault, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_DATABASE, "%s: row %lld of %s %s; restore a copy",
                      store->shown, (long long)id, table, fault);
}

/* ------------------------------------------------------------------ statements, transactions */

vultus_status store_sqlite_query(struct store_sqlite *store, enum store_sqlite_query query,
                                 struct sqlite3_stmt **out, vultus_error *error)
{
    struct sqlite3_stmt **cached = &store->queries[query];
    if (!*cached) {
        int code = sqlite3_prepare_v3(store->db, store_sqlite_texts[query], -1,
                                      SQLITE_PREPARE_PERSISTENT, cached, NULL);
        if (code)
            return store_sqlite_status(store, code, error);
    }
    *out = *cached;
    return VULTUS_OK;
}

void store_sqlite_done(struct sqlite3_stmt *statement)
{
    if (!statement)
        return;
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

vultus_status store_sqlite_step(struct store_sqlite *store, struct sqlite3_stmt *statement,
                                bool *row, vultus_error *error)
{
    int code = sqlite3_step(statement);
    *row = code == SQLITE_ROW;
    return store_sqlite_status(store, code, error);
}

vultus_status store_sqlite_run(struct store_sqlite *store, enum store_sqlite_query query,
                               vultus_error *error)
{
    struct sqlite3_stmt *statement = NULL;
    bool row;
    vultus_status status = store_sqlite_query(store, query, &statement, error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    store_sqlite_done(statement);
    return status;
}

/* SQLite rolls back by itself after some failures. */
static void roll_back(struct store_sqlite *store)
{
    if (!sqlite3_get_autocommit(store->db) && store_sqlite_run(store, QUERY_ROLLBACK, NULL))
        return; /* memory ran out: the next transaction begins with rolling back */
}

vultus_status store_sqlite_begin(struct store_sqlite *store, bool write, vultus_error *error)
{
    if (write && store->read_only)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "%s: was opened to be read only; open it for writing", store->shown);
    roll_back(store);
    vultus_status status =
        store_sqlite_run(store, write ? QUERY_BEGIN_WRITE : QUERY_BEGIN_READ, error);
    if (!status && (status = store_sqlite_same_key(store, error)))
        roll_back(store);
    return status;
}

vultus_status store_sqlite_end(struct store_sqlite *store, vultus_status status,
                               vultus_error *error)
{
    if (!status)
        status = store_sqlite_run(store, QUERY_COMMIT, error);
    if (status)
        roll_back(store);
    return status;
}

const char *store_sqlite_text(struct sqlite3_stmt *statement, int column, size_t max)
{
    if (sqlite3_column_type(statement, column) != SQLITE_TEXT)
        return NULL;
    const char *text = (const char *)sqlite3_column_text(statement, column);
    size_t size = (size_t)sqlite3_column_bytes(statement, column);
    return text && size <= max && strlen(text) == size ? text : NULL;
}

const struct store_methods store_sqlite = {
    .name = "sqlite",
    .open = store_sqlite_open,
    .close = store_sqlite_close,
    .add = store_sqlite_add,
    .find = store_sqlite_find,
    .people = store_sqlite_people,
    .person = store_sqlite_one_person,
    .people_page = store_sqlite_people_page,
    .faces = store_sqlite_faces,
    .faces_from = store_sqlite_faces_from,
    .rename = store_sqlite_rename,
    .merge = store_sqlite_merge,
    .erase = store_sqlite_erase,
    .erase_face = store_sqlite_erase_face,
    .sync = store_sqlite_sync,
    .keep = store_sqlite_keep_file,
    .having = store_sqlite_having,
    .other = store_sqlite_other,
    .set_fact = store_sqlite_set_fact,
    .facts = store_sqlite_facts,
    .count_facts = store_sqlite_count_facts,
    .move = store_sqlite_move,
    .split = store_sqlite_split,
    .refuse = store_sqlite_refuse,
    .face_picture = store_sqlite_face_picture,
    .know = store_sqlite_know,
    .drop = store_sqlite_drop,
    .refused_of = store_sqlite_refused_of,
    .changes = store_sqlite_changes,
    .undo = store_sqlite_undo,
    .refusals = store_sqlite_refusals,
    .backup = store_sqlite_backup,
    .restore = store_sqlite_restore,
    .check = store_sqlite_check,
    .trace = store_sqlite_trace,
    .compact = store_sqlite_compact,
    .destroy = store_sqlite_destroy,
    .stats = store_sqlite_stats,
    .rekey = store_sqlite_rekey,
};
