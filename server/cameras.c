/* See cameras.h. Whoever changes something holds `changes` for all of it and may wait for threads; `lock` is only held
 * for moments, as the thread of connections takes it too. */
#include "cameras.h"
#include "journal.h"
#include "service.h"

#include "base/clock.h"
#include "base/wait.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct camera *cameras_find(struct cameras *cameras, int64_t number)
{
    struct camera *camera = cameras->first;
    while (camera && camera->number != number)
        camera = camera->next;
    return camera;
}

int64_t cameras_of(struct cameras *cameras, const char *gallery)
{
    pthread_mutex_lock(&cameras->lock);
    const struct camera *camera = cameras->first;
    while (camera && strcmp(camera->settings.gallery, gallery) != 0)
        camera = camera->next;
    int64_t number = camera ? camera->number : 0;
    pthread_mutex_unlock(&cameras->lock);
    return number;
}

/* ------------------------------------------------------------------ threads, with `changes` */

static vultus_status start(struct camera *camera, vultus_error *error)
{
    struct cameras *cameras = camera->all;
    pthread_mutex_lock(&cameras->lock);
    bool running = camera->running;
    pthread_mutex_unlock(&cameras->lock);
    if (running)
        return VULTUS_OK;
    if (camera->threaded)
        pthread_join(camera->thread, NULL);
    camera->threaded = false;
    atomic_store(&camera->stop, false);
    pthread_mutex_lock(&cameras->lock);
    camera->now = (struct camera_now){.latency = NAN};
    camera->state = camera->allowed ? CAMERA_STARTING : CAMERA_FAILED;
    snprintf(camera->reason, sizeof camera->reason, "%s",
             camera->allowed ? "" : "the server's settings do not allow this source any more");
    camera->running = camera->allowed;
    pthread_mutex_unlock(&cameras->lock);
    if (!camera->allowed)
        return VULTUS_OK;
    camera->threaded = !pthread_create(&camera->thread, NULL, camera_run, camera);
    if (camera->threaded)
        return VULTUS_OK;
    pthread_mutex_lock(&cameras->lock);
    camera->running = false;
    camera->state = CAMERA_FAILED;
    snprintf(camera->reason, sizeof camera->reason, "a thread cannot be started");
    pthread_mutex_unlock(&cameras->lock);
    return status_set(error, VULTUS_ERR_INTERNAL, "a thread cannot be started");
}

static void ask_to_stop(struct camera *camera)
{
    pthread_mutex_lock(&camera->all->lock);
    atomic_store(&camera->stop, true);
    pthread_cond_broadcast(&camera->all->ended);
    pthread_mutex_unlock(&camera->all->lock);
}

