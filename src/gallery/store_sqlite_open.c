/*
 * Opening and closing SQLite galleries: their files, connections and limits. Files are never opened here by
 * other means than SQLite once they exist: closing a descriptor would drop the POSIX locks of every
 * connection of this process.
 */
#define _GNU_SOURCE
#include "base/file.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "gallery/store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SQLITE_OLDEST 3037000 /* STRICT tables */

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

/* What a connection may do, and how much. Result codes of SQLite. */
static int configure(sqlite3 *db)
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
    int code = SQLITE_OK;
    for (size_t i = 0; !code && i < sizeof switches / sizeof switches[0]; i++)
        code = sqlite3_db_config(db, switches[i].which, switches[i].on, (int *)NULL);
    for (size_t i = 0; !code && i < sizeof limits / sizeof limits[0]; i++)
        sqlite3_limit(db, limits[i].which, limits[i].value);
    return code ? code : sqlite3_busy_timeout(db, STORE_SQLITE_BUSY_MS);
}

/* In memory: what an older version has for readers, who must not change the file. */
vultus_status store_sqlite_load(struct store_sqlite *store, vultus_error *error)
{
    sqlite3 *copy = NULL;
    int code =
        sqlite3_open_v2(":memory:", &copy,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (!code)
        code = configure(copy);
    sqlite3_backup *all = code ? NULL : sqlite3_backup_init(copy, "main", store->db, "main");
    if (all) {
        code = sqlite3_backup_step(all, -1);
        sqlite3_backup_finish(all);
    } else if (!code) {
        code = sqlite3_errcode(copy);
    }
    vultus_status status = store_sqlite_status(store, code, error);
    if (status) {
        sqlite3_close(copy);
        return status;
    }
    disconnect(store);
    store->db = copy;
    return VULTUS_OK;
}

static vultus_status connect_file(struct store_sqlite *store, const char *path, int flags,
                                  vultus_error *error)
{
    if (sqlite3_libversion_number() < SQLITE_OLDEST)
        return status_set(error, VULTUS_ERR_DATABASE,
                          "SQLite %s is too old for galleries; install 3.37 or newer",
                          sqlite3_libversion());
    int code = sqlite3_open_v2(path, &store->db,
                               flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (!code)
        code = configure(store->db);
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

void store_sqlite_close(struct store *base)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    if (!store)
        return;
    disconnect(store); /* which rolls back */
    if (store->tidy)
        tidy(store->tidy);
    mem_free(store->tidy);
    key_free(store->key);
    vault_free(store->vault);
    mem_free(store);
}

/* The key of a new connection: that of a gallery that is open, or what the options and the environment name. */
static vultus_status find_key(struct store_sqlite *store, const vultus_gallery_options *options,
                              const struct store_sqlite *like, vultus_error *error)
{
    store->key_optional = options->key_optional;
    if (!like)
        return key_find(options->key_file, &store->key, error);
    if (!like->vault || (store->vault = vault_copy(like->vault)))
        return VULTUS_OK;
    return status_memory(error, "the keys of the gallery");
}

vultus_status store_sqlite_open(const char *place, const vultus_gallery_options *options,
                                struct store **out, vultus_error *error)
{
    return store_sqlite_open_as(place, options, NULL, out, error);
}

vultus_status store_sqlite_open_as(const char *place, const vultus_gallery_options *options,
                                   const struct store_sqlite *like, struct store **out,
                                   vultus_error *error)
{
    char path[FILE_PATH_MAX], uri[3 * FILE_PATH_MAX + 32];
    struct store_sqlite *store = mem_zalloc(1, sizeof *store);
    vultus_status status;
    bool empty;
    if (!store)
        return status_memory(error, "the gallery");
    store->base.methods = &store_sqlite;
    store->read_only = options->read_only;
    store->write_searches = !options->read_only || options->search_files;
    store->notice = options->notice;
    store->notice_context = options->notice_context;
    store_actor(options->actor, store->actor);
    store_sqlite_show(store, place);
    status = store_sqlite_path(place, path, error);
    if (!status)
        status = find_key(store, options, like, error);
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
    key_free(store->key);
    store->key = NULL;
    store->base.private = store->vault != NULL;
    if (status)
        store_sqlite_close(&store->base);
    else
        *out = &store->base;
    return status;
}
