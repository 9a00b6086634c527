/*
 * See gallery_files.h. Which galleries there are is asked of the database each time, over one connection for all: another
 * server may make and delete them, too.
 */
#include "gallery_files.h"

#include <stdio.h>
#include <string.h>

#define OTHERS "_g_"
#define UNKNOWN "_u"
#define SUFFIX_SIZE (GALLERY_NAME_MAX + 8)

/* What stands behind the default gallery's name; "" of itself. */
static void suffix_of(const char *base, bool unknown, char out[SUFFIX_SIZE])
{
    if (strcmp(base, GALLERY_DEFAULT) != 0)
        snprintf(out, SUFFIX_SIZE, "%s%s", unknown ? UNKNOWN "_" : OTHERS, base);
    else
        snprintf(out, SUFFIX_SIZE, "%s", unknown ? UNKNOWN : "");
}

static vultus_status ask(struct galleries *galleries, const char *suffix, vultus_besides *out,
                         vultus_error *error)
{
    const vultus_gallery_options options = {.read_only = true, .must_exist = true};
    vultus_status status = VULTUS_OK;
    pthread_mutex_lock(&galleries->lock);
    if (!galleries->directory)
        status = vultus_gallery_open(galleries->place, &options, &galleries->directory, error);
    if (!status)
        status = vultus_gallery_besides(galleries->directory, suffix, out, error);
    pthread_mutex_unlock(&galleries->lock);
    return status;
}

vultus_status gallery_database_find(struct galleries *galleries, const char *base, bool unknown,
                                    struct gallery_spot *out, vultus_error *error)
{
    char suffix[SUFFIX_SIZE];
    vultus_besides besides = {0};
    suffix_of(base, unknown, suffix);
    *out = (struct gallery_spot){0};
    if (!suffix[0]) {
        memcpy(out->place, galleries->place, sizeof out->place);
        return VULTUS_OK;
    }
    if (vultus_gallery_beside(galleries->place, suffix, out->place, sizeof out->place, NULL))
        return gallery_none(base, error); /* none can be called so */
    vultus_status status = ask(galleries, suffix, &besides, error);
    for (size_t i = 0; !status && i < besides.count; i++)
        if (!strcmp(besides.items[i].suffix, suffix))
            out->id = besides.items[i].id;
    vultus_besides_clear(&besides);
    return status || out->id ? status : gallery_none(base, error);
}

vultus_status gallery_database_make(struct galleries *galleries, const char *base, bool unknown,
                                    const vultus_gallery_options *options, vultus_error *error)
{
    char suffix[SUFFIX_SIZE], place[FILE_PATH_MAX];
    vultus_gallery *gallery = NULL;
    suffix_of(base, unknown, suffix);
    vultus_status status =
        vultus_gallery_beside(galleries->place, suffix, place, sizeof place, error);
    if (!status)
        status = vultus_gallery_open(place, options, &gallery, error);
    vultus_gallery_close(gallery);
    return status;
}

vultus_status gallery_database_list(struct galleries *galleries, struct file_list *out,
                                    vultus_error *error)
{
    vultus_besides besides = {0};
    vultus_status status = ask(galleries, OTHERS, &besides, error);
    for (size_t i = 0; !status && i < besides.count; i++) {
        const char *name = besides.items[i].suffix + strlen(OTHERS);
        if (gallery_name_good(name))
            status = file_list_add(out, name, error);
    }
    vultus_besides_clear(&besides);
    return status;
}
