/* People in the PostgreSQL store: listing, renaming, merging, erasing. Each change is one transaction. */
#include "base/memory.h"
#include "gallery/names.h"
#include "gallery/store_postgres_pages.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

vultus_status store_postgres_person(struct store_postgres *store, const char *name, int64_t *id,
                                    vultus_error *error)
{
    PGresult *rows = NULL;
    struct store_postgres_values values = {0};
    store_postgres_add_text(&values, name);
    vultus_status status = store_postgres_ask(store, POSTGRES_PERSON, 0, &values, &rows, error);
    if (status)
        return status;
    *id = store_postgres_number(rows, 0, 0);
    PQclear(rows);
    return VULTUS_OK;
}

vultus_status store_postgres_known(struct store_postgres *store, const char *name, int64_t *id,
                                   vultus_error *error)
{
    vultus_status status = store_postgres_person(store, name, id, error);
    if (!status && !*id)
        status = status_set(error, VULTUS_ERR_NOT_FOUND, "nobody is called \"%.100s\"", name);
    return status;
}

/* ------------------------------------------------------------------ listing */

vultus_status store_postgres_read_person(struct store_postgres *store, const PGresult *rows,
                                         int row, vultus_person *out, vultus_error *error)
{
    int64_t id = store_postgres_number(rows, row, 0), faces = store_postgres_number(rows, row, 3);
    const char *name = store_postgres_text(rows, row, 1, VULTUS_NAME_MAX);
    const char *created = store_postgres_text(rows, row, 2, sizeof out->created - 1);
    if (!name || names_fault(name, strlen(name)))
        return store_postgres_bad_row(store, "people", id, "has a name that cannot be one", error);
    if (!created)
        return store_postgres_bad_row(store, "people", id, "has a bad date", error);
    *out =
        (vultus_person){.id = id, .name = mem_string(name), .faces = faces < 0 ? 0 : (size_t)faces};
    strncpy(out->created, created, sizeof out->created - 1);
    return out->name ? VULTUS_OK : status_memory(error, "the list of people");
}

static vultus_status list(struct store_postgres *store, void *context, vultus_error *error)
{
    vultus_people *people = context;
    PGresult *rows = NULL;
    vultus_people_clear(people);
    vultus_status status = store_postgres_ask(store, POSTGRES_PEOPLE, 0, NULL, &rows, error);
    if (status)
        return status;
    people->items = mem_array((size_t)PQntuples(rows), sizeof *people->items);
    if (!people->items)
        status = status_memory(error, "the list of people");
    for (int i = 0; !status && i < PQntuples(rows); i++) {
        status = store_postgres_read_person(store, rows, i, &people->items[i], error);
        people->count += !status;
    }
    PQclear(rows);
    return status;
}

vultus_status store_postgres_people(struct store *base, vultus_people *out, vultus_error *error)
{
    vultus_people people = {0};
    vultus_status status = store_postgres_read((struct store_postgres *)base, list, &people, error);
    if (status)
        vultus_people_clear(&people);
    else
        *out = people;
    return status;
}

/* ------------------------------------------------------------------ changing */

struct two_names {
    const char *first, *second;
};

static vultus_status rename_one(struct store_postgres *store, void *context, vultus_error *error)
{
    const struct two_names *names = context;
    int64_t id = 0, other = 0, history = 0;
    vultus_status status = store_postgres_known(store, names->first, &id, error);
    if (!status)
        status = store_postgres_person(store, names->second, &other, error);
    if (status || other == id)
        return status;
    if (other)
        return status_set(error, VULTUS_ERR_EXISTS,
                          "somebody is called \"%.100s\" already; merge them instead",
                          names->second);
    const struct store_postgres_note note = {
        .action = "rename", .person = id, .before = names->first, .after = names->second};
    struct store_postgres_values values = {0};
    store_postgres_add_number(&values, id);
    store_postgres_add_text(&values, names->second);
    status = store_postgres_note(store, &note, &history, error);
    if (!status)
        status = store_postgres_do(store, POSTGRES_KEEP_NAME, (int64_t[]){history, id}, 2, error);
    if (!status)
        status = store_postgres_ask(store, POSTGRES_RENAME, 0, &values, NULL, error);
    store->state.edits++;
    return status;
}

vultus_status store_postgres_rename(struct store *base, const char *name, const char *new_name,
                                    vultus_error *error)
{
    struct two_names names = {name, new_name};
    return store_postgres_write((struct store_postgres *)base, rename_one, &names, error);
}

