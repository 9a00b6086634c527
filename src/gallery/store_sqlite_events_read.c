/*
 * Reading events back from the SQLite store, in pages. The names are those that people have now; the camera and the
 * picture are sealed where the gallery is encrypted.
 */
#include "base/memory.h"
#include "gallery/store_sqlite_events.h"

#include <math.h>
#include <sqlite3.h>
#include <string.h>

enum column {
    COLUMN_ID,
    COLUMN_AT,
    COLUMN_VISIT,
    COLUMN_KIND,
    COLUMN_CAMERA,
    COLUMN_CAMERA_SEAL,
    COLUMN_TRACK,
    COLUMN_PERSON,
    COLUMN_NAME,
    COLUMN_NAME_SEAL,
    COLUMN_FORMER,
    COLUMN_BEFORE,
    COLUMN_BEFORE_SEAL,
    COLUMN_NUMBERS, /* as enum store_event_number has them */
    COLUMN_FRAME = COLUMN_NUMBERS + STORE_EVENT_NUMBERS,
    COLUMN_FRAME_WIDTH,
    COLUMN_FRAME_HEIGHT,
    COLUMN_PICTURE_SIZE,
    COLUMN_PICTURE,
    COLUMN_EXPIRES
};

struct vault_place store_sqlite_event_place(int64_t event, int64_t person)
{
    return (struct vault_place){.kind = VAULT_EVENT, .row = event, .owner = person};
}

struct vault_place store_sqlite_event_picture_place(int64_t event)
{
    return (struct vault_place){.kind = VAULT_EVENT_PICTURE, .row = event};
}

const char *store_sqlite_camera(const struct store_sqlite *store, sqlite3_stmt *row, int column,
                                const struct vault_place *place, char out[VULTUS_SOURCE_MAX + 1])
{
    char key[STORE_KEY_SIZE];
    size_t size = 0;
    const char *found = store_sqlite_text(row, column, VULTUS_SOURCE_MAX);
    if (!store->vault || !found)
        return found;
    if (!store_sqlite_open_sealed(store, row, column + 1, place, out, VULTUS_SOURCE_MAX, &size))
        return NULL;
    out[size] = '\0';
    return strlen(out) == size && !strcmp(store_sqlite_key(store, out, key), found) ? out : NULL;
}

/* The name behind an id; *good is false where there should be one and it cannot be right. */
static const char *name_of(const struct store_sqlite *store, sqlite3_stmt *row, int id, int column,
                           char out[VULTUS_NAME_MAX + 1], bool *good)
{
    if (sqlite3_column_type(row, column) == SQLITE_NULL)
        return NULL;
    const char *name = store_sqlite_name(store, row, column, sqlite3_column_int64(row, id), out);
    *good &= name != NULL;
    return name;
}

/* The picture of a sealed column, in a block of its own. */
static uint8_t *open_picture(const struct store_sqlite *store, sqlite3_stmt *row, size_t size,
                             bool *memory)
{
    const struct vault_place place =
        store_sqlite_event_picture_place(sqlite3_column_int64(row, COLUMN_ID));
    uint8_t *block = mem_alloc(size + 1);
    *memory |= !block;
    if (block && store_sqlite_open_sealed(store, row, COLUMN_PICTURE, &place, block, size, &size))
        return block;
    mem_free(block);
    return NULL;
}

/* What the row says of its picture, and its bytes where they were asked for. */
static const char *read_picture(const struct store_sqlite *store, sqlite3_stmt *statement,
                                struct store_event_row *row, uint8_t **opened, bool *memory)
{
    const int64_t size = sqlite3_column_int64(statement, COLUMN_PICTURE_SIZE);
    const size_t more = store->vault ? VAULT_OVERHEAD : 0;
    if (sqlite3_column_type(statement, COLUMN_PICTURE_SIZE) == SQLITE_NULL)
        return NULL;
    if (size < (int64_t)more || size > (int64_t)(VULTUS_EVENT_PICTURE_MAX + more))
        return "has a bad picture";
    row->picture.size = (size_t)size - more;
    if (sqlite3_column_type(statement, COLUMN_PICTURE) == SQLITE_NULL)
        return NULL;
    if (store->vault)
        row->picture.data = *opened = open_picture(store, statement, row->picture.size, memory);
    else
        row->picture.data = sqlite3_column_blob(statement, COLUMN_PICTURE);
    return row->picture.data || *memory || !row->picture.size ? NULL : "has a bad picture";
}

