/* Workspaces: which there are, what is in one, its labels, and erasing. */
#include "handlers.h"
#include "reply.h"
#include "service.h"
#include "workspace_request.h"

#include "answers/json_people.h"
#include "base/clock.h"

#include <string.h>

#define ALONE_SECONDS 5 /* that a worker waits for others who use a workspace */

/* ------------------------------------------------------------------ which there are */

/* A page begins behind an id, not at a number. */
void handle_workspaces(struct request *request, struct worker *worker)
{
    const char *after = request->parameters.after;
    struct file_list ids = {0};
    vultus_error error = {0};
    size_t from = 0;
    (void)worker;
    if (workspaces_list(&request->server->workspaces, &ids, &error)) {
        reply_failure(request, &error);
        return;
    }
    while (after && from < ids.count && strcmp(ids.items[from], after) <= 0)
        from++;
    size_t end = from + request->parameters.limit;
    end = end < ids.count ? end : ids.count;
    json_t *list = json_array();
    for (size_t i = from; list && i < end; i++)
        list = json_appended(list, json_pack("{s:s}", "workspace", ids.items[i]));
    reply_json(request, 200,
               json_pack("{s:o, s:o, s:o}", "workspaces", list, "total", json_whole(ids.count),
                         "next",
                         end < ids.count && end ? json_text(ids.items[end - 1]) : json_null()),
               JSON_DIGITS);
    file_list_clear(&ids);
}

/* ------------------------------------------------------------------ one */

static json_t *json_labels(const vultus_people *people, size_t *images)
{
    json_t *list = json_array();
    *images = 0;
    for (size_t i = 0; list && i < people->count; i++) {
        list =
            json_appended(list, json_pack("{s:o, s:o}", "label", json_text(people->items[i].name),
                                          "images", json_whole(people->items[i].faces)));
        *images += people->items[i].faces;
    }
    return list;
}

static size_t count_done(const json_t *records)
{
    size_t i, count = 0;
    const json_t *record;
    json_array_foreach(records, i, record) count += run_state(record) == RUN_DONE;
    return count;
}

static void answer(struct request *request, const struct workspace *workspace,
                   vultus_gallery *gallery)
{
    vultus_people people = {0};
    struct run_choice choice = {0};
    json_t *records = NULL;
    vultus_error error = {0};
    size_t images = 0;
    vultus_status status = vultus_gallery_people(gallery, &people, &error);
    if (!status)
        status = runs_list(workspace, &records, &error);
    if (!status)
        status = runs_serving(workspace, vultus_engine_embedder(request->server->engine), &choice,
                              &error);
    if (status)
        reply_failure(request, &error);
    else {
        json_t *labels = json_labels(&people, &images);
        reply_json(request, 200,
                   json_pack("{s:s, s:o, s:o, s:o, s:o, s:b}", "workspace", workspace->id, "labels",
                             labels, "images", json_whole(images), "runs",
                             json_whole(count_done(records)), "serving",
                             choice.serving ? json_integer(choice.serving) : json_null(), "chosen",
                             choice.chosen != 0),
                   JSON_DIGITS);
    }
    json_decref(records);
    vultus_people_clear(&people);
}

void handle_workspace(struct request *request, struct worker *worker)
{
    struct workspace workspace;
    vultus_gallery *gallery = NULL;
    (void)worker;
    if (!workspace_take_gallery(request, &workspace, &gallery))
        return;
    answer(request, &workspace, gallery);
    workspace_give_gallery(&workspace, gallery);
}

/* What trains in it ends first; what else is being asked of it is waited for. */
void handle_erase_workspace(struct request *request, struct worker *worker)
{
    struct server *server = request->server;
    struct workspace workspace;
    vultus_error error = {0};
    (void)worker;
    (void)jobs_cancel(&server->jobs, request->values[0], 0);
    uint64_t patience = clock_ns() + ALONE_SECONDS * (uint64_t)1000000000u;
    request->deadline = patience < request->deadline ? patience : request->deadline;
    if (!workspace_take(request, WORKSPACE_ALONE, &workspace))
        return;
    served_forget(&server->served, workspace.id);
    if (workspace_erase(&workspace, &error))
        reply_failure(request, &error);
    else
        reply_empty(request, 204);
    workspace_leave(&workspace);
}

/* ------------------------------------------------------------------ labels */

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

static vultus_status erase_label(struct request *request, const struct workspace *workspace,
                                 vultus_gallery *gallery, json_t **removed, vultus_error *error)
{
    const char *label = request->values[1];
    vultus_face_records records = {0};
    int64_t first = INT64_MAX;
    vultus_status status = vultus_gallery_faces(gallery, label, &records, error);
    for (size_t i = 0; i < records.count; i++)
        first = records.items[i].id < first ? records.items[i].id : first;
    vultus_face_records_clear(&records);
    if (!status)
        status = vultus_gallery_delete(gallery, label, error);
    return status ? status : workspace_unlearn(request, workspace, first, removed, error);
}

void handle_erase_label(struct request *request, struct worker *worker)
{
    struct workspace workspace;
    vultus_gallery *gallery = NULL;
    json_t *removed = NULL;
    vultus_error error = {0};
    (void)worker;
    if (!workspace_take_gallery(request, &workspace, &gallery))
        return;
    if (erase_label(request, &workspace, gallery, &removed, &error))
        reply_failure(request, &error);
    else
        reply_json(request, 200, json_pack("{s:o}", "runs_removed", removed), JSON_DIGITS);
    workspace_give_gallery(&workspace, gallery);
}
