/*
 * Another key for a SQLite gallery, a first one, or none any more. Every row is read with the old keys and written
 * with the new ones, in one transaction: whoever is killed leaves the one or the other. Then the file is written
 * anew and the log is emptied, so that nothing of the old is left in unused places.
 */
#include "base/memory.h"
#include "gallery/store_sqlite_events.h"
#include "gallery/store_sqlite_index.h"
#include "gallery/store_sqlite_rekey.h"

#include <sqlite3.h>
#include <string.h>

#define ROWS_AT_ONCE 256 /* between two looks at the progress */

vultus_status rekey_bad_row(struct rekey *rekey, sqlite3_stmt *row, const char *table,
                            const char *fault, vultus_error *error)
{
    if (sqlite3_errcode(rekey->store->db) == SQLITE_NOMEM)
        return status_memory(error, "a row of the gallery");
    return store_sqlite_bad_row(rekey->store, table, sqlite3_column_int64(row, 0), fault, error);
}

static void read_old(struct rekey *rekey)
{
    rekey->store->vault = rekey->from;
}

void rekey_write_new(struct rekey *rekey)
{
    rekey->store->vault = rekey->to;
}

/* ------------------------------------------------------------------ rows, each of (id or person, ...) */

static vultus_status convert_person(struct rekey *rekey, sqlite3_stmt *row, vultus_error *error)
{
    struct store_sqlite *store = rekey->store;
    char buffer[VULTUS_NAME_MAX + 1], key[STORE_KEY_SIZE];
    const struct vault_place place = {.kind = VAULT_NAME, .row = sqlite3_column_int64(row, 0)};
    const char *name = store_sqlite_name(store, row, 1, place.row, buffer);
    if (!name)
        return rekey_bad_row(rekey, row, "people", "has a name that cannot be one", error);
    rekey_write_new(rekey);
    const struct store_sqlite_value values[] = {
        {.text = store_sqlite_key(store, name, key)},
        {.seal = &place, .bytes = name, .size = strlen(name)},
        {.number = place.row}};
    return store_sqlite_do(rekey->store, QUERY_RENAME, values, 3, error);
}

static vultus_status convert_face(struct rekey *rekey, sqlite3_stmt *row, vultus_error *error)
{
    static const struct store_sqlite_face_columns columns = {
        .picture = 1, .source = 2, .landmarks = 3, .seal = 4};
    struct store_sqlite *store = rekey->store;
    struct store_sqlite_face face = {.source = NULL};
    uint8_t hash[HASH_SIZE], packed[STORE_FACE_MAX];
    const struct vault_place place = {.kind = VAULT_FACE, .row = sqlite3_column_int64(row, 0)};
    const char *fault = store_sqlite_read_face(store, row, &columns, place.row, &face);
    if (fault)
        return rekey_bad_row(rekey, row, "faces", fault, error);
    rekey_write_new(rekey);
    const bool plain = !store->vault;
    const struct store_sqlite_value values[] = {
        {.bytes = store_sqlite_picture(store, face.picture, hash), .size = HASH_SIZE},
        {.text = plain ? face.source : NULL, .null = true},
        {.bytes = face.landmarks, .size = plain ? STORE_LANDMARKS_SIZE : 0},
        {.seal = &place, .bytes = packed, .size = store_sqlite_pack_face(&face, packed)},
        {.number = place.row}};
    return store_sqlite_do(rekey->store, QUERY_REKEY_FACE, values, 5, error);
}

/* An embedding or a thumbnail: what is sealed in its own column. */
static vultus_status convert_blob(struct rekey *rekey, sqlite3_stmt *row, int column,
                                  const struct vault_place *place, enum store_sqlite_query query,
                                  vultus_error *error)
{
    const void *bytes = sqlite3_column_blob(row, column);
    size_t size = (size_t)sqlite3_column_bytes(row, column);
    if (!rekey->from && bytes && size <= BLOB_MAX - VAULT_OVERHEAD)
        memcpy(rekey->blob, bytes, size);
    else if (!rekey->from || !store_sqlite_open_sealed(rekey->store, row, column, place,
                                                       rekey->blob, BLOB_MAX, &size))
        return rekey_bad_row(rekey, row, place->kind == VAULT_EVENT_PICTURE ? "events" : "faces",
                             "has an embedding or a picture that was changed", error);
    rekey_write_new(rekey);
    const struct store_sqlite_value values[] = {
        {.seal = rekey->to ? place : NULL, .bytes = rekey->blob, .size = size},
        {.number = place->row}};
    return store_sqlite_do(rekey->store, query, values, 2, error);
}

