/*
 * Pages of people and of faces, and which groups and tags there are, in the SQLite store. The names of an encrypted gallery have
 * no order that SQLite could know: all are opened, one after the other, and those of the page are kept.
 */
#include "gallery/store_sqlite_pages.h"
#include "base/memory.h"
#include "gallery/names.h"
#include "gallery/store_sqlite_index.h"
#include "gallery/store_sqlite_sealed.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ------------------------------------------------------------------ people */

/* Binds the group and the tag as the first two values, and where names are not hidden the text as the third. */
static vultus_status ask_allowed(struct store_sqlite *store, enum store_sqlite_query which,
                                 const vultus_people_query *query, sqlite3_stmt **out,
                                 vultus_error *error)
{
    const char *const words[] = {query->group, query->tag, store->vault ? NULL : query->search};
    char key[STORE_KEY_SIZE];
    vultus_status status = store_sqlite_query(store, which, out, error);
    for (int i = 0; !status && i < 3; i++)
        if (words[i])
            status = store_sqlite_status(
                store,
                sqlite3_bind_text(*out, i + 1,
                                  i < 2 ? store_sqlite_key(store, words[i], key) : words[i], -1,
                                  SQLITE_TRANSIENT),
                error);
    return status;
}

static vultus_status count_people(struct store_sqlite *store, const vultus_people_query *query,
                                  size_t *total, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    int64_t count = 0;
    vultus_status status;
    if (!query->group && !query->tag && !query->search) {
        status = store_sqlite_ask(store, QUERY_COUNT_PEOPLE, NULL, &count, error);
    } else {
        status = ask_allowed(store, QUERY_PEOPLE_TOTAL, query, &statement, error);
        if (!status)
            status = store_sqlite_step(store, statement, &row, error);
        if (!status && row)
            count = sqlite3_column_int64(statement, 0);
        store_sqlite_done(statement);
    }
    *total = (size_t)count;
    return status;
}

static vultus_status read_page(struct store_sqlite *store, const vultus_people_query *query,
                               vultus_people *out, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = ask_allowed(store, QUERY_PEOPLE_PAGE, query, &statement, error);
    if (!status) {
        int code =
            sqlite3_bind_text(statement, 4, query->after ? query->after : "", -1, SQLITE_STATIC);
        if (!code)
            code = sqlite3_bind_int64(statement, 5, (int64_t)query->most);
        status = store_sqlite_status(store, code, error);
    }
    while (!status && out->count < query->most &&
           !(status = store_sqlite_step(store, statement, &row, error)) && row) {
        status = store_sqlite_read_person(store, statement, &out->items[out->count], error);
        out->count += !status;
    }
    store_sqlite_done(statement);
    return status;
}

struct opened { /* a name of an encrypted gallery */
    int64_t id;
    char name[VULTUS_NAME_MAX + 1];
};

struct first_names { /* the first behind a name, in order */
    struct opened *items;
    size_t count, most;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct opened *)a)->name, ((const struct opened *)b)->name);
}

/* What is beyond the page is cut off whenever there is twice as much. */
static void keep(struct first_names *first, int64_t id, const char *name)
{
    struct opened *item = &first->items[first->count++];
    item->id = id;
    memcpy(item->name, name, strlen(name) + 1);
    if (first->count < 2 * first->most)
        return;
    qsort(first->items, first->count, sizeof *first->items, by_name);
    first->count = first->most;
}

static bool contains(const char *name, const char *text)
{
    size_t length = strlen(text);
    while (*name && strncasecmp(name, text, length) != 0)
        name++;
    return *name != '\0';
}

static vultus_status open_names(struct store_sqlite *store, const vultus_people_query *query,
                                struct first_names *first, size_t *total, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    char buffer[VULTUS_NAME_MAX + 1];
    bool row = false;
    vultus_status status = ask_allowed(store, QUERY_PEOPLE_NAMES, query, &statement, error);
    *total = 0;
    while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row) {
        int64_t id = sqlite3_column_int64(statement, 0);
        const char *name = store_sqlite_name(store, statement, 1, id, buffer);
        if (!name || names_fault(name, strlen(name)))
            status =
                store_sqlite_bad_row(store, "people", id, "has a name that cannot be one", error);
        if (status || (query->search && !contains(name, query->search)))
            continue;
        if (!query->after || strcmp(name, query->after) > 0)
            keep(first, id, name);
        ++*total;
    }
    store_sqlite_done(statement);
    qsort(first->items, first->count, sizeof *first->items, by_name);
    if (first->count > first->most)
        first->count = first->most;
    return status;
}

