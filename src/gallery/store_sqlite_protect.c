/*
 * Whether a SQLite gallery is encrypted, and with whose key: one row of `protection`, with the gallery's random id
 * and a proof that only the right key makes. No row: it is not.
 */
#include "gallery/store_sqlite_sealed.h"

#include <sqlite3.h>
#include <string.h>

#define PROTECTION_VERSION 1

vultus_status store_sqlite_set_vault(struct store_sqlite *store, const struct vault *vault,
                                     vultus_error *error)
{
    uint8_t proof[VAULT_PROOF_SIZE];
    vultus_status status = store_sqlite_do(store, QUERY_UNPROTECT, NULL, 0, error);
    if (status || !vault)
        return status;
    vault_proof(vault, proof);
    const struct store_sqlite_value values[] = {
        {.number = PROTECTION_VERSION},
        {.bytes = vault_gallery(vault), .size = VAULT_GALLERY_SIZE},
        {.bytes = proof, .size = sizeof proof}};
    return store_sqlite_do(store, QUERY_PROTECT, values, 3, error);
}

vultus_status store_sqlite_protect(struct store_sqlite *store, vultus_error *error)
{
    if (!store->key || !store->key->given)
        return VULTUS_OK;
    vultus_status status = vault_new(store->key->bytes, NULL, &store->vault, error);
    return status ? status : store_sqlite_set_vault(store, store->vault, error);
}

/* The row of a gallery that is encrypted; the statement is to be given back. */
static vultus_status look(struct store_sqlite *store, sqlite3_stmt **row, bool *is,
                          vultus_error *error)
{
    vultus_status status = store_sqlite_query(store, QUERY_PROTECTION, row, error);
    return status ? status : store_sqlite_step(store, *row, is, error);
}

static vultus_status make_vault(struct store_sqlite *store, sqlite3_stmt *row, vultus_error *error)
{
    uint8_t proof[VAULT_PROOF_SIZE];
    const uint8_t *gallery = sqlite3_column_blob(row, 1);
    const uint8_t *wanted = sqlite3_column_blob(row, 2);
    if (sqlite3_column_int64(row, 0) != PROTECTION_VERSION)
        return status_set(error, VULTUS_ERR_DATABASE,
                          "%s: is encrypted in a way that this vultus does not know; update vultus",
                          store->shown);
    if (!gallery || sqlite3_column_bytes(row, 1) != VAULT_GALLERY_SIZE || !wanted ||
        sqlite3_column_bytes(row, 2) != VAULT_PROOF_SIZE)
        return store_sqlite_bad_row(store, "protection", 1, "is damaged", error);
    vultus_status status =
        store->vault ? VULTUS_OK : vault_new(store->key->bytes, gallery, &store->vault, error);
    if (status)
        return status;
    vault_proof(store->vault, proof);
    if (memcmp(gallery, vault_gallery(store->vault), VAULT_GALLERY_SIZE) != 0 ||
        memcmp(proof, wanted, sizeof proof) != 0)
        return status_set(
            error, VULTUS_ERR_DATABASE,
            "%s: is encrypted with another key; name the right one with --key-file or "
            "VULTUS_KEY_FILE",
            store->shown);
    return VULTUS_OK;
}

vultus_status store_sqlite_unlock(struct store_sqlite *store, vultus_error *error)
{
    sqlite3_stmt *row = NULL;
    bool is = false, has_key = store->vault || (store->key && store->key->given);
    vultus_status status = look(store, &row, &is, error);
    if (!status && is && !has_key)
        status = status_set(error, VULTUS_ERR_DATABASE,
                            "%s: is encrypted; name its key with --key-file or VULTUS_KEY_FILE",
                            store->shown);
    else if (!status && is)
        status = make_vault(store, row, error);
    else if (!status && has_key && !store->key_optional)
        status = status_set(error, VULTUS_ERR_DATABASE,
                            "%s: is not encrypted, and a key is given; encrypt it: vultus gallery "
                            "rekey --to-key-file FILE",
                            store->shown);
    store_sqlite_done(row);
    return status;
}

vultus_status store_sqlite_same_key(struct store_sqlite *store, vultus_error *error)
{
    sqlite3_stmt *row = NULL;
    bool is = false;
    vultus_status status = look(store, &row, &is, error);
    bool same = !status && is == (store->vault != NULL);
    if (same && is) {
        const void *gallery = sqlite3_column_blob(row, 1);
        same = gallery && sqlite3_column_bytes(row, 1) == VAULT_GALLERY_SIZE &&
               !memcmp(gallery, vault_gallery(store->vault), VAULT_GALLERY_SIZE);
    }
    store_sqlite_done(row);
    if (!status && !same)
        status =
            status_set(error, VULTUS_ERR_DATABASE,
                       "%s: has got another key meanwhile; open it again with that", store->shown);
    return status;
}
