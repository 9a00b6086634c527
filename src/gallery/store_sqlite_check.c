/*
 * The thorough check of a SQLite gallery: SQLite's own of every page and index, its references, and then
 * each row by the same rules as when it is read in use. Opening (store_sqlite_schema.c) has looked at the
 * tables already. What is found is listed, and the check goes on.
 */
#include "base/memory.h"
#include "gallery/names.h"
#include "gallery/store_sqlite.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

struct check {
    struct store_sqlite *store;
    const vultus_progress *progress;
    vultus_faults faults;
    size_t faces, done;
};

static vultus_status prepare(struct check *check, const char *sql, sqlite3_stmt **out,
                             vultus_error *error)
{
    int code = sqlite3_prepare_v2(check->store->db, sql, -1, out, NULL);
    return store_sqlite_status(check->store, code, error);
}

static vultus_status next(struct check *check, sqlite3_stmt *statement, bool *row,
                          vultus_error *error)
{
    return store_sqlite_step(check->store, statement, row, error);
}

/* A text, or memory that ran out while SQLite made it. */
static vultus_status need(struct check *check, const char *text, vultus_error *error)
{
    bool out_of_memory = !text && sqlite3_errcode(check->store->db) == SQLITE_NOMEM;
    return out_of_memory ? status_memory(error, "the check") : VULTUS_OK;
}

static vultus_status check_pages(struct check *check, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = prepare(check, "PRAGMA integrity_check", &statement, error);
    while (!status && !(status = next(check, statement, &row, error)) && row) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        status = need(check, text, error);
        if (!status && text && strcmp(text, "ok") != 0)
            status = store_faults_add(&check->faults, error, "the file: %s", text);
    }
    sqlite3_finalize(statement);
    return status;
}

static vultus_status check_references(struct check *check, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = prepare(check, "PRAGMA foreign_key_check", &statement, error);
    while (!status && !(status = next(check, statement, &row, error)) && row) {
        const char *table = (const char *)sqlite3_column_text(statement, 0);
        const char *parent = (const char *)sqlite3_column_text(statement, 2);
        status = store_faults_add(&check->faults, error,
                                  "row %lld of %s refers to a row of %s that is not there",
                                  (long long)sqlite3_column_int64(statement, 1),
                                  table ? table : "?", parent ? parent : "?");
    }
    sqlite3_finalize(statement);
    return status;
}

/* Rows of (id, text, what it must be) whose text is judged by `fault`. */
static vultus_status check_texts(struct check *check, const char *sql, const char *table,
                                 const char *(*fault)(sqlite3_stmt *), vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = prepare(check, sql, &statement, error);
    while (!status && !(status = next(check, statement, &row, error)) && row) {
        const char *why = fault(statement);
        if (why && sqlite3_errcode(check->store->db) == SQLITE_NOMEM)
            status = status_memory(error, "the check");
        else if (why)
            status = store_faults_add(&check->faults, error, "row %lld of %s %s",
                                      (long long)sqlite3_column_int64(statement, 0), table, why);
    }
    sqlite3_finalize(statement);
    return status;
}

static const char *person_fault(sqlite3_stmt *row)
{
    const char *name = store_sqlite_text(row, 1, VULTUS_NAME_MAX);
    if (!name || names_fault(name, strlen(name)))
        return "has a name that cannot be one";
    return store_sqlite_text(row, 2, 31) ? NULL : "has a bad date";
}

static const char *embedder_fault(sqlite3_stmt *row)
{
    const char *name = store_sqlite_text(row, 1, STORE_EMBEDDER_MAX);
    int64_t dimension = sqlite3_column_int64(row, 2);
    if (!name || !name[0])
        return "has a bad name";
    return dimension < 1 || dimension > SEARCH_DIMENSION_MAX ? "has a bad dimension" : NULL;
}

/* Of the person whose fact it is. */
static const char *fact_fault(sqlite3_stmt *row)
{
    const char *const texts[] = {
        store_sqlite_text(row, 1, 31), store_sqlite_text(row, 2, VULTUS_FACT_KEY_MAX),
        store_sqlite_text(row, 3, VULTUS_FACT_VALUE_MAX), store_sqlite_text(row, 4, 31)};
    vultus_fact_kind kind;
    return store_fact_fault(texts, &kind);
}

static const char *refusal_fault(sqlite3_stmt *row)
{
    return sqlite3_column_bytes(row, 1) == HASH_SIZE ? NULL : "has a bad hash of a refused picture";
}

static vultus_status check_face(struct check *check, sqlite3_stmt *statement, vultus_error *error)
{
    vultus_face_record record = {0};
    vultus_face_records one = {.items = mem_array(1, sizeof record), .count = 1};
    bool memory = false;
    vultus_status status = VULTUS_OK;
    if (!one.items)
        return status_memory(error, "the check");
    const char *why = store_sqlite_record(statement, one.items, &memory);
    double squared = 0;
    for (size_t i = 0; !why && !memory && i < one.items->dimension; i++)
        squared += (double)one.items->embedding[i] * (double)one.items->embedding[i];
    if (!why && !memory && !(squared > 1e-12 && squared < 1e12))
        why = "has an embedding without length";
    if (memory || sqlite3_errcode(check->store->db) == SQLITE_NOMEM)
        status = status_memory(error, "the check");
    else if (why)
        status = store_faults_add(&check->faults, error, "row %lld of faces %s",
                                  (long long)one.items->id, why);
    vultus_face_records_clear(&one);
    if (!status && ++check->done % 256 == 0)
        status = store_progress(check->progress, check->done, check->faces, error);
    return status;
}

static vultus_status check_faces(struct check *check, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_query(check->store, QUERY_ALL_FACES, &statement, error);
    while (!status && !(status = next(check, statement, &row, error)) && row)
        status = check_face(check, statement, error);
    store_sqlite_done(statement);
    return status;
}

static vultus_status check_all(struct check *check, vultus_error *error)
{
    int64_t faces = 0, counters = 0;
    vultus_status status =
        store_sqlite_number(check->store, "SELECT count(*) FROM faces", &faces, error);
    check->faces = (size_t)faces;
    if (!status)
        status = check_pages(check, error);
    if (!status)
        status = check_references(check, error);
    if (!status)
        status = check_texts(check, "SELECT id, name, created FROM people", "people", person_fault,
                             error);
    if (!status)
        status = check_texts(check, "SELECT id, name, dimension FROM embedders", "embedders",
                             embedder_fault, error);
    if (!status)
        status = check_texts(check, "SELECT person, kind, key, value, since FROM facts", "people",
                             fact_fault, error);
    if (!status)
        status = check_texts(check, "SELECT person, picture FROM refusals", "people", refusal_fault,
                             error);
    if (!status)
        status = check_faces(check, error);
    if (!status)
        status = store_sqlite_number(check->store, "SELECT count(*) FROM edits", &counters, error);
    if (!status && counters != 1)
        status = store_faults_add(&check->faults, error, "edits has %lld rows instead of one",
                                  (long long)counters);
    return status;
}

vultus_status store_sqlite_check(struct store *base, const vultus_progress *progress,
                                 vultus_faults *out, vultus_error *error)
{
    struct check check = {.store = (struct store_sqlite *)base, .progress = progress};
    vultus_status status = store_sqlite_begin(check.store, false, error);
    if (status)
        return status;
    store_sqlite_watch(check.store, progress);
    status = check_all(&check, error);
    store_sqlite_watch(check.store, NULL);
    status = store_sqlite_end(check.store, status, error);
    if (status)
        vultus_faults_clear(&check.faults);
    else
        *out = check.faults;
    return status;
}
