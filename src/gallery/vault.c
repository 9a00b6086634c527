/* Keys, seals and keyed hashes, by libsodium, which is included nowhere else. */
#include "gallery/vault.h"
#include "base/memory.h"

#include <sodium.h>
#include <string.h>

#define VERSION 1 /* of all of this; part of every seal */

_Static_assert(VAULT_OVERHEAD == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES +
                                     crypto_aead_xchacha20poly1305_ietf_ABYTES,
               "a nonce and a proof");
_Static_assert(VAULT_GALLERY_SIZE == crypto_generichash_blake2b_SALTBYTES, "the id is the salt");

struct vault {
    uint8_t gallery[VAULT_GALLERY_SIZE];
    uint8_t seal[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
    uint8_t hash[crypto_generichash_blake2b_KEYBYTES];
    uint8_t proof[crypto_generichash_blake2b_KEYBYTES];
};

static vultus_status start(vultus_error *error)
{
    if (sodium_init() >= 0)
        return VULTUS_OK;
    return status_set(error, VULTUS_ERR_INTERNAL, "libsodium finds no source of random bytes");
}

/* Binds what is sealed: id, version, kind, row, owner. */
#define BOND_SIZE (VAULT_GALLERY_SIZE + 2 + 8 + 8)

static void put_number(int64_t number, uint8_t out[8])
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)((uint64_t)number >> (8 * i));
}

static void bond(const struct vault *vault, const struct vault_place *place, uint8_t out[BOND_SIZE])
{
    memcpy(out, vault->gallery, VAULT_GALLERY_SIZE);
    out[VAULT_GALLERY_SIZE] = VERSION;
    out[VAULT_GALLERY_SIZE + 1] = (uint8_t)place->kind;
    put_number(place->row, out + VAULT_GALLERY_SIZE + 2);
    put_number(place->owner, out + VAULT_GALLERY_SIZE + 10);
}

static void derive(struct vault *vault, const uint8_t *key)
{
    static const uint8_t personal[crypto_generichash_blake2b_PERSONALBYTES] = "vultus gallery 1";
    static const char context[crypto_kdf_CONTEXTBYTES] = {'v', 'u', 'l', 't', 'u', 's', 'g', 'l'};
    uint8_t own[crypto_kdf_KEYBYTES];
    crypto_generichash_blake2b_salt_personal(own, sizeof own, NULL, 0, key, VAULT_KEY_SIZE,
                                             vault->gallery, personal);
    crypto_kdf_derive_from_key(vault->seal, sizeof vault->seal, 1, context, own);
    crypto_kdf_derive_from_key(vault->hash, sizeof vault->hash, 2, context, own);
    crypto_kdf_derive_from_key(vault->proof, sizeof vault->proof, 3, context, own);
    mem_wipe(own, sizeof own);
}

vultus_status vault_new(const uint8_t key[VAULT_KEY_SIZE], const uint8_t *gallery,
                        struct vault **out, vultus_error *error)
{
    vultus_status status = start(error);
    if (status)
        return status;
    struct vault *vault = mem_secret(1, sizeof *vault);
    if (!vault)
        return status_memory(error, "the keys of the gallery");
    if (gallery)
        memcpy(vault->gallery, gallery, sizeof vault->gallery);
    else
        randombytes_buf(vault->gallery, sizeof vault->gallery);
    derive(vault, key);
    *out = vault;
    return VULTUS_OK;
}

struct vault *vault_copy(const struct vault *vault)
{
    struct vault *copy = mem_secret(1, sizeof *copy);
    if (copy)
        memcpy(copy, vault, sizeof *copy);
    return copy;
}

void vault_free(struct vault *vault)
{
    mem_free_secret(vault, 1, sizeof *vault);
}

const uint8_t *vault_gallery(const struct vault *vault)
{
    return vault->gallery;
}

void vault_proof(const struct vault *vault, uint8_t out[VAULT_PROOF_SIZE])
{
    crypto_generichash_blake2b(out, VAULT_PROOF_SIZE, vault->gallery, sizeof vault->gallery,
                               vault->proof, sizeof vault->proof);
}

void vault_hash(const struct vault *vault, enum vault_hash kind, const void *bytes, size_t size,
                uint8_t out[VAULT_HASH_SIZE])
{
    crypto_generichash_blake2b_state state;
    const uint8_t domain = (uint8_t)kind;
    crypto_generichash_blake2b_init(&state, vault->hash, sizeof vault->hash, VAULT_HASH_SIZE);
    crypto_generichash_blake2b_update(&state, &domain, 1);
    crypto_generichash_blake2b_update(&state, bytes, size);
    crypto_generichash_blake2b_final(&state, out, VAULT_HASH_SIZE);
}

void vault_seal(const struct vault *vault, const struct vault_place *place, const void *bytes,
                size_t size, uint8_t *out)
{
    uint8_t bound[BOND_SIZE];
    uint8_t *body = out + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
    bond(vault, place, bound);
    randombytes_buf(out, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(body, NULL, bytes, size, bound, sizeof bound, NULL,
                                               out, vault->seal);
}

bool vault_open(const struct vault *vault, const struct vault_place *place, const uint8_t *sealed,
                size_t size, void *out)
{
    const size_t nonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
    uint8_t bound[BOND_SIZE];
    if (!sealed || size < VAULT_OVERHEAD)
        return false;
    bond(vault, place, bound);
    return !crypto_aead_xchacha20poly1305_ietf_decrypt(
        out, NULL, NULL, sealed + nonce, size - nonce, bound, sizeof bound, sealed, vault->seal);
}

vultus_status vault_random(uint8_t *out, size_t size, vultus_error *error)
{
    vultus_status status = start(error);
    if (!status)
        randombytes_buf(out, size);
    return status;
}

void vault_key(const void *bytes, size_t size, uint8_t out[VAULT_KEY_SIZE])
{
    static const uint8_t personal[crypto_generichash_blake2b_PERSONALBYTES] = "vultus key     1";
    crypto_generichash_blake2b_salt_personal(out, VAULT_KEY_SIZE, bytes, size, NULL, 0, NULL,
                                             personal);
}
