/*
 * Changes go through one handle that is opened in the name of whoever asks, so that the history says which key it was.
 * It stays open for the next change by the same.
 */
#include "service.h"

#include <stdio.h>
#include <string.h>

void writer_actor(const struct request *request, char out[KEY_ID_SIZE + 8])
{
    snprintf(out, KEY_ID_SIZE + 8, "%s%s", request->key[0] ? "key " : "server", request->key);
}

vultus_status writer_take(struct request *request, vultus_gallery **out, vultus_error *error)
{
    struct server *server = request->server;
    struct writer *writer = &server->writer;
    char actor[sizeof writer->actor];
    writer_actor(request, actor);
    pthread_mutex_lock(&writer->lock);
    vultus_status status = VULTUS_OK;
    if (!writer->gallery || strcmp(writer->actor, actor) != 0) {
        vultus_gallery *gallery = NULL;
        const vultus_gallery_options options = {.actor = actor,
                                                .key_file = server->options.key_file};
        status = vultus_gallery_open(server->options.gallery, &options, &gallery, error);
        if (!status) {
            vultus_gallery_close(writer->gallery);
            writer->gallery = gallery;
            memcpy(writer->actor, actor, sizeof actor);
        }
    }
    if (status)
        pthread_mutex_unlock(&writer->lock);
    else
        *out = writer->gallery;
    return status;
}

void writer_give(struct request *request)
{
    pthread_mutex_unlock(&request->server->writer.lock);
}
