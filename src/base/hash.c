/*
 * SHA-256. libcrypto because it uses the processor's own instructions: seven megabytes of networks
 * are checked at every start, in a few milliseconds.
 */
#include "base/hash.h"

#include <openssl/evp.h>

vultus_status hash_bytes(const void *data, size_t size, uint8_t out[HASH_SIZE], vultus_error *error)
{
    unsigned length = 0;
    uint8_t digest[EVP_MAX_MD_SIZE];
    if (EVP_Digest(data, size, digest, &length, EVP_sha256(), NULL) != 1 || length != HASH_SIZE)
        return status_set(error, VULTUS_ERR_INTERNAL, "SHA-256 is not available in libcrypto");
    for (unsigned i = 0; i < HASH_SIZE; i++)
        out[i] = digest[i];
    return VULTUS_OK;
}

void hash_hex(const uint8_t hash[HASH_SIZE], char out[HASH_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (unsigned i = 0; i < HASH_SIZE; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[2 * HASH_SIZE] = '\0';
}
