/* See beside.h. */
#include "beside.h"
#include "gallery_files.h"

#include <stdio.h>

/* The folder is made; where that cannot be, whoever writes to it says so. */
static vultus_status in_data_folder(const char *name, char *path, size_t size, vultus_error *error)
{
    char folder[FILE_PATH_MAX];
    vultus_status status = file_data_path(name, path, size, error);
    if (status)
        return status;
    snprintf(folder, sizeof folder, "%.*s", (int)(file_name(path) - path), path);
    (void)!file_make_folders(folder, NULL);
    return VULTUS_OK;
}

vultus_status beside_gallery(const char *gallery, const char *ending, const char *name, char *path,
                             size_t size, vultus_error *error)
{
    char place[FILE_PATH_MAX];
    vultus_status status = gallery_place(gallery, place, error);
    if (status)
        return status;
    const char *file = gallery_file(place);
    if (!file)
        return in_data_folder(name, path, size, error);
    int length = snprintf(path, size, "%s%s", file, ending);
    if (length < 0 || (size_t)length >= size)
        return status_set(error, VULTUS_ERR_LIMIT,
                          "the gallery's path is too long for what lies beside it");
    return VULTUS_OK;
}
