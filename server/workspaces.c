/* See workspaces.h. An id is a name of a folder and nothing else: what could be a path is none. */
#include "workspaces.h"
#include "beside.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/wait.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define GALLERY_FILE "gallery.db"
#define ERASED_ENDING "+erased" /* no id ends so */

struct workspace_hold { /* of one that is used */
    struct workspace_hold *next;
    char id[WORKSPACE_ID_MAX + 1];
    unsigned users;
    bool alone;
};

bool workspace_id_good(const char *id)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    size_t length = strlen(id);
    return length && length <= WORKSPACE_ID_MAX && strchr(first, *id) &&
           strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_-.") == length;
}

/* ------------------------------------------------------------------ holding */

/* Where the hold of an id is linked; at the end of the list where there is none. Under the lock. */
static struct workspace_hold **find_hold(struct workspaces *workspaces, const char *id)
{
    struct workspace_hold **at = &workspaces->holds;
    while (*at && strcmp((*at)->id, id) != 0)
        at = &(*at)->next;
    return at;
}

static vultus_status busy(const char *id, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_BUSY, "workspace %s is being used", id);
}

static vultus_status hold(struct workspaces *workspaces, const char *id, vultus_error *error)
{
    struct workspace_hold **at = find_hold(workspaces, id);
    if (*at && (*at)->alone)
        return busy(id, error);
    if (!*at) {
        struct workspace_hold *made = mem_zalloc(1, sizeof *made);
        if (!made)
            return status_memory(error, "a workspace");
        memcpy(made->id, id, strlen(id) + 1);
        *at = made;
    }
    (*at)->users++;
    return VULTUS_OK;
}

/* Until the others have left. */
static vultus_status wait_alone(struct workspaces *workspaces, const char *id, uint64_t deadline,
                                vultus_error *error)
{
    struct workspace_hold *own = *find_hold(workspaces, id);
    bool early = true;
    own->alone = true;
    while (own->users > 1 && early)
        early = wait_until(&workspaces->left, &workspaces->lock, deadline);
    if (own->users == 1)
        return VULTUS_OK;
    own->alone = false;
    return busy(id, error);
}

static void release(struct workspaces *workspaces, const char *id)
{
    struct workspace_hold **at = find_hold(workspaces, id), *gone = *at;
    if (--gone->users)
        pthread_cond_broadcast(&workspaces->left);
    else {
        *at = gone->next;
        mem_free(gone);
    }
}

vultus_status workspace_enter(struct workspaces *workspaces, const char *id, enum workspace_use use,
                              uint64_t deadline, struct workspace *out, vultus_error *error)
{
    if (!workspace_id_good(id))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "a workspace has an id of a-z, 0-9, _, - and ., at most %d, a letter or "
                          "digit first",
                          WORKSPACE_ID_MAX);
    *out = (struct workspace){.all = workspaces};
    memcpy(out->id, id, strlen(id) + 1);
    vultus_status status =
        file_join(out->folder, sizeof out->folder, workspaces->folder, id, error);
    if (status)
        return status;
    pthread_mutex_lock(&workspaces->lock);
    status = hold(workspaces, id, error);
    bool held = !status;
    if (!status && use == WORKSPACE_MADE)
        status = file_make_folders(out->folder, error);
    if (!status && !file_is_folder(out->folder))
        status = status_set(error, VULTUS_ERR_NOT_FOUND, "there is no workspace %s", id);
    if (!status && use == WORKSPACE_ALONE)
        status = wait_alone(workspaces, id, deadline, error);
    if (held && status)
        release(workspaces, id);
    pthread_mutex_unlock(&workspaces->lock);
    return status;
}

void workspace_leave(struct workspace *workspace)
{
    pthread_mutex_lock(&workspace->all->lock);
    release(workspace->all, workspace->id);
    pthread_mutex_unlock(&workspace->all->lock);
}

/* ------------------------------------------------------------------ what is in one */

vultus_status workspace_gallery(const struct workspace *workspace, const char *actor,
                                vultus_gallery **out, vultus_error *error)
{
    const vultus_gallery_options options = {.actor = actor, .key_file = workspace->all->key_file};
    char path[FILE_PATH_MAX], location[FILE_PATH_MAX + 8];
    vultus_status status = file_join(path, sizeof path, workspace->folder, GALLERY_FILE, error);
    snprintf(location, sizeof location, "sqlite:%s", status ? "" : path);
    return status ? status : vultus_gallery_open(location, &options, out, error);
}

