/* See look.h. Between stages somebody may run out of time. */
#include "look.h"
#include "reply.h"
#include "service.h"

#include "answers/json_decisions.h"
#include "base/clock.h"
#include "base/memory.h"

#include <math.h>

bool look_detect(struct request *request, const vultus_image *image, size_t most, vultus_faces *out)
{
    vultus_detect_options options = parameters_detection(&request->parameters);
    const vultus_stop stop = request_stop(request);
    vultus_error error = {0};
    options.stop = &stop;
    if (most)
        options.max_faces = most;
    uint64_t began = clock_ns();
    vultus_status status = vultus_detect(request->server->engine, image, &options, out, &error);
    request->stages[STAGE_DETECT] += clock_ns() - began;
    if (status)
        reply_failure(request, &error);
    return !status && !request_late(request);
}

float *look_embed(struct request *request, const vultus_image *image, const vultus_faces *faces,
                  size_t count)
{
    const vultus_stop stop = request_stop(request);
    const vultus_embed_options options = {.flip = request->parameters.flip, .stop = &stop};
    vultus_engine *engine = request->server->engine;
    vultus_error error = {0};
    float *embeddings = NULL;
    uint64_t began = clock_ns();
    vultus_status status =
        vultus_embed(engine, image, faces->items, count, &options, &embeddings, &error);
    request->stages[STAGE_EMBED] += clock_ns() - began;
    if (status)
        reply_failure(request, &error);
    else if (!request_late(request))
        return embeddings;
    vultus_embeddings_free(embeddings, count * vultus_engine_dimension(engine));
    return NULL;
}

static float live_threshold(const struct request *request)
{
    const struct parameters *asked = &request->parameters;
    return asked->given[PARAMETER_REQUIRE_LIVE] && asked->require_live >= 0
               ? asked->require_live
               : vultus_engine_live_threshold(request->server->engine);
}

float look_min_live(const struct request *request)
{
    return request->parameters.given[PARAMETER_REQUIRE_LIVE] ? live_threshold(request) : 0;
}

json_t *look_live_json(const struct request *request, float score)
{
    return json_live(score, live_threshold(request));
}

bool look_can_live(struct request *request)
{
    if (!isnan(vultus_engine_live_threshold(request->server->engine)))
        return true;
    reply_error(request, ERROR_BAD_REQUEST,
                "liveness needs the model pack liveness, and the server has none; run: vultus "
                "models install liveness");
    return false;
}

bool look_live(struct request *request, const vultus_image *image, const vultus_face *faces,
               size_t count, float **out)
{
    const struct parameters *asked = &request->parameters;
    vultus_engine *engine = request->server->engine;
    vultus_error error = {0};
    *out = NULL;
    if (!asked->liveness && !asked->given[PARAMETER_REQUIRE_LIVE])
        return true;
    if (!look_can_live(request))
        return false;
    float *scores = mem_zalloc(count ? count : 1, sizeof *scores);
    uint64_t began = clock_ns();
    vultus_status status = scores ? vultus_live_scores(engine, image, faces, count, scores, &error)
                                  : status_memory(&error, "the liveness of faces");
    request->stages[STAGE_LIVE] += clock_ns() - began;
    if (status)
        reply_failure(request, &error);
    if (status || request_late(request)) {
        mem_free(scores);
        return false;
    }
    *out = scores;
    return true;
}

bool look_up(struct request *request, struct worker *worker, const struct look_probe *probe,
             json_t **out)
{
    const vultus_engine *engine = request->server->engine;
    vultus_decision decision = parameters_decision(&request->parameters);
    vultus_identity who;
    vultus_error error = {0};
    unsigned top = request->parameters.top;
    size_t count = 0;
    vultus_match *ranked = top ? mem_zalloc(top, sizeof *ranked) : NULL;
    uint64_t began = clock_ns();
    decision.quality = probe->face ? probe->face->quality.score : 1;
    decision.picture = probe->picture;
    decision.min_live = look_min_live(request);
    decision.live = probe->live;
    vultus_status status = top && !ranked ? status_memory(&error, "the candidates") : VULTUS_OK;
    if (!status)
        status = vultus_gallery_identify(worker->gallery, engine, probe->embedding, &decision, &who,
                                         &error);
    if (!status && ranked)
        status = vultus_gallery_rank(worker->gallery, engine, probe->embedding, &decision, ranked,
                                     top, &count, &error);
    if (status) {
        reply_failure(request, &error);
    } else {
        *out = json_identity(&who, metric_name(who.metric));
        if (ranked)
            *out = json_joined(*out, json_pack("{s:o}", "candidates", json_matches(ranked, count)));
    }
    mem_free(ranked);
    request->stages[STAGE_SEARCH] += clock_ns() - began;
    return !status;
}

bool look_rate(struct request *request)
{
    if (!request->parameters.given[PARAMETER_FAR] ||
        vultus_engine_calibration(request->server->engine))
        return true;
    reply_error(request, ERROR_BAD_REQUEST, "far needs a calibration, and the server has none");
    return false;
}
