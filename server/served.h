/* The models that predict: read once, shared by all workers, a bounded number of them in memory. */
#ifndef SERVER_SERVED_H
#define SERVER_SERVED_H

#include "runs.h"

#define SERVED_MAX 32 /* workspaces */

struct served_model {
    struct served_model *next; /* the latest used first */
    char id[WORKSPACE_ID_MAX + 1];
    struct run_choice choice;
    vultus_classifier *classifier;
    unsigned users;
    bool stale; /* goes with its last user */
};

struct served {
    pthread_mutex_t lock;
    struct served_model *first;
    uint64_t changes;
};

void served_init(struct served *served);
void served_clear(struct served *served);
/* The model that serves a workspace. NOT_FOUND: no run does. served_give. */
vultus_status served_take(struct served *served, const struct workspace *workspace,
                          const char *embedder, struct served_model **out,
                          vultus_error *error) VULTUS_MUST_USE;
void served_give(struct served *served, struct served_model *model);
/* Something about its runs has changed. */
void served_forget(struct served *served, const char *id);

#endif
