/*
 * The thorough check of a SQLite gallery: SQLite's own of every page and index, its references, and then
 * each row by the same rules as when it is read in use. Opening (store_sqlite_schema.c) has looked at the
 * tables already. What is found is listed, and the check goes on.
 */
#include "base/memory.h"
#include "gallery/names.h"
#include "gallery/store_sqlite_events.h"
#include "gallery/store_sqlite_index.h"

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
                                 const char *(*fault)(struct store_sqlite *, sqlite3_stmt *),
                                 vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = prepare(check, sql, &statement, error);
    while (!status && !(status = next(check, statement, &row, error)) && row) {
        const char *why = fault(check->store, statement);
        if (why && sqlite3_errcode(check->store->db) == SQLITE_NOMEM)
            status = status_memory(error, "the check");
        else if (why)
            status = store_faults_add(&check->faults, error, "row %lld of %s %s",
                                      (long long)sqlite3_column_int64(statement, 0), table, why);
    }
    sqlite3_finalize(statement);
    return status;
}

static const char *person_fault(struct store_sqlite *store, sqlite3_stmt *row)
{
    char buffer[VULTUS_NAME_MAX + 1];
    const char *name = store_sqlite_name(store, row, 1, sqlite3_column_int64(row, 0), buffer);
    if (!name || names_fault(name, strlen(name)))
        return "has a name that cannot be one";
    return store_sqlite_text(row, 3, 31) ? NULL : "has a bad date";
}

static const char *embedder_fault(struct store_sqlite *store, sqlite3_stmt *row)
{
    (void)store;
    const char *name = store_sqlite_text(row, 1, STORE_EMBEDDER_MAX);
    int64_t dimension = sqlite3_column_int64(row, 2);
    if (!name || !name[0])
        return "has a bad name";
    return dimension < 1 || dimension > SEARCH_DIMENSION_MAX ? "has a bad dimension" : NULL;
}

/* Of the person whose fact it is. */
static const char *fact_fault(struct store_sqlite *store, sqlite3_stmt *row)
{
    struct store_sqlite_fact fact;
    return store_sqlite_read_fact(store, row, 1, 5, sqlite3_column_int64(row, 0), &fact) &&
                   store_sqlite_text(row, 4, 31)
               ? NULL
               : "has a bad fact";
}

static const char *refusal_fault(struct store_sqlite *store, sqlite3_stmt *row)
{
    uint8_t picture[HASH_SIZE];
    return store_sqlite_read_refusal(store, row, 1, 2, sqlite3_column_int64(row, 0), picture)
               ? NULL
               : "has a bad hash of a refused picture";
}

/* Of an encrypted gallery: plain ones keep any text. */
static const char *change_fault(struct store_sqlite *store, sqlite3_stmt *row)
{
    struct store_sqlite_change change;
    return !store->vault ||
                   store_sqlite_open_change(store, row, 1, sqlite3_column_int64(row, 0), &change)
               ? NULL
               : "was changed";
}

static const char *undo_name_fault(struct store_sqlite *store, sqlite3_stmt *row)
{
    char name[VULTUS_NAME_MAX + 1];
    return store_sqlite_name(store, row, 2, sqlite3_column_int64(row, 1), name)
               ? NULL
               : "has a name that cannot be one";
}

static const char *undo_fact_fault(struct store_sqlite *store, sqlite3_stmt *row)
{
    struct store_sqlite_fact fact;
    return store_sqlite_read_fact(store, row, 2, 5, sqlite3_column_int64(row, 1), &fact)
               ? NULL
               : "has a bad fact";
}

