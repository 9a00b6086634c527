/*
 * What is left of a name in a SQLite gallery: in its rows, in its search files, and in the bytes of the file and its log, which
 * are read through SQLite's own file (another descriptor, once closed, would drop its locks). Pages that
 * are not in use must be zero: secure_delete makes them so.
 */
#define _GNU_SOURCE /* memmem */
#include "base/memory.h"
#include "gallery/store_sqlite_index.h"
#include "gallery/store_sqlite_sealed.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define CHUNK ((size_t)1 << 20)
#define SEALED_NAME_MIN 6 /* bytes: by chance in a gigabyte once in 300,000 */

struct trace {
    struct store_sqlite *store;
    const char *name;
    uint8_t *bytes; /* CHUNK + VULTUS_NAME_MAX, which is more than a hash in hexadecimal */
    vultus_trace out;
};

static vultus_status read_at(struct trace *trace, sqlite3_file *file, sqlite3_int64 at, size_t size,
                             uint8_t *out, vultus_error *error)
{
    int code = file->pMethods->xRead(file, out, (int)size, at);
    return store_sqlite_status(trace->store, code, error);
}

/* Counts a text in a file; pieces overlap by less than a text. */
static vultus_status count_places(struct trace *trace, sqlite3_file *file, const char *text,
                                  vultus_error *error)
{
    size_t length = strlen(text);
    sqlite3_int64 size = 0;
    if (!file || !file->pMethods) /* there is no log */
        return VULTUS_OK;
    vultus_status status =
        store_sqlite_status(trace->store, file->pMethods->xFileSize(file, &size), error);
    for (sqlite3_int64 at = 0; !status && at < size; at += (sqlite3_int64)CHUNK) {
        sqlite3_int64 rest = size - at, most = (sqlite3_int64)(CHUNK + length - 1);
        size_t have = (size_t)(rest < most ? rest : most);
        status = read_at(trace, file, at, have, trace->bytes, error);
        const uint8_t *found = trace->bytes, *end = trace->bytes + have;
        while (!status && (found = memmem(found, (size_t)(end - found), text, length))) {
            trace->out.places++;
            found++;
        }
    }
    return status;
}

/* An encrypted gallery has the hash of the name. A short name is somewhere by chance in what looks random. */
static vultus_status count_in_files(struct trace *trace, sqlite3_file *file, sqlite3_file *log,
                                    vultus_error *error)
{
    char key[STORE_KEY_SIZE];
    const char *const texts[] = {trace->name, store_sqlite_key(trace->store, trace->name, key)};
    const bool sealed = trace->store->vault != NULL;
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < (sealed ? 2u : 1u); i++) {
        if (sealed && strlen(texts[i]) < SEALED_NAME_MIN)
            continue;
        status = count_places(trace, file, texts[i], error);
        if (!status)
            status = count_places(trace, log, texts[i], error);
    }
    return status;
}

/* The same in a file that is not SQLite's; one that is not there has nothing. */
static vultus_status count_in_file(struct trace *trace, const char *path, vultus_error *error)
{
    size_t length = strlen(trace->name), kept = 0, got = 1;
    FILE *file = fopen(path, "rbe");
    if (!file && errno == ENOENT)
        return VULTUS_OK;
    while (file && got) {
        got = fread(trace->bytes + kept, 1, CHUNK - kept, file);
        const uint8_t *found = trace->bytes, *end = trace->bytes + kept + got;
        while (got && (found = memmem(found, (size_t)(end - found), trace->name, length))) {
            trace->out.places++;
            found++;
        }
        size_t have = kept + got;
        kept = have < length - 1 ? have : length - 1;
        memmove(trace->bytes, trace->bytes + have - kept, kept);
    }
    bool good = file && !ferror(file);
    if (file)
        fclose(file);
    return good ? VULTUS_OK
                : status_set(error, VULTUS_ERR_IO, "%s: cannot be read", file_shown(path));
}

static vultus_status count_in_searches(struct trace *trace, vultus_error *error)
{
    struct file_list files = {0};
    char new[FILE_PATH_MAX + 8];
    vultus_status status = store_sqlite_search_files(trace->store, &files, error);
    for (size_t i = 0; !status && i < files.count; i++) {
        snprintf(new, sizeof new, "%s.new", files.items[i]);
        status = count_in_file(trace, files.items[i], error);
        if (!status)
            status = count_in_file(trace, new, error);
    }
    file_list_clear(&files);
    return status;
}

