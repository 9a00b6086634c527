/* See beside.h. */
#include "beside.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

vultus_status beside_gallery(const char *gallery, const char *ending, const char *name, char *path,
                             size_t size, vultus_error *error)
{
    char place[FILE_PATH_MAX];
    if (!gallery || !*gallery)
        gallery = getenv("VULTUS_DB");
    if (!gallery || !*gallery) {
        vultus_status status = file_data_path("gallery.db", place, sizeof place, error);
        if (status)
            return status;
        gallery = place;
    }
    if (!strncmp(gallery, "sqlite:", 7))
        gallery += 7;
    else if (strstr(gallery, "://"))
        return file_data_path(name, path, size, error);
    int length = snprintf(path, size, "%s%s", gallery, ending);
    if (length < 0 || (size_t)length >= size)
        return status_set(error, VULTUS_ERR_LIMIT,
                          "the gallery's path is too long for what lies beside it");
    return VULTUS_OK;
}
