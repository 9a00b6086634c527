/*
 * The search files of a SQLite gallery, DATABASE-search-EMBEDDER beside it: which there are, whether one stands for
 * the database as it is. They are a cache: whatever goes wrong with one, the index is filled in memory.
 */
#define _GNU_SOURCE
#include "base/buffer.h"
#include "base/file_lock.h"
#include "base/memory.h"
#include "gallery/store_sqlite_index.h"

#include <dirent.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MIDDLE "-search-"
#define SAMPLED 16 /* of the last people and faces, and of faces all along */

/* The one place that says whether a gallery may have files at all: what is encrypted stays in memory. */
static const char *database(const struct store_sqlite *store)
{
    const char *path =
        store->db && !store->base.private ? sqlite3_db_filename(store->db, "main") : NULL;
    return path && path[0] ? path : NULL;
}

bool store_sqlite_search_path(const struct store_sqlite *store, const char *embedder,
                              char out[FILE_PATH_MAX])
{
    static const char digits[] = "0123456789abcdef";
    const char *path = database(store);
    int length = path ? snprintf(out, FILE_PATH_MAX, "%s" MIDDLE, path) : -1;
    if (length < 0 || (size_t)length + 3 * strlen(embedder) + sizeof ".new.lock" > FILE_PATH_MAX)
        return false;
    char *at = out + length;
    for (const char *c = embedder; *c; c++) {
        uint8_t byte = (uint8_t)*c;
        bool plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                     (byte >= 'A' && byte <= 'Z') || strchr("-_@+", byte);
        if (plain) {
            *at++ = *c;
        } else {
            *at++ = '%';
            *at++ = digits[byte >> 4];
            *at++ = digits[byte & 15];
        }
    }
    *at = '\0';
    return true;
}

void store_sqlite_tell(const struct store_sqlite *store, const char *format, ...)
{
    char line[512];
    va_list values;
    if (!store->notice)
        return;
    va_start(values, format);
    vsnprintf(line, sizeof line, format, values);
    va_end(values);
    store->notice(store->notice_context, line);
}

/* ------------------------------------------------------------------ what a file stands for */

/* Adds the rows of a query up to an id, as they are. */
static vultus_status add_rows(struct store_sqlite *store, enum store_sqlite_query query, int64_t id,
                              int64_t count, struct buffer *out, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_query(store, query, &statement, error);
    if (status)
        return status;
    int code = sqlite3_bind_int64(statement, 1, id);
    if (!code)
        code = sqlite3_bind_int64(statement, 2, count);
    status = store_sqlite_status(store, code, error);
    while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row)
        for (int c = 0; !status && c < sqlite3_column_count(statement); c++) {
            const void *bytes = sqlite3_column_blob(statement, c);
            int size = sqlite3_column_bytes(statement, c);
            status = buffer_append(out, &size, sizeof size, error);
            if (!status && size && bytes)
                status = buffer_append(out, bytes, (size_t)size, error);
        }
    store_sqlite_done(statement);
    return status;
}

/* A copy of the database that has gone another way since has other faces at the end, or along the way. */
vultus_status store_sqlite_identity(struct store_sqlite *store, int64_t person, int64_t face,
                                    uint8_t out[HASH_SIZE], vultus_error *error)
{
    struct buffer sample;
    buffer_init(&sample, (size_t)1 << 20);
    vultus_status status = add_rows(store, QUERY_PEOPLE_SAMPLE, person, SAMPLED, &sample, error);
    if (!status)
        status = add_rows(store, QUERY_FACES_SAMPLE, face, SAMPLED, &sample, error);
    for (int64_t i = 1; !status && i < SAMPLED; i++)
        status = add_rows(store, QUERY_FACES_SAMPLE, face / SAMPLED * i, 1, &sample, error);
    if (!status)
        status =
            hash_bytes(sample.data ? sample.data : (const uint8_t *)"", sample.size, out, error);
    buffer_clear(&sample);
    return status;
}

vultus_status store_sqlite_file_mark(struct store_sqlite *store, const struct store_mark *mark,
                                     struct search_file_mark *out, vultus_error *error)
{
    *out =
        (struct search_file_mark){.edits = mark->edits, .person = mark->person, .face = mark->face};
    snprintf(out->expires, sizeof out->expires, "%s", mark->expires);
    snprintf(out->filled, sizeof out->filled, "%s", mark->filled_at);
    return store_sqlite_identity(store, mark->person, mark->face, out->identity, error);
}

/* NOT_FOUND: the file stands for another state of the database, or another database. */
vultus_status store_sqlite_file_fits(struct store_sqlite *store, const struct store_mark *now,
                                     const struct search_file_mark *mark, vultus_error *error)
{
    uint8_t identity[HASH_SIZE];
    char date[STORE_DATE_SIZE];
    store_now(date);
    if (mark->edits != now->edits || strcmp(mark->expires, now->expires) != 0 ||
        strcmp(mark->filled, date) > 0)
        return VULTUS_ERR_NOT_FOUND;
    vultus_status status = store_sqlite_identity(store, mark->person, mark->face, identity, error);
    return !status && memcmp(identity, mark->identity, HASH_SIZE) != 0 ? VULTUS_ERR_NOT_FOUND
                                                                       : status;
}

/* ------------------------------------------------------------------ all files of a gallery */

static bool ends_in(const char *name, const char *ending)
{
    size_t length = strlen(name), end = strlen(ending);
    return length >= end && !strcmp(name + length - end, ending);
}

static bool contains(const struct file_list *files, const char *path)
{
    for (size_t i = 0; i < files->count; i++)
        if (!strcmp(files->items[i], path))
            return true;
    return false;
}

/* The search files there are, also such that nobody finished. */
static vultus_status list(const char *path, struct file_list *out, vultus_error *error)
{
    char folder[FILE_PATH_MAX], full[FILE_PATH_MAX + 300], prefix[FILE_PATH_MAX + 16];
    const size_t length = (size_t)(file_name(path) - path);
    snprintf(folder, sizeof folder, "%.*s", length ? (int)length : 1, length ? path : ".");
    snprintf(prefix, sizeof prefix, "%s" MIDDLE, file_name(path));
    DIR *entries = opendir(folder);
    vultus_status status = VULTUS_OK;
    if (!entries)
        return VULTUS_OK;
    for (struct dirent *entry; !status && (entry = readdir(entries));) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0 || ends_in(entry->d_name, ".lock"))
            continue;
        snprintf(full, sizeof full, "%.*s%s", (int)length, path, entry->d_name);
        if (ends_in(full, ".new"))
            full[strlen(full) - strlen(".new")] = '\0';
        if (!contains(out, full))
            status = file_list_add(out, full, error);
    }
    closedir(entries);
    return status;
}

vultus_status store_sqlite_search_files(const struct store_sqlite *store, struct file_list *out,
                                        vultus_error *error)
{
    const char *path = store->db ? sqlite3_db_filename(store->db, "main") : NULL;
    return path && path[0] ? list(path, out, error) : VULTUS_OK;
}

vultus_status store_sqlite_remove_searches(const char *path, vultus_error *error)
{
    struct file_list files = {0};
    vultus_status status = list(path, &files, error);
    for (size_t i = 0; !status && i < files.count; i++)
        status = search_file_remove(files.items[i], error);
    file_list_clear(&files);
    return status;
}
