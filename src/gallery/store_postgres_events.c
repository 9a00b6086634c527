/*
 * Events in the PostgreSQL store. Writers hold the row of counters, so ids become visible in the order in which they
 * are given. What is added has the token of its transaction, so that a lost COMMIT is not done twice.
 */
#include "gallery/store_postgres_events.h"
#include "base/memory.h"

#include <libpq-fe.h>
#include <string.h>

/* ------------------------------------------------------------------ adding */

struct adding {
    vultus_event_record *records;
    size_t count;
    const struct store_keeping *keeping;
};

static vultus_status find_people(struct store_postgres *store, const vultus_event_record *record,
                                 int64_t *person, int64_t *former, vultus_error *error)
{
    struct store_postgres_values values = {0};
    PGresult *rows = NULL;
    vultus_status status = VULTUS_OK;
    if (record->name)
        status = store_postgres_person(store, record->name, person, error);
    store_postgres_add_number(&values, (int64_t)record->visit);
    if (!status && record->name && !*person) {
        status = store_postgres_ask(store, POSTGRES_VISITOR, 0, &values, &rows, error);
        if (!status)
            *person = store_postgres_number(rows, 0, 0);
        PQclear(rows);
    }
    if (!status && record->before)
        status = store_postgres_person(store, record->before, former, error);
    return status;
}

/* 0 is NULL. */
static void add_id(struct store_postgres_values *values, int64_t id)
{
    if (id)
        store_postgres_add_number(values, id);
    else
        store_postgres_add_text(values, NULL);
}

static vultus_status add_one(struct store_postgres *store, vultus_event_record *record,
                             const char *expires, vultus_error *error)
{
    double numbers[STORE_EVENT_NUMBERS];
    int64_t person = 0, former = 0;
    struct store_postgres_values values = {0}, picture = {0};
    vultus_status status = find_people(store, record, &person, &former, error);
    store_event_numbers(record, numbers);
    record->id = ++store->state.event;
    store_postgres_add_number(&values, record->id);
    store_postgres_add_text(&values, record->at);
    store_postgres_add_text(&values, expires[0] ? expires : NULL);
    store_postgres_add_number(&values, (int64_t)record->visit);
    store_postgres_add_number(&values, (int64_t)record->kind);
    store_postgres_add_text(&values, record->camera);
    store_postgres_add_number(&values, (int64_t)record->track);
    add_id(&values, person);
    add_id(&values, former);
    for (int i = 0; i < STORE_EVENT_NUMBERS; i++)
        store_postgres_add_real(&values, numbers[i]);
    store_postgres_add_number(&values, (int64_t)record->frame);
    store_postgres_add_number(&values, record->width);
    store_postgres_add_number(&values, record->height);
    store_postgres_add_number(&values, store->token);
    if (!status)
        status = store_postgres_ask(store, POSTGRES_ADD_EVENT, 0, &values, NULL, error);
    if (status || !record->picture || !record->picture_size)
        return status;
    store_postgres_add_number(&picture, record->id);
    store_postgres_add_bytes(&picture, record->picture, record->picture_size);
    return store_postgres_ask(store, POSTGRES_ADD_EVENT_PICTURE, 0, &picture, NULL, error);
}

/* An event of this visit, time and kind. */
static vultus_status is_there(struct store_postgres *store, const vultus_event_record *record,
                              bool *there, vultus_error *error)
{
    struct store_postgres_values values = {0};
    PGresult *rows = NULL;
    store_postgres_add_number(&values, (int64_t)record->visit);
    store_postgres_add_text(&values, record->at);
    store_postgres_add_number(&values, (int64_t)record->kind);
    vultus_status status =
        store_postgres_ask(store, POSTGRES_EVENT_THERE, 0, &values, &rows, error);
    *there = !status && PQntuples(rows) > 0;
    PQclear(rows);
    return status;
}

static vultus_status add_all(struct store_postgres *store, void *context, vultus_error *error)
{
    const struct adding *adding = context;
    const struct store_keeping *keeping = adding->keeping;
    const int64_t before = store->state.event;
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < adding->count; i++) {
        vultus_event_record *record = &adding->records[i];
        bool there = false;
        record->id = 0;
        if (keeping->import)
            status = is_there(store, record, &there, error);
        if (!status && !there)
            status = add_one(store, record, record->expires[0] ? record->expires : keeping->expires,
                             error);
    }
    if (!status && keeping->import) /* readers that had come to the end do not get what is old */
        status = store_postgres_do(store, POSTGRES_READERS_SKIP,
                                   (int64_t[]){before, store->state.event}, 2, error);
    const int64_t last = store->state.event - adding->keeping->most;
    if (!status && last > 0)
        status = store_postgres_do(store, POSTGRES_BOUND_EVENT_PICTURES, &last, 1, error);
    if (!status && last > 0)
        status = store_postgres_do(store, POSTGRES_BOUND_EVENTS, &last, 1, error);
    return status;
}

