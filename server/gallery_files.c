/* See gallery_files.h. A name is never a path: it is looked at letter by letter before it becomes part of one. */
#include "gallery_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDING ".db"
#define BEING_MADE ".new"

vultus_status gallery_place(const char *db, char out[FILE_PATH_MAX], vultus_error *error)
{
    if (!db || !*db)
        db = getenv("VULTUS_DB");
    if (!db || !*db)
        return file_data_path("gallery.db", out, FILE_PATH_MAX, error);
    int length = snprintf(out, FILE_PATH_MAX, "%s", db);
    if (length < 0 || length >= FILE_PATH_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "the gallery's path is too long");
    return VULTUS_OK;
}

const char *gallery_file(const char *place)
{
    static const char kind[] = "sqlite:";
    if (!strncmp(place, kind, sizeof kind - 1))
        return place + sizeof kind - 1;
    return strstr(place, "://") ? NULL : place;
}

bool gallery_name_good(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return length >= 1 && length <= GALLERY_NAME_MAX && !name[length];
}

void galleries_init(struct galleries *galleries)
{
    *galleries = (struct galleries){0};
    pthread_mutex_init(&galleries->lock, NULL);
}

vultus_status galleries_open(struct galleries *galleries, const char *db, vultus_error *error)
{
    vultus_status status = gallery_place(db, galleries->place, error);
    const char *file = status ? NULL : gallery_file(galleries->place);
    if (!file)
        return status;
    int length = snprintf(galleries->folder, sizeof galleries->folder, "%s-galleries", file);
    if (length < 0 || (size_t)length >= sizeof galleries->folder)
        return status_set(error, VULTUS_ERR_LIMIT,
                          "the gallery's path is too long for galleries beside it");
    return VULTUS_OK;
}

void galleries_clear(struct galleries *galleries)
{
    vultus_gallery_close(galleries->directory);
    pthread_mutex_destroy(&galleries->lock);
}

vultus_status gallery_none(const char *name, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_NOT_FOUND, "there is no gallery %.60s", name);
}

/* ------------------------------------------------------------------ files */

static bool in_database(const struct galleries *galleries)
{
    return !galleries->folder[0];
}

/* Without the ending for unknown faces; *unknown says whether there was one. */
static void base_name(const char *name, char out[GALLERY_NAME_SIZE], bool *unknown)
{
    size_t length = strlen(name), end = strlen(GALLERY_UNKNOWN);
    *unknown = length > end && !strcmp(name + length - end, GALLERY_UNKNOWN);
    snprintf(out, GALLERY_NAME_SIZE, "%.*s", (int)(*unknown ? length - end : length), name);
}

static vultus_status file_of(const struct galleries *galleries, const char *base, bool unknown,
                             char out[FILE_PATH_MAX], vultus_error *error)
{
    char file[GALLERY_NAME_SIZE + sizeof ENDING], place[FILE_PATH_MAX];
    const bool own = !strcmp(base, GALLERY_DEFAULT);
    vultus_status status = VULTUS_OK;
    snprintf(file, sizeof file, "%s" ENDING, base);
    if (own)
        memcpy(place, galleries->place, sizeof place);
    else
        status = file_join(place, sizeof place, galleries->folder, file, error);
    if (status)
        return status;
    int length = snprintf(out, FILE_PATH_MAX, "%s%s", unknown ? gallery_file(place) : place,
                          unknown ? "-unknown" : "");
    return length >= 0 && length < FILE_PATH_MAX
               ? VULTUS_OK
               : status_set(error, VULTUS_ERR_LIMIT, "the gallery's path is too long");
}

/* An open file keeps its number, so that no other has it. */
static bool identify(struct gallery_spot *spot)
{
    struct stat info;
    bool there = !stat(gallery_file(spot->place), &info);
    spot->device = there ? (uint64_t)info.st_dev : 0;
    spot->id = there ? (uint64_t)info.st_ino : 0;
    return there;
}

vultus_status galleries_find(struct galleries *galleries, const char *name,
                             struct gallery_spot *out, vultus_error *error)
{
    char base[GALLERY_NAME_SIZE];
    bool unknown;
    base_name(name, base, &unknown);
    if (!gallery_name_good(base))
        return gallery_none(name, error);
    if (in_database(galleries))
        return gallery_database_find(galleries, base, unknown, out, error);
    vultus_status status = file_of(galleries, base, unknown, out->place, error);
    bool there = !status && identify(out);
    if (!status && !there && strcmp(name, GALLERY_DEFAULT) != 0)
        status = gallery_none(name, error);
    return status;
}

