/*
 * Who changed what in a SQLite gallery, and taking it back. A change that can be undone leaves the rows of
 * `undo` that say what was there before, in the same transaction; undoing writes them back. Statements
 * work on whole sets, so a merge of a thousand faces is no more code than a rename. What is erased takes
 * its texts in both tables along.
 */
#include "base/memory.h"
#include "gallery/store_sqlite_index.h"
#include "gallery/store_sqlite_sealed.h"

#include <sqlite3.h>
#include <string.h>

vultus_status store_sqlite_do(struct store_sqlite *store, enum store_sqlite_query query,
                              const struct store_sqlite_value *values, size_t count,
                              vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row;
    vultus_status status = store_sqlite_query(store, query, &statement, error);
    if (status)
        return status;
    int code = SQLITE_OK;
    for (size_t i = 0; !code && i < count; i++) {
        int at = (int)i + 1;
        if (values[i].seal)
            code = store_sqlite_bind_sealed(store, statement, at, values[i].seal, values[i].bytes,
                                            values[i].size);
        else if (values[i].text)
            code = sqlite3_bind_text(statement, at, values[i].text, -1, SQLITE_STATIC);
        else if (values[i].real)
            code = sqlite3_bind_double(statement, at, *values[i].real);
        else if (values[i].bytes)
            code = sqlite3_bind_blob(statement, at, values[i].bytes, (int)values[i].size,
                                     SQLITE_STATIC);
        else if (!values[i].null)
            code = sqlite3_bind_int64(statement, at, values[i].number);
    }
    status = store_sqlite_status(store, code, error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    store_sqlite_done(statement);
    return status;
}

size_t store_sqlite_pack_texts(const char *before, const char *after, char out[STORE_TEXTS_MAX])
{
    const char *const texts[] = {before, after};
    size_t size = 0;
    for (size_t i = 0; i < 2; i++) {
        size_t length = texts[i] ? strlen(texts[i]) + 1 : 0;
        out[size++] = texts[i] ? 1 : 0;
        if (length)
            memcpy(out + size, texts[i], length);
        size += length;
    }
    return size;
}

/* False where it cannot be what was packed. The texts lie in `packed`, which ends in a NUL. */
static bool unpack_texts(const char *packed, size_t size, const char *out[2])
{
    size_t at = 0;
    for (size_t i = 0; i < 2; i++) {
        if (at >= size)
            return false;
        out[i] = packed[at] ? packed + at + 1 : NULL;
        at += out[i] ? strlen(out[i]) + 2 : 1;
    }
    return at == size;
}

vultus_status store_sqlite_note(struct store_sqlite *store, const struct store_sqlite_note *note,
                                int64_t *id, vultus_error *error)
{
    char now[STORE_DATE_SIZE], keys[2][STORE_KEY_SIZE], packed[STORE_TEXTS_MAX];
    int64_t own = 0;
    store_now(now);
    vultus_status status = store_sqlite_next_id(store, "history", &own, error);
    if (status)
        return status;
    const struct vault_place actor = {.kind = VAULT_ACTOR, .row = own};
    const struct vault_place texts = {.kind = VAULT_CHANGE, .row = own};
    const bool has_text = note->before || note->after;
    const struct store_sqlite_value values[] = {
        {.text = now},
        {.text = store->vault ? "" : store->actor},
        {.text = note->action},
        {.number = note->person},
        {.number = note->face},
        {.text = store_sqlite_key(store, note->before, keys[0]), .null = true},
        {.text = store_sqlite_key(store, note->after, keys[1]), .null = true},
        {.number = own, .null = !own},
        {.seal = &actor, .bytes = store->actor, .size = strlen(store->actor)},
        {.seal = has_text ? &texts : NULL,
         .bytes = has_text ? packed : NULL,
         .size = store_sqlite_pack_texts(note->before, note->after, packed),
         .null = true},
    };
    status = store_sqlite_do(store, QUERY_NOTE, values, sizeof values / sizeof *values, error);
    if (!status && id)
        *id = sqlite3_last_insert_rowid(store->db);
    return status;
}

vultus_status store_sqlite_forget(struct store_sqlite *store, int64_t person, const char *key,
                                  vultus_error *error)
{
    static const struct {
        enum store_sqlite_query query;
        size_t values;
    } steps[] = {{QUERY_FORGET_UNDO, 2}, {QUERY_FORGET_LOST, 0}, {QUERY_FORGET_TEXTS, 2}};
    const struct store_sqlite_value values[] = {{.number = person}, {.text = key}};
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < sizeof steps / sizeof *steps; i++)
        status = store_sqlite_do(store, steps[i].query, values, steps[i].values, error);
    return status;
}

