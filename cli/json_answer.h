/* Answers as JSON, one object a line, over jansson. */
#ifndef CLI_JSON_ANSWER_H
#define CLI_JSON_ANSWER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include <vultus/vultus.h>

#define JSON_DIGITS 6       /* significant digits of measures */
#define JSON_FLOAT_DIGITS 9 /* enough to read the same float again */

/* Once, before the first value. */
void json_setup(void);
/* NULL gives null; what is not UTF-8 is replaced. NULL when memory runs out, as jansson's own. */
json_t *json_text(const char *text);
/* NaN and infinity give null. */
json_t *json_number(double value);
json_t *json_whole(size_t value);
/* x, y, width, height, score. */
json_t *json_box(const vultus_face *face);
/* [[x,y], ...] */
json_t *json_landmarks(const vultus_face *face);
json_t *json_shape(const vultus_face *face);
json_t *json_quality(const vultus_face *face);
/* {"neutral":0.9, ...}; null where it is not known. */
json_t *json_expression(const vultus_attributes *attributes);

/* Takes the value and writes one line; NULL is an allocation that failed before, and is reported.
 * False when the line could not be made. */
bool json_line(FILE *file, json_t *value, int digits);

#endif
