/*
 * Events in the SQLite store: adding, deleting, and how far their readers have come. Writers take turns, so ids become
 * visible in the order in which they are given, and a reader that knows the last one it saw has missed none.
 */
#include "gallery/store_sqlite_events.h"

#include <sqlite3.h>
#include <string.h>

/* ------------------------------------------------------------------ adding */

/* A statement with one number (0: none), whose one row is a number; *out stays where there is no row. */
static vultus_status ask_number(struct store_sqlite *store, enum store_sqlite_query query,
                                int64_t number, int64_t *out, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_query(store, query, &statement, error);
    if (!status && number)
        status = store_sqlite_status(store, sqlite3_bind_int64(statement, 1, number), error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    if (!status && row)
        *out = sqlite3_column_int64(statement, 0);
    store_sqlite_done(statement);
    return status;
}

/* Who has the name; somebody who has it no more is whom the visit was of before. */
static vultus_status find_people(struct store_sqlite *store, const vultus_event_record *record,
                                 int64_t *person, int64_t *former, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    if (record->name)
        status = store_sqlite_person(store, record->name, person, error);
    if (!status && record->name && !*person)
        status = ask_number(store, QUERY_VISITOR, (int64_t)record->visit, person, error);
    if (!status && record->before)
        status = store_sqlite_person(store, record->before, former, error);
    return status;
}

static vultus_status add_picture(struct store_sqlite *store, const vultus_event_record *record,
                                 vultus_error *error)
{
    const struct vault_place place = store_sqlite_event_picture_place(record->id);
    const struct store_sqlite_value values[] = {{.number = record->id},
                                                {.seal = store->vault ? &place : NULL,
                                                 .bytes = record->picture,
                                                 .size = record->picture_size}};
    return record->picture && record->picture_size
               ? store_sqlite_do(store, QUERY_ADD_EVENT_PICTURE, values, 2, error)
               : VULTUS_OK;
}

/* An event of this visit, time and kind. */
static vultus_status is_there(struct store_sqlite *store, const vultus_event_record *record,
                              bool *there, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    vultus_status status = store_sqlite_query(store, QUERY_EVENT_THERE, &statement, error);
    if (!status) {
        int code = sqlite3_bind_int64(statement, 1, (int64_t)record->visit);
        if (!code)
            code = sqlite3_bind_text(statement, 2, record->at, -1, SQLITE_STATIC);
        if (!code)
            code = sqlite3_bind_int64(statement, 3, (int64_t)record->kind);
        status = store_sqlite_status(store, code, error);
    }
    if (!status)
        status = store_sqlite_step(store, statement, there, error);
    store_sqlite_done(statement);
    return status;
}

static vultus_status add(struct store_sqlite *store, vultus_event_record *record,
                         const char *expires, vultus_error *error)
{
    double numbers[STORE_EVENT_NUMBERS];
    char key[STORE_KEY_SIZE];
    int64_t own = 0, person = 0, former = 0;
    store_event_numbers(record, numbers);
    vultus_status status = store_sqlite_next_id(store, "events", &own, error);
    if (!status)
        status = find_people(store, record, &person, &former, error);
    if (status)
        return status;
    const struct vault_place place = store_sqlite_event_place(own, person);
    struct store_sqlite_value values[] = {
        {.number = own, .null = !own},
        {.text = record->at},
        {.text = expires[0] ? expires : NULL, .null = true},
        {.number = (int64_t)record->visit},
        {.number = (int64_t)record->kind},
        {.text = store_sqlite_key(store, record->camera, key)},
        {.seal = &place, .bytes = record->camera, .size = strlen(record->camera)},
        {.number = (int64_t)record->track},
        {.number = person, .null = !person},
        {.number = former, .null = !former},
        {.real = &numbers[STORE_EVENT_SIMILARITY]},
        {.real = &numbers[STORE_EVENT_FAR]},
        {.real = &numbers[STORE_EVENT_QUALITY]},
        {.real = &numbers[STORE_EVENT_TIME]},
        {.real = &numbers[STORE_EVENT_X]},
        {.real = &numbers[STORE_EVENT_Y]},
        {.real = &numbers[STORE_EVENT_WIDTH]},
        {.real = &numbers[STORE_EVENT_HEIGHT]},
        {.number = (int64_t)record->frame},
        {.number = record->width},
        {.number = record->height}};
    status = store_sqlite_do(store, QUERY_ADD_EVENT, values, sizeof values / sizeof *values, error);
    if (status)
        return status;
    record->id = sqlite3_last_insert_rowid(store->db);
    return add_picture(store, record, error);
}

static vultus_status add_all(struct store_sqlite *store, vultus_event_record *records, size_t count,
                             const struct store_keeping *keeping, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < count; i++) {
        vultus_event_record *record = &records[i];
        bool there = false;
        record->id = 0;
        if (keeping->import)
            status = is_there(store, record, &there, error);
        if (!status && !there)
            status =
                add(store, record, record->expires[0] ? record->expires : keeping->expires, error);
    }
    return status;
}

