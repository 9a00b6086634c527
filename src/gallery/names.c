/*
 * The rules for names. Names are shown on terminals, in web pages and in pictures, so what would
 * break or forge a line there is refused: control characters, line separators, and the marks that
 * turn the direction of text. White space at either end is refused rather than cut, so that the
 * name that was given is always the name that is stored.
 */
#include "gallery/names.h"

#include <string.h>

#define NOT_UTF8 UINT32_MAX

/* Reads one code point and moves *at behind it; NOT_UTF8 for what RFC 3629 forbids. */
static uint32_t next_point(const uint8_t *text, size_t size, size_t *at)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800,
                                        0x10000}; /* shorter forms are forgeries */
    uint8_t lead = text[*at];
    size_t length = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (!length || lead > 0xF4 || length > size - *at)
        return NOT_UTF8;
    if (length == 1)
        return text[(*at)++];
    uint32_t point = lead & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[*at + i] & 0xC0) != 0x80)
            return NOT_UTF8;
        point = point << 6 | (text[*at + i] & 0x3Fu);
    }
    if (point < smallest[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        return NOT_UTF8;
    *at += length;
    return point;
}

static bool is_control(uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x2028 || point == 0x2029;
}

/* Embeddings, overrides and isolates of Unicode's bidirectional algorithm. */
static bool turns_direction(uint32_t point)
{
    return (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

/* Unicode's White_Space beyond the control characters. */
static bool is_space(uint32_t point)
{
    return point == ' ' || point == 0xA0 || point == 0x1680 ||
           (point >= 0x2000 && point <= 0x200A) || point == 0x202F || point == 0x205F ||
           point == 0x3000;
}

const char *names_fault(const char *name, size_t size)
{
    const uint8_t *text = (const uint8_t *)name;
    bool first_is_space = false, last_is_space = false, all_space = true;
    if (!size)
        return "is empty";
    if (size > VULTUS_NAME_MAX)
        return "is longer than 255 bytes";
    for (size_t at = 0; at < size;) {
        bool first = at == 0;
        uint32_t point = next_point(text, size, &at);
        if (point == NOT_UTF8)
            return "is not UTF-8";
        if (is_control(point))
            return "has a control character";
        if (turns_direction(point))
            return "has a mark that turns the direction of text";
        last_is_space = is_space(point);
        if (first)
            first_is_space = last_is_space;
        all_space = all_space && last_is_space;
    }
    if (all_space)
        return "is only white space";
    return first_is_space || last_is_space ? "begins or ends with white space" : NULL;
}

vultus_status names_check(const char *name, vultus_error *error)
{
    if (!name)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a name is missing");
    /* strnlen: a name without an end is cut where it is too long anyhow */
    size_t size = strnlen(name, VULTUS_NAME_MAX + 1);
    const char *fault = names_fault(name, size);
    if (fault)
        return status_set(error, VULTUS_ERR_ARGUMENT, "the name \"%.60s\" %s; give another", name,
                          fault);
    return VULTUS_OK;
}
