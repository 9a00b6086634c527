/* verify, compare, search: pictures or embeddings against each other and against the gallery. */
#include "body.h"
#include "handlers.h"
#include "look.h"
#include "reply.h"
#include "service.h"

#include "answers/json_decisions.h"
#include "base/memory.h"

#include <math.h>

static const char *const pair_fields[] = {"a", "b", NULL};
static const char *const search_fields[] = {"embedding", NULL};

struct side { /* the largest face of a picture */
    uint32_t width, height;
    size_t faces;
    vultus_face face;
    float *embedding;
    float *live; /* NULL: that was not asked for */
};

/* False: the reply says what is wrong. */
static bool side_look(struct request *request, const struct body *body, const char *field,
                      struct side *side)
{
    vultus_image *image = NULL;
    vultus_faces faces = {0};
    if (body_picture(request, body, field, &image) && look_detect(request, image, 0, &faces)) {
        side->width = vultus_image_width(image);
        side->height = vultus_image_height(image);
        side->faces = faces.count;
        if (faces.count) {
            side->face = faces.items[0]; /* the largest comes first */
            if (look_live(request, image, &side->face, 1, &side->live))
                side->embedding = look_embed(request, image, &faces, 1);
        } else {
            char reason[64];
            snprintf(reason, sizeof reason, "%s: no face found", field);
            reply_face(request, verdict_key(VULTUS_SAMPLE_NO_FACE), reason,
                       json_pack("{s:s}", "field", field));
        }
    }
    vultus_faces_clear(&faces);
    vultus_image_free(image);
    return side->embedding != NULL;
}

static json_t *json_side(const struct request *request, const struct side *side)
{
    json_t *face = json_box(&side->face);
    if (side->live)
        face =
            json_joined(face, json_pack("{s:o}", "live", look_live_json(request, side->live[0])));
    return json_pack("{s:o, s:o, s:o, s:o}", "width", json_whole(side->width), "height",
                     json_whole(side->height), "faces", json_whole(side->faces), "face", face);
}

static void verify(struct request *request, const struct side *a, const struct side *b)
{
    vultus_decision decision = parameters_decision(&request->parameters);
    vultus_comparison result;
    vultus_error error = {0};
    decision.quality = fminf(a->face.quality.score, b->face.quality.score);
    decision.min_live = look_min_live(request);
    decision.live = a->live && b->live ? fminf(a->live[0], b->live[0]) : NAN;
    if (vultus_compare(request->server->engine, a->embedding, b->embedding, &decision, &result,
                       &error))
        reply_failure(request, &error);
    else
        reply_json(request, 200,
                   json_joined(json_comparison(&result, metric_name(result.metric)),
                               json_pack("{s:o, s:o}", "a", json_side(request, a), "b",
                                         json_side(request, b))),
                   JSON_DIGITS);
}

void handle_verify(struct request *request, struct worker *worker)
{
    struct body body = {0};
    struct side a = {0}, b = {0};
    size_t dimension = vultus_engine_dimension(request->server->engine);
    (void)worker;
    if (look_rate(request) && body_read(request, pair_fields, &body) &&
        side_look(request, &body, "a", &a) && side_look(request, &body, "b", &b))
        verify(request, &a, &b);
    vultus_embeddings_free(a.embedding, dimension);
    vultus_embeddings_free(b.embedding, dimension);
    mem_free(a.live);
    mem_free(b.live);
    body_clear(&body);
}

static void forget(const struct request *request, float *embedding)
{
    mem_free_wiped(embedding, vultus_engine_dimension(request->server->engine) * sizeof *embedding);
}

void handle_compare(struct request *request, struct worker *worker)
{
    struct body body = {0};
    float *a = NULL, *b = NULL;
    const vultus_decision decision = parameters_decision(&request->parameters);
    vultus_comparison result;
    vultus_error error = {0};
    (void)worker;
    if (look_rate(request) && body_read(request, pair_fields, &body) &&
        (a = body_embedding(request, &body, "a")) && (b = body_embedding(request, &body, "b"))) {
        if (vultus_compare(request->server->engine, a, b, &decision, &result, &error))
            reply_failure(request, &error);
        else
            reply_json(request, 200, json_comparison(&result, metric_name(result.metric)),
                       JSON_DIGITS);
    }
    forget(request, a);
    forget(request, b);
    body_clear(&body);
}

void handle_search(struct request *request, struct worker *worker)
{
    struct body body = {0};
    float *probe = NULL;
    json_t *answer = NULL;
    if (look_rate(request) && body_read(request, search_fields, &body) &&
        (probe = body_embedding(request, &body, "embedding")) &&
        look_up(request, worker, &(const struct look_probe){.embedding = probe, .live = NAN},
                &answer))
        reply_json(request, 200, answer, JSON_DIGITS);
    forget(request, probe);
    body_clear(&body);
}
