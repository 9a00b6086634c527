/* Workspaces: which there are, what is in one, and erasing it. */
#include "handlers.h"
#include "reply.h"
#include "service.h"
#include "workspace_request.h"

#include "base/clock.h"
#include "base/memory.h"

#include <string.h>

#define ALONE_SECONDS 5 /* that a worker waits for others who use a workspace */

/* ------------------------------------------------------------------ which there are */

/* Of one that cannot be read nothing is told but that it is there; nothing of one that is being erased. */
static json_t *json_counts(struct request *request, const char *id)
{
    vultus_gallery_stats stats = {0};
    vultus_gallery *gallery = NULL;
    struct run_choice choice = {0};
    struct workspace workspace;
    char actor[SHELF_ACTOR_SIZE];
    vultus_status status = workspace_enter(&request->server->workspaces, id, WORKSPACE_THERE,
                                           request->deadline, &workspace, NULL);
    if (status)
        return status == VULTUS_ERR_MEMORY ? NULL : json_null();
    writer_actor(request, actor);
    status = workspace_gallery(&workspace, actor, &gallery, NULL);
    if (!status)
        status = vultus_gallery_statistics(gallery, &stats, NULL);
    if (!status)
        status = runs_serving(&workspace, vultus_engine_embedder(request->server->engine), &choice,
                              NULL);
    json_t *counts =
        json_pack("{s:s, s:o, s:o, s:o, s:o}", "workspace", id, "label_count",
                  status ? json_null() : json_whole(stats.people), "images",
                  status ? json_null() : json_whole(stats.faces), "runs",
                  status ? json_null() : json_whole(choice.done), "serving",
                  !status && choice.serving ? json_integer(choice.serving) : json_null());
    vultus_gallery_stats_clear(&stats);
    workspace_give_gallery(&workspace, gallery);
    return counts;
}

/* Those that the key is for, instead of all. */
static void keep_own(const struct key_bounds *bounds, struct file_list *ids)
{
    size_t kept = 0;
    for (size_t i = 0; i < ids->count; i++)
        if (key_may_enter(bounds, true, ids->items[i])) {
            char *id = ids->items[i];
            ids->items[i] = ids->items[kept];
            ids->items[kept++] = id;
        }
    while (ids->count > kept)
        mem_free(ids->items[--ids->count]);
}

static void answer_page(struct request *request, const struct file_list *ids)
{
    const char *after = request->parameters.after;
    size_t from = 0;
    while (after && from < ids->count && strcmp(ids->items[from], after) <= 0)
        from++;
    size_t end = from + request->parameters.limit;
    end = end < ids->count ? end : ids->count;
    json_t *list = json_array();
    for (size_t i = from; list && i < end; i++) {
        if (request_late(request)) {
            json_decref(list);
            return;
        }
        json_t *counts = json_counts(request, ids->items[i]);
        if (!json_is_null(counts))
            list = json_appended(list, counts);
    }
    reply_json(request, 200,
               json_pack("{s:o, s:o, s:o}", "workspaces", list, "total", json_whole(ids->count),
                         "next",
                         end < ids->count && end ? json_text(ids->items[end - 1]) : json_null()),
               JSON_DIGITS);
}

/* A page begins behind an id, not at a number. */
void handle_workspaces(struct request *request, struct worker *worker)
{
    struct file_list ids = {0};
    vultus_error error = {0};
    (void)worker;
    if (request->key[0] && request->scope < SCOPE_ADMIN && !request->bounds.workspaces.count) {
        reply_error(request, ERROR_FORBIDDEN,
                    "the list of all workspaces is for keys of scope admin");
        return;
    }
    if (workspaces_list(&request->server->workspaces, &ids, &error)) {
        reply_failure(request, &error);
    } else {
        keep_own(&request->bounds, &ids);
        answer_page(request, &ids);
    }
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

static void answer(struct request *request, const struct workspace *workspace,
                   vultus_gallery *gallery)
{
    vultus_people people = {0};
    struct run_choice choice = {0};
    vultus_error error = {0};
    size_t images = 0;
    vultus_status status = vultus_gallery_people(gallery, &people, &error);
    if (!status)
        status = runs_serving(workspace, vultus_engine_embedder(request->server->engine), &choice,
                              &error);
    if (status)
        reply_failure(request, &error);
    else {
        json_t *labels = json_labels(&people, &images);
        reply_json(request, 200,
                   json_pack("{s:s, s:o, s:o, s:o, s:o, s:b}", "workspace", workspace->id, "labels",
                             labels, "images", json_whole(images), "runs", json_whole(choice.done),
                             "serving", choice.serving ? json_integer(choice.serving) : json_null(),
                             "chosen", choice.chosen != 0),
                   JSON_DIGITS);
    }
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
