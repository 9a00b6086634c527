/*
 * One training: the faces of a workspace, a classifier of them, its file. On a thread that gives way to requests. What
 * is asked to stop says so within moments, and leaves nothing behind.
 */
#include "jobs.h"
#include "service.h"

#include "answers/json_training.h"
#include "base/clock.h"

#include <string.h>
#include <sys/resource.h>

#define NICENESS 10
#define PROGRESS_STEPS 100 /* events of one training */

struct rows { /* what is learnt from; grows person by person */
    float *embeddings;
    uint32_t *person;
    size_t count, capacity, dimension;
    const char **names; /* point into `people` */
    vultus_people people;
    int64_t last_image;
};

static void rows_clear(struct rows *rows)
{
    mem_free_wiped(rows->embeddings, rows->capacity * rows->dimension * sizeof *rows->embeddings);
    mem_free(rows->person);
    mem_free(rows->names);
    vultus_people_clear(&rows->people);
}

/* Room for so many more. */
static vultus_status reserve(struct rows *rows, size_t more, vultus_error *error)
{
    size_t capacity = rows->capacity ? rows->capacity : 256;
    while (capacity < rows->count + more)
        capacity *= 2;
    if (capacity == rows->capacity)
        return VULTUS_OK;
    float *embeddings = mem_array(capacity, rows->dimension * sizeof *embeddings);
    uint32_t *person = mem_array(capacity, sizeof *person);
    if (!embeddings || !person) {
        mem_free(embeddings);
        mem_free(person);
        return status_memory(error, "the embeddings of a workspace");
    }
    if (rows->count) {
        memcpy(embeddings, rows->embeddings, rows->count * rows->dimension * sizeof *embeddings);
        memcpy(person, rows->person, rows->count * sizeof *person);
    }
    mem_free_wiped(rows->embeddings, rows->capacity * rows->dimension * sizeof *embeddings);
    mem_free(rows->person);
    rows->embeddings = embeddings;
    rows->person = person;
    rows->capacity = capacity;
    return VULTUS_OK;
}

/* Faces by other embedders than the server's are passed over. */
static vultus_status add_person(struct rows *rows, vultus_gallery *gallery, uint32_t person,
                                const char *embedder, vultus_error *error)
{
    vultus_face_records faces = {0};
    vultus_status status =
        vultus_gallery_faces(gallery, rows->people.items[person].name, &faces, error);
    if (!status)
        status = reserve(rows, faces.count, error);
    for (size_t i = 0; !status && i < faces.count; i++) {
        const vultus_face_record *face = &faces.items[i];
        if (strcmp(face->embedder, embedder) != 0 || face->dimension != rows->dimension)
            continue;
        memcpy(rows->embeddings + rows->count * rows->dimension, face->embedding,
               rows->dimension * sizeof *face->embedding);
        rows->person[rows->count++] = person;
        rows->last_image = face->id > rows->last_image ? face->id : rows->last_image;
    }
    vultus_face_records_clear(&faces);
    return status;
}

static vultus_status gather(const struct job *job, const vultus_engine *engine, struct rows *out,
                            vultus_error *error)
{
    vultus_gallery *gallery = NULL;
    out->dimension = vultus_engine_dimension(engine);
    vultus_status status = workspace_gallery(&job->workspace, job->request.by, &gallery, error);
    if (!status)
        status = vultus_gallery_people(gallery, &out->people, error);
    if (!status) {
        out->names = mem_array(out->people.count, sizeof *out->names);
        status = out->names ? VULTUS_OK : status_memory(error, "the labels of a workspace");
    }
    for (uint32_t p = 0; !status && p < out->people.count; p++) {
        out->names[p] = out->people.items[p].name;
        status = add_person(out, gallery, p, vultus_engine_embedder(engine), error);
        if (!status && atomic_load(&job->stop))
            status = status_set(error, VULTUS_ERR_CANCELLED, "training was stopped");
    }
    vultus_gallery_close(gallery);
    return status;
}

/* ------------------------------------------------------------------ watching */

struct watch {
    struct jobs *jobs;
    struct job *job;
};

