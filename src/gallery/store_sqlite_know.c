/*
 * What another gallery knew of people, in a SQLite gallery: who is not there is made, and facts and refused pictures that are not
 * there are added, with the dates that they had. What is there already stays as it is. One line of history for each person.
 */
#include "base/memory.h"
#include "gallery/store_sqlite_index.h"
#include "gallery/store_sqlite_sealed.h"

#include <sqlite3.h>

struct knowing {
    struct store_sqlite *store;
    struct store_sqlite_changes changes;
    struct store_knew sum;
};

static vultus_status find_or_add(struct knowing *knowing, const struct store_known *known,
                                 int64_t *id, bool *changed, vultus_error *error)
{
    char now[STORE_DATE_SIZE];
    store_now(now);
    vultus_status status = store_sqlite_person(knowing->store, known->name, id, error);
    if (status || *id)
        return status;
    status = store_sqlite_add_person(knowing->store, known->name,
                                     known->created ? known->created : now, id, error);
    knowing->sum.people += !status;
    *changed = true;
    return status;
}

/* Retention and refusals change who is in an index. */
static vultus_status concern(struct knowing *knowing, const struct store_known *known,
                             int64_t person, vultus_error *error)
{
    bool counts = known->refusals->count > 0;
    for (size_t i = 0; i < known->facts->count; i++)
        counts |= known->facts->items[i].kind == VULTUS_FACT_RETAIN;
    return counts ? store_sqlite_concern(knowing->store, &knowing->changes, person, error)
                  : VULTUS_OK;
}

static vultus_status add_fact(struct knowing *knowing, int64_t person, const vultus_fact *fact,
                              bool *changed, vultus_error *error)
{
    const struct store_fact wanted = {.kind = fact->kind, .key = fact->key, .value = fact->value};
    char *there = NULL;
    vultus_status status = store_sqlite_fact_value(knowing->store, person, &wanted, &there, error);
    if (!status && !there) {
        status = store_sqlite_put_fact(knowing->store, person, &wanted, fact->since, error);
        knowing->sum.facts += !status;
        *changed = true;
    }
    mem_free(there);
    return status;
}

static vultus_status add_refusal(struct knowing *knowing, int64_t person,
                                 const vultus_refusal *refusal, bool *changed, vultus_error *error)
{
    bool is = false;
    vultus_status status =
        store_sqlite_refused(knowing->store, person, refusal->picture, &is, error);
    if (!status && !is) {
        status = store_sqlite_put_refusal(knowing->store, person, refusal->picture, refusal->since,
                                          error);
        knowing->sum.facts += !status;
        *changed = true;
    }
    return status;
}

static vultus_status know(struct knowing *knowing, const struct store_known *known,
                          vultus_error *error)
{
    struct store_sqlite_note note = {.action = "import"};
    bool changed = false;
    vultus_status status = find_or_add(knowing, known, &note.person, &changed, error);
    if (!status)
        status = concern(knowing, known, note.person, error);
    for (size_t i = 0; !status && i < known->facts->count; i++)
        status = add_fact(knowing, note.person, &known->facts->items[i], &changed, error);
    for (size_t i = 0; !status && i < known->refusals->count; i++)
        status = add_refusal(knowing, note.person, &known->refusals->items[i], &changed, error);
    return status || !changed ? status : store_sqlite_note(knowing->store, &note, NULL, error);
}

vultus_status store_sqlite_know(struct store *base, const struct store_known *people, size_t count,
                                struct store_knew *out, vultus_error *error)
{
    struct knowing knowing = {.store = (struct store_sqlite *)base};
    vultus_status status = store_sqlite_begin(knowing.store, true, error);
    if (status)
        return status;
    for (size_t i = 0; !status && i < count; i++)
        status = know(&knowing, &people[i], error);
    status = store_sqlite_end_changes(knowing.store, &knowing.changes, status, error);
    if (!status)
        *out = knowing.sum;
    return status;
}

/* ------------------------------------------------------------------ what is refused */

vultus_status store_sqlite_refused_of(struct store *base, const char *name, vultus_refusals *out,
                                      vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    vultus_refusals refusals = {0};
    sqlite3_stmt *statement = NULL;
    int64_t person = 0;
    bool row = false;
    vultus_status status = store_sqlite_begin(store, false, error);
    if (status)
        return status;
    status = store_sqlite_ask_about(store, name, QUERY_REFUSED_OF, &person, &statement, error);
    while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row) {
        uint8_t picture[HASH_SIZE];
        bool good = store_sqlite_read_refusal(store, statement, 0, 1, person, picture);
        const char *since = store_sqlite_text(statement, 2, 31);
        if (sqlite3_errcode(store->db) == SQLITE_NOMEM)
            status = status_memory(error, "the list of refused pictures");
        else if (!good || !since)
            status = store_sqlite_bad_row(store, "people", person,
                                          "has a bad hash of a refused picture", error);
        else
            status = store_refusals_add(&refusals, picture, since, error);
    }
    store_sqlite_done(statement);
    status = store_sqlite_end(store, status, error);
    if (status)
        vultus_refusals_clear(&refusals);
    else
        *out = refusals;
    return status;
}
