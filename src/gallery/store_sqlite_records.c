/*
 * Reading the faces of a person back from the SQLite store. Every value of a row is checked: the
 * file may have been made, or changed, by anybody.
 */
#include "base/memory.h"
#include "gallery/store_sqlite_pages.h"
#include "gallery/store_sqlite_sealed.h"

#include <sqlite3.h>
#include <string.h>

/* Of QUERY_FACES, QUERY_ALL_FACES and QUERY_FACES_FROM. */
enum column {
    COLUMN_ID,
    COLUMN_SOURCE,
    COLUMN_EMBEDDER,
    COLUMN_X,
    COLUMN_Y,
    COLUMN_WIDTH,
    COLUMN_HEIGHT,
    COLUMN_LANDMARKS,
    COLUMN_SCORE,
    COLUMN_SIZE,
    COLUMN_SHARPNESS,
    COLUMN_BRIGHTNESS,
    COLUMN_ROLL,
    COLUMN_YAW,
    COLUMN_VECTOR,
    COLUMN_THUMBNAIL,
    COLUMN_CREATED,
    COLUMN_DIMENSION,
    COLUMN_PICTURE,
    COLUMN_SEAL,
    COLUMN_PERSON
};

/* What is opened of a row, until it has been read. */
struct opened {
    struct store_sqlite_face face;
    uint8_t *vector, *thumbnail;
    size_t vector_size, thumbnail_size;
};

static struct store_bytes bytes_of(sqlite3_stmt *row, enum column column)
{
    const uint8_t *data = sqlite3_column_blob(row, column);
    return (struct store_bytes){data, (size_t)sqlite3_column_bytes(row, column)};
}

/* The bytes of a sealed column, in a block of their own; none where they were changed. */
static struct store_bytes open_bytes(const struct store_sqlite *store, sqlite3_stmt *row,
                                     enum column column, const struct vault_place *place,
                                     uint8_t **block, bool *memory)
{
    size_t size = (size_t)sqlite3_column_bytes(row, column);
    if (!size)
        return (struct store_bytes){NULL, 0};
    *block = mem_alloc(size);
    *memory |= !*block;
    if (*block && store_sqlite_open_sealed(store, row, column, place, *block, size, &size))
        return (struct store_bytes){*block, size};
    return (struct store_bytes){NULL, 0};
}

int64_t store_sqlite_record_person(sqlite3_stmt *row)
{
    return sqlite3_column_int64(row, COLUMN_PERSON);
}

/* Puts what an encrypted gallery has sealed where a plain one has columns. */
static const char *open_row(const struct store_sqlite *store, sqlite3_stmt *statement,
                            struct store_row *row, struct opened *opened, bool *memory)
{
    const struct vault_place vector =
        store_sqlite_embedding_place(row->id, store_sqlite_record_person(statement));
    const struct vault_place thumbnail = {.kind = VAULT_THUMBNAIL, .row = row->id};
    opened->vector_size = row->vector.size;
    opened->thumbnail_size = row->thumbnail.size;
    if (row->thumbnail.size > STORE_THUMBNAIL_MAX + VAULT_OVERHEAD)
        return "has a thumbnail that is too large";
    row->vector = open_bytes(store, statement, COLUMN_VECTOR, &vector, &opened->vector, memory);
    row->thumbnail =
        open_bytes(store, statement, COLUMN_THUMBNAIL, &thumbnail, &opened->thumbnail, memory);
    row->picture = (struct store_bytes){opened->face.picture, HASH_SIZE};
    row->landmarks = (struct store_bytes){opened->face.landmarks, STORE_LANDMARKS_SIZE};
    row->source = opened->face.source;
    return opened->thumbnail_size && !row->thumbnail.data ? "has a thumbnail that was changed"
                                                          : NULL;
}

