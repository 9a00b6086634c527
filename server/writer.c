/*
 * Changes go through handles that are opened in the name of whoever asks, so that the history says which key it was.
 * They stay open for the next change by the same.
 */
#include "service.h"

#include <stdio.h>

vultus_status writer_take(struct request *request, vultus_gallery **out, vultus_error *error)
{
    struct server *server = request->server;
    struct writer *writer = &server->writer;
    char actor[SHELF_ACTOR_SIZE];
    const vultus_gallery_options options = {.actor = actor, .key_file = server->options.key_file};
    writer_actor(request, actor);
    pthread_mutex_lock(&writer->lock);
    vultus_status status =
        shelf_take(&writer->shelf, &server->galleries, request->gallery, &options, out, error);
    if (status)
        pthread_mutex_unlock(&writer->lock);
    return status;
}

void writer_give(struct request *request)
{
    pthread_mutex_unlock(&request->server->writer.lock);
}

void writer_actor(const struct request *request, char out[SHELF_ACTOR_SIZE])
{
    snprintf(out, SHELF_ACTOR_SIZE, "%s%s", request->key[0] ? "key " : "server", request->key);
}
