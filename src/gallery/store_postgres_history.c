/* Who changed what in a PostgreSQL gallery, and taking it back: as store_sqlite_history.c tells it. */
#include "base/memory.h"
#include "gallery/store_postgres.h"

#include <libpq-fe.h>
#include <string.h>

vultus_status store_postgres_note(struct store_postgres *store,
                                  const struct store_postgres_note *note, int64_t *id,
                                  vultus_error *error)
{
    char now[STORE_DATE_SIZE];
    struct store_postgres_values values = {0};
    store_now(now);
    store_postgres_add_number(&values, ++store->state.history);
    store_postgres_add_text(&values, now);
    store_postgres_add_text(&values, store->actor);
    store_postgres_add_text(&values, note->action);
    store_postgres_add_number(&values, note->person);
    store_postgres_add_number(&values, note->face);
    store_postgres_add_text(&values, note->before);
    store_postgres_add_text(&values, note->after);
    store_postgres_add_number(&values, store->token);
    if (id)
        *id = store->state.history;
    return store_postgres_ask(store, POSTGRES_NOTE, 0, &values, NULL, error);
}

vultus_status store_postgres_forget(struct store_postgres *store, int64_t person, const char *name,
                                    vultus_error *error)
{
    struct store_postgres_values values = {0};
    store_postgres_add_number(&values, person);
    store_postgres_add_text(&values, name);
    vultus_status status = store_postgres_ask(store, POSTGRES_FORGET_UNDO, 0, &values, NULL, error);
    if (!status)
        status = store_postgres_ask(store, POSTGRES_FORGET_LOST, 0, NULL, NULL, error);
    if (!status)
        status = store_postgres_ask(store, POSTGRES_FORGET_TEXTS, 0, &values, NULL, error);
    return status;
}

/* ------------------------------------------------------------------ listing */

static char *copy_text(const PGresult *rows, int row, int column, size_t max, bool *memory)
{
    const char *text = store_postgres_text(rows, row, column, max);
    char *copy = text ? mem_string(text) : NULL;
    *memory |= text && !copy;
    return copy;
}

static void fill_text(const PGresult *rows, int row, int column, char *out, size_t size)
{
    const char *text = store_postgres_text(rows, row, column, size - 1);
    strncpy(out, text ? text : "", size - 1);
}

static vultus_status read_change(const PGresult *rows, int row, vultus_change *out,
                                 vultus_error *error)
{
    bool memory = false;
    *out = (vultus_change){.id = store_postgres_number(rows, row, 0),
                           .person = store_postgres_number(rows, row, 4),
                           .face = store_postgres_number(rows, row, 5),
                           .undone = store_postgres_number(rows, row, 8) != 0,
                           .undoable = store_postgres_number(rows, row, 10) != 0};
    fill_text(rows, row, 1, out->at, sizeof out->at);
    fill_text(rows, row, 2, out->actor, sizeof out->actor);
    fill_text(rows, row, 3, out->action, sizeof out->action);
    out->before = copy_text(rows, row, 6, STORE_CHANGE_MAX, &memory);
    out->after = copy_text(rows, row, 7, STORE_CHANGE_MAX, &memory);
    out->name = copy_text(rows, row, 9, VULTUS_NAME_MAX, &memory);
    return memory ? status_memory(error, "the list of changes") : VULTUS_OK;
}

struct listing {
    const char *name;
    size_t most;
    vultus_changes changes;
};

static vultus_status list(struct store_postgres *store, void *context, vultus_error *error)
{
    struct listing *listing = context;
    struct store_postgres_values values = {0};
    PGresult *rows = NULL;
    int64_t person = 0;
    vultus_status status = VULTUS_OK;
    vultus_changes_clear(&listing->changes);
    if (listing->name)
        status = store_postgres_known(store, listing->name, &person, error);
    store_postgres_add_number(&values, person);
    store_postgres_add_number(&values,
                              listing->most > INT32_MAX ? INT32_MAX : (int64_t)listing->most);
    if (!status)
        status = store_postgres_ask(store, POSTGRES_CHANGES, 0, &values, &rows, error);
    if (status)
        return status;
    listing->changes.items = mem_array((size_t)PQntuples(rows), sizeof *listing->changes.items);
    if (!listing->changes.items)
        status = status_memory(error, "the list of changes");
    for (int i = 0; !status && i < PQntuples(rows); i++)
        status = read_change(rows, i, &listing->changes.items[listing->changes.count++], error);
    PQclear(rows);
    return status;
}

