/* See json_events.h. Nobody is null. A visit is text: numbers of 63 bits are not safe in every reader of JSON. */
#include "answers/json_events.h"
#include "base/base64.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>

static json_t *picture_of(const vultus_event_record *record)
{
    char *text = base64_encode(record->picture, record->picture_size);
    json_t *value = text ? json_string(text) : NULL;
    mem_free(text);
    return value;
}

json_t *json_event_record(const vultus_event_record *record, bool picture)
{
    const vultus_box *box = &record->box;
    char visit[20];
    snprintf(visit, sizeof visit, "%016" PRIx64, record->visit);
    json_t *value = json_pack("{s:I, s:s, s:o, s:s, s:s, s:o, s:o, s:o, s:o}", "id",
                              (json_int_t)record->id, "at", record->at, "expires",
                              record->expires[0] ? json_string(record->expires) : json_null(),
                              "event", vultus_event_text(record->kind), "visit", visit, "camera",
                              json_text(record->camera), "track", json_whole(record->track),
                              "person", record->person ? json_integer(record->person) : json_null(),
                              "name", json_text(record->name));
    if (value && record->kind == VULTUS_EVENT_CHANGED)
        value = json_joined(value, json_pack("{s:o}", "before", json_text(record->before)));
    if (value)
        value = json_joined(
            value,
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "similarity",
                      json_number((double)record->similarity), "far",
                      json_number((double)record->far), "quality",
                      json_number((double)record->quality), "time", json_number(record->time),
                      "frame", json_whole(record->frame), "x", json_number((double)box->x), "y",
                      json_number((double)box->y), "width", json_number((double)box->width),
                      "height", json_number((double)box->height), "frame_width",
                      json_whole(record->width), "frame_height", json_whole(record->height),
                      "picture_bytes", json_whole(record->picture_size)));
    if (value && picture && record->picture)
        value = json_joined(value, json_pack("{s:o}", "picture", picture_of(record)));
    return value;
}
