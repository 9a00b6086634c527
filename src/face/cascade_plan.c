/*
 * The plan of a search: which levels, cut into which strips, and where the corners of every feature lie
 * in the rows of their integral images. Rows of windows two pixels apart are summed in another order
 * of columns (kernel/cascade.h), so there are two sets of nodes with two sets of offsets.
 */
#include "face/cascade_plan.h"
#include "base/memory.h"

#include <string.h>

#define STRIP_BYTES ((size_t)768 << 10) /* of integral images: about what a core's cache holds */
#define STRIP_LEAST 4 /* but rows for so many heights of a window: each strip sums one anew */

/* ------------------------------------------------------------------ offsets */

static int32_t offset(const struct cascade_layout *layout, int32_t x, int32_t y)
{
    return (int32_t)((size_t)y * layout->stride + cascade_column(layout, (size_t)x));
}

static void place_rect(const struct cascade_layout *layout, const uint8_t rect[4], int32_t out[4])
{
    int32_t x = rect[0], y = rect[1], w = rect[2], h = rect[3];
    out[0] = offset(layout, x, y);
    out[1] = offset(layout, x + w, y);
    out[2] = offset(layout, x, y + h);
    out[3] = offset(layout, x + w, y + h);
}

static void place_tilted(const struct cascade_layout *layout, const uint8_t rect[4], int32_t plane,
                         int32_t out[4])
{
    int32_t x = rect[0], y = rect[1], w = rect[2], h = rect[3];
    out[0] = plane + offset(layout, x, y);
    out[1] = plane + offset(layout, x - h, y + h);
    out[2] = plane + offset(layout, x + w, y + w);
    out[3] = plane + offset(layout, x + w - h, y + w + h);
}

static void place_grid(const struct cascade_layout *layout, const uint8_t rect[4], int32_t out[16])
{
    for (int row = 0; row < 4; row++)
        for (int column = 0; column < 4; column++)
            out[4 * row + column] =
                offset(layout, rect[0] + column * rect[2], rect[1] + row * rect[3]);
}

static vultus_status place_nodes(const struct cascade_plan *plan, struct cascade_layout *layout,
                                 vultus_error *error)
{
    const struct cascade *cascade = plan->search->cascade;
    const uint8_t inner[4] = {1, 1, (uint8_t)(cascade->width - 2), (uint8_t)(cascade->height - 2)};
    layout->nodes = mem_copy(cascade->nodes, cascade->node_count * sizeof *cascade->nodes);
    if (!layout->nodes)
        return status_memory(error, "a cascade");
    place_rect(layout, inner, layout->inner);
    for (size_t i = 0; i < cascade->node_count; i++) {
        const struct cascade_feature *feature = &cascade->features[i];
        struct cascade_node *node = &layout->nodes[i];
        if (cascade->lbp)
            place_grid(layout, feature->rects[0], node->corner);
        for (size_t k = 0; !cascade->lbp && k < 3; k++) {
            if (feature->tilted)
                place_tilted(layout, feature->rects[k], (int32_t)(2 * plan->plane),
                             node->corner + 4 * k);
            else
                place_rect(layout, feature->rects[k], node->corner + 4 * k);
        }
    }
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ plan */

/* Rows of integral images in a strip of a level. */
static uint32_t strip_rows(const struct cascade_plan *plan, const struct cascade_level *level)
{
    size_t row = plan->layouts[level->step - 1].stride * plan->planes * sizeof(uint32_t);
    size_t rows = STRIP_BYTES / row, height = plan->search->cascade->height;
    if (rows < STRIP_LEAST * height)
        rows = STRIP_LEAST * height;
    return rows > level->height + 1 ? level->height + 1 : (uint32_t)rows;
}

/* Rows of windows in a strip. */
static uint32_t strip_windows(const struct cascade_plan *plan, const struct cascade_level *level)
{
    return (strip_rows(plan, level) - 1 - plan->search->cascade->height) / level->step + 1;
}

static void plan_layouts(struct cascade_plan *plan)
{
    for (size_t i = 0; i < plan->level_count; i++) {
        const struct cascade_level *level = &plan->levels[i];
        struct cascade_layout *layout = &plan->layouts[level->step - 1];
        size_t half = (level->width + 2) / 2 + CASCADE_SLACK;
        size_t odd = level->step == 2 ? (half + 15) / 16 * 16 : 0;
        size_t stride = odd ? 2 * odd : (level->width + 1 + (size_t)CASCADE_SLACK + 15) / 16 * 16;
        /* rows a multiple of 4 KB apart would share few lines of the cache */
        if (stride % 512 == 0) {
            odd += odd ? 16 : 0;
            stride += 32;
        }
        if (stride > layout->stride)
            *layout = (struct cascade_layout){.stride = stride, .odd = odd};
    }
    for (size_t i = 0; i < plan->level_count; i++) {
        const struct cascade_level *level = &plan->levels[i];
        size_t plane = strip_rows(plan, level) * plan->layouts[level->step - 1].stride;
        plan->plane = plane > plan->plane ? plane : plan->plane;
    }
}

static vultus_status plan_strips(struct cascade_plan *plan, vultus_error *error)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->level_count; i++) {
        uint32_t windows = strip_windows(plan, &plan->levels[i]);
        count += (plan->levels[i].rows + windows - 1) / windows;
    }
    plan->strips = mem_zalloc(count, sizeof *plan->strips);
    if (!plan->strips)
        return status_memory(error, "detection");
    for (size_t i = 0; i < plan->level_count; i++) {
        const struct cascade_level *level = &plan->levels[i];
        uint32_t windows = strip_windows(plan, level);
        for (uint32_t first = 0; first < level->rows; first += windows) {
            uint32_t left = level->rows - first;
            plan->strips[plan->strip_count++] =
                (struct cascade_strip){level, first, left < windows ? left : windows, {0}};
        }
    }
    return VULTUS_OK;
}

