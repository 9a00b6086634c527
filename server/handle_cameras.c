/* Cameras: which there are and how they are, adding, changing, starting and stopping them. A camera is of a gallery, and a
 * key for others does not see it. */
#include "body.h"
#include "camera_request.h"
#include "handlers.h"
#include "journal.h"
#include "look.h"
#include "reply.h"
#include "service.h"

#include "answers/json_values.h"

#include <string.h>

static const char *const add_keys[] = {"start", NULL};
static const char *const no_keys[] = {NULL};

/* Where a camera is, is for those who may change it. */
static bool sees_all(const struct request *request)
{
    return !request->key[0] || request->scope >= SCOPE_ADMIN;
}

static void fail(struct request *request, const vultus_error *error)
{
    switch (error->code) {
    case VULTUS_ERR_LIMIT: reply_error(request, ERROR_FULL, "%s", error->message); break;
    case VULTUS_ERR_MISMATCH: reply_error(request, ERROR_NOT_ALLOWED, "%s", error->message); break;
    case VULTUS_ERR_BUSY: reply_error(request, ERROR_BUSY, "%s", error->message); break;
    case VULTUS_ERR_CANCELLED: reply_error(request, ERROR_STOPPING, "%s", error->message); break;
    default: reply_failure(request, error);
    }
}

/* ------------------------------------------------------------------ looking */

void handle_cameras(struct request *request, struct worker *worker)
{
    struct cameras *cameras = &request->server->cameras;
    json_t *list = json_array();
    (void)worker;
    pthread_mutex_lock(&cameras->lock);
    for (const struct camera *each = cameras->first; list && each; each = each->next)
        if (key_may_use(&request->bounds, each->settings.gallery))
            list = json_appended(list, json_camera(each, sees_all(request)));
    pthread_mutex_unlock(&cameras->lock);
    reply_json(request, 200,
               json_pack("{s:o, s:b}", "cameras", list, "may_add", cameras->patterns.count > 0),
               JSON_DIGITS);
}

bool camera_take(struct request *request, struct camera **out)
{
    struct cameras *cameras = &request->server->cameras;
    int64_t number;
    if (!path_number(request, request->values[0], &number))
        return false;
    pthread_mutex_lock(&cameras->lock);
    *out = cameras_find(cameras, number);
    if (*out && key_may_use(&request->bounds, (*out)->settings.gallery))
        return true;
    pthread_mutex_unlock(&cameras->lock);
    if (*out)
        reply_error(request, ERROR_FORBIDDEN, "this key is not for the gallery of this camera");
    else
        reply_error(request, ERROR_NOT_FOUND, "there is no camera %lld", (long long)number);
    return false;
}

void camera_give(struct request *request)
{
    pthread_mutex_unlock(&request->server->cameras.lock);
}

static void answer(struct request *request, unsigned status, int64_t number)
{
    struct cameras *cameras = &request->server->cameras;
    pthread_mutex_lock(&cameras->lock);
    const struct camera *camera = cameras_find(cameras, number);
    json_t *value = camera ? json_camera(camera, sees_all(request)) : NULL;
    pthread_mutex_unlock(&cameras->lock);
    if (camera)
        reply_json(request, status, value, JSON_DIGITS);
    else
        reply_error(request, ERROR_NOT_FOUND, "there is no camera %lld", (long long)number);
}

/* Its number, once it is known that the key is for it. */
static bool number_of(struct request *request, int64_t *out)
{
    struct camera *camera;
    if (!camera_take(request, &camera))
        return false;
    *out = camera->number;
    camera_give(request);
    return true;
}

void handle_camera(struct request *request, struct worker *worker)
{
    int64_t number;
    (void)worker;
    if (number_of(request, &number))
        answer(request, 200, number);
}

/* ------------------------------------------------------------------ changing */

/* False: the reply says what is wrong. */
static bool read_settings(struct request *request, const struct body *body, const char *const *own,
                          struct camera_settings *settings)
{
    char message[CAMERA_MESSAGE_SIZE] = "";
    struct gallery_spot spot;
    vultus_error error = {0};
    if (!body->json)
        reply_error(request, ERROR_BAD_REQUEST, "the body has to be JSON");
    else if (!camera_settings_read(body->json, own, settings, message))
        reply_error(request, ERROR_BAD_REQUEST, "%s", message);
    else if (!settings->source[0])
        reply_error(request, ERROR_BAD_REQUEST, "a camera needs a source");
    else if (!key_may_use(&request->bounds, settings->gallery))
        reply_error(request, ERROR_FORBIDDEN, "this key is not for the gallery %s",
                    settings->gallery);
    else if (galleries_find(&request->server->galleries, settings->gallery, &spot, &error))
        reply_failure(request, &error);
    else
        return settings->require_live <= 0 || look_can_live(request);
    return false;
}

static void note(const struct request *request, int64_t number, const char *what)
{
    char actor[SHELF_ACTOR_SIZE];
    writer_actor(request, actor);
    journal_say("camera %lld was %s by %s", (long long)number, what, actor);
}

void handle_add_camera(struct request *request, struct worker *worker)
{
    struct body body = {0};
    struct camera_settings settings;
    vultus_error error = {0};
    int64_t number;
    (void)worker;
    camera_settings_default(&settings);
    if (body_read(request, NULL, &body) && read_settings(request, &body, add_keys, &settings)) {
        const json_t *start = json_object_get(body.json, "start");
        if (start && !json_is_boolean(start))
            reply_error(request, ERROR_BAD_REQUEST, "start is neither true nor false");
        else if (cameras_add(&request->server->cameras, &settings, !json_is_false(start), &number,
                             &error))
            fail(request, &error);
        else {
            note(request, number, "added");
            answer(request, 201, number);
        }
    }
    body_clear(&body);
}

void handle_change_camera(struct request *request, struct worker *worker)
{
    struct cameras *cameras = &request->server->cameras;
    struct body body = {0};
    struct camera_settings settings;
    struct camera *camera;
    vultus_error error = {0};
    (void)worker;
    if (!body_read(request, NULL, &body) || !camera_take(request, &camera)) {
        body_clear(&body);
        return;
    }
    int64_t number = camera->number;
    settings = camera->settings;
    camera_give(request);
    if (read_settings(request, &body, no_keys, &settings)) {
        if (cameras_change(cameras, number, &settings, request->deadline, &error))
            fail(request, &error);
        else {
            note(request, number, "changed");
            answer(request, 200, number);
        }
    }
    body_clear(&body);
}

static void run(struct request *request, bool start)
{
    vultus_error error = {0};
    int64_t number;
    if (!number_of(request, &number))
        return;
    if (cameras_run(&request->server->cameras, number, start, request->deadline, &error))
        fail(request, &error);
    else {
        note(request, number, start ? "started" : "stopped");
        answer(request, 200, number);
    }
}

void handle_start_camera(struct request *request, struct worker *worker)
{
    (void)worker;
    run(request, true);
}

void handle_stop_camera(struct request *request, struct worker *worker)
{
    (void)worker;
    run(request, false);
}

void handle_remove_camera(struct request *request, struct worker *worker)
{
    vultus_error error = {0};
    int64_t number;
    (void)worker;
    if (!number_of(request, &number))
        return;
    if (cameras_remove(&request->server->cameras, number, request->deadline, &error))
        fail(request, &error);
    else {
        note(request, number, "removed");
        reply_empty(request, 204);
    }
}