static vultus_status read_one(struct store_sqlite *store, int64_t id, vultus_person *out,
                              vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_query(store, QUERY_ONE_PERSON, &statement, error);
    if (!status)
        status = store_sqlite_status(store, sqlite3_bind_int64(statement, 1, id), error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    if (!status)
        status = store_sqlite_read_person(store, statement, out, error);
    store_sqlite_done(statement);
    return status;
}

static vultus_status read_sealed_page(struct store_sqlite *store, const vultus_people_query *query,
                                      vultus_people *out, size_t *total, vultus_error *error)
{
    const size_t room = 2 * query->most;
    struct first_names first = {.items = mem_array(room, sizeof *first.items), .most = query->most};
    if (!first.items)
        return status_memory(error, "the list of people");
    vultus_status status = open_names(store, query, &first, total, error);
    for (size_t i = 0; !status && i < first.count; i++) {
        status = read_one(store, first.items[i].id, &out->items[i], error);
        out->count += !status;
    }
    mem_free_wiped(first.items, room * sizeof *first.items);
    return status;
}

vultus_status store_sqlite_people_page(struct store *base, const vultus_people_query *query,
                                       vultus_people *out, size_t *total, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    vultus_people people = {.items = mem_zalloc(query->most, sizeof *people.items)};
    size_t count = 0;
    vultus_status status = people.items ? store_sqlite_begin(store, false, error)
                                        : status_memory(error, "the list of people");
    if (!status) {
        if (store->vault)
            status = read_sealed_page(store, query, &people, &count, error);
        else if (!(status = read_page(store, query, &people, error)))
            status = count_people(store, query, &count, error);
        status = store_sqlite_end(store, status, error);
    }
    if (status) {
        vultus_people_clear(&people);
        return status;
    }
    *out = people;
    *total = count;
    return VULTUS_OK;
}

vultus_status store_sqlite_one_person(struct store *base, const char *name, vultus_person *out,
                                      vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    vultus_person person = {0};
    int64_t id = 0;
    vultus_status status = store_sqlite_begin(store, false, error);
    if (status)
        return status;
    status = store_sqlite_known(store, name, &id, error);
    if (!status)
        status = read_one(store, id, &person, error);
    status = store_sqlite_end(store, status, error);
    if (status)
        mem_free(person.name);
    else
        *out = person;
    return status;
}

/* ------------------------------------------------------------------ faces */

/* The name of a person, copied. */
static vultus_status read_name(struct store_sqlite *store, int64_t person, char **out,
                               vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    char buffer[VULTUS_NAME_MAX + 1];
    bool row = false;
    vultus_status status = store_sqlite_query(store, QUERY_NAME, &statement, error);
    if (!status)
        status = store_sqlite_status(store, sqlite3_bind_int64(statement, 1, person), error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    if (!status) {
        const char *name = row ? store_sqlite_name(store, statement, 0, person, buffer) : NULL;
        if (!name || names_fault(name, strlen(name)))
            status = store_sqlite_bad_row(store, "people", person, "has a name that cannot be one",
                                          error);
        else if (!(*out = mem_string(name)))
            status = status_memory(error, "the list of faces");
    }
    store_sqlite_done(statement);
    return status;
}

/* Counted before it is checked, so that clearing frees what there is of it. */
static vultus_status read_face(struct store_sqlite *store, sqlite3_stmt *statement,
                               vultus_named_faces *faces, vultus_error *error)
{
    bool memory = false;
    char **name = &faces->names[faces->count];
    vultus_face_record *record = &faces->items[faces->count++];
    *name = NULL;
    const char *fault = store_sqlite_record(store, statement, record, &memory);
    if (memory || sqlite3_errcode(store->db) == SQLITE_NOMEM)
        return status_memory(error, "the list of faces");
    if (fault)
        return store_sqlite_bad_row(store, "faces", record->id, fault, error);
    return read_name(store, store_sqlite_record_person(statement), name, error);
}

vultus_status store_sqlite_faces_from(struct store *base, int64_t face, size_t most,
                                      vultus_named_faces *out, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    vultus_named_faces faces = {0};
    sqlite3_stmt *statement = NULL;
    size_t capacity = 0;
    bool row = false;
    vultus_status status = store_sqlite_begin(store, false, error);
    if (status)
        return status;
    status = store_sqlite_query(store, QUERY_FACES_FROM, &statement, error);
    if (!status) {
        int code = sqlite3_bind_int64(statement, 1, face);
        if (!code)
            code = sqlite3_bind_int64(statement, 2, (int64_t)most);
        status = store_sqlite_status(store, code, error);
    }
    while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row) {
        status = store_named_faces_room(&faces, &capacity, error);
        if (!status)
            status = read_face(store, statement, &faces, error);
    }
    store_sqlite_done(statement);
    status = store_sqlite_end(store, status, error);
    if (status)
        vultus_named_faces_clear(&faces);
    else
        *out = faces;
    return status;
}

/* ------------------------------------------------------------------ facts */

static int by_key(const void *a, const void *b)
{
    return strcmp(((const vultus_fact_count *)a)->key, ((const vultus_fact_count *)b)->key);
}

static vultus_status read_count(struct store_sqlite *store, sqlite3_stmt *statement,
                                vultus_fact_counts *counts, vultus_error *error)
{
    struct store_sqlite_fact fact;
    int64_t person = sqlite3_column_int64(statement, 4);
    if (!store_sqlite_read_fact(store, statement, 0, 3, person, &fact) || !fact.key)
        return store_sqlite_bad_row(store, "people", person, "has a bad fact", error);
    return store_count_fact(counts, fact.key, sqlite3_column_int64(statement, 5), error);
}

vultus_status store_sqlite_count_facts(struct store *base, vultus_fact_kind kind,
                                       vultus_fact_counts *out, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    vultus_fact_counts counts = {0};
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_begin(store, false, error);
    if (status)
        return status;
    status = store_sqlite_query(store, QUERY_COUNT_FACTS, &statement, error);
    if (!status)
        status = store_sqlite_status(
            store, sqlite3_bind_text(statement, 1, vultus_fact_name(kind), -1, SQLITE_STATIC),
            error);
    while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row)
        status = read_count(store, statement, &counts, error);
    store_sqlite_done(statement);
    status = store_sqlite_end(store, status, error);
    if (status) {
        vultus_fact_counts_clear(&counts);
        return status;
    }
    if (store->vault && counts.count) /* SQLite has put the hashes of their keys in order */
        qsort(counts.items, counts.count, sizeof *counts.items, by_key);
    *out = counts;
    return VULTUS_OK;
}
