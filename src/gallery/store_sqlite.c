/*
 * The SQLite store: opening files, connections, statements, transactions, and what result codes
 * mean. The rest is in store_sqlite_*.c. Files are never opened here by other means than SQLite
 * once they exist: closing a descriptor would drop the POSIX locks of every connection of this
 * process.
 */
#define _GNU_SOURCE
#include "gallery/store_sqlite.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SQLITE_OLDEST 3037000 /* STRICT tables */

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
    return store_sqlite_run(store, write ? QUERY_BEGIN_WRITE : QUERY_BEGIN_READ, error);
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

/* ------------------------------------------------------------------ opening */

vultus_status store_sqlite_make_folders(const char *path, vultus_error *error)
{
    char folder[FILE_PATH_MAX];
    size_t length = (size_t)(file_name(path) - path);
    if (length < 2)
        return VULTUS_OK;
    memcpy(folder, path, length - 1);
    folder[length - 1] = '\0';
    return file_make_folders(folder, error);
}

/* Makes the file, empty and for its owner only, or checks the one that is there. */
static vultus_status find_file(struct store_sqlite *store, const char *path,
                               const vultus_gallery_options *options, vultus_error *error)
{
    struct stat info;
    if (!stat(path, &info)) {
        if (S_ISREG(info.st_mode))
            return VULTUS_OK;
        return status_set(error, VULTUS_ERR_DATABASE, "%s: %s; give a path to a gallery",
                          store->shown, S_ISDIR(info.st_mode) ? "is a folder" : "is not a file");
    }
    if (errno != ENOENT)
        return status_set(error, VULTUS_ERR_DATABASE, "%s: %s", store->shown, strerror(errno));
    if (options->read_only || options->must_exist)
        return status_set(error, VULTUS_ERR_DATABASE,
                          "%s: there is no gallery; enrol somebody first, or give another path",
                          store->shown);
    vultus_status status = store_sqlite_make_folders(path, error);
    if (status)
        return status;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST) /* another process may have been quicker */
        return status_set(error, VULTUS_ERR_DATABASE, "%s: cannot be made: %s", store->shown,
                          strerror(errno));
    if (fd >= 0)
        close(fd);
    return VULTUS_OK;
}

/* file:PATH?immutable=1, with what has a meaning in URIs escaped. */
static bool immutable_uri(const char *path, char *out, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t at = (size_t)snprintf(out, size, "file:");
    for (; *path; path++) {
        uint8_t byte = (uint8_t)*path;
        bool plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                     (byte >= 'A' && byte <= 'Z') || strchr("/-_.", byte);
        if (at + 4 > size)
            return false;
        if (!plain)
            out[at++] = '%', out[at++] = digits[byte >> 4], byte = (uint8_t)digits[byte & 15];
        out[at++] = (char)byte;
    }
    return (size_t)snprintf(out + at, size - at, "?immutable=1") < size - at;
}

static void disconnect(struct store_sqlite *store)
{
    for (size_t i = 0; i < QUERY_COUNT; i++)
        sqlite3_finalize(store->queries[i]);
    memset(store->queries, 0, sizeof store->queries);
    sqlite3_close(store->db);
    store->db = NULL;
}

static vultus_status connect_file(struct store_sqlite *store, const char *path, int flags,
                                  vultus_error *error)
{
    static const struct {
        int which, value;
    } limits[] = {
        /* what our own statements need, doubled */
        {SQLITE_LIMIT_LENGTH, 4 << 20},
        {SQLITE_LIMIT_SQL_LENGTH, 1 << 16},
        {SQLITE_LIMIT_COLUMN, 64},
        {SQLITE_LIMIT_EXPR_DEPTH, 64},
        {SQLITE_LIMIT_COMPOUND_SELECT, 8},
        {SQLITE_LIMIT_VDBE_OP, 100000},
        {SQLITE_LIMIT_FUNCTION_ARG, 16},
        {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_VARIABLE_NUMBER, 64},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 8},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 64},
        {SQLITE_LIMIT_WORKER_THREADS, 0},
    };
    static const struct {
        int which, on;
    } switches[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},   {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},     {SQLITE_DBCONFIG_DQS_DDL, 0},
    };
    if (sqlite3_libversion_number() < SQLITE_OLDEST)
        return status_set(error, VULTUS_ERR_DATABASE,
                          "SQLite %s is too old for galleries; install 3.37 or newer",
                          sqlite3_libversion());
    int code = sqlite3_open_v2(path, &store->db,
                               flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    for (size_t i = 0; !code && i < sizeof switches / sizeof switches[0]; i++)
        code = sqlite3_db_config(store->db, switches[i].which, switches[i].on, (int *)NULL);
    if (!code) {
        for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
            sqlite3_limit(store->db, limits[i].which, limits[i].value);
        code = sqlite3_busy_timeout(store->db, STORE_SQLITE_BUSY_MS);
    }
    vultus_status status = store_sqlite_status(store, code, error);
    if (!status && !store->read_only && sqlite3_db_readonly(store->db, "main") == 1)
        status = store_sqlite_status(store, SQLITE_READONLY, error);
    if (!status)
        status = store_sqlite_prepare(store, error);
    if (status)
        disconnect(store);
    return status;
}

