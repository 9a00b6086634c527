/* The table of methods that tell live faces. A new one is a new file and a new line here. */
#include "face/live_face.h"

#include <math.h>
#include <string.h>

static const struct liveness_method *const methods[] = {&liveness_tree};

const struct liveness_method *liveness_method_of(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (!strcmp(methods[i]->name, name))
            return methods[i];
    return NULL;
}

/* Where a stretch of this length begins, so that it lies in 0 .. room. */
static float moved(float begin, float length, float room)
{
    return fmaxf(fminf(begin, room - length), 0);
}

vultus_box liveness_square(const struct mips *mips, vultus_box box)
{
    float width = (float)mips->levels[0].width, height = (float)mips->levels[0].height;
    float side = fminf(fmaxf(box.width, box.height), fminf(width, height));
    float x = box.x + (box.width - side) / 2, y = box.y + (box.height - side) / 2;
    return (vultus_box){moved(x, side, width), moved(y, side, height), side, side};
}
