/*
 * Erasing people and faces from the SQLite store. Each is one transaction, which also empties the write-ahead log, so
 * that what was removed is gone from both files, and from the search files beside them.
 */
#include "gallery/store_sqlite_events.h"
#include "gallery/store_sqlite_index.h"
#include "gallery/store_sqlite_pages.h"
#include "gallery/store_sqlite_sealed.h"

#include <sqlite3.h>
#include <stdio.h>

/* Inside a transaction. What is left of them in the history is a number. Events of nobody, before a face had a name, go
 * with their visits. */
static vultus_status erase_person(struct store_sqlite *store, int64_t id, const char *key,
                                  const char *action, vultus_error *error)
{
    const struct store_sqlite_note note = {.action = action, .person = id};
    const struct store_sqlite_value who = {.number = id};
    vultus_status status = store_sqlite_do(store, QUERY_ERASE_VISITS, &who, 1, error);
    if (!status)
        status = store_sqlite_do(store, QUERY_DELETE_PERSON, &who, 1, error);
    if (!status)
        status = store_sqlite_forget(store, id, key, error);
    return status ? status : store_sqlite_note(store, &note, NULL, error);
}

static vultus_status erase_one_face(struct store_sqlite *store, int64_t person, int64_t face,
                                    vultus_error *error)
{
    const struct store_sqlite_note note = {.action = "delete face", .person = person, .face = face};
    const struct store_sqlite_value which = {.number = face};
    vultus_status status = store_sqlite_do(store, QUERY_DELETE_FACE, &which, 1, error);
    if (!status)
        status = store_sqlite_do(store, QUERY_FORGET_FACE, &which, 1, error);
    return status ? status : store_sqlite_note(store, &note, NULL, error);
}

/* Ends the change, and leaves nothing of it in the log. */
static vultus_status end(struct store_sqlite *store, struct store_sqlite_changes *changes,
                         vultus_status status, vultus_error *error)
{
    status = store_sqlite_end_changes(store, changes, status, error);
    if (status)
        return status;
    store_sqlite_empty_log(store);
    return store_sqlite_remove_stale(store, changes->edits, error);
}

vultus_status store_sqlite_erase(struct store *base, const char *name, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    char key[STORE_KEY_SIZE];
    struct store_sqlite_changes changes = {.erase = true};
    int64_t id = 0;
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    status = store_sqlite_known(store, name, &id, error);
    if (!status)
        status = store_sqlite_concern(store, &changes, id, error);
    if (!status)
        status = erase_person(store, id, store_sqlite_key(store, name, key), "delete", error);
    return end(store, &changes, status, error);
}

vultus_status store_sqlite_erase_face(struct store *base, int64_t face, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    struct store_sqlite_changes changes = {.erase = true};
    uint8_t picture[HASH_SIZE];
    int64_t person = 0;
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    status = store_sqlite_find_face(store, face, &person, picture, error);
    if (!status)
        status = store_sqlite_concern(store, &changes, person, error);
    if (!status)
        status = erase_one_face(store, person, face, error);
    return end(store, &changes, status, error);
}

/* The first of those whose time has passed; *id 0: there is none. */
static vultus_status find_expired(struct store_sqlite *store, const char *now, int64_t *id,
                                  char key[VULTUS_NAME_MAX + 1], vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    *id = 0;
    vultus_status status = store_sqlite_query(store, QUERY_EXPIRED, &statement, error);
    if (!status)
        status = store_sqlite_status(store, sqlite3_bind_text(statement, 1, now, -1, SQLITE_STATIC),
                                     error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    if (!status && row) {
        const char *text = store_sqlite_text(statement, 1, VULTUS_NAME_MAX);
        *id = sqlite3_column_int64(statement, 0);
        snprintf(key, VULTUS_NAME_MAX + 1, "%s", text ? text : "");
    }
    store_sqlite_done(statement);
    return status;
}

/* They are made again without those who expired. */
static vultus_status remove_searches(const struct store_sqlite *store, vultus_error *error)
{
    const char *path = sqlite3_db_filename(store->db, "main");
    return path && path[0] ? store_sqlite_remove_searches(path, error) : VULTUS_OK;
}

vultus_status store_sqlite_expire(struct store_sqlite *store, vultus_error *error)
{
    char now[STORE_DATE_SIZE], key[VULTUS_NAME_MAX + 1];
    int64_t id = 1;
    bool any = false;
    store_now(now);
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    while (!status && id) {
        status = find_expired(store, now, &id, key, error);
        if (!status && id && !any)
            status = remove_searches(store, error);
        if (!status && id)
            status = erase_person(store, id, key, "expire", error);
        any |= id != 0;
    }
    if (!status)
        status = store_sqlite_expire_events(store, NULL, error);
    status = store_sqlite_end(store, status, error);
    return status || !any ? status : remove_searches(store, error);
}
