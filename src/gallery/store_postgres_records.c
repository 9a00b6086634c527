/* Reading the faces of a person back from the PostgreSQL store. Every value of a row is checked. */
#include "base/memory.h"
#include "gallery/store_postgres.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

/* Of POSTGRES_FACES and POSTGRES_ALL_FACES. */
enum column {
    COLUMN_ID,
    COLUMN_SOURCE,
    COLUMN_EMBEDDER,
    COLUMN_NUMBERS,
    COLUMN_LANDMARKS = COLUMN_NUMBERS + STORE_NUMBERS,
    COLUMN_THUMBNAIL,
    COLUMN_CREATED,
    COLUMN_DIMENSION,
    COLUMN_PICTURE,
    COLUMN_VECTOR
};

const char *store_postgres_record(struct store_postgres *store, const PGresult *result, int at,
                                  vultus_face_record *out, bool *memory)
{
    struct store_row row = {
        .id = store_postgres_number(result, at, COLUMN_ID),
        .dimension = store_postgres_number(result, at, COLUMN_DIMENSION),
        .source = store_postgres_text(result, at, COLUMN_SOURCE, VULTUS_SOURCE_MAX),
        .embedder = store_postgres_text(result, at, COLUMN_EMBEDDER, STORE_EMBEDDER_MAX),
        .created = store_postgres_text(result, at, COLUMN_CREATED, sizeof out->created - 1),
        .landmarks = store_postgres_bytes(result, at, COLUMN_LANDMARKS),
        .picture = store_postgres_bytes(result, at, COLUMN_PICTURE),
        .vector = store_postgres_floats(store, result, at, COLUMN_VECTOR),
        .thumbnail = store_postgres_bytes(result, at, COLUMN_THUMBNAIL)};
    row.bad_source = !row.source && !PQgetisnull(result, at, COLUMN_SOURCE);
    for (int i = 0; i < STORE_NUMBERS; i++)
        row.numbers[i] = store_postgres_real(result, at, COLUMN_NUMBERS + i);
    return store_row_read(&row, out, memory);
}

struct reading {
    const char *name;
    vultus_face_records records;
    size_t capacity;
};

static vultus_status read_rows(struct store_postgres *store, struct reading *reading,
                               const PGresult *rows, vultus_error *error)
{
    vultus_face_records *records = &reading->records;
    for (int i = 0; i < PQntuples(rows); i++) {
        bool memory = false;
        if (records->count == reading->capacity) {
            size_t capacity = reading->capacity ? 2 * reading->capacity : 8;
            vultus_face_record *items = mem_resize(records->items, capacity, sizeof *items);
            if (!items)
                return status_memory(error, "the list of faces");
            records->items = items;
            reading->capacity = capacity;
        }
        /* Counted before it is checked, so that clearing frees what there is of it. */
        vultus_face_record *record = &records->items[records->count++];
        const char *fault = store_postgres_record(store, rows, i, record, &memory);
        if (memory)
            return status_memory(error, "the list of faces");
        if (fault)
            return store_postgres_bad_row(store, "faces", record->id, fault, error);
    }
    return VULTUS_OK;
}

/* Those by one embedder, a page at a time. */
static vultus_status read_by(struct store_postgres *store, struct reading *reading, int64_t person,
                             int64_t embedder, vultus_error *error)
{
    int64_t last = INT64_MIN;
    for (int count = 1; count;) {
        struct store_postgres_values values = {0};
        PGresult *rows = NULL;
        store_postgres_add_number(&values, person);
        store_postgres_add_number(&values, embedder);
        store_postgres_add_number(&values, last);
        vultus_status status =
            store_postgres_ask(store, POSTGRES_FACES, embedder, &values, &rows, error);
        if (status)
            return status;
        count = PQntuples(rows);
        if (count)
            last = store_postgres_number(rows, count - 1, 0);
        status = read_rows(store, reading, rows, error);
        PQclear(rows);
        if (status)
            return status;
    }
    return VULTUS_OK;
}

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const vultus_face_record *)a)->id, y = ((const vultus_face_record *)b)->id;
    return (x > y) - (x < y);
}

static vultus_status read_faces(struct store_postgres *store, void *context, vultus_error *error)
{
    struct reading *reading = context;
    struct store_postgres_embedders embedders = {0};
    int64_t person = 0;
    vultus_face_records_clear(&reading->records);
    reading->capacity = 0;
    vultus_status status = store_postgres_known(store, reading->name, &person, error);
    if (!status)
        status = store_postgres_embedders(store, &embedders, error);
    for (size_t i = 0; !status && i < embedders.count; i++)
        status = read_by(store, reading, person, embedders.items[i].id, error);
    mem_free(embedders.items);
    if (!status && reading->records.count)
        qsort(reading->records.items, reading->records.count, sizeof *reading->records.items,
              by_id);
    return status;
}

vultus_status store_postgres_faces(struct store *base, const char *name, vultus_face_records *out,
                                   vultus_error *error)
{
    struct reading reading = {.name = name};
    vultus_status status =
        store_postgres_read((struct store_postgres *)base, read_faces, &reading, error);
    if (status)
        vultus_face_records_clear(&reading.records);
    else
        *out = reading.records;
    return status;
}
