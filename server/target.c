/* Reads the target of a request in place, in a copy. Everything in it is untrusted. */
#include "target.h"
#include "base/memory.h"
#include "base/utf8.h"

#include <string.h>

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

/* Shortens the text to what its escapes stand for. `plus`: a plus is a blank, as forms write it. */
static bool unescape(char *text, bool plus)
{
    char *to = text;
    for (const char *at = text; *at; at++) {
        if (*at == '%') {
            int high = hex_value(at[1]), low = high < 0 ? -1 : hex_value(at[2]);
            if (low < 0)
                return false;
            *to++ = (char)(high << 4 | low);
            at += 2;
        } else {
            *to++ = plus && *at == '+' ? ' ' : *at;
        }
        if (!to[-1])
            return false; /* a text would end there */
    }
    *to = '\0';
    for (size_t at = 0, size = (size_t)(to - text); at < size;) {
        uint32_t character = utf8_next(text, size, &at);
        if (character == UTF8_BAD || character < 0x20 || character == 0x7F)
            return false;
    }
    return true;
}

/* Ends the text at the mark and returns what is behind it, or NULL. */
static char *cut(char *text, char mark)
{
    char *at = strchr(text, mark);
    if (!at)
        return NULL;
    *at = '\0';
    return at + 1;
}

static bool read_path(char *path, struct target *out)
{
    if (*path != '/')
        return false;
    for (char *next, *at = path + 1; at; at = next) {
        next = cut(at, '/');
        if (out->segment_count == TARGET_SEGMENTS_MAX || !unescape(at, false))
            return false;
        out->segments[out->segment_count++] = at;
    }
    return true;
}

static bool read_query(char *query, struct target *out)
{
    for (char *next, *at = query; at; at = next) {
        next = cut(at, '&');
        if (!*at)
            continue;
        char *value = cut(at, '=');
        if (out->query_count == TARGET_QUERY_MAX || !unescape(at, true) ||
            (value && !unescape(value, true)))
            return false;
        out->query[out->query_count++] = (struct target_pair){at, value ? value : ""};
    }
    return true;
}

bool target_read(const char *text, struct target *out)
{
    if (strlen(text) > TARGET_BYTES_MAX)
        return false;
    struct target target = {.text = mem_string(text)};
    if (!target.text)
        return false;
    char *query = cut(target.text, '?');
    if (!read_path(target.text, &target) || (query && !read_query(query, &target))) {
        target_clear(&target);
        return false;
    }
    *out = target;
    return true;
}

void target_clear(struct target *target)
{
    mem_free(target->text);
    *target = (struct target){0};
}
