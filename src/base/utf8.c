/*
 * One decoder for all that read text. Overlong forms are refused because they are forgeries: they let
 * a character pass where its plain form would have been seen.
 */
#include "base/utf8.h"
#include "base/memory.h"

#include <stdbool.h>
#include <string.h>

uint32_t utf8_next(const char *text, size_t size, size_t *at)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)text + *at;
    size_t length = p[0] < 0x80   ? 1
                    : p[0] < 0xC2 ? 0
                    : p[0] < 0xE0 ? 2
                    : p[0] < 0xF0 ? 3
                    : p[0] < 0xF5 ? 4
                                  : 0;
    bool good = length && length <= size - *at;
    uint32_t point = length == 1 ? p[0] : p[0] & (0x7Fu >> length);
    for (size_t i = 1; good && i < length; i++) {
        good = (p[i] & 0xC0) == 0x80;
        point = point << 6 | (p[i] & 0x3Fu);
    }
    if (good && (point < least[length] || point > 0x10FFFF || (point & 0xFFFFF800) == 0xD800))
        good = false;
    *at += good ? length : 1;
    return good ? point : UTF8_BAD;
}

char *utf8_repaired(const char *text)
{
    const size_t size = strlen(text);
    char *copy = mem_array(size + 1, sizeof UTF8_REPLACEMENT - 1), *end = copy;
    if (!copy)
        return NULL;
    for (size_t at = 0; at < size;) {
        size_t from = at;
        bool good = utf8_next(text, size, &at) != UTF8_BAD;
        size_t put = good ? at - from : sizeof UTF8_REPLACEMENT - 1;
        memcpy(end, good ? text + from : UTF8_REPLACEMENT, put);
        end += put;
    }
    *end = '\0';
    return copy;
}

const char *utf8_tail(const char *text, size_t most)
{
    size_t length = strlen(text);
    if (length > most)
        for (text += length - most; ((unsigned char)*text & 0xC0) == 0x80;)
            text++;
    return text;
}
