/* Events of videos, as JSON. */
#ifndef ANSWERS_JSON_VIDEO_H
#define ANSWERS_JSON_VIDEO_H

#include "answers/json_values.h"

/* track, recognition, name, second, similarity, far, x, y, width, height, score, quality, since, seen, looks. */
json_t *json_visitor(const vultus_visitor *visitor);
/* event, source, time, frame and the visitor; of changed: before. */
json_t *json_event(const vultus_event *event);

#endif
