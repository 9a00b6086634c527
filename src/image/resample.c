/*
 * Resizing a box of a picture to normalised planes. Separable: rows are blended first (bytes to
 * floats, all three channels at once), then columns, straight into the planes. The level of the mip
 * chain is the smallest that is not smaller than the result, so each output pixel covers less than
 * two source pixels and three taps are enough.
 */
#include "image/resample.h"
#include "base/memory.h"

#define TAPS 3

struct axis { /* how one axis of the result is made from the source */
    int32_t *first;
    float *weights;    /* for the first tap of all outputs, then for the second, ... */
    size_t taps;       /* behind these all weights are 0 */
    int32_t low, high; /* the source range that is read: low <= index < high */
};

/* Not floorf, fminf and fmaxf: they are calls, and these run for every row and column of every crop. */
static inline int32_t whole(float v)
{
    int32_t cut = (int32_t)v;
    return cut - ((float)cut > v);
}

static inline float lesser(float a, float b)
{
    return a < b ? a : b;
}

static inline float greater(float a, float b)
{
    return a > b ? a : b;
}

/* The share of the interval from..to that lies in source pixel `at`. */
static inline float share(float from, float to, int32_t at)
{
    return greater(0, lesser(to, (float)at + 1) - greater(from, (float)at)) / (to - from);
}

/* What source pixel `at` weighs in a value between pixels; half a pixel over the edge of the picture
 * is still the edge. */
static inline float between(float centre, int32_t *at, int32_t size)
{
    float weight =
        greater(0, 1 - (centre > (float)*at ? centre - (float)*at : (float)*at - centre));
    if (*at == -1 && centre >= -0.5f)
        *at = 0;
    if (*at == size && centre <= (float)size - 0.5f)
        *at = size - 1;
    return weight;
}

/* Weights for output i = begin .. begin + count - 1, each `step` source pixels wide; `last` is the
 * largest that first may be. */
static void axis_fill(struct axis *axis, float origin, float step, uint32_t begin, uint32_t count,
                      int32_t size, int32_t last)
{
    axis->taps = 1;
    axis->low = INT32_MAX;
    axis->high = 0;
    for (uint32_t i = 0; i < count; i++) {
        float from = origin + (float)(begin + i) * step, to = from + step;
        float weights[TAPS] = {0}, centre = (from + to) / 2 - 0.5f;
        float start = step >= 1 ? from : centre;
        if (!(start > -8 && start < (float)size + 8)) /* far outside: black */
            start = start > 0 ? (float)size + 4 : -4;
        int32_t base = whole(start);
        int32_t first = base < 0 ? 0 : base > last ? last : base;
        for (int32_t at = base; at < base + TAPS; at++) {
            int32_t pixel = at;
            float weight = step >= 1 ? share(from, to, at) : between(centre, &pixel, size);
            if (pixel >= first && pixel < size && pixel < first + TAPS)
                weights[pixel - first] += weight;
        }
        axis->first[i] = first;
        for (size_t t = 0; t < TAPS; t++) {
            axis->weights[t * count + i] = weights[t];
            if (weights[t] != 0 && t >= axis->taps)
                axis->taps = t + 1;
        }
        axis->low = first < axis->low ? first : axis->low;
        axis->high = first + TAPS > axis->high ? first + TAPS : axis->high;
    }
    if (axis->high > size)
        axis->high = size;
}

static const struct mip *level_for(const struct mips *mips, float step, float *factor)
{
    size_t level = 0;
    while (step > 2 && level + 1 < mips->count) {
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
        size_t used = taps;
        while (used > 1 && weights[used - 1] == 0)
            used--;
        kernels->blend_rows(rows, weights, used, bytes, row);
        kernels->planar_row(row, across->first, across->weights, across->taps, planes->width, scale,
                            shift, out);
    }
}

vultus_status resample_box(const struct mips *mips, vultus_box box, uint32_t full_height,
                           uint32_t row, const struct planes *planes, vultus_error *error)
{
    float factor, step_x = box.width / (float)planes->width;
    float step_y = box.height / (float)full_height;
    const struct mip *source = level_for(mips, lesser(step_x, step_y), &factor);
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
    const int32_t columns = (int32_t)source->width, rows = (int32_t)source->height;
    axis_fill(&across, box.x * factor, step_x * factor, 0, width, columns, columns - 1);
    axis_fill(&down, box.y * factor, step_y * factor, row, height, rows,
              rows > TAPS ? rows - TAPS : 0); /* no row behind the last is read */
    for (uint32_t x = 0; x < width; x++)
        across.first[x] -= across.low;
    for (size_t i = 3 * (size_t)(across.high - across.low); i < 3 * ((size_t)source->width + TAPS);
         i++)
        blended[i] = 0; /* taps beyond the edge have weight 0, and must not meet a NaN */
    make_rows(mips->kernels, source, &across, &down, blended, planes);
    mem_free(block);
    return VULTUS_OK;
}
