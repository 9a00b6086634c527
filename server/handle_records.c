/* The faces of somebody, and corrections: whose they are, and whom a picture does not show. */
#include "body.h"
#include "handlers.h"
#include "reply.h"
#include "service.h"

#include "answers/json_people.h"

static const char *const into_fields[] = {"into", NULL};
static const char *const refuse_fields[] = {"face", "image", NULL};

void handle_faces(struct request *request, struct worker *worker)
{
    vultus_face_records records = {0};
    vultus_error error = {0};
    if (vultus_gallery_faces(worker->gallery, request->values[0], &records, &error)) {
        reply_failure(request, &error);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; list && i < records.count; i++)
        list = json_appended(list, json_record(&records.items[i]));
    reply_json(request, 200, json_pack("{s:s, s:o}", "name", request->values[0], "faces", list),
               JSON_DIGITS);
    vultus_face_records_clear(&records);
}

/* The best picture of somebody, by the quality of the face. */
void handle_portrait(struct request *request, struct worker *worker)
{
    vultus_face_records records = {0};
    vultus_error error = {0};
    const vultus_face_record *best = NULL;
    if (vultus_gallery_faces(worker->gallery, request->values[0], &records, &error)) {
        reply_failure(request, &error);
        return;
    }
    for (size_t i = 0; i < records.count; i++) {
        const vultus_face_record *record = &records.items[i];
        if (record->thumbnail_size &&
            (!best || record->face.quality.score > best->face.quality.score))
            best = record;
    }
    if (best)
        reply_picture(request, best);
    else
        reply_error(request, ERROR_NOT_FOUND, "%.200s has no picture", request->values[0]);
    vultus_face_records_clear(&records);
}

static void move(struct request *request, int64_t face, const char *into)
{
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    vultus_status status = writer_take(request, &gallery, &error);
    if (!status) {
        status = vultus_gallery_move(gallery, face, into, &error);
        writer_give(request);
    }
    if (status)
        reply_failure(request, &error);
    else
        reply_json(request, 200,
                   json_pack("{s:o, s:o}", "face", json_integer(face), "name", json_text(into)),
                   JSON_DIGITS);
}

void handle_move(struct request *request, struct worker *worker)
{
    struct body body = {0};
    int64_t face;
    (void)worker;
    if (path_number(request, request->values[0], &face) && body_read(request, into_fields, &body)) {
        const char *into = body_text(&body, "into", NULL, 0);
        if (into && !vultus_name_check(into, NULL))
            move(request, face, into);
        else
            reply_error(request, ERROR_BAD_NAME, "into has to be the name of somebody");
    }
    body_clear(&body);
}

/* ------------------------------------------------------------------ whom a picture does not show */

static void note(struct request *request, vultus_gallery *gallery, const uint8_t picture[32],
                 bool refuse)
{
    vultus_error error = {0};
    if (vultus_gallery_refuse(gallery, request->values[0], picture, refuse, &error))
        reply_failure(request, &error);
    else
        reply_empty(request, 204);
}

static void note_face(struct request *request, int64_t face, bool refuse)
{
    vultus_gallery *gallery = NULL;
    uint8_t picture[32];
    vultus_error error = {0};
    if (writer_take(request, &gallery, &error)) {
        reply_failure(request, &error);
        return;
    }
    if (vultus_gallery_face_picture(gallery, face, picture, &error))
        reply_failure(request, &error);
    else
        note(request, gallery, picture, refuse);
    writer_give(request);
}

static void note_image(struct request *request, const vultus_image *image)
{
    vultus_gallery *gallery = NULL;
    uint8_t picture[32];
    vultus_error error = {0};
    if (vultus_image_id(image, picture, &error) || writer_take(request, &gallery, &error)) {
        reply_failure(request, &error);
        return;
    }
    note(request, gallery, picture, true);
    writer_give(request);
}

void handle_refuse(struct request *request, struct worker *worker)
{
    struct body body = {0};
    vultus_image *image = NULL;
    (void)worker;
    if (body_read(request, refuse_fields, &body)) {
        const json_t *face = json_object_get(body.json, "face");
        if (face && json_object_size(body.json) == 1 && json_integer_value(face) > 0)
            note_face(request, json_integer_value(face), true);
        else if (face)
            reply_error(request, ERROR_BAD_REQUEST, "give the number of a face, or a picture");
        else if (body_picture(request, &body, "image", &image))
            note_image(request, image);
    }
    vultus_image_free(image);
    body_clear(&body);
}

void handle_allow(struct request *request, struct worker *worker)
{
    int64_t face;
    (void)worker;
    if (path_number(request, request->values[1], &face))
        note_face(request, face, false);
}
