/*
 * Lines of untrusted text: bounded, without control characters, cut up in place. Numbers are read here
 * and not with strtod, whose decimal point is the locale's.
 */
#include "decide/lines.h"

#include <string.h>

#define DIGITS_MAX 15 /* that a double holds exactly */

void lines_open(struct lines *lines, const char *text, size_t size, const char *name,
                vultus_error *error)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* spreadsheets write it in front of UTF-8 */
    *lines = (struct lines){.name = name, .error = error};
    if (size >= 3 && !memcmp(text, mark, 3))
        text += 3, size -= 3;
    lines->next = text;
    lines->end = text + size;
}

vultus_status lines_bad(const struct lines *lines, const char *fault)
{
    return status_set(lines->error, VULTUS_ERR_FORMAT, "%.140s:%zu: %s", lines->name, lines->number,
                      fault);
}

vultus_status lines_next(struct lines *lines, bool *more)
{
    while (lines->next < lines->end) {
        const char *start = lines->next;
        const char *stop = memchr(start, '\n', (size_t)(lines->end - start));
        size_t length = (size_t)((stop ? stop : lines->end) - start);
        lines->next = stop ? stop + 1 : lines->end;
        lines->number++;
        if (length && start[length - 1] == '\r')
            length--;
        if (length > LINES_LENGTH_MAX)
            return lines_bad(lines, "the line is too long");
        for (size_t i = 0; i < length; i++)
            if (((unsigned char)start[i] < 0x20 && start[i] != '\t') || start[i] == 0x7F)
                return lines_bad(lines, "control characters; is this a text file?");
        memcpy(lines->text, start, length);
        lines->text[length] = '\0';
        if (lines->text[strspn(lines->text, " \t")] != '\0') {
            *more = true;
            return VULTUS_OK;
        }
    }
    *more = false;
    return VULTUS_OK;
}

void lines_split(struct lines *lines, const char *between)
{
    char *at = lines->text;
    lines->field_count = 0;
    for (;;) {
        at += strspn(at, between);
        if (!*at || lines->field_count == LINES_FIELDS_MAX)
            return;
        lines->fields[lines->field_count++] = at;
        at += strcspn(at, between);
        if (*at)
            *at++ = '\0';
    }
}

bool lines_path_inside(const char *path)
{
    if (!path[0] || path[0] == '/')
        return false;
    for (const char *part = path; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL)
        if (part[0] == '.' && part[1] == '.' && (!part[2] || part[2] == '/'))
            return false;
    return true;
}

bool lines_number(const char *text, double *out)
{
    double value = 0, unit = 1;
    size_t digits = 0;
    bool negative = *text == '-', fraction = false;
    for (text += negative || *text == '+'; *text; text++) {
        if (*text == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (*text < '0' || *text > '9' || ++digits > DIGITS_MAX)
            return false;
        value = 10 * value + (*text - '0');
        unit *= fraction ? 10 : 1;
    }
    *out = (negative ? -value : value) / unit;
    return digits > 0;
}
