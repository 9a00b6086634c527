/*
 * The views of a picture for a network that sees faces of face_low..face_high pixels, and the run
 * over all of them. Scales grow from the one at which a face as large as the picture is face_high to
 * the one at which min_face is face_low; a finer scale is there for the faces that the scale before
 * it shows too small, so its tiles overlap by the largest of these, and a bit. A fixed input always
 * has the view into which the picture just fits, and only this one when no face that fits into the
 * picture is sought.
 */
#include "face/tiles.h"
#include "base/memory.h"

#include <math.h>
#include <stdatomic.h>

#define MARGIN 1.25f       /* a network wants to see a little more than the face */
#define CUT_EDGE 0.05f     /* of its side: so near an inner edge a box counts as cut */
#define OVERLAP_SHARE 8.0f /* a tile's side over its overlap, wanted */
#define OVERLAP_MOST 0.75f /* of a tile's side, when min_face and the input leave no choice */
#define STEP_LEAST 1.25f   /* between scales */
#define LEVELS_MAX 64

void tiles_of_contract(struct tiles *tiles, const struct contract_model *contract)
{
    tiles->bgr = contract->bgr;
    tiles->nhwc = contract->nhwc;
    tiles->width = contract->width;
    tiles->height = contract->height;
    for (size_t i = 0; i < 3; i++) {
        tiles->mean[i] = contract->mean[i];
        tiles->scale[i] = contract->scale[i];
    }
}

/* ------------------------------------------------------------------ the plan */

struct axis { /* how one side of a level is covered */
    uint32_t tile, count;
    float length; /* of the level */
};

static uint32_t round_up(float length, uint32_t multiple)
{
    uint32_t whole = (uint32_t)ceilf(length - 1e-3f), step = multiple ? multiple : 1;
    return whole < step ? step : (whole + step - 1) / step * step;
}

static struct axis cover(float length, uint32_t tile, float overlap)
{
    overlap = fminf(overlap, OVERLAP_MOST * (float)tile);
    struct axis axis = {tile, 1, length};
    if (length > (float)tile + 1e-3f)
        axis.count = (uint32_t)ceilf((length - overlap) / ((float)tile - overlap) - 1e-3f);
    return axis;
}

/* A free input is as large as the level, or no larger than its tiles need to be. */
static struct axis cover_free(float length, float tile, float overlap, uint32_t multiple)
{
    struct axis axis = cover(length, round_up(tile, multiple), overlap);
    float needed = (length + (float)(axis.count - 1) * overlap) / (float)axis.count;
    uint32_t side = round_up(needed, multiple);
    axis.tile = side < axis.tile || axis.count == 1 ? side : axis.tile;
    return axis;
}

static void cover_level(const struct tiles *tiles, float width, float height, float overlap,
                        struct axis *across, struct axis *down)
{
    if (tiles->width) {
        *across = cover(width, tiles->width, overlap);
        *down = cover(height, tiles->height, overlap);
        return;
    }
    float area = (float)(tiles->pixels_max ? tiles->pixels_max : TILES_PIXELS_MAX);
    float tile_width = width, tile_height = height;
    if (width * height > area) { /* about square, but along a narrow level */
        tile_width = fminf(width, fmaxf(sqrtf(area), area / height));
        tile_height = fminf(height, area / tile_width);
    }
    *across = cover_free(width, tile_width, overlap, tiles->multiple);
    *down = cover_free(height, tile_height, overlap, tiles->multiple);
    if (across->count == 1 && down->count == 1) {
        struct axis *shorter = across->tile < down->tile ? across : down;
        uint32_t longer = shorter == across ? down->tile : across->tile;
        uint32_t side = round_up(shorter->length + (float)tiles->border, tiles->multiple);
        shorter->tile = side < longer ? side : longer;
    }
}

/* Where tile i begins, in pixels of the level. */
static float tile_begin(const struct tiles *tiles, const struct axis *axis, uint32_t i)
{
    float spare = axis->length - (float)axis->tile;
    if (axis->count == 1)
        return tiles->centred ? spare / 2 : 0;
    return ceilf(spare * (float)i / (float)(axis->count - 1) - 1e-3f); /* on whole pixels */
}

