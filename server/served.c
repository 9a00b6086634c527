/* See served.h. Files are read outside the lock; what was read while something changed serves its one request. */
#include "served.h"

#include "base/memory.h"

#include <string.h>

void served_init(struct served *served)
{
    *served = (struct served){0};
    pthread_mutex_init(&served->lock, NULL);
}

static void free_model(struct served_model *model)
{
    vultus_classifier_free(model->classifier);
    mem_free(model);
}

void served_clear(struct served *served)
{
    while (served->first) {
        struct served_model *model = served->first;
        served->first = model->next;
        free_model(model);
    }
    pthread_mutex_destroy(&served->lock);
}

static struct served_model **find(struct served *served, const char *id)
{
    struct served_model **at = &served->first;
    while (*at && ((*at)->stale || strcmp((*at)->id, id) != 0))
        at = &(*at)->next;
    return at;
}

static void push(struct served *served, struct served_model *model)
{
    model->next = served->first;
    served->first = model;
}

/* What nobody uses and is stale, or is behind the first SERVED_MAX. */
static void sweep(struct served *served)
{
    struct served_model **at = &served->first;
    for (size_t i = 0; *at; i++) {
        struct served_model *model = *at;
        if (!model->users && (model->stale || i >= SERVED_MAX)) {
            *at = model->next;
            free_model(model);
        } else {
            at = &model->next;
        }
    }
}

static vultus_status read_model(const struct workspace *workspace, const char *embedder,
                                struct served_model *model, vultus_error *error)
{
    char path[FILE_PATH_MAX];
    memcpy(model->id, workspace->id, sizeof model->id);
    vultus_status status = runs_serving(workspace, embedder, &model->choice, error);
    if (!status && !model->choice.serving)
        return status_set(error, VULTUS_ERR_NOT_FOUND,
                          "workspace %s has no trained run; train first", workspace->id);
    if (!status)
        status = runs_model(workspace, model->choice.serving, path, sizeof path, error);
    if (!status)
        status = vultus_classifier_read_sealed(path, workspace->all->key_file, &model->classifier,
                                               error);
    if (status == VULTUS_ERR_FORMAT) /* nothing that was sent: the file is ours */
        status = status_set(error, VULTUS_ERR_DATABASE, "the model of run %lld is damaged",
                            (long long)model->choice.serving);
    return status;
}

vultus_status served_take(struct served *served, const struct workspace *workspace,
                          const char *embedder, struct served_model **out, vultus_error *error)
{
    pthread_mutex_lock(&served->lock);
    struct served_model **at = find(served, workspace->id), *model = *at;
    uint64_t changes = served->changes;
    if (model) {
        model->users++;
        *at = model->next;
        push(served, model);
    }
    pthread_mutex_unlock(&served->lock);
    if (model) {
        *out = model;
        return VULTUS_OK;
    }
    model = mem_zalloc(1, sizeof *model);
    vultus_status status =
        model ? read_model(workspace, embedder, model, error) : status_memory(error, "a model");
    if (status) {
        mem_free(model);
        return status;
    }
    model->users = 1;
    pthread_mutex_lock(&served->lock);
    model->stale = changes != served->changes || *find(served, workspace->id) != NULL;
    push(served, model);
    sweep(served);
    pthread_mutex_unlock(&served->lock);
    *out = model;
    return VULTUS_OK;
}

void served_give(struct served *served, struct served_model *model)
{
    pthread_mutex_lock(&served->lock);
    model->users--;
    sweep(served);
    pthread_mutex_unlock(&served->lock);
}

void served_forget(struct served *served, const char *id)
{
    pthread_mutex_lock(&served->lock);
    served->changes++;
    struct served_model *model = *find(served, id);
    if (model)
        model->stale = true;
    sweep(served);
    pthread_mutex_unlock(&served->lock);
}
