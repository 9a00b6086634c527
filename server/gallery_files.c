/* See gallery_files.h. A name is never a path: it is looked at letter by letter before it becomes part of one. */
#include "gallery_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENDING ".db"

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

vultus_status galleries_open(struct galleries *galleries, const char *db, vultus_error *error)
{
    vultus_status status = gallery_place(db, galleries->place, error);
    const char *file = status ? NULL : gallery_file(galleries->place);
    galleries->folder[0] = '\0';
    if (!file)
        return status;
    int length = snprintf(galleries->folder, sizeof galleries->folder, "%s-galleries", file);
    if (length < 0 || (size_t)length >= sizeof galleries->folder)
        return status_set(error, VULTUS_ERR_LIMIT,
                          "the gallery's path is too long for galleries beside it");
    return VULTUS_OK;
}

static vultus_status no_such(const char *name, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_NOT_FOUND, "there is no gallery %.60s", name);
}

/* Without the ending for unknown faces; *unknown says whether there was one. */
static void base_name(const char *name, char out[GALLERY_NAME_SIZE], bool *unknown)
{
    size_t length = strlen(name), end = strlen(GALLERY_UNKNOWN);
    *unknown = length > end && !strcmp(name + length - end, GALLERY_UNKNOWN);
    snprintf(out, GALLERY_NAME_SIZE, "%.*s", (int)(*unknown ? length - end : length), name);
}

static vultus_status plain_place(const struct galleries *galleries, const char *name,
                                 char out[FILE_PATH_MAX], vultus_error *error)
{
    char file[GALLERY_NAME_SIZE + sizeof ENDING];
    if (!strcmp(name, GALLERY_DEFAULT)) {
        memcpy(out, galleries->place, FILE_PATH_MAX);
        return VULTUS_OK;
    }
    if (!gallery_name_good(name) || !galleries->folder[0])
        return no_such(name, error);
    snprintf(file, sizeof file, "%s" ENDING, name);
    return file_join(out, FILE_PATH_MAX, galleries->folder, file, error);
}

vultus_status galleries_place(const struct galleries *galleries, const char *name,
                              char out[FILE_PATH_MAX], vultus_error *error)
{
    char base[GALLERY_NAME_SIZE], place[FILE_PATH_MAX];
    bool unknown;
    base_name(name, base, &unknown);
    vultus_status status = plain_place(galleries, base, place, error);
    const char *file = status ? NULL : gallery_file(place);
    if (status)
        return status;
    if (unknown && !file)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "a gallery in a database keeps no unknown faces");
    int length =
        snprintf(out, FILE_PATH_MAX, "%s%s", unknown ? file : place, unknown ? "-unknown" : "");
    return length >= 0 && length < FILE_PATH_MAX
               ? VULTUS_OK
               : status_set(error, VULTUS_ERR_LIMIT, "the gallery's path is too long");
}

vultus_status galleries_find(const struct galleries *galleries, const char *name,
                             char out[FILE_PATH_MAX], vultus_error *error)
{
    vultus_status status = galleries_place(galleries, name, out, error);
    if (!status && strcmp(name, GALLERY_DEFAULT) != 0 && !file_exists(out))
        status = no_such(name, error);
    return status;
}

vultus_status galleries_unknown(const struct galleries *galleries, const char *name,
                                char out[FILE_PATH_MAX], vultus_error *error)
{
    char unknown[GALLERY_NAME_SIZE];
    snprintf(unknown, sizeof unknown, "%s" GALLERY_UNKNOWN, name);
    return galleries_find(galleries, unknown, out, error);
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

vultus_status galleries_make(const struct galleries *galleries, const char *name,
                             const vultus_gallery_options *options, vultus_error *error)
{
    char path[FILE_PATH_MAX], made[FILE_PATH_MAX + 8];
    vultus_gallery *gallery = NULL;
    if (!galleries_find(galleries, name, path, NULL))
        return status_set(error, VULTUS_ERR_EXISTS, "there is a gallery %.60s already", name);
    vultus_status status = galleries_place(galleries, name, path, error);
    if (status)
        return status;
    snprintf(made, sizeof made, "%s.new", path);
    status = vultus_gallery_open(made, options, &gallery, error);
    vultus_gallery_close(gallery);
    return status ? status : give_name(made, path, error);
}

vultus_status galleries_list(const struct galleries *galleries, struct file_list *out,
                             vultus_error *error)
{
    struct file_list files = {0};
    char name[GALLERY_NAME_MAX + 1];
    if (!galleries->folder[0] || !file_is_folder(galleries->folder))
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
