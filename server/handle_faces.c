/* detect, embed, identify: a picture in, its faces out, with the fields of the command line. */
#include "body.h"
#include "handlers.h"
#include "look.h"
#include "reply.h"
#include "service.h"

static const char *const image_field[] = {"image", NULL};

struct view { /* a picture that was looked at */
    struct body body;
    vultus_image *image;
    vultus_faces faces;
    float *embeddings;
};

/* False: the reply says what is wrong. Close in every case. */
static bool view_open(struct request *request, bool embed, struct view *view)
{
    if (!body_read(request, image_field, &view->body) ||
        !body_picture(request, &view->body, "image", &view->image) ||
        !look_detect(request, view->image, 0, &view->faces))
        return false;
    if (!embed || !view->faces.count)
        return true;
    view->embeddings = look_embed(request, view->image, &view->faces, view->faces.count);
    return view->embeddings != NULL;
}

static void view_close(const struct request *request, struct view *view)
{
    vultus_embeddings_free(view->embeddings,
                           view->faces.count * vultus_engine_dimension(request->server->engine));
    vultus_faces_clear(&view->faces);
    vultus_image_free(view->image);
    body_clear(&view->body);
}

/* Takes the list. */
static json_t *view_answer(const struct view *view, json_t *faces)
{
    return json_pack("{s:o, s:o, s:o}", "width", json_whole(vultus_image_width(view->image)),
                     "height", json_whole(vultus_image_height(view->image)), "faces", faces);
}

static json_t *json_found(const vultus_face *face)
{
    json_t *value =
        json_joined(json_box(face), json_pack("{s:o, s:o}", "landmarks", json_landmarks(face),
                                              "quality", json_quality(face)));
    return face->shape_count ? json_joined(value, json_pack("{s:o}", "shape", json_shape(face)))
                             : value;
}

void handle_detect(struct request *request, struct worker *worker)
{
    struct view view = {0};
    (void)worker;
    if (view_open(request, false, &view)) {
        json_t *list = json_array();
        for (size_t i = 0; list && i < view.faces.count; i++)
            list = json_appended(list, json_found(&view.faces.items[i]));
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
                json_joined(json_found(&view.faces.items[i]),
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
            const vultus_face *face = &view.faces.items[i];
            json_t *who = NULL;
            good =
                look_up(request, worker, view.embeddings + i * dimension, face, view.image, &who);
            list = json_appended(list, json_joined(json_box(face), who));
        }
        if (good)
            reply_json(request, 200, view_answer(&view, list), JSON_DIGITS);
        else
            json_decref(list);
    }
    view_close(request, &view);
}
