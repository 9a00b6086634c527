/*
 * The pyramid of the HOG detector: each level has 5/6 of the one before. Bytes have to be those of
 * dlib, because its features see the difference of one: so columns come from the same sums of
 * single-precision steps as there, and the last few, which do not fill its vectors, from double
 * precision. Knows nothing of features.
 */
#include "face/hog_detector.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

#define SMALLEST_SIDE 64 /* of a level */
#define STRIP_ROWS 16    /* one piece of work */
#define LANES 4          /* of dlib's vectors */
#define BLOCK 16         /* columns are a multiple of */
#define PICKED 8         /* columns that one entry of `pick` serves */

struct columns { /* hog_columns, and where they end in favour of double precision */
    struct hog_columns vector;
    uint32_t exact; /* the first column in double precision */
    double step;
    void *block;
};

struct hog_resizing {
    struct hog_making m;
    struct columns columns;
    double *rows; /* where each row of `to` lies in `from` */
};

size_t hog_level_count(uint32_t width, uint32_t height)
{
    long right = (long)width - 1, bottom = (long)height - 1;
    size_t count = 0;
    do {
        right = lround(((double)right - 0.3) * 5 / 6);
        bottom = lround(((double)bottom - 0.3) * 5 / 6);
        count++;
    } while (right + 1 >= SMALLEST_SIDE && bottom + 1 >= SMALLEST_SIDE && count < HOG_LEVELS_MAX);
    return count;
}

size_t hog_level_shape(struct hog_level *level, uint32_t width, uint32_t height, size_t planes)
{
    size_t stride = ((size_t)width + 2 * HOG_SLACK - 1) / HOG_SLACK * HOG_SLACK;
    *level = (struct hog_level){.width = width,
                                .height = height,
                                .planes = planes,
                                .stride = stride,
                                .plane = stride * height};
    return level->plane * planes;
}

static double step_of(uint32_t from, uint32_t to)
{
    return (double)(from - 1) / (double)(to > 1 ? to - 1 : 1);
}

/* In the arithmetic of dlib: four columns at a time, each sum rounded to single precision. */
static void fill_columns(struct columns *columns, uint32_t from, uint32_t to, int32_t *left,
                         float *part)
{
    double step = step_of(from, to);
    float at[LANES], stride = (float)(LANES * step);
    uint32_t done = 0;
    for (size_t i = 0; i < LANES; i++)
        at[i] = (float)(-LANES * step + (double)i * step);
    for (; done < to; done += LANES) {
        for (size_t i = 0; i < LANES; i++)
            at[i] += stride;
        if ((int32_t)at[LANES - 1] + 1 >= (int32_t)from)
            break;
        for (size_t i = 0; i < LANES; i++) {
            left[done + i] = (int32_t)at[i];
            part[done + i] = at[i] - (float)left[done + i];
        }
    }
    columns->step = step;
    columns->exact = done < to ? done : to;
    columns->vector.count = (done + BLOCK - 1) / BLOCK * BLOCK;
    for (size_t i = done; i < columns->vector.count; i++) {
        left[i] = done ? left[done - 1] : 0;
        part[i] = 0;
    }
}

static vultus_status make_columns(struct columns *columns, uint32_t from, uint32_t to,
                                  vultus_error *error)
{
    size_t count = ((size_t)to + 2 * BLOCK - 1) / BLOCK * BLOCK;
    uint8_t *block = mem_aligned(count, sizeof(int32_t) + sizeof(float) + 2);
    if (!block)
        return status_memory(error, "the picture's pyramid");
    int32_t *left = (int32_t *)(void *)block;
    float *part = (float *)(void *)(block + count * sizeof *left);
    uint8_t *pick = block + count * (sizeof *left + sizeof *part);
    fill_columns(columns, from, to, left, part);
    for (size_t i = 0; i < columns->vector.count; i++) {
        size_t base = i / PICKED * PICKED;
        uint8_t *entry = pick + 2 * base + (i - base);
        entry[0] = (uint8_t)(left[i] - left[base]);
        entry[PICKED] = (uint8_t)(entry[0] + 1);
    }
    columns->block = block;
    columns->vector.left = left;
    columns->vector.part = part;
    columns->vector.pick = pick;
    return VULTUS_OK;
}

static void exact_columns(const struct hog_resizing *work, const uint8_t *top,
                          const uint8_t *bottom, double below, uint8_t *out)
{
    double step = work->columns.step, x = -step + work->columns.exact * step;
    for (uint32_t c = work->columns.exact; c < work->m.to->width; c++) {
        x += step;
        uint32_t left = (uint32_t)x < work->m.from->width ? (uint32_t)x : work->m.from->width - 1;
        uint32_t right = left + 1 < work->m.from->width ? left + 1 : left;
        double part = x - left;
        out[c] = (uint8_t)((1 - below) * ((1 - part) * top[left] + part * top[right]) +
                           below * ((1 - part) * bottom[left] + part * bottom[right]));
    }
}

