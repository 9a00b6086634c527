/* SHA-256, by libcrypto. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/status.h"

#include <stdatomic.h>

#define HASH_SIZE 32
#define HASH_HEX_SIZE (2 * HASH_SIZE + 1)

/* INTERNAL when libcrypto refuses, MEMORY. */
vultus_status hash_bytes(const void *data, size_t size, uint8_t out[HASH_SIZE],
                         vultus_error *error) VULTUS_MUST_USE;
/* The same in steps, until `stop` (NULL: never) is set; what it gives then is no hash. */
vultus_status hash_steps(const void *data, size_t size, const atomic_bool *stop,
                         uint8_t out[HASH_SIZE], vultus_error *error) VULTUS_MUST_USE;
/* HMAC-SHA256 (RFC 2104). INTERNAL. */
vultus_status hash_hmac(const void *key, size_t key_size, const void *data, size_t size,
                        uint8_t out[HASH_SIZE], vultus_error *error) VULTUS_MUST_USE;
void hash_hex(const uint8_t hash[HASH_SIZE], char out[HASH_HEX_SIZE]);

#endif