vultus_status store_postgres_add_events(struct store *base, vultus_event_record *records,
                                        size_t count, const struct store_keeping *keeping,
                                        vultus_error *error)
{
    struct adding adding = {.records = records, .count = count, .keeping = keeping};
    return store_postgres_write((struct store_postgres *)base, add_all, &adding, error);
}

/* ------------------------------------------------------------------ reading */

enum column {
    COLUMN_ID,
    COLUMN_AT,
    COLUMN_VISIT,
    COLUMN_KIND,
    COLUMN_CAMERA,
    COLUMN_TRACK,
    COLUMN_PERSON,
    COLUMN_NAME,
    COLUMN_BEFORE,
    COLUMN_NUMBERS, /* as enum store_event_number has them */
    COLUMN_FRAME = COLUMN_NUMBERS + STORE_EVENT_NUMBERS,
    COLUMN_FRAME_WIDTH,
    COLUMN_FRAME_HEIGHT,
    COLUMN_PICTURE_SIZE,
    COLUMN_PICTURE,
    COLUMN_EXPIRES
};

const char *store_postgres_event(const PGresult *rows, int at, vultus_event_record *out,
                                 bool *memory)
{
    struct store_event_row row = {
        .id = store_postgres_number(rows, at, COLUMN_ID),
        .visit = store_postgres_number(rows, at, COLUMN_VISIT),
        .kind = store_postgres_number(rows, at, COLUMN_KIND),
        .track = store_postgres_number(rows, at, COLUMN_TRACK),
        .person = store_postgres_number(rows, at, COLUMN_PERSON),
        .frame = store_postgres_number(rows, at, COLUMN_FRAME),
        .frame_width = store_postgres_number(rows, at, COLUMN_FRAME_WIDTH),
        .frame_height = store_postgres_number(rows, at, COLUMN_FRAME_HEIGHT),
        .at = store_postgres_text(rows, at, COLUMN_AT, 31),
        .expires = store_postgres_text(rows, at, COLUMN_EXPIRES, 31),
        .camera = store_postgres_text(rows, at, COLUMN_CAMERA, VULTUS_SOURCE_MAX),
        .name = store_postgres_text(rows, at, COLUMN_NAME, VULTUS_NAME_MAX),
        .before = store_postgres_text(rows, at, COLUMN_BEFORE, VULTUS_NAME_MAX),
        .picture = store_postgres_bytes(rows, at, COLUMN_PICTURE)};
    *out = (vultus_event_record){.id = row.id};
    if (!row.picture.data)
        row.picture.size = (size_t)store_postgres_number(rows, at, COLUMN_PICTURE_SIZE);
    for (int i = 0; i < STORE_EVENT_NUMBERS; i++)
        row.numbers[i] = store_postgres_real(rows, at, COLUMN_NUMBERS + i);
    return store_event_read(&row, out, memory);
}

struct listing {
    const vultus_event_query *query;
    vultus_event_records records;
};

static vultus_status list(struct store_postgres *store, void *context, vultus_error *error)
{
    struct listing *listing = context;
    const vultus_event_query *query = listing->query;
    struct store_postgres_values values = {0};
    char now[STORE_STAMP_SIZE];
    PGresult *rows = NULL;
    size_t capacity = 0;
    int64_t person = 0;
    vultus_status status = VULTUS_OK;
    vultus_event_records_clear(&listing->records);
    if (query->person)
        status = store_postgres_known(store, query->person, &person, error);
    store_stamp(0, now);
    store_postgres_add_number(&values, query->after);
    store_postgres_add_number(&values, query->before ? query->before : INT64_MAX);
    store_postgres_add_text(&values, now);
    store_postgres_add_text(&values, query->since);
    store_postgres_add_text(&values, query->until);
    store_postgres_add_text(&values, query->camera);
    store_postgres_add_number(&values, query->kinds);
    store_postgres_add_number(&values, query->pictures);
    store_postgres_add_number(&values, (int64_t)query->most);
    store_postgres_add_number(&values, person);
    if (!status)
        status = store_postgres_ask(store, query->latest ? POSTGRES_EVENTS_LATEST : POSTGRES_EVENTS,
                                    0, &values, &rows, error);
    for (int i = 0; !status && i < PQntuples(rows); i++) {
        bool memory = false;
        vultus_event_record *record = store_event_room(&listing->records, &capacity);
        const char *fault = record ? store_postgres_event(rows, i, record, &memory) : NULL;
        if (!record || memory)
            status = status_memory(error, "the list of events");
        else if (fault)
            status = store_postgres_bad_row(store, "events", record->id, fault, error);
    }
    PQclear(rows);
    return status;
}

