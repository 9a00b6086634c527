/* See runs.h. One change of files at a time, for all workspaces: they are small, and a training is not. */
#include "run_files.h"

#include "answers/json_values.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const state_names[RUN_STATES] = {
    [RUN_QUEUED] = "queued", [RUN_RUNNING] = "running",     [RUN_DONE] = "done",
    [RUN_FAILED] = "failed", [RUN_CANCELLED] = "cancelled", [RUN_INTERRUPTED] = "interrupted",
};

const char *run_state_name(enum run_state state)
{
    return state_names[state];
}

enum run_state run_state(const json_t *record)
{
    const char *name = json_string_value(json_object_get(record, "state"));
    for (int state = 0; name && state < RUN_STATES; state++)
        if (!strcmp(name, state_names[state]))
            return (enum run_state)state;
    return RUN_FAILED;
}

bool run_ended(enum run_state state)
{
    return state != RUN_QUEUED && state != RUN_RUNNING;
}

vultus_status runs_model(const struct workspace *workspace, int64_t number, char *path, size_t size,
                         vultus_error *error)
{
    return run_file(workspace, number, RUN_MODEL, path, size, error);
}

static vultus_status no_run(int64_t number, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_NOT_FOUND, "there is no run %lld", (long long)number);
}

/* ------------------------------------------------------------------ records */

/* What a process that is gone left unfinished will not be finished. */
static vultus_status read_record(const struct workspace *workspace, const char *path, json_t **out,
                                 vultus_error *error)
{
    json_t *record = NULL;
    vultus_status status = run_file_read(path, &record, error);
    const char *boot = json_string_value(json_object_get(record, "boot"));
    bool gone = !boot || strcmp(boot, workspace->all->boot) != 0;
    if (!status && gone && !run_ended(run_state(record)) &&
        (json_object_set_new(record, "state", json_string(state_names[RUN_INTERRUPTED])) ||
         json_object_set_new(record, "message", json_string("the server ended meanwhile"))))
        status = status_memory(error, "a record");
    if (status)
        json_decref(record);
    else
        *out = record;
    return status;
}

vultus_status runs_read(const struct workspace *workspace, int64_t number, json_t **out,
                        vultus_error *error)
{
    char path[FILE_PATH_MAX];
    vultus_status status = run_file(workspace, number, RUN_RECORD, path, sizeof path, error);
    if (!status && !file_exists(path))
        return no_run(number, error);
    return status ? status : read_record(workspace, path, out, error);
}

vultus_status runs_write(const struct workspace *workspace, int64_t number, json_t *record,
                         vultus_error *error)
{
    char path[FILE_PATH_MAX];
    vultus_status status = run_file(workspace, number, RUN_RECORD, path, sizeof path, error);
    if (record && json_object_set_new(record, "boot", json_string(workspace->all->boot))) {
        json_decref(record);
        record = NULL;
    }
    if (!status)
        return run_file_write(path, record, error);
    json_decref(record);
    return status;
}

static int latest_first(const void *a, const void *b)
{
    int64_t left = run_file_number(*(char *const *)a), right = run_file_number(*(char *const *)b);
    return (left < right) - (left > right);
}

/* The paths of records, the latest first; what is none comes last, as number 0. */
static vultus_status list_files(const struct workspace *workspace, struct file_list *files,
                                size_t *records, vultus_error *error)
{
    vultus_status status = file_list_folder(workspace->folder, FILE_LIST_FILES, files, error);
    if (!status && files->count)
        qsort(files->items, files->count, sizeof *files->items, latest_first);
    *records = 0;
    while (!status && *records < files->count && run_file_number(files->items[*records]))
        ++*records;
    return status;
}

vultus_status runs_list(const struct workspace *workspace, json_t **out, vultus_error *error)
{
    struct file_list files = {0};
    size_t count = 0;
    json_t *list = json_array();
    vultus_status status = list_files(workspace, &files, &count, error);
    for (size_t i = 0; !status && list && i < count; i++) {
        json_t *record = NULL;
        if (!read_record(workspace, files.items[i], &record,
                         NULL)) /* a damaged one is passed over */
            list = json_appended(list, record);
    }
    file_list_clear(&files);
    if (!status && !list)
        status = status_memory(error, "the runs");
    if (status)
        json_decref(list);
    else
        *out = list;
    return status;
}