/* Until its thread has ended, or `deadline` (clock_ns) has passed. */
static vultus_status stop(struct camera *camera, uint64_t deadline, vultus_error *error)
{
    struct cameras *cameras = camera->all;
    bool early = true;
    ask_to_stop(camera);
    pthread_mutex_lock(&cameras->lock);
    while (camera->running && early)
        early = wait_until(&cameras->ended, &cameras->lock, deadline);
    bool ended = !camera->running;
    if (ended) {
        camera->state = CAMERA_STOPPED;
        camera->reason[0] = '\0';
    }
    pthread_mutex_unlock(&cameras->lock);
    if (!ended)
        return status_set(error, VULTUS_ERR_BUSY, "the camera has not stopped yet");
    if (camera->threaded)
        pthread_join(camera->thread, NULL);
    camera->threaded = false;
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ changes */

/* With `changes`, which is given back where it fails. */
static vultus_status take(struct cameras *cameras, int64_t number, struct camera **out,
                          vultus_error *error)
{
    pthread_mutex_lock(&cameras->changes);
    *out = cameras_find(cameras, number); /* the list is only changed with `changes` */
    if (*out && cameras->open)
        return VULTUS_OK;
    pthread_mutex_unlock(&cameras->changes);
    return *out ? status_set(error, VULTUS_ERR_CANCELLED, "the server is stopping")
                : status_set(error, VULTUS_ERR_NOT_FOUND, "there is no camera %lld",
                             (long long)number);
}

static vultus_status check_name(struct cameras *cameras, const char *name,
                                const struct camera *except, vultus_error *error)
{
    for (const struct camera *each = cameras->first; each; each = each->next)
        if (each != except && !strcmp(each->settings.name, name))
            return status_set(error, VULTUS_ERR_EXISTS, "there is a camera %.100s already", name);
    return VULTUS_OK;
}

static vultus_status check_source(const struct cameras *cameras, const char *source,
                                  vultus_error *error)
{
    return camera_source_allowed(&cameras->patterns, source)
               ? VULTUS_OK
               : status_set(error, VULTUS_ERR_MISMATCH,
                            "the server's settings do not allow this source (--camera-source)");
}

static vultus_status check_room(const struct cameras *cameras, vultus_error *error)
{
    size_t count = 0;
    for (const struct camera *each = cameras->first; each; each = each->next)
        count++;
    return count < CAMERAS_MAX
               ? VULTUS_OK
               : status_set(error, VULTUS_ERR_LIMIT, "there are %d cameras already", CAMERAS_MAX);
}

static void add_last(struct cameras *cameras, struct camera *camera)
{
    pthread_mutex_lock(&cameras->lock);
    struct camera **at = &cameras->first;
    while (*at)
        at = &(*at)->next;
    camera->number = ++cameras->last;
    *at = camera;
    pthread_mutex_unlock(&cameras->lock);
}

static void take_out(struct camera *camera)
{
    struct cameras *cameras = camera->all;
    pthread_mutex_lock(&cameras->lock);
    struct camera **at = &cameras->first;
    while (*at != camera)
        at = &(*at)->next;
    *at = camera->next;
    pthread_mutex_unlock(&cameras->lock);
}

vultus_status cameras_add(struct cameras *cameras, const struct camera_settings *settings, bool run,
                          int64_t *number, vultus_error *error)
{
    struct camera *camera = NULL;
    pthread_mutex_lock(&cameras->changes);
    vultus_status status = check_source(cameras, settings->source, error);
    if (!status)
        status = check_name(cameras, settings->name, NULL, error);
    if (!status)
        status = check_room(cameras, error);
    if (!status && !(camera = camera_new(cameras, settings)))
        status = status_memory(error, "a camera");
    if (!status) {
        camera->wanted = run;
        add_last(cameras, camera);
        *number = camera->number;
        status = cameras_save(cameras, error);
        if (status) {
            take_out(camera);
            camera_free(camera);
        } else if (run && cameras->open)
            status = start(camera, error);
    }
    pthread_mutex_unlock(&cameras->changes);
    return status;
}

/* What runs goes on with the new settings from its beginning. */
vultus_status cameras_change(struct cameras *cameras, int64_t number,
                             const struct camera_settings *settings, uint64_t deadline,
                             vultus_error *error)
{
    struct camera *camera;
    vultus_status status = take(cameras, number, &camera, error);
    if (status)
        return status;
    const struct camera_settings *old = &camera->settings;
    bool moved = strcmp(old->source, settings->source) != 0;
    if (camera->configured && (moved || strcmp(old->name, settings->name) != 0))
        status = status_set(error, VULTUS_ERR_MISMATCH,
                            "name and source of this camera are in the server's settings");
    if (!status && moved)
        status = check_source(cameras, settings->source, error);
    if (!status)
        status = check_name(cameras, settings->name, camera, error);
    if (!status)
        status = stop(camera, deadline, error);
    if (!status) {
        pthread_mutex_lock(&cameras->lock);
        camera->settings = *settings;
        camera->allowed |= moved;
        bool wanted = camera->wanted;
        pthread_mutex_unlock(&cameras->lock);
        status = cameras_save(cameras, error);
        if (wanted && !status)
            status = start(camera, error);
    }
    pthread_mutex_unlock(&cameras->changes);
    return status;
}

vultus_status cameras_run(struct cameras *cameras, int64_t number, bool run, uint64_t deadline,
                          vultus_error *error)
{
    struct camera *camera;
    vultus_status status = take(cameras, number, &camera, error);
    if (status)
        return status;
    pthread_mutex_lock(&cameras->lock);
    camera->wanted = run;
    bool failed = camera->state == CAMERA_FAILED; /* it waits for its next try */
    pthread_mutex_unlock(&cameras->lock);
    status = cameras_save(cameras, error);
    if (!status && (!run || failed))
        status = stop(camera, deadline, error);
    if (!status && run)
        status = start(camera, error);
    pthread_mutex_unlock(&cameras->changes);
    return status;
}

vultus_status cameras_remove(struct cameras *cameras, int64_t number, uint64_t deadline,
                             vultus_error *error)
{
    struct camera *camera;
    vultus_status status = take(cameras, number, &camera, error);
    if (status)
        return status;
    if (camera->configured)
        status = status_set(error, VULTUS_ERR_MISMATCH, "this camera is in the server's settings");
    if (!status)
        status = stop(camera, deadline, error);
    if (!status) {
        take_out(camera);
        camera_free(camera);
        status = cameras_save(cameras, error);
    }
    pthread_mutex_unlock(&cameras->changes);
    return status;
}

/* ------------------------------------------------------------------ all */

vultus_status cameras_open(struct cameras *cameras, struct server *server, vultus_error *error)
{
    const struct server_options *options = &server->options;
    *cameras =
        (struct cameras){.server = server,
                         .open = true,
                         .patterns = {options->camera_sources, options->camera_source_count}};
    wait_open(&cameras->ended);
    pthread_mutex_init(&cameras->changes, NULL);
    pthread_mutex_init(&cameras->saving, NULL);
    pthread_mutex_init(&cameras->lock, NULL);
    vultus_status status = cameras_check(options, error);
    if (!status)
        status = cameras_load(cameras, error);
    if (!status && cameras->first)
        status = cameras_save(cameras, error);
    for (struct camera *each = cameras->first; !status && each; each = each->next)
        if (each->wanted)
            status = start(each, error);
    return status;
}

void cameras_stop(struct cameras *cameras)
{
    if (!cameras->server)
        return;
    pthread_mutex_lock(&cameras->changes);
    cameras->open = false;
    for (struct camera *each = cameras->first; each; each = each->next)
        ask_to_stop(each);
    for (struct camera *each = cameras->first; each; each = each->next) {
        if (each->threaded)
            pthread_join(each->thread, NULL);
        each->threaded = false;
    }
    pthread_mutex_unlock(&cameras->changes);
}

void cameras_clear(struct cameras *cameras)
{
    if (!cameras->server)
        return;
    while (cameras->first) {
        struct camera *camera = cameras->first;
        cameras->first = camera->next;
        camera_free(camera);
    }
    pthread_cond_destroy(&cameras->ended);
    pthread_mutex_destroy(&cameras->lock);
    pthread_mutex_destroy(&cameras->saving);
    pthread_mutex_destroy(&cameras->changes);
    cameras->server = NULL;
}

void cameras_beat(struct cameras *cameras)
{
    uint64_t now = clock_ns();
    pthread_mutex_lock(&cameras->lock);
    for (struct camera *each = cameras->first; each; each = each->next)
        preview_beat(each->preview, now, cameras->server->options.heartbeat);
    pthread_mutex_unlock(&cameras->lock);
}