vultus_status store_postgres_events(struct store *base, const vultus_event_query *query,
                                    vultus_event_records *out, vultus_error *error)
{
    struct listing listing = {.query = query};
    vultus_status status =
        store_postgres_read((struct store_postgres *)base, list, &listing, error);
    if (status)
        vultus_event_records_clear(&listing.records);
    else
        *out = listing.records;
    return status;
}

/* ------------------------------------------------------------------ deleting */

/* Runs a statement whose rows are what it changed. */
static vultus_status count_rows(struct store_postgres *store, enum store_postgres_query query,
                                const struct store_postgres_values *values, size_t *count,
                                vultus_error *error)
{
    PGresult *rows = NULL;
    vultus_status status = store_postgres_ask(store, query, 0, values, &rows, error);
    *count = status ? 0 : (size_t)PQntuples(rows);
    PQclear(rows);
    return status;
}

static vultus_status delete_one(struct store_postgres *store, void *context, vultus_error *error)
{
    const int64_t *id = context;
    struct store_postgres_values values = {0};
    size_t count = 0;
    store_postgres_add_number(&values, *id);
    vultus_status status = store_postgres_do(store, POSTGRES_DELETE_EVENT_PICTURE, id, 1, error);
    if (!status)
        status = count_rows(store, POSTGRES_DELETE_EVENT, &values, &count, error);
    return status || count ? status : store_no_event(*id, error);
}

vultus_status store_postgres_delete_event(struct store *base, int64_t id, vultus_error *error)
{
    return store_postgres_write((struct store_postgres *)base, delete_one, &id, error);
}

struct pruning {
    const char *before;
    size_t erased;
};

static vultus_status prune(struct store_postgres *store, void *context, vultus_error *error)
{
    struct pruning *pruning = context;
    struct store_postgres_values values = {0};
    char now[STORE_STAMP_SIZE];
    store_stamp(0, now);
    store_postgres_add_text(&values, now);
    store_postgres_add_text(&values, pruning->before);
    vultus_status status =
        store_postgres_ask(store, POSTGRES_PRUNE_EVENT_PICTURES, 0, &values, NULL, error);
    return status ? status
                  : count_rows(store, POSTGRES_PRUNE_EVENTS, &values, &pruning->erased, error);
}

vultus_status store_postgres_prune_events(struct store *base, const char *before, size_t *erased,
                                          vultus_error *error)
{
    struct pruning pruning = {.before = before};
    vultus_status status =
        store_postgres_write((struct store_postgres *)base, prune, &pruning, error);
    if (!status)
        *erased = pruning.erased;
    return status;
}

/* ------------------------------------------------------------------ readers */

struct reading {
    const char *reader;
    int64_t event;
};

static vultus_status find_reader(struct store_postgres *store, struct reading *reading, bool *found,
                                 vultus_error *error)
{
    struct store_postgres_values values = {0};
    PGresult *rows = NULL;
    store_postgres_add_text(&values, reading->reader);
    vultus_status status = store_postgres_ask(store, POSTGRES_READER, 0, &values, &rows, error);
    *found = !status && PQntuples(rows) == 1;
    if (*found)
        reading->event = store_postgres_number(rows, 0, 0);
    PQclear(rows);
    return status;
}

static vultus_status find_or_add(struct store_postgres *store, void *context, vultus_error *error)
{
    struct reading *reading = context;
    struct store_postgres_values values = {0};
    char now[STORE_DATE_SIZE];
    bool found = false;
    store_now(now);
    store_postgres_add_text(&values, reading->reader);
    store_postgres_add_text(&values, now);
    vultus_status status = find_reader(store, reading, &found, error);
    if (!status && !found)
        status = store_postgres_ask(store, POSTGRES_ADD_READER, 0, &values, NULL, error);
    return status || found ? status : find_reader(store, reading, &found, error);
}

vultus_status store_postgres_reader(struct store *base, const char *reader, int64_t *event,
                                    vultus_error *error)
{
    struct reading reading = {.reader = reader};
    vultus_status status =
        store_postgres_write((struct store_postgres *)base, find_or_add, &reading, error);
    if (!status)
        *event = reading.event;
    return status;
}

static vultus_status note_done(struct store_postgres *store, void *context, vultus_error *error)
{
    const struct reading *reading = context;
    struct store_postgres_values values = {0};
    size_t count = 0;
    store_postgres_add_text(&values, reading->reader);
    store_postgres_add_number(&values, reading->event);
    vultus_status status = count_rows(store, POSTGRES_READER_DONE, &values, &count, error);
    return status || count ? status : store_no_reader(reading->reader, error);
}

vultus_status store_postgres_reader_done(struct store *base, const char *reader, int64_t event,
                                         vultus_error *error)
{
    struct reading reading = {.reader = reader, .event = event};
    return store_postgres_write((struct store_postgres *)base, note_done, &reading, error);
}
