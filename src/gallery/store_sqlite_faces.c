/*
 * Enrolment in the SQLite store: finding a picture again, and adding a face with its person, its
 * embedder, its embedding and its thumbnail in one transaction.
 */
#include "base/memory.h"
#include "gallery/names.h"
#include "gallery/store_sqlite.h"

#include <sqlite3.h>
#include <string.h>
#include <time.h>

#define CREATED_SIZE sizeof "2026-01-31T23:59:59Z"

static void now_text(char out[CREATED_SIZE])
{
    struct tm parts;
    time_t now = time(NULL);
    if (!gmtime_r(&now, &parts) || !strftime(out, CREATED_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts))
        memcpy(out, "1970-01-01T00:00:00Z", CREATED_SIZE);
}

/* Little-endian float32, whatever this machine has. */
static void put_floats(const float *values, size_t count, uint8_t *out)
{
    for (size_t i = 0; i < count; i++, out += 4) {
        uint32_t bits;
        memcpy(&bits, values + i, sizeof bits);
        out[0] = (uint8_t)bits;
        out[1] = (uint8_t)(bits >> 8);
        out[2] = (uint8_t)(bits >> 16);
        out[3] = (uint8_t)(bits >> 24);
    }
}

/* ------------------------------------------------------------------ finding */

static vultus_status find_picture(struct store_sqlite *store, const uint8_t *picture,
                                  const char *embedder, vultus_enrolled *out, bool *found,
                                  vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_query(store, QUERY_PICTURE, &statement, error);
    if (!status) {
        int code = sqlite3_bind_text(statement, 1, embedder, -1, SQLITE_STATIC);
        if (!code)
            code = sqlite3_bind_blob(statement, 2, picture, HASH_SIZE, SQLITE_STATIC);
        status = store_sqlite_status(store, code, error);
    }
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    if (!status && row) {
        vultus_enrolled enrolled = {.face = sqlite3_column_int64(statement, 0),
                                    .person = sqlite3_column_int64(statement, 1),
                                    .duplicate = true};
        const char *name = store_sqlite_text(statement, 2, VULTUS_NAME_MAX);
        if (!name || names_fault(name, strlen(name)))
            status = store_sqlite_bad_row(store, "people", enrolled.person,
                                          "has a name that cannot be one", error);
        else {
            strncpy(enrolled.name, name, sizeof enrolled.name - 1);
            *out = enrolled;
        }
    }
    store_sqlite_done(statement);
    if (!status)
        *found = row;
    return status;
}

vultus_status store_sqlite_find(struct store *base, const uint8_t *picture, const char *embedder,
                                vultus_enrolled *out, bool *found, vultus_error *error)
{
    return find_picture((struct store_sqlite *)base, picture, embedder, out, found, error);
}

/* ------------------------------------------------------------------ adding */

vultus_status store_sqlite_embedder(struct store_sqlite *store, const char *name, size_t dimension,
                                    int64_t *id, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    int64_t found = 0, floats = 0;
    vultus_status status = store_sqlite_query(store, QUERY_EMBEDDER, &statement, error);
    if (!status)
        status = store_sqlite_status(
            store, sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC), error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    if (!status && row) {
        found = sqlite3_column_int64(statement, 0);
        floats = sqlite3_column_int64(statement, 1);
    }
    store_sqlite_done(statement);
    if (!status && row && floats != (int64_t)dimension)
        status =
            status_set(error, VULTUS_ERR_MISMATCH,
                       "%s: %s has %lld floats in the gallery and %zu here; use another gallery",
                       store->shown, name, (long long)floats, dimension);
    if (!status)
        *id = found;
    return status;
}