static bool has_log(const char *path, bool *empty)
{
    char other[FILE_PATH_MAX + 4];
    struct stat info;
    snprintf(other, sizeof other, "%s-wal", path);
    bool has = !stat(other, &info);
    *empty = !has || info.st_size == 0;
    return has;
}

/* Readers cannot remove the empty files of the log that they made; somebody who may write can, by closing
 * last, and changes nothing else. */
static void tidy(const char *path)
{
    sqlite3 *db = NULL;
    bool empty;
    if (has_log(path, &empty) && empty && !access(path, W_OK) &&
        !sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
        sqlite3_exec(db, "PRAGMA schema_version", NULL, NULL, NULL);
    sqlite3_close(db);
}

/* A gallery on a read-only disk, closed by its last writer: nobody can change it, and SQLite could
 * not make the file that readers share. */
static bool is_frozen(const char *path)
{
    char folder[FILE_PATH_MAX];
    bool empty;
    size_t length = (size_t)(file_name(path) - path);
    memcpy(folder, path, length);
    folder[length] = '\0';
    has_log(path, &empty);
    return access(folder, W_OK) && empty;
}

void store_sqlite_show(struct store_sqlite *store, const char *path)
{
    const char *tail = utf8_tail(path, 100);
    snprintf(store->shown, sizeof store->shown, "%s%s", tail == path ? "" : "...", tail);
}

vultus_status store_sqlite_path(const char *place, char out[FILE_PATH_MAX], vultus_error *error)
{
    int length = snprintf(out, FILE_PATH_MAX, "%s%s", place[0] == '/' ? "" : "./", place);
    if (length < 0 || length >= FILE_PATH_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "%s: the path is too long", file_shown(place));
    return VULTUS_OK;
}

static void close_sqlite(struct store *base)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    if (!store)
        return;
    if (store->db)
        roll_back(store);
    disconnect(store);
    if (store->tidy)
        tidy(store->tidy);
    mem_free(store->tidy);
    mem_free(store);
}

static vultus_status open_sqlite(const char *place, const vultus_gallery_options *options,
                                 struct store **out, vultus_error *error)
{
    char path[FILE_PATH_MAX], uri[3 * FILE_PATH_MAX + 32];
    struct store_sqlite *store = mem_zalloc(1, sizeof *store);
    vultus_status status;
    bool empty;
    if (!store)
        return status_memory(error, "the gallery");
    store->base.methods = &store_sqlite;
    store->read_only = options->read_only;
    store_actor(options->actor, store->actor);
    store_sqlite_show(store, place);
    status = store_sqlite_path(place, path, error);
    if (!status)
        status = find_file(store, path, options, error);
    if (!status && !options->read_only)
        status = connect_file(store, path, SQLITE_OPEN_READWRITE, error);
    else if (!status && is_frozen(path) && immutable_uri(path, uri, sizeof uri))
        status = connect_file(store, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, error);
    else if (!status && !has_log(path, &empty) && !(store->tidy = mem_string(path)))
        status = status_memory(error, "the gallery");
    else if (!status)
        status = connect_file(store, path, SQLITE_OPEN_READONLY, error);
    if (status)
        close_sqlite(&store->base);
    else
        *out = &store->base;
    return status;
}

const struct store_methods store_sqlite = {
    .name = "sqlite",
    .open = open_sqlite,
    .close = close_sqlite,
    .add = store_sqlite_add,
    .find = store_sqlite_find,
    .people = store_sqlite_people,
    .faces = store_sqlite_faces,
    .rename = store_sqlite_rename,
    .merge = store_sqlite_merge,
    .erase = store_sqlite_erase,
    .sync = store_sqlite_sync,
    .other = store_sqlite_other,
    .set_fact = store_sqlite_set_fact,
    .facts = store_sqlite_facts,
    .move = store_sqlite_move,
    .refuse = store_sqlite_refuse,
    .face_picture = store_sqlite_face_picture,
    .changes = store_sqlite_changes,
    .undo = store_sqlite_undo,
    .refusals = store_sqlite_refusals,
    .backup = store_sqlite_backup,
    .restore = store_sqlite_restore,
    .check = store_sqlite_check,
    .trace = store_sqlite_trace,
    .compact = store_sqlite_compact,
    .stats = store_sqlite_stats,
};
