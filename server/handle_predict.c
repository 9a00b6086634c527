/* Who is in a picture, by the run that serves a workspace: as JSON, or as the picture with boxes and labels. */
#include "handlers.h"
#include "reply.h"
#include "service.h"
#include "view.h"
#include "workspace_request.h"

#include "answers/label_text.h"
#include "base/clock.h"
#include "base/memory.h"

#include <string.h>

#define TOP_DEFAULT 3

struct asked { /* one request */
    struct request *request;
    const struct served_model *model;
    struct view view;
};

/* The run's own threshold is of the score; another one may be asked for. */
static vultus_status predict(const struct asked *asked, size_t face, vultus_prediction *out,
                             vultus_error *error)
{
    const struct parameters *parameters = &asked->request->parameters;
    const vultus_engine *engine = asked->request->server->engine;
    vultus_status status = vultus_classifier_predict(
        asked->model->classifier, engine,
        asked->view.embeddings + face * vultus_engine_dimension(engine), out, error);
    if (!status && parameters->given[PARAMETER_THRESHOLD]) {
        out->threshold = parameters->threshold;
        out->match = out->score >= out->threshold;
    }
    return status;
}

static vultus_status json_ranked(const struct asked *asked, size_t face, json_t **out,
                                 vultus_error *error)
{
    const vultus_engine *engine = asked->request->server->engine;
    size_t top = asked->request->parameters.top ? asked->request->parameters.top : TOP_DEFAULT;
    size_t count = 0;
    vultus_likelihood ranked[VULTUS_TOP_MAX];
    vultus_status status =
        vultus_classifier_rank(asked->model->classifier, engine,
                               asked->view.embeddings + face * vultus_engine_dimension(engine),
                               ranked, top, &count, error);
    json_t *list = json_array();
    for (size_t i = 0; !status && list && i < count; i++)
        list = json_appended(list, json_pack("{s:o, s:o}", "label", json_text(ranked[i].name),
                                             "probability", json_number(ranked[i].probability)));
    *out = list;
    return status;
}

static vultus_status json_face(const struct asked *asked, size_t face, json_t **out,
                               vultus_error *error)
{
    vultus_prediction who;
    json_t *ranked = NULL;
    vultus_status status = predict(asked, face, &who, error);
    if (!status)
        status = json_ranked(asked, face, &ranked, error);
    if (status) {
        json_decref(ranked);
        return status;
    }
    json_t *value = json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "label",
                              who.match ? json_text(who.best.name) : json_null(), "match",
                              who.match, "probability", json_number(who.best.probability), "margin",
                              json_number(who.margin), "closeness", json_number(who.closeness),
                              "match_score", json_number(who.score), "threshold",
                              json_number(who.threshold), "probabilities", ranked);
    *out = json_joined(json_box(&asked->view.faces.items[face]), value);
    return VULTUS_OK;
}

static vultus_status answer_json(const struct asked *asked, vultus_error *error)
{
    json_t *list = json_array();
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < asked->view.faces.count; i++) {
        json_t *face = NULL;
        status = json_face(asked, i, &face, error);
        if (!status)
            list = json_appended(list, face);
    }
    if (status) {
        json_decref(list);
        return status;
    }
    json_t *about = json_pack("{s:s, s:o, s:s}", "workspace", asked->model->id, "run",
                              json_integer(asked->model->choice.serving), "method",
                              vultus_classifier_used_method(asked->model->classifier));
    reply_json(asked->request, 200, json_joined(about, view_answer(&asked->view, list)),
               JSON_DIGITS);
    return VULTUS_OK;
}

static vultus_status tag(const struct asked *asked, vultus_label *labels,
                         char (*texts)[LABEL_TEXT_SIZE], vultus_error *error)
{
    size_t count = asked->view.faces.count;
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < count; i++) {
        vultus_prediction who;
        status = predict(asked, i, &who, error);
        if (status)
            continue;
        label_text(texts[i], who.match ? who.best.name : NULL, who.best.probability);
        labels[i] = (vultus_label){
            .face = asked->view.faces.items[i], .text = texts[i], .match = who.match};
    }
    return status ? status : vultus_image_annotate(asked->view.image, labels, count, error);
}

static vultus_status answer_picture(const struct asked *asked, vultus_error *error)
{
    size_t count = asked->view.faces.count, size = 0;
    uint8_t *jpeg = NULL;
    struct buffer bytes;
    vultus_label *labels = mem_zalloc(count, sizeof *labels);
    char(*texts)[LABEL_TEXT_SIZE] = mem_zalloc(count, sizeof *texts);
    vultus_status status =
        labels && texts ? tag(asked, labels, texts, error) : status_memory(error, "the labels");
    if (!status)
        status = vultus_image_jpeg(asked->view.image, &jpeg, &size, error);
    buffer_init(&bytes, REPLY_MAX);
    if (!status)
        status = buffer_append(&bytes, jpeg, size, error);
    if (!status)
        reply_text(asked->request, "image/jpeg", &bytes);
    buffer_clear(&bytes);
    vultus_thumbnail_free(jpeg, size);
    mem_free(labels);
    mem_free(texts);
    return status;
}

static bool wants_picture(const struct request *request)
{
    return request->parameters.given[PARAMETER_PICTURE]
               ? request->parameters.picture
               : !strncmp(request->accept, "image/jpeg", sizeof "image/jpeg" - 1);
}

static void look(struct request *request, const struct served_model *model)
{
    struct asked asked = {.request = request, .model = model};
    vultus_error error = {0};
    if (view_open(request, true, &asked.view)) {
        uint64_t began = clock_ns();
        vultus_status status =
            wants_picture(request) ? answer_picture(&asked, &error) : answer_json(&asked, &error);
        request->stages[STAGE_SEARCH] += clock_ns() - began;
        if (status)
            reply_failure(request, &error);
    }
    view_close(request, &asked.view);
}

void handle_predict(struct request *request, struct worker *worker)
{
    struct served *served = &request->server->served;
    struct workspace workspace;
    struct served_model *model = NULL;
    vultus_error error = {0};
    (void)worker;
    if (!workspace_take(request, WORKSPACE_THERE, &workspace))
        return;
    vultus_status status = served_take(
        served, &workspace, vultus_engine_embedder(request->server->engine), &model, &error);
    if (!status) {
        look(request, model);
        served_give(served, model);
    } else if (status == VULTUS_ERR_NOT_FOUND) {
        reply_error(request, ERROR_NO_RUN, "%s", error.message);
    } else {
        reply_failure(request, &error);
    }
    workspace_leave(&workspace);
}
