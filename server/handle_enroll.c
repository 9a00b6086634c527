/* Enrolment: a picture and a name in; the answer goes out once the face is on the disk. */
#include "body.h"
#include "handlers.h"
#include "reply.h"
#include "service.h"

#include "answers/json_decisions.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

static const char *const named_fields[] = {"image", "name", NULL};
static const char *const plain_fields[] = {"image", NULL};

static void refuse(struct request *request, const vultus_sample *sample)
{
    const vultus_face *face = vultus_sample_face(sample);
    json_t *details = json_pack("{s:o}", "faces", json_whole(vultus_sample_face_count(sample)));
    if (face)
        details = json_joined(json_joined(details, json_box(face)),
                              json_pack("{s:o}", "quality", json_quality(face)));
    reply_face(request, verdict_key(vultus_sample_verdict(sample)), vultus_sample_reason(sample),
               details);
}

static void answer(struct request *request, const char *name, const vultus_sample *sample,
                   const vultus_enrolled *enrolled)
{
    const vultus_face *face = vultus_sample_face(sample);
    if (enrolled->duplicate && strcmp(enrolled->name, name) != 0) {
        reply_error(request, ERROR_OTHER_NAME, "this picture is already enrolled as %s",
                    enrolled->name);
        return;
    }
    json_t *value = json_pack("{s:s, s:o, s:o, s:o, s:b}", "status",
                              enrolled->duplicate ? "already_enrolled" : "enrolled", "name",
                              json_text(name), "person", json_integer(enrolled->person), "face",
                              json_integer(enrolled->face), "new_person", enrolled->new_person);
    reply_json(request, enrolled->duplicate ? 200 : 201,
               json_joined(json_joined(value, json_box(face)),
                           json_pack("{s:o}", "quality", json_quality(face))),
               JSON_DIGITS);
}

/* The answer that was given before a restart. The gallery may have changed since, and is left alone. */
static void answer_recalled(struct request *request, const char *name, const vultus_sample *sample,
                            const struct replay *replay)
{
    vultus_enrolled enrolled = {.person = replay->person,
                                .face = replay->face,
                                .duplicate = replay->duplicate,
                                .new_person = replay->new_person};
    snprintf(enrolled.name, sizeof enrolled.name, "%s", name);
    answer(request, name, sample, &enrolled);
}

/* `replay` may be NULL. */
static void store(struct request *request, const char *name, const vultus_sample *sample,
                  struct replay *replay)
{
    vultus_gallery *gallery = NULL;
    vultus_enrolled enrolled = {0};
    vultus_error error = {0};
    uint64_t began = clock_ns();
    if (replay && replay->recalled) {
        answer_recalled(request, name, sample, replay);
        return;
    }
    vultus_status status = writer_take(request, &gallery, &error);
    if (!status) {
        status = vultus_gallery_enroll(gallery, name, NULL, sample, &enrolled, &error);
        writer_give(request);
    }
    if (!status && !strcmp(enrolled.name, name))
        replays_keep(&request->server->replays, replay, &enrolled);
    request->stages[STAGE_STORE] += clock_ns() - began;
    if (status)
        reply_failure(request, &error);
    else
        answer(request, name, sample, &enrolled);
}

/* The engine's stages are one here: it finds and embeds in one call. */
static void take(struct request *request, const char *name, const vultus_image *image,
                 struct replay *replay)
{
    vultus_sample_options options = parameters_sample(&request->parameters);
    const vultus_stop stop = request_stop(request);
    vultus_sample *sample = NULL;
    vultus_error error = {0};
    uint64_t began = clock_ns();
    options.detect.stop = options.embed.stop = &stop;
    vultus_status status =
        vultus_sample_take(request->server->engine, image, &options, &sample, &error);
    request->stages[STAGE_EMBED] += clock_ns() - began;
    if (status)
        reply_failure(request, &error);
    else if (vultus_sample_verdict(sample) != VULTUS_SAMPLE_OK)
        refuse(request, sample);
    else if (!request_late(request))
        store(request, name, sample, replay);
    vultus_sample_free(sample);
}

static void enroll(struct request *request, const char *name, const struct body *body)
{
    struct replays *replays = &request->server->replays;
    struct replay *replay = NULL;
    vultus_image *image = NULL;
    vultus_error error = {0};
    if (vultus_name_check(name, &error)) {
        reply_error(request, ERROR_BAD_NAME, "%s", error.message);
        return;
    }
    if (replays_begin(replays, request, name, &replay))
        return;
    if (body_picture(request, body, "image", &image))
        take(request, name, image, replay);
    replays_end(replays, replay, request);
    vultus_image_free(image);
}

void handle_enroll(struct request *request, struct worker *worker)
{
    struct body body = {0};
    char room[VULTUS_NAME_MAX + 1];
    (void)worker;
    if (body_read(request, named_fields, &body)) {
        const char *name = request->parameters.name;
        if (!name)
            name = body_text(&body, "name", room, sizeof room);
        if (name)
            enroll(request, name, &body);
        else
            reply_error(request, ERROR_BAD_REQUEST,
                        "whose picture is it? Give a name, in the query or in the body");
    }
    body_clear(&body);
}

void handle_enroll_more(struct request *request, struct worker *worker)
{
    struct body body = {0};
    (void)worker;
    if (body_read(request, plain_fields, &body))
        enroll(request, request->values[0], &body);
    body_clear(&body);
}
