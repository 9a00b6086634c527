/*
 * RFB and slim, "Ultra-Light-Fast-Generic-Face-Detector-1MB" by Linzaer, 2019: scores [1,priors,2]
 * (no face, face) and boxes [1,priors,4], which the network itself has decoded to corners as parts of
 * the input's width and height. No landmarks.
 */
#include "face/anchors.h"
#include "face/single.h"

static vultus_status rfb_read(const void *context, const struct tiles_view *view,
                              const struct session_result *result, struct candidates *out,
                              vultus_error *error)
{
    const struct single_search *search = context;
    struct anchors_table scores = {0}, boxes = {0}, table;
    float width = (float)view->width, height = (float)view->height;
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; i < result->count; i++)
        if (anchors_table(result, i, &table) && (table.columns == 2 || table.columns == 4))
            *(table.columns == 2 ? &scores : &boxes) = table;
    if (result->count != 2 || !scores.data || !boxes.data || scores.rows != boxes.rows)
        return single_odd("rfb", result, error);
    for (size_t i = 0; !status && i < scores.rows; i++) {
        float score = scores.data[2 * i + 1];
        const float *box = boxes.data + 4 * i;
        if (score > 1.001f)
            status = single_improbable("rfb", score, error);
        else if (score >= search->threshold)
            status = candidates_add(out,
                                    &(struct candidate){.x1 = box[0] * width,
                                                        .y1 = box[1] * height,
                                                        .x2 = box[2] * width,
                                                        .y2 = box[3] * height,
                                                        .score = score},
                                    error);
    }
    return status;
}

static vultus_status rfb_open(const struct contract_model *contract, const struct model_part *parts,
                              void **out, vultus_error *error)
{
    static const struct single_plan plan = {.threshold = 0.8f,
                                            .overlap = 0.3f,
                                            .face_low = 12,
                                            .face_high = 240,
                                            .min_face = 20,
                                            .multiple = 32,
                                            .read = rfb_read};
    return single_open(contract, parts, &plan, out, error);
}

const struct detect_method detect_rfb = {.name = "rfb",
                                         .roles = single_roles,
                                         .knows = single_options,
                                         .reads = DETECT_THRESHOLD | DETECT_MIN_FACE,
                                         .boxes_only = true,
                                         .open = rfb_open,
                                         .find = single_find,
                                         .close = single_close};
