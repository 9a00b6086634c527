/*
 * Where a user's key comes from: a file of 64 hexadecimal digits, or of 32 or more random bytes, that only its
 * owner may read; or an entry of the kernel's keyring with the same in it.
 */
#ifndef GALLERY_KEY_SOURCE_H
#define GALLERY_KEY_SOURCE_H

#include "gallery/vault.h"

struct key {
    bool given; /* false: nobody named one */
    uint8_t bytes[VAULT_KEY_SIZE];
};

/*
 * The file, where it is not NULL; else what VULTUS_KEY_FILE or, where that is not set, VULTUS_KEYRING names; else
 * none. NULL stands for an error: ARGUMENT, IO, or what is named cannot be a key or may be read by others.
 * Give the key back with key_free.
 */
vultus_status key_find(const char *file, struct key **out, vultus_error *error) VULTUS_MUST_USE;
void key_free(struct key *key);
/* True where key_find would look for one. */
bool key_named(const char *file);

/* Makes a file with a new key, 0600. EXISTS: there is something of that name. IO. */
vultus_status key_make(const char *path, vultus_error *error) VULTUS_MUST_USE;

#endif
