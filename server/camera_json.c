/* A camera as answers show it, under the lock of the cameras. */
#include "cameras.h"

#include "answers/json_video.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#define SECOND 1000000000.0
#define FRESH (3 * SECOND) /* nanoseconds of frames that the rate is of */

const char *camera_state_name(enum camera_state state)
{
    static const char *const names[] = {"stopped", "starting", "running", "reconnecting", "failed"};
    return names[state];
}

/* Frames a second of the latest seconds. */
static double rate_of(const struct camera_now *now)
{
    uint64_t newest = clock_ns(), oldest = newest;
    size_t count = 0, most = now->frames < CAMERA_TIMES ? now->frames : CAMERA_TIMES;
    while (count < most) {
        uint64_t time = now->times[(now->frames - 1 - count) % CAMERA_TIMES];
        if ((double)(newest - time) > FRESH)
            break;
        oldest = time;
        count++;
    }
    return count > 1 ? (double)count * SECOND / ((double)(newest - oldest) + 1) : 0;
}

static json_t *json_people_now(const struct camera_now *now)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < now->count; i++) {
        vultus_visitor visitor = now->people[i].visitor;
        visitor.name = now->people[i].name;
        visitor.second = now->people[i].second;
        list = json_appended(list, json_visitor(&visitor));
    }
    return list;
}

void camera_reason(struct camera *camera, const char *line)
{
    char shown[CAMERA_SOURCE_MAX + 1];
    vultus_source_show(camera->settings.source, shown, sizeof shown);
    size_t length = strlen(shown);
    if (!strncmp(line, shown, length) && !strncmp(line + length, ": ", 2))
        line += length + 2;
    snprintf(camera->reason, sizeof camera->reason, "%s", line);
}

json_t *json_camera(const struct camera *camera, bool all)
{
    const struct camera_now *now = &camera->now;
    bool shown = now->last[0] != '\0';
    json_t *state =
        json_pack("{s:o, s:b, s:b, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                  "camera", json_integer(camera->number), "configured", camera->configured,
                  "wanted", camera->wanted, "state", camera_state_name(camera->state), "reason",
                  camera->reason[0] ? json_text(camera->reason) : json_null(), "rate",
                  json_number(rate_of(now)), "latency", json_number(now->latency), "last_frame",
                  shown ? json_string(now->last) : json_null(), "width",
                  shown ? json_whole(now->width) : json_null(), "height",
                  shown ? json_whole(now->height) : json_null(), "frames",
                  json_whole(camera->frames), "events", json_whole(camera->events), "reconnects",
                  json_whole(camera->reconnects), "people", json_people_now(now));
    json_t *settings = json_camera_settings(&camera->settings, false);
    if (settings && !all)
        (void)json_object_set_new(settings, "source", json_null());
    return json_joined(state, settings);
}
