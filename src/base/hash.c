/*
 * SHA-256. libcrypto because it uses the processor's own instructions: seven megabytes of networks
 * are checked at every start, in a few milliseconds.
 */
#include "base/hash.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define STEP ((size_t)1 << 20) /* bytes: under a millisecond */

vultus_status hash_steps(const void *data, size_t size, const atomic_bool *stop,
                         uint8_t out[HASH_SIZE], vultus_error *error)
{
    unsigned length = 0;
    uint8_t digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    for (size_t at = 0; good && at < size && !(stop && atomic_load(stop)); at += STEP) {
        size_t left = size - at;
        good =
            EVP_DigestUpdate(context, (const uint8_t *)data + at, left < STEP ? left : STEP) == 1;
    }
    good = good && EVP_DigestFinal_ex(context, digest, &length) == 1 && length == HASH_SIZE;
    EVP_MD_CTX_free(context);
    if (!good)
        return status_set(error, VULTUS_ERR_INTERNAL, "SHA-256 is not available in libcrypto");
    for (unsigned i = 0; i < HASH_SIZE; i++)
        out[i] = digest[i];
    return VULTUS_OK;
}

vultus_status hash_bytes(const void *data, size_t size, uint8_t out[HASH_SIZE], vultus_error *error)
{
    return hash_steps(data, size, NULL, out, error);
}

vultus_status hash_hmac(const void *key, size_t key_size, const void *data, size_t size,
                        uint8_t out[HASH_SIZE], vultus_error *error)
{
    unsigned length = 0;
    if (key_size > INT_MAX || !HMAC(EVP_sha256(), key, (int)key_size, data, size, out, &length) ||
        length != HASH_SIZE)
        return status_set(error, VULTUS_ERR_INTERNAL, "HMAC is not available in libcrypto");
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