/* Runs a statement that is bound (or was not: `code`), and tells the row it made. */
static vultus_status insert(struct store_sqlite *store, sqlite3_stmt *statement, int code,
                            int64_t *id, vultus_error *error)
{
    bool row;
    vultus_status status = store_sqlite_status(store, code, error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    if (!status && id)
        *id = sqlite3_last_insert_rowid(store->db);
    store_sqlite_done(statement);
    return status;
}

static vultus_status add_embedder(struct store_sqlite *store, const struct store_sample *sample,
                                  int64_t *id, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    vultus_status status = store_sqlite_query(store, QUERY_ADD_EMBEDDER, &statement, error);
    if (status)
        return status;
    int code = sqlite3_bind_text(statement, 1, sample->embedder, -1, SQLITE_STATIC);
    if (!code)
        code = sqlite3_bind_int64(statement, 2, (int64_t)sample->dimension);
    return insert(store, statement, code, id, error);
}

static vultus_status add_person(struct store_sqlite *store, const char *name, const char *created,
                                int64_t *id, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    vultus_status status = store_sqlite_query(store, QUERY_ADD_PERSON, &statement, error);
    if (status)
        return status;
    int code = sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    if (!code)
        code = sqlite3_bind_text(statement, 2, created, -1, SQLITE_STATIC);
    return insert(store, statement, code, id, error);
}

static vultus_status add_face(struct store_sqlite *store, const struct store_sample *sample,
                              int64_t person, int64_t embedder, const char *created, int64_t *id,
                              vultus_error *error)
{
    const vultus_face *face = sample->face;
    const vultus_quality *quality = &face->quality;
    const float box[] = {face->box.x, face->box.y, face->box.width, face->box.height};
    const float measures[] = {face->score,         quality->size, quality->sharpness,
                              quality->brightness, quality->roll, quality->yaw};
    uint8_t landmarks[8 * VULTUS_LANDMARKS];
    sqlite3_stmt *statement = NULL;
    vultus_status status = store_sqlite_query(store, QUERY_ADD_FACE, &statement, error);
    if (status)
        return status;
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        put_floats((const float[]){face->landmarks[i].x, face->landmarks[i].y}, 2,
                   landmarks + 8 * i);
    int code = sqlite3_bind_int64(statement, 1, person);
    if (!code)
        code = sqlite3_bind_int64(statement, 2, embedder);
    if (!code)
        code = sqlite3_bind_blob(statement, 3, sample->picture, HASH_SIZE, SQLITE_STATIC);
    if (!code && sample->source)
        code = sqlite3_bind_text(statement, 4, sample->source, -1, SQLITE_STATIC);
    for (int i = 0; !code && i < 4; i++)
        code = sqlite3_bind_double(statement, 5 + i, (double)box[i]);
    if (!code)
        code = sqlite3_bind_blob(statement, 9, landmarks, sizeof landmarks, SQLITE_STATIC);
    for (int i = 0; !code && i < 6; i++)
        code = sqlite3_bind_double(statement, 10 + i, (double)measures[i]);
    if (!code)
        code = sqlite3_bind_text(statement, 16, created, -1, SQLITE_STATIC);
    return insert(store, statement, code, id, error);
}

/* The embedding or the thumbnail of a face. */
static vultus_status add_blob(struct store_sqlite *store, enum store_sqlite_query query,
                              int64_t face, const void *bytes, size_t size, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    vultus_status status = store_sqlite_query(store, query, &statement, error);
    if (status)
        return status;
    int code = sqlite3_bind_int64(statement, 1, face);
    if (!code)
        code = sqlite3_bind_blob(statement, 2, bytes, (int)size, SQLITE_STATIC);
    return insert(store, statement, code, NULL, error);
}

static vultus_status add_rows(struct store_sqlite *store, const struct store_sample *sample,
                              const uint8_t *vector, vultus_enrolled *out, vultus_error *error)
{
    char created[CREATED_SIZE];
    int64_t embedder = 0;
    now_text(created);
    vultus_status status =
        store_sqlite_embedder(store, sample->embedder, sample->dimension, &embedder, error);
    if (!status && !embedder)
        status = add_embedder(store, sample, &embedder, error);
    if (!status)
        status = store_sqlite_person(store, sample->name, &out->person, error);
    if (!status && !out->person) {
        out->new_person = true;
        status = add_person(store, sample->name, created, &out->person, error);
    }
    if (!status)
        status = add_face(store, sample, out->person, embedder, created, &out->face, error);
    if (!status)
        status =
            add_blob(store, QUERY_ADD_EMBEDDING, out->face, vector, 4 * sample->dimension, error);
    if (!status && sample->thumbnail_size)
        status = add_blob(store, QUERY_ADD_THUMBNAIL, out->face, sample->thumbnail,
                          sample->thumbnail_size, error);
    return status;
}

vultus_status store_sqlite_add(struct store *base, const struct store_sample *sample,
                               vultus_enrolled *out, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    vultus_enrolled enrolled = {0};
    bool found = false;
    size_t size = 4 * sample->dimension;
    uint8_t *vector = mem_alloc(size);
    if (!vector)
        return status_memory(error, "an embedding");
    put_floats(sample->embedding, sample->dimension, vector);
    vultus_status status = store_sqlite_begin(store, true, error);
    if (!status) {
        status = find_picture(store, sample->picture, sample->embedder, &enrolled, &found, error);
        if (!status && !found) {
            strncpy(enrolled.name, sample->name, sizeof enrolled.name - 1);
            status = add_rows(store, sample, vector, &enrolled, error);
        }
        status = store_sqlite_end(store, status, error);
    }
    mem_free_wiped(vector, size);
    if (!status)
        *out = enrolled;
    return status;
}
