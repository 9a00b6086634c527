/*
 * Enrolment in the SQLite store: finding a picture again, and adding a face with its person, its
 * embedder, its embedding and its thumbnail in one transaction.
 */
#include "base/memory.h"
#include "gallery/names.h"
#include "gallery/store_sqlite.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

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
    float numbers[STORE_NUMBERS];
    uint8_t landmarks[8 * VULTUS_LANDMARKS];
    sqlite3_stmt *statement = NULL;
    vultus_status status = store_sqlite_query(store, QUERY_ADD_FACE, &statement, error);
    if (status)
        return status;
    store_numbers(face, numbers);
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        store_put_floats((const float[]){face->landmarks[i].x, face->landmarks[i].y}, 2,
                         landmarks + 8 * i);
    int code = sqlite3_bind_int64(statement, 1, person);
    if (!code)
        code = sqlite3_bind_int64(statement, 2, embedder);
    if (!code)
        code = sqlite3_bind_blob(statement, 3, sample->picture, HASH_SIZE, SQLITE_STATIC);
    if (!code && sample->source)
        code = sqlite3_bind_text(statement, 4, sample->source, -1, SQLITE_STATIC);
    for (int i = 0; !code && i < STORE_SCORE; i++)
        code = sqlite3_bind_double(statement, 5 + i, (double)numbers[i]);
    if (!code)
        code = sqlite3_bind_blob(statement, 9, landmarks, sizeof landmarks, SQLITE_STATIC);
    for (int i = STORE_SCORE; !code && i < STORE_NUMBERS; i++)
        code = sqlite3_bind_double(statement, 6 + i, (double)numbers[i]);
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

/* What the rows of one transaction have found already. */
struct batch {
    char created[STORE_DATE_SIZE]; /* now */
    const char *name, *embedder;   /* of the row before */
    int64_t person, embedder_id;
    size_t dimension;
    bool unit, first; /* the embedder's embeddings are of unit length; it has none yet */
    uint8_t *vector;
    float *floats;
};

