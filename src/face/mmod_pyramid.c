/*
 * The tiled pyramid of dlib's MMOD networks. They were trained to look at all levels in one picture:
 * the levels go down the left side, the smaller half of them up again on the right, with a few black
 * pixels between. What lies near a level's edge therefore depends on the neighbour, and on where the
 * level begins modulo the network's stride of 8, so the layout is kept to the pixel.
 *
 * The pixels of levels are in mmod_rows.c. Of large pictures only the smaller levels are kept: the pyramid of 36
 * megapixels would be 490 MB.
 */
#include "face/mmod.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

#define STEP (5.0 / 6.0) /* dlib's pyramid_down<6> */
#define LEAST_HEIGHT 5   /* of a level */
#define PIXEL_BYTES (3 * sizeof(uint16_t))
#define STORED_MAX ((size_t)32 << 20) /* bytes of levels that are kept: all, up to 2.4 megapixels */

/* ------------------------------------------------------------------ layout */

static void move_level(struct mmod_level *level, uint32_t left, uint32_t top)
{
    level->left = left;
    level->top = top;
}

/* Sizes of all levels below level 0. */
static void size_levels(struct mmod_pyramid *pyramid)
{
    pyramid->count = 1;
    while (pyramid->count < MMOD_LEVELS_MAX) {
        const struct mmod_level *last = &pyramid->levels[pyramid->count - 1];
        uint32_t width = (uint32_t)(STEP * last->width), height = (uint32_t)(STEP * last->height);
        if (!width || height < LEAST_HEIGHT)
            break;
        pyramid->levels[pyramid->count++] = (struct mmod_level){.width = width, .height = height};
    }
}

/*
 * How many levels stand on the left: until the next one fits beside the last and half of the height of
 * all but the first is used. Adds their heights up. dlib's numbers are unsigned: less than no room
 * counts as plenty, which matters in pictures narrower than 60 pixels.
 */
static size_t left_column(const struct mmod_pyramid *pyramid, uint64_t padding, uint64_t *height)
{
    const struct mmod_level *first = &pyramid->levels[0];
    uint64_t total = 0, last_width = 0;
    size_t count = 0;
    *height = 0;
    for (size_t i = 0; i < pyramid->count; i++)
        total += pyramid->levels[i].height + padding;
    total -= 2 * padding;
    for (; count < pyramid->count; count++) {
        const struct mmod_level *level = &pyramid->levels[count];
        if (level->width <= first->width - last_width - padding &&
            2 * (*height - first->height) >= total - first->height)
            break;
        *height += level->height + padding;
        last_width = level->width;
    }
    *height -= padding;
    return count;
}

static void place_levels(struct mmod_pyramid *pyramid, const struct mmod_layout *layout)
{
    const struct mmod_level *first = &pyramid->levels[0];
    const int64_t padding = layout->padding, outer = layout->outer;
    int64_t y = outer;
    uint64_t height;
    size_t i = 0, left = left_column(pyramid, layout->padding, &height);
    if (!left) { /* of a few pixels: there is nothing to see */
        pyramid->count = 0;
        return;
    }
    for (; i < left; i++) {
        move_level(&pyramid->levels[i], layout->outer, (uint32_t)y);
        y += pyramid->levels[i].height + padding;
    }
    int64_t bottom = y - padding; /* one below the last row */
    for (; i < pyramid->count; i++) {
        struct mmod_level *level = &pyramid->levels[i];
        int64_t top = bottom - level->height;
        if (top < outer + first->height)
            break; /* beside the first level there is no room */
        move_level(level, layout->outer + first->width - level->width, (uint32_t)top);
        bottom = top - padding;
    }
    pyramid->count = i;
    pyramid->width = first->width + 2 * layout->outer;
    pyramid->height = (uint32_t)height + 2 * layout->outer;
}

