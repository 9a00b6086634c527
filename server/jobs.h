/*
 * Trainings in the background: a bounded queue, threads of their own, and what happens meanwhile as events. A job holds
 * its workspace until it ends; of one workspace one job runs at a time. Jobs that have ended are records of runs.h.
 */
#ifndef SERVER_JOBS_H
#define SERVER_JOBS_H

#include "runs.h"
#include "server.h"

#include "base/memory.h"

#include <stdatomic.h>

#define JOBS_QUEUE 16          /* that wait; a training takes seconds to minutes */
#define JOB_EVENTS_MAX 256     /* of one job that are kept, the latest */
#define JOB_EVENT_END 1000000u /* the id of the last event of every job, also after a restart */
#define JOB_TEXT_MAX 1023      /* bytes of a grid */

struct server;

struct job_request { /* what is to be trained */
    char by[64];     /* who asked, as in histories */
    char method[32];
    char parameters[VULTUS_PARAMETERS_MAX + 1],
        grid[JOB_TEXT_MAX + 1]; /* "" where there are none */
    unsigned folds;
    float far;
    uint64_t seed;
};

struct job_event {
    uint64_t id;      /* from 1 */
    const char *name; /* static */
    char *data;       /* JSON on one line; free() */
};

struct job {
    struct job *next;
    struct workspace workspace;
    int64_t number;
    struct job_request request;
    enum run_state state;
    bool taken;      /* by a thread that runs or ends it */
    atomic_int stop; /* 0, or the run_state in which it is to end */
    size_t done, total;
    char queued[32], started[32];
    uint64_t began;                          /* clock_ns */
    struct job_event events[JOB_EVENTS_MAX]; /* a ring: event i is at i % JOB_EVENTS_MAX */
    uint64_t last_event;
    unsigned readers;
};

struct job_stream; /* job_events.h */

struct jobs {
    struct server *server;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct job *first; /* in the order of their coming */
    size_t waiting;
    struct job_stream *streams;
    size_t stream_count;
    pthread_t threads[JOB_WORKERS_MAX];
    unsigned thread_count;
    bool ready, stopping;
};

vultus_status jobs_start(struct jobs *jobs, struct server *server, unsigned threads,
                         vultus_error *error) VULTUS_MUST_USE;
/* Interrupts what waits and runs, and ends the threads. Streams that are open get their last event. */
void jobs_stop(struct jobs *jobs);
void jobs_clear(struct jobs *jobs);

/* Takes the workspace, also after a failure. BUSY: JOBS_QUEUE wait already. EXISTS: too many runs are kept.
 * CANCELLED: the server stops. */
vultus_status jobs_add(struct jobs *jobs, struct workspace *workspace,
                       const struct job_request *request, int64_t *number,
                       vultus_error *error) VULTUS_MUST_USE;
/* Ends a job (0: all) of a workspace, and waits until it has ended. False: there is none. */
bool jobs_cancel(struct jobs *jobs, const char *id, int64_t number);
/* How far a job is; false: it is none that waits or runs. */
bool jobs_progress(struct jobs *jobs, const char *id, int64_t number, size_t *done, size_t *total);
size_t jobs_waiting(struct jobs *jobs);

/* What the last event of a job says. */
json_t *json_job_end(int64_t number, enum run_state state, const char *message, json_t *result);

/* What job_train.c and job_events.c use. */
/* Forgets the jobs that have ended and that nobody listens to. Under the lock. */
void jobs_sweep(struct jobs *jobs);
struct job *jobs_find(struct jobs *jobs, const char *id, int64_t number); /* under the lock */
/* Adds an event, and wakes who waits for it. Takes the value; what cannot be kept for want of memory is passed over. */
void jobs_tell(struct jobs *jobs, struct job *job, const char *name, json_t *value);
/* Writes the record; `result` (may be NULL) is taken, `message` may be NULL. */
vultus_status jobs_record(struct job *job, enum run_state state, const char *message,
                          json_t *result, vultus_error *error) VULTUS_MUST_USE;
/* job_train.c: all of a training. The result, or NULL and the state in which it ended, with the error. */
json_t *job_train(struct jobs *jobs, struct job *job, enum run_state *state, vultus_error *error);

#endif
