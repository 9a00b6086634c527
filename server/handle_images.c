/* Pictures into a workspace: many in one request, each with an answer of its own; one that cannot be used does not stop
 * the others. What is answered as accepted is on the disk. */
#include "handlers.h"
#include "reply.h"
#include "service.h"
#include "uploads.h"
#include "workspace_request.h"

#include "answers/json_decisions.h"
#include "base/clock.h"

#include <string.h>

struct intake { /* of one request */
    struct request *request;
    struct uploads uploads;
    struct workspace workspace;
    vultus_gallery *gallery; /* NULL until the first picture that can be used */
    size_t accepted;
    json_t *answers;
};

static void answer(struct intake *intake, size_t index, const char *status, const char *reason,
                   int64_t image, const vultus_face *face)
{
    json_t *value = json_pack("{s:o, s:o, s:s, s:o, s:o}", "index", json_whole(index), "label",
                              json_text(intake->uploads.items[index].label), "status", status,
                              "image", image ? json_integer(image) : json_null(), "reason",
                              reason ? json_text(reason) : json_null());
    if (face)
        value = json_joined(
            value, json_joined(json_box(face), json_pack("{s:o}", "quality", json_quality(face))));
    intake->answers = json_appended(intake->answers, value);
}

/* Of a picture that is no use; others may be. False: it is the server's trouble, and the reply says so. */
static bool refuse(struct intake *intake, size_t index, const vultus_error *error)
{
    if (error->code == VULTUS_ERR_FORMAT)
        answer(intake, index, "not_a_picture", error->message, 0, NULL);
    else if (error->code == VULTUS_ERR_LIMIT)
        answer(intake, index, "too_large", error->message, 0, NULL);
    else
        reply_failure(intake->request, error);
    return error->code == VULTUS_ERR_FORMAT || error->code == VULTUS_ERR_LIMIT;
}

/* The workspace is made with its first face. */
static bool open_gallery(struct intake *intake)
{
    char actor[KEY_ID_SIZE + 8];
    vultus_error error = {0};
    if (intake->gallery)
        return true;
    if (!workspace_take(intake->request, WORKSPACE_MADE, &intake->workspace))
        return false;
    writer_actor(intake->request, actor);
    if (!workspace_gallery(&intake->workspace, actor, &intake->gallery, &error))
        return true;
    reply_failure(intake->request, &error);
    workspace_leave(&intake->workspace);
    return false;
}

static bool store(struct intake *intake, size_t index, const vultus_sample *sample)
{
    const char *label = intake->uploads.items[index].label;
    const vultus_face *face = vultus_sample_face(sample);
    vultus_enrolled enrolled = {0};
    vultus_error error = {0};
    if (!open_gallery(intake))
        return false;
    pthread_mutex_t *changes = &intake->request->server->workspaces.changes;
    uint64_t began = clock_ns();
    pthread_mutex_lock(changes);
    vultus_status status =
        vultus_gallery_enroll(intake->gallery, label, NULL, sample, &enrolled, &error);
    pthread_mutex_unlock(changes);
    intake->request->stages[STAGE_STORE] += clock_ns() - began;
    if (status) {
        reply_failure(intake->request, &error);
        return false;
    }
    intake->accepted += !enrolled.duplicate;
    if (enrolled.duplicate && strcmp(enrolled.name, label) != 0)
        answer(intake, index, "other_label", enrolled.name, enrolled.face, face);
    else
        answer(intake, index, enrolled.duplicate ? "already_accepted" : "accepted", NULL,
               enrolled.face, face);
    return true;
}

static bool take(struct intake *intake, size_t index)
{
    const vultus_sample_options options = parameters_sample(&intake->request->parameters);
    vultus_image *image = NULL;
    vultus_sample *sample = NULL;
    vultus_error error = {0};
    if (clock_ns() >= intake->request->deadline) {
        answer(intake, index, "deadline", "the time for one request has passed; send it again", 0,
               NULL);
        return true;
    }
    if (upload_picture(intake->request, &intake->uploads, index, &image, &error))
        return refuse(intake, index, &error);
    uint64_t began = clock_ns();
    vultus_status status =
        vultus_sample_take(intake->request->server->engine, image, &options, &sample, &error);
    intake->request->stages[STAGE_EMBED] += clock_ns() - began;
    bool good = true;
    if (status)
        good = refuse(intake, index, &error);
    else if (vultus_sample_verdict(sample) == VULTUS_SAMPLE_OK)
        good = store(intake, index, sample);
    else
        answer(intake, index, verdict_key(vultus_sample_verdict(sample)),
               vultus_sample_reason(sample), 0, vultus_sample_face(sample));
    vultus_sample_free(sample);
    vultus_image_free(image);
    return good;
}

void handle_images(struct request *request, struct worker *worker)
{
    struct intake intake = {.request = request};
    (void)worker;
    if (!workspace_id_good(request->values[0])) {
        struct workspace none;
        (void)workspace_take(request, WORKSPACE_THERE, &none); /* says what an id is */
        return;
    }
    bool good = uploads_read(request, &intake.uploads);
    intake.answers = json_array();
    for (size_t i = 0; good && i < intake.uploads.count; i++)
        good = take(&intake, i);
    if (good)
        reply_json(request, intake.accepted ? 201 : 200,
                   json_pack("{s:s, s:o, s:O}", "workspace", request->values[0], "accepted",
                             json_whole(intake.accepted), "images", intake.answers),
                   JSON_DIGITS);
    if (intake.gallery)
        workspace_give_gallery(&intake.workspace, intake.gallery);
    json_decref(intake.answers);
    uploads_clear(&intake.uploads);
}