static vultus_status check_face(struct check *check, sqlite3_stmt *statement, vultus_error *error)
{
    vultus_face_record record = {0};
    vultus_face_records one = {.items = mem_array(1, sizeof record), .count = 1};
    bool memory = false;
    vultus_status status = VULTUS_OK;
    if (!one.items)
        return status_memory(error, "the check");
    const char *why = store_sqlite_record(check->store, statement, one.items, &memory);
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

/* Any event at all is read as a page of events reads it. */
static vultus_status check_events(struct check *check, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_query(check->store, QUERY_ALL_EVENTS, &statement, error);
    while (!status && !(status = next(check, statement, &row, error)) && row) {
        vultus_event_record record = {0};
        bool memory = false;
        const char *why = store_sqlite_event(check->store, statement, &record, &memory);
        if (memory || sqlite3_errcode(check->store->db) == SQLITE_NOMEM)
            status = status_memory(error, "the check");
        else if (why)
            status = store_faults_add(&check->faults, error, "row %lld of events %s",
                                      (long long)sqlite3_column_int64(statement, 0), why);
        vultus_event_record_clear(&record);
    }
    store_sqlite_done(statement);
    return status;
}

static vultus_status check_all(struct check *check, vultus_error *error)
{
    static const struct {
        const char *sql, *table;
        const char *(*fault)(struct store_sqlite *store, sqlite3_stmt *row);
    } texts[] = {
        {"SELECT id, name, sealed, created FROM people", "people", person_fault},
        {"SELECT id, name, dimension FROM embedders", "embedders", embedder_fault},
        {"SELECT person, kind, key, value, since, sealed FROM facts", "people", fact_fault},
        {"SELECT person, picture, sealed FROM refusals", "people", refusal_fault},
        {"SELECT id, sealed_actor, sealed FROM history", "history", change_fault},
        {"SELECT id, person, value, sealed FROM undo WHERE what IN ('person', 'name')", "undo",
         undo_name_fault},
        {"SELECT id, person, kind, key, value, sealed FROM undo WHERE what = 'fact'", "undo",
         undo_fact_fault},
    };
    int64_t faces = 0, counters = 0;
    vultus_status status =
        store_sqlite_number(check->store, "SELECT count(*) FROM faces", &faces, error);
    check->faces = (size_t)faces;
    if (!status)
        status = check_pages(check, error);
    if (!status)
        status = check_references(check, error);
    for (size_t i = 0; !status && i < sizeof texts / sizeof *texts; i++)
        status = check_texts(check, texts[i].sql, texts[i].table, texts[i].fault, error);
    if (!status)
        status = check_faces(check, error);
    if (!status)
        status = check_events(check, error);
    if (!status)
        status = store_sqlite_number(check->store, "SELECT count(*) FROM edits", &counters, error);
    if (!status && counters != 1)
        status = store_faults_add(&check->faults, error, "edits has %lld rows instead of one",
                                  (long long)counters);
    return status;
}

vultus_status store_sqlite_check_rows(struct store_sqlite *store, const vultus_progress *progress,
                                      vultus_faults *out, vultus_error *error)
{
    struct check check = {.store = store, .progress = progress};
    vultus_status status = store_sqlite_begin(store, false, error);
    if (status)
        return status;
    store_sqlite_watch(store, progress);
    status = check_all(&check, error);
    store_sqlite_watch(store, NULL);
    status = store_sqlite_end(store, status, error);
    if (status)
        vultus_faults_clear(&check.faults);
    else
        *out = check.faults;
    return status;
}

vultus_status store_sqlite_check(struct store *base, bool repair, const vultus_progress *progress,
                                 vultus_faults *out, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    vultus_faults faults = {0};
    struct store_sqlite_findings findings = {
        .faults = &faults, .repair = repair, .progress = progress};
    vultus_status status = store_sqlite_check_rows(store, progress, &faults, error);
    if (!status)
        status = store_sqlite_begin(store, false, error);
    if (!status) {
        status = store_sqlite_check_searches(store, &findings, error);
        status = store_sqlite_end(store, status, error);
    }
    if (status)
        vultus_faults_clear(&faults);
    else
        *out = faults;
    return status;
}
