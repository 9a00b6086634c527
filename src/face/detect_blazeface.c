/*
 * BlazeFace: Bazarevsky, Kartynnik, Vakunov, Raveendran, Grundmann, "BlazeFace: Sub-millisecond
 * Neural Face Detection on Mobile GPUs", 2019. One network of fixed input size; every anchor (some in
 * the middle of each cell of a grid) answers with a box, six points and a score.
 *
 * Boxes [1,anchors,16]: centre x, y, width, height, then x, y of eyes, nose, mouth and ears, in pixels
 * of the input, positions from the anchor. Scores [1,anchors,1], before the sigmoid.
 *
 * As in MediaPipe, the picture lies in the middle of the input and overlapping boxes are blended: one
 * view of the whole picture is MediaPipe's answer. Tiles find the faces that are too small in it.
 * The corners of the mouth, which the network does not give, follow from its other points.
 */
#include "base/memory.h"
#include "face/blazeface.h"

#include <math.h>

#define SCORE_CLIP 100.0f /* before the sigmoid, as MediaPipe */
#define MIN_FACE 32.0f    /* by default; large pictures scale it up */

static const char *const roles[] = {"detector", NULL};

/* ------------------------------------------------------------------ anchors */

size_t blazeface_anchors(uint32_t side, const float *strides, const float *each, size_t grids,
                         vultus_point *out)
{
    size_t count = 0;
    for (size_t g = 0; g < grids; g++) {
        uint32_t cells = (uint32_t)ceilf((float)side / strides[g]);
        float cell = (float)side / (float)cells;
        for (uint32_t y = 0; y < cells; y++)
            for (uint32_t x = 0; x < cells; x++)
                for (uint32_t i = 0; i < (uint32_t)each[g]; i++, count++)
                    if (out)
                        out[count] =
                            (vultus_point){((float)x + 0.5f) * cell, ((float)y + 0.5f) * cell};
    }
    return count;
}

