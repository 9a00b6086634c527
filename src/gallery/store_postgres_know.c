/*
 * What another gallery knew of people, in a PostgreSQL gallery: who is not there is made, and facts and refused pictures that
 * are not there are added, with the dates that they had. What is there already stays as it is.
 */
#include "base/memory.h"
#include "gallery/store_postgres.h"

#include <libpq-fe.h>

struct knowing {
    const struct store_known *people;
    size_t count;
    struct store_knew sum;
};

static vultus_status find_or_add(struct store_postgres *store, struct knowing *knowing,
                                 const struct store_known *known, int64_t *id, bool *changed,
                                 vultus_error *error)
{
    char now[STORE_DATE_SIZE];
    struct store_postgres_values values = {0};
    store_now(now);
    vultus_status status = store_postgres_person(store, known->name, id, error);
    if (status || *id)
        return status;
    *id = ++store->state.person;
    store_postgres_add_number(&values, *id);
    store_postgres_add_text(&values, known->name);
    store_postgres_add_text(&values, known->created ? known->created : now);
    knowing->sum.people++;
    *changed = true;
    return store_postgres_ask(store, POSTGRES_ADD_PERSON, 0, &values, NULL, error);
}

/* How many rows were added: 0 where the fact is there. */
static vultus_status ask_added(struct store_postgres *store, enum store_postgres_query query,
                               const struct store_postgres_values *values, bool *added,
                               vultus_error *error)
{
    PGresult *rows = NULL;
    vultus_status status = store_postgres_ask(store, query, 0, values, &rows, error);
    *added = !status && PQntuples(rows) > 0;
    PQclear(rows);
    return status;
}

static vultus_status add_fact(struct store_postgres *store, int64_t person, const vultus_fact *fact,
                              bool *added, vultus_error *error)
{
    struct store_postgres_values values = {0};
    store_postgres_add_number(&values, person);
    store_postgres_add_text(&values, vultus_fact_name(fact->kind));
    store_postgres_add_text(&values, fact->key);
    store_postgres_add_text(&values, fact->value);
    store_postgres_add_text(&values, fact->since);
    vultus_status status = ask_added(store, POSTGRES_ADD_FACT, &values, added, error);
    store->state.edits += *added && fact->kind == VULTUS_FACT_RETAIN;
    return status;
}

static vultus_status add_refusal(struct store_postgres *store, int64_t person,
                                 const vultus_refusal *refusal, bool *added, vultus_error *error)
{
    struct store_postgres_values values = {0};
    store_postgres_add_number(&values, person);
    store_postgres_add_bytes(&values, refusal->picture, HASH_SIZE);
    store_postgres_add_text(&values, refusal->since);
    vultus_status status = ask_added(store, POSTGRES_ADD_REFUSAL, &values, added, error);
    store->state.edits += *added;
    return status;
}

static vultus_status know(struct store_postgres *store, struct knowing *knowing,
                          const struct store_known *known, vultus_error *error)
{
    struct store_postgres_note note = {.action = "import"};
    bool changed = false, added = false;
    vultus_status status = find_or_add(store, knowing, known, &note.person, &changed, error);
    for (size_t i = 0; !status && i < known->facts->count; i++) {
        status = add_fact(store, note.person, &known->facts->items[i], &added, error);
        knowing->sum.facts += added;
        changed |= added;
    }
    for (size_t i = 0; !status && i < known->refusals->count; i++) {
        status = add_refusal(store, note.person, &known->refusals->items[i], &added, error);
        knowing->sum.facts += added;
        changed |= added;
    }
    return status || !changed ? status : store_postgres_note(store, &note, NULL, error);
}

static vultus_status know_all(struct store_postgres *store, void *context, vultus_error *error)
{
    struct knowing *knowing = context;
    vultus_status status = VULTUS_OK;
    knowing->sum = (struct store_knew){0};
    for (size_t i = 0; !status && i < knowing->count; i++)
        status = know(store, knowing, &knowing->people[i], error);
    return status;
}

vultus_status store_postgres_know(struct store *base, const struct store_known *people,
                                  size_t count, struct store_knew *out, vultus_error *error)
{
    struct knowing knowing = {.people = people, .count = count};
    vultus_status status =
        store_postgres_write((struct store_postgres *)base, know_all, &knowing, error);
    if (!status)
        *out = knowing.sum;
    return status;
}

/* ------------------------------------------------------------------ what is refused */

struct reading {
    const char *name;
    vultus_refusals refusals;
};

static vultus_status read_refused(struct store_postgres *store, void *context, vultus_error *error)
{
    struct reading *reading = context;
    PGresult *rows = NULL;
    int64_t person = 0;
    vultus_refusals_clear(&reading->refusals);
    vultus_status status = store_postgres_known(store, reading->name, &person, error);
    struct store_postgres_values values = {0};
    store_postgres_add_number(&values, person);
    if (!status)
        status = store_postgres_ask(store, POSTGRES_REFUSED_OF, 0, &values, &rows, error);
    if (status)
        return status;
    for (int i = 0; !status && i < PQntuples(rows); i++) {
        const struct store_bytes picture = store_postgres_bytes(rows, i, 0);
        const char *since = store_postgres_text(rows, i, 1, 31);
        status = picture.size != HASH_SIZE || !since
                     ? store_postgres_bad_row(store, "people", person,
                                              "has a bad hash of a refused picture", error)
                     : store_refusals_add(&reading->refusals, picture.data, since, error);
    }
    PQclear(rows);
    return status;
}

vultus_status store_postgres_refused_of(struct store *base, const char *name, vultus_refusals *out,
                                        vultus_error *error)
{
    struct reading reading = {.name = name};
    vultus_status status =
        store_postgres_read((struct store_postgres *)base, read_refused, &reading, error);
    if (status)
        vultus_refusals_clear(&reading.refusals);
    else
        *out = reading.refusals;
    return status;
}
