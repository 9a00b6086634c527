/*
 * How the rows of an encrypted gallery say what they say. A column that is looked for by equality has a keyed
 * hash; the text itself is in the column `sealed` of its row, embeddings and thumbnails are sealed where they
 * are. Where nothing is encrypted, columns have what they always had, and `sealed` is NULL.
 */
#include "base/memory.h"
#include "gallery/store_sqlite_sealed.h"

#include <sqlite3.h>
#include <string.h>

const char *store_sqlite_key(const struct store_sqlite *store, const char *text,
                             char out[STORE_KEY_SIZE])
{
    uint8_t hash[VAULT_HASH_SIZE];
    if (!store->vault || !text)
        return text;
    vault_hash(store->vault, VAULT_HASH_TEXT, text, strlen(text), hash);
    hash_hex(hash, out);
    return out;
}

const uint8_t *store_sqlite_picture(const struct store_sqlite *store,
                                    const uint8_t picture[HASH_SIZE], uint8_t out[HASH_SIZE])
{
    if (!store->vault)
        return picture;
    vault_hash(store->vault, VAULT_HASH_PICTURE, picture, HASH_SIZE, out);
    return out;
}

vultus_status store_sqlite_next_id(struct store_sqlite *store, const char *table, int64_t *id,
                                   vultus_error *error)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    *id = 0;
    if (!store->vault)
        return VULTUS_OK;
    vultus_status status = store_sqlite_query(store, QUERY_NEXT_ID, &statement, error);
    if (!status)
        status = store_sqlite_status(
            store, sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC), error);
    if (!status)
        status = store_sqlite_step(store, statement, &row, error);
    if (!status && row)
        *id = sqlite3_column_int64(statement, 0);
    store_sqlite_done(statement);
    return status;
}

/* ------------------------------------------------------------------ sealing and opening */

int store_sqlite_bind_sealed(const struct store_sqlite *store, sqlite3_stmt *statement, int at,
                             const struct vault_place *place, const void *bytes, size_t size)
{
    if (!store->vault)
        return SQLITE_OK;
    uint8_t *sealed = mem_alloc(size + VAULT_OVERHEAD);
    if (!sealed)
        return SQLITE_NOMEM;
    vault_seal(store->vault, place, bytes, size, sealed);
    return sqlite3_bind_blob(statement, at, sealed, (int)(size + VAULT_OVERHEAD), mem_free);
}

bool store_sqlite_open_sealed(const struct store_sqlite *store, sqlite3_stmt *row, int column,
                              const struct vault_place *place, void *out, size_t max, size_t *size)
{
    const uint8_t *sealed = sqlite3_column_blob(row, column);
    size_t have = (size_t)sqlite3_column_bytes(row, column);
    if (!sealed || have < VAULT_OVERHEAD || have - VAULT_OVERHEAD > max ||
        !vault_open(store->vault, place, sealed, have, out))
        return false;
    *size = have - VAULT_OVERHEAD;
    return true;
}

const char *store_sqlite_name(const struct store_sqlite *store, sqlite3_stmt *row, int column,
                              int64_t person, char out[VULTUS_NAME_MAX + 1])
{
    const struct vault_place place = {.kind = VAULT_NAME, .row = person};
    char key[STORE_KEY_SIZE];
    size_t size = 0;
    if (!store->vault)
        return store_sqlite_text(row, column, VULTUS_NAME_MAX);
    const char *found = store_sqlite_text(row, column, STORE_KEY_SIZE);
    if (!found ||
        !store_sqlite_open_sealed(store, row, column + 1, &place, out, VULTUS_NAME_MAX, &size))
        return NULL;
    out[size] = '\0';
    return strlen(out) == size && !strcmp(store_sqlite_key(store, out, key), found) ? out : NULL;
}

struct vault_place store_sqlite_fact_place(int64_t person, vultus_fact_kind kind)
{
    return (struct vault_place){.kind = VAULT_FACT + kind, .row = person};
}

struct vault_place store_sqlite_embedding_place(int64_t face, int64_t person)
{
    return (struct vault_place){.kind = VAULT_EMBEDDING, .row = face, .owner = person};
}
