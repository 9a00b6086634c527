/* The report of an evaluation for programs: one JSON object, or a row of CSV for each number in it. */
#ifndef CLI_MEASURES_H
#define CLI_MEASURES_H

#include "json_answer.h"
#include "options.h"

/*
 * Takes the value. JSON: one line. CSV: the columns measure and value; what lies deeper is named by its
 * path, such as milliseconds.median and heights.2.faces. Returns an exit code.
 */
int measures_put(json_t *value, enum format format);

#endif
