/*
 * The thread of a camera: it is watched until somebody stops it. Live sources connect again by themselves; what ends with an
 * error is tried again after a while, and a recording that has ended is over, or begins again.
 */
#include "cameras.h"
#include "journal.h"
#include "service.h"

#include "base/clock.h"
#include "base/wait.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define NICENESS 5 /* requests are answered before frames, and trainings come last */
#define AGAIN_SECONDS 30
#define SHORTEST 1.0 /* seconds that a recording which begins again takes at least */

struct run { /* one go */
    struct camera *camera;
    uint64_t began; /* clock_ns() of what is second 0 of the source; 0: no frame came yet */
    struct recorder *recorder; /* NULL: events are not kept */
    struct recorder_camera from;
    atomic_bool lost; /* an event could not be kept */
};

static bool is_stopped(void *context)
{
    const struct run *run = context;
    return atomic_load(&run->camera->stop) || atomic_load(&run->lost);
}

/* Why it failed: of the source what was said, of anything else only the log has more. Under the lock. */
static void set_reason(struct camera *camera, const vultus_error *error)
{
    vultus_status code = error->code;
    bool source = code == VULTUS_ERR_IO || code == VULTUS_ERR_FORMAT || code == VULTUS_ERR_LIMIT ||
                  code == VULTUS_ERR_NOT_FOUND || code == VULTUS_ERR_ARGUMENT;
    if (source)
        camera_reason(camera, error->message);
    else
        snprintf(camera->reason, sizeof camera->reason, "%s; the server's log says more",
                 vultus_status_text(code));
}

static void fail(struct camera *camera, const vultus_error *error)
{
    pthread_mutex_lock(&camera->all->lock);
    camera->state = CAMERA_FAILED;
    set_reason(camera, error);
    pthread_mutex_unlock(&camera->all->lock);
    journal_say("camera %lld: %s", (long long)camera->number, error->message);
}

/* Until then, or until somebody stops it. */
static void rest_until(struct camera *camera, uint64_t time)
{
    bool early = true;
    pthread_mutex_lock(&camera->all->lock);
    while (early && !atomic_load(&camera->stop))
        early = wait_until(&camera->all->ended, &camera->all->lock, time);
    pthread_mutex_unlock(&camera->all->lock);
}

/* ------------------------------------------------------------------ what the library calls */

/* Recordings are shown as fast as they were taken: a frame that came too early waits. Those of live sources never do. */
static void pace(struct run *run, double time)
{
    uint64_t now = clock_ns(), after = (uint64_t)(fmax(time, 0) * 1e9);
    if (!run->began)
        run->began = now - (after < now ? after : now);
    if (now < run->began + after)
        rest_until(run->camera, run->began + after);
}

static void on_frame(void *context, const vultus_watched_frame *frame)
{
    struct run *run = context;
    pace(run, frame->time);
    camera_frame(run->camera, frame);
}

static void on_event(void *context, const vultus_event *event)
{
    struct run *run = context;
    struct camera *camera = run->camera;
    pthread_mutex_lock(&camera->all->lock);
    camera->events++;
    pthread_mutex_unlock(&camera->all->lock);
    if (run->recorder && recorder_add(run->recorder, event, &run->from, NULL))
        atomic_store(&run->lost, true); /* recorder_close says why */
}

static void on_notice(void *context, size_t source, const char *line)
{
    const struct run *run = context;
    struct camera *camera = run->camera;
    (void)source;
    pthread_mutex_lock(&camera->all->lock);
    camera->reconnects += camera->state == CAMERA_RUNNING;
    if (camera->state == CAMERA_RUNNING)
        camera->state = CAMERA_RECONNECTING;
    camera->noticed = clock_ns();
    camera->now.count = 0;
    camera_reason(camera, line);
    pthread_mutex_unlock(&camera->all->lock);
}

/* ------------------------------------------------------------------ one go */

static vultus_status open_gallery(const struct camera *camera, vultus_gallery **out,
                                  vultus_error *error)
{
    struct server *server = camera->all->server;
    struct gallery_spot spot;
    const vultus_gallery_options options = {.read_only = true,
                                            .must_exist = true,
                                            .key_file = server->options.key_file,
                                            .templates = server->options.templates,
                                            .search_files = true};
    vultus_status status =
        galleries_find(&server->galleries, camera->settings.gallery, &spot, error);
    return status ? status : vultus_gallery_open(spot.place, &options, out, error);
}

static vultus_status watch(struct run *run, vultus_error *error)
{
    struct camera *camera = run->camera;
    const struct camera_settings *settings = &camera->settings;
    const char *const sources[] = {settings->source};
    const vultus_watch_options options = {.threads = 1,
                                          .rate = settings->fps,
                                          .interval = settings->interval,
                                          .confirm = (unsigned)settings->confirm,
                                          .absence = settings->absence,
                                          .cooldown = settings->cooldown,
                                          .decision.min_live = (float)settings->require_live,
                                          .patient = true,
                                          .event = on_event,
                                          .frame = on_frame,
                                          .notice = on_notice,
                                          .stop = is_stopped,
                                          .context = run};
    struct server *server = camera->all->server;
    vultus_gallery *gallery = NULL;
    run->from = (struct recorder_camera){.name = settings->name, .run = recorder_run()};
    vultus_status status = open_gallery(camera, &gallery, error);
    if (!status && settings->record)
        status = keeping_recorder(&server->keeping, settings->gallery, &run->recorder, error);
    if (!status)
        status = vultus_watch(server->engine, gallery, sources, 1, &options, NULL, error);
    vultus_status kept = recorder_close(run->recorder, status ? NULL : error);
    vultus_gallery_close(gallery);
    return status ? status : kept;
}

/* Nobody is on the screen any more. */
static void show_nothing(struct camera *camera)
{
    pthread_mutex_lock(&camera->all->lock);
    camera->now.count = 0;
    camera->now.latency = NAN;
    pthread_mutex_unlock(&camera->all->lock);
    preview_end(camera->preview);
}

static void give_up(struct camera *camera)
{
    pthread_mutex_lock(&camera->all->lock);
    camera->wanted = false;
    camera->state = CAMERA_STOPPED;
    snprintf(camera->reason, sizeof camera->reason, "the recording has ended");
    pthread_mutex_unlock(&camera->all->lock);
    cameras_save(camera->all, NULL);
}

/* False: it is over. */
static bool go(struct camera *camera)
{
    struct run run = {.camera = camera};
    vultus_error error = {0};
    uint64_t began = clock_ns();
    preview_begin(camera->preview);
    vultus_status status = watch(&run, &error);
    if (atomic_load(&camera->stop))
        return false;
    if (status) {
        show_nothing(camera);
        fail(camera, &error);
        rest_until(camera, clock_ns() + AGAIN_SECONDS * (uint64_t)1000000000u);
        return !atomic_load(&camera->stop);
    }
    if (camera->settings.repeat)
        rest_until(camera, began + (uint64_t)(SHORTEST * 1e9));
    else
        give_up(camera);
    return camera->settings.repeat && !atomic_load(&camera->stop);
}

void *camera_run(void *context)
{
    struct camera *camera = context;
    (void)setpriority(PRIO_PROCESS, 0,
                      NICENESS); /* of this thread and those that it starts, as Linux has it */
    while (go(camera))
        ;
    show_nothing(camera);
    pthread_mutex_lock(&camera->all->lock);
    camera->running = false;
    pthread_cond_broadcast(&camera->all->ended);
    pthread_mutex_unlock(&camera->all->lock);
    return NULL;
}
