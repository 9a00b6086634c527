/*
 * People in the SQLite store: listing, renaming, merging. Each change is one transaction.
 */
#include "base/memory.h"
#include "gallery/names.h"
#include "gallery/store_sqlite_index.h"
#include "gallery/store_sqlite_pages.h"
#include "gallery/store_sqlite_sealed.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

vultus_status store_sqlite_person(struct store_sqlite *store, const char *name, int64_t *id,
                                  vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    int64_t found = 0;
    char key[STORE_KEY_SIZE];
    vultus_status status = store_sqlite_query(store, QUERY_PERSON, &statement, error);
    if (!status)
        status = store_sqlite_status(
            store,
            sqlite3_bind_text(statement, 1, store_sqlite_key(store, name, key), -1, SQLITE_STATIC),
            error);
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

vultus_status store_sqlite_ask_about(struct store_sqlite *store, const char *name,
                                     enum store_sqlite_query query, int64_t *person,
                                     struct sqlite3_stmt **out, vultus_error *error)
{
    vultus_status status = store_sqlite_known(store, name, person, error);
    if (!status)
        status = store_sqlite_query(store, query, out, error);
    return status ? status
                  : store_sqlite_status(store, sqlite3_bind_int64(*out, 1, *person), error);
}

/* ------------------------------------------------------------------ listing */

vultus_status store_sqlite_read_person(struct store_sqlite *store, sqlite3_stmt *statement,
                                       vultus_person *out, vultus_error *error)
{
    int64_t id = sqlite3_column_int64(statement, 0);
    int64_t faces = sqlite3_column_int64(statement, 4);
    char buffer[VULTUS_NAME_MAX + 1];
    const char *name = store_sqlite_name(store, statement, 1, id, buffer);
    const char *created = store_sqlite_text(statement, 3, sizeof out->created - 1);
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

static int by_name(const void *a, const void *b)
{
    return strcmp(((const vultus_person *)a)->name, ((const vultus_person *)b)->name);
}

vultus_status store_sqlite_people(struct store *base, vultus_people *out, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    vultus_people people = {0};
    size_t capacity = 0;
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_begin(store, false, error);
    if (status)
        return status;
    status = store_sqlite_query(store, QUERY_PEOPLE, &statement, error);
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
        status = store_sqlite_read_person(store, statement, people.items + people.count, error);
        people.count += !status;
    }
    store_sqlite_done(statement);
    status = store_sqlite_end(store, status, error);
    if (status) {
        vultus_people_clear(&people);
        return status;
    }
    if (store->vault && people.count) /* SQLite has put their keyed hashes in order */
        qsort(people.items, people.count, sizeof *people.items, by_name);
    *out = people;
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ changing */

vultus_status store_sqlite_rename(struct store *base, const char *name, const char *new_name,
                                  vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    struct store_sqlite_changes changes = {0};
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
        status = store_sqlite_concern(store, &changes, id, error);
        if (!status)
            status = store_sqlite_note(store, &note, &history, error);
        char key[STORE_KEY_SIZE];
        const struct vault_place place = {.kind = VAULT_NAME, .row = id};
        const struct store_sqlite_value keep[] = {{.number = history}, {.number = id}};
        const struct store_sqlite_value write[] = {
            {.text = store_sqlite_key(store, new_name, key)},
            {.seal = &place, .bytes = new_name, .size = strlen(new_name)},
            {.number = id}};
        if (!status)
            status = store_sqlite_do(store, QUERY_KEEP_NAME, keep, 2, error);
        if (!status)
            status = store_sqlite_do(store, QUERY_RENAME, write, 3, error);
    }
    return store_sqlite_end_changes(store, &changes, status, error);
}

/* What takes a merge back, and the facts that come along: those of `into` stay where both have one. */
static vultus_status keep_merge(struct store_sqlite *store, const char *from, const char *into,
                                const int64_t people[2], vultus_error *error)
{
    static const struct {
        enum store_sqlite_query query;
        size_t values;
    } steps[] = {
        {QUERY_KEEP_MERGE_PERSON, 2},   {QUERY_KEEP_MERGE_FACES, 2},
        {QUERY_KEEP_MERGE_EVENTS, 2},   {QUERY_KEEP_MERGE_FACTS, 2},
        {QUERY_KEEP_MERGE_REFUSALS, 2}, {QUERY_COUNT, 0}, /* here what moves is sealed for `into` */
        {QUERY_KEEP_MERGE_NO_FACTS, 3}, {QUERY_KEEP_MERGE_NO_REFUSALS, 3},
        {QUERY_MERGE_FACTS, 3},         {QUERY_MERGE_REFUSALS, 3}};
    const struct store_sqlite_note note = {
        .action = "merge", .person = people[1], .before = from, .after = into};
    struct store_sqlite_value values[] = {{0}, {.number = people[0]}, {.number = people[1]}};
    vultus_status status = store_sqlite_note(store, &note, &values[0].number, error);
    for (size_t i = 0; !status && i < sizeof steps / sizeof *steps; i++)
        status = steps[i].query == QUERY_COUNT
                     ? store_sqlite_reseal_facts(store, people[0], people[1], error)
                     : store_sqlite_do(store, steps[i].query, values, steps[i].values, error);
    return status;
}

vultus_status store_sqlite_merge(struct store *base, const char *from, const char *into,
                                 vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    struct store_sqlite_changes changes = {0};
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
        status = store_sqlite_concern(store, &changes, source, error);
    if (!status)
        status = store_sqlite_concern(store, &changes, target, error);
    if (!status)
        status = keep_merge(store, from, into, (const int64_t[]){source, target}, error);
    const struct store_sqlite_value both[] = {{.number = target}, {.number = source}};
    if (!status)
        status = store_sqlite_reseal_faces(store, QUERY_SEALS_OF_PERSON, source, target, error);
    if (!status)
        status = store_sqlite_reseal_events(store, QUERY_SEALS_OF_EVENTS, source, target, error);
    if (!status)
        status = store_sqlite_do(store, QUERY_MOVE_FACES, both, 2, error);
    if (!status)
        status = store_sqlite_do(store, QUERY_MOVE_EVENTS, both, 2, error);
    if (!status)
        status = store_sqlite_do(store, QUERY_DELETE_PERSON, both + 1, 1, error);
    return store_sqlite_end_changes(store, &changes, status, error);
}
