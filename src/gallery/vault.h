/*
 * What protects the records of an encrypted gallery, by libsodium. Each gallery has keys of its own, derived from
 * the user's key and the gallery's id (BLAKE2b). Each record is sealed by itself (XChaCha20-Poly1305, a random
 * nonce before it, 16 bytes of proof behind it) and bound to its place: what is moved to another row, another
 * table or another gallery opens no more. What has to be found by equality is looked for by a keyed hash.
 */
#ifndef GALLERY_VAULT_H
#define GALLERY_VAULT_H

#include "base/status.h"

#define VAULT_KEY_SIZE 32     /* of the user's key */
#define VAULT_GALLERY_SIZE 16 /* of a gallery's id */
#define VAULT_PROOF_SIZE 32
#define VAULT_HASH_SIZE 32
#define VAULT_OVERHEAD 40 /* bytes by which what is sealed is longer */

/* Part of what is sealed: never change a number. */
enum vault_kind {
    VAULT_NAME = 1,
    VAULT_FACE = 2,
    VAULT_EMBEDDING = 3,
    VAULT_THUMBNAIL = 4,
    VAULT_REFUSAL = 5,
    VAULT_ACTOR = 6,
    VAULT_CHANGE = 7,
    VAULT_MODEL = 8,
    VAULT_EVENT = 9,
    VAULT_EVENT_PICTURE = 10,
    VAULT_FACT = 16 /* and the kind of the fact */
};

struct vault_place {
    unsigned kind;      /* enum vault_kind */
    int64_t row, owner; /* owner: what else it belongs to; 0 where nothing */
};

enum vault_hash { VAULT_HASH_TEXT = 1, VAULT_HASH_PICTURE = 2 };

struct vault;

/* The keys of a gallery; `gallery` NULL: of a new one, with a random id. MEMORY, INTERNAL. */
vultus_status vault_new(const uint8_t key[VAULT_KEY_SIZE], const uint8_t *gallery,
                        struct vault **out, vultus_error *error) VULTUS_MUST_USE;
/* Another one with the same keys. NULL: memory. */
struct vault *vault_copy(const struct vault *vault);
/* Wipes the keys. */
void vault_free(struct vault *vault);

/* Its id: VAULT_GALLERY_SIZE bytes. */
const uint8_t *vault_gallery(const struct vault *vault);
/* What shows that somebody has the right key, and tells nothing else. */
void vault_proof(const struct vault *vault, uint8_t out[VAULT_PROOF_SIZE]);

void vault_hash(const struct vault *vault, enum vault_hash kind, const void *bytes, size_t size,
                uint8_t out[VAULT_HASH_SIZE]);

/* Writes size + VAULT_OVERHEAD bytes. */
void vault_seal(const struct vault *vault, const struct vault_place *place, const void *bytes,
                size_t size, uint8_t *out);
/* Writes size - VAULT_OVERHEAD bytes. False: not what was sealed for this place with this key. */
bool vault_open(const struct vault *vault, const struct vault_place *place, const uint8_t *sealed,
                size_t size, void *out) VULTUS_MUST_USE;

/* Random bytes that nobody can guess. INTERNAL. */
vultus_status vault_random(uint8_t *out, size_t size, vultus_error *error) VULTUS_MUST_USE;
/* A user's key from bytes of any number. */
void vault_key(const void *bytes, size_t size, uint8_t out[VAULT_KEY_SIZE]);

#endif