vultus_status store_postgres_changes(struct store *base, const char *name, size_t most,
                                     vultus_changes *out, vultus_error *error)
{
    struct listing listing = {.name = name, .most = most};
    vultus_status status =
        store_postgres_read((struct store_postgres *)base, list, &listing, error);
    if (status)
        vultus_changes_clear(&listing.changes);
    else
        *out = listing.changes;
    return status;
}

/* ------------------------------------------------------------------ undoing */

/* The latest change with rows in undo; 0: none. */
static vultus_status latest(struct store_postgres *store, int64_t *id,
                            struct store_postgres_note *note, char action[32], vultus_error *error)
{
    PGresult *rows = NULL;
    vultus_status status = store_postgres_ask(store, POSTGRES_LATEST_UNDO, 0, NULL, &rows, error);
    if (status)
        return status;
    *id = store_postgres_number(rows, 0, 0);
    fill_text(rows, 0, 1, action, 32);
    note->person = store_postgres_number(rows, 0, 2);
    note->face = store_postgres_number(rows, 0, 3);
    PQclear(rows);
    return VULTUS_OK;
}

/* CONSTRAINT: somebody of the change is gone. */
static vultus_status need_people(struct store_postgres *store, int64_t change, vultus_error *error)
{
    PGresult *rows = NULL;
    struct store_postgres_values values = {0};
    store_postgres_add_number(&values, change);
    vultus_status status = store_postgres_ask(store, POSTGRES_UNDO_GONE, 0, &values, &rows, error);
    if (!status && store_postgres_number(rows, 0, 0) > 0) {
        store->failure = POSTGRES_CONSTRAINT;
        status = VULTUS_ERR_EXISTS;
    }
    PQclear(rows);
    return status;
}

static vultus_status undo(struct store_postgres *store, void *context, vultus_error *error)
{
    static const enum store_postgres_query steps[] = {
        POSTGRES_UNDO_PERSON, POSTGRES_UNDO_NAME,       POSTGRES_UNDO_FACE,
        POSTGRES_UNDO_EVENT,  POSTGRES_UNDO_NO_PERSON,  POSTGRES_UNDO_NO_FACT,
        POSTGRES_UNDO_FACT,   POSTGRES_UNDO_NO_REFUSAL, POSTGRES_UNDO_REFUSAL,
        POSTGRES_UNDO_DROP,   POSTGRES_UNDO_DONE};
    char *what = context;
    int64_t change = 0;
    struct store_postgres_note note = {.action = "undo", .before = what};
    memset(what, 0, 32);
    vultus_status status = latest(store, &change, &note, what, error);
    if (!status && !change)
        return status_set(error, VULTUS_ERR_NOT_FOUND, "there is no change that can be undone");
    for (size_t i = 0; !status && i < sizeof steps / sizeof *steps; i++) {
        status = store_postgres_do(store, steps[i], &change, 1, error);
        if (!status && steps[i] == POSTGRES_UNDO_PERSON)
            status = need_people(store, change, error);
    }
    if (!status)
        status = store_postgres_note(store, &note, NULL, error);
    store->state.edits++;
    if (status && store->failure == POSTGRES_CONSTRAINT)
        status =
            status_set(error, VULTUS_ERR_EXISTS,
                       "the last change (%s) cannot be undone: a name of it is taken by now, or "
                       "somebody of it is gone",
                       what);
    return status;
}

vultus_status store_postgres_undo(struct store *base, char action[32], vultus_error *error)
{
    char what[32];
    vultus_status status = store_postgres_write((struct store_postgres *)base, undo, what, error);
    if (!status && action)
        memcpy(action, what, sizeof what);
    return status;
}
