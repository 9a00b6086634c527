/* See base64.h. */
#include "base/base64.h"
#include "base/memory.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const uint8_t *data, size_t size)
{
    char *text = mem_array(size / 3 + 1, 4 + 1), *at = text;
    if (!text)
        return NULL;
    for (size_t i = 0; i < size; i += 3) {
        size_t have = size - i < 3 ? size - i : 3;
        uint32_t bits = (uint32_t)data[i] << 16 | (have > 1 ? (uint32_t)data[i + 1] << 8 : 0) |
                        (have > 2 ? data[i + 2] : 0);
        *at++ = digits[bits >> 18];
        *at++ = digits[bits >> 12 & 63];
        *at++ = have > 1 ? digits[bits >> 6 & 63] : '=';
        *at++ = have > 2 ? digits[bits & 63] : '=';
    }
    *at = '\0';
    return text;
}

/* -1: no digit. Without a table that has to be filled, and without a search for each of millions. */
static int value_of(char digit)
{
    if (digit >= 'A' && digit <= 'Z')
        return digit - 'A';
    if (digit >= 'a' && digit <= 'z')
        return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9')
        return digit - '0' + 52;
    return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

vultus_status base64_decode(const char *text, size_t length, struct buffer *out,
                            vultus_error *error)
{
    if (!length)
        return buffer_append(out, NULL, 0, error);
    if (length % 4)
        return status_set(error, VULTUS_ERR_FORMAT, "base64 comes in groups of four");
    size_t padding =
        (size_t)(text[length - 1] == '=') + (text[length - 1] == '=' && text[length - 2] == '=');
    size_t size = length / 4 * 3 - padding;
    vultus_status status = buffer_reserve(out, size, error);
    if (status)
        return status;
    uint8_t *to = out->data + out->size;
    for (size_t i = 0, put = 0; i < length; i += 4) {
        uint32_t bits = 0;
        for (size_t k = 0; k < 4; k++) {
            int value = i + k >= length - padding ? 0 : value_of(text[i + k]);
            if (value < 0)
                return status_set(error, VULTUS_ERR_FORMAT, "no base64 at byte %zu", i + k);
            bits = bits << 6 | (uint32_t)value;
        }
        for (unsigned shift = 16; put < size && put < i / 4 * 3 + 3; shift -= 8)
            to[put++] = (uint8_t)(bits >> shift);
    }
    out->size += size;
    out->data[out->size] = 0;
    return VULTUS_OK;
}
