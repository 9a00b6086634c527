/*
 * Filling the search index from the PostgreSQL store. The row of counters says whether anything has changed, whoever
 * changed it. Then, in one read transaction, the rows behind the last that the index knows are added, in pages; when
 * something was renamed, moved or removed (`edits`), the index is filled anew.
 */
#include "gallery/names.h"
#include "gallery/store_postgres.h"

#include <libpq-fe.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct filling {
    const char *embedder;
    struct search *index;
    struct store_mark *mark, now;
    struct store_postgres_embedder found;
    char today[STORE_DATE_SIZE];
    bool changed;
};

static vultus_status look(struct store_postgres *store, void *context, vultus_error *error)
{
    struct filling *filling = context;
    struct store_mark *now = &filling->now;
    PGresult *rows = NULL;
    vultus_status status = store_postgres_ask(store, POSTGRES_STATE, 0, NULL, &rows, error);
    if (status)
        return status;
    *now = (struct store_mark){.filled = true,
                               .edits = store_postgres_number(rows, 0, 0),
                               .person = store_postgres_number(rows, 0, 1),
                               .face = store_postgres_number(rows, 0, 2)};
    PQclear(rows);
    return VULTUS_OK;
}

static bool has_expired(const struct filling *filling)
{
    return filling->mark->expires[0] && strcmp(filling->today, filling->mark->expires) >= 0;
}

static bool is_same(const struct filling *filling)
{
    const struct store_mark *mark = filling->mark, *now = &filling->now;
    return mark->filled && mark->edits == now->edits && mark->person == now->person &&
           mark->face == now->face && !has_expired(filling);
}

/* ------------------------------------------------------------------ pages of rows */

static vultus_status add_people(struct store_postgres *store, struct filling *filling, int64_t last,
                                vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (int count = 1; !status && count;) {
        struct store_postgres_values values = {0};
        PGresult *rows = NULL;
        store_postgres_add_number(&values, last);
        status = store_postgres_ask(store, POSTGRES_NEW_PEOPLE, 0, &values, &rows, error);
        if (status)
            return status;
        count = PQntuples(rows);
        for (int i = 0; !status && i < count; i++) {
            const char *name = store_postgres_text(rows, i, 1, VULTUS_NAME_MAX);
            last = store_postgres_number(rows, i, 0);
            if (!name || names_fault(name, strlen(name)))
                status = store_postgres_bad_row(store, "people", last,
                                                "has a name that cannot be one", error);
            else
                status = search_add_person(filling->index, last, name, error);
        }
        PQclear(rows);
    }
    return status;
}

static vultus_face measures_of(const PGresult *rows, int row)
{
    double numbers[STORE_NUMBERS] = {0};
    vultus_face face = {.quality = {.pitch = NAN, .contrast = NAN, .occlusion = NAN, .score = NAN}};
    for (int i = STORE_SCORE; i < STORE_NUMBERS; i++)
        numbers[i] = store_postgres_real(rows, row, 3 + i - STORE_SCORE);
    if (!store_face(numbers, &face))
        face.score = NAN; /* weighs in full, as what is not known does */
    return face;
}

static vultus_status add_face(struct store_postgres *store, struct search *index,
                              const PGresult *rows, int row, vultus_error *error)
{
    int64_t id = store_postgres_number(rows, row, 0);
    struct store_bytes vector = store_postgres_floats(store, rows, row, 2);
    if (vector.size != 4 * search_dimension(index))
        return store_postgres_bad_row(store, "faces", id, "has no embedding, or a bad one", error);
    vultus_error why;
    vultus_status status =
        search_add_face(index, id, store_postgres_number(rows, row, 1), vector.data, &why);
    vultus_face measures = measures_of(rows, row);
    if (!status)
        search_weigh_last(index, &measures);
    if (status == VULTUS_ERR_FORMAT || status == VULTUS_ERR_NOT_FOUND)
        return store_postgres_bad_row(store, "faces", id, why.message, error);
    return status ? status_set(error, status, "%s", why.message) : VULTUS_OK;
}

static vultus_status add_faces(struct store_postgres *store, struct filling *filling, int64_t last,
                               vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (int count = 1; !status && count && filling->found.id;) {
        struct store_postgres_values values = {0};
        PGresult *rows = NULL;
        store_postgres_add_number(&values, last);
        store_postgres_add_number(&values, filling->found.id);
        store_postgres_add_text(&values, filling->today);
        status =
            store_postgres_ask(store, POSTGRES_NEW_FACES, filling->found.id, &values, &rows, error);
        if (status)
            return status;
        count = PQntuples(rows);
        for (int i = 0; !status && i < count; i++) {
            last = store_postgres_number(rows, i, 0);
            if (!store_postgres_number(rows, i, 9)) /* neither refused nor expired */
                status = add_face(store, filling->index, rows, i, error);
        }
        PQclear(rows);
    }
    return status;
}

/* When the next person's retention passes: the index has them until then. */
static vultus_status read_expiry(struct store_postgres *store, struct filling *filling,
                                 vultus_error *error)
{
    PGresult *rows = NULL;
    struct store_postgres_values values = {0};
    store_postgres_add_text(&values, filling->today);
    vultus_status status =
        store_postgres_ask(store, POSTGRES_NEXT_EXPIRY, 0, &values, &rows, error);
    if (status)
        return status;
    const char *text = store_postgres_text(rows, 0, 0, STORE_DATE_SIZE - 1);
    snprintf(filling->now.expires, STORE_DATE_SIZE, "%s", text ? text : "");
    PQclear(rows);
    return VULTUS_OK;
}

static vultus_status fill(struct store_postgres *store, void *context, vultus_error *error)
{
    struct filling *filling = context;
    const struct store_mark *mark = filling->mark;
    vultus_status status = look(store, filling, error); /* of the moment that is read */
    if (!status)
        status = store_postgres_embedder(store, filling->embedder, search_dimension(filling->index),
                                         &filling->found, error);
    if (!status)
        status = read_expiry(store, filling, error);
    bool more = mark->filled && !filling->changed && mark->edits == filling->now.edits &&
                !has_expired(filling);
    filling->changed = true; /* a second try begins anew */
    if (!more)
        search_clear(filling->index);
    if (!status)
        status = add_people(store, filling, more ? mark->person : INT64_MIN, error);
    if (!status)
        status = add_faces(store, filling, more ? mark->face : INT64_MIN, error);
    return status;
}

vultus_status store_postgres_sync(struct store *base, const char *embedder, struct search *index,
                                  struct store_mark *mark, vultus_error *error)
{
    struct store_postgres *store = (struct store_postgres *)base;
    struct filling filling = {.embedder = embedder, .index = index, .mark = mark};
    store_now(filling.today);
    vultus_status status = store_postgres_glance(store, look, &filling, error);
    if (status || is_same(&filling))
        return status;
    status = store_postgres_read(store, fill, &filling, error);
    if (status)
        search_clear(index);
    *mark = status ? (struct store_mark){0} : filling.now;
    return status;
}
