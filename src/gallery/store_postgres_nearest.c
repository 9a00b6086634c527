/*
 * Identification by the server: its index names more faces than are wanted, and the index in memory, filled
 * with just these, compares them exactly and counts every person once. Where they belong to too few people, more
 * are fetched; where the server's index runs dry, all are compared. How many people there are is counted again when
 * something has changed, but for no more than a twentieth of the time.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "gallery/names.h"
#include "gallery/store_postgres.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVER_FACES 100000 /* fewer are searched in memory, where nothing has to travel */
#define OVERFETCH 16        /* faces for each person that is wanted */
#define FETCH_MIN 32
#define FETCH_MAX 65536
#define COUNT_SHARE 20          /* of the time, one part is for counting */
#define COUNT_FREE 20000000u    /* ns: so quick that it is done whenever something changed */
#define LOOK_AGAIN 10000000000u /* ns: a gallery in memory may have become one for the server */

struct asking {
    const struct store_question *question;
    struct search *index;
    bool answered;
};

/* ------------------------------------------------------------------ who there is */

static vultus_status has_index(struct store_postgres *store, bool *has, vultus_error *error)
{
    struct buffer sql;
    PGresult *rows = NULL;
    buffer_init(&sql, 4096);
    vultus_status status =
        store_postgres_fill(store->dialect->has_index, store->view.found.id, "", &sql, error);
    if (!status)
        status = store_postgres_execute(store, (char *)sql.data, &rows, error);
    buffer_clear(&sql);
    if (status)
        return status;
    *has = PQntuples(rows) && strcmp(PQgetvalue(rows, 0, 0), "0") != 0;
    PQclear(rows);
    return VULTUS_OK;
}

static vultus_status count(struct store_postgres *store, vultus_error *error)
{
    struct store_postgres_view *view = &store->view;
    struct store_postgres_values values = {0};
    char now[STORE_DATE_SIZE];
    PGresult *rows = NULL;
    store_now(now);
    store_postgres_add_number(&values, view->found.id);
    store_postgres_add_text(&values, now);
    vultus_status status = store_postgres_ask(store, POSTGRES_COMPARED, 0, &values, &rows, error);
    if (status)
        return status;
    view->state = (struct store_postgres_state){.edits = store_postgres_number(rows, 0, 0),
                                                .person = store_postgres_number(rows, 0, 1),
                                                .face = store_postgres_number(rows, 0, 2)};
    view->counts = (struct store_counts){.faces = (size_t)store_postgres_number(rows, 0, 3),
                                         .people = (size_t)store_postgres_number(rows, 0, 4)};
    PQclear(rows);
    return VULTUS_OK;
}

/* Looks at an embedder: its faces, and who is to search. */
static vultus_status look(struct store_postgres *store, const struct asking *asking,
                          vultus_error *error)
{
    struct store_postgres_view *view = &store->view;
    const char *embedder = asking->question->embedder;
    uint64_t start = clock_ns();
    bool has = false;
    view->embedder[0] = '\0';
    vultus_status status = store_postgres_embedder(store, embedder, search_dimension(asking->index),
                                                   &view->found, error);
    if (!status && view->found.id)
        status = count(store, error);
    if (!status && view->found.id)
        status = has_index(store, &has, error);
    if (status)
        return status;
    view->by_server = view->found.id && (store->place.search == POSTGRES_SEARCH_SERVER ||
                                         (store->place.search == POSTGRES_SEARCH_AUTO && has &&
                                          view->counts.faces >= SERVER_FACES));
    snprintf(view->embedder, sizeof view->embedder, "%s", embedder);
    view->at = clock_ns();
    view->took = view->at - start;
    return VULTUS_OK;
}

static bool is_stale(const struct store_postgres *store, const char *embedder)
{
    const struct store_postgres_view *view = &store->view;
    return strcmp(view->embedder, embedder) != 0 ||
           (!view->by_server && clock_ns() - view->at > LOOK_AGAIN);
}

/* Whether the counters that came with an answer ask for counting again. */
static bool has_changed(const struct store_postgres *store, const PGresult *rows)
{
    const struct store_postgres_view *view = &store->view;
    bool same = view->state.edits == store_postgres_number(rows, 0, 5) &&
                view->state.person == store_postgres_number(rows, 0, 6) &&
                view->state.face == store_postgres_number(rows, 0, 7);
    return !same && (view->took < COUNT_FREE || clock_ns() - view->at > COUNT_SHARE * view->took);
}

/* ------------------------------------------------------------------ the faces */

struct candidate {
    int64_t person, face;
    int row;
};

static int by_person(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    return (x->face > y->face) - (x->face < y->face);
}