static void on_progress(void *context, size_t done, size_t total)
{
    const struct watch *watch = context;
    struct job *job = watch->job;
    size_t each = total / PROGRESS_STEPS + 1;
    pthread_mutex_lock(&watch->jobs->lock);
    job->done = done;
    job->total = total;
    pthread_mutex_unlock(&watch->jobs->lock);
    if (done % each == 0 || done == total)
        jobs_tell(watch->jobs, job, "progress",
                  json_pack("{s:o, s:o}", "done", json_whole(done), "total", json_whole(total)));
}

static void on_fold(void *context, const vultus_classifier_fold *fold)
{
    const struct watch *watch = context;
    jobs_tell(watch->jobs, watch->job, "fold",
              json_pack("{s:o, s:i, s:i, s:o, s:o, s:o}", "parameters", json_text(fold->parameters),
                        "fold", (int)fold->fold, "folds", (int)fold->folds, "tested",
                        json_whole(fold->tested), "accuracy", json_number(fold->accuracy),
                        "log_loss", json_number(fold->log_loss)));
}

static bool on_stop(void *context)
{
    const struct watch *watch = context;
    return atomic_load(&watch->job->stop) != 0;
}

/* ------------------------------------------------------------------ the training */

static vultus_status learn(struct watch *watch, const struct rows *rows,
                           const vultus_engine *engine, vultus_classifier **out,
                           vultus_classifier_report *report, vultus_error *error)
{
    const struct job_request *request = &watch->job->request;
    const vultus_labelled labelled = {.embeddings = rows->embeddings,
                                      .count = rows->count,
                                      .dimension = rows->dimension,
                                      .person = rows->person,
                                      .people = rows->people.count,
                                      .names = rows->names,
                                      .metric = vultus_engine_metric(engine),
                                      .raw = vultus_engine_raw(engine),
                                      .embedder = vultus_engine_embedder(engine)};
    const vultus_classifier_options options = {.method = request->method,
                                               .parameters = request->parameters,
                                               .grid = request->grid[0] ? request->grid : NULL,
                                               .folds = request->folds,
                                               .far = request->far,
                                               .seed = request->seed,
                                               .threads = 1,
                                               .training = {on_progress, on_stop, watch},
                                               .fold = on_fold};
    return vultus_classifier_train(&labelled, &options, out, report, error);
}

static vultus_status keep(const struct job *job, const vultus_classifier *classifier,
                          vultus_error *error)
{
    char path[FILE_PATH_MAX];
    if (atomic_load(&job->stop))
        return status_set(error, VULTUS_ERR_CANCELLED, "training was stopped");
    vultus_status status = runs_model(&job->workspace, job->number, path, sizeof path, error);
    return status ? status
                  : vultus_classifier_write_sealed(classifier, path, job->workspace.all->key_file,
                                                   error);
}

json_t *job_train(struct jobs *jobs, struct job *job, enum run_state *state, vultus_error *error)
{
    const vultus_engine *engine = jobs->server->engine;
    struct watch watch = {jobs, job};
    struct rows rows = {0};
    vultus_classifier *classifier = NULL;
    vultus_classifier_report report = {0};
    json_t *result = NULL;
    (void)setpriority(PRIO_PROCESS, 0, NICENESS); /* of this thread alone, as Linux has it */
    vultus_status status = runs_tidy(&job->workspace, error);
    if (!status)
        status = gather(job, engine, &rows, error);
    if (!status)
        status = learn(&watch, &rows, engine, &classifier, &report, error);
    if (!status)
        status = keep(job, classifier, error);
    if (!status) {
        result = json_joined(json_training(classifier, &report, false),
                             json_pack("{s:o}", "last_image", json_integer(rows.last_image)));
        if (!result)
            status = status_memory(error, "the record of a training");
    }
    *state = !status                          ? RUN_DONE
             : status == VULTUS_ERR_CANCELLED ? (enum run_state)atomic_load(&job->stop)
                                              : RUN_FAILED;
    rows_clear(&rows);
    vultus_classifier_report_clear(&report);
    vultus_classifier_free(classifier);
    return result;
}