/* ------------------------------------------------------------------ listing */

static char *copy_text(sqlite3_stmt *row, int column, size_t max, bool *memory)
{
    const char *text = store_sqlite_text(row, column, max);
    char *copy = text ? mem_string(text) : NULL;
    *memory |= text && !copy;
    return copy;
}

static void fill_text(sqlite3_stmt *row, int column, char *out, size_t size)
{
    const char *text = store_sqlite_text(row, column, size - 1);
    strncpy(out, text ? text : "", size - 1);
}

bool store_sqlite_open_change(const struct store_sqlite *store, sqlite3_stmt *row, int column,
                              int64_t id, struct store_sqlite_change *out)
{
    const struct vault_place actor = {.kind = VAULT_ACTOR, .row = id};
    const struct vault_place texts = {.kind = VAULT_CHANGE, .row = id};
    size_t size = 0;
    out->texts[0] = out->texts[1] = NULL;
    if (!store_sqlite_open_sealed(store, row, column, &actor, out->actor, VULTUS_NAME_MAX, &size))
        return false;
    out->actor[size] = '\0';
    if (sqlite3_column_type(row, column + 1) == SQLITE_NULL)
        return true;
    if (!store_sqlite_open_sealed(store, row, column + 1, &texts, out->opened, STORE_TEXTS_MAX,
                                  &size))
        return false;
    out->opened[size] = '\0';
    return unpack_texts(out->opened, size, out->texts);
}

/* What an encrypted gallery has sealed of a change; what was erased is not there. */
static bool open_change(struct store_sqlite *store, sqlite3_stmt *row, vultus_change *out,
                        bool *memory)
{
    struct store_sqlite_change change;
    if (!store_sqlite_open_change(store, row, 12, out->id, &change))
        return false;
    memcpy(out->actor, change.actor, sizeof out->actor);
    out->before = change.texts[0] ? mem_string(change.texts[0]) : NULL;
    out->after = change.texts[1] ? mem_string(change.texts[1]) : NULL;
    *memory |= (change.texts[0] && !out->before) || (change.texts[1] && !out->after);
    return true;
}

static vultus_status read_change(struct store_sqlite *store, sqlite3_stmt *row, vultus_change *out,
                                 vultus_error *error)
{
    char buffer[VULTUS_NAME_MAX + 1];
    bool memory = false, good = true;
    *out = (vultus_change){.id = sqlite3_column_int64(row, 0),
                           .person = sqlite3_column_int64(row, 4),
                           .face = sqlite3_column_int64(row, 5),
                           .undone = sqlite3_column_int64(row, 8) != 0,
                           .undoable = sqlite3_column_int64(row, 11) != 0};
    fill_text(row, 1, out->at, sizeof out->at);
    fill_text(row, 3, out->action, sizeof out->action);
    if (store->vault) {
        good = open_change(store, row, out, &memory);
    } else {
        fill_text(row, 2, out->actor, sizeof out->actor);
        out->before = copy_text(row, 6, STORE_CHANGE_MAX, &memory);
        out->after = copy_text(row, 7, STORE_CHANGE_MAX, &memory);
    }
    const char *name = store_sqlite_name(store, row, 9, sqlite3_column_int64(row, 14), buffer);
    out->name = name ? mem_string(name) : NULL;
    if (memory || (name && !out->name) || sqlite3_errcode(store->db) == SQLITE_NOMEM)
        return status_memory(error, "the list of changes");
    return good ? VULTUS_OK : store_sqlite_bad_row(store, "history", out->id, "was changed", error);
}

