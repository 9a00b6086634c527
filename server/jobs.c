/*
 * See jobs.h. A record says "queued" before anybody is told the number, and how it ended before anybody hears the end:
 * whatever happens to the process, no record claims what is not so.
 */
#include "jobs.h"
#include "job_events.h"
#include "journal.h"
#include "service.h"

#include "answers/json_values.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ the list */

struct job *jobs_find(struct jobs *jobs, const char *id, int64_t number)
{
    struct job *job = jobs->first;
    while (job && (job->number != number || strcmp(job->workspace.id, id) != 0))
        job = job->next;
    return job;
}

static void free_job(struct job *job)
{
    for (size_t i = 0; i < JOB_EVENTS_MAX; i++)
        free(job->events[i].data); /* jansson's own */
    mem_free(job);
}

void jobs_sweep(struct jobs *jobs)
{
    struct job **at = &jobs->first;
    while (*at) {
        struct job *job = *at;
        if (run_ended(job->state) && !job->readers && !job->taken) {
            *at = job->next;
            free_job(job);
        } else {
            at = &job->next;
        }
    }
}

void jobs_tell(struct jobs *jobs, struct job *job, const char *name, json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(JSON_DIGITS)) : NULL;
    json_decref(value);
    if (!text)
        return;
    pthread_mutex_lock(&jobs->lock);
    struct job_event *event = &job->events[++job->last_event % JOB_EVENTS_MAX];
    free(event->data);
    *event = (struct job_event){strcmp(name, "end") ? job->last_event : JOB_EVENT_END, name, text};
    job_streams_wake(jobs, job);
    pthread_mutex_unlock(&jobs->lock);
}

/* ------------------------------------------------------------------ records */

vultus_status jobs_record(struct job *job, enum run_state state, const char *message,
                          json_t *result, vultus_error *error)
{
    const struct job_request *request = &job->request;
    char now[32];
    journal_stamp(now);
    bool begun = job->began != 0;
    double seconds = begun ? (double)(clock_ns() - job->began) * 1e-9 : 0;
    json_t *asked = json_pack("{s:s, s:s, s:o, s:i, s:o, s:o}", "method", request->method,
                              "parameters", request->parameters, "grid",
                              request->grid[0] ? json_text(request->grid) : json_null(), "cv",
                              (int)request->folds, "far", json_number(request->far), "seed",
                              json_integer((json_int_t)request->seed));
    json_t *record = json_pack("{s:o, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "job",
                               json_integer(job->number), "state", run_state_name(state), "by",
                               json_text(request->by), "queued", job->queued, "started",
                               begun ? json_string(job->started) : json_null(), "ended",
                               run_ended(state) ? json_string(now) : json_null(), "seconds",
                               begun && run_ended(state) ? json_number(seconds) : json_null(),
                               "message", message ? json_text(message) : json_null(), "request",
                               asked, "result", result ? result : json_null());
    return runs_write(&job->workspace, job->number, record, error);
}

json_t *json_job_end(int64_t number, enum run_state state, const char *message, json_t *result)
{
    json_t *accuracy = json_object_get(result, "accuracy");
    return json_pack("{s:o, s:s, s:o, s:o}", "job", json_integer(number), "state",
                     run_state_name(state), "message", message ? json_text(message) : json_null(),
                     "accuracy", accuracy ? json_incref(accuracy) : json_null());
}

static vultus_status begin(struct job *job, vultus_error *error)
{
    vultus_status status = runs_begin(&job->workspace, &job->number, error);
    journal_stamp(job->queued);
    return status ? status : jobs_record(job, RUN_QUEUED, NULL, NULL, error);
}

/* Of a job that is taken: the record, the last event, and the workspace goes. */
static void end(struct jobs *jobs, struct job *job, enum run_state state, const char *message,
                json_t *result)
{
    vultus_error error = {0};
    json_t *told = json_job_end(job->number, state, message, result);
    if (jobs_record(job, state, message, result, &error))
        journal_say("the record of a training cannot be written: %s", error.message);
    served_forget(&jobs->server->served, job->workspace.id);
    workspace_leave(&job->workspace);
    jobs_tell(jobs, job, "end", told);
    pthread_mutex_lock(&jobs->lock);
    job->state = state;
    job->taken = false;
    job_streams_wake(jobs, job);
    jobs_sweep(jobs);
    pthread_cond_broadcast(&jobs->changed);
    pthread_mutex_unlock(&jobs->lock);
}

/* ------------------------------------------------------------------ the threads */

static bool workspace_runs(const struct jobs *jobs, const char *id)
{
    const struct job *job = jobs->first;
    while (job && !(job->state == RUN_RUNNING && !strcmp(job->workspace.id, id)))
        job = job->next;
    return job != NULL;
}

/* The first that may run; NULL: there is none. Under the lock. */
static struct job *take(struct jobs *jobs)
{
    struct job *job = jobs->first;
    while (job &&
           (job->state != RUN_QUEUED || job->taken || workspace_runs(jobs, job->workspace.id)))
        job = job->next;
    if (!job)
        return NULL;
    job->taken = true;
    job->state = RUN_RUNNING;
    jobs->waiting--;
    return job;
}

static void run(struct jobs *jobs, struct job *job)
{
    enum run_state state = RUN_FAILED;
    vultus_error error = {0};
    job->began = clock_ns();
    journal_stamp(job->started);
    json_t *result = NULL;
    if (!jobs_record(job, RUN_RUNNING, NULL, NULL, &error)) {
        jobs_tell(jobs, job, "state", json_pack("{s:s}", "state", "running"));
        result = job_train(jobs, job, &state, &error);
    }
    end(jobs, job, state, result ? NULL : error.message, result);
}

