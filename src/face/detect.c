/* The table of detectors. A new one is a new file and a new line here. */
#include "face/detect.h"

#include <math.h>
#include <string.h>

#define USUAL_PIXELS (1280.0f * 960.0f)

static const struct detect_method *const methods[] = {
    &detect_mtcnn,       &detect_blazeface, &detect_yunet,      &detect_scrfd,
    &detect_scrfd_boxes, &detect_rfb,       &detect_retinaface, &detect_ssd,
    &detect_tiny,        &detect_hog,       &detect_cascade,    &detect_mmod};

const struct detect_method *detect_method_of(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (!strcmp(methods[i]->name, name))
            return methods[i];
    return NULL;
}

float detect_min_face(const struct detect_call *call, float usual)
{
    float pixels = (float)call->width * (float)call->height;
    return call->options->min_face > 0 ? call->options->min_face
                                       : usual * fmaxf(1, sqrtf(pixels / USUAL_PIXELS));
}