vultus_status store_sqlite_changes(struct store *base, const char *name, size_t most,
                                   vultus_changes *out, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    vultus_changes changes = {0};
    sqlite3_stmt *statement = NULL;
    int64_t person = 0;
    bool row = false;
    vultus_status status = store_sqlite_begin(store, false, error);
    if (status)
        return status;
    if (name)
        status = store_sqlite_known(store, name, &person, error);
    if (!status)
        status = store_sqlite_query(store, QUERY_CHANGES, &statement, error);
    if (!status) {
        int code = sqlite3_bind_int64(statement, 1, person);
        if (!code)
            code = sqlite3_bind_int64(statement, 2, most > INT32_MAX ? INT32_MAX : (int64_t)most);
        status = store_sqlite_status(store, code, error);
    }
    while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row) {
        vultus_change *items = mem_resize(changes.items, changes.count + 1, sizeof *items);
        if (!items) {
            status = status_memory(error, "the list of changes");
            break;
        }
        changes.items = items;
        status = read_change(store, statement, items + changes.count++, error);
    }
    store_sqlite_done(statement);
    status = store_sqlite_end(store, status, error);
    if (status)
        vultus_changes_clear(&changes);
    else
        *out = changes;
    return status;
}

/* ------------------------------------------------------------------ undoing */

/* The latest change with rows in undo; 0: none. */
static vultus_status latest(struct store_sqlite *store, int64_t *id, struct store_sqlite_note *note,
                            char action[32], vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_query(store, QUERY_LATEST_UNDO, &statement, error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    if (!status && row) {
        *id = sqlite3_column_int64(statement, 0);
        fill_text(statement, 1, action, 32);
        note->person = sqlite3_column_int64(statement, 2);
        note->face = sqlite3_column_int64(statement, 3);
    }
    store_sqlite_done(statement);
    return status;
}

/* Who had, has, and will have what it is about. */
static vultus_status concern_all(struct store_sqlite *store, int64_t change,
                                 struct store_sqlite_changes *changes, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_query(store, QUERY_UNDO_CONCERNS, &statement, error);
    if (!status)
        status = store_sqlite_status(store, sqlite3_bind_int64(statement, 1, change), error);
    while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row)
        status = store_sqlite_concern(store, changes, sqlite3_column_int64(statement, 0), error);
    store_sqlite_done(statement);
    return status;
}

vultus_status store_sqlite_undo(struct store *base, char action[32], vultus_error *error)
{
    static const enum store_sqlite_query steps[] = {
        QUERY_UNDO_PERSON,    QUERY_UNDO_NAME,    QUERY_UNDO_FACE, QUERY_UNDO_EVENT,
        QUERY_UNDO_NO_PERSON, QUERY_UNDO_NO_FACT, QUERY_UNDO_FACT, QUERY_UNDO_NO_REFUSAL,
        QUERY_UNDO_REFUSAL,   QUERY_UNDO_DROP,    QUERY_UNDO_DONE};
    struct store_sqlite *store = (struct store_sqlite *)base;
    struct store_sqlite_note note = {.action = "undo"};
    struct store_sqlite_value change = {0};
    struct store_sqlite_changes changes = {0};
    char what[32] = "";
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    status = latest(store, &change.number, &note, what, error);
    if (!status && !change.number)
        status = status_set(error, VULTUS_ERR_NOT_FOUND, "there is no change that can be undone");
    if (!status)
        status = concern_all(store, change.number, &changes, error);
    if (!status)
        status = store_sqlite_reseal_faces(store, QUERY_SEALS_OF_UNDO, change.number, 0, error);
    if (!status)
        status =
            store_sqlite_reseal_events(store, QUERY_SEALS_OF_UNDO_EVENTS, change.number, 0, error);
    for (size_t i = 0; !status && i < sizeof steps / sizeof *steps; i++)
        status = store_sqlite_do(store, steps[i], &change, 1, error);
    note.before = what;
    if (!status)
        status = store_sqlite_note(store, &note, NULL, error);
    if (status && (sqlite3_errcode(store->db) & 0xFF) == SQLITE_CONSTRAINT)
        status =
            status_set(error, VULTUS_ERR_EXISTS,
                       "the last change (%s) cannot be undone: a name of it is taken by now, or "
                       "somebody of it is gone",
                       what);
    status = store_sqlite_end_changes(store, &changes, status, error);
    if (!status && action)
        memcpy(action, what, sizeof what);
    return status;
}