vultus_status galleries_unknown(struct galleries *galleries, const char *name,
                                struct gallery_spot *out, vultus_error *error)
{
    char unknown[GALLERY_NAME_SIZE];
    snprintf(unknown, sizeof unknown, "%s" GALLERY_UNKNOWN, name);
    return galleries_find(galleries, unknown, out, error);
}

/* ------------------------------------------------------------------ making */

/* Where there is no gallery, the log of one that was is nobody's, and the new one must not read it. */
static void remove_log(const char *path)
{
    static const char *const endings[] = {"-wal", "-shm"};
    char log[FILE_PATH_MAX + 8];
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        snprintf(log, sizeof log, "%s%s", path, endings[i]);
        unlink(log);
    }
}

static vultus_status give_name(const char *made, const char *path, vultus_error *error)
{
    bool linked = !link(made, path);
    int reason = errno;
    unlink(made);
    if (linked)
        return VULTUS_OK;
    if (reason == EEXIST)
        return status_set(error, VULTUS_ERR_EXISTS, "there is such a gallery already");
    return status_set(error, VULTUS_ERR_IO, "%s: cannot be made: %s", file_shown(path),
                      strerror(reason));
}

static vultus_status make_file(const char *path, const vultus_gallery_options *options,
                               vultus_error *error)
{
    char made[FILE_PATH_MAX + 8];
    vultus_gallery *gallery = NULL;
    snprintf(made, sizeof made, "%s" BEING_MADE, path);
    remove_log(path);
    vultus_status status = vultus_gallery_open(made, options, &gallery, error);
    vultus_gallery_close(gallery);
    return status ? status : give_name(made, path, error);
}

vultus_status galleries_make(struct galleries *galleries, const char *name,
                             const vultus_gallery_options *options, vultus_error *error)
{
    char base[GALLERY_NAME_SIZE], path[FILE_PATH_MAX];
    struct gallery_spot there;
    bool unknown;
    base_name(name, base, &unknown);
    vultus_status status = galleries_find(galleries, name, &there, error);
    if (!status)
        return status_set(error, VULTUS_ERR_EXISTS, "there is a gallery %.60s already", name);
    if (status != VULTUS_ERR_NOT_FOUND)
        return status;
    if (in_database(galleries))
        return gallery_database_make(galleries, base, unknown, options, error);
    status = file_of(galleries, base, unknown, path, error);
    return status ? status : make_file(path, options, error);
}

/* ------------------------------------------------------------------ all of them */

vultus_status galleries_list(struct galleries *galleries, struct file_list *out,
                             vultus_error *error)
{
    struct file_list files = {0};
    char name[GALLERY_NAME_MAX + 1];
    if (in_database(galleries))
        return gallery_database_list(galleries, out, error);
    if (!file_is_folder(galleries->folder))
        return VULTUS_OK;
    vultus_status status = file_list_folder(galleries->folder, FILE_LIST_FILES, &files, error);
    for (size_t i = 0; !status && i < files.count; i++) {
        const char *file = file_name(files.items[i]);
        size_t length = strlen(file);
        if (!file_has_ending(file, ENDING) || length - strlen(ENDING) > GALLERY_NAME_MAX)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(length - strlen(ENDING)), file);
        if (gallery_name_good(name))
            status = file_list_add(out, name, error);
    }
    file_list_clear(&files);
    return status;
}

/* NAME.db.new..., and NAME.db... where there is no NAME.db. */
static bool is_rest(const char *path)
{
    char whole[FILE_PATH_MAX];
    const char *end = strstr(file_name(path), ENDING);
    if (!end || !end[strlen(ENDING)])
        return false;
    end += strlen(ENDING);
    snprintf(whole, sizeof whole, "%.*s", (int)(end - path), path);
    return !strncmp(end, BEING_MADE, strlen(BEING_MADE)) || !file_exists(whole);
}

vultus_status galleries_tidy(const struct galleries *galleries, vultus_error *error)
{
    struct file_list files = {0};
    if (in_database(galleries) || !file_is_folder(galleries->folder))
        return VULTUS_OK;
    vultus_status status = file_list_folder(galleries->folder, FILE_LIST_FILES, &files, error);
    for (size_t i = 0; !status && i < files.count; i++)
        if (is_rest(files.items[i]))
            status = file_erase(files.items[i], error);
    file_list_clear(&files);
    return status;
}
