/*
 * Filling the search index from the SQLite store. Two counters say whether anything has changed: of
 * other connections (PRAGMA data_version) and of this one. Then, in one read transaction, the rows
 * behind the last that the index knows are added; when something was renamed, moved or removed
 * (`edits`), or a face belongs to somebody unknown, the index is filled anew.
 */
#include "base/memory.h"
#include "gallery/names.h"
#include "gallery/store_sqlite_index.h"
#include "gallery/store_sqlite_sealed.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

vultus_status store_sqlite_ask(struct store_sqlite *store, enum store_sqlite_query query,
                               const int64_t *argument, int64_t *out, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_query(store, query, &statement, error);
    if (!status && argument)
        status = store_sqlite_status(store, sqlite3_bind_int64(statement, 1, *argument), error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    if (!status)
        *out = row ? sqlite3_column_int64(statement, 0) : 0;
    store_sqlite_done(statement);
    return status;
}

static vultus_status read_mark(struct store_sqlite *store, struct store_mark *out,
                               vultus_error *error)
{
    out->filled = true;
    out->own = sqlite3_total_changes(store->db);
    return store_sqlite_ask(store, QUERY_FOREIGN_CHANGES, NULL, &out->foreign, error);
}

vultus_status store_sqlite_add_people(struct store_sqlite *store, struct search *index,
                                      struct store_mark *mark, vultus_error *error)
{
    char buffer[VULTUS_NAME_MAX + 1];
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_query(store, QUERY_NEW_PEOPLE, &statement, error);
    if (!status)
        status = store_sqlite_status(store, sqlite3_bind_int64(statement, 1, mark->person), error);
    while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row) {
        int64_t id = sqlite3_column_int64(statement, 0);
        const char *name = store_sqlite_name(store, statement, 1, id, buffer);
        if (sqlite3_errcode(store->db) == SQLITE_NOMEM)
            status = status_memory(error, "the gallery");
        else if (!name || names_fault(name, strlen(name)))
            status =
                store_sqlite_bad_row(store, "people", id, "has a name that cannot be one", error);
        else
            status = search_add_person(index, id, name, error);
        if (!status)
            mark->person = id;
    }
    store_sqlite_done(statement);
    return status;
}

static vultus_face measures_of(sqlite3_stmt *row)
{
    double numbers[STORE_NUMBERS] = {0};
    vultus_face face = {.quality = {.pitch = NAN, .contrast = NAN, .occlusion = NAN, .score = NAN}};
    for (int i = STORE_SCORE; i < STORE_NUMBERS; i++)
        numbers[i] = sqlite3_column_double(row, 3 + i - STORE_SCORE);
    if (!store_face(numbers, &face))
        face.score = NAN; /* weighs in full, as what is not known does */
    return face;
}

vultus_status store_sqlite_add_face(struct store_sqlite *store, struct search *index,
                                    sqlite3_stmt *statement, int64_t id, vultus_error *error)
{
    uint8_t scratch[4 * SEARCH_DIMENSION_MAX];
    int64_t person = sqlite3_column_int64(statement, 1);
    const uint8_t *vector =
        store_sqlite_embedding(store, statement, 2, id, person, search_dimension(index), scratch);
    if (sqlite3_errcode(store->db) == SQLITE_NOMEM)
        return status_memory(error, "the gallery");
    if (!vector)
        return store_sqlite_bad_row(store, "faces", id, "has no embedding, or a bad one", error);
    vultus_error why;
    vultus_status status = search_add_face(index, id, person, vector, &why);
    if (store->vault)
        mem_wipe(scratch, 4 * search_dimension(index));
    vultus_face measures = measures_of(statement);
    if (!status)
        search_weigh_last(index, &measures);
    if (status == VULTUS_ERR_FORMAT || status == VULTUS_ERR_NOT_FOUND)
        store_sqlite_bad_row(store, "faces", id, why.message, error);
    else if (status)
        status_set(error, status, "%s", why.message);
    return status == VULTUS_ERR_FORMAT ? VULTUS_ERR_DATABASE : status;
}

vultus_status store_sqlite_ask_faces(struct store_sqlite *store, int64_t face, int64_t embedder,
                                     sqlite3_stmt **out, vultus_error *error)
{
    char now[STORE_DATE_SIZE];
    store_now(now);
    vultus_status status = store_sqlite_query(store, QUERY_NEW_FACES, out, error);
    if (status)
        return status;
    int code = sqlite3_bind_int64(*out, 1, face);
    if (!code)
        code = sqlite3_bind_int64(*out, 2, embedder);
    if (!code)
        code = sqlite3_bind_text(*out, 3, now, -1, SQLITE_TRANSIENT);
    return store_sqlite_status(store, code, error);
}

