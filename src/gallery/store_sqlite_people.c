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

vultus_status store_sqlite_known(struct store_sqlite *store, const char *name, int64_t *id,
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
    status = store_sqlite_known(store, name, &id, error);
    if (!status)
        status = store_sqlite_person(store, new_name, &other, error);
    if (!status && other && other != id)
        status = status_set(error, VULTUS_ERR_EXISTS,
                            "somebody is called \"%.100s\" already; merge them instead", new_name);
    if (!status && other != id) {
        const struct store_sqlite_note note = {
            .action = "rename", .person = id, .before = name, .after = new_name};
        int64_t history = 0;
        status = store_sqlite_note(store, &note, &history, error);
        const struct store_sqlite_value keep[] = {{.number = history}, {.number = id}};
        if (!status)
            status = store_sqlite_do(store, QUERY_KEEP_NAME, keep, 2, error);
        if (!status)
            status = change(store, QUERY_RENAME, new_name, 0, id, error);
    }
    return store_sqlite_end(store, status, error);
}

/* What takes a merge back, and the facts that come along: those of `into` stay where both have one. */
static vultus_status keep_merge(struct store_sqlite *store, const char *from, const char *into,
                                const int64_t people[2], vultus_error *error)
{
    static const enum store_sqlite_query queries[] = {
        QUERY_KEEP_MERGE_PERSON, QUERY_KEEP_MERGE_FACES,       QUERY_KEEP_MERGE_NO_FACTS,
        QUERY_KEEP_MERGE_FACTS,  QUERY_KEEP_MERGE_NO_REFUSALS, QUERY_KEEP_MERGE_REFUSALS,
        QUERY_MERGE_FACTS,       QUERY_MERGE_REFUSALS};
    const struct store_sqlite_note note = {
        .action = "merge", .person = people[1], .before = from, .after = into};
    struct store_sqlite_value values[] = {{0}, {.number = people[0]}, {.number = people[1]}};
    vultus_status status = store_sqlite_note(store, &note, &values[0].number, error);
    for (size_t i = 0; !status && i < sizeof queries / sizeof *queries; i++) {
        bool three = queries[i] == QUERY_KEEP_MERGE_NO_FACTS ||
                     queries[i] == QUERY_KEEP_MERGE_NO_REFUSALS ||
                     queries[i] == QUERY_MERGE_FACTS || queries[i] == QUERY_MERGE_REFUSALS;
        status = store_sqlite_do(store, queries[i], values, three ? 3 : 2, error);
    }
    return status;
}

vultus_status store_sqlite_merge(struct store *base, const char *from, const char *into,
                                 vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    int64_t source = 0, target = 0;
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    status = store_sqlite_known(store, from, &source, error);
    if (!status)
        status = store_sqlite_known(store, into, &target, error);
    if (!status && source == target)
        status = status_set(error, VULTUS_ERR_ARGUMENT,
                            "\"%.100s\" cannot be merged with themselves; name two people", from);
    if (!status)
        status = keep_merge(store, from, into, (const int64_t[]){source, target}, error);
    if (!status)
        status = change(store, QUERY_MOVE_FACES, NULL, target, source, error);
    if (!status)
        status = change(store, QUERY_DELETE_PERSON, NULL, source, 0, error);
    return store_sqlite_end(store, status, error);
}

/* Inside a transaction. What is left of them in the history is a number. */
static vultus_status erase(struct store_sqlite *store, int64_t id, const char *name,
                           const char *action, vultus_error *error)
{
    const struct store_sqlite_note note = {.action = action, .person = id};
    vultus_status status = change(store, QUERY_DELETE_PERSON, NULL, id, 0, error);
    if (!status)
        status = store_sqlite_forget(store, id, name, error);
    return status ? status : store_sqlite_note(store, &note, NULL, error);
}

vultus_status store_sqlite_erase(struct store *base, const char *name, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    int64_t id = 0;
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    status = store_sqlite_known(store, name, &id, error);
    if (!status)
        status = erase(store, id, name, "delete", error);
    status = store_sqlite_end(store, status, error);
    if (!status)
        store_sqlite_empty_log(store);
    return status;
}

/* The first of those whose time has passed; *id 0: there is none. */
static vultus_status find_expired(struct store_sqlite *store, const char *now, int64_t *id,
                                  char name[VULTUS_NAME_MAX + 1], vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    *id = 0;
    vultus_status status = store_sqlite_query(store, QUERY_EXPIRED, &statement, error);
    if (!status)
        status = store_sqlite_status(store, sqlite3_bind_text(statement, 1, now, -1, SQLITE_STATIC),
                                     error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    if (!status && row) {
        const char *text = store_sqlite_text(statement, 1, VULTUS_NAME_MAX);
        *id = sqlite3_column_int64(statement, 0);
        snprintf(name, VULTUS_NAME_MAX + 1, "%s", text ? text : "");
    }
    store_sqlite_done(statement);
    return status;
}

vultus_status store_sqlite_expire(struct store_sqlite *store, vultus_error *error)
{
    char now[STORE_DATE_SIZE], name[VULTUS_NAME_MAX + 1];
    int64_t id = 1;
    store_now(now);
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    while (!status && id) {
        status = find_expired(store, now, &id, name, error);
        if (!status && id)
            status = erase(store, id, name, "expire", error);
    }
    return store_sqlite_end(store, status, error);
}
