/*
 * What was trained in a workspace: a record and, once it is done, a model for each run, and which one serves. A record
 * is a file of its own, replaced as a whole; a run is begun by a job and has its number, which is never given again.
 *
 * A record: job, state, by, queued, started, ended, message, request (method, parameters, grid, cv, far, seed),
 * last_image, seconds, result (json_training). Whoever reads one that another process left unfinished sees it as
 * "interrupted".
 */
#ifndef SERVER_RUNS_H
#define SERVER_RUNS_H

#include "workspaces.h"

#include <jansson.h>

#define RUNS_MAX 100 /* records of one workspace; somebody has to choose what goes */

enum run_state {
    RUN_QUEUED,
    RUN_RUNNING,
    RUN_DONE,
    RUN_FAILED,
    RUN_CANCELLED,
    RUN_INTERRUPTED,
    RUN_STATES
};

struct run_choice { /* 0: none */
    int64_t serving;
    int64_t chosen; /* by somebody; else the best serves */
    size_t done;    /* runs, also those by other embedders */
};

const char *run_state_name(enum run_state state);
enum run_state run_state(const json_t *record);
/* Neither waits nor runs any more. */
bool run_ended(enum run_state state);

/* A number for a new record. EXISTS: there are RUNS_MAX. */
vultus_status runs_begin(const struct workspace *workspace, int64_t *number,
                         vultus_error *error) VULTUS_MUST_USE;
/* Takes the record, also after a failure; NULL is memory that ran out. */
vultus_status runs_write(const struct workspace *workspace, int64_t number, json_t *record,
                         vultus_error *error) VULTUS_MUST_USE;
/* NOT_FOUND. json_decref. */
vultus_status runs_read(const struct workspace *workspace, int64_t number, json_t **out,
                        vultus_error *error) VULTUS_MUST_USE;
/* All records, the latest first: an array. */
vultus_status runs_list(const struct workspace *workspace, json_t **out,
                        vultus_error *error) VULTUS_MUST_USE;
/* The record and the model. NOT_FOUND. */
vultus_status runs_remove(const struct workspace *workspace, int64_t number,
                          vultus_error *error) VULTUS_MUST_USE;
/* What is left of models that were being written when a process ended. */
vultus_status runs_tidy(const struct workspace *workspace, vultus_error *error) VULTUS_MUST_USE;

/* Where the model of a run is. */
vultus_status runs_model(const struct workspace *workspace, int64_t number, char *path, size_t size,
                         vultus_error *error) VULTUS_MUST_USE;

/* runs_serving.c. Which run serves: the chosen one, else the one with the highest accuracy, then the least log-loss,
 * then the latest, among those by this embedder. */
vultus_status runs_serving(const struct workspace *workspace, const char *embedder,
                           struct run_choice *out, vultus_error *error) VULTUS_MUST_USE;
/* Chooses one; 0: the best. NOT_FOUND: there is no such run. MISMATCH: it is by another embedder. */
vultus_status runs_choose(const struct workspace *workspace, const char *embedder, int64_t number,
                          vultus_error *error) VULTUS_MUST_USE;

#endif