static void *work(void *context)
{
    struct jobs *jobs = context;
    pthread_mutex_lock(&jobs->lock);
    while (!jobs->stopping) {
        struct job *job = take(jobs);
        if (job) {
            pthread_mutex_unlock(&jobs->lock);
            run(jobs, job);
            pthread_mutex_lock(&jobs->lock);
        } else {
            pthread_cond_wait(&jobs->changed, &jobs->lock);
        }
    }
    pthread_mutex_unlock(&jobs->lock);
    return NULL;
}

vultus_status jobs_start(struct jobs *jobs, struct server *server, unsigned threads,
                         vultus_error *error)
{
    jobs->server = server;
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->changed, NULL);
    jobs->ready = true;
    while (jobs->thread_count < threads && jobs->thread_count < JOB_WORKERS_MAX) {
        if (pthread_create(&jobs->threads[jobs->thread_count], NULL, work, jobs))
            return status_set(error, VULTUS_ERR_INTERNAL, "a thread cannot be started");
        jobs->thread_count++;
    }
    return VULTUS_OK;
}

/* Ends those that wait, and lets those that run know; waits for the end of all of them. True: there were some. Under
 * the lock; NULL: of all workspaces. */
static bool stop_all(struct jobs *jobs, const char *id, int64_t number, enum run_state state)
{
    bool any = false, again = true;
    while (again) {
        struct job *job = jobs->first;
        while (job && (run_ended(job->state) || (number && job->number != number) ||
                       (id && strcmp(job->workspace.id, id) != 0)))
            job = job->next;
        again = job != NULL;
        any |= again;
        if (!job)
            continue;
        atomic_store(&job->stop, (int)state);
        if (job->taken) {
            pthread_cond_wait(&jobs->changed, &jobs->lock);
            continue;
        }
        job->taken = true;
        jobs->waiting--;
        pthread_mutex_unlock(&jobs->lock);
        end(jobs, job, state, NULL, NULL);
        pthread_mutex_lock(&jobs->lock);
    }
    return any;
}

void jobs_stop(struct jobs *jobs)
{
    if (!jobs->ready || jobs->stopping)
        return;
    pthread_mutex_lock(&jobs->lock);
    jobs->stopping = true;
    for (struct job *job = jobs->first; job; job = job->next)
        atomic_store(&job->stop, (int)RUN_INTERRUPTED); /* all at once */
    (void)stop_all(jobs, NULL, 0, RUN_INTERRUPTED);
    pthread_cond_broadcast(&jobs->changed);
    pthread_mutex_unlock(&jobs->lock);
    for (unsigned i = 0; i < jobs->thread_count; i++)
        pthread_join(jobs->threads[i], NULL);
}

void jobs_clear(struct jobs *jobs)
{
    if (!jobs->ready)
        return;
    jobs_stop(jobs);
    while (jobs->first) { /* that came while it stopped */
        struct job *job = jobs->first;
        jobs->first = job->next;
        if (!run_ended(job->state))
            workspace_leave(&job->workspace);
        free_job(job);
    }
    pthread_mutex_destroy(&jobs->lock);
    pthread_cond_destroy(&jobs->changed);
}

/* ------------------------------------------------------------------ for requests */

static vultus_status reserve(struct jobs *jobs, vultus_error *error)
{
    pthread_mutex_lock(&jobs->lock);
    vultus_status status =
        jobs->stopping ? status_set(error, VULTUS_ERR_CANCELLED, "the server is stopping")
        : jobs->waiting >= JOBS_QUEUE
            ? status_set(error, VULTUS_ERR_BUSY, "%d trainings wait already", JOBS_QUEUE)
            : VULTUS_OK;
    jobs->waiting += !status;
    pthread_mutex_unlock(&jobs->lock);
    return status;
}

static void append(struct jobs *jobs, struct job *job)
{
    struct job **at = &jobs->first;
    pthread_mutex_lock(&jobs->lock);
    while (*at)
        at = &(*at)->next;
    *at = job;
    pthread_cond_broadcast(&jobs->changed);
    pthread_mutex_unlock(&jobs->lock);
}

vultus_status jobs_add(struct jobs *jobs, struct workspace *workspace,
                       const struct job_request *request, int64_t *number, vultus_error *error)
{
    struct job *job = mem_zalloc(1, sizeof *job);
    vultus_status status = job ? reserve(jobs, error) : status_memory(error, "a training");
    bool reserved = !status;
    if (!status) {
        job->workspace = *workspace;
        job->request = *request;
        status = begin(job, error);
    }
    if (!status) {
        *number = job->number;
        append(jobs, job);
        return VULTUS_OK;
    }
    if (reserved) {
        pthread_mutex_lock(&jobs->lock);
        jobs->waiting--;
        pthread_mutex_unlock(&jobs->lock);
    }
    mem_free(job);
    workspace_leave(workspace);
    return status;
}

bool jobs_cancel(struct jobs *jobs, const char *id, int64_t number)
{
    pthread_mutex_lock(&jobs->lock);
    bool any = stop_all(jobs, id, number, RUN_CANCELLED);
    pthread_mutex_unlock(&jobs->lock);
    return any;
}

bool jobs_progress(struct jobs *jobs, const char *id, int64_t number, size_t *done, size_t *total)
{
    pthread_mutex_lock(&jobs->lock);
    const struct job *job = jobs_find(jobs, id, number);
    bool runs = job && !run_ended(job->state);
    *done = job ? job->done : 0;
    *total = job ? job->total : 0;
    pthread_mutex_unlock(&jobs->lock);
    return runs;
}

size_t jobs_waiting(struct jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    size_t waiting = jobs->waiting;
    pthread_mutex_unlock(&jobs->lock);
    return waiting;
}
