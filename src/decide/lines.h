/* Reading untrusted text files line by line: what the readers of ground truth share. */
#ifndef DECIDE_LINES_H
#define DECIDE_LINES_H

#include "base/status.h"

#define LINES_LENGTH_MAX 8191u /* two paths of the longest kind */
#define LINES_FIELDS_MAX 64

struct lines {
    const char *next, *end;
    const char *name; /* for messages */
    size_t number;    /* of the line in `text`, from 1 */
    char text[LINES_LENGTH_MAX + 1];
    char *fields[LINES_FIELDS_MAX];
    size_t field_count;
    vultus_error *error;
};

/* A mark of UTF-8 in front is left out. The text must outlive `lines`. */
void lines_open(struct lines *lines, const char *text, size_t size, const char *name,
                vultus_error *error);
/* Copies the next line that is not blank into text; *more is false after the last. FORMAT: it is too
 * long, or has control characters. */
vultus_status lines_next(struct lines *lines, bool *more) VULTUS_MUST_USE;
/* FORMAT with the name of the file and the line's number. */
vultus_status lines_bad(const struct lines *lines, const char *fault) VULTUS_MUST_USE;
/* Cuts the line up at these characters, in place; at most LINES_FIELDS_MAX fields. */
void lines_split(struct lines *lines, const char *between);

/* True when a relative path stays below the folder that it is joined to: no "..", not absolute, not
 * empty. */
bool lines_path_inside(const char *path);
/* A decimal number such as -12.5, whatever the locale says; false for anything else. */
bool lines_number(const char *text, double *out);

#endif
