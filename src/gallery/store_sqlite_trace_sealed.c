/*
 * What is left of a name in the texts of an encrypted gallery: every one is opened. The names of people, sources,
 * facts, cameras, the history, and what can be undone.
 */
#include "gallery/store_sqlite_events.h"

#include <sqlite3.h>
#include <string.h>

#define TEXTS_MAX 2 /* of a row */

/* What the rows open into; the texts lie in it. */
union opened {
    char name[VULTUS_NAME_MAX + 1];
    struct store_sqlite_face face;
    struct store_sqlite_fact fact;
    struct store_sqlite_change change;
    char camera[VULTUS_SOURCE_MAX + 1];
};

/* The texts of a row; false: it was changed. What is not there stays NULL. */
typedef bool opener(struct store_sqlite *store, sqlite3_stmt *row, union opened *opened,
                    const char *texts[TEXTS_MAX]);

static bool open_person(struct store_sqlite *store, sqlite3_stmt *row, union opened *opened,
                        const char *texts[TEXTS_MAX])
{
    texts[0] = store_sqlite_name(store, row, 1, sqlite3_column_int64(row, 0), opened->name);
    return texts[0] != NULL;
}

static bool open_face(struct store_sqlite *store, sqlite3_stmt *row, union opened *opened,
                      const char *texts[TEXTS_MAX])
{
    static const struct store_sqlite_face_columns columns = {
        .picture = 1, .source = 2, .landmarks = 3, .seal = 4};
    if (store_sqlite_read_face(store, row, &columns, sqlite3_column_int64(row, 0), &opened->face))
        return false;
    texts[0] = opened->face.source;
    return true;
}

static bool open_event(struct store_sqlite *store, sqlite3_stmt *row, union opened *opened,
                       const char *texts[TEXTS_MAX])
{
    const struct vault_place place =
        store_sqlite_event_place(sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 3));
    texts[0] = store_sqlite_camera(store, row, 1, &place, opened->camera);
    return texts[0] != NULL;
}

static bool open_fact(struct store_sqlite *store, sqlite3_stmt *row, union opened *opened,
                      const char *texts[TEXTS_MAX])
{
    if (!store_sqlite_read_fact(store, row, 1, 4, sqlite3_column_int64(row, 0), &opened->fact))
        return false;
    texts[0] = opened->fact.key;
    texts[1] = opened->fact.value;
    return true;
}

static bool open_change(struct store_sqlite *store, sqlite3_stmt *row, union opened *opened,
                        const char *texts[TEXTS_MAX])
{
    if (!store_sqlite_open_change(store, row, 1, sqlite3_column_int64(row, 0), &opened->change))
        return false;
    texts[0] = opened->change.texts[0];
    texts[1] = opened->change.texts[1];
    return true;
}

static bool open_undo_fact(struct store_sqlite *store, sqlite3_stmt *row, union opened *opened,
                           const char *texts[TEXTS_MAX])
{
    if (!open_fact(store, row, opened, texts))
        return false;
    texts[0] = NULL;
    return true;
}

/* Rows of (id or person, what is opened). */
static const struct {
    const char *sql, *table;
    opener *open;
} sources[] = {
    {"SELECT id, name, sealed FROM people", "people", open_person},
    {"SELECT id, picture, source, landmarks, sealed FROM faces", "faces", open_face},
    {"SELECT id, camera, sealed, person FROM events", "events", open_event},
    {"SELECT person, kind, key, value, sealed FROM facts", "people", open_fact},
    {"SELECT id, sealed_actor, sealed FROM history", "history", open_change},
    {"SELECT person, value, sealed FROM undo WHERE what IN ('person', 'name')", "people",
     open_person},
    {"SELECT person, kind, key, value, sealed FROM undo WHERE what = 'fact'", "people",
     open_undo_fact},
};

static vultus_status look_at(struct store_sqlite *store, size_t source, const char *name,
                             vultus_trace *out, vultus_error *error)
{
    union opened opened;
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_status(
        store, sqlite3_prepare_v2(store->db, sources[source].sql, -1, &statement, NULL), error);
    while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row) {
        const char *texts[TEXTS_MAX] = {NULL};
        bool good = sources[source].open(store, statement, &opened, texts);
        if (sqlite3_errcode(store->db) == SQLITE_NOMEM)
            status = status_memory(error, "the trace");
        else if (!good)
            status = store_sqlite_bad_row(store, sources[source].table,
                                          sqlite3_column_int64(statement, 0), "was changed", error);
        for (size_t i = 0; !status && i < TEXTS_MAX; i++) {
            bool same = texts[i] && !strcmp(texts[i], name);
            out->texts += same;
            out->mentions += texts[i] && !same && strstr(texts[i], name);
        }
    }
    sqlite3_finalize(statement);
    return status;
}

vultus_status store_sqlite_trace_sealed(struct store_sqlite *store, const char *name,
                                        vultus_trace *out, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < sizeof sources / sizeof *sources; i++)
        status = look_at(store, i, name, out, error);
    return status;
}