static vultus_status add_candidate(struct store_postgres *store, struct search *index,
                                   const PGresult *rows, const struct candidate *candidate,
                                   bool is_new, vultus_error *error)
{
    vultus_error why;
    vultus_status status = VULTUS_OK;
    const char *name = store_postgres_text(rows, candidate->row, 2, VULTUS_NAME_MAX);
    struct store_bytes vector = store_postgres_floats(store, rows, candidate->row, 3);
    if (!name || names_fault(name, strlen(name)))
        return store_postgres_bad_row(store, "people", candidate->person,
                                      "has a name that cannot be one", error);
    if (vector.size != 4 * search_dimension(index))
        return store_postgres_bad_row(store, "faces", candidate->face,
                                      "has no embedding, or a bad one", error);
    if (is_new)
        status = search_add_person(index, candidate->person, name, error);
    if (status)
        return status;
    status = search_add_face(index, candidate->face, candidate->person, vector.data, &why);
    if (status == VULTUS_ERR_FORMAT)
        return store_postgres_bad_row(store, "faces", candidate->face, why.message, error);
    return status ? status_set(error, status, "%s", why.message) : VULTUS_OK;
}

/* Fills the index with those that count. */
static vultus_status fill(struct store_postgres *store, struct search *index, const PGresult *rows,
                          vultus_error *error)
{
    const int count = PQntuples(rows);
    size_t kept = 0;
    struct candidate *candidates = mem_array((size_t)count, sizeof *candidates);
    if (!candidates)
        return status_memory(error, "the faces that come into question");
    for (int i = 0; i < count; i++)
        if (!PQgetisnull(rows, i, 1) && !store_postgres_number(rows, i, 4))
            candidates[kept++] = (struct candidate){store_postgres_number(rows, i, 1),
                                                    store_postgres_number(rows, i, 0), i};
    qsort(candidates, kept, sizeof *candidates, by_person);
    search_clear(index);
    vultus_status status = search_reserve(index, kept, error);
    for (size_t i = 0; !status && i < kept; i++)
        status = add_candidate(store, index, rows, &candidates[i],
                               !i || candidates[i - 1].person != candidates[i].person, error);
    mem_free(candidates);
    return status;
}

static vultus_status fetch(struct store_postgres *store, const struct store_question *question,
                           bool exact, size_t faces, PGresult **out, vultus_error *error)
{
    struct buffer probe;
    struct store_postgres_values values = {0};
    char limit[24], now[STORE_DATE_SIZE];
    const struct store_postgres_embedder *found = &store->view.found;
    /* of unit vectors, both metrics put the same in front */
    bool cosine = found->unit || question->metric == VULTUS_METRIC_COSINE;
    const enum store_postgres_query queries[2][2] = {
        {POSTGRES_NEAR_EUCLIDEAN, POSTGRES_NEAR_COSINE},
        {POSTGRES_ALL_EUCLIDEAN, POSTGRES_ALL_COSINE}};
    buffer_init(&probe, 1 << 16);
    store_now(now);
    snprintf(limit, sizeof limit, "%zu", faces);
    vultus_status status = store_postgres_vector(&probe, question->probe, found->dimension, error);
    store_postgres_add_bytes(&values, probe.data, probe.size);
    store_postgres_add_text(&values, now);
    if (!status)
        status = store_postgres_ask_with(store, queries[exact][cosine], found->id, limit, &values,
                                         out, error);
    buffer_clear(&probe);
    return status;
}

/* Fetches more until there are people enough, or all were looked at. */
static vultus_status search(struct store_postgres *store, const struct asking *asking,
                            vultus_error *error)
{
    const struct store_question *question = asking->question;
    bool exact = question->exact;
    size_t faces = OVERFETCH * question->people;
    faces = faces < FETCH_MIN ? FETCH_MIN : faces;
    for (;;) {
        PGresult *rows = NULL;
        vultus_status status = fetch(store, question, exact, faces, &rows, error);
        if (status)
            return status;
        const size_t got = (size_t)PQntuples(rows);
        bool changed = got && has_changed(store, rows);
        status = fill(store, asking->index, rows, error);
        PQclear(rows);
        if (status)
            return status;
        if (changed && (status = look(store, asking, error)))
            return status;
        if (search_people(asking->index) >= question->people || faces >= FETCH_MAX ||
            (got < faces && (exact || got >= store->view.counts.faces)))
            return VULTUS_OK;
        if (got < faces)
            exact = true;
        else
            faces *= 8;
    }
}

static vultus_status ask(struct store_postgres *store, void *context, vultus_error *error)
{
    struct asking *asking = context;
    vultus_status status = VULTUS_OK;
    if (is_stale(store, asking->question->embedder))
        status = look(store, asking, error);
    asking->answered = !status && store->view.by_server;
    return asking->answered ? search(store, asking, error) : status;
}

vultus_status store_postgres_nearest(struct store *base, const struct store_question *question,
                                     struct search *index, struct store_counts *counts,
                                     bool *answered, vultus_error *error)
{
    struct store_postgres *store = (struct store_postgres *)base;
    struct asking asking = {question, index, false};
    *answered = false;
    if (store->place.search == POSTGRES_SEARCH_MEMORY)
        return VULTUS_OK;
    vultus_status status = store_postgres_glance(store, ask, &asking, error);
    if (status)
        search_clear(index);
    *answered = !status && asking.answered;
    *counts = store->view.counts;
    return status;
}
