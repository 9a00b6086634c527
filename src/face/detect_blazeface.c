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

static bool fits(const struct blazeface *blazeface, const struct session_shape shapes[2])
{
    const int64_t boxes[3] = {-1, (int64_t)blazeface->count, BLAZEFACE_NUMBERS};
    const int64_t scores[3] = {-1, (int64_t)blazeface->count, 1};
    return single_fits(&shapes[0], 3, boxes) && single_fits(&shapes[1], 3, scores);
}

static vultus_status check(const struct blazeface *blazeface, const struct contract_model *contract,
                           const struct session *network, vultus_error *error)
{
    const struct session_shape shapes[2] = {session_output_shape(network, 0),
                                            session_output_shape(network, 1)};
    if (!fits(blazeface, shapes))
        return status_set(error, VULTUS_ERR_MODEL,
                          "detector %s: the outputs of %s are not [any, %zu, %d] and [any, %zu, "
                          "1]: its contract's "
                          "strides and anchors make %zu boxes",
                          contract->id, contract->networks[0].file, blazeface->count,
                          BLAZEFACE_NUMBERS, blazeface->count, blazeface->count);
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
    const struct single_plan plan = {.threshold = 0.5f,
                                     .overlap = 0.3f,
                                     .face_low = 20,
                                     .face_high = 128,
                                     .min_face = 32,
                                     .blend = true,
                                     .read = blazeface_read};
    if (contract->width < 1 || contract->width != contract->height)
        return status_set(error, VULTUS_ERR_FORMAT, "%s: a square input of fixed size is expected",
                          contract->id);
    struct blazeface *blazeface = mem_zalloc(1, sizeof *blazeface);
    if (!blazeface)
        return status_memory(error, "the detector");
    vultus_status status = single_init(&blazeface->single, contract, parts, &plan, error);
    blazeface->single.tiles.centred = true;
    if (!status)
        status = make_anchors(blazeface, contract, error);
    if (!status)
        status = check(blazeface, contract, parts[0].session, error);
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
    const struct single_search *search = context;
    const struct blazeface *blazeface = (const struct blazeface *)search->single; /* its first */
    float threshold = fminf(search->threshold, 0.999f);
    const float least = logf(threshold / (1 - threshold));
    vultus_status status = VULTUS_OK;
    (void)view;
    if (result->count != 2 || !fits(blazeface, result->shapes))
        return single_odd("BlazeFace", result, error);
    for (size_t i = 0; !status && i < blazeface->count; i++) {
        const float *numbers = result->data[0] + BLAZEFACE_NUMBERS * i;
        if (!(result->data[1][i] >= least) || !(numbers[2] > 0 && numbers[3] > 0))
            continue;
        struct candidate c = decode(numbers, blazeface->anchors[i], result->data[1][i]);
        status = candidates_add(out, &c, error);
    }
    return status;
}

static const char *const known[] = {"strides", "anchors", SINGLE_OPTIONS, NULL};

const struct detect_method detect_blazeface = {.name = "blazeface",
                                               .roles = single_roles,
                                               .knows = known,
                                               .reads = DETECT_THRESHOLD | DETECT_MIN_FACE,
                                               .open = blazeface_open,
                                               .find = single_find,
                                               .close = blazeface_close};
