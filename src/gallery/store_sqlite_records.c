/*
 * Reading the faces of a person back from the SQLite store. Every value of a row is checked: the
 * file may have been made, or changed, by anybody.
 */
#include "base/memory.h"
#include "gallery/store_sqlite.h"

#include <float.h>
#include <math.h>
#include <sqlite3.h>
#include <string.h>

/* Of QUERY_FACES and QUERY_ALL_FACES. */
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
    COLUMN_PICTURE
};

/* False when one of them is not finite: floats that grew too large are refused like NaN. */
static bool read_numbers(sqlite3_stmt *row, vultus_face *face)
{
    float *const fields[] = {&face->box.x,
                             &face->box.y,
                             &face->box.width,
                             &face->box.height,
                             &face->score,
                             &face->quality.size,
                             &face->quality.sharpness,
                             &face->quality.brightness,
                             &face->quality.roll,
                             &face->quality.yaw};
    static const int columns[] = {COLUMN_X,     COLUMN_Y,    COLUMN_WIDTH,     COLUMN_HEIGHT,
                                  COLUMN_SCORE, COLUMN_SIZE, COLUMN_SHARPNESS, COLUMN_BRIGHTNESS,
                                  COLUMN_ROLL,  COLUMN_YAW};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        double value = sqlite3_column_double(row, columns[i]);
        if (!(fabs(value) <= (double)FLT_MAX))
            return false;
        *fields[i] = (float)value;
    }
    return true;
}

bool store_sqlite_floats(sqlite3_stmt *row, int column, size_t count, float *out)
{
    const uint8_t *bytes = sqlite3_column_blob(row, column);
    if (!bytes || (size_t)sqlite3_column_bytes(row, column) != 4 * count)
        return false;
    for (size_t i = 0; i < count; i++, bytes += 4) {
        uint32_t bits = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                        (uint32_t)bytes[3] << 24;
        memcpy(out + i, &bits, sizeof bits);
        if (!isfinite(out[i]))
            return false;
    }
    return true;
}

static bool read_landmarks(sqlite3_stmt *row, vultus_face *face)
{
    float points[2 * VULTUS_LANDMARKS];
    if (!store_sqlite_floats(row, COLUMN_LANDMARKS, 2 * VULTUS_LANDMARKS, points))
        return false;
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        face->landmarks[i] = (vultus_point){points[2 * i], points[2 * i + 1]};
    return true;
}

const char *store_sqlite_record(sqlite3_stmt *row, vultus_face_record *out, bool *memory)
{
    const char *source = store_sqlite_text(row, COLUMN_SOURCE, VULTUS_SOURCE_MAX);
    const char *embedder = store_sqlite_text(row, COLUMN_EMBEDDER, STORE_EMBEDDER_MAX);
    const char *created = store_sqlite_text(row, COLUMN_CREATED, sizeof out->created - 1);
    int64_t dimension = sqlite3_column_int64(row, COLUMN_DIMENSION);
    size_t thumbnail = (size_t)sqlite3_column_bytes(row, COLUMN_THUMBNAIL);
    *out = (vultus_face_record){.id = sqlite3_column_int64(row, COLUMN_ID)};
    if (!source && sqlite3_column_type(row, COLUMN_SOURCE) != SQLITE_NULL)
        return "has a bad source";
    if (!embedder || dimension < 1 || dimension > SEARCH_DIMENSION_MAX)
        return "has a bad embedder";
    if (!created)
        return "has a bad date";
    if (!read_numbers(row, &out->face) || !read_landmarks(row, &out->face))
        return "has a bad box, landmark or measure";
    if (sqlite3_column_bytes(row, COLUMN_PICTURE) != HASH_SIZE)
        return "has a bad hash of its picture";
    if (thumbnail > STORE_THUMBNAIL_MAX)
        return "has a thumbnail that is too large";
    strncpy(out->created, created, sizeof out->created - 1);
    memcpy(out->picture, sqlite3_column_blob(row, COLUMN_PICTURE), HASH_SIZE);
    out->dimension = (size_t)dimension;
    out->embedding = mem_array(out->dimension, sizeof *out->embedding);
    out->embedder = mem_string(embedder);
    out->source = source ? mem_string(source) : NULL;
    out->thumbnail =
        thumbnail ? mem_copy(sqlite3_column_blob(row, COLUMN_THUMBNAIL), thumbnail) : NULL;
    out->thumbnail_size = thumbnail;
    *memory = !out->embedding || !out->embedder || (source && !out->source) ||
              (thumbnail && !out->thumbnail);
    if (*memory)
        return NULL;
    if (!store_sqlite_floats(row, COLUMN_VECTOR, out->dimension, out->embedding))
        return "has no embedding, or a bad one";
    return NULL;
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
        const char *fault = store_sqlite_record(statement, record, &memory);
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
