/* See watch_status.h. */
#include "watch_status.h"
#include "base/clock.h"
#include "base/file.h"
#include "console.h"

#include <stdio.h>

#define SMOOTH 0.1 /* what one frame counts in the latency */
#define SECOND UINT64_C(1000000000)

void watch_status_event(struct watch_status *status)
{
    status->events++;
}

static void count(struct watch_status *status, const vultus_watched_frame *frame, uint64_t now)
{
    double latency = (double)(now - frame->arrived) / 1e9;
    status->latency += (status->latency > 0 ? SMOOTH : 1) * (latency - status->latency);
    status->begin = status->begin ? status->begin : now;
    status->frames++;
    if (now - status->begin < SECOND)
        return;
    status->rate = (double)status->frames * 1e9 / (double)(now - status->begin);
    status->begin = now;
    status->frames = 0;
}

void watch_status_frame(struct watch_status *status, const vultus_watched_frame *frame,
                        size_t sources)
{
    size_t faces = 0;
    char what[32];
    count(status, frame, clock_ns());
    status->faces[frame->source] = 0;
    for (size_t i = 0; i < frame->count; i++)
        status->faces[frame->source] += frame->visitors[i].visible;
    for (size_t i = 0; i < sources; i++)
        faces += status->faces[i];
    if (sources > 1)
        snprintf(what, sizeof what, "%zu sources", sources);
    else
        snprintf(what, sizeof what, "%s", file_name(frame->address));
    progress_line("%s: %.1f frames/s, %.0f ms, %zu face%s, %llu event%s", what, status->rate,
                  status->latency * 1e3, faces, faces == 1 ? "" : "s",
                  (unsigned long long)status->events, status->events == 1 ? "" : "s");
}