static vultus_status convert_embedding(struct rekey *rekey, sqlite3_stmt *row, vultus_error *error)
{
    const struct vault_place place =
        store_sqlite_embedding_place(sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1));
    return convert_blob(rekey, row, 2, &place, QUERY_SEAL_EMBEDDING, error);
}

static vultus_status convert_thumbnail(struct rekey *rekey, sqlite3_stmt *row, vultus_error *error)
{
    const struct vault_place place = {.kind = VAULT_THUMBNAIL, .row = sqlite3_column_int64(row, 0)};
    return convert_blob(rekey, row, 1, &place, QUERY_REKEY_THUMBNAIL, error);
}

static vultus_status convert_fact(struct rekey *rekey, sqlite3_stmt *row, vultus_error *error)
{
    struct store_sqlite *store = rekey->store;
    struct store_sqlite_fact fact;
    char key[STORE_KEY_SIZE], packed[STORE_FACT_MAX + 1];
    const char *since = store_sqlite_text(row, 4, 31);
    int64_t person = sqlite3_column_int64(row, 0);
    if (!since || !store_sqlite_read_fact(store, row, 1, 5, person, &fact))
        return rekey_bad_row(rekey, row, "people", "has a bad fact", error);
    rekey_write_new(rekey);
    const struct vault_place place = store_sqlite_fact_place(person, fact.kind);
    const bool hide = store->vault && fact.kind != VULTUS_FACT_RETAIN;
    const struct store_sqlite_value values[] = {
        {.number = person},
        {.text = vultus_fact_name(fact.kind)},
        {.text = store_sqlite_key(store, fact.key, key)},
        {.text = hide ? "" : fact.value},
        {.text = since},
        {.seal = &place,
         .bytes = packed,
         .size = store_sqlite_pack_fact(fact.key, fact.value, packed)}};
    return store_sqlite_do(rekey->store, QUERY_SET_FACT, values, 6, error);
}

static vultus_status convert_refusal(struct rekey *rekey, sqlite3_stmt *row, vultus_error *error)
{
    struct store_sqlite *store = rekey->store;
    uint8_t picture[HASH_SIZE], hash[HASH_SIZE];
    const char *since = store_sqlite_text(row, 2, 31);
    const struct vault_place place = {.kind = VAULT_REFUSAL, .row = sqlite3_column_int64(row, 0)};
    if (!since || !store_sqlite_read_refusal(store, row, 1, 3, place.row, picture))
        return rekey_bad_row(rekey, row, "people", "has a bad hash of a refused picture", error);
    rekey_write_new(rekey);
    const struct store_sqlite_value values[] = {
        {.number = place.row},
        {.bytes = store_sqlite_picture(store, picture, hash), .size = HASH_SIZE},
        {.text = since},
        {.seal = &place, .bytes = picture, .size = HASH_SIZE}};
    return store_sqlite_do(rekey->store, QUERY_REFUSE, values, 4, error);
}

/* The actor and both texts, as plain galleries have them in columns. */
static bool read_change(struct rekey *rekey, sqlite3_stmt *row, struct store_sqlite_change *out)
{
    if (rekey->from)
        return store_sqlite_open_change(rekey->store, row, 4, sqlite3_column_int64(row, 0), out);
    const char *actor = store_sqlite_text(row, 1, VULTUS_NAME_MAX);
    memcpy(out->actor, actor ? actor : "", actor ? strlen(actor) + 1 : 1);
    out->texts[0] = store_sqlite_text(row, 2, STORE_CHANGE_MAX);
    out->texts[1] = store_sqlite_text(row, 3, STORE_CHANGE_MAX);
    return true;
}

