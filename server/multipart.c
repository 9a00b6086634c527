/* Parts are found by their boundary and never copied. What is no part of a form of ours ends the reading. */
#define _GNU_SOURCE /* memmem */
#include "multipart.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Where the value of `key` begins in "form-data; key=value; other=\"value\""; NULL: it is not there. */
static const char *find_attribute(const char *text, size_t size, const char *key)
{
    size_t at = 0, length = strlen(key);
    while (at < size) {
        const char *semicolon = memchr(text + at, ';', size - at);
        if (!semicolon)
            return NULL;
        at = (size_t)(semicolon - text) + 1;
        while (at < size && (text[at] == ' ' || text[at] == '\t'))
            at++;
        if (size - at > length && !strncasecmp(text + at, key, length) && text[at + length] == '=')
            return text + at + length + 1;
    }
    return NULL;
}

/* False when it is not there or too long. */
static bool attribute(const char *text, size_t size, const char *key, char *out, size_t out_size)
{
    const char *value = find_attribute(text, size, key);
    if (!value)
        return false;
    size_t at = (size_t)(value - text);
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

bool multipart_boundary(const char *content_type, char out[MULTIPART_BOUNDARY_MAX + 1])
{
    return attribute(content_type, strlen(content_type), "boundary", out,
                     MULTIPART_BOUNDARY_MAX + 1);
}

/* The lines of a part's head; only its name is looked at, and whether it is a file. */
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
        part->file = find_attribute(line, length, "filename") != NULL;
        found = true;
    }
    return found && !memchr(part->name, '\n', strlen(part->name));
}

bool multipart_open(const uint8_t *body, size_t size, const char *boundary,
                    struct multipart_reader *out)
{
    *out = (struct multipart_reader){.end = body + size};
    out->mark_size = (size_t)snprintf(out->mark, sizeof out->mark, "\r\n--%s", boundary);
    if (out->mark_size >= sizeof out->mark || size < out->mark_size ||
        memcmp(body, out->mark + 2, out->mark_size - 2) != 0)
        return false; /* nothing may stand before the first part */
    out->at = body + out->mark_size - 2;
    return true;
}

bool multipart_next(struct multipart_reader *reader, struct multipart_part *out)
{
    const uint8_t *at = reader->at, *end = reader->end;
    if (end - at < 2 || memcmp(at, "\r\n", 2) != 0)
        return false;
    at += 2;
    const uint8_t *head_end = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
    const uint8_t *next = head_end ? memmem(head_end + 2, (size_t)(end - head_end - 2),
                                            reader->mark, reader->mark_size)
                                   : NULL;
    *out = (struct multipart_part){0};
    if (!next || !read_head((const char *)at, (size_t)(head_end - at), out))
        return false;
    out->data = head_end + 4;
    out->size = next < out->data ? 0 : (size_t)(next - out->data);
    reader->at = next + reader->mark_size;
    return true;
}

bool multipart_ended(const struct multipart_reader *reader)
{
    return reader->end - reader->at >= 2 && !memcmp(reader->at, "--", 2);
}

bool multipart_read(const uint8_t *body, size_t size, const char *boundary, struct multipart *out)
{
    struct multipart_reader reader;
    struct multipart_part part;
    *out = (struct multipart){0};
    if (!multipart_open(body, size, boundary, &reader))
        return false;
    while (multipart_next(&reader, &part)) {
        if (out->count == MULTIPART_PARTS_MAX || multipart_find(out, part.name))
            return false;
        out->parts[out->count++] = part;
    }
    return multipart_ended(&reader) && out->count;
}

const struct multipart_part *multipart_find(const struct multipart *parts, const char *name)
{
    for (size_t i = 0; i < parts->count; i++)
        if (!strcmp(parts->parts[i].name, name))
            return &parts->parts[i];
    return NULL;
}
