/* Answers as JSON, one object a line, over jansson. */
#ifndef CLI_JSON_ANSWER_H
#define CLI_JSON_ANSWER_H

#include "answers/json_values.h"

#include <stdbool.h>
#include <stdio.h>

#include <vultus/vultus.h>

/* Takes the value and writes one line; NULL is an allocation that failed before, and is reported.
 * False when the line could not be made. */
bool json_line(FILE *file, json_t *value, int digits);

#endif
