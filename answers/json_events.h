/* Events that a gallery keeps, as JSON: in answers, over HTTP, and in what webhooks are sent. */
#ifndef ANSWERS_JSON_EVENTS_H
#define ANSWERS_JSON_EVENTS_H

#include "answers/json_values.h"

/* "picture" is the JPEG in base64 where the record has it and `picture` is set; "picture_bytes" says how large it is. */
json_t *json_event_record(const vultus_event_record *record, bool picture);

#endif
