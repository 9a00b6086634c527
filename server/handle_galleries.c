/* Galleries beside the default one: which there are, what is in one, making and deleting them. */
#include "body.h"
#include "handlers.h"
#include "reply.h"
#include "service.h"

#include "answers/json_galleries.h"

#include <string.h>

static const char *const name_field[] = {"name", NULL};

void handle_galleries(struct request *request, struct worker *worker)
{
    struct file_list names = {0};
    vultus_error error = {0};
    (void)worker;
    if (galleries_list(&request->server->galleries, &names, &error) ||
        file_list_add(&names, GALLERY_DEFAULT, &error)) {
        reply_failure(request, &error);
        file_list_clear(&names);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; list && i < names.count; i++) {
        size_t at = i ? i - 1 : names.count - 1; /* the default one first */
        if (key_may_use(&request->bounds, names.items[at]))
            list = json_appended(list, json_pack("{s:s}", "name", names.items[at]));
    }
    reply_json(request, 200, json_pack("{s:o}", "galleries", list), JSON_DIGITS);
    file_list_clear(&names);
}

void handle_gallery(struct request *request, struct worker *worker)
{
    vultus_gallery_stats stats = {0};
    vultus_error error = {0};
    if (vultus_gallery_statistics(worker->gallery, &stats, &error))
        reply_failure(request, &error);
    else
        reply_json(
            request, 200,
            json_joined(json_pack("{s:s}", "name", request->gallery), json_gallery_stats(&stats)),
            JSON_DIGITS);
    vultus_gallery_stats_clear(&stats);
}

/* For a page that shows it all: the gallery, and what the server recognises by. */
void handle_stats(struct request *request, struct worker *worker)
{
    const vultus_engine *engine = request->server->engine;
    vultus_gallery_stats stats = {0};
    vultus_fact_counts groups = {0}, tags = {0};
    vultus_error error = {0};
    if (vultus_gallery_statistics(worker->gallery, &stats, &error) ||
        vultus_gallery_count_facts(worker->gallery, VULTUS_FACT_GROUP, &groups, &error) ||
        vultus_gallery_count_facts(worker->gallery, VULTUS_FACT_TAG, &tags, &error))
        reply_failure(request, &error);
    else
        reply_json(
            request, 200,
            json_joined(json_pack("{s:s, s:o, s:o, s:s, s:o}", "name", request->gallery, "groups",
                                  json_whole(groups.count), "tags", json_whole(tags.count),
                                  "embedder", vultus_engine_embedder(engine), "detector",
                                  json_text(vultus_engine_detector(engine))),
                        json_gallery_stats(&stats)),
            JSON_DIGITS);
    vultus_gallery_stats_clear(&stats);
    vultus_fact_counts_clear(&groups);
    vultus_fact_counts_clear(&tags);
}

/* ------------------------------------------------------------------ changes */

/* With the lock of changes. */
static vultus_status check_room(struct galleries *galleries, vultus_error *error)
{
    struct file_list names = {0};
    vultus_status status = galleries_list(galleries, &names, error);
    if (!status && names.count >= GALLERIES_MAX)
        status = status_set(error, VULTUS_ERR_LIMIT, "there are %d galleries already; delete some",
                            GALLERIES_MAX);
    file_list_clear(&names);
    return status;
}

/* With the lock of changes. */
static vultus_status make(struct request *request, const char *name, vultus_error *error)
{
    struct galleries *galleries = &request->server->galleries;
    const vultus_gallery_options options = {.key_file = request->server->options.key_file};
    vultus_status status = check_room(galleries, error);
    return status ? status : galleries_make(galleries, name, &options, error);
}

static void create(struct request *request, const char *name)
{
    struct writer *writer = &request->server->writer;
    vultus_error error = {0};
    pthread_mutex_lock(&writer->lock);
    vultus_status status = make(request, name, &error);
    pthread_mutex_unlock(&writer->lock);
    if (status == VULTUS_ERR_ARGUMENT) /* a database knows fewer names */
        reply_error(request, ERROR_BAD_NAME, "%s", error.message);
    else if (status)
        reply_failure(request, &error);
    else
        reply_json(request, 201, json_pack("{s:s}", "name", name), JSON_DIGITS);
}

void handle_create_gallery(struct request *request, struct worker *worker)
{
    struct body body = {0};
    (void)worker;
    if (body_read(request, name_field, &body)) {
        const char *name = body_text(&body, "name", NULL, 0);
        if (!name || !gallery_name_good(name))
            reply_error(request, ERROR_BAD_NAME,
                        "the name of a gallery has 1 to %d of a to z, 0 to 9, _ and -",
                        GALLERY_NAME_MAX);
        else if (!key_may_use(&request->bounds, name))
            reply_error(request, ERROR_FORBIDDEN, "this key is not for the gallery %s", name);
        else
            create(request, name);
    }
    body_clear(&body);
}

static vultus_status destroy_unknown(struct request *request, const vultus_gallery_options *options,
                                     vultus_error *error)
{
    struct gallery_spot unknown;
    vultus_status status =
        galleries_unknown(&request->server->galleries, request->gallery, &unknown, error);
    if (status)
        return status == VULTUS_ERR_NOT_FOUND ? VULTUS_OK : status;
    return vultus_gallery_destroy(unknown.place, options, error);
}

/* Workers that have it open see it empty, and close it when they are asked for it again. */
void handle_delete_gallery(struct request *request, struct worker *worker)
{
    struct writer *writer = &request->server->writer;
    const vultus_gallery_options options = {.key_file = request->server->options.key_file};
    struct gallery_spot own;
    vultus_error error = {0};
    (void)worker;
    if (!strcmp(request->gallery, GALLERY_DEFAULT)) {
        reply_error(request, ERROR_FORBIDDEN,
                    "the default gallery is not deleted here; delete its people");
        return;
    }
    int64_t camera = cameras_of(&request->server->cameras, request->gallery);
    if (camera) {
        reply_error(request, ERROR_IN_USE, "camera %lld is of this gallery; delete it first",
                    (long long)camera);
        return;
    }
    keeping_forget(&request->server->keeping, request->gallery);
    pthread_mutex_lock(&writer->lock);
    vultus_status status =
        galleries_find(&request->server->galleries, request->gallery, &own, &error);
    shelf_drop(&writer->shelf, request->gallery);
    if (!status)
        status = destroy_unknown(request, &options, &error);
    if (!status)
        status = vultus_gallery_destroy(own.place, &options, &error);
    pthread_mutex_unlock(&writer->lock);
    if (status)
        reply_failure(request, &error);
    else
        reply_empty(request, 204);
}
