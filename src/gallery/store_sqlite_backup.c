/*
 * Copies of a SQLite gallery, by SQLite's online backup: the pages of one read transaction, so others go
 * on writing. A copy is a file of its own with no log beside it, and has the name only once it has been
 * opened as a gallery. Restoring writes into the gallery that is there, in one transaction, because
 * others may have it open; only a file that SQLite cannot read is replaced.
 */
#include "base/file.h"
#include "base/memory.h"
#include "gallery/store_sqlite_index.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGES_AT_ONCE 64 /* between two looks at the progress: 256 KiB */

/* A connection to a file that need not be a gallery; messages name it. */
static vultus_status open_raw(const char *path, struct store_sqlite *out, vultus_error *error)
{
    char name[FILE_PATH_MAX];
    *out = (struct store_sqlite){0};
    store_sqlite_show(out, path);
    vultus_status status = store_sqlite_path(path, name, error);
    if (status)
        return status;
    int code = sqlite3_open_v2(
        name, &out->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (!code)
        code = sqlite3_busy_timeout(out->db, STORE_SQLITE_BUSY_MS);
    return store_sqlite_status(out, code, error);
}

static vultus_status copy_pages(struct store_sqlite *from, struct store_sqlite *to,
                                const vultus_progress *progress, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    int code = SQLITE_OK;
    sqlite3_backup *copy = sqlite3_backup_init(to->db, "main", from->db, "main");
    if (!copy)
        return store_sqlite_status(to, sqlite3_errcode(to->db), error);
    while (!status && !(code = sqlite3_backup_step(copy, PAGES_AT_ONCE))) {
        int total = sqlite3_backup_pagecount(copy), left = sqlite3_backup_remaining(copy);
        status = store_progress(progress, (size_t)(total - left), (size_t)total, error);
    }
    sqlite3_backup_finish(copy);
    return status ? status : store_sqlite_status(to, code, error);
}

/* All of `store` into an empty file, which is then one file: no log, no journal. */
static vultus_status write_copy(struct store_sqlite *store, const char *path,
                                const vultus_progress *progress, vultus_error *error)
{
    struct store_sqlite copy;
    int64_t edits;
    vultus_status status = open_raw(path, &copy, error);
    if (!status) /* whoever calls syncs the file */
        status = store_sqlite_execute(&copy, "PRAGMA synchronous = OFF", error);
    if (!status)
        status = store_sqlite_begin(store, false, error);
    if (!status) {
        status = store_sqlite_number(store, "SELECT count FROM edits", &edits, error);
        if (!status)
            status = copy_pages(store, &copy, progress, error);
        status = store_sqlite_end(store, status, error);
    }
    if (!status)
        status = store_sqlite_execute(&copy, "PRAGMA journal_mode = DELETE", error);
    sqlite3_close(copy.db);
    return status;
}

/* Opening looks at the tables and the pages. */
static vultus_status check_copy(const struct store_sqlite *of, const char *path,
                                vultus_error *error)
{
    static const vultus_gallery_options read_only = {.read_only = true};
    struct store *store;
    vultus_status status = store_sqlite_open_as(path, &read_only, of, &store, error);
    if (!status)
        store_sqlite.close(store);
    return status;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat one, other;
    return !stat(a, &one) && !stat(b, &other) && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

static vultus_status begin_file(const char *path, struct file_replacement *out, vultus_error *error)
{
    vultus_status status = file_replace_begin(path, true, out, error);
    if (status || out->temporary[0])
        return status;
    file_replace_abort(out);
    return status_set(error, VULTUS_ERR_IO, "%s: is not a file; give another path",
                      file_shown(path));
}

vultus_status store_sqlite_backup(struct store *base, const char *path, bool overwrite,
                                  const vultus_progress *progress, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    struct file_replacement file;
    if (is_same_file(path, sqlite3_db_filename(store->db, "main")))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "%s: is the gallery itself; give another path", file_shown(path));
    if (!overwrite && file_exists(path))
        return status_set(error, VULTUS_ERR_EXISTS, "%s: is there already; --force replaces it",
                          file_shown(path));
    vultus_status status = begin_file(path, &file, error);
    if (status)
        return status;
    status = write_copy(store, file.temporary, progress, error);
    if (!status)
        status = check_copy(store, file.temporary, error);
    if (!status)
        return file_replace_commit(&file, error);
    file_replace_abort(&file);
    return status;
}

/* ------------------------------------------------------------------ restoring */

/* More changes than are made while a copy is put in place: indexes in memory must not take the old
 * count for the new one. */
#define EDITS_AHEAD (1 << 20)

static vultus_status check_source(struct store *source, const char *path,
                                  const vultus_progress *progress, vultus_error *error)
{
    vultus_faults faults = {0};
    vultus_status status =
        store_sqlite_check_rows((struct store_sqlite *)source, progress, &faults, error);
    if (!status && faults.found)
        status = status_set(error, VULTUS_ERR_FORMAT, "%s: %s; and %zu more: restore another copy",
                            file_shown(path), faults.items[0], faults.found - 1);
    vultus_faults_clear(&faults);
    return status;
}

/* Writes the copy into the gallery that is there. NOT_FOUND: SQLite cannot read it as a database. */
static vultus_status write_into(const char *from, const char *path, const vultus_progress *progress,
                                vultus_error *error)
{
    struct store_sqlite target, copy = {0};
    char sql[96];
    int64_t edits = 0;
    vultus_status status = open_raw(path, &target, error);
    int code =
        status ? SQLITE_OK : sqlite3_exec(target.db, "PRAGMA user_version", NULL, NULL, NULL);
    bool readable = (code & 0xFF) != SQLITE_NOTADB && (code & 0xFF) != SQLITE_CORRUPT;
    if (!status && readable)
        status = store_sqlite_status(&target, code, error);
    if (!status && readable && !store_sqlite_is_gallery(target.db))
        status = status_set(error, VULTUS_ERR_DATABASE,
                            "%s: the database of another program, not a gallery; give another path",
                            target.shown);
    if (!status && readable && /* whose count cannot be read has no index that knows it */
        store_sqlite_number(&target, "SELECT count FROM edits", &edits, NULL))
        edits = 0;
    if (!status && readable)
        status = open_raw(from, &copy, error);
    if (!status && readable) {
        snprintf(sql, sizeof sql, "UPDATE edits SET count = max(count, %lld) + %d",
                 (long long)edits, EDITS_AHEAD);
        status = store_sqlite_execute(&copy, sql, error);
        if (!status)
            status = copy_pages(&copy, &target, progress, error);
    }
    sqlite3_close(copy.db);
    sqlite3_close(target.db);
    return !status && !readable ? VULTUS_ERR_NOT_FOUND : status;
}

/* An old log beside a new file would be taken for its own. */
static void remove_logs(const char *path)
{
    static const char *const endings[] = {"-wal", "-shm", "-journal"};
    char other[FILE_PATH_MAX + 16];
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        snprintf(other, sizeof other, "%s%s", path, endings[i]);
        unlink(other);
    }
}