static vultus_status make_anchors(struct blazeface *blazeface,
                                  const struct contract_model *contract, vultus_error *error)
{
    float strides[BLAZEFACE_GRIDS_MAX], each[BLAZEFACE_GRIDS_MAX];
    size_t grids = contract_count(contract, "strides");
    if (grids < 1 || grids > BLAZEFACE_GRIDS_MAX)
        return status_set(error, VULTUS_ERR_FORMAT,
                          "%s: options.strides: 1 to %d numbers are expected", contract->id,
                          BLAZEFACE_GRIDS_MAX);
    vultus_status status =
        contract_numbers(contract, "strides", 1, CONTRACT_SIDE_MAX, NULL, strides, grids, error);
    if (!status)
        status =
            contract_numbers(contract, "anchors", 1, BLAZEFACE_EACH_MAX, NULL, each, grids, error);
    if (status)
        return status;
    blazeface->count = blazeface_anchors(contract->width, strides, each, grids, NULL);
    if (blazeface->count > BLAZEFACE_ANCHORS_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "%s: %zu anchors, at most %d are accepted",
                          contract->id, blazeface->count, BLAZEFACE_ANCHORS_MAX);
    blazeface->anchors = mem_array(blazeface->count, sizeof *blazeface->anchors);
    if (!blazeface->anchors)
        return status_memory(error, "the detector");
    blazeface_anchors(contract->width, strides, each, grids, blazeface->anchors);
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ opening */

static bool has_shape(struct session_shape shape, const int64_t *sizes, size_t rank)
{
    bool fits = shape.rank == rank;
    for (size_t i = 1; fits && i < rank; i++) /* the batch is any */
        fits = shape.sizes[i] < 0 || shape.sizes[i] == sizes[i];
    return fits;
}

static vultus_status check_network(const struct blazeface *blazeface,
                                   const struct contract_model *contract,
                                   const struct session *network, vultus_error *error)
{
    const int64_t count = (int64_t)blazeface->count, side = contract->width;
    const int64_t input[2][4] = {{1, 3, side, side}, {1, side, side, 3}};
    const int64_t boxes[3] = {1, count, BLAZEFACE_NUMBERS}, scores[3] = {1, count, 1};
    if (!has_shape(session_input_shape(network), input[contract->nhwc], 4))
        return status_set(
            error, VULTUS_ERR_MODEL,
            "detector %s: the network's input is not of %d x %d pixels as its contract "
            "says",
            contract->id, (int)side, (int)side);
    if (!has_shape(session_output_shape(network, 0), boxes, 3) ||
        !has_shape(session_output_shape(network, 1), scores, 3))
        return status_set(
            error, VULTUS_ERR_MODEL,
            "detector %s: the network's outputs are not [any, %zu, %d] and [any, %zu, 1]: "
            "its contract's strides and anchors make %zu boxes",
            contract->id, blazeface->count, BLAZEFACE_NUMBERS, blazeface->count, blazeface->count);
    return VULTUS_OK;
}

static vultus_status read_options(struct blazeface *blazeface,
                                  const struct contract_model *contract, vultus_error *error)
{
    struct tiles *tiles = &blazeface->tiles;
    float faces[2];
    vultus_status status =
        contract_number(contract, "threshold", 0.01f, 0.99f, 0.5f, &blazeface->threshold, error);
    if (!status)
        status =
            contract_number(contract, "suppression", 0, 1, 0.3f, &blazeface->suppression, error);
    if (!status)
        status = contract_numbers(contract, "faces", 1, CONTRACT_SIDE_MAX, NULL, faces, 2, error);
    if (status)
        return status;
    if (contract->width < 1 || contract->width != contract->height || faces[0] >= faces[1])
        return status_set(error, VULTUS_ERR_FORMAT,
                          "%s: a square input and a range of faces, smallest first, are expected",
                          contract->id);
    tiles_of_contract(tiles, contract);
    tiles->centred = true;
    tiles->face_low = faces[0];
    tiles->face_high = faces[1];
    tiles->read = blazeface_read;
    return VULTUS_OK;
}

static void blazeface_close(void *detector)
{
    struct blazeface *blazeface = detector;
    if (!blazeface)
        return;
    mem_free(blazeface->anchors);
    mem_free(blazeface);
}

static vultus_status blazeface_open(const struct contract_model *contract,
                                    const struct model_part *parts, void **out, vultus_error *error)
{
    if (!parts[0].session)
        return status_set(error, VULTUS_ERR_MODEL, "detector %s: %s is no network", contract->id,
                          contract->networks[0].file);
    struct blazeface *blazeface = mem_zalloc(1, sizeof *blazeface);
    if (!blazeface)
        return status_memory(error, "the detector");
    blazeface->tiles.network = parts[0].session;
    vultus_status status = read_options(blazeface, contract, error);
    if (!status)
        status = make_anchors(blazeface, contract, error);
    if (!status)
        status = check_network(blazeface, contract, parts[0].session, error);
    if (status)
        blazeface_close(blazeface);
    else
        *out = blazeface;
    return status;
}

/* ------------------------------------------------------------------ reading */

/* The left corner of the mouth in the frame of the eyes (origin between them, x from the left to the
 * right one, their distance is 1), a linear function of nose and mouth there: constant, nose x, y,
 * mouth x, y. The nose tells how far the head is turned. The right corner is its mirror image. Fitted
 * to MTCNN's corners in LFW's development pictures; on those left out it misses them by 0.096 of the
 * eyes' distance, a fixed width by 0.141. */
static const float corner_x[5] = {-0.321f, -0.539f, -0.061f, 1.163f, -0.070f};
static const float corner_y[5] = {-0.060f, -0.044f, -0.712f, 0.107f, 1.380f};

static float linear(const float weights[5], vultus_point nose, vultus_point mouth)
{
    return weights[0] + weights[1] * nose.x + weights[2] * nose.y + weights[3] * mouth.x +
           weights[4] * mouth.y;
}

void blazeface_landmarks(const vultus_point points[BLAZEFACE_POINTS],
                         vultus_point out[VULTUS_LANDMARKS])
{
    vultus_point left = points[BLAZEFACE_LEFT_EYE], right = points[BLAZEFACE_RIGHT_EYE];
    vultus_point eyes = {right.x - left.x, right.y - left.y};
    vultus_point middle = {(left.x + right.x) / 2, (left.y + right.y) / 2};
    float square = fmaxf(eyes.x * eyes.x + eyes.y * eyes.y, 1e-6f);
    vultus_point seen[2]; /* nose and mouth in the frame of the eyes */
    for (size_t i = 0; i < 2; i++) {
        float x = points[BLAZEFACE_NOSE + i].x - middle.x,
              y = points[BLAZEFACE_NOSE + i].y - middle.y;
        seen[i].x = (x * eyes.x + y * eyes.y) / square;
        seen[i].y = (y * eyes.x - x * eyes.y) / square;
    }
    out[VULTUS_LEFT_EYE] = left;
    out[VULTUS_RIGHT_EYE] = right;
    out[VULTUS_NOSE] = points[BLAZEFACE_NOSE];
    for (size_t i = 0; i < 2; i++) {
        float side = i ? -1 : 1; /* the right corner: everything mirrored, and back */
        vultus_point nose = {side * seen[0].x, seen[0].y}, mouth = {side * seen[1].x, seen[1].y};
        float x = side * linear(corner_x, nose, mouth), y = linear(corner_y, nose, mouth);
        out[VULTUS_LEFT_MOUTH + i] =
            (vultus_point){middle.x + x * eyes.x - y * eyes.y, middle.y + x * eyes.y + y * eyes.x};
    }
}

static vultus_point point_of(const float *numbers, size_t i, vultus_point anchor)
{
    return (vultus_point){anchor.x + numbers[4 + 2 * i], anchor.y + numbers[5 + 2 * i]};
}

static struct candidate decode(const float *numbers, vultus_point anchor, float logit)
{
    vultus_point points[BLAZEFACE_POINTS];
    float x = anchor.x + numbers[0], y = anchor.y + numbers[1];
    float half_width = numbers[2] / 2, half_height = numbers[3] / 2;
    struct candidate c = {x - half_width, y - half_height, x + half_width, y + half_height,
                          .score = 1 / (1 + expf(-fmaxf(-SCORE_CLIP, fminf(logit, SCORE_CLIP))))};
    for (size_t i = 0; i < BLAZEFACE_POINTS; i++)
        points[i] = point_of(numbers, i, anchor);
    blazeface_landmarks(points, c.landmarks);
    return c;
}

vultus_status blazeface_read(const void *context, const struct tiles_view *view,
                             const struct session_result *result, struct candidates *out,
                             vultus_error *error)
{
    const struct blazeface_call *call = context;
    const struct blazeface *blazeface = call->blazeface;
    const int64_t boxes[3] = {1, (int64_t)blazeface->count, BLAZEFACE_NUMBERS};
    const int64_t scores[3] = {1, (int64_t)blazeface->count, 1};
    const float least = logf(call->threshold / (1 - call->threshold));
    vultus_status status = VULTUS_OK;
    (void)view;
    if (!has_shape(result->shapes[0], boxes, 3) || !has_shape(result->shapes[1], scores, 3))
        return status_set(error, VULTUS_ERR_MODEL,
                          "BlazeFace gave an output of an unexpected shape");
    for (size_t i = 0; !status && i < blazeface->count; i++) {
        const float *numbers = result->data[0] + BLAZEFACE_NUMBERS * i;
        if (!(result->data[1][i] >= least) || !(numbers[2] > 0 && numbers[3] > 0))
            continue;
        struct candidate c = decode(numbers, blazeface->anchors[i], result->data[1][i]);
        status = candidates_add(out, &c, error);
    }
    return status;
}

static vultus_status blazeface_find(const void *detector, struct detect_call *call,
                                    vultus_faces *out, vultus_error *error)
{
    const struct blazeface *blazeface = detector;
    float threshold = call->options->thresholds[0];
    struct blazeface_call reading = {blazeface, threshold > 0 ? fminf(threshold, 0.999f)
                                                              : blazeface->threshold};
    struct tiles_search search = {&blazeface->tiles, call, &reading,
                                  detect_min_face(call, MIN_FACE)};
    struct candidates list = {0};
    vultus_status status = tiles_find(&search, &list, error);
    if (!status)
        status = candidates_blend(&list, blazeface->suppression, error);
    if (!status)
        status = candidates_give(&list, out, error);
    candidates_clear(&list);
    return status;
}

const struct detect_method detect_blazeface = {.name = "blazeface",
                                               .roles = roles,
                                               .open = blazeface_open,
                                               .find = blazeface_find,
                                               .close = blazeface_close};