/* What takes a merge back, and the facts that come along: those of `into` stay where both have one. */
static vultus_status merge_rows(struct store_postgres *store, int64_t history, int64_t source,
                                int64_t target, vultus_error *error)
{
    static const struct {
        enum store_postgres_query query;
        bool kept; /* for undo: begins with the change */
        size_t count;
    } steps[] = {
        {POSTGRES_KEEP_MERGE_PERSON, true, 2},   {POSTGRES_KEEP_MERGE_FACES, true, 2},
        {POSTGRES_KEEP_MERGE_EVENTS, true, 2},   {POSTGRES_KEEP_MERGE_NO_FACTS, true, 3},
        {POSTGRES_KEEP_MERGE_FACTS, true, 2},    {POSTGRES_KEEP_MERGE_NO_REFUSALS, true, 3},
        {POSTGRES_KEEP_MERGE_REFUSALS, true, 2}, {POSTGRES_MERGE_FACTS, false, 2},
        {POSTGRES_MERGE_REFUSALS, false, 2},     {POSTGRES_MOVE_FACES, false, 2},
        {POSTGRES_MOVE_EVENTS, false, 2},        {POSTGRES_DELETE_PERSON, false, 1}};
    const int64_t numbers[] = {history, source, target};
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < sizeof steps / sizeof *steps; i++)
        status = store_postgres_do(store, steps[i].query, numbers + !steps[i].kept, steps[i].count,
                                   error);
    return status;
}

static vultus_status merge(struct store_postgres *store, void *context, vultus_error *error)
{
    const struct two_names *names = context;
    int64_t source = 0, target = 0, history = 0;
    vultus_status status = store_postgres_known(store, names->first, &source, error);
    if (!status)
        status = store_postgres_known(store, names->second, &target, error);
    if (status)
        return status;
    if (source == target)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "\"%.100s\" cannot be merged with themselves; name two people",
                          names->first);
    const struct store_postgres_note note = {
        .action = "merge", .person = target, .before = names->first, .after = names->second};
    status = store_postgres_note(store, &note, &history, error);
    store->state.edits++;
    return status ? status : merge_rows(store, history, source, target, error);
}

vultus_status store_postgres_merge(struct store *base, const char *from, const char *into,
                                   vultus_error *error)
{
    struct two_names names = {from, into};
    return store_postgres_write((struct store_postgres *)base, merge, &names, error);
}

/* ------------------------------------------------------------------ erasing */

/* What is left of them in the history is a number. Events of nobody, before a face had a name, go with their visits. */
static vultus_status erase(struct store_postgres *store, int64_t id, const char *name,
                           const char *action, vultus_error *error)
{
    static const enum store_postgres_query rest[] = {
        POSTGRES_DELETE_THUMBNAILS, POSTGRES_DELETE_FACES, POSTGRES_ERASE_VISIT_PICTURES,
        POSTGRES_ERASE_VISITS, POSTGRES_DELETE_PERSON};
    const struct store_postgres_note note = {.action = action, .person = id};
    struct store_postgres_embedders embedders = {0};
    vultus_status status = store_postgres_embedders(store, &embedders, error);
    for (size_t i = 0; !status && i < embedders.count; i++) {
        struct store_postgres_values values = {0};
        store_postgres_add_number(&values, id);
        store_postgres_add_number(&values, embedders.items[i].id);
        status = store_postgres_ask(store, POSTGRES_DELETE_VECTORS, embedders.items[i].id, &values,
                                    NULL, error);
    }
    mem_free(embedders.items);
    for (size_t i = 0; !status && i < sizeof rest / sizeof *rest; i++)
        status = store_postgres_do(store, rest[i], &id, 1, error);
    if (!status)
        status = store_postgres_forget(store, id, name, error);
    store->state.edits++;
    return status ? status : store_postgres_note(store, &note, NULL, error);
}

static vultus_status erase_named(struct store_postgres *store, void *context, vultus_error *error)
{
    int64_t id = 0;
    vultus_status status = store_postgres_known(store, context, &id, error);
    return status ? status : erase(store, id, context, "delete", error);
}

vultus_status store_postgres_erase(struct store *base, const char *name, vultus_error *error)
{
    return store_postgres_write((struct store_postgres *)base, erase_named, (void *)name, error);
}

static vultus_status erase_expired(struct store_postgres *store, void *context, vultus_error *error)
{
    char now[STORE_DATE_SIZE], name[VULTUS_NAME_MAX + 1];
    int64_t id = 1;
    vultus_status status = VULTUS_OK;
    (void)context;
    store_now(now);
    while (!status && id) {
        PGresult *rows = NULL;
        struct store_postgres_values values = {0};
        store_postgres_add_text(&values, now);
        status = store_postgres_ask(store, POSTGRES_EXPIRED, 0, &values, &rows, error);
        if (status)
            return status;
        const char *text = store_postgres_text(rows, 0, 1, VULTUS_NAME_MAX);
        id = store_postgres_number(rows, 0, 0);
        snprintf(name, sizeof name, "%s", text ? text : "");
        PQclear(rows);
        if (id)
            status = erase(store, id, name, "expire", error);
    }
    return status;
}

vultus_status store_postgres_expire(struct store_postgres *store, vultus_error *error)
{
    return store_postgres_write(store, erase_expired, NULL, error);
}