vultus_status store_sqlite_restore(const char *place, const char *path,
                                   const struct store_copying *how, vultus_error *error)
{
    const vultus_gallery_options read_only = {.read_only = true, .key_file = how->key_file};
    struct file_replacement file;
    struct store *source = NULL;
    bool there = file_exists(place);
    if (is_same_file(place, path))
        return status_set(error, VULTUS_ERR_ARGUMENT, "%s: is the gallery itself; name a copy",
                          file_shown(path));
    if (there && !how->overwrite)
        return status_set(error, VULTUS_ERR_EXISTS,
                          "%s: there is a gallery already; --force replaces it", file_shown(place));
    vultus_status status = store_sqlite.open(path, &read_only, &source, error);
    if (status)
        return status;
    status = check_source(source, path, how->progress, error);
    if (!status && !there)
        status = store_sqlite_make_folders(place, error);
    if (!status)
        status = begin_file(place, &file, error);
    if (status) {
        store_sqlite.close(source);
        return status;
    }
    status = write_copy((struct store_sqlite *)source, file.temporary, how->progress, error);
    store_sqlite.close(source);
    if (!status && there) {
        status = write_into(file.temporary, place, how->progress, error);
        there = status != VULTUS_ERR_NOT_FOUND;
        status = there ? status : VULTUS_OK;
    }
    if (!status && !there) {
        remove_logs(file.path);
        status = file_replace_commit(&file, error);
    } else {
        file_replace_abort(&file);
    }
    return status ? status : store_sqlite_remove_searches(file.path, error);
}
