/*
 * Enrolment in the SQLite store: finding a picture again, and adding a face with its person, its
 * embedder, its embedding and its thumbnail in one transaction.
 */
#include "base/memory.h"
#include "gallery/names.h"
#include "gallery/store_sqlite_pages.h"
#include "gallery/store_sqlite_sealed.h"

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
    uint8_t hash[HASH_SIZE];
    char buffer[VULTUS_NAME_MAX + 1];
    vultus_status status = store_sqlite_query(store, QUERY_PICTURE, &statement, error);
    if (!status) {
        int code = sqlite3_bind_text(statement, 1, embedder, -1, SQLITE_STATIC);
        if (!code)
            code = sqlite3_bind_blob(statement, 2, store_sqlite_picture(store, picture, hash),
                                     HASH_SIZE, SQLITE_STATIC);
        status = store_sqlite_status(store, code, error);
    }
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    if (!status && row) {
        vultus_enrolled enrolled = {.face = sqlite3_column_int64(statement, 0),
                                    .person = sqlite3_column_int64(statement, 1),
                                    .duplicate = true};
        const char *name = store_sqlite_name(store, statement, 2, enrolled.person, buffer);
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

vultus_status store_sqlite_find_embedder(struct store_sqlite *store, const char *name, int64_t *id,
                                         int64_t *floats, vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    *id = *floats = 0;
    vultus_status status = store_sqlite_query(store, QUERY_EMBEDDER, &statement, error);
    if (!status)
        status = store_sqlite_status(
            store, sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC), error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    if (!status && row) {
        *id = sqlite3_column_int64(statement, 0);
        *floats = sqlite3_column_int64(statement, 1);
    }
    store_sqlite_done(statement);
    return status;
}

vultus_status store_sqlite_embedder(struct store_sqlite *store, const char *name, size_t dimension,
                                    int64_t *id, vultus_error *error)
{
    int64_t found, floats;
    vultus_status status = store_sqlite_find_embedder(store, name, &found, &floats, error);
    if (!status && found && floats != (int64_t)dimension)
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

vultus_status store_sqlite_add_person(struct store_sqlite *store, const char *name,
                                      const char *created, int64_t *id, vultus_error *error)
{
    int64_t own = 0;
    char key[STORE_KEY_SIZE];
    vultus_status status = store_sqlite_next_id(store, "people", &own, error);
    const struct vault_place place = {.kind = VAULT_NAME, .row = own};
    const struct store_sqlite_value values[] = {
        {.text = store_sqlite_key(store, name, key)},
        {.text = created},
        {.number = own, .null = !own},
        {.seal = &place, .bytes = name, .size = strlen(name)}};
    if (!status)
        status = store_sqlite_do(store, QUERY_ADD_PERSON, values, 4, error);
    if (!status)
        *id = sqlite3_last_insert_rowid(store->db);
    return status;
}

/* The hash of the picture, the landmarks and the source, as they are or as one seal, and the id that it needs. */
static int bind_face(struct store_sqlite *store, sqlite3_stmt *statement,
                     const struct store_sample *sample, int64_t own)
{
    const struct vault_place place = {.kind = VAULT_FACE, .row = own};
    struct store_sqlite_face face = {.source = sample->source};
    uint8_t hash[HASH_SIZE];
    memcpy(face.picture, sample->picture, HASH_SIZE);
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        store_put_floats(
            (const float[]){sample->face->landmarks[i].x, sample->face->landmarks[i].y}, 2,
            face.landmarks + 8 * i);
    int code = sqlite3_bind_blob(statement, 3, store_sqlite_picture(store, face.picture, hash),
                                 HASH_SIZE, SQLITE_TRANSIENT);
    if (!code && store->vault) {
        size_t size = store_sqlite_pack_face(&face, face.opened);
        code = sqlite3_bind_zeroblob(statement, 9, 0);
        if (!code)
            code = sqlite3_bind_int64(statement, 17, own);
        return code ? code
                    : store_sqlite_bind_sealed(store, statement, 18, &place, face.opened, size);
    }
    if (!code && sample->source)
        code = sqlite3_bind_text(statement, 4, sample->source, -1, SQLITE_STATIC);
    return code ? code
                : sqlite3_bind_blob(statement, 9, face.landmarks, STORE_LANDMARKS_SIZE,
                                    SQLITE_TRANSIENT);
}

static vultus_status add_face(struct store_sqlite *store, const struct store_sample *sample,
                              int64_t person, int64_t embedder, const char *created, int64_t *id,
                              vultus_error *error)
{
    const vultus_face *face = sample->face;
    float numbers[STORE_NUMBERS];
    int64_t own = 0;
    sqlite3_stmt *statement = NULL;
    vultus_status status = store_sqlite_next_id(store, "faces", &own, error);
    if (!status)
        status = store_sqlite_query(store, QUERY_ADD_FACE, &statement, error);
    if (status)
        return status;
    store_numbers(face, numbers);
    int code = sqlite3_bind_int64(statement, 1, person);
    if (!code)
        code = sqlite3_bind_int64(statement, 2, embedder);
    if (!code)
        code = bind_face(store, statement, sample, own);
    for (int i = 0; !code && i < STORE_SCORE; i++)
        code = sqlite3_bind_double(statement, 5 + i, (double)numbers[i]);
    for (int i = STORE_SCORE; !code && i < STORE_NUMBERS; i++)
        code = sqlite3_bind_double(statement, 6 + i, (double)numbers[i]);
    if (!code)
        code = sqlite3_bind_text(statement, 16, created, -1, SQLITE_STATIC);
    return insert(store, statement, code, id, error);
}

/* The embedding or the thumbnail of a face. */
static vultus_status add_blob(struct store_sqlite *store, enum store_sqlite_query query,
                              const struct vault_place *place, const void *bytes, size_t size,
                              vultus_error *error)
{
    const struct store_sqlite_value values[] = {
        {.number = place->row},
        {.seal = store->vault ? place : NULL, .bytes = bytes, .size = size}};
    return store_sqlite_do(store, query, values, 2, error);
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
    const uint8_t *bytes =
        status || !row
            ? NULL
            : store_sqlite_embedding(store, statement, 0, sqlite3_column_int64(statement, 1),
                                     sqlite3_column_int64(statement, 2), dimension, batch->vector);
    batch->unit = bytes && store_get_floats(bytes, 4 * dimension, dimension, batch->floats) &&
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
        status = store_sqlite_add_person(store, sample->name, created, &batch->person, error);
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
    store_put_floats(sample->embedding, sample->dimension, batch->vector);
    const struct vault_place embedding = store_sqlite_embedding_place(out->face, out->person);
    const struct vault_place thumbnail = {.kind = VAULT_THUMBNAIL, .row = out->face};
    if (!status)
        status = add_blob(store, QUERY_ADD_EMBEDDING, &embedding, batch->vector,
                          4 * sample->dimension, error);
    if (!status && sample->thumbnail_size)
        status = add_blob(store, QUERY_ADD_THUMBNAIL, &thumbnail, sample->thumbnail,
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