/* Writes the level's views to `out` if it is not NULL; returns how many they are. */
static size_t plan_level(const struct tiles_search *search, float scale, float overlap,
                         struct tiles_view *out)
{
    const struct tiles *tiles = search->tiles;
    struct axis across, down;
    size_t count = 0;
    cover_level(tiles, (float)search->call->width * scale, (float)search->call->height * scale,
                overlap, &across, &down);
    if (!out)
        return (size_t)across.count * down.count;
    for (uint32_t row = 0; row < down.count; row++)
        for (uint32_t column = 0; column < across.count; column++)
            out[count++] = (struct tiles_view){
                .region = {tile_begin(tiles, &across, column) / scale,
                           tile_begin(tiles, &down, row) / scale, (float)across.tile / scale,
                           (float)down.tile / scale},
                .width = across.tile,
                .height = down.tile,
                .scale = scale,
                .inner_left = column > 0,
                .inner_top = row > 0,
                .inner_right = column + 1 < across.count,
                .inner_bottom = row + 1 < down.count};
    return count;
}

struct levels {
    float scales[LEVELS_MAX]; /* coarse to fine */
    size_t count;
};

/* Scales after the last one of the list, up to `fine`, none more than `step` apart. */
static void add_scales(struct levels *levels, float fine, float step)
{
    float last = levels->scales[levels->count - 1];
    float room = (float)(LEVELS_MAX - levels->count);
    float steps = fminf(ceilf(logf(fine / last) / logf(step) - 1e-3f), room);
    for (float i = 1; i <= steps; i++)
        levels->scales[levels->count++] = i < steps ? last * powf(fine / last, i / steps) : fine;
}

static void plan_levels(const struct tiles_search *search, struct levels *levels)
{
    const struct tiles *tiles = search->tiles;
    float width = (float)search->call->width, height = (float)search->call->height;
    float fine = fminf(tiles->face_low / fmaxf(search->min_face, 1), TILES_SCALE_MAX);
    float area = (float)(tiles->pixels_max ? tiles->pixels_max : TILES_PIXELS_MAX);
    float largest =
        tiles->face_high / fminf(width, height); /* shows a face as large as the picture */
    float step = tiles->face_high / tiles->face_low / MARGIN, tile = sqrtf(area);
    bool cut = width * height * fine * fine > area;
    levels->count = 0;
    if (tiles->width) {
        float fit = fminf((float)tiles->width / width, (float)tiles->height / height);
        tile = fminf((float)tiles->width, (float)tiles->height);
        if (largest * STEP_LEAST < fit && search->min_face < fminf(width, height))
            levels->scales[levels->count++] = largest;
        levels->scales[levels->count++] = fit;
        cut = fine > fit;
    } else {
        levels->scales[levels->count++] =
            fminf(fminf(largest, fine), sqrtf(area / (width * height)));
    }
    if (cut) /* small steps make for small overlaps */
        step = fminf(step, fmaxf(tile / OVERLAP_SHARE / (MARGIN * tiles->face_low), 2));
    if (fine > levels->scales[levels->count - 1])
        add_scales(levels, fine, fmaxf(step, STEP_LEAST));
}

static size_t plan_views(const struct tiles_search *search, const struct levels *levels,
                         struct tiles_view *out)
{
    size_t count = 0;
    for (size_t i = 0; i < levels->count; i++) {
        float step = i > 0 ? levels->scales[i] / levels->scales[i - 1] : 1;
        count += plan_level(search, levels->scales[i], MARGIN * search->tiles->face_low * step,
                            out ? out + count : NULL);
    }
    return count;
}