size_t mmod_pyramid_level(const struct mmod_pyramid *pyramid, double x, double y)
{
    size_t nearest = 0;
    double least = HUGE_VAL;
    for (size_t i = 0; i < pyramid->count; i++) {
        const struct mmod_level *level = &pyramid->levels[i];
        double dx = fmax(fmax(level->left - x, x - (level->left + level->width - 1.0)), 0);
        double dy = fmax(fmax(level->top - y, y - (level->top + level->height - 1.0)), 0);
        double away = dx * dx + dy * dy;
        if (away < least) {
            least = away;
            nearest = i;
        }
    }
    return nearest;
}

/* ------------------------------------------------------------------ the whole */

static void give_back(struct mmod_pyramid *pyramid, size_t which)
{
    mem_free_wiped(pyramid->blocks[which], pyramid->sizes[which]);
    pyramid->blocks[which] = NULL;
    pyramid->sizes[which] = 0;
}

/* Doubles level 0. */
static vultus_status double_picture(struct mmod_pyramid *pyramid, struct pool *pool,
                                    vultus_error *error)
{
    const struct mmod_level *from = &pyramid->levels[0];
    struct mmod_level *to = &pyramid->levels[1]; /* for a while */
    *to = (struct mmod_level){.width = 2 * from->width + 2, .height = 2 * from->height + 1};
    size_t pixels = (size_t)to->width * to->height, size = pixels * PIXEL_BYTES;
    if (pixels > VULTUS_PIXELS_MAX)
        return status_set(error, VULTUS_ERR_LIMIT,
                          "the doubled picture would have %.0f megapixels, at most %.0f: upsample "
                          "less or make the picture smaller",
                          (double)pixels / 1e6, (double)VULTUS_PIXELS_MAX / 1e6);
    to->pixels = mem_alloc(size);
    if (!to->pixels)
        return status_memory(error, "the doubled picture");
    vultus_status status = mmod_make_level(pyramid, 1, pool, error);
    give_back(pyramid, 0);
    pyramid->blocks[0] = to->pixels;
    pyramid->sizes[0] = size;
    pyramid->levels[0] = *to;
    return status;
}

static size_t level_bytes(const struct mmod_level *level)
{
    return (size_t)level->width * level->height * PIXEL_BYTES;
}

/* Levels from the smallest on are stored, as many as fit. */
static vultus_status make_levels(struct mmod_pyramid *pyramid, struct pool *pool,
                                 vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    size_t first = pyramid->count, bytes = 0;
    while (first > 1 && bytes + level_bytes(&pyramid->levels[first - 1]) <= STORED_MAX)
        bytes += level_bytes(&pyramid->levels[--first]);
    for (size_t i = 1; !status && i < first; i++)
        status = mmod_plan_level(pyramid, i, error);
    if (status || !bytes)
        return status;
    pyramid->sizes[1] = bytes;
    pyramid->blocks[1] = mem_alloc(bytes);
    if (!pyramid->blocks[1])
        return status_memory(error, "the picture's pyramid");
    uint16_t *next = pyramid->blocks[1];
    for (size_t i = first; !status && i < pyramid->count; i++) {
        struct mmod_level *level = &pyramid->levels[i];
        level->pixels = next;
        next += 3 * (size_t)level->width * level->height;
        status = mmod_make_level(pyramid, i, pool, error);
    }
    return status;
}

vultus_status mmod_pyramid_init(struct mmod_pyramid *out, const struct mip *picture,
                                unsigned doublings, const struct mmod_layout *layout,
                                struct pool *pool, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    memset(out, 0, sizeof *out);
    out->levels[0] = (struct mmod_level){.width = picture->width,
                                         .height = picture->height,
                                         .bytes = picture->pixels,
                                         .stride = picture->stride};
    for (unsigned i = 0; !status && i < doublings; i++)
        status = double_picture(out, pool, error);
    if (!status) {
        size_levels(out);
        place_levels(out, layout);
        status = make_levels(out, pool, error);
    }
    if (status)
        mmod_pyramid_clear(out);
    return status;
}

void mmod_pyramid_clear(struct mmod_pyramid *pyramid)
{
    give_back(pyramid, 0);
    give_back(pyramid, 1);
    for (size_t i = 0; i < pyramid->count; i++)
        mem_free(pyramid->levels[i].columns);
    pyramid->count = 0;
}