static vultus_status erase_folder(const char *folder, vultus_error *error)
{
    struct file_list files = {0};
    vultus_status status = file_list_folder(folder, FILE_LIST_FILES | FILE_LIST_ODD, &files, error);
    for (size_t i = 0; !status && i < files.count; i++)
        status = file_erase(files.items[i], error);
    file_list_clear(&files);
    if (!status && rmdir(folder))
        status = status_set(error, VULTUS_ERR_IO, "%s: %s", file_shown(folder), strerror(errno));
    return status;
}

/* It is gone from one moment on, whenever the process ends: what is left then has a name that is no id, and is erased
 * when the next one begins. */
vultus_status workspace_erase(const struct workspace *workspace, vultus_error *error)
{
    char gone[FILE_PATH_MAX];
    int length = snprintf(gone, sizeof gone, "%s" ERASED_ENDING, workspace->folder);
    if (length < 0 || (size_t)length >= sizeof gone)
        return status_set(error, VULTUS_ERR_LIMIT, "%s: the path is too long",
                          file_shown(workspace->folder));
    vultus_status status = file_is_folder(gone) ? erase_folder(gone, error) : VULTUS_OK;
    if (status)
        return status;
    if (rename(workspace->folder, gone))
        return status_set(error, VULTUS_ERR_IO, "%s: %s", file_shown(workspace->folder),
                          strerror(errno));
    return erase_folder(gone, error);
}

static vultus_status erase_rest(const char *folder, vultus_error *error)
{
    struct file_list folders = {0};
    if (!file_is_folder(folder))
        return VULTUS_OK;
    vultus_status status = file_list_folder(folder, FILE_LIST_FOLDERS, &folders, error);
    for (size_t i = 0; !status && i < folders.count; i++)
        if (file_has_ending(folders.items[i], ERASED_ENDING))
            status = erase_folder(folders.items[i], error);
    file_list_clear(&folders);
    return status;
}

vultus_status workspaces_list(const struct workspaces *workspaces, struct file_list *out,
                              vultus_error *error)
{
    struct file_list folders = {0};
    *out = (struct file_list){0};
    if (!file_is_folder(workspaces->folder))
        return VULTUS_OK; /* nobody has made one */
    vultus_status status = file_list_folder(workspaces->folder, FILE_LIST_FOLDERS, &folders, error);
    for (size_t i = 0; !status && i < folders.count; i++)
        if (workspace_id_good(file_name(folders.items[i])))
            status = file_list_add(out, file_name(folders.items[i]), error);
    file_list_clear(&folders);
    return status;
}

/* ------------------------------------------------------------------ all */

vultus_status workspaces_init(struct workspaces *workspaces, const char *gallery,
                              const char *key_file, vultus_error *error)
{
    uint64_t boot = clock_ns();
    vultus_status status = beside_gallery(gallery, "-workspaces", "workspaces", workspaces->folder,
                                          sizeof workspaces->folder, error);
    if (!status)
        status = erase_rest(workspaces->folder, error);
    if (status) {
        workspaces->folder[0] = '\0';
        return status;
    }
    if (getrandom(&boot, sizeof boot, GRND_NONBLOCK) != (ssize_t)sizeof boot)
        boot = clock_ns() ^ (uint64_t)getpid(); /* only has to be another one each time */
    snprintf(workspaces->boot, sizeof workspaces->boot, "%016llx", (unsigned long long)boot);
    workspaces->key_file = key_file;
    pthread_mutex_init(&workspaces->lock, NULL);
    pthread_mutex_init(&workspaces->records, NULL);
    pthread_mutex_init(&workspaces->changes, NULL);
    wait_open(&workspaces->left);
    return VULTUS_OK;
}

void workspaces_clear(struct workspaces *workspaces)
{
    if (!workspaces->folder[0])
        return; /* it was not made */
    pthread_cond_destroy(&workspaces->left);
    pthread_mutex_destroy(&workspaces->changes);
    pthread_mutex_destroy(&workspaces->records);
    pthread_mutex_destroy(&workspaces->lock);
}
