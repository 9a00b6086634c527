/*
 * What a SQLite gallery has of facts and of refused pictures in a row, and that it can be right: in an encrypted
 * one the columns must be the hashes of what is sealed beside them.
 */
#include "gallery/store_sqlite_sealed.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

vultus_fact_kind store_sqlite_fact_kind(const char *name)
{
    unsigned at = 0;
    while (at < VULTUS_FACT_KINDS &&
           (!name || strcmp(vultus_fact_name((vultus_fact_kind)at), name)))
        at++;
    return (vultus_fact_kind)at;
}

size_t store_sqlite_pack_fact(const char *key, const char *value, char out[STORE_FACT_MAX + 1])
{
    return (size_t)snprintf(out, STORE_FACT_MAX + 1, "%s%c%s", key, '\0', value);
}

/* A key and a value, and that they are the columns': the hash of the one, and the other where it is a date. */
static bool open_fact(const struct store_sqlite *store, sqlite3_stmt *row, int seal, int64_t person,
                      struct store_sqlite_fact *out)
{
    const struct vault_place place = store_sqlite_fact_place(person, out->kind);
    const char *key = out->key, *date = out->value;
    char hash[STORE_KEY_SIZE];
    size_t size = 0;
    if (!store_sqlite_open_sealed(store, row, seal, &place, out->opened, STORE_FACT_MAX, &size))
        return false;
    out->opened[size] = '\0';
    out->key = out->opened;
    size_t length = strlen(out->key);
    out->value = out->opened + length + 1;
    return length < size && length + 1 + strlen(out->value) == size &&
           !strcmp(store_sqlite_key(store, out->key, hash), key) &&
           (out->kind != VULTUS_FACT_RETAIN || !out->told || !strcmp(out->value, date));
}

bool store_sqlite_read_fact(const struct store_sqlite *store, sqlite3_stmt *row, int column,
                            int seal, int64_t person, struct store_sqlite_fact *out)
{
    out->kind = store_sqlite_fact_kind(store_sqlite_text(row, column, 31));
    out->key = store_sqlite_text(row, column + 1, VULTUS_FACT_KEY_MAX);
    out->told = sqlite3_column_type(row, column + 2) != SQLITE_NULL;
    out->value = out->told ? store_sqlite_text(row, column + 2, VULTUS_FACT_VALUE_MAX) : "";
    if (out->kind == VULTUS_FACT_KINDS || !out->key || !out->value)
        return false;
    return !store->vault || open_fact(store, row, seal, person, out);
}

bool store_sqlite_read_refusal(const struct store_sqlite *store, sqlite3_stmt *row, int column,
                               int seal, int64_t person, uint8_t out[HASH_SIZE])
{
    const struct vault_place place = {.kind = VAULT_REFUSAL, .row = person};
    const uint8_t *picture = sqlite3_column_blob(row, column);
    uint8_t hash[HASH_SIZE];
    size_t size = 0;
    if (!picture || sqlite3_column_bytes(row, column) != HASH_SIZE)
        return false;
    if (!store->vault)
        memcpy(out, picture, HASH_SIZE);
    return !store->vault ||
           (store_sqlite_open_sealed(store, row, seal, &place, out, HASH_SIZE, &size) &&
            size == HASH_SIZE &&
            !memcmp(store_sqlite_picture(store, out, hash), picture, HASH_SIZE));
}