vultus_status tiles_plan(const struct tiles_search *search, struct tiles_view **out, size_t *count,
                         vultus_error *error)
{
    struct levels levels;
    plan_levels(search, &levels);
    size_t views = plan_views(search, &levels, NULL);
    struct tiles_view *list = mem_array(views, sizeof *list);
    if (!list)
        return status_memory(error, "detection");
    *count = plan_views(search, &levels, list);
    *out = list;
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ the runs */

struct running {
    const struct tiles_search *search;
    const struct tiles_view *views;
    struct candidates *found; /* one list for each view */
    atomic_uint_fast64_t network_ns;
};

static vultus_status run_view(const struct running *running, const struct tiles_view *view,
                              struct session_result *out, vultus_error *error)
{
    const struct tiles *tiles = running->search->tiles;
    struct planes input = {.width = view->width, .height = view->height};
    size_t plane = (size_t)view->width * view->height, floats = (tiles->nhwc ? 6 : 3) * plane;
    struct session_shape shape = {4, {1, 3, view->height, view->width}};
    float *block = room_take(session_room(tiles->network), floats * sizeof *block);
    if (!block)
        return status_memory(error, "detection");
    input.data = block;
    planes_normalise(&input, tiles->bgr, tiles->mean, tiles->scale);
    vultus_status status =
        resample_box(running->search->call->mips, view->region, view->height, 0, &input, error);
    if (!status && tiles->nhwc) {
        input.data = block + 3 * plane;
        planes_interleave(block, plane, input.data);
        shape = (struct session_shape){4, {1, view->height, view->width, 3}};
    }
    if (!status)
        status = session_run(tiles->network, input.data, &shape, out, error);
    room_return(session_room(tiles->network), block);
    return status;
}

static bool is_cut(const struct tiles_view *view, const struct candidate *c)
{
    float edge = CUT_EDGE * fminf(c->x2 - c->x1, c->y2 - c->y1);
    return (view->inner_left && c->x1 < edge) || (view->inner_top && c->y1 < edge) ||
           (view->inner_right && c->x2 > (float)view->width - edge) ||
           (view->inner_bottom && c->y2 > (float)view->height - edge);
}

/* From pixels of the input to those of the picture; boxes that are cut are left out. */
static void place(const struct tiles_view *view, struct candidates *list)
{
    const vultus_box *region = &view->region;
    float back = 1 / view->scale;
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct candidate c = list->items[i];
        if (is_cut(view, &c))
            continue;
        c.x1 = region->x + c.x1 * back;
        c.y1 = region->y + c.y1 * back;
        c.x2 = region->x + c.x2 * back;
        c.y2 = region->y + c.y2 * back;
        for (size_t k = 0; k < VULTUS_LANDMARKS; k++) {
            c.landmarks[k].x = region->x + c.landmarks[k].x * back;
            c.landmarks[k].y = region->y + c.landmarks[k].y * back;
        }
        list->items[kept++] = c;
    }
    list->count = kept;
}

static vultus_status look(void *context, size_t index, unsigned worker, vultus_error *error)
{
    struct running *running = context;
    const struct tiles_search *search = running->search;
    const struct tiles_view *view = &running->views[index];
    struct session_result result = {0};
    (void)worker;
    vultus_status status = status_stopped(search->call->options->stop, error);
    if (!status)
        status = run_view(running, view, &result, error);
    if (status)
        return status;
    atomic_fetch_add_explicit(&running->network_ns, result.nanoseconds, memory_order_relaxed);
    status = search->tiles->read(search->context, view, &result, &running->found[index], error);
    session_result_clear(&result);
    place(view, &running->found[index]);
    return status;
}

vultus_status tiles_find(const struct tiles_search *search, struct candidates *out,
                         vultus_error *error)
{
    struct running running = {.search = search};
    struct tiles_view *views = NULL;
    size_t count = 0;
    vultus_status status = tiles_plan(search, &views, &count, error);
    if (status)
        return status;
    running.views = views;
    running.found = mem_zalloc(count, sizeof *running.found);
    if (running.found)
        status = pool_for(search->call->pool, count, look, &running, error);
    else
        status = status_memory(error, "detection");
    for (size_t i = 0; running.found && i < count; i++) {
        if (!status)
            status = candidates_join(out, &running.found[i], error);
        candidates_clear(&running.found[i]);
    }
    search->call->network_ns += atomic_load(&running.network_ns);
    mem_free(running.found);
    mem_free(views);
    return status;
}