/* Whether what is there has unit length: the first row says it. */
static vultus_status look_at_length(struct store_sqlite *store, size_t dimension,
                                    struct batch *batch, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status = store_sqlite_query(store, QUERY_A_VECTOR, &statement, error);
    if (!status)
        status =
            store_sqlite_status(store, sqlite3_bind_int64(statement, 1, batch->embedder_id), error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    batch->unit = !status && row && store_sqlite_floats(statement, 0, dimension, batch->floats) &&
                  store_is_unit(batch->floats, dimension);
    batch->first = !row;
    store_sqlite_done(statement);
    return status;
}

static vultus_status find_embedder(struct store_sqlite *store, const struct store_sample *sample,
                                   struct batch *batch, vultus_error *error)
{
    if (batch->embedder && batch->dimension == sample->dimension &&
        !strcmp(batch->embedder, sample->embedder))
        return VULTUS_OK;
    batch->embedder = NULL;
    vultus_status status = store_sqlite_embedder(store, sample->embedder, sample->dimension,
                                                 &batch->embedder_id, error);
    if (!status && !batch->embedder_id)
        status = add_embedder(store, sample, &batch->embedder_id, error);
    if (!status)
        status = look_at_length(store, sample->dimension, batch, error);
    if (!status) {
        batch->embedder = sample->embedder;
        batch->dimension = sample->dimension;
    }
    return status;
}

/* One bad length would make all faces of the embedder unreadable. */
static vultus_status check_length(struct store_sqlite *store, const struct store_sample *sample,
                                  struct batch *batch, vultus_error *error)
{
    bool unit = store_is_unit(sample->embedding, sample->dimension);
    if (batch->first)
        batch->unit = unit;
    batch->first = false;
    if (!batch->unit || unit)
        return VULTUS_OK;
    return status_set(error, VULTUS_ERR_MISMATCH,
                      "%s: the embeddings of %.80s are of unit length, and one here is not; export "
                      "them again",
                      store->shown, sample->embedder);
}

static vultus_status find_person(struct store_sqlite *store, const struct store_sample *sample,
                                 const char *created, struct batch *batch, vultus_enrolled *out,
                                 vultus_error *error)
{
    if (batch->name && !strcmp(batch->name, sample->name))
        return VULTUS_OK;
    batch->name = NULL;
    vultus_status status = store_sqlite_person(store, sample->name, &batch->person, error);
    if (!status && !batch->person) {
        out->new_person = true;
        status = add_person(store, sample->name, created, &batch->person, error);
    }
    if (!status)
        batch->name = sample->name;
    return status;
}

static vultus_status add_rows(struct store_sqlite *store, const struct store_sample *sample,
                              struct batch *batch, vultus_enrolled *out, vultus_error *error)
{
    const char *created = sample->created ? sample->created : batch->created;
    strncpy(out->name, sample->name, sizeof out->name - 1);
    vultus_status status = find_embedder(store, sample, batch, error);
    if (!status)
        status = check_length(store, sample, batch, error);
    if (!status)
        status = find_person(store, sample, created, batch, out, error);
    bool refused = false;
    if (!status)
        status = store_sqlite_refused(store, batch->person, sample->picture, &refused, error);
    if (!status && refused)
        status =
            status_set(error, VULTUS_ERR_ARGUMENT,
                       "it was noted that this picture does not show \"%.100s\"", sample->name);
    if (!status) {
        out->person = batch->person;
        status =
            add_face(store, sample, out->person, batch->embedder_id, created, &out->face, error);
    }
    if (!status)
        status = add_blob(store, QUERY_ADD_EMBEDDING, out->face, batch->vector,
                          4 * sample->dimension, error);
    if (!status && sample->thumbnail_size)
        status = add_blob(store, QUERY_ADD_THUMBNAIL, out->face, sample->thumbnail,
                          sample->thumbnail_size, error);
    return status;
}

static vultus_status add_sample(struct store_sqlite *store, const struct store_sample *sample,
                                struct batch *batch, vultus_enrolled *out, vultus_error *error)
{
    bool found = false;
    *out = (vultus_enrolled){0};
    vultus_status status =
        find_picture(store, sample->picture, sample->embedder, out, &found, error);
    if (status || found)
        return status;
    store_put_floats(sample->embedding, sample->dimension, batch->vector);
    return add_rows(store, sample, batch, out, error);
}

/* One line for a transaction, whose texts have no name: those who are deleted leave none. */
static vultus_status note_added(struct store_sqlite *store, const vultus_enrolled *enrolled,
                                size_t count, vultus_error *error)
{
    size_t added = store_added(enrolled, count);
    char text[32];
    struct store_sqlite_note note = {.action = count == 1 ? "enroll" : "import"};
    if (!added)
        return VULTUS_OK;
    snprintf(text, sizeof text, "%zu faces", added);
    if (count == 1)
        note.person = enrolled->person, note.face = enrolled->face;
    else
        note.after = text;
    return store_sqlite_note(store, &note, NULL, error);
}

vultus_status store_sqlite_add(struct store *base, const struct store_sample *samples, size_t count,
                               vultus_enrolled *out, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    const size_t size = (size_t)4 * SEARCH_DIMENSION_MAX;
    struct batch batch = {.vector = mem_alloc(size), .floats = mem_alloc(size)};
    store_now(batch.created);
    vultus_status status = batch.vector && batch.floats ? store_sqlite_begin(store, true, error)
                                                        : status_memory(error, "an embedding");
    if (!status) {
        for (size_t i = 0; !status && i < count; i++)
            status = add_sample(store, samples + i, &batch, out + i, error);
        if (!status)
            status = note_added(store, out, count, error);
        status = store_sqlite_end(store, status, error);
    }
    mem_free_wiped(batch.vector, size);
    mem_free_wiped(batch.floats, size);
    return status;
}