static vultus_status plan_taps(struct cascade_plan *plan, vultus_error *error)
{
    const struct cascade_picture *picture = &plan->search->picture;
    size_t count = 0;
    for (size_t i = 0; i < plan->level_count; i++) {
        plan->levels[i].taps = count;
        count += plan->levels[i].width + (size_t)CASCADE_SLACK;
    }
    plan->from = mem_zalloc(count, sizeof *plan->from);
    plan->part = mem_zalloc(count, sizeof *plan->part);
    if (!plan->from || !plan->part)
        return status_memory(error, "detection");
    for (size_t i = 0; i < plan->level_count; i++) {
        const struct cascade_level *level = &plan->levels[i];
        for (uint32_t x = 0; x < level->width; x++)
            cascade_tap(picture->width, level->width, x, &plan->from[level->taps + x],
                        &plan->part[level->taps + x]);
    }
    return VULTUS_OK;
}

static vultus_status take_scratch(const struct cascade_plan *plan, struct cascade_scratch *scratch,
                                  vultus_error *error)
{
    size_t width = plan->search->picture.width + (size_t)CASCADE_SLACK;
    scratch->sums = mem_zalloc(plan->planes * plan->plane, sizeof *scratch->sums);
    scratch->blended = mem_zalloc(width, sizeof *scratch->blended);
    scratch->pixels = mem_zalloc(2 * width, 1);
    scratch->norm = mem_zalloc(width, sizeof *scratch->norm);
    scratch->alive = mem_zalloc(width / 64 + 1, sizeof *scratch->alive);
    scratch->first = mem_zalloc(width / 64 + 1, sizeof *scratch->first);
    if (!scratch->sums || !scratch->blended || !scratch->pixels || !scratch->norm ||
        !scratch->alive || !scratch->first)
        return status_memory(error, "detection");
    return VULTUS_OK;
}

static void drop_scratch(const struct cascade_plan *plan, struct cascade_scratch *scratch)
{
    size_t width = plan->search->picture.width + (size_t)CASCADE_SLACK;
    mem_free_wiped(scratch->sums, plan->planes * plan->plane * sizeof *scratch->sums);
    mem_free_wiped(scratch->blended, width * sizeof *scratch->blended);
    mem_free_wiped(scratch->pixels, 2 * width);
    mem_free(scratch->norm);
    mem_free(scratch->alive);
    mem_free(scratch->first);
}

vultus_status cascade_plan_init(struct cascade_plan *plan, const struct cascade_search *search,
                                vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    *plan = (struct cascade_plan){.search = search};
    plan->planes = search->cascade->lbp ? 1 : search->cascade->tilted ? 3 : 2;
    plan->workers = pool_threads(search->pool);
    plan->levels = mem_array(CASCADE_LEVELS_MAX, sizeof *plan->levels);
    plan->scratch = mem_zalloc(plan->workers, sizeof *plan->scratch);
    if (!plan->levels || !plan->scratch)
        return status_memory(error, "detection");
    plan->level_count = cascade_levels(search, plan->levels);
    if (!plan->level_count)
        return VULTUS_OK;
    plan_layouts(plan);
    for (size_t i = 0; !status && i < 2; i++)
        if (plan->layouts[i].stride)
            status = place_nodes(plan, &plan->layouts[i], error);
    if (!status)
        status = plan_taps(plan, error);
    if (!status)
        status = plan_strips(plan, error);
    for (unsigned i = 0; !status && i < plan->workers; i++)
        status = take_scratch(plan, &plan->scratch[i], error);
    return status;
}

void cascade_plan_clear(struct cascade_plan *plan)
{
    for (unsigned i = 0; plan->scratch && i < plan->workers; i++)
        drop_scratch(plan, &plan->scratch[i]);
    for (size_t i = 0; i < plan->strip_count; i++)
        cascade_rects_clear(&plan->strips[i].found);
    mem_free(plan->layouts[0].nodes);
    mem_free(plan->layouts[1].nodes);
    mem_free(plan->levels);
    mem_free(plan->from);
    mem_free(plan->part);
    mem_free(plan->strips);
    mem_free(plan->scratch);
    *plan = (struct cascade_plan){0};
}
