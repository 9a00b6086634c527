/* See workspace_request.h. */
#include "workspace_request.h"
#include "reply.h"
#include "service.h"

#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>

bool workspace_take(struct request *request, enum workspace_use use, struct workspace *out)
{
    vultus_error error = {0};
    vultus_status status = workspace_enter(&request->server->workspaces, request->values[0], use,
                                           request->deadline, out, &error);
    if (status == VULTUS_ERR_BUSY)
        reply_error(request, ERROR_IN_PROGRESS, "%s; try again", error.message);
    else if (status)
        reply_failure(request, &error);
    return !status;
}

bool workspace_take_gallery(struct request *request, struct workspace *out,
                            vultus_gallery **gallery)
{
    char actor[KEY_ID_SIZE + 8];
    vultus_error error = {0};
    if (!workspace_take(request, WORKSPACE_THERE, out))
        return false;
    writer_actor(request, actor);
    if (!workspace_gallery(out, actor, gallery, &error))
        return true;
    reply_failure(request, &error);
    workspace_leave(out);
    return false;
}

void workspace_give_gallery(struct workspace *workspace, vultus_gallery *gallery)
{
    vultus_gallery_close(gallery);
    workspace_leave(workspace);
}

bool workspace_number(struct request *request, int64_t *out)
{
    const char *text = request->values[1];
    char *end = NULL;
    errno = 0;
    *out = strtoll(text, &end, 10);
    if (*text >= '1' && *text <= '9' && !*end && !errno)
        return true;
    reply_error(request, ERROR_NOT_FOUND, "there is no run \"%.30s\"", text);
    return false;
}

json_t *workspace_record(json_t *record, bool brief)
{
    json_t *result = json_object_get(record, "result");
    (void)json_object_del(record, "boot");
    if (brief && result) {
        (void)json_object_del(result, "confusion");
        (void)json_object_del(result, "trials");
    }
    return record;
}

vultus_status workspace_unlearn(struct request *request, const struct workspace *workspace,
                                int64_t image, json_t *removed, vultus_error *error)
{
    json_t *records = NULL;
    const json_t *record;
    size_t i;
    (void)jobs_cancel(&request->server->jobs, workspace->id, 0); /* it may have read them already */
    vultus_status status = runs_list(workspace, &records, error);
    json_array_foreach(records, i, record)
    {
        int64_t number = json_integer_value(json_object_get(record, "job"));
        const json_t *last = json_object_get(json_object_get(record, "result"), "last_image");
        if (status || run_state(record) != RUN_DONE || json_integer_value(last) < image)
            continue;
        status = runs_remove(workspace, number, error);
        if (!status && json_array_append_new(removed, json_integer(number)))
            status = status_memory(error, "the runs of a workspace");
    }
    served_forget(&request->server->served, workspace->id);
    json_decref(records);
    return status;
}
