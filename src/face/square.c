/*
 * One face in a square, as face-api's networks of landmarks and attributes take it. The square is
 * cut out of the picture at once, and what does not belong to the box is blackened afterwards.
 */
#include "face/square.h"
#include "base/memory.h"

#include <math.h>

static bool is_row(const struct session_shape *shape, size_t columns)
{
    return shape->rank == 2 && shape->sizes[0] <= 1 && shape->sizes[1] == (int64_t)columns;
}

static bool fits(const struct square *square, const struct contract_model *contract,
                 const struct session *network)
{
    if (!network || contract->nhwc || contract->networks[0].output_count != square->outputs)
        return false;
    struct session_shape input = session_input_shape(network);
    bool good = contract->width && contract->width == contract->height && input.rank == 4 &&
                input.sizes[0] <= 1 && input.sizes[1] == 3 && input.sizes[2] == contract->height &&
                input.sizes[3] == contract->width;
    for (size_t i = 0; good && i < square->outputs; i++) {
        struct session_shape output = session_output_shape(network, i);
        good = is_row(&output, square->columns[i]);
    }
    return good;
}

vultus_status square_open(const struct square *wanted, const struct contract_model *contract,
                          const struct model_part *part, void **out, vultus_error *error)
{
    if (!fits(wanted, contract, part->session))
        return status_set(error, VULTUS_ERR_MODEL,
                          "the %s does not take a square of its contract's size, or gives other "
                          "outputs than vultus knows",
                          wanted->name);
    struct square *square = mem_zalloc(1, sizeof *square);
    if (!square)
        return status_memory(error, "a network of faces");
    *square = *wanted;
    square->network = part->session;
    square->bgr = contract->bgr;
    square->side = contract->width;
    for (size_t i = 0; i < 3; i++) {
        square->mean[i] = contract->mean[i];
        square->scale[i] = contract->scale[i];
    }
    *out = square;
    return VULTUS_OK;
}

/* Makes black what lies beyond the middle `share_x` of the width and `share_y` of the height. */
static void blacken(const struct planes *planes, float share_x, float share_y)
{
    float half_x = (float)planes->width / 2, half_y = (float)planes->height / 2;
    float *at = planes->data;
    for (size_t c = 0; c < 3; c++)
        for (uint32_t y = 0; y < planes->height; y++)
            for (uint32_t x = 0; x < planes->width; x++, at++)
                if (fabsf((float)x + 0.5f - half_x) > share_x * half_x ||
                    fabsf((float)y + 0.5f - half_y) > share_y * half_y)
                    *at = planes->shift[c];
}

static vultus_status check_result(const struct square *square, const struct session_result *result,
                                  vultus_error *error)
{
    bool good = result->count == square->outputs;
    for (size_t i = 0; good && i < square->outputs; i++) {
        good = is_row(&result->shapes[i], square->columns[i]);
        for (size_t k = 0; good && k < square->columns[i]; k++)
            good = isfinite(result->data[i][k]);
    }
    return good
               ? VULTUS_OK
               : status_set(error, VULTUS_ERR_MODEL, "the %s gave no usable numbers", square->name);
}

vultus_status square_cut(const struct square *square, const struct mips *mips, vultus_box box,
                         float *out, vultus_error *error)
{
    struct planes planes = {.data = out, .width = square->side, .height = square->side};
    float side = fmaxf(box.width, box.height);
    vultus_box whole = {box.x + (box.width - side) / 2, box.y + (box.height - side) / 2, side,
                        side};
    planes_normalise(&planes, square->bgr, square->mean, square->scale);
    vultus_status status = resample_box(mips, whole, square->side, 0, &planes, error);
    if (!status && box.width != box.height)
        blacken(&planes, box.width / side, box.height / side);
    return status;
}

vultus_status square_run(const struct square *square, const struct mips *mips, vultus_box box,
                         struct session_result *result, vultus_error *error)
{
    struct session_shape shape = {4, {1, 3, square->side, square->side}};
    size_t floats = 3 * (size_t)square->side * square->side;
    float *pixels = mem_aligned(floats, sizeof *pixels);
    if (!pixels)
        return status_memory(error, "a face");
    vultus_status status = square_cut(square, mips, box, pixels, error);
    if (!status)
        status = session_run(square->network, pixels, &shape, result, error);
    mem_free_wiped(pixels, floats * sizeof *pixels);
    if (status)
        return status;
    status = check_result(square, result, error);
    if (status)
        session_result_clear(result);
    return status;
}
