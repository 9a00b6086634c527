/*
 * RetinaFace: Deng, Guo, Zhou, Yu, Kotsia, Zafeiriou, "RetinaFace: Single-stage Dense Face
 * Localisation in the Wild", 2020, as the PyTorch implementations export it: boxes [1,priors,4],
 * scores [1,priors,2] (no face, face), landmarks [1,priors,10], against priors of two sizes on
 * strides 8, 16, 32, with variances 0.1 (places) and 0.2 (sizes).
 */
#include "face/anchors.h"
#include "face/single.h"

#include <math.h>

static const struct priors priors = {
    3, {{8, 2, {16, 32}}, {16, 2, {64, 128}}, {32, 2, {256, 512}}}, false};

struct outputs {
    struct anchors_table scores, boxes, points;
};

static bool sort_outputs(const struct session_result *result, size_t rows, struct outputs *out)
{
    struct anchors_table table;
    *out = (struct outputs){0};
    for (size_t i = 0; i < result->count; i++) {
        if (!anchors_table(result, i, &table) || table.rows != rows)
            return false;
        if (table.columns == 2)
            out->scores = table;
        else if (table.columns == 4)
            out->boxes = table;
        else if (table.columns == 2 * VULTUS_LANDMARKS)
            out->points = table;
    }
    return result->count == 3 && out->scores.data && out->boxes.data && out->points.data;
}

static vultus_status add_prior(const struct prior *prior, const float *box, const float *points,
                               float score, struct candidates *out, vultus_error *error)
{
    float step = 0.1f * prior->side;
    float x = prior->x + box[0] * step, y = prior->y + box[1] * step;
    float width = prior->side * expf(0.2f * box[2]), height = prior->side * expf(0.2f * box[3]);
    struct candidate c = {.x1 = x - width / 2,
                          .y1 = y - height / 2,
                          .x2 = x + width / 2,
                          .y2 = y + height / 2,
                          .score = score};
    for (size_t k = 0; k < VULTUS_LANDMARKS; k++)
        c.landmarks[k] =
            (vultus_point){prior->x + points[2 * k] * step, prior->y + points[2 * k + 1] * step};
    return candidates_add(out, &c, error);
}

static vultus_status retinaface_read(const void *context, const struct tiles_view *view,
                                     const struct session_result *result, struct candidates *out,
                                     vultus_error *error)
{
    const struct single_search *search = context;
    size_t count = priors_count(&priors, view->width, view->height);
    struct outputs outputs;
    vultus_status status = VULTUS_OK;
    if (!sort_outputs(result, count, &outputs))
        return single_odd("retinaface", result, error);
    for (size_t i = 0; !status && i < count; i++) {
        float other = outputs.scores.data[2 * i], score = outputs.scores.data[2 * i + 1];
        if (score > 1.001f || fabsf(score + other - 1) > 0.01f)
            return single_improbable("retinaface", score, error);
        if (!(score >= search->threshold))
            continue;
        struct prior prior = priors_at(&priors, view->width, view->height, i);
        status = add_prior(&prior, outputs.boxes.data + 4 * i,
                           outputs.points.data + 2 * VULTUS_LANDMARKS * i, score, out, error);
    }
    return status;
}

static vultus_status retinaface_open(const struct contract_model *contract,
                                     const struct model_part *parts, void **out,
                                     vultus_error *error)
{
    static const struct single_plan plan = {.threshold = 0.6f,
                                            .overlap = 0.4f,
                                            .face_low = 12,
                                            .face_high = 640,
                                            .min_face = 20,
                                            .multiple = 32,
                                            .read = retinaface_read};
    return single_open(contract, parts, &plan, out, error);
}

const struct detect_method detect_retinaface = {.name = "retinaface",
                                                .roles = single_roles,
                                                .knows = single_options,
                                                .reads = DETECT_THRESHOLD | DETECT_MIN_FACE,
                                                .open = retinaface_open,
                                                .find = single_find,
                                                .close = single_close};
