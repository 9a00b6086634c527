/*
 * SSD MobileNet as face-api has it: Liu et al., "SSD: Single Shot MultiBox Detector", 2016.
 *
 * [1,3,s,s] -> boxes [1,n,4] = (y1, x1, y2, x2) as parts of the side s, scores [1,n]. The prior boxes
 * are constants inside the network, so its input has one size and other pictures lie in its upper
 * left corner. Boxes are not cut at the edge of the picture, as face-api cuts them: what looks for
 * landmarks wants the whole face's square.
 */
#include "face/single.h"

static vultus_status ssd_read(const void *context, const struct tiles_view *view,
                              const struct session_result *result, struct candidates *out,
                              vultus_error *error)
{
    const struct single_search *search = context;
    const int64_t count = result->shapes[1].sizes[1];
    const float width = (float)view->width, height = (float)view->height;
    vultus_status status = VULTUS_OK;
    if (result->count != 2 || !single_fits(&result->shapes[0], 3, (int64_t[]){1, count, 4}) ||
        !single_fits(&result->shapes[1], 2, (int64_t[]){1, count}))
        return single_odd("ssd", result, error);
    for (int64_t i = 0; !status && i < count; i++) {
        const float *box = result->data[0] + 4 * i;
        float score = result->data[1][i];
        if (score > 1.001f)
            status = single_improbable("ssd", score, error);
        else if (score > search->threshold)
            status = candidates_add(out,
                                    &(struct candidate){.x1 = box[1] * width,
                                                        .y1 = box[0] * height,
                                                        .x2 = box[3] * width,
                                                        .y2 = box[2] * height,
                                                        .score = score},
                                    error);
    }
    return status;
}

static vultus_status ssd_open(const struct contract_model *contract, const struct model_part *parts,
                              void **out, vultus_error *error)
{
    static const struct single_plan plan = {.threshold = 0.5f,
                                            .overlap = 0.5f,
                                            .face_low = 20,
                                            .face_high = 480,
                                            .min_face = 32,
                                            .read = ssd_read};
    const struct session *network = parts[0].session;
    if (network && contract->networks[0].output_count == 2) {
        struct session_shape boxes = session_output_shape(network, 0);
        struct session_shape scores = session_output_shape(network, 1);
        if (single_fits(&boxes, 3, (int64_t[]){1, -1, 4}) &&
            single_fits(&scores, 2, (int64_t[]){1, boxes.sizes[1]}))
            return single_open(contract, parts, &plan, out, error);
    }
    return status_set(error, VULTUS_ERR_MODEL,
                      "detector %s: %s has not the outputs boxes [1,n,4] and scores [1,n]",
                      contract->id, contract->networks[0].file);
}

const struct detect_method detect_ssd = {.name = "ssd",
                                         .roles = single_roles,
                                         .knows = single_options,
                                         .reads = DETECT_THRESHOLD | DETECT_MIN_FACE,
                                         .boxes_only = true,
                                         .open = ssd_open,
                                         .find = single_find,
                                         .close = single_close};
