/*
 * Upkeep of the SQLite store: emptying the log, writing the file anew, its end, and what it is made of. All of
 * it goes on beside readers; a writer waits.
 */
#include "base/memory.h"
#include "gallery/store_sqlite_index.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* For readers that still need the log; the next checkpoint empties it too. */
#define EMPTY_WAIT_MS 250
/* Instructions of SQLite between two looks: well under a millisecond. */
#define WATCH_STEPS 1000

void store_sqlite_empty_log(struct store_sqlite *store)
{
    sqlite3_busy_timeout(store->db, EMPTY_WAIT_MS);
    sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(store->db, STORE_SQLITE_BUSY_MS);
}

static int watch(void *context)
{
    return store_progress(context, 0, 0, NULL) != VULTUS_OK;
}

void store_sqlite_watch(struct store_sqlite *store, const vultus_progress *progress)
{
    sqlite3_progress_handler(store->db, WATCH_STEPS, progress ? watch : NULL, (void *)progress);
}

vultus_status store_sqlite_compact(struct store *base, const vultus_progress *progress,
                                   vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    vultus_status status = store_sqlite_expire(store, error);
    if (status)
        return status;
    sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 1); /* VACUUM attaches what it writes to */
    store_sqlite_watch(store, progress);
    status = store_sqlite_execute(store, "VACUUM", error);
    store_sqlite_watch(store, NULL);
    sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);
    if (!status)
        store_sqlite_empty_log(store);
    return status;
}

/* ------------------------------------------------------------------ the end */

static vultus_status remove_file(struct store_sqlite *store, const char *path, const char *ending,
                                 vultus_error *error)
{
    char name[FILE_PATH_MAX + 8];
    snprintf(name, sizeof name, "%s%s", path, ending);
    if (!unlink(name) || errno == ENOENT)
        return VULTUS_OK;
    return status_set(error, VULTUS_ERR_IO, "%s: cannot be removed: %s", store->shown,
                      strerror(errno));
}

/* Everybody goes in one transaction, so that who reads meanwhile has all of them or none; the bytes are overwritten
 * while the files are still there. */
vultus_status store_sqlite_destroy(struct store *base, vultus_error *error)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    struct store_sqlite *store = (struct store_sqlite *)base;
    const char *path = sqlite3_db_filename(store->db, "main");
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    status = store_sqlite_execute(store,
                                  "DELETE FROM undo; DELETE FROM history; DELETE FROM events; "
                                  "DELETE FROM readers; DELETE FROM people; "
                                  "DELETE FROM embedders",
                                  error);
    if (!status)
        status = store_sqlite_remove_searches(path, error);
    status = store_sqlite_end(store, status, error);
    if (status)
        return status;
    store_sqlite_empty_log(store);
    status = store_sqlite_remove_searches(path, error); /* that somebody made meanwhile */
    for (size_t i = 0; !status && i < sizeof endings / sizeof *endings; i++)
        status = remove_file(store, path, endings[i], error);
    return status;
}

/* ------------------------------------------------------------------ statistics */

static vultus_status read_embedders(struct store_sqlite *store, vultus_gallery_stats *stats,
                                    vultus_error *error)
{
    static const char sql[] = "SELECT name, dimension, (SELECT count(*) FROM faces WHERE "
                              "embedder = e.id) FROM embedders AS e ORDER BY name";
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status =
        store_sqlite_status(store, sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL), error);
    while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row) {
        size_t count = stats->embedder_count;
        const char *name = store_sqlite_text(statement, 0, STORE_EMBEDDER_MAX);
        vultus_gallery_embedder *items = mem_resize(stats->embedders, count + 1, sizeof *items);
        if (items)
            stats->embedders = items;
        if (!items || !(items[count].id = mem_string(name ? name : "")))
            status = status_memory(error, "the list of embedders");
        else
            stats->embedder_count++;
        if (!status) {
            items[count].dimension = (size_t)sqlite3_column_int64(statement, 1);
            items[count].faces = (size_t)sqlite3_column_int64(statement, 2);
        }
    }
    sqlite3_finalize(statement);
    return status;
}

static vultus_status read_sizes(struct store_sqlite *store, vultus_gallery_stats *stats,
                                vultus_error *error)
{
    int64_t size = 0, pages = 0, free_pages = 0, version = 0, people = 0, faces = 0;
    const struct {
        const char *sql;
        int64_t *out;
    } numbers[] = {{"PRAGMA page_size", &size},
                   {"PRAGMA page_count", &pages},
                   {"PRAGMA freelist_count", &free_pages},
                   {"PRAGMA user_version", &version},
                   {"SELECT count(*) FROM people", &people},
                   {"SELECT count(*) FROM faces", &faces}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        vultus_status status = store_sqlite_number(store, numbers[i].sql, numbers[i].out, error);
        if (status)
            return status;
    }
    stats->bytes = (uint64_t)(pages * size);
    stats->free_bytes = (uint64_t)(free_pages * size);
    stats->schema = (unsigned)version;
    stats->encrypted = store->vault != NULL;
    stats->people = (size_t)people;
    stats->faces = (size_t)faces;
    return VULTUS_OK;
}

/* How the file is kept, and how long the log is. */
static vultus_status read_journal(struct store_sqlite *store, vultus_gallery_stats *stats,
                                  vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    sqlite3_file *log = NULL;
    sqlite3_int64 length = 0;
    int code = sqlite3_prepare_v2(store->db, "PRAGMA journal_mode", -1, &statement, NULL);
    if (!code && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *mode = store_sqlite_text(statement, 0, sizeof stats->journal - 1);
        strncpy(stats->journal, mode ? mode : "", sizeof stats->journal - 1);
    }
    sqlite3_finalize(statement);
    sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (log && log->pMethods && !log->pMethods->xFileSize(log, &length))
        stats->log_bytes = (uint64_t)length;
    return store_sqlite_status(store, code, error);
}

vultus_status store_sqlite_stats(struct store *base, vultus_gallery_stats *out, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    vultus_gallery_stats stats = {0};
    vultus_status status = store_sqlite_begin(store, false, error);
    if (status)
        return status;
    status = read_sizes(store, &stats, error);
    if (!status)
        status = read_embedders(store, &stats, error);
    if (!status)
        status = read_journal(store, &stats, error);
    status = store_sqlite_end(store, status, error);
    if (status)
        vultus_gallery_stats_clear(&stats);
    else
        *out = stats;
    return status;
}
