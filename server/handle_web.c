/*
 * The web page: files that were put into the program when it was built. Anybody may have them, because nothing of the
 * gallery is in them; what the page then asks for takes the way that all requests take.
 */
#include "handlers.h"
#include "reply.h"
#include "service.h"
#include "web_files.h"

#include <stdio.h>
#include <string.h>

static const struct web_file *find(const char *name)
{
    for (size_t i = 0; i < web_file_count; i++)
        if (!strcmp(web_files[i].name, name))
            return &web_files[i];
    return NULL;
}

static void answer(struct request *request, const struct web_file *file)
{
    struct reply *reply = &request->reply;
    bool packed = request->takes_gzip && file->packed_size < file->plain_size;
    reply->page = true;
    reply->encoding = packed ? "gzip" : NULL;
    snprintf(reply->etag, sizeof reply->etag, "\"%s%s\"", file->hash, packed ? "-gzip" : "");
    if (!strcmp(request->none_match, reply->etag))
        reply_empty(request, 304);
    else if (packed)
        reply_fixed(request, file->type, file->packed, file->packed_size);
    else
        reply_fixed(request, file->type, file->plain, file->plain_size);
}

void handle_web(struct request *request, struct worker *worker)
{
    const char *name = request->values[0] ? request->values[0] : "index.html";
    const struct web_file *file = request->server->options.no_ui ? NULL : find(name);
    (void)worker;
    if (file)
        answer(request, file);
    else
        reply_error(request, ERROR_NOT_FOUND, "there is nothing at this path");
}
