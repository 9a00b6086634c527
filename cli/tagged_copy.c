/*
 * A copy has the name of its picture. Nothing that exists is ever written over, be it the picture
 * itself, another one or an older copy: the new copy gets a number before its ending.
 */
#include "tagged_copy.h"
#include "base/file.h"
#include "command.h"
#include "console.h"
#include "picture_run.h"

#include <stdio.h>
#include <string.h>

#define COPIES_MAX 10000 /* of one name */

int annotate_open(const char *folder)
{
    vultus_error error = {0};
    if (!file_make_folders(folder, &error))
        return EXIT_DONE;
    fail(&error);
    return EXIT_ENVIRONMENT;
}

/* DIR/name.jpg, DIR/name-2.jpg, ...; pictures of other kinds become JPEG. */
static bool free_name(const char *folder, const char *picture, char *path, size_t size)
{
    const char *name = file_name(picture), *dot = strrchr(name, '.');
    bool kept = file_has_ending(name, ".jpg") || file_has_ending(name, ".jpeg") ||
                file_has_ending(name, ".png");
    int stem = dot && dot > name ? (int)(dot - name) : (int)strlen(name);
    const char *ending = kept ? dot : ".jpg";
    for (int i = 1; i <= COPIES_MAX; i++) {
        char number[16] = "";
        if (i > 1)
            snprintf(number, sizeof number, "-%d", i);
        int length = snprintf(path, size, "%s/%.*s%s%s", folder, stem, name, number, ending);
        if (length < 0 || (size_t)length >= size)
            return false;
        if (!file_exists(path))
            return true;
    }
    return false;
}

int annotate_write(const char *folder, struct picture *picture, const vultus_label *labels)
{
    char path[FILE_PATH_MAX];
    vultus_error error = {0};
    if (!free_name(folder, picture->path, path, sizeof path)) {
        complain("%s: there is no free name for its copy in %s", picture->path, folder);
        return EXIT_ENVIRONMENT;
    }
    if (vultus_image_annotate(picture->image, labels, picture->faces.count, &error) ||
        vultus_image_write(picture->image, path, &error)) {
        complain("%s: no tagged copy: %s", picture->path, error_reason(path, &error));
        return EXIT_ENVIRONMENT;
    }
    return EXIT_DONE;
}
