/* What evaluations give to programs: a report as JSON or CSV, and the rows of --output. */
#ifndef CLI_MEASURES_H
#define CLI_MEASURES_H

#include "base/buffer.h"
#include "json_answer.h"
#include "options.h"

/*
 * Takes the value. JSON: one line. CSV: the columns measure and value; what lies deeper is named by its
 * path, such as milliseconds.median and heights.2.faces. Returns an exit code.
 */
int measures_put(json_t *value, enum format format);

/* A cell in quotes, as RFC 4180 has it. */
vultus_status csv_quote(struct buffer *out, const char *text, vultus_error *error) VULTUS_MUST_USE;
/* Takes the rows of --output, and the status of making them. Returns an exit code. */
int csv_write(struct buffer *rows, vultus_status status, const char *path, vultus_error *error);

#endif
