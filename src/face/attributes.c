/* The table of methods that describe faces. A new one is a new file and a new line here. */
#include "face/attributes.h"

#include <math.h>
#include <string.h>

#define ATTRIBUTES_SHAPE 68 /* points; five say too little of where a face ends */

static const struct attributes_method *const methods[] = {&attributes_age_gender,
                                                          &attributes_expression};

const struct attributes_method *attributes_method_of(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (!strcmp(methods[i]->name, name))
            return methods[i];
    return NULL;
}

/* Around the outermost points, padded by a tenth of the size on every side. */
static vultus_box around(const vultus_point *shape, size_t count)
{
    float x1 = shape[0].x, y1 = shape[0].y, x2 = x1, y2 = y1;
    for (size_t i = 1; i < count; i++) {
        x1 = fminf(x1, shape[i].x);
        y1 = fminf(y1, shape[i].y);
        x2 = fmaxf(x2, shape[i].x);
        y2 = fmaxf(y2, shape[i].y);
    }
    float width = x2 - x1, height = y2 - y1;
    return (vultus_box){x1 - width / 10, y1 - height / 10, 1.2f * width, 1.2f * height};
}

bool attributes_box(const struct attributes_call *call, vultus_box *out)
{
    const struct mip *picture = &call->mips->levels[0];
    vultus_box box = call->face->shape_count == ATTRIBUTES_SHAPE
                         ? around(call->face->shape, ATTRIBUTES_SHAPE)
                         : call->face->box;
    float x = floorf(box.x), y = floorf(box.y);
    float right = fminf(x + floorf(box.width), (float)picture->width);
    float bottom = fminf(y + floorf(box.height), (float)picture->height);
    out->x = fmaxf(x, 0);
    out->y = fmaxf(y, 0);
    out->width = right - out->x;
    out->height = bottom - out->y;
    return isfinite(box.x + box.y + box.width + box.height) && out->width > 0 && out->height > 0;
}

const char *vultus_expression_name(vultus_expression expression)
{
    static const char *const names[VULTUS_EXPRESSIONS] = {
        "neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised"};
    return expression < VULTUS_EXPRESSIONS ? names[expression] : "";
}
