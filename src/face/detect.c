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

vultus_status detect_check_options(const struct detect_method *method, const char *detector,
                                   const vultus_detect_options *options, vultus_error *error)
{
    const float *thresholds = options->thresholds;
    bool several = thresholds[1] != 0 || (thresholds[0] != 0 && thresholds[2] != 0);
    bool any = several || thresholds[0] != 0 || thresholds[2] != 0;
    const struct {
        const char *name;
        bool given;
        unsigned reads; /* any of these will do */
    } checks[] = {{"min-face", options->min_face > 0, DETECT_MIN_FACE},
                  {"thresholds", several, DETECT_STAGES},
                  {"det-threshold", any, DETECT_THRESHOLD | DETECT_STAGES},
                  {"upsample", options->upsample > 0, DETECT_UPSAMPLE},
                  {"scale-factor", options->scale_factor > 0, DETECT_SCALE_FACTOR},
                  {"min-neighbors", options->min_neighbors > 0, DETECT_MIN_NEIGHBORS}};
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (checks[i].given && !(method->reads & checks[i].reads))
            return status_set(error, VULTUS_ERR_ARGUMENT, "%s: the detector %s has no use for it",
                              checks[i].name, detector);
    return VULTUS_OK;
}

float detect_min_face(const struct detect_call *call, float usual)
{
    float pixels = (float)call->width * (float)call->height;
    return call->options->min_face > 0 ? call->options->min_face
                                       : usual * fmaxf(1, sqrtf(pixels / USUAL_PIXELS));
}