/* Readers that had come to the end do not get what is old. */
static vultus_status skip_imported(struct store_sqlite *store, int64_t before, vultus_error *error)
{
    struct store_sqlite_value values[] = {{.number = before}, {.number = before}};
    vultus_status status = ask_number(store, QUERY_LAST_EVENT, 0, &values[1].number, error);
    return status ? status : store_sqlite_do(store, QUERY_READERS_SKIP, values, 2, error);
}

vultus_status store_sqlite_add_events(struct store *base, vultus_event_record *records,
                                      size_t count, const struct store_keeping *keeping,
                                      vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    const struct store_sqlite_value most = {.number = keeping->most};
    int64_t before = 0;
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    if (keeping->import)
        status = ask_number(store, QUERY_LAST_EVENT, 0, &before, error);
    if (!status)
        status = add_all(store, records, count, keeping, error);
    if (!status && keeping->import)
        status = skip_imported(store, before, error);
    if (!status)
        status = store_sqlite_do(store, QUERY_BOUND_EVENTS, &most, 1, error);
    return store_sqlite_end(store, status, error);
}

/* ------------------------------------------------------------------ deleting */

/* Ends the change; what was removed is to leave nothing in the log. */
static vultus_status end_erased(struct store_sqlite *store, vultus_status status,
                                vultus_error *error)
{
    status = store_sqlite_end(store, status, error);
    if (!status)
        store_sqlite_empty_log(store);
    return status;
}

vultus_status store_sqlite_delete_event(struct store *base, int64_t id, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    const struct store_sqlite_value which = {.number = id};
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    status = store_sqlite_do(store, QUERY_DELETE_EVENT, &which, 1, error);
    if (!status && !sqlite3_changes(store->db))
        status = store_no_event(id, error);
    return end_erased(store, status, error);
}

/* Those of a date that are erased by a statement. */
static vultus_status erase_by(struct store_sqlite *store, enum store_sqlite_query query,
                              const char *date, size_t *erased, vultus_error *error)
{
    const struct store_sqlite_value value = {.text = date};
    vultus_status status = store_sqlite_do(store, query, &value, 1, error);
    if (!status && erased)
        *erased += (size_t)sqlite3_changes(store->db);
    return status;
}

vultus_status store_sqlite_expire_events(struct store_sqlite *store, size_t *erased,
                                         vultus_error *error)
{
    char now[STORE_STAMP_SIZE];
    store_stamp(0, now);
    return erase_by(store, QUERY_EXPIRE_EVENTS, now, erased, error);
}

vultus_status store_sqlite_prune_events(struct store *base, const char *before, size_t *erased,
                                        vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    size_t sum = 0;
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    status = store_sqlite_expire_events(store, &sum, error);
    if (!status && before)
        status = erase_by(store, QUERY_PRUNE_EVENTS, before, &sum, error);
    status = sum ? end_erased(store, status, error) : store_sqlite_end(store, status, error);
    if (!status)
        *erased = sum;
    return status;
}

/* ------------------------------------------------------------------ readers */

static vultus_status find_reader(struct store_sqlite *store, const char *reader, int64_t *event,
                                 bool *found, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    vultus_status status = store_sqlite_query(store, QUERY_READER, &statement, error);
    if (!status)
        status = store_sqlite_status(
            store, sqlite3_bind_text(statement, 1, reader, -1, SQLITE_STATIC), error);
    if (!status)
        status = store_sqlite_step(store, statement, found, error);
    if (!status && *found)
        *event = sqlite3_column_int64(statement, 0);
    store_sqlite_done(statement);
    return status;
}

vultus_status store_sqlite_reader(struct store *base, const char *reader, int64_t *event,
                                  vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    char now[STORE_DATE_SIZE];
    const struct store_sqlite_value values[] = {{.text = reader}, {.text = now}};
    int64_t found_event = 0;
    bool found = false;
    store_now(now);
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    status = find_reader(store, reader, &found_event, &found, error);
    if (!status && !found)
        status = store_sqlite_do(store, QUERY_ADD_READER, values, 2, error);
    if (!status && !found)
        status = find_reader(store, reader, &found_event, &found, error);
    status = store_sqlite_end(store, status, error);
    if (!status)
        *event = found_event;
    return status;
}

vultus_status store_sqlite_reader_done(struct store *base, const char *reader, int64_t event,
                                       vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    const struct store_sqlite_value values[] = {{.text = reader}, {.number = event}};
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    status = store_sqlite_do(store, QUERY_READER_DONE, values, 2, error);
    if (!status && !sqlite3_changes(store->db))
        status = store_no_reader(reader, error);
    return store_sqlite_end(store, status, error);
}
