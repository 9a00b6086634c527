/*
 * The search of one picture: every strip of every level makes its rows of the smaller picture, sums
 * them up as far as the next row of windows needs, and runs the cascade over that row. Strips are the
 * units of parallel work and bound the memory. Integral images begin with the strip, because only
 * differences of sums are used.
 */
#include "face/cascade_plan.h"

#include <math.h>
#include <string.h>

struct run { /* of one strip */
    const struct cascade_plan *plan;
    const struct cascade_level *level;
    const struct cascade_layout *layout;
    struct cascade_scratch *scratch;
    uint32_t top;           /* row of the level where the strip begins */
    uint32_t summed;        /* rows of pixels that are in the integral images */
    const uint8_t *last[2]; /* the row summed last, and the one before it */
};

/* Row y of the level's picture: the picture's own where it is as large, else made in scratch. */
static const uint8_t *pixel_row(const struct run *run, uint32_t y)
{
    const struct cascade_picture *picture = &run->plan->search->picture;
    const struct cascade_level *level = run->level;
    uint8_t *out = run->scratch->pixels + (y & 1) * (picture->width + (size_t)CASCADE_SLACK);
    if (level->width == picture->width && level->height == picture->height)
        return picture->pixels + (size_t)y * picture->width;
    cascade_resize_row(run->plan->search->kernels, picture,
                       &(struct cascade_target){level->width, level->height,
                                                run->plan->from + level->taps,
                                                run->plan->part + level->taps},
                       y, run->scratch->blended, out);
    return out;
}

/*
 * The sums of triangles with the tip at (x, y), opening upwards (Lienhart and Maydt 2002):
 * t(x, y) = t(x - 1, y - 1) + t(x + 1, y - 1) - t(x, y - 2) + i(x - 1, y - 1) + i(x - 1, y - 2).
 */
static void sum_tilted(const struct run *run, uint32_t *row, uint32_t y)
{
    const struct cascade_layout *layout = run->layout;
    const uint32_t *above = row - layout->stride, *top = above - layout->stride;
    const uint8_t *pixels = run->last[0], *before = run->last[1];
    size_t width = run->level->width;
    row[0] = above[cascade_column(layout, 1)];
    for (size_t x = 1; x <= width; x++) {
        uint32_t sum = above[cascade_column(layout, x - 1)] + pixels[x - 1];
        if (y > 1)
            sum += before[x - 1];
        if (x < width) {
            sum += above[cascade_column(layout, x + 1)];
            sum -= y > 1 ? top[cascade_column(layout, x)] : 0;
        }
        row[cascade_column(layout, x)] = sum;
    }
}

/* Brings integral images to `rows` rows of pixels below the strip's top. */
static void sum_up_to(struct run *run, uint32_t rows)
{
    const struct cascade_plan *plan = run->plan;
    size_t stride = run->layout->stride;
    for (; run->summed < rows; run->summed++) {
        uint32_t *above = run->scratch->sums + run->summed * stride;
        run->last[1] = run->last[0];
        run->last[0] = pixel_row(run, run->top + run->summed);
        plan->search->kernels->sum(
            &(struct cascade_sums){.pixels = run->last[0],
                                   .count = run->level->width,
                                   .above = above,
                                   .sums = above + stride,
                                   .squares = plan->planes > 1 ? (ptrdiff_t)plan->plane : 0,
                                   .odd = run->layout->odd});
        if (plan->planes > 2)
            sum_tilted(run, above + 2 * plan->plane + stride, run->summed + 1);
    }
}

/*
 * After a window that failed in the first stage OpenCV leaves out the next one. In each run of such
 * windows every second one counts then; which ones follows from where the run begins, all runs of a
 * word at once (the carry of a subtraction runs through them). Returns those left out; `carry`: is
 * the first one of the word, then of the next word?
 */
