/*
 * Workspaces: the labels and pictures of one user each, in a gallery of their own, with what was trained on them
 * beside it: FOLDER/ID/gallery.db, run-N.json, run-N.safetensors, state.json. Whoever uses one holds it meanwhile, so
 * that it can be erased when nobody does.
 */
#ifndef SERVER_WORKSPACES_H
#define SERVER_WORKSPACES_H

#include "base/file.h"

#include <pthread.h>

#define WORKSPACE_ID_MAX 64
#define WORKSPACE_BOOT_SIZE 17 /* sixteen hexadecimal digits */

struct workspace_hold;

struct workspaces {
    char folder[FILE_PATH_MAX];
    const char *key_file; /* of their galleries; NULL: what the environment names */
    char boot
        [WORKSPACE_BOOT_SIZE]; /* of this process: what another one left unfinished is known by it */
    pthread_mutex_t lock;      /* of the holds */
    pthread_cond_t left;
    struct workspace_hold *holds;
    pthread_mutex_t records; /* of runs.c: one change of files at a time */
    pthread_mutex_t
        changes; /* of their galleries: what is accepted is not erased with a label that had its last picture */
};

struct workspace { /* that is held */
    struct workspaces *all;
    char id[WORKSPACE_ID_MAX + 1];
    char folder[FILE_PATH_MAX];
};

enum workspace_use {
    WORKSPACE_THERE, /* it has to be there */
    WORKSPACE_MADE,  /* it is made where it is not */
    WORKSPACE_ALONE /* as the first, and by nobody else: waits for those who use it, and keeps new ones away */
};

/* Where those of a gallery are: its path with "-workspaces" behind it. `gallery` and `key_file` as for
 * vultus_gallery_open. */
vultus_status workspaces_init(struct workspaces *workspaces, const char *gallery,
                              const char *key_file, vultus_error *error) VULTUS_MUST_USE;
void workspaces_clear(struct workspaces *workspaces);

/* a-z, 0-9, "_", "-" and ".", a letter or digit first, at most WORKSPACE_ID_MAX. */
bool workspace_id_good(const char *id);

/* ARGUMENT: no such id can be. NOT_FOUND. BUSY: somebody has it alone, or is still in it at `deadline` (clock_ns). */
vultus_status workspace_enter(struct workspaces *workspaces, const char *id, enum workspace_use use,
                              uint64_t deadline, struct workspace *out,
                              vultus_error *error) VULTUS_MUST_USE;
void workspace_leave(struct workspace *workspace);

/* Its gallery, in the name of who asks. */
vultus_status workspace_gallery(const struct workspace *workspace, const char *actor,
                                vultus_gallery **out, vultus_error *error) VULTUS_MUST_USE;
/* Of a workspace that is held alone: everything in it, overwritten. */
vultus_status workspace_erase(const struct workspace *workspace,
                              vultus_error *error) VULTUS_MUST_USE;
/* The ids of all, sorted. */
vultus_status workspaces_list(const struct workspaces *workspaces, struct file_list *out,
                              vultus_error *error) VULTUS_MUST_USE;

#endif
