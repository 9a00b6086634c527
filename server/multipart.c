/* Parts are found by their boundary and never copied. What is no part of a form of ours ends the reading. */
#define _GNU_SOURCE /* memmem */
#include "multipart.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The value of `key` in "form-data; key=value; other=\"value\""; false when it is not there or too long. */
static bool attribute(const char *text, size_t size, const char *key, char *out, size_t out_size)
{
    size_t at = 0, length = strlen(key);
    while (at < size) {
        const char *semicolon = memchr(text + at, ';', size - at);
        if (!semicolon)
            return false;
        at = (size_t)(semicolon - text) + 1;
        while (at < size && (text[at] == ' ' || text[at] == '\t'))
            at++;
        if (size - at <= length || strncasecmp(text + at, key, length) != 0 ||
            text[at + length] != '=')
            continue;
        at += length + 1;
        bool quoted = at < size && text[at] == '"';
        size_t begin = at + quoted, end = begin;
        while (end < size && (quoted ? text[end] != '"' : text[end] != ';' && text[end] != ' '))
            end++;
        if ((quoted && end == size) || end == begin || end - begin >= out_size ||
            memchr(text + begin, '\\', end - begin))
            return false;
        memcpy(out, text + begin, end - begin);
        out[end - begin] = '\0';
        return true;
    }
    return false;
}

bool multipart_boundary(const char *content_type, char out[MULTIPART_BOUNDARY_MAX + 1])
{
    return attribute(content_type, strlen(content_type), "boundary", out,
                     MULTIPART_BOUNDARY_MAX + 1);
}

/* The lines of a part's head; only its name is looked at. */
static bool read_head(const char *head, size_t size, struct multipart_part *part)
{
    static const char wanted[] = "content-disposition:";
    bool found = false;
    for (size_t at = 0; at < size;) {
        const char *line = head + at, *end = memmem(line, size - at, "\r\n", 2);
        size_t length = end ? (size_t)(end - line) : size - at;
        at += length + 2;
        if (length < sizeof wanted - 1 || strncasecmp(line, wanted, sizeof wanted - 1) != 0)
            continue;
        if (found || !attribute(line, length, "name", part->name, sizeof part->name))
            return false;
        found = true;
    }
    return found && !memchr(part->name, '\n', strlen(part->name));
}

bool multipart_read(const uint8_t *body, size_t size, const char *boundary, struct multipart *out)
{
    char mark[MULTIPART_BOUNDARY_MAX + 5]; /* CR LF - - boundary */
    size_t length = (size_t)snprintf(mark, sizeof mark, "\r\n--%s", boundary);
    *out = (struct multipart){0};
    if (length >= sizeof mark || size < length || memcmp(body, mark + 2, length - 2) != 0)
        return false; /* nothing may stand before the first part */
    const uint8_t *at = body + length - 2, *end = body + size;
    while (end - at >= 2 && !memcmp(at, "\r\n", 2)) {
        at += 2;
        const uint8_t *head_end = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
        const uint8_t *next =
            head_end ? memmem(head_end + 2, (size_t)(end - head_end - 2), mark, length) : NULL;
        if (!next || out->count == MULTIPART_PARTS_MAX)
            return false;
        struct multipart_part *part = &out->parts[out->count];
        if (!read_head((const char *)at, (size_t)(head_end - at), part) ||
            multipart_find(out, part->name))
            return false;
        part->data = head_end + 4;
        part->size = next < part->data ? 0 : (size_t)(next - part->data);
        out->count++;
        at = next + length;
    }
    return end - at >= 2 && !memcmp(at, "--", 2) && out->count;
}

const struct multipart_part *multipart_find(const struct multipart *parts, const char *name)
{
    for (size_t i = 0; i < parts->count; i++)
        if (!strcmp(parts->parts[i].name, name))
            return &parts->parts[i];
    return NULL;
}