/* NOT_FOUND: a face belongs to somebody whom the index does not know. */
static vultus_status add_faces(struct store_sqlite *store, int64_t embedder, struct search *index,
                               struct store_mark *mark, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_ask_faces(store, mark->face, embedder, &statement, error);
    while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row) {
        int64_t id = sqlite3_column_int64(statement, 0);
        status = store_sqlite_add_face(store, index, statement, id, error);
    }
    store_sqlite_done(statement);
    if (!status) /* of any embedder: the next look begins behind those of others, too */
        status = store_sqlite_ask(store, QUERY_LAST_FACE, NULL, &mark->face, error);
    return status;
}

vultus_status store_sqlite_add_new(struct store_sqlite *store, int64_t embedder,
                                   struct search *index, struct store_mark *mark,
                                   vultus_error *error)
{
    vultus_status status = store_sqlite_add_people(store, index, mark, error);
    return status ? status : add_faces(store, embedder, index, mark, error);
}

/* When the next person's retention passes: the index has them until then. */
static vultus_status read_expiry(struct store_sqlite *store, char out[STORE_DATE_SIZE],
                                 vultus_error *error)
{
    char now[STORE_DATE_SIZE];
    sqlite3_stmt *statement = NULL;
    bool row = false;
    store_now(now);
    vultus_status status = store_sqlite_query(store, QUERY_NEXT_EXPIRY, &statement, error);
    if (!status)
        status = store_sqlite_status(store, sqlite3_bind_text(statement, 1, now, -1, SQLITE_STATIC),
                                     error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    const char *text = !status && row ? store_sqlite_text(statement, 0, STORE_DATE_SIZE - 1) : NULL;
    snprintf(out, STORE_DATE_SIZE, "%s", text ? text : "");
    store_sqlite_done(statement);
    return status;
}

static bool has_expired(const struct store_mark *mark)
{
    char now[STORE_DATE_SIZE];
    if (!mark->expires[0])
        return false;
    store_now(now);
    return strcmp(now, mark->expires) >= 0;
}

vultus_status store_sqlite_look(struct store_sqlite *store, const char *embedder, size_t dimension,
                                struct store_mark *now, int64_t *id, vultus_error *error)
{
    vultus_status status = read_mark(store, now, error);
    if (!status)
        status = store_sqlite_ask(store, QUERY_EDITS, NULL, &now->edits, error);
    if (!status)
        status = store_sqlite_embedder(store, embedder, dimension, id, error);
    return status ? status : read_expiry(store, now->expires, error);
}

vultus_status store_sqlite_sync(struct store *base, const char *embedder, struct search *index,
                                struct store_mark *mark, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    struct store_mark now = {.alone = mark->alone};
    struct store_sqlite_filling filling = {
        .store = store,
        .embedder = embedder,
        .index = index,
        .now = &now,
        .broken = search_state(index) == SEARCH_DAMAGED,
    };
    vultus_status status = read_mark(store, &now, error);
    bool sound = search_state(index) == SEARCH_SOUND && !has_expired(mark);
    if (status || (mark->filled && now.foreign == mark->foreign && now.own == mark->own && sound))
        return status;
    status = store_sqlite_begin(store, false, error);
    if (status)
        return status;
    /* of the moment that this transaction sees */
    status = store_sqlite_look(store, embedder, search_dimension(index), &now, &filling.id, error);
    bool more = mark->filled && mark->edits == now.edits && sound;
    if (!status && more) {
        now.person = mark->person;
        now.face = mark->face;
        memcpy(now.filled_at, mark->filled_at, sizeof now.filled_at);
        status = store_sqlite_add_new(store, filling.id, index, &now, error);
        if (status == VULTUS_ERR_NOT_FOUND)
            more = false, status = VULTUS_OK;
    }
    if (!status && !more)
        status = store_sqlite_fill(&filling, error);
    status = store_sqlite_end(store, status, error);
    if (status)
        search_clear(index);
    else
        store_sqlite_keep(&filling);
    *mark = status ? (struct store_mark){.alone = mark->alone} : now;
    return status == VULTUS_ERR_NOT_FOUND ? VULTUS_ERR_DATABASE : status;
}

vultus_status store_sqlite_other(struct store *base, const char *embedder,
                                 char out[STORE_EMBEDDER_MAX + 1], vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    sqlite3_stmt *statement = NULL;
    bool row = false;
    const char *name = "";
    vultus_status status = store_sqlite_query(store, QUERY_OTHER_EMBEDDER, &statement, error);
    if (!status)
        status = store_sqlite_status(
            store, sqlite3_bind_text(statement, 1, embedder, -1, SQLITE_STATIC), error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    if (!status && row) {
        name = store_sqlite_text(statement, 1, STORE_EMBEDDER_MAX);
        if (!name)
            status = store_sqlite_bad_row(store, "embedders", sqlite3_column_int64(statement, 0),
                                          "has a bad name", error);
    }
    if (!status)
        memcpy(out, name, strlen(name) + 1);
    store_sqlite_done(statement);
    return status;
}
