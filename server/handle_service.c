/* What the server says of itself, and the history of the gallery. */
#include "handlers.h"
#include "openapi.h"
#include "reply.h"
#include "service.h"

#include "answers/json_decisions.h"
#include "answers/json_models.h"
#include "answers/json_people.h"
#include "body.h"

#include <math.h>

#define METRICS_BYTES_MAX ((size_t)1 << 20)

void handle_health(struct request *request, struct worker *worker)
{
    (void)worker;
    reply_json(request, 200, json_pack("{s:s}", "status", "ok"), JSON_DIGITS);
}

void handle_ready(struct request *request, struct worker *worker)
{
    struct server *server = request->server;
    (void)worker;
    if (atomic_load(&server->stopping))
        reply_error(request, ERROR_STOPPING, "the server is stopping");
    else if (atomic_load(&server->warm) < server->thread_count)
        reply_error(request, ERROR_BUSY, "the workers are starting");
    else if (queue_length(&server->queue, LANE_LONG) >= server->options.queue)
        reply_error(request, ERROR_BUSY, "too many requests wait already");
    else
        reply_json(request, 200, json_pack("{s:s}", "status", "ready"), JSON_DIGITS);
}

void handle_metrics(struct request *request, struct worker *worker)
{
    struct buffer text;
    vultus_error error = {0};
    (void)worker;
    buffer_init(&text, METRICS_BYTES_MAX);
    if (metrics_write(request->server, &text, &error))
        reply_failure(request, &error);
    else
        reply_text(request, "text/plain; version=0.0.4", &text);
    buffer_clear(&text);
}

void handle_openapi(struct request *request, struct worker *worker)
{
    (void)worker;
    reply_fixed(request, "application/yaml", openapi_yaml, openapi_yaml_size);
}

void handle_info(struct request *request, struct worker *worker)
{
    const struct server *server = request->server;
    const vultus_engine *engine = server->engine;
    vultus_metric metric = vultus_engine_metric(engine);
    (void)worker;
    json_t *limits =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "body_bytes",
                  json_whole(server->tunables.max_body), "pixels", json_whole(BODY_PIXELS_MAX),
                  "faces", json_whole(FACES_LIMIT), "queue", json_whole(server->options.queue),
                  "deadline_seconds", json_whole(server->tunables.deadline), "requests_per_second",
                  json_whole(server->tunables.rate));
    json_t *models =
        json_pack("{s:s, s:o, s:o, s:o, s:s, s:b, s:b}", "embedder", vultus_engine_embedder(engine),
                  "detector", json_text(vultus_engine_detector(engine)), "landmarks",
                  json_text(vultus_engine_landmarks(engine)), "dimension",
                  json_whole(vultus_engine_dimension(engine)), "metric", metric_name(metric),
                  "calibrated", vultus_engine_calibration(engine) != NULL, "liveness",
                  !isnan(vultus_engine_live_threshold(engine)));
    json_t *thresholds = json_pack(
        "{s:o, s:o}", "threshold", json_number(vultus_engine_threshold(engine, metric)),
        "identify_threshold", json_number(vultus_engine_identify_threshold(engine, metric)));
    json_t *asker = json_pack(
        "{s:s, s:o, s:o, s:o, s:o}", "version", vultus_version(), "workers",
        json_whole(server->worker_count), "limits", limits, "keep_unknown_days",
        server->options.keep_unknown ? json_whole(server->options.keep_unknown) : json_null(),
        "scope", json_text(key_scope_name(request->scope)));
    reply_json(request, 200,
               json_joined(json_joined(models, thresholds),
                           json_joined(asker, key_bounds_json(&request->bounds))),
               JSON_DIGITS);
}

void handle_models(struct request *request, struct worker *worker)
{
    vultus_models models = {0};
    vultus_error error = {0};
    (void)worker;
    if (vultus_models_list(request->server->options.engine.models, &models, &error)) {
        reply_failure(request, &error);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; list && i < models.count; i++)
        if (models.items[i].installed)
            list = json_appended(list, json_model(&models.items[i]));
    reply_json(request, 200, json_pack("{s:o}", "models", list), JSON_DIGITS);
    vultus_models_clear(&models);
}

void handle_audit(struct request *request, struct worker *worker)
{
    vultus_changes changes = {0};
    vultus_error error = {0};
    if (vultus_gallery_changes(worker->gallery, request->parameters.name, request->parameters.limit,
                               &changes, &error)) {
        reply_failure(request, &error);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; list && i < changes.count; i++)
        list = json_appended(list, json_change(&changes.items[i]));
    reply_json(request, 200, json_pack("{s:o}", "changes", list), JSON_DIGITS);
    vultus_changes_clear(&changes);
}

void handle_undo(struct request *request, struct worker *worker)
{
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    char action[32] = "";
    (void)worker;
    vultus_status status = writer_take(request, &gallery, &error);
    if (!status) {
        status = vultus_gallery_undo(gallery, action, &error);
        writer_give(request);
    }
    if (status)
        reply_failure(request, &error);
    else
        reply_json(request, 200, json_pack("{s:s}", "undone", action), JSON_DIGITS);
}
