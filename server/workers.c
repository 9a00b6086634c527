/*
 * Workers take requests from the queue, one whole request each, and wake its connection when it has its answer. There is
 * one more for quick requests only, so that these are answered while all others look at pictures.
 */
#include "journal.h"
#include "reply.h"
#include "service.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

static void notice(void *context, const char *line)
{
    (void)context;
    journal_say("%s", line);
}

static vultus_status take(struct worker *worker, const char *name, vultus_error *error)
{
    struct server *server = worker->server;
    const vultus_gallery_options options = {.read_only = true,
                                            .must_exist = true,
                                            .key_file = server->options.key_file,
                                            .templates = server->options.templates,
                                            .search_files = true,
                                            .notice = notice};
    return shelf_take(&worker->shelf, &server->galleries, name, &options, &worker->gallery, error);
}

vultus_status worker_unknown(struct worker *worker, const struct request *request,
                             vultus_gallery **out, vultus_error *error)
{
    char name[GALLERY_NAME_SIZE];
    snprintf(name, sizeof name, "%s" GALLERY_UNKNOWN, request->gallery);
    vultus_status status = take(worker, name, error);
    if (!status)
        *out = worker->gallery;
    return status;
}

/* The first search reads all faces; whoever asks first should not wait for that. What is wrong with the gallery is
 * said by the first request that meets it. */
static void warm_up(struct worker *worker)
{
    struct server *server = worker->server;
    size_t dimension = vultus_engine_dimension(server->engine);
    float *probe = mem_zalloc(dimension, sizeof *probe);
    vultus_identity who;
    vultus_error error = {0};
    if (probe) {
        probe[0] = 1;
        if (vultus_gallery_identify(worker->gallery, server->engine, probe, NULL, &who, &error))
            journal_say("the gallery cannot be searched: %s", error.message);
    }
    mem_free(probe);
    atomic_fetch_add(&server->warm, 1);
}

/* False: the reply says that there is no such gallery, or what is wrong with it. */
static bool open_gallery(struct worker *worker, struct request *request)
{
    vultus_error error = {0};
    worker->gallery = NULL;
    if (!route_has_gallery(request->route) || !take(worker, request->gallery, &error))
        return true;
    reply_failure(request, &error);
    return false;
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct request *request;
    warm_up(worker);
    while ((request = queue_take(&worker->server->queue, worker->lane))) {
        request->stages[STAGE_WAIT] = clock_ns() - request->queued;
        if (!request_late(request) && open_gallery(worker, request))
            request->route->handle(request, worker);
        if (!request->reply.status)
            reply_error(request, ERROR_INTERNAL, "there is no answer");
        http_resume(request);
    }
    return NULL;
}

static vultus_status start(struct worker *worker, vultus_error *error)
{
    vultus_status status = take(worker, GALLERY_DEFAULT, error);
    if (!status && pthread_create(&worker->thread, NULL, work, worker))
        status = status_set(error, VULTUS_ERR_INTERNAL, "a thread cannot be started");
    worker->running = !status;
    return status;
}

vultus_status workers_start(struct server *server, vultus_error *error)
{
    server->thread_count = server->worker_count + 1;
    server->workers = mem_zalloc(server->thread_count, sizeof *server->workers);
    if (!server->workers)
        return status_memory(error, "the workers");
    vultus_status status = VULTUS_OK;
    for (unsigned i = 0; !status && i < server->thread_count; i++) {
        server->workers[i].server = server;
        server->workers[i].lane = i < server->worker_count ? LANE_LONG : LANE_QUICK;
        status = start(&server->workers[i], error);
    }
    return status;
}

void workers_stop(struct server *server)
{
    if (!server->workers)
        return;
    queue_close(&server->queue);
    for (unsigned i = 0; i < server->thread_count; i++) {
        if (server->workers[i].running)
            pthread_join(server->workers[i].thread, NULL);
        shelf_clear(&server->workers[i].shelf);
    }
    mem_free(server->workers);
    server->workers = NULL;
}
