/* JSON values that are always valid, over jansson, and a face as JSON. What the command line and the server have
 * in common is in this folder, so that a field has one name and one meaning. */
#ifndef ANSWERS_JSON_VALUES_H
#define ANSWERS_JSON_VALUES_H

#include <jansson.h>

#include <vultus/vultus.h>

#define JSON_DIGITS 6       /* significant digits of measures */
#define JSON_FLOAT_DIGITS 9 /* enough to read the same float again */

/* Once, before the first value. */
void json_setup(void);
/* All below return NULL when memory runs out, as jansson's own. NULL gives null; what is not UTF-8 is replaced. */
json_t *json_text(const char *text);
/* NaN and infinity give null. */
json_t *json_number(double value);
json_t *json_whole(size_t value);
/* Takes `more` and puts its keys into `object`; NULL, and nothing is left of both, when one of them is. */
json_t *json_joined(json_t *object, json_t *more);
/* Appends a value to a list that may be NULL by now, and takes both when that cannot be done. */
json_t *json_appended(json_t *list, json_t *value);

/* x, y, width, height, score. */
json_t *json_box(const vultus_face *face);
/* [[x,y], ...] */
json_t *json_landmarks(const vultus_face *face);
json_t *json_shape(const vultus_face *face);
json_t *json_quality(const vultus_face *face);
/* {"score":0.93, "threshold":0.8, "passed":true} */
json_t *json_live(float score, float threshold);
/* {"neutral":0.9, ...}; null where it is not known. */
json_t *json_expression(const vultus_attributes *attributes);

#endif
