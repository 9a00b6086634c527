/*
 * Resizing a box of a picture to normalised planes. Separable: rows are blended first (bytes to
 * floats, all three channels at once), then columns, straight into the planes. The level of the mip
 * chain is the smallest that is not smaller than the result, so each output pixel covers less than
 * two source pixels and three taps are enough.
 */
#include "image/resample.h"
#include "base/memory.h"

#include <math.h>

#define TAPS 3

struct axis { /* how one axis of the result is made from the source */
    int32_t *first;
    float *weights; /* for the first tap of all outputs, then for the second, ... */
    int32_t low, high; /* the source range that is read: low <= index < high */
};

/* Weights for output i = begin .. begin + count - 1, each `step` source pixels wide. */
static void axis_fill(struct axis *axis, float origin, float step, uint32_t begin, uint32_t count,
                      uint32_t size)
{
    int32_t last = (int32_t)size - TAPS; /* the largest first; negative in tiny pictures */
    axis->low = INT32_MAX;
    axis->high = 0;
    for (uint32_t i = 0; i < count; i++) {
        float from = origin + (float)(begin + i) * step, to = from + step;
        float weights[TAPS] = {0};
        float centre = (from + to) / 2 - 0.5f;
        float start = step >= 1 ? from : centre;
        if (!(start > -8) || !(start < (float)size + 8)) /* far outside: black */
            start = start > 0 ? (float)size + 4 : -4;
        int32_t base = (int32_t)floorf(start);
        int32_t first = base < 0 ? 0 : base;
        if (first > last)
            first = last < 0 ? 0 : last;
        axis->first[i] = first;
        for (int32_t k = 0; k < TAPS; k++) {
            int32_t at = base + k;
            float weight;
            if (step >= 1) { /* the share of the interval that lies in this source pixel */
                float low = fmaxf(from, (float)at), high = fminf(to, (float)at + 1);
                weight = high > low ? (high - low) / step : 0;
            } else {
                weight = fmaxf(0, 1 - fabsf(centre - (float)at));
                if (at == -1 && centre >= -0.5f)
                    at = 0; /* half a pixel over the edge is still the edge */
                if (at == (int32_t)size && centre <= (float)size - 0.5f)
                    at = (int32_t)size - 1;
            }
            if (at >= 0 && at < (int32_t)size)
                weights[at - first] += weight;
        }
        for (size_t t = 0; t < TAPS; t++)
            axis->weights[t * count + i] = weights[t];
        if (first < axis->low)
            axis->low = first;
        if (first + TAPS > axis->high)
            axis->high = first + TAPS;
    }
    if (axis->high > (int32_t)size)
        axis->high = (int32_t)size;
}

static const struct mip *level_for(const struct mips *mips, float step, float *factor)
{
    size_t level = 0;
    while (step >= 2 && level + 1 < mips->count) {
        step /= 2;
        level++;
    }
    *factor = 1.0f / (float)(1u << level);
    return &mips->levels[level];
}

static void make_rows(const struct kernel_table *kernels, const struct mip *source,
                      const struct axis *across, const struct axis *down, float *row,
                      const struct planes *planes)
{
    size_t plane = (size_t)planes->width * planes->height;
    size_t first[3] = {planes->bgr ? 2 : 0, 1, planes->bgr ? 0 : 2};
    uint32_t taps = source->height < TAPS ? source->height : TAPS;
    const uint8_t *base = source->pixels + 3 * (size_t)across->low;
    size_t bytes = 3 * (size_t)(across->high - across->low);
    const float scale[3] = {planes->scale[first[0]], planes->scale[1], planes->scale[first[2]]};
    const float shift[3] = {planes->shift[first[0]], planes->shift[1], planes->shift[first[2]]};
    for (uint32_t y = 0; y < planes->height; y++) {
        const uint8_t *rows[TAPS] = {base, base, base};
        float *const out[3] = {planes->data + first[0] * plane + (size_t)y * planes->width,
                               planes->data + plane + (size_t)y * planes->width,
                               planes->data + first[2] * plane + (size_t)y * planes->width};
        float weights[TAPS];
        for (uint32_t t = 0; t < taps; t++) {
            rows[t] = base + (size_t)(down->first[y] + (int32_t)t) * source->stride;
            weights[t] = down->weights[(size_t)t * planes->height + y];
        }
        kernels->blend_rows(rows, weights, taps, bytes, row);
        kernels->planar_row(row, across->first, across->weights, TAPS, planes->width, scale, shift,
                            out);
    }
}

vultus_status resample_box(const struct mips *mips, vultus_box box, uint32_t full_height,
                           uint32_t row, const struct planes *planes, vultus_error *error)
{
    float factor, step_x = box.width / (float)planes->width;
    float step_y = box.height / (float)full_height;
    const struct mip *source = level_for(mips, fminf(step_x, step_y), &factor);
    uint32_t width = planes->width, height = planes->height;
    /* one block: weights and first of both axes, then the blended row with room for TAPS beyond */
    size_t floats = ((size_t)width + height) * (TAPS + 1) + 3 * ((size_t)source->width + TAPS);
    float *block = mem_aligned(floats, sizeof *block);
    if (!block)
        return status_memory(error, "resizing");
    struct axis across = {.weights = block};
    struct axis down = {.weights = across.weights + (size_t)width * TAPS};
    float *blended = down.weights + (size_t)height * TAPS;
    across.first = (int32_t *)(void *)(blended + 3 * ((size_t)source->width + TAPS));
    down.first = across.first + width;
    axis_fill(&across, box.x * factor, step_x * factor, 0, width, source->width);
    axis_fill(&down, box.y * factor, step_y * factor, row, height, source->height);
    for (uint32_t x = 0; x < width; x++)
        across.first[x] -= across.low;
    for (size_t i = 3 * (size_t)(across.high - across.low); i < 3 * ((size_t)source->width + TAPS); i++)
        blended[i] = 0; /* taps beyond the edge have weight 0, and must not meet a NaN */
    make_rows(mips->kernels, source, &across, &down, blended, planes);
    mem_free(block);
    return VULTUS_OK;
}