static vultus_status convert_change(struct rekey *rekey, sqlite3_stmt *row, vultus_error *error)
{
    struct store_sqlite *store = rekey->store;
    struct store_sqlite_change change;
    char keys[2][STORE_KEY_SIZE], packed[STORE_TEXTS_MAX];
    int64_t id = sqlite3_column_int64(row, 0);
    if (!read_change(rekey, row, &change))
        return rekey_bad_row(rekey, row, "history", "was changed", error);
    rekey_write_new(rekey);
    const struct vault_place actor = {.kind = VAULT_ACTOR, .row = id};
    const struct vault_place texts = {.kind = VAULT_CHANGE, .row = id};
    const bool has_text = change.texts[0] || change.texts[1];
    const struct store_sqlite_value values[] = {
        {.text = store->vault ? "" : change.actor},
        {.text = store_sqlite_key(store, change.texts[0], keys[0]), .null = true},
        {.text = store_sqlite_key(store, change.texts[1], keys[1]), .null = true},
        {.seal = &actor, .bytes = change.actor, .size = strlen(change.actor)},
        {.seal = has_text ? &texts : NULL,
         .bytes = has_text ? packed : NULL,
         .size = store_sqlite_pack_texts(change.texts[0], change.texts[1], packed),
         .null = true},
        {.number = id}};
    return store_sqlite_do(rekey->store, QUERY_REKEY_CHANGE, values, 6, error);
}

/* (id, camera, sealed, person) */
static vultus_status convert_event(struct rekey *rekey, sqlite3_stmt *row, vultus_error *error)
{
    struct store_sqlite *store = rekey->store;
    char buffer[VULTUS_SOURCE_MAX + 1], key[STORE_KEY_SIZE];
    const struct vault_place place =
        store_sqlite_event_place(sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 3));
    const char *camera = store_sqlite_camera(store, row, 1, &place, buffer);
    if (!camera)
        return rekey_bad_row(rekey, row, "events", "has a bad camera", error);
    rekey_write_new(rekey);
    const struct store_sqlite_value values[] = {
        {.text = store_sqlite_key(store, camera, key)},
        {.seal = &place, .bytes = camera, .size = strlen(camera)},
        {.number = place.row}};
    return store_sqlite_do(rekey->store, QUERY_REKEY_EVENT, values, 3, error);
}

static vultus_status convert_event_picture(struct rekey *rekey, sqlite3_stmt *row,
                                           vultus_error *error)
{
    const struct vault_place place = store_sqlite_event_picture_place(sqlite3_column_int64(row, 0));
    return convert_blob(rekey, row, 1, &place, QUERY_REKEY_EVENT_PICTURE, error);
}

/* ------------------------------------------------------------------ tables */

/* Facts and refusals are found by what is hashed: they are written anew from a copy in memory. */
static const struct {
    const char *before, *sql, *after;
    converter *convert;
} tables[] = {
    {NULL, "SELECT id, name, sealed FROM people ORDER BY id", NULL, convert_person},
    {NULL, "SELECT id, picture, source, landmarks, sealed FROM faces NOT INDEXED ORDER BY id", NULL,
     convert_face},
    {NULL,
     "SELECT v.face, f.person, v.vector FROM embeddings AS v JOIN faces AS f ON f.id = v.face "
     "ORDER BY v.face",
     NULL, convert_embedding},
    {NULL, "SELECT face, jpeg FROM thumbnails ORDER BY face", NULL, convert_thumbnail},
    {"CREATE TEMP TABLE old AS SELECT * FROM main.facts; DELETE FROM main.facts",
     "SELECT person, kind, key, value, since, sealed FROM temp.old", "DROP TABLE temp.old",
     convert_fact},
    {"CREATE TEMP TABLE old AS SELECT * FROM main.refusals; DELETE FROM main.refusals",
     "SELECT person, picture, since, sealed FROM temp.old", "DROP TABLE temp.old", convert_refusal},
    {NULL, "SELECT id, camera, sealed, person FROM events NOT INDEXED ORDER BY id", NULL,
     convert_event},
    {NULL, "SELECT event, jpeg FROM event_pictures ORDER BY event", NULL, convert_event_picture},
    {NULL, "SELECT id, actor, before, after, sealed_actor, sealed FROM history ORDER BY id", NULL,
     convert_change},
    {NULL,
     "SELECT id, person, kind, key, value, sealed FROM undo WHERE what IN "
     "('fact', 'no fact') ORDER BY id",
     NULL, rekey_undo_fact},
    {NULL,
     "SELECT id, person, value, sealed FROM undo WHERE what IN ('person', 'name') ORDER BY id",
     NULL, rekey_undo_name},
    {NULL,
     "SELECT id, person, picture, sealed FROM undo WHERE what IN ('refusal', 'no refusal') "
     "ORDER BY id",
     NULL, rekey_undo_refusal},
};

