/* See json_video.h. Nobody is null. */
#include "answers/json_video.h"

#include <math.h>

static json_t *name_of(const char *name)
{
    return name && name[0] ? json_text(name) : json_null();
}

json_t *json_visitor(const vultus_visitor *visitor)
{
    const vultus_box *box = &visitor->box;
    return json_pack(
        "{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "track",
        json_whole(visitor->track), "recognition", vultus_recognition_text(visitor->recognition),
        "name", name_of(visitor->name), "second", name_of(visitor->second), "similarity",
        json_number(visitor->similarity), "far", json_number(visitor->far), "x",
        json_number(box->x), "y", json_number(box->y), "width", json_number(box->width), "height",
        json_number(box->height), "score", json_number(visitor->score), "quality",
        json_number(visitor->quality), "since", json_number(visitor->since), "seen",
        json_number(visitor->seen), "looks", json_whole(visitor->looks), "live",
        isnan(visitor->live) ? json_null() : json_live(visitor->live, visitor->live_threshold));
}

json_t *json_event(const vultus_event *event)
{
    json_t *value = json_pack("{s:s, s:o, s:o, s:o}", "event", vultus_event_text(event->kind),
                              "source", json_text(event->address), "time", json_number(event->time),
                              "frame", json_whole(event->frame));
    if (value && event->kind == VULTUS_EVENT_CHANGED)
        value = json_joined(value, json_pack("{s:o}", "before", name_of(event->before)));
    return value ? json_joined(value, json_visitor(&event->visitor)) : NULL;
}
