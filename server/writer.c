/*
 * Changes go through handles that are opened in the name of whoever asks, so that the history says which key it was.
 * They stay open for the next change by the same.
 */
#include "body.h"
#include "reply.h"
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

void writer_erase(struct request *request,
                  vultus_status (*erase)(vultus_gallery *gallery, int64_t id, vultus_error *error))
{
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    int64_t id;
    if (!path_number(request, request->values[0], &id))
        return;
    vultus_status status = writer_take(request, &gallery, &error);
    if (!status) {
        status = erase(gallery, id, &error);
        writer_give(request);
    }
    if (status)
        reply_failure(request, &error);
    else
        reply_empty(request, 204);
}

void writer_actor(const struct request *request, char out[SHELF_ACTOR_SIZE])
{
    snprintf(out, SHELF_ACTOR_SIZE, "%s%s", request->key[0] ? "key " : "server", request->key);
}
