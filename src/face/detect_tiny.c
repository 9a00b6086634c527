/*
 * face-api's tiny detector: a YOLO v2 (Redmon and Farhadi, "YOLO9000", 2016) of separable convolutions.
 *
 * [1,3,h,w] -> cells [1,25,h/32,w/32]: planes 5 a .. 5 a + 4 belong to anchor a and say, for each
 * cell, where in the cell a face has its centre and how large it is against the anchor. Any input of
 * whole cells will do, so tiles.h chooses the size. face-api lays every picture into a square (416
 * unless told otherwise), whose empty part costs as much time as the full one; of it only so much is
 * kept as can change an answer.
 */
#include "face/single.h"

#include <math.h>

#define ANCHORS 5
#define COLUMNS 5 /* x, y, width, height, score */
#define CELL 32   /* pixels */
#define BORDER 96 /* of black beside a picture: what is further away changes no answer */

/* Width and height in cells: what the network was trained with. */
static const float anchors[ANCHORS][2] = {{1.603231f, 2.094468f},
                                          {6.041143f, 7.080126f},
                                          {2.882459f, 3.518061f},
                                          {4.266906f, 5.178857f},
                                          {9.041765f, 10.66308f}};

static float sigmoid(float v)
{
    return 1 / (1 + expf(-v));
}

struct grid { /* the planes of one anchor */
    const float *first;
    size_t width, height;
};

static struct candidate read_cell(const struct grid *grid, size_t index, const float anchor[2])
{
    size_t plane = grid->width * grid->height;
    const float *at = grid->first + index;
    float x = ((float)(index % grid->width) + sigmoid(at[0])) * CELL;
    float y = ((float)(index / grid->width) + sigmoid(at[plane])) * CELL;
    float width = expf(at[2 * plane]) * anchor[0] * CELL;
    float height = expf(at[3 * plane]) * anchor[1] * CELL;
    return (struct candidate){.x1 = x - width / 2,
                              .y1 = y - height / 2,
                              .x2 = x + width / 2,
                              .y2 = y + height / 2,
                              .score = sigmoid(at[4 * plane])};
}

static vultus_status tiny_read(const void *context, const struct tiles_view *view,
                               const struct session_result *result, struct candidates *out,
                               vultus_error *error)
{
    const struct single_search *search = context;
    const float least =
        logf(search->threshold / (1 - search->threshold)); /* of sigmoid's argument */
    struct grid grid = {result->data[0], view->width / CELL, view->height / CELL};
    size_t plane = grid.width * grid.height;
    vultus_status status = VULTUS_OK;
    if (result->count != 1 ||
        !single_fits(&result->shapes[0], 4,
                     (int64_t[]){1, ANCHORS * COLUMNS, (int64_t)grid.height, (int64_t)grid.width}))
        return single_odd("tiny", result, error);
    for (size_t a = 0; a < ANCHORS; a++, grid.first += COLUMNS * plane)
        for (size_t i = 0; !status && i < plane; i++)
            if (grid.first[4 * plane + i] > least) {
                struct candidate found = read_cell(&grid, i, anchors[a]);
                status = candidates_add(out, &found, error);
            }
    return status;
}

static vultus_status tiny_open(const struct contract_model *contract,
                               const struct model_part *parts, void **out, vultus_error *error)
{
    static const struct single_plan plan = {.threshold = 0.5f,
                                            .overlap = 0.4f,
                                            .face_low = 44,
                                            .face_high = 340,
                                            .min_face = 40,
                                            .multiple = CELL,
                                            .border = BORDER,
                                            .read = tiny_read};
    if (parts[0].session) {
        struct session_shape output = session_output_shape(parts[0].session, 0);
        if (contract->width % CELL == 0 && contract->height % CELL == 0 &&
            single_fits(&output, 4, (int64_t[]){1, ANCHORS * COLUMNS, -1, -1}))
            return single_open(contract, parts, &plan, out, error);
    }
    return status_set(error, VULTUS_ERR_MODEL,
                      "detector %s: %s has not the output cells [1,25,h/32,w/32]", contract->id,
                      contract->networks[0].file);
}

const struct detect_method detect_tiny = {.name = "tiny",
                                          .roles = single_roles,
                                          .knows = single_options,
                                          .reads = DETECT_THRESHOLD | DETECT_MIN_FACE,
                                          .boxes_only = true,
                                          .open = tiny_open,
                                          .find = single_find,
                                          .close = single_close};
