/* Faces by their numbers: listing, looking at one and at its picture, deleting it, and giving some to somebody else. */
#include "body.h"
#include "handlers.h"
#include "reply.h"
#include "service.h"

#include "answers/json_people.h"

#include <string.h>

#define SPLIT_MAX 1000 /* faces of one request */

static const char *const split_fields[] = {"faces", "into", NULL};

static json_t *json_named(const vultus_named_faces *faces, size_t i)
{
    return json_joined(json_pack("{s:o}", "name", json_text(faces->names[i])),
                       json_record(&faces->items[i]));
}

void handle_all_faces(struct request *request, struct worker *worker)
{
    const size_t limit = request->parameters.limit;
    vultus_named_faces faces = {0};
    vultus_error error = {0};
    if (vultus_gallery_faces_from(worker->gallery, (int64_t)request->parameters.after_face + 1,
                                  limit + 1, &faces, &error)) {
        reply_failure(request, &error);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; list && i < faces.count && i < limit; i++)
        list = json_appended(list, json_named(&faces, i));
    json_t *next = faces.count > limit ? json_integer(faces.items[limit - 1].id) : json_null();
    reply_json(request, 200, json_pack("{s:o, s:o}", "faces", list, "next", next), JSON_DIGITS);
    vultus_named_faces_clear(&faces);
}

/* The one face whose number stands in the path. False: the reply says what is wrong. */
static bool find(struct request *request, const char *number, vultus_gallery *gallery,
                 vultus_named_faces *out)
{
    vultus_error error = {0};
    int64_t id;
    if (!path_number(request, number, &id))
        return false;
    if (!vultus_gallery_face(gallery, id, out, &error))
        return true;
    reply_failure(request, &error);
    return false;
}

void handle_single_face(struct request *request, struct worker *worker)
{
    vultus_named_faces face = {0};
    if (find(request, request->values[0], worker->gallery, &face))
        reply_json(request, 200, json_named(&face, 0), JSON_DIGITS);
    vultus_named_faces_clear(&face);
}

void handle_single_picture(struct request *request, struct worker *worker)
{
    vultus_named_faces face = {0};
    if (find(request, request->values[0], worker->gallery, &face))
        reply_picture(request, &face.items[0]);
    vultus_named_faces_clear(&face);
}

void handle_face_picture(struct request *request, struct worker *worker)
{
    vultus_named_faces face = {0};
    if (find(request, request->values[1], worker->gallery, &face)) {
        if (strcmp(face.names[0], request->values[0]) != 0)
            reply_error(request, ERROR_NOT_FOUND, "%.200s has no such face", request->values[0]);
        else
            reply_picture(request, &face.items[0]);
    }
    vultus_named_faces_clear(&face);
}

/* ------------------------------------------------------------------ changes */

void handle_delete_face(struct request *request, struct worker *worker)
{
    (void)worker;
    writer_erase(request, vultus_gallery_delete_face);
}

static void split(struct request *request, const int64_t *faces, size_t count, const char *into)
{
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    vultus_status status = writer_take(request, &gallery, &error);
    if (!status) {
        status = vultus_gallery_split(gallery, request->values[0], faces, count, into, &error);
        writer_give(request);
    }
    if (status)
        reply_failure(request, &error);
    else
        reply_json(request, 200, json_pack("{s:o}", "name", json_text(into)), JSON_DIGITS);
}

void handle_split(struct request *request, struct worker *worker)
{
    struct body body = {0};
    int64_t faces[SPLIT_MAX];
    size_t count = 0;
    (void)worker;
    if (body_read(request, split_fields, &body) &&
        body_numbers(request, &body, "faces", faces, SPLIT_MAX, &count)) {
        const char *into = body_text(&body, "into", NULL, 0);
        if (into && !vultus_name_check(into, NULL))
            split(request, faces, count, into);
        else
            reply_error(request, ERROR_BAD_NAME, "into has to be the name of somebody");
    }
    body_clear(&body);
}
