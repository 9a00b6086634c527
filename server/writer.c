/*
 * Changes go through handles that are opened in the name of whoever asks, so that the history says which key it was.
 * They stay open for the next change by the same.
 */
#include "service.h"

#include <stdio.h>

/* `make`: where it is not there. */
static vultus_status take(struct request *request, const char *name, bool make,
                          vultus_gallery **out, vultus_error *error)
{
    struct server *server = request->server;
    struct writer *writer = &server->writer;
    char actor[SHELF_ACTOR_SIZE];
    struct gallery_spot there;
    const vultus_gallery_options options = {.actor = actor, .key_file = server->options.key_file};
    vultus_status status = VULTUS_OK;
    writer_actor(request, actor);
    pthread_mutex_lock(&writer->lock);
    if (make && galleries_find(&server->galleries, name, &there, NULL) == VULTUS_ERR_NOT_FOUND)
        status = galleries_make(&server->galleries, name, &options, error);
    if (!status)
        status = shelf_take(&writer->shelf, &server->galleries, name, &options, out, error);
    if (status)
        pthread_mutex_unlock(&writer->lock);
    return status;
}

vultus_status writer_take(struct request *request, vultus_gallery **out, vultus_error *error)
{
    return take(request, request->gallery, false, out, error);
}

vultus_status writer_take_unknown(struct request *request, bool make, vultus_gallery **out,
                                  vultus_error *error)
{
    char name[GALLERY_NAME_SIZE];
    snprintf(name, sizeof name, "%s" GALLERY_UNKNOWN, request->gallery);
    return take(request, name, make, out, error);
}

void writer_give(struct request *request)
{
    pthread_mutex_unlock(&request->server->writer.lock);
}

void writer_actor(const struct request *request, char out[SHELF_ACTOR_SIZE])
{
    snprintf(out, SHELF_ACTOR_SIZE, "%s%s", request->key[0] ? "key " : "server", request->key);
}