vultus_status runs_begin(const struct workspace *workspace, int64_t *number, vultus_error *error)
{
    struct file_list files = {0};
    struct run_memory memory;
    size_t count = 0;
    pthread_mutex_lock(&workspace->all->records);
    vultus_status status = list_files(workspace, &files, &count, error);
    if (!status)
        status = run_memory_read(workspace, &memory, error);
    if (!status && count >= RUNS_MAX)
        status = status_set(error, VULTUS_ERR_EXISTS,
                            "%d runs are kept already; delete some of them first", RUNS_MAX);
    if (!status) {
        int64_t there = count ? run_file_number(files.items[0]) : 0;
        *number = memory.last = (there > memory.last ? there : memory.last) + 1;
        status = run_memory_write(workspace, &memory, error);
    }
    pthread_mutex_unlock(&workspace->all->records);
    file_list_clear(&files);
    return status;
}

vultus_status runs_remove(const struct workspace *workspace, int64_t number, vultus_error *error)
{
    char record[FILE_PATH_MAX], model[FILE_PATH_MAX];
    struct run_memory memory;
    pthread_mutex_lock(&workspace->all->records);
    vultus_status status = run_file(workspace, number, RUN_RECORD, record, sizeof record, error);
    if (!status && !file_exists(record))
        status = no_run(number, error);
    if (!status)
        status = run_memory_read(workspace, &memory, error);
    if (!status && memory.chosen == number) {
        memory.chosen = 0;
        status = run_memory_write(workspace, &memory, error);
    }
    if (!status)
        status = runs_model(workspace, number, model, sizeof model, error);
    if (!status) /* the model first: a record without one is nothing that is private */
        status = file_erase(model, error);
    if (!status)
        status = file_erase(record, error);
    pthread_mutex_unlock(&workspace->all->records);
    return status;
}

vultus_status runs_tidy(const struct workspace *workspace, vultus_error *error)
{
    struct file_list files = {0};
    vultus_status status = file_list_folder(workspace->folder, FILE_LIST_FILES, &files, error);
    for (size_t i = 0; !status && i < files.count; i++)
        if (strstr(file_name(files.items[i]), RUN_MODEL "."))
            status = file_erase(files.items[i], error);
    file_list_clear(&files);
    return status;
}

/* ------------------------------------------------------------------ which one serves */

static const json_t *result_of(const json_t *record)
{
    return json_object_get(record, "result");
}

static bool serves(const json_t *record, const char *embedder)
{
    const char *own = json_string_value(json_object_get(result_of(record), "embedder"));
    return run_state(record) == RUN_DONE && own && !strcmp(own, embedder);
}

/* A measure that is not known is the worst. */
static double measure(const json_t *record, const char *name, double unknown)
{
    const json_t *value = json_object_get(result_of(record), name);
    return json_is_number(value) ? json_number_value(value) : unknown;
}

static bool better(const json_t *a, const json_t *b)
{
    double left = measure(a, "accuracy", -1), right = measure(b, "accuracy", -1);
    return left > right ||
           (left == right && measure(a, "log_loss", INFINITY) < measure(b, "log_loss", INFINITY));
}

vultus_status runs_serving(const struct workspace *workspace, const char *embedder,
                           struct run_choice *out, vultus_error *error)
{
    struct run_memory memory;
    json_t *list = NULL;
    const json_t *record, *best = NULL, *chosen = NULL;
    size_t i, done = 0;
    vultus_status status = run_memory_read(workspace, &memory, error);
    if (!status)
        status = runs_list(workspace, &list, error);
    if (status)
        return status;
    json_array_foreach(list, i, record)
    {
        done += run_state(record) == RUN_DONE;
        if (!serves(record, embedder))
            continue;
        if (json_integer_value(json_object_get(record, "job")) == memory.chosen)
            chosen = record;
        if (!best || better(record, best)) /* of equal ones the latest, which comes first */
            best = record;
    }
    *out = (struct run_choice){
        .serving = json_integer_value(json_object_get(chosen ? chosen : best, "job")),
        .chosen = chosen ? memory.chosen : 0,
        .done = done};
    json_decref(list);
    return VULTUS_OK;
}

vultus_status runs_choose(const struct workspace *workspace, const char *embedder, int64_t number,
                          vultus_error *error)
{
    struct run_memory memory;
    json_t *record = NULL;
    pthread_mutex_lock(&workspace->all->records);
    vultus_status status = number ? runs_read(workspace, number, &record, error) : VULTUS_OK;
    if (!status && record && run_state(record) != RUN_DONE)
        status = no_run(number, error);
    if (!status && record && !serves(record, embedder))
        status = status_set(error, VULTUS_ERR_MISMATCH,
                            "run %lld was trained with another embedder than %s", (long long)number,
                            embedder);
    if (!status)
        status = run_memory_read(workspace, &memory, error);
    memory.chosen = number;
    if (!status)
        status = run_memory_write(workspace, &memory, error);
    pthread_mutex_unlock(&workspace->all->records);
    json_decref(record);
    return status;
}