static uint32_t big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
    return !size || (!bytes[0] && !memcmp(bytes, bytes + 1, size - 1));
}

/* The list of free pages, as https://www.sqlite.org/fileformat2.html#the_freelist has it: trunks that name
 * the next trunk, how many leaves they have, and the leaves. */
static vultus_status look_at_free_pages(struct trace *trace, sqlite3_file *file, size_t page_size,
                                        size_t pages, vultus_error *error)
{
    uint8_t *trunk = trace->bytes, *leaf = trace->bytes + page_size;
    vultus_status status = read_at(trace, file, 0, 100, trunk, error);
    size_t next = status ? 0 : big_endian(trunk + 32);
    while (!status && next) {
        if (next > pages || trace->out.free_pages > pages)
            return store_sqlite_status(trace->store, SQLITE_CORRUPT, error);
        status =
            read_at(trace, file, (sqlite3_int64)((next - 1) * page_size), page_size, trunk, error);
        size_t leaves = status ? 0 : big_endian(trunk + 4);
        if (!status && leaves > page_size / 4 - 2)
            return store_sqlite_status(trace->store, SQLITE_CORRUPT, error);
        trace->out.free_pages++;
        for (size_t i = 0; !status && i < leaves; i++) {
            size_t page = big_endian(trunk + 8 + 4 * i);
            if (!page || page > pages)
                return store_sqlite_status(trace->store, SQLITE_CORRUPT, error);
            status = read_at(trace, file, (sqlite3_int64)((page - 1) * page_size), page_size, leaf,
                             error);
            trace->out.free_pages++;
            trace->out.dirty_pages += !status && !is_zero(leaf, page_size);
        }
        next = status ? 0 : big_endian(trunk);
    }
    return status;
}

/* Every text of every table: ?1 is the name. */
static vultus_status count_texts(struct trace *trace, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    if (trace->store->vault)
        return store_sqlite_trace_sealed(trace->store, trace->name, &trace->out, error);
    vultus_status status = store_sqlite_query(trace->store, QUERY_TRACE, &statement, error);
    if (!status)
        status = store_sqlite_status(
            trace->store, sqlite3_bind_text(statement, 1, trace->name, -1, SQLITE_STATIC), error);
    if (!status)
        status = store_sqlite_step(trace->store, statement, &row, error);
    if (!status && row) {
        trace->out.texts = (size_t)sqlite3_column_int64(statement, 0);
        trace->out.mentions = (size_t)sqlite3_column_int64(statement, 1);
    }
    store_sqlite_done(statement);
    return status;
}

vultus_status store_sqlite_trace(struct store *base, const char *name, vultus_trace *out,
                                 vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    struct trace trace = {.store = store, .name = name};
    sqlite3_file *file = NULL, *log = NULL;
    int64_t page_size = 0, pages = 0;
    if (!store->read_only)
        store_sqlite_empty_log(store);
    if (!(trace.bytes = mem_alloc(CHUNK + VULTUS_NAME_MAX)))
        return status_memory(error, "a part of the gallery");
    vultus_status status = store_sqlite_begin(store, false, error);
    if (!status) {
        status = count_texts(&trace, error);
        if (!status)
            status = store_sqlite_number(store, "PRAGMA page_size", &page_size, error);
        if (!status)
            status = store_sqlite_number(store, "PRAGMA page_count", &pages, error);
        sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
        sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
        if (!status)
            status = count_in_files(&trace, file, log, error);
        if (!status)
            status = look_at_free_pages(&trace, file, (size_t)page_size, (size_t)pages, error);
        status = store_sqlite_end(store, status, error);
    }
    if (!status)
        status = count_in_searches(&trace, error);
    mem_free_wiped(trace.bytes, CHUNK + VULTUS_NAME_MAX);
    if (status)
        return status;
    trace.out.gone = !trace.out.texts && !trace.out.dirty_pages &&
                     (!trace.out.places ||
                      (trace.out.mentions && !store->vault)); /* what is sealed has no place */
    *out = trace.out;
    return VULTUS_OK;
}
