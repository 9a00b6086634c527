/* The runs of a workspace: comparing them, which one serves, erasing one. */
#include "body.h"
#include "handlers.h"
#include "reply.h"
#include "service.h"
#include "workspace_request.h"

#include "answers/json_training.h"

static const char *const serving_fields[] = {"run", NULL};

/* Records have people by number, so that names are where they are protected: in the model. */
static vultus_status name_confusion(const struct workspace *workspace, int64_t number,
                                    json_t *record, vultus_error *error)
{
    char path[FILE_PATH_MAX];
    vultus_classifier *classifier = NULL;
    json_t *cell;
    size_t i;
    vultus_status status = runs_model(workspace, number, path, sizeof path, error);
    if (!status)
        status = vultus_classifier_read_sealed(path, workspace->all->key_file, &classifier, error);
    if (status == VULTUS_ERR_FORMAT) /* nothing that was sent: the file is ours */
        status = status_set(error, VULTUS_ERR_DATABASE, "the model of run %lld is damaged",
                            (long long)number);
    json_array_foreach(json_object_get(json_object_get(record, "result"), "confusion"), i, cell)
    {
        static const char *const sides[] = {"truth", "answer"};
        for (size_t k = 0; !status && k < 2; k++) {
            size_t person = (size_t)json_integer_value(json_object_get(cell, sides[k]));
            if (json_object_set_new(cell, sides[k], json_confused(classifier, person)))
                status = status_memory(error, "a run");
        }
    }
    vultus_classifier_free(classifier);
    return status;
}

/* Of a record that is done. */
static json_t *json_run(const json_t *record, const struct run_choice *choice, bool brief)
{
    int64_t number = json_integer_value(json_object_get(record, "job"));
    return json_joined(
        workspace_record(json_deep_copy(record), brief),
        json_pack("{s:o, s:b}", "run", json_integer(number), "serving", number == choice->serving));
}

static void answer_runs(struct request *request, const json_t *records,
                        const struct run_choice *choice)
{
    json_t *list = json_array();
    const json_t *record;
    size_t i;
    json_array_foreach(records, i, record) if (run_state(record) == RUN_DONE) list =
        json_appended(list, json_run(record, choice, true));
    reply_json(request, 200,
               json_pack("{s:o, s:o, s:b}", "runs", list, "serving",
                         choice->serving ? json_integer(choice->serving) : json_null(), "chosen",
                         choice->chosen != 0),
               JSON_DIGITS);
}

void handle_runs(struct request *request, struct worker *worker)
{
    struct workspace workspace;
    struct run_choice choice = {0};
    json_t *records = NULL;
    vultus_error error = {0};
    (void)worker;
    if (!workspace_take(request, WORKSPACE_THERE, &workspace))
        return;
    if (runs_list(&workspace, &records, &error) ||
        runs_serving(&workspace, vultus_engine_embedder(request->server->engine), &choice, &error))
        reply_failure(request, &error);
    else
        answer_runs(request, records, &choice);
    json_decref(records);
    workspace_leave(&workspace);
}

/* A run that is done, or NULL: the reply says that there is none. */
static json_t *read_run(struct request *request, const struct workspace *workspace, int64_t number)
{
    json_t *record = NULL;
    vultus_error error = {0};
    if (runs_read(workspace, number, &record, &error)) {
        reply_failure(request, &error);
        return NULL;
    }
    if (run_state(record) == RUN_DONE)
        return record;
    reply_error(request, ERROR_NOT_FOUND, "job %lld has made no run", (long long)number);
    json_decref(record);
    return NULL;
}

void handle_run(struct request *request, struct worker *worker)
{
    struct workspace workspace;
    struct run_choice choice = {0};
    json_t *record = NULL;
    int64_t number;
    vultus_error error = {0};
    (void)worker;
    if (!workspace_number(request, &number) ||
        !workspace_take(request, WORKSPACE_THERE, &workspace))
        return;
    record = read_run(request, &workspace, number);
    if (record && name_confusion(&workspace, number, record, &error))
        reply_failure(request, &error);
    else if (record && runs_serving(&workspace, vultus_engine_embedder(request->server->engine),
                                    &choice, &error))
        reply_failure(request, &error);
    else if (record)
        reply_json(request, 200, json_run(record, &choice, false), JSON_DIGITS);
    json_decref(record);
    workspace_leave(&workspace);
}

/* The record of what was never done goes the same way. */
void handle_erase_run(struct request *request, struct worker *worker)
{
    struct workspace workspace;
    json_t *record = NULL;
    int64_t number;
    vultus_error error = {0};
    (void)worker;
    if (!workspace_number(request, &number) ||
        !workspace_take(request, WORKSPACE_THERE, &workspace))
        return;
    vultus_status status = runs_read(&workspace, number, &record, &error);
    if (!status && !run_ended(run_state(record)))
        reply_error(request, ERROR_IN_PROGRESS, "job %lld has not ended; cancel it first",
                    (long long)number);
    else if (!status)
        status = runs_remove(&workspace, number, &error);
    served_forget(&request->server->served, workspace.id);
    if (status)
        reply_failure(request, &error);
    else if (!request->reply.status)
        reply_empty(request, 204);
    json_decref(record);
    workspace_leave(&workspace);
}

static void choose(struct request *request, const struct workspace *workspace, int64_t number)
{
    const char *embedder = vultus_engine_embedder(request->server->engine);
    struct run_choice choice = {0};
    vultus_error error = {0};
    vultus_status status = runs_choose(workspace, embedder, number, &error);
    served_forget(&request->server->served, workspace->id);
    if (!status)
        status = runs_serving(workspace, embedder, &choice, &error);
    if (status)
        reply_failure(request, &error);
    else
        reply_json(request, 200,
                   json_pack("{s:o, s:b}", "serving",
                             choice.serving ? json_integer(choice.serving) : json_null(), "chosen",
                             choice.chosen != 0),
                   JSON_DIGITS);
}

void handle_serving(struct request *request, struct worker *worker)
{
    struct body body = {0};
    struct workspace workspace;
    (void)worker;
    if (body_read(request, serving_fields, &body)) {
        const json_t *run = json_object_get(body.json, "run");
        if (!json_is_null(run) && !(json_is_integer(run) && json_integer_value(run) > 0))
            reply_error(request, ERROR_BAD_REQUEST,
                        "run has to be the number of a run, or null for the best");
        else if (workspace_take(request, WORKSPACE_THERE, &workspace)) {
            choose(request, &workspace, json_integer_value(run));
            workspace_leave(&workspace);
        }
    }
    body_clear(&body);
}
