/* See view.h. */
#include "view.h"
#include "look.h"
#include "service.h"

#include "answers/json_values.h"
#include "base/memory.h"

static const char *const image_field[] = {"image", NULL};

bool view_open(struct request *request, bool embed, struct view *view)
{
    if (!body_read(request, image_field, &view->body) ||
        !body_picture(request, &view->body, "image", &view->image) ||
        !look_detect(request, view->image, 0, &view->faces))
        return false;
    if (embed && view->faces.count) {
        view->embeddings = look_embed(request, view->image, &view->faces, view->faces.count);
        if (!view->embeddings)
            return false;
    }
    return look_live(request, view->image, view->faces.items, view->faces.count, &view->live);
}

void view_close(const struct request *request, struct view *view)
{
    vultus_embeddings_free(view->embeddings,
                           view->faces.count * vultus_engine_dimension(request->server->engine));
    mem_free(view->live);
    vultus_faces_clear(&view->faces);
    vultus_image_free(view->image);
    body_clear(&view->body);
}

json_t *view_answer(const struct view *view, json_t *faces)
{
    return json_pack("{s:o, s:o, s:o}", "width", json_whole(vultus_image_width(view->image)),
                     "height", json_whole(vultus_image_height(view->image)), "faces", faces);
}
