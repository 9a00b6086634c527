/*
 * The rules for names. Names are shown on terminals, in web pages and in pictures, so what would
 * break or forge a line there is refused: control characters, line separators, and the marks that
 * turn the direction of text. White space at either end is refused rather than cut, so that the
 * name that was given is always the name that is stored.
 */
#include "gallery/names.h"
#include "base/utf8.h"

#include <string.h>

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
    bool first_is_space = false, last_is_space = false, all_space = true;
    if (!size)
        return "is empty";
    if (size > VULTUS_NAME_MAX)
        return "is longer than 255 bytes";
    if (size == 7 && !memcmp(name, "unknown", 7))
        return "is what strangers are called";
    for (size_t at = 0; at < size;) {
        bool first = at == 0;
        uint32_t point = utf8_next(name, size, &at);
        if (point == UTF8_BAD)
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

vultus_status vultus_name_check(const char *name, vultus_error *error)
{
    return names_check(name, error);
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
