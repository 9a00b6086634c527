/* Labels of a workspace and their pictures: listing, thumbnails, erasing. What learnt from a picture goes with it. */
#include "body.h"
#include "handlers.h"
#include "reply.h"
#include "service.h"
#include "workspace_request.h"

#include "answers/json_people.h"

void handle_label(struct request *request, struct worker *worker)
{
    struct workspace workspace;
    vultus_gallery *gallery = NULL;
    vultus_face_records records = {0};
    vultus_error error = {0};
    (void)worker;
    if (!workspace_take_gallery(request, &workspace, &gallery))
        return;
    if (vultus_gallery_faces(gallery, request->values[1], &records, &error))
        reply_failure(request, &error);
    else {
        json_t *list = json_array();
        for (size_t i = 0; list && i < records.count; i++)
            list = json_appended(list, json_record(&records.items[i]));
        reply_json(request, 200,
                   json_pack("{s:o, s:o}", "label", json_text(request->values[1]), "images", list),
                   JSON_DIGITS);
    }
    vultus_face_records_clear(&records);
    workspace_give_gallery(&workspace, gallery);
}

void handle_thumbnail(struct request *request, struct worker *worker)
{
    struct workspace workspace;
    vultus_gallery *gallery = NULL;
    vultus_named_faces face = {0};
    int64_t image;
    vultus_error error = {0};
    (void)worker;
    if (!path_number(request, request->values[1], &image) ||
        !workspace_take_gallery(request, &workspace, &gallery))
        return;
    if (vultus_gallery_face(gallery, image, &face, &error))
        reply_failure(request, &error);
    else
        reply_picture(request, &face.items[0]);
    vultus_named_faces_clear(&face);
    workspace_give_gallery(&workspace, gallery);
}

/* ------------------------------------------------------------------ erasing */

struct erasing { /* of a label, or of one of its images */
    struct request *request;
    struct workspace workspace;
    vultus_gallery *gallery;
    int64_t image; /* the first that goes */
    vultus_status (*erase)(const struct erasing *erasing, vultus_error *error);
    json_t *removed; /* runs */
};

static vultus_status erase_label(const struct erasing *erasing, vultus_error *error)
{
    return vultus_gallery_delete(erasing->gallery, erasing->request->values[1], error);
}

/* A label without a picture is none. With the lock of changes. */
static vultus_status erase_image_and_label(const struct erasing *erasing, vultus_error *error)
{
    vultus_named_faces face = {0};
    vultus_people label = {0};
    vultus_status status = vultus_gallery_face(erasing->gallery, erasing->image, &face, error);
    if (!status)
        status = vultus_gallery_person(erasing->gallery, face.names[0], &label, error);
    if (!status)
        status = label.items[0].faces > 1
                     ? vultus_gallery_delete_face(erasing->gallery, erasing->image, error)
                     : vultus_gallery_delete(erasing->gallery, face.names[0], error);
    vultus_named_faces_clear(&face);
    vultus_people_clear(&label);
    return status;
}

static vultus_status erase_image(const struct erasing *erasing, vultus_error *error)
{
    pthread_mutex_t *changes = &erasing->request->server->workspaces.changes;
    pthread_mutex_lock(changes);
    vultus_status status = erase_image_and_label(erasing, error);
    pthread_mutex_unlock(changes);
    return status;
}

/* Runs go first, so that whoever is killed leaves none that knows more than the pictures do; and once more behind them,
 * because a training may have begun in between. */
static void erase(struct erasing *erasing)
{
    struct request *request = erasing->request;
    vultus_error error = {0};
    vultus_status status = VULTUS_OK;
    if (!(erasing->removed = json_array()))
        status = status_memory(&error, "the runs of a workspace");
    if (!status)
        status = workspace_unlearn(request, &erasing->workspace, erasing->image, erasing->removed,
                                   &error);
    if (!status)
        status = erasing->erase(erasing, &error);
    if (!status)
        status = workspace_unlearn(request, &erasing->workspace, erasing->image, erasing->removed,
                                   &error);
    if (status)
        reply_failure(request, &error);
    else
        reply_json(request, 200, json_pack("{s:O}", "runs_removed", erasing->removed), JSON_DIGITS);
    json_decref(erasing->removed);
}

void handle_erase_label(struct request *request, struct worker *worker)
{
    struct erasing erasing = {.request = request, .image = INT64_MAX, .erase = erase_label};
    vultus_face_records records = {0};
    vultus_error error = {0};
    (void)worker;
    if (!workspace_take_gallery(request, &erasing.workspace, &erasing.gallery))
        return;
    vultus_status status =
        vultus_gallery_faces(erasing.gallery, request->values[1], &records, &error);
    for (size_t i = 0; i < records.count; i++)
        if (records.items[i].id < erasing.image)
            erasing.image = records.items[i].id;
    vultus_face_records_clear(&records);
    if (status)
        reply_failure(request, &error);
    else
        erase(&erasing);
    workspace_give_gallery(&erasing.workspace, erasing.gallery);
}

void handle_erase_image(struct request *request, struct worker *worker)
{
    struct erasing erasing = {.request = request, .erase = erase_image};
    vultus_named_faces face = {0};
    vultus_error error = {0};
    (void)worker;
    if (!path_number(request, request->values[1], &erasing.image) ||
        !workspace_take_gallery(request, &erasing.workspace, &erasing.gallery))
        return;
    vultus_status status = vultus_gallery_face(erasing.gallery, erasing.image, &face, &error);
    vultus_named_faces_clear(&face);
    if (status)
        reply_failure(request, &error);
    else
        erase(&erasing);
    workspace_give_gallery(&erasing.workspace, erasing.gallery);
}
