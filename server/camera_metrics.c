/* What is counted of cameras, in the text format of Prometheus. Cameras are named by their numbers. */
#include "cameras.h"

#include <math.h>

struct measure {
    const char *name, *help, *kind;
    double (*value)(const struct camera *camera);
};

static double frames(const struct camera *camera)
{
    return (double)camera->frames;
}

static double events(const struct camera *camera)
{
    return (double)camera->events;
}

static double reconnects(const struct camera *camera)
{
    return (double)camera->reconnects;
}

static double running(const struct camera *camera)
{
    return camera->state == CAMERA_RUNNING;
}

static double people(const struct camera *camera)
{
    return (double)camera->now.count;
}

static double latency(const struct camera *camera)
{
    return camera->now.latency;
}

static const struct measure measures[] = {
    {"vultus_camera_frames_total", "Frames that were looked at.", "counter", frames},
    {"vultus_camera_events_total", "Events that were told.", "counter", events},
    {"vultus_camera_reconnects_total", "Times that its source was lost.", "counter", reconnects},
    {"vultus_camera_running", "1 while frames come.", "gauge", running},
    {"vultus_camera_people", "Faces on the screen.", "gauge", people},
    {"vultus_camera_latency_seconds", "From a frame's decoding to its answer.", "gauge", latency},
};

static vultus_status write(const struct cameras *cameras, const struct measure *measure,
                           struct buffer *out, vultus_error *error)
{
    vultus_status status = buffer_print(out, error, "# HELP %s %s\n# TYPE %s %s\n", measure->name,
                                        measure->help, measure->name, measure->kind);
    for (const struct camera *each = cameras->first; !status && each; each = each->next) {
        double value = measure->value(each);
        if (!isnan(value))
            status = buffer_print(out, error, "%s{camera=\"%lld\"} %.9g\n", measure->name,
                                  (long long)each->number, value);
    }
    return status;
}

vultus_status cameras_measure(struct cameras *cameras, struct buffer *out, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    pthread_mutex_lock(&cameras->lock);
    for (size_t i = 0; !status && cameras->first && i < sizeof measures / sizeof *measures; i++)
        status = write(cameras, &measures[i], out, error);
    pthread_mutex_unlock(&cameras->lock);
    return status;
}