static vultus_status convert_rows(struct rekey *rekey, const char *sql, converter *convert,
                                  vultus_error *error)
{
    struct store_sqlite *store = rekey->store;
    sqlite3_stmt *statement = NULL;
    bool row = false;
    vultus_status status =
        store_sqlite_status(store, sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL), error);
    while (!status && !(status = store_sqlite_step(store, statement, &row, error)) && row) {
        read_old(rekey);
        status = convert(rekey, statement, error);
        if (!status && ++rekey->done % ROWS_AT_ONCE == 0)
            status = store_progress(rekey->progress, rekey->done, rekey->total, error);
    }
    sqlite3_finalize(statement);
    return status;
}

static vultus_status convert_all(struct rekey *rekey, vultus_error *error)
{
    static const char count[] =
        "SELECT (SELECT count(*) FROM people) + (SELECT count(*) FROM faces) + (SELECT count(*) "
        "FROM embeddings) + (SELECT count(*) FROM thumbnails) + (SELECT count(*) FROM facts) + "
        "(SELECT count(*) FROM history) + (SELECT count(*) FROM undo) + (SELECT count(*) FROM "
        "events) + (SELECT count(*) FROM event_pictures)";
    int64_t rows = 0;
    vultus_status status = store_sqlite_number(rekey->store, count, &rows, error);
    rekey->total = (size_t)rows + 1;
    for (size_t i = 0; !status && i < sizeof tables / sizeof *tables; i++) {
        if (tables[i].before)
            status = store_sqlite_execute(rekey->store, tables[i].before, error);
        if (!status)
            status = convert_rows(rekey, tables[i].sql, tables[i].convert, error);
        if (!status && tables[i].after)
            status = store_sqlite_execute(rekey->store, tables[i].after, error);
    }
    if (!status)
        status = store_sqlite_set_vault(rekey->store, rekey->to, error);
    if (!status)
        status = store_progress(rekey->progress, rekey->total, rekey->total, error);
    return status;
}

/* The key is the new one by now, whatever happens here. */
static vultus_status clean(struct store_sqlite *store, vultus_error *error)
{
    vultus_error why = {0};
    vultus_status status = store_sqlite_compact(&store->base, NULL, &why);
    if (!status)
        return VULTUS_OK;
    return status_set(error, status,
                      "%s: has the new key, but parts of the old are left in it (%.120s); run "
                      "vultus gallery compact",
                      store->shown, why.message);
}

vultus_status store_sqlite_rekey(struct store *base, const struct key *key,
                                 const vultus_progress *progress, vultus_error *error)
{
    struct store_sqlite *store = (struct store_sqlite *)base;
    struct rekey rekey = {.store = store, .progress = progress};
    const char *path = sqlite3_db_filename(store->db, "main");
    vultus_status status = store_sqlite_begin(store, true, error);
    if (status)
        return status;
    rekey.from = store->vault;
    if (!(rekey.blob = mem_secret(1, BLOB_MAX)))
        status = status_memory(error, "a row of the gallery");
    if (!status && key)
        status = vault_new(key->bytes, NULL, &rekey.to, error);
    if (!status)
        status = convert_all(&rekey, error);
    read_old(&rekey);
    if (!status) /* nobody is to find in them what is encrypted now */
        status = store_sqlite_remove_searches(path, error);
    status = store_sqlite_end(store, status, error);
    mem_free_secret(rekey.blob, 1, BLOB_MAX);
    vault_free(status ? rekey.to : rekey.from);
    if (status)
        return status;
    store->vault = rekey.to;
    base->private = rekey.to != NULL;
    status = store_sqlite_remove_searches(path, error);
    return status ? status : clean(store, error);
}