struct source { /* two rows of the larger picture, split into planes if it has none */
    const struct hog_level *level;
    uint8_t *split[2]; /* NULL: it has planes */
    size_t bytes;      /* of a plane in `split` */
    uint32_t held[2];
};

static const uint8_t *source_row(struct source *source, const struct hog_kernels *kernels,
                                 uint32_t y, size_t plane)
{
    const struct hog_level *level = source->level;
    if (level->plane)
        return level->pixels + plane * level->plane + y * level->stride;
    uint8_t *row = source->split[y & 1];
    if (source->held[y & 1] != y) {
        kernels->split(level->pixels + y * level->stride, level->width, row, row + source->bytes,
                       row + 2 * source->bytes);
        source->held[y & 1] = y;
    }
    return row + plane * source->bytes;
}

static void resize_row(const struct hog_resizing *work, struct source *source, uint32_t r)
{
    const struct hog_level *to = work->m.to;
    uint32_t last = work->m.from->height - 1;
    uint32_t top = (uint32_t)work->rows[r] < last ? (uint32_t)work->rows[r] : last;
    uint32_t bottom = top < last ? top + 1 : last;
    double below = work->rows[r] - top;
    struct hog_shrink row = {.above = (float)(1 - below), .below = (float)below};
    if (to->planes == 1) /* dlib rounds grey pictures, and cuts off the fractions of colours */
        row.bias = 0.5f;
    for (size_t p = 0; p < to->planes; p++) {
        uint8_t *out = work->m.pixels + p * to->plane + r * to->stride;
        row.top = source_row(source, work->m.kernels, top, p);
        row.bottom = source_row(source, work->m.kernels, bottom, p);
        work->m.kernels->shrink(&row, &work->columns.vector, out);
        exact_columns(work, row.top, row.bottom, below, out);
    }
}

vultus_status hog_resize_strip(const struct hog_resizing *work, size_t strip, vultus_error *error)
{
    struct source source = {.level = work->m.from, .held = {UINT32_MAX, UINT32_MAX}};
    uint32_t begin = (uint32_t)strip * STRIP_ROWS, end = begin + STRIP_ROWS;
    uint8_t *split = NULL;
    if (!work->m.from->plane) {
        source.bytes = ((size_t)work->m.from->width + 2 * HOG_SLACK - 1) / HOG_SLACK * HOG_SLACK;
        split = mem_aligned(6, source.bytes);
        if (!split)
            return status_memory(error, "the picture's pyramid");
        source.split[0] = split;
        source.split[1] = split + 3 * source.bytes;
    }
    for (uint32_t r = begin; r < end && r < work->m.to->height; r++)
        resize_row(work, &source, r);
    mem_free_wiped(split, split ? 6 * source.bytes : 0);
    return VULTUS_OK;
}

vultus_status hog_resize_begin(const struct hog_making *making, struct hog_resizing **out,
                               vultus_error *error)
{
    const struct hog_level *from = making->from, *to = making->to;
    double step = step_of(from->height, to->height), y = -step;
    struct hog_resizing *work = mem_zalloc(1, sizeof *work);
    if (!work)
        return status_memory(error, "the picture's pyramid");
    work->m = *making;
    work->rows = mem_array(to->height, sizeof *work->rows);
    vultus_status status = work->rows ? make_columns(&work->columns, from->width, to->width, error)
                                      : status_memory(error, "the picture's pyramid");
    if (status) {
        hog_resize_end(work);
        return status;
    }
    for (uint32_t r = 0; r < to->height; r++)
        work->rows[r] = y += step;
    *out = work;
    return VULTUS_OK;
}

size_t hog_resize_strips(const struct hog_resizing *work)
{
    return ((size_t)work->m.to->height + STRIP_ROWS - 1) / STRIP_ROWS;
}

void hog_resize_end(struct hog_resizing *work)
{
    if (!work)
        return;
    mem_free(work->rows);
    mem_free(work->columns.block);
    mem_free(work);
}

static vultus_status one_strip(void *context, size_t index, unsigned worker, vultus_error *error)
{
    (void)worker;
    return hog_resize_strip(context, index, error);
}

vultus_status hog_resize(const struct hog_making *making, struct pool *pool, vultus_error *error)
{
    struct hog_resizing *work = NULL;
    vultus_status status = hog_resize_begin(making, &work, error);
    if (!status)
        status = pool_for(pool, hog_resize_strips(work), one_strip, work, error);
    hog_resize_end(work);
    return status;
}