const char *store_sqlite_event(const struct store_sqlite *store, sqlite3_stmt *statement,
                               vultus_event_record *out, bool *memory)
{
    char names[2][VULTUS_NAME_MAX + 1], camera[VULTUS_SOURCE_MAX + 1];
    uint8_t *opened = NULL;
    bool good = true;
    struct store_event_row row = {
        .id = sqlite3_column_int64(statement, COLUMN_ID),
        .visit = sqlite3_column_int64(statement, COLUMN_VISIT),
        .kind = sqlite3_column_int64(statement, COLUMN_KIND),
        .track = sqlite3_column_int64(statement, COLUMN_TRACK),
        .person = sqlite3_column_int64(statement, COLUMN_PERSON),
        .frame = sqlite3_column_int64(statement, COLUMN_FRAME),
        .frame_width = sqlite3_column_int64(statement, COLUMN_FRAME_WIDTH),
        .frame_height = sqlite3_column_int64(statement, COLUMN_FRAME_HEIGHT),
        .at = store_sqlite_text(statement, COLUMN_AT, 31),
        .expires = store_sqlite_text(statement, COLUMN_EXPIRES, 31)};
    const struct vault_place place = store_sqlite_event_place(row.id, row.person);
    *out = (vultus_event_record){.id = row.id};
    row.camera = store_sqlite_camera(store, statement, COLUMN_CAMERA, &place, camera);
    row.name = name_of(store, statement, COLUMN_PERSON, COLUMN_NAME, names[0], &good);
    row.before = name_of(store, statement, COLUMN_FORMER, COLUMN_BEFORE, names[1], &good);
    for (int i = 0; i < STORE_EVENT_NUMBERS; i++)
        row.numbers[i] = sqlite3_column_type(statement, COLUMN_NUMBERS + i) == SQLITE_NULL
                             ? (double)NAN
                             : sqlite3_column_double(statement, COLUMN_NUMBERS + i);
    const char *fault = good ? read_picture(store, statement, &row, &opened, memory)
                             : "is of somebody whose name cannot be one";
    if (!fault && !*memory)
        fault = store_event_read(&row, out, memory);
    mem_free_wiped(opened, opened ? row.picture.size : 0);
    return fault;
}

/* ------------------------------------------------------------------ pages */

static int bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    return text ? sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT) : SQLITE_OK;
}

static int bind_query(const struct store_sqlite *store, sqlite3_stmt *statement,
                      const vultus_event_query *query, int64_t person)
{
    char now[STORE_STAMP_SIZE], key[STORE_KEY_SIZE];
    store_stamp(0, now);
    const struct {
        int at;
        int64_t number;
    } numbers[] = {{1, query->after},         {2, query->before ? query->before : INT64_MAX},
                   {7, query->kinds},         {8, query->pictures},
                   {9, (int64_t)query->most}, {10, person}};
    int code = SQLITE_OK;
    for (size_t i = 0; !code && i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].at < 10 || person)
            code = sqlite3_bind_int64(statement, numbers[i].at, numbers[i].number);
    if (!code)
        code = bind_text(statement, 3, now);
    if (!code)
        code = bind_text(statement, 4, query->since);
    if (!code)
        code = bind_text(statement, 5, query->until);
    if (!code)
        code = bind_text(statement, 6, store_sqlite_key(store, query->camera, key));
    return code;
}

static vultus_status ask(struct store_sqlite *store, const vultus_event_query *query,
                         sqlite3_stmt **out, vultus_error *error)
{
    static const enum store_sqlite_query queries[2][2] = {
        {QUERY_EVENTS, QUERY_EVENTS_LATEST}, {QUERY_EVENTS_OF, QUERY_EVENTS_OF_LATEST}};
    int64_t person = 0;
    vultus_status status = VULTUS_OK;
    if (query->person)
        status = store_sqlite_known(store, query->person, &person, error);
    if (!status)
        status = store_sqlite_query(store, queries[person != 0][query->latest], out, error);
    return status ? status
                  : store_sqlite_status(store, bind_query(store, *out, query, person), error);
}

vultus_status store_sqlite_events(struct store *base, const vultus_event_query *query,
                                  vultus_event_records *out, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    vultus_event_records records = {0};
    sqlite3_stmt *statement = NULL;
    size_t capacity = 0;
    bool row = false;
    vultus_status status = store_sqlite_begin(store, false, error);
    if (status)
        return status;
    status = ask(store, query, &statement, error);
    while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row) {
        bool memory = false;
        vultus_event_record *record = store_event_room(&records, &capacity);
        const char *fault = record ? store_sqlite_event(store, statement, record, &memory) : NULL;
        if (!record || memory || sqlite3_errcode(store->db) == SQLITE_NOMEM)
            status = status_memory(error, "the list of events");
        else if (fault)
            status = store_sqlite_bad_row(store, "events", record->id, fault, error);
    }
    store_sqlite_done(statement);
    status = store_sqlite_end(store, status, error);
    if (status)
        vultus_event_records_clear(&records);
    else
        *out = records;
    return status;
}
