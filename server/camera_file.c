/*
 * Which cameras there are, in a file beside the gallery that only its owner may read, because sources have passwords. Those
 * of the configuration are in it for their numbers and settings; where they are is said by the configuration alone.
 */
#include "beside.h"
#include "cameras.h"
#include "journal.h"
#include "run_files.h"
#include "service.h"

#include "answers/json_values.h"
#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const own_keys[] = {"camera", "wanted", "configured", NULL};

struct camera *camera_new(struct cameras *cameras, const struct camera_settings *settings)
{
    struct camera *camera = mem_zalloc(1, sizeof *camera);
    if (!camera || preview_new(&cameras->previews, &camera->preview, NULL)) {
        mem_free(camera);
        return NULL;
    }
    camera->all = cameras;
    camera->settings = *settings;
    camera->now.latency = NAN;
    camera->allowed = camera_source_allowed(&cameras->patterns, settings->source);
    return camera;
}

void camera_free(struct camera *camera)
{
    preview_leave(camera->preview);
    mem_free_wiped(camera, sizeof *camera);
}

/* ------------------------------------------------------------------ writing */

static json_t *json_entry(const struct camera *camera)
{
    json_t *entry = json_camera_settings(&camera->settings, true);
    if (entry && camera->configured)
        (void)json_object_del(entry, "source");
    return json_joined(entry,
                       json_pack("{s:o, s:b, s:b}", "camera", json_integer(camera->number),
                                 "wanted", camera->wanted, "configured", camera->configured));
}

vultus_status cameras_save(struct cameras *cameras, vultus_error *error)
{
    vultus_error own = {0};
    pthread_mutex_lock(&cameras->saving);
    pthread_mutex_lock(&cameras->lock);
    json_t *list = json_array();
    for (const struct camera *each = cameras->first; list && each; each = each->next)
        list = json_appended(list, json_entry(each));
    json_t *all = json_pack("{s:o, s:o}", "last", json_integer(cameras->last), "cameras", list);
    pthread_mutex_unlock(&cameras->lock);
    vultus_status status = run_file_write(cameras->file, all, &own);
    pthread_mutex_unlock(&cameras->saving);
    if (status)
        journal_say("the cameras cannot be written down: %s", own.message);
    if (status && error)
        *error = own;
    return status;
}

/* ------------------------------------------------------------------ reading */

static void add(struct cameras *cameras, struct camera *camera)
{
    struct camera **at = &cameras->first;
    while (*at && (*at)->number < camera->number)
        at = &(*at)->next;
    camera->next = *at;
    *at = camera;
}

static vultus_status damaged(const struct cameras *cameras, const char *message,
                             vultus_error *error)
{
    return status_set(error, VULTUS_ERR_DATABASE, "%s: is damaged: %s", file_shown(cameras->file),
                      message);
}

static vultus_status read_entry(struct cameras *cameras, const json_t *entry, vultus_error *error)
{
    char message[CAMERA_MESSAGE_SIZE] = "a camera is no object";
    struct camera_settings settings;
    camera_settings_default(&settings);
    int64_t number = json_integer_value(json_object_get(entry, "camera"));
    if (!json_is_object(entry) || !camera_settings_read(entry, own_keys, &settings, message))
        return damaged(cameras, message, error);
    if (number < 1 || number > cameras->last)
        return damaged(cameras, "a number is none", error);
    struct camera *camera = camera_new(cameras, &settings);
    if (!camera)
        return status_memory(error, "a camera");
    camera->number = number;
    camera->wanted = json_is_true(json_object_get(entry, "wanted"));
    camera->configured = json_is_true(json_object_get(entry, "configured"));
    camera->allowed &= !camera->configured; /* the configuration has to name it again */
    add(cameras, camera);
    return VULTUS_OK;
}

static vultus_status read_file(struct cameras *cameras, vultus_error *error)
{
    json_t *all = NULL;
    size_t i;
    const json_t *entry;
    if (!file_exists(cameras->file))
        return VULTUS_OK;
    vultus_status status = run_file_read(cameras->file, &all, error);
    const json_t *list = json_object_get(all, "cameras");
    cameras->last = json_integer_value(json_object_get(all, "last"));
    if (!status && json_array_size(list) > CAMERAS_MAX)
        status = damaged(cameras, "too many cameras", error);
    json_array_foreach(list, i, entry) if (!status) status = read_entry(cameras, entry, error);
    json_decref(all);
    return status;
}

/* ------------------------------------------------------------------ the configuration */

static struct camera *find_name(struct cameras *cameras, const char *name)
{
    struct camera *camera = cameras->first;
    while (camera && strcmp(camera->settings.name, name) != 0)
        camera = camera->next;
    return camera;
}

/* NAME=SOURCE */
static vultus_status read_option(const char *text, struct camera_settings *out, vultus_error *error)
{
    const char *mark = strchr(text, '=');
    camera_settings_default(out);
    if (!mark || !mark[1] || strlen(mark + 1) > CAMERA_SOURCE_MAX ||
        mark - text > VULTUS_NAME_MAX || !strcmp(mark + 1, "-"))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "camera: it is NAME=SOURCE, such as door=rtsp://192.168.1.5/stream");
    snprintf(out->name, sizeof out->name, "%.*s", (int)(mark - text), text);
    snprintf(out->source, sizeof out->source, "%s", mark + 1);
    return vultus_name_check(out->name, error);
}

static vultus_status configure(struct cameras *cameras, const char *text, vultus_error *error)
{
    struct camera_settings settings;
    vultus_status status = read_option(text, &settings, error);
    if (status)
        return status;
    struct camera *camera = find_name(cameras, settings.name);
    if (camera && camera->configured && camera->allowed)
        return status_set(error, VULTUS_ERR_ARGUMENT, "camera: there are two with the name %.60s",
                          settings.name);
    if (camera) {
        memcpy(camera->settings.source, settings.source, sizeof settings.source);
    } else if (!(camera = camera_new(cameras, &settings))) {
        return status_memory(error, "a camera");
    } else {
        camera->number = ++cameras->last;
        camera->wanted = true;
        add(cameras, camera);
    }
    camera->configured = camera->allowed = true;
    return VULTUS_OK;
}

static void drop_forgotten(struct cameras *cameras)
{
    for (struct camera **at = &cameras->first; *at;) {
        struct camera *camera = *at;
        if (camera->configured && !camera->allowed) {
            *at = camera->next;
            camera_free(camera);
        } else
            at = &camera->next;
    }
}

vultus_status cameras_load(struct cameras *cameras, vultus_error *error)
{
    const struct server_options *options = &cameras->server->options;
    vultus_status status = beside_gallery(options->gallery, ".cameras", "cameras", cameras->file,
                                          sizeof cameras->file, error);
    if (!status)
        status = read_file(cameras, error);
    for (size_t i = 0; !status && i < options->camera_count; i++)
        status = configure(cameras, options->cameras[i], error);
    drop_forgotten(cameras);
    return status;
}

vultus_status cameras_check(const struct server_options *options, vultus_error *error)
{
    struct camera_settings settings;
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < options->camera_source_count; i++)
        status = camera_pattern_check(options->camera_sources[i], error);
    for (size_t i = 0; !status && i < options->camera_count; i++)
        status = read_option(options->cameras[i], &settings, error);
    return status;
}
