/*
 * SCRFD: Guo, Deng, Lattas, Zafeiriou, "Sample and Computation Redistribution for Efficient Face
 * Detection", 2021, as InsightFace exports it; its older RetinaFace files have the same outputs.
 *
 * Strides 8, 16, 32 (and 64, 128): scores [anchors,1], boxes [anchors,4] and, in files with
 * landmarks, points [anchors,10], with or without a batch before them, all as distances from the
 * cell's upper left corner in strides: left, up, right, down.
 */
#include "face/anchors.h"
#include "face/single.h"

#define ROLES 3
#define ROLES_BOXES 2

static const size_t widths[ROLES] = {1, 4, 2 * VULTUS_LANDMARKS};

static vultus_status add_anchor(const struct anchors_grid *grid, size_t each, size_t i,
                                struct candidates *out, vultus_error *error)
{
    const float *box = grid->data[1] + 4 * i;
    const float *points = grid->data[2] ? grid->data[2] + 2 * VULTUS_LANDMARKS * i : NULL;
    float stride = (float)grid->stride;
    float x = (float)(i / each % grid->columns) * stride;
    float y = (float)(i / each / grid->columns) * stride;
    struct candidate c = {.x1 = x - box[0] * stride,
                          .y1 = y - box[1] * stride,
                          .x2 = x + box[2] * stride,
                          .y2 = y + box[3] * stride,
                          .score = grid->data[0][i]};
    for (size_t k = 0; points && k < VULTUS_LANDMARKS; k++)
        c.landmarks[k] = (vultus_point){x + points[2 * k] * stride, y + points[2 * k + 1] * stride};
    return candidates_add(out, &c, error);
}

static vultus_status read_anchors(const struct single_search *search, const char *method,
                                  const struct tiles_view *view,
                                  const struct session_result *result, size_t roles,
                                  struct candidates *out, vultus_error *error)
{
    struct anchors anchors;
    vultus_status status = VULTUS_OK;
    if (!anchors_sort(result, widths, roles, view->width, view->height, &anchors))
        return single_odd(method, result, error);
    for (size_t n = 0; n < anchors.count; n++) {
        const struct anchors_grid *grid = &anchors.grids[n];
        size_t count = (size_t)grid->columns * grid->rows * anchors.each;
        for (size_t i = 0; !status && i < count; i++) {
            float score = grid->data[0][i];
            if (score > 1.001f)
                status = single_improbable(method, score, error);
            else if (score >= search->threshold)
                status = add_anchor(grid, anchors.each, i, out, error);
        }
    }
    return status;
}

static vultus_status read_points(const void *context, const struct tiles_view *view,
                                 const struct session_result *result, struct candidates *out,
                                 vultus_error *error)
{
    return read_anchors(context, "scrfd", view, result, ROLES, out, error);
}

static vultus_status read_boxes(const void *context, const struct tiles_view *view,
                                const struct session_result *result, struct candidates *out,
                                vultus_error *error)
{
    return read_anchors(context, "scrfd-boxes", view, result, ROLES_BOXES, out, error);
}

/* `outputs`: how many a grid has. The other kind of file has a method of its own, because a detector
 * without landmarks needs a finder of shapes behind it. */
static vultus_status open_kind(const struct contract_model *contract,
                               const struct model_part *parts, size_t outputs, tiles_read *read,
                               void **out, vultus_error *error)
{
    const struct single_plan plan = {.threshold = 0.5f,
                                     .overlap = 0.4f,
                                     .face_low = 10,
                                     .face_high = 640,
                                     .min_face = 20,
                                     .multiple = 32,
                                     .read = read};
    size_t count = contract->networks[0].output_count;
    bool points = count % ROLES == 0 && count / ROLES != 2;
    if (outputs != (points ? ROLES : ROLES_BOXES))
        return status_set(error, VULTUS_ERR_MODEL,
                          "detector %s: a network with %zu outputs gives %s landmarks: its method "
                          "and contract are %s",
                          contract->id, count, points ? "also" : "no",
                          points ? "scrfd" : "scrfd-boxes");
    return single_open(contract, parts, &plan, out, error);
}

static vultus_status scrfd_open(const struct contract_model *contract,
                                const struct model_part *parts, void **out, vultus_error *error)
{
    return open_kind(contract, parts, ROLES, read_points, out, error);
}

static vultus_status scrfd_boxes_open(const struct contract_model *contract,
                                      const struct model_part *parts, void **out,
                                      vultus_error *error)
{
    return open_kind(contract, parts, ROLES_BOXES, read_boxes, out, error);
}

const struct detect_method detect_scrfd = {.name = "scrfd",
                                           .roles = single_roles,
                                           .knows = single_options,
                                           .reads = DETECT_THRESHOLD | DETECT_MIN_FACE,
                                           .open = scrfd_open,
                                           .find = single_find,
                                           .close = single_close};
const struct detect_method detect_scrfd_boxes = {.name = "scrfd-boxes",
                                                 .roles = single_roles,
                                                 .knows = single_options,
                                                 .reads = DETECT_THRESHOLD | DETECT_MIN_FACE,
                                                 .boxes_only = true,
                                                 .open = scrfd_boxes_open,
                                                 .find = single_find,
                                                 .close = single_close};
