/* Another key for what a SQLite gallery keeps to take changes back: see store_sqlite_rekey.c. */
#include "gallery/store_sqlite_rekey.h"

#include <sqlite3.h>
#include <string.h>

/* (id, person, kind, key, value, sealed): a fact that there was, or the key of one that there was not. */
vultus_status rekey_undo_fact(struct rekey *rekey, sqlite3_stmt *row, vultus_error *error)
{
    struct store_sqlite *store = rekey->store;
    struct store_sqlite_fact fact;
    char key[STORE_KEY_SIZE], packed[STORE_FACT_MAX + 1];
    int64_t person = sqlite3_column_int64(row, 1);
    if (!store_sqlite_read_fact(store, row, 2, 5, person, &fact))
        return rekey_bad_row(rekey, row, "undo", "has a bad fact", error);
    rekey_write_new(rekey);
    const struct vault_place place = store_sqlite_fact_place(person, fact.kind);
    const bool hide = store->vault && fact.kind != VULTUS_FACT_RETAIN;
    const struct store_sqlite_value values[] = {
        {.text = store_sqlite_key(store, fact.key, key)},
        {.text = fact.told ? hide ? "" : fact.value : NULL, .null = true},
        {.null = true},
        {.seal = &place,
         .bytes = packed,
         .size = store_sqlite_pack_fact(fact.key, fact.value, packed)},
        {.number = sqlite3_column_int64(row, 0)}};
    return store_sqlite_do(rekey->store, QUERY_REKEY_UNDO, values, 5, error);
}

vultus_status rekey_undo_name(struct rekey *rekey, sqlite3_stmt *row, vultus_error *error)
{
    struct store_sqlite *store = rekey->store;
    char buffer[VULTUS_NAME_MAX + 1], key[STORE_KEY_SIZE];
    const struct vault_place place = {.kind = VAULT_NAME, .row = sqlite3_column_int64(row, 1)};
    const char *name = store_sqlite_name(store, row, 2, place.row, buffer);
    if (!name)
        return rekey_bad_row(rekey, row, "undo", "has a name that cannot be one", error);
    rekey_write_new(rekey);
    const struct store_sqlite_value values[] = {
        {.null = true},
        {.text = store_sqlite_key(store, name, key)},
        {.null = true},
        {.seal = &place, .bytes = name, .size = strlen(name)},
        {.number = sqlite3_column_int64(row, 0)}};
    return store_sqlite_do(rekey->store, QUERY_REKEY_UNDO, values, 5, error);
}

vultus_status rekey_undo_refusal(struct rekey *rekey, sqlite3_stmt *row, vultus_error *error)
{
    struct store_sqlite *store = rekey->store;
    uint8_t picture[HASH_SIZE], hash[HASH_SIZE];
    const struct vault_place place = {.kind = VAULT_REFUSAL, .row = sqlite3_column_int64(row, 1)};
    if (!store_sqlite_read_refusal(store, row, 2, 3, place.row, picture))
        return rekey_bad_row(rekey, row, "undo", "has a bad hash of a refused picture", error);
    rekey_write_new(rekey);
    const struct store_sqlite_value values[] = {
        {.null = true},
        {.null = true},
        {.bytes = store_sqlite_picture(store, picture, hash), .size = HASH_SIZE},
        {.seal = &place, .bytes = picture, .size = HASH_SIZE},
        {.number = sqlite3_column_int64(row, 0)}};
    return store_sqlite_do(rekey->store, QUERY_REKEY_UNDO, values, 5, error);
}
