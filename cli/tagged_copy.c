/*
 * A copy has the name of its picture. Nothing that exists is ever written over, be it the picture
 * itself, another one or an older copy: the new copy gets a number before its ending. Names are
 * given out before the work begins, so that they do not depend on which worker is faster.
 */
#include "tagged_copy.h"
#include "command.h"
#include "console.h"
#include "picture_run.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define COPIES_MAX 10000 /* of one name */

static bool keeps_ending(const char *name, enum copies_kind kind)
{
    if (kind == COPIES_OF_FILMS)
        return vultus_film_name(name);
    return file_has_ending(name, ".jpg") || file_has_ending(name, ".jpeg") ||
           file_has_ending(name, ".png");
}

/* DIR/name.jpg, DIR/name-2.jpg, ...; pictures of other kinds become JPEG, films MP4. What has no name, or one with
 * a password in it, is "film". */
static bool free_name(const char *folder, const char *source, enum copies_kind kind,
                      const json_t *given, char *path, size_t size)
{
    const char *name =
        kind == COPIES_OF_PICTURES || file_exists(source) ? file_name(source) : "film";
    const char *dot = strrchr(name, '.');
    int stem = dot && dot > name ? (int)(dot - name) : (int)strlen(name);
    const char *ending = keeps_ending(name, kind) ? dot : kind == COPIES_OF_FILMS ? ".mp4" : ".jpg";
    for (int i = 1; i <= COPIES_MAX; i++) {
        char number[16] = "";
        if (i > 1)
            snprintf(number, sizeof number, "-%d", i);
        int length = snprintf(path, size, "%s/%.*s%s%s", folder, stem, name, number, ending);
        if (length < 0 || (size_t)length >= size)
            return false;
        if (!file_exists(path) && !json_object_get(given, path))
            return true;
    }
    return false;
}

int copies_plan(const char *folder, const struct file_list *files, enum copies_kind kind,
                struct file_list *out)
{
    char path[FILE_PATH_MAX];
    vultus_error error = {0};
    json_t *given = json_object(); /* the set of the names given out */
    int code = EXIT_DONE;
    vultus_status status = file_make_folders(folder, &error);
    for (size_t i = 0; !status && !code && i < files->count; i++) {
        if (!free_name(folder, files->items[i], kind, given, path, sizeof path)) {
            complain("%s: there is no free name for its copy in %s", files->items[i], folder);
            code = EXIT_ENVIRONMENT;
        } else {
            /* _nocheck: names of files need not be UTF-8 */
            json_object_set_new_nocheck(given, path, json_true());
            status = file_list_add(out, path, &error);
        }
    }
    json_decref(given);
    if (!status)
        return code;
    fail(&error);
    return EXIT_ENVIRONMENT;
}

void copy_write(struct picture *picture, const vultus_label *labels)
{
    if (!vultus_image_annotate(picture->image, labels, picture->faces.count, &picture->trouble) &&
        !vultus_image_write(picture->image, picture->copy, &picture->trouble))
        picture->trouble = (vultus_error){0};
}

int copy_report(const struct picture *picture)
{
    if (!picture->trouble.code)
        return EXIT_DONE;
    complain("%s: no tagged copy: %s", picture->path,
             error_reason(picture->copy, &picture->trouble));
    return EXIT_ENVIRONMENT;
}