static uint64_t left_out(uint64_t failed, uint64_t *carry)
{
    const uint64_t odd = 0xaaaaaaaaaaaaaaaaull;
    uint64_t starts = failed & ~*carry;
    uint64_t codes = (((starts << 1) | odd) - starts) ^ odd;
    uint64_t out = codes ^ (failed | *carry);
    *carry = (codes & failed) >> 63;
    return out;
}

static vultus_status collect(const struct run *run, struct cascade_strip *strip, uint32_t y,
                             vultus_error *error)
{
    const struct cascade_level *level = run->level;
    for (size_t word = 0; word < (level->columns + 63) / 64; word++)
        for (uint64_t left = run->scratch->alive[word]; left; left &= left - 1) {
            size_t x = (64 * word + (size_t)__builtin_ctzll(left)) * level->step;
            struct cascade_rect rect = {.x = (int32_t)lrintf((float)x * level->scale),
                                        .y = (int32_t)lrintf((float)y * level->scale),
                                        .width = level->window_width,
                                        .height = level->window_height,
                                        .votes = 1};
            vultus_status status = cascade_rects_add(&strip->found, rect, error);
            if (status)
                return status;
        }
    return VULTUS_OK;
}

/* The windows of one row, `y` pixels below the strip's top. */
static vultus_status scan_row(const struct run *run, struct cascade_strip *strip, uint32_t y,
                              vultus_error *error)
{
    const struct cascade_plan *plan = run->plan;
    const struct cascade *cascade = plan->search->cascade;
    const struct cascade_kernels *kernels = plan->search->kernels;
    struct cascade_program program = {.nodes = run->layout->nodes,
                                      .stages = cascade->stages,
                                      .stage_count = cascade->stage_count,
                                      .lbp = cascade->lbp};
    struct cascade_row row = {.program = &program,
                              .at = run->scratch->sums + y * run->layout->stride,
                              .count = run->level->columns,
                              .squares = (ptrdiff_t)plan->plane,
                              .area = (cascade->width - 2.0) * (cascade->height - 2.0),
                              .norm = run->scratch->norm,
                              .alive = run->scratch->alive,
                              .first = run->scratch->first};
    uint64_t carry = 0;
    memcpy(row.inner, run->layout->inner, sizeof row.inner);
    if (!cascade->lbp)
        kernels->normalise(&row);
    kernels->begin(&row);
    for (size_t i = 0; i < (row.count + 63) / 64; i++)
        row.alive[i] &= ~left_out(row.first[i], &carry);
    kernels->finish(&row);
    return collect(run, strip, run->top + y, error);
}

static vultus_status scan_strip(void *context, size_t index, unsigned worker, vultus_error *error)
{
    const struct cascade_plan *plan = context;
    struct cascade_strip *strip = &plan->strips[index];
    const struct cascade_level *level = strip->level;
    struct run run = {.plan = plan,
                      .level = level,
                      .layout = &plan->layouts[level->step - 1],
                      .scratch = &plan->scratch[worker],
                      .top = strip->first * level->step};
    vultus_status status = status_stopped(plan->search->stop, error);
    for (size_t i = 0; !status && i < plan->planes; i++)
        memset(run.scratch->sums + i * plan->plane, 0,
               run.layout->stride * sizeof *run.scratch->sums);
    for (uint32_t i = 0; !status && i < strip->count; i++) {
        sum_up_to(&run, i * level->step + plan->search->cascade->height);
        status = scan_row(&run, strip, i * level->step, error);
    }
    return status;
}

vultus_status cascade_scan(const struct cascade_search *search, struct cascade_rects *out,
                           vultus_error *error)
{
    struct cascade_plan plan;
    vultus_status status = cascade_plan_init(&plan, search, error);
    if (!status && plan.strip_count)
        status = pool_for(search->pool, plan.strip_count, scan_strip, &plan, error);
    for (size_t i = 0; !status && i < plan.strip_count; i++)
        for (size_t k = 0; !status && k < plan.strips[i].found.count; k++)
            status = cascade_rects_add(out, plan.strips[i].found.items[k], error);
    cascade_plan_clear(&plan);
    return status;
}
