/*
 * YuNet: Wu, Peng, Yu, "YuNet: A Tiny Millisecond-level Face Detector", 2023, in both published
 * layouts, told apart by the number of outputs.
 *
 * 2023mar and yunet_n: of strides 8, 16, 32 each cls [cells,1], obj [cells,1], bbox [cells,4] and
 * kps [cells,10]; box = cell + offset, exp(size), both times the stride; score = sqrt(cls obj).
 * 2022mar: loc [priors,14], conf [priors,2], iou [priors,1]; score = sqrt(conf[1] iou). There, width
 * and height have their own variances, 0.1 and 0.2, as in OpenCV's decoder.
 */
#include "face/anchors.h"
#include "face/single.h"

#include <math.h>

#define VALUES_2022 14
#define OUTPUTS_2022 3

static const struct priors priors_2022 = {
    4,
    {{8, 3, {10, 16, 24}}, {16, 2, {32, 48}}, {32, 2, {64, 96}}, {64, 3, {128, 192, 256}}},
    true};

static float within(float value)
{
    return value > 1 ? 1 : value > 0 ? value : 0;
}

static vultus_status add_cell(const struct anchors_grid *grid, size_t i, float score,
                              struct candidates *out, vultus_error *error)
{
    const float *box = grid->data[2] + 4 * i, *points = grid->data[3] + 2 * VULTUS_LANDMARKS * i;
    float stride = (float)grid->stride;
    float column = (float)(i % grid->columns), row = (float)(i / grid->columns);
    float x = (column + box[0]) * stride, y = (row + box[1]) * stride;
    float width = expf(box[2]) * stride, height = expf(box[3]) * stride;
    struct candidate c = {.x1 = x - width / 2,
                          .y1 = y - height / 2,
                          .x2 = x + width / 2,
                          .y2 = y + height / 2,
                          .score = score};
    for (size_t k = 0; k < VULTUS_LANDMARKS; k++)
        c.landmarks[k] =
            (vultus_point){(column + points[2 * k]) * stride, (row + points[2 * k + 1]) * stride};
    return candidates_add(out, &c, error);
}

static vultus_status read_grids(const struct single_search *search, const struct tiles_view *view,
                                const struct session_result *result, struct candidates *out,
                                vultus_error *error)
{
    static const size_t widths[] = {1, 1, 4, 2 * VULTUS_LANDMARKS};
    struct anchors anchors;
    vultus_status status = VULTUS_OK;
    if (!anchors_sort(result, widths, 4, view->width, view->height, &anchors) || anchors.each != 1)
        return single_odd("yunet", result, error);
    for (size_t n = 0; n < anchors.count; n++) {
        const struct anchors_grid *grid = &anchors.grids[n];
        size_t count = (size_t)grid->columns * grid->rows;
        for (size_t i = 0; !status && i < count; i++) {
            float product = within(grid->data[0][i]) * within(grid->data[1][i]);
            if (product >= search->threshold * search->threshold)
                status = add_cell(grid, i, sqrtf(product), out, error);
        }
    }
    return status;
}

static vultus_status add_prior(const struct prior *prior, const float *values, float score,
                               struct candidates *out, vultus_error *error)
{
    float step = 0.1f * prior->side;
    float x = prior->x + values[0] * step, y = prior->y + values[1] * step;
    float width = prior->side * expf(0.1f * values[2]);
    float height = prior->side * expf(0.2f * values[3]);
    struct candidate c = {.x1 = x - width / 2,
                          .y1 = y - height / 2,
                          .x2 = x + width / 2,
                          .y2 = y + height / 2,
                          .score = score};
    for (size_t k = 0; k < VULTUS_LANDMARKS; k++)
        c.landmarks[k] = (vultus_point){prior->x + values[4 + 2 * k] * step,
                                        prior->y + values[5 + 2 * k] * step};
    return candidates_add(out, &c, error);
}

static vultus_status read_priors(const struct single_search *search, const struct tiles_view *view,
                                 const struct session_result *result, struct candidates *out,
                                 vultus_error *error)
{
    struct anchors_table loc = {0}, conf = {0}, iou = {0}, table;
    size_t count = priors_count(&priors_2022, view->width, view->height);
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; i < result->count; i++)
        if (anchors_table(result, i, &table) && table.rows == count)
            *(table.columns == 1 ? &iou : table.columns == 2 ? &conf : &loc) = table;
    if (!iou.data || !conf.data || !loc.data || loc.columns != VALUES_2022)
        return single_odd("yunet", result, error);
    for (size_t i = 0; !status && i < count; i++) {
        float product = within(conf.data[2 * i + 1]) * within(iou.data[i]);
        if (!(product >= search->threshold * search->threshold))
            continue;
        struct prior prior = priors_at(&priors_2022, view->width, view->height, i);
        status = add_prior(&prior, loc.data + VALUES_2022 * i, sqrtf(product), out, error);
    }
    return status;
}

static vultus_status yunet_read(const void *context, const struct tiles_view *view,
                                const struct session_result *result, struct candidates *out,
                                vultus_error *error)
{
    return result->count == OUTPUTS_2022 ? read_priors(context, view, result, out, error)
                                         : read_grids(context, view, result, out, error);
}

static vultus_status yunet_open(const struct contract_model *contract,
                                const struct model_part *parts, void **out, vultus_error *error)
{
    static const struct single_plan plan = {.threshold = 0.65f,
                                            .overlap = 0.3f,
                                            .face_low = 12,
                                            .face_high = 640,
                                            .min_face = 20,
                                            .multiple = 32,
                                            .read = yunet_read};
    return single_open(contract, parts, &plan, out, error);
}

const struct detect_method detect_yunet = {.name = "yunet",
                                           .roles = single_roles,
                                           .knows = single_options,
                                           .reads = DETECT_THRESHOLD | DETECT_MIN_FACE,
                                           .open = yunet_open,
                                           .find = single_find,
                                           .close = single_close};