const char *store_sqlite_record(const struct store_sqlite *store, sqlite3_stmt *statement,
                                vultus_face_record *out, bool *memory)
{
    static const struct store_sqlite_face_columns columns = {.picture = COLUMN_PICTURE,
                                                             .source = COLUMN_SOURCE,
                                                             .landmarks = COLUMN_LANDMARKS,
                                                             .seal = COLUMN_SEAL};
    static const enum column numbers[STORE_NUMBERS] = {
        COLUMN_X,    COLUMN_Y,         COLUMN_WIDTH,      COLUMN_HEIGHT, COLUMN_SCORE,
        COLUMN_SIZE, COLUMN_SHARPNESS, COLUMN_BRIGHTNESS, COLUMN_ROLL,   COLUMN_YAW};
    struct opened opened = {.vector = NULL};
    struct store_row row = {
        .id = sqlite3_column_int64(statement, COLUMN_ID),
        .dimension = sqlite3_column_int64(statement, COLUMN_DIMENSION),
        .source = store_sqlite_text(statement, COLUMN_SOURCE, VULTUS_SOURCE_MAX),
        .embedder = store_sqlite_text(statement, COLUMN_EMBEDDER, STORE_EMBEDDER_MAX),
        .created = store_sqlite_text(statement, COLUMN_CREATED, sizeof out->created - 1),
        .landmarks = bytes_of(statement, COLUMN_LANDMARKS),
        .picture = bytes_of(statement, COLUMN_PICTURE),
        .vector = bytes_of(statement, COLUMN_VECTOR),
        .thumbnail = bytes_of(statement, COLUMN_THUMBNAIL)};
    row.bad_source = !row.source && sqlite3_column_type(statement, COLUMN_SOURCE) != SQLITE_NULL;
    for (int i = 0; i < STORE_NUMBERS; i++)
        row.numbers[i] = sqlite3_column_double(statement, numbers[i]);
    *out = (vultus_face_record){.id = row.id};
    if (!store->vault)
        return store_row_read(&row, out, memory);
    const char *fault = store_sqlite_read_face(store, statement, &columns, row.id, &opened.face);
    if (!fault)
        fault = open_row(store, statement, &row, &opened, memory);
    if (!fault && !*memory)
        fault = store_row_read(&row, out, memory);
    mem_free_wiped(opened.vector, opened.vector_size);
    mem_free_wiped(opened.thumbnail, opened.thumbnail_size);
    return fault;
}

static vultus_status read_records(struct store_sqlite *store, sqlite3_stmt *statement,
                                  vultus_face_records *records, vultus_error *error)
{
    size_t capacity = 0;
    vultus_status status;
    bool row = false;
    while (!(status = store_sqlite_step(store, statement, &row, error)) && row) {
        bool memory = false;
        if (records->count == capacity) {
            capacity = capacity ? 2 * capacity : 8;
            vultus_face_record *items = mem_resize(records->items, capacity, sizeof *items);
            if (!items)
                return status_memory(error, "the list of faces");
            records->items = items;
        }
        /* Counted before it is checked, so that clearing frees what there is of it. */
        vultus_face_record *record = records->items + records->count++;
        const char *fault = store_sqlite_record(store, statement, record, &memory);
        if (memory || sqlite3_errcode(store->db) == SQLITE_NOMEM)
            return status_memory(error, "the list of faces");
        if (fault)
            return store_sqlite_bad_row(store, "faces", record->id, fault, error);
    }
    return status;
}

vultus_status store_sqlite_faces(struct store *base, const char *name, vultus_face_records *out,
                                 vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    vultus_face_records records = {0};
    sqlite3_stmt *statement = NULL;
    int64_t person = 0;
    vultus_status status = store_sqlite_begin(store, false, error);
    if (status)
        return status;
    status = store_sqlite_person(store, name, &person, error);
    if (!status && !person)
        status = status_set(error, VULTUS_ERR_NOT_FOUND, "nobody is called \"%.100s\"", name);
    if (!status)
        status = store_sqlite_query(store, QUERY_FACES, &statement, error);
    if (!status)
        status = store_sqlite_status(store, sqlite3_bind_int64(statement, 1, person), error);
    if (!status)
        status = read_records(store, statement, &records, error);
    store_sqlite_done(statement);
    status = store_sqlite_end(store, status, error);
    if (status)
        vultus_face_records_clear(&records);
    else
        *out = records;
    return status;
}
