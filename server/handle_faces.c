/* detect, embed, identify: a picture in, its faces out, with the fields of the command line. */
#include "handlers.h"
#include "look.h"
#include "reply.h"
#include "service.h"
#include "view.h"

#include <math.h>

static json_t *with_live(const struct request *request, const struct view *view, size_t i,
                         json_t *value)
{
    return view->live ? json_joined(value, json_pack("{s:o}", "live",
                                                     look_live_json(request, view->live[i])))
                      : value;
}

static json_t *json_found(const struct request *request, const struct view *view, size_t i)
{
    const vultus_face *face = &view->faces.items[i];
    json_t *value =
        json_joined(json_box(face), json_pack("{s:o, s:o}", "landmarks", json_landmarks(face),
                                              "quality", json_quality(face)));
    if (face->shape_count)
        value = json_joined(value, json_pack("{s:o}", "shape", json_shape(face)));
    return with_live(request, view, i, value);
}

void handle_detect(struct request *request, struct worker *worker)
{
    struct view view = {0};
    (void)worker;
    if (view_open(request, false, &view)) {
        json_t *list = json_array();
        for (size_t i = 0; list && i < view.faces.count; i++)
            list = json_appended(list, json_found(request, &view, i));
        reply_json(request, 200, view_answer(&view, list), JSON_DIGITS);
    }
    view_close(request, &view);
}

static json_t *json_floats(const float *values, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < count; i++)
        list = json_appended(list, json_number(values[i]));
    return list;
}

void handle_embed(struct request *request, struct worker *worker)
{
    struct view view = {0};
    const vultus_engine *engine = request->server->engine;
    size_t dimension = vultus_engine_dimension(engine);
    (void)worker;
    if (view_open(request, true, &view)) {
        json_t *list = json_array();
        for (size_t i = 0; list && i < view.faces.count; i++)
            list = json_appended(
                list,
                json_joined(json_found(request, &view, i),
                            json_pack("{s:o}", "embedding",
                                      json_floats(view.embeddings + i * dimension, dimension))));
        reply_json(request, 200,
                   json_joined(json_pack("{s:s, s:o}", "embedder", vultus_engine_embedder(engine),
                                         "dimension", json_whole(dimension)),
                               view_answer(&view, list)),
                   JSON_FLOAT_DIGITS);
    }
    view_close(request, &view);
}

void handle_identify(struct request *request, struct worker *worker)
{
    struct view view = {0};
    size_t dimension = vultus_engine_dimension(request->server->engine);
    if (look_rate(request) && view_open(request, true, &view)) {
        bool good = true;
        json_t *list = json_array();
        for (size_t i = 0; good && i < view.faces.count; i++) {
            const struct look_probe probe = {.embedding = view.embeddings + i * dimension,
                                             .face = &view.faces.items[i],
                                             .picture = view.image,
                                             .live = view.live ? view.live[i] : NAN};
            json_t *who = NULL;
            good = look_up(request, worker, &probe, &who);
            who = json_joined(json_box(probe.face), who);
            list = json_appended(list, with_live(request, &view, i, who));
        }
        if (good)
            reply_json(request, 200, view_answer(&view, list), JSON_DIGITS);
        else
            json_decref(list);
    }
    view_close(request, &view);
}
