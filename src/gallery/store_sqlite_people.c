/*
 * People in the SQLite store: listing, renaming, merging, erasing. Each change is one transaction.
 * Erasing also empties the write-ahead log, so that what was removed is gone from both files.
 */
#include "base/memory.h"
#include "gallery/names.h"
#include "gallery/store_sqlite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

vultus_status store_sqlite_person(struct store_sqlite *store, const char *name, int64_t *id,
                                  vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    int64_t found = 0;
    vultus_status status = store_sqlite_query(store, QUERY_PERSON, &statement, error);
    if (!status)
        status = store_sqlite_status(
            store, sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC), error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    if (!status && row)
        found = sqlite3_column_int64(statement, 0);
    store_sqlite_done(statement);
    if (!status)
        *id = found;
    return status;
}

/* The same, but nobody is NOT_FOUND. */
static vultus_status known_person(struct store_sqlite *store, const char *name, int64_t *id,
                                  vultus_error *error)
{
    vultus_status status = store_sqlite_person(store, name, id, error);
    if (!status && !*id)
        status = status_set(error, VULTUS_ERR_NOT_FOUND, "nobody is called \"%.100s\"", name);
    return status;
}

/* ------------------------------------------------------------------ listing */

static vultus_status read_person(struct store_sqlite *store, sqlite3_stmt *statement,
                                 vultus_person *out, vultus_error *error)
{
    int64_t id = sqlite3_column_int64(statement, 0);
    int64_t faces = sqlite3_column_int64(statement, 3);
    const char *name = store_sqlite_text(statement, 1, VULTUS_NAME_MAX);
    const char *created = store_sqlite_text(statement, 2, sizeof out->created - 1);
    const char *fault = name ? names_fault(name, strlen(name)) : "is not text";
    char *copy;
    if (fault || !created) {
        char line[64];
        snprintf(line, sizeof line, "has a %s", fault ? "name that cannot be one" : "bad date");
        return sqlite3_errcode(sqlite3_db_handle(statement)) == SQLITE_NOMEM
                   ? status_memory(error, "the gallery")
                   : store_sqlite_bad_row(store, "people", id, line, error);
    }
    if (!(copy = mem_string(name)))
        return status_memory(error, "the list of people");
    *out = (vultus_person){.id = id, .name = copy, .faces = faces < 0 ? 0 : (size_t)faces};
    strncpy(out->created, created, sizeof out->created - 1);
    return VULTUS_OK;
}

vultus_status store_sqlite_people(struct store *base, vultus_people *out, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    vultus_people people = {0};
    size_t capacity = 0;
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_query(store, QUERY_PEOPLE, &statement, error);
    while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row) {
        if (people.count == capacity) {
            capacity = capacity ? 2 * capacity : 64;
            vultus_person *items = mem_resize(people.items, capacity, sizeof *items);
            if (!items) {
                status = status_memory(error, "the list of people");
                break;
            }
            people.items = items;
        }
        status = read_person(store, statement, people.items + people.count, error);
        people.count += !status;
    }
    store_sqlite_done(statement);
    if (status)
        vultus_people_clear(&people);
    else
        *out = people;
    return status;
}

/* ------------------------------------------------------------------ changing */

/* Runs one of the statements that take ids, or a name and an id. */
static vultus_status change(struct store_sqlite *store, enum store_sqlite_query query,
                            const char *name, int64_t first, int64_t second, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row;
    vultus_status status = store_sqlite_query(store, query, &statement, error);
    if (status)
        return status;
    int code = name ? sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC)
                    : sqlite3_bind_int64(statement, 1, first);
    if (!code && second)
        code = sqlite3_bind_int64(statement, 2, second);
    status = store_sqlite_status(store, code, error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    store_sqlite_done(statement);
    return status;
}

vultus_status store_sqlite_rename(struct store *base, const char *name, const char *new_name,
                                  vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    int64_t id = 0, other = 0;
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    status = known_person(store, name, &id, error);
    if (!status)
        status = store_sqlite_person(store, new_name, &other, error);
    if (!status && other && other != id)
        status = status_set(error, VULTUS_ERR_EXISTS,
                            "somebody is called \"%.100s\" already; merge them instead", new_name);
    if (!status && other != id)
        status = change(store, QUERY_RENAME, new_name, 0, id, error);
    return store_sqlite_end(store, status, error);
}

vultus_status store_sqlite_merge(struct store *base, const char *from, const char *into,
                                 vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    int64_t source = 0, target = 0;
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    status = known_person(store, from, &source, error);
    if (!status)
        status = known_person(store, into, &target, error);
    if (!status && source == target)
        status = status_set(error, VULTUS_ERR_ARGUMENT,
                            "\"%.100s\" cannot be merged with themselves; name two people", from);
    if (!status)
        status = change(store, QUERY_MOVE_FACES, NULL, target, source, error);
    if (!status)
        status = change(store, QUERY_DELETE_PERSON, NULL, source, 0, error);
    return store_sqlite_end(store, status, error);
}

vultus_status store_sqlite_erase(struct store *base, const char *name, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    int64_t id = 0;
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    status = known_person(store, name, &id, error);
    if (!status)
        status = change(store, QUERY_DELETE_PERSON, NULL, id, 0, error);
    status = store_sqlite_end(store, status, error);
    if (!status)
        store_sqlite_empty_log(store);
    return status;
}
