/* Trainings of a workspace: asking for one, how far it is, what happens meanwhile, ending it. */
#include "handlers.h"
#include "job_events.h"
#include "reply.h"
#include "service.h"
#include "train_request.h"
#include "workspace_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENT_BYTES_MAX ((size_t)64 << 10)

/* ------------------------------------------------------------------ asking */

static bool enough_labels(struct request *request, const struct workspace *workspace)
{
    vultus_gallery *gallery = NULL;
    vultus_gallery_stats stats = {0};
    vultus_error error = {0};
    vultus_status status = workspace_gallery(workspace, NULL, &gallery, &error);
    if (!status)
        status = vultus_gallery_statistics(gallery, &stats, &error);
    vultus_gallery_close(gallery);
    if (status)
        reply_failure(request, &error);
    else if (stats.people < 2)
        reply_error(request, ERROR_TOO_FEW, "a training needs two labels at least; there %s %zu",
                    stats.people == 1 ? "is" : "are", stats.people);
    bool enough = !status && stats.people >= 2;
    vultus_gallery_stats_clear(&stats);
    return enough;
}

void handle_train(struct request *request, struct worker *worker)
{
    struct job_request wanted;
    struct workspace workspace;
    int64_t number = 0;
    vultus_error error = {0};
    (void)worker;
    if (!train_request_read(request, &wanted) ||
        !workspace_take(request, WORKSPACE_THERE, &workspace))
        return;
    if (!enough_labels(request, &workspace)) {
        workspace_leave(&workspace);
        return;
    }
    vultus_status status = jobs_add(&request->server->jobs, &workspace, &wanted, &number, &error);
    if (status == VULTUS_ERR_BUSY)
        reply_error(request, ERROR_BUSY, "%s", error.message);
    else if (status == VULTUS_ERR_EXISTS)
        reply_error(request, ERROR_FULL, "%s", error.message);
    else if (status == VULTUS_ERR_CANCELLED)
        reply_error(request, ERROR_STOPPING, "%s", error.message);
    else if (status)
        reply_failure(request, &error);
    else
        reply_json(request, 202,
                   json_pack("{s:s, s:o, s:s}", "workspace", request->values[0], "job",
                             json_integer(number), "state", "queued"),
                   JSON_DIGITS);
}

/* ------------------------------------------------------------------ looking */

/* The record, with how far a training is that is not over. Takes the record. */
static json_t *json_job(struct request *request, json_t *record)
{
    int64_t number = json_integer_value(json_object_get(record, "job"));
    size_t done = 0, total = 0;
    bool runs = jobs_progress(&request->server->jobs, request->values[0], number, &done, &total);
    return json_joined(workspace_record(record, true),
                       json_pack("{s:o, s:o}", "done", runs ? json_whole(done) : json_null(),
                                 "total", runs && total ? json_whole(total) : json_null()));
}

void handle_jobs(struct request *request, struct worker *worker)
{
    struct workspace workspace;
    json_t *records = NULL, *list = json_array();
    json_t *record;
    size_t i;
    vultus_error error = {0};
    (void)worker;
    if (!workspace_take(request, WORKSPACE_THERE, &workspace)) {
        json_decref(list);
        return;
    }
    if (runs_list(&workspace, &records, &error)) {
        reply_failure(request, &error);
        json_decref(list);
    } else {
        json_array_foreach(records, i, record) list =
            json_appended(list, json_job(request, json_incref(record)));
        reply_json(request, 200, json_pack("{s:o}", "jobs", list), JSON_DIGITS);
    }
    json_decref(records);
    workspace_leave(&workspace);
}

/* The record of a job; false: the reply says that there is none. */
static bool read_job(struct request *request, int64_t *number, json_t **record)
{
    struct workspace workspace;
    vultus_error error = {0};
    if (!workspace_number(request, number) || !workspace_take(request, WORKSPACE_THERE, &workspace))
        return false;
    vultus_status status = runs_read(&workspace, *number, record, &error);
    workspace_leave(&workspace);
    if (status)
        reply_failure(request, &error);
    return !status;
}

void handle_job(struct request *request, struct worker *worker)
{
    json_t *record = NULL;
    int64_t number;
    (void)worker;
    if (read_job(request, &number, &record))
        reply_json(request, 200, json_job(request, record), JSON_DIGITS);
}

void handle_cancel(struct request *request, struct worker *worker)
{
    json_t *record = NULL;
    int64_t number;
    (void)worker;
    if (!read_job(request, &number, &record))
        return;
    json_decref(record);
    record = NULL;
    (void)jobs_cancel(&request->server->jobs, request->values[0], number); /* ended: stays so */
    if (read_job(request, &number, &record))
        reply_json(request, 200, json_job(request, record), JSON_DIGITS);
}

/* ------------------------------------------------------------------ events */

/* The end of a job that is in memory no more; whoever has heard it is told not to come again. */
static void tell_end(struct request *request, json_t *record, uint64_t seen)
{
    struct buffer text;
    vultus_error error = {0};
    if (seen >= JOB_EVENT_END) {
        json_decref(record);
        reply_empty(request, 204);
        return;
    }
    json_t *end = json_job_end(
        json_integer_value(json_object_get(record, "job")), run_state(record),
        json_string_value(json_object_get(record, "message")), json_object_get(record, "result"));
    char *line = end ? json_dumps(end, JSON_COMPACT | JSON_REAL_PRECISION(JSON_DIGITS)) : NULL;
    buffer_init(&text, EVENT_BYTES_MAX);
    if (!line || job_event_print(&text, JOB_EVENT_END, "end", line, &error))
        reply_error(request, ERROR_BUSY, "not enough memory for the answer");
    else
        reply_text(request, "text/event-stream", &text);
    buffer_clear(&text);
    free(line); /* jansson's own */
    json_decref(end);
    json_decref(record);
}

void handle_events(struct request *request, struct worker *worker)
{
    uint64_t seen = strtoull(request->last_event, NULL, 10);
    json_t *record = NULL;
    int64_t number;
    vultus_error error = {0};
    (void)worker;
    if (!read_job(request, &number, &record))
        return;
    vultus_status status = job_stream_open(&request->server->jobs, request->values[0], number, seen,
                                           &request->reply.stream, &error);
    if (!status) {
        request->reply.status = 200;
        request->reply.type = "text/event-stream";
    } else if (status == VULTUS_ERR_BUSY) {
        reply_error(request, ERROR_BUSY, "%s", error.message);
    } else if (status != VULTUS_ERR_NOT_FOUND) {
        reply_failure(request, &error);
    } else {
        json_decref(record); /* it may have ended since it was read */
        if (read_job(request, &number, &record))
            tell_end(request, record, seen);
        return;
    }
    json_decref(record);
}
