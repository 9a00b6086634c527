/*
 * The tiled pyramid of dlib's MMOD networks. They were trained to look at all levels in one picture:
 * the levels go down the left side, the smaller half of them up again on the right, with a few black
 * pixels between. What lies near a level's edge therefore depends on the neighbour, and on where the
 * level begins modulo the network's stride of 8, so the layout is kept to the pixel.
 *
 * Each level is made of the one before, bilinear, corners on corners, without a filter. Levels are
 * kept with 8 bits behind the point: dlib has floats, and twice the memory.
 */
#include "face/mmod.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

#define STEP (5.0 / 6.0) /* dlib's pyramid_down<6> */
#define LEAST_HEIGHT 5   /* of a level */
#define STRIP_ROWS 32    /* one piece of work */
#define FRACTION 256.0f  /* of levels that were made */
#define PIXEL_BYTES (3 * sizeof(uint16_t))

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

/* ------------------------------------------------------------------ levels */

typedef float quad __attribute__((vector_size(16))); /* a pixel and a number that is not used */

static quad load_quad(const float *from)
{
    quad value;
    memcpy(&value, from, sizeof value);
    return value;
}

/* A row of a level as floats, 0..255. */
static void read_row(const struct mmod_level *level, uint32_t y, float *out)
{
    size_t count = 3 * (size_t)level->width;
    if (level->bytes) {
        const uint8_t *from = level->bytes + y * level->stride;
        for (size_t i = 0; i < count; i++)
            out[i] = (float)from[i];
    } else {
        const uint16_t *from = level->pixels + y * count;
        for (size_t i = 0; i < count; i++)
            out[i] = (float)from[i] * (1 / FRACTION);
    }
}

struct column {           /* where a column of the new level lies in the old one */
    uint32_t left, right; /* index of the first number of both neighbours */
    float part;
};

struct resizing {
    const struct mmod_level *from;
    struct mmod_level *to;
    struct column *columns;
};

static double step_of(uint32_t from, uint32_t to)
{
    return (double)(from - 1) / (double)(to > 1 ? to - 1 : 1);
}

static void blend_rows(const float *top, const float *bottom, float part, size_t count, float *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = top[i] + part * (bottom[i] - top[i]);
}

static void blend_columns(const struct column *columns, const float *row, uint32_t width,
                          uint16_t *out)
{
    for (uint32_t x = 0; x < width; x++) {
        quad left = load_quad(row + columns[x].left), right = load_quad(row + columns[x].right);
        quad value = (left + columns[x].part * (right - left)) * FRACTION + 0.5f;
        for (size_t c = 0; c < 3; c++)
            out[3 * (size_t)x + c] = (uint16_t)value[c];
    }
}

static vultus_status resize_strip(void *context, size_t index, unsigned worker, vultus_error *error)
{
    const struct resizing *work = context;
    const struct mmod_level *from = work->from, *to = work->to;
    size_t room = 3 * (size_t)from->width + 1;
    double step = step_of(from->height, to->height);
    uint32_t held = UINT32_MAX, end = (uint32_t)(index + 1) * STRIP_ROWS;
    float *rows = mem_aligned(3 * room, sizeof *rows), *top = rows, *bottom = rows + room;
    (void)worker;
    if (!rows)
        return status_memory(error, "the picture's pyramid");
    rows[3 * room - 1] = 0;
    for (uint32_t y = (uint32_t)index * STRIP_ROWS; y < end && y < to->height; y++) {
        uint32_t above = (uint32_t)(y * step);
        above = above < from->height ? above : from->height - 1;
        uint32_t below = above + 1 < from->height ? above + 1 : above;
        if (held != above) {
            read_row(from, above, top);
            read_row(from, below, bottom);
            held = above;
        }
        blend_rows(top, bottom, (float)(y * step - above), room - 1, rows + 2 * room);
        blend_columns(work->columns, rows + 2 * room, to->width,
                      to->pixels + 3 * (size_t)to->width * y);
    }
    mem_free_wiped(rows, 3 * room * sizeof *rows);
    return VULTUS_OK;
}

static vultus_status resize(const struct mmod_level *from, struct mmod_level *to, struct pool *pool,
                            vultus_error *error)
{
    struct resizing work = {from, to, mem_array(to->width, sizeof(struct column))};
    double step = step_of(from->width, to->width);
    if (!work.columns)
        return status_memory(error, "the picture's pyramid");
    for (uint32_t x = 0; x < to->width; x++) {
        uint32_t left = (uint32_t)(x * step);
        left = left < from->width ? left : from->width - 1;
        uint32_t right = left + 1 < from->width ? left + 1 : left;
        work.columns[x] = (struct column){3 * left, 3 * right, (float)(x * step - left)};
    }
    size_t strips = ((size_t)to->height + STRIP_ROWS - 1) / STRIP_ROWS;
    vultus_status status = pool_for(pool, strips, resize_strip, &work, error);
    mem_free(work.columns);
    return status;
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
    struct mmod_level to = {.width = 2 * from->width + 2, .height = 2 * from->height + 1};
    size_t pixels = (size_t)to.width * to.height, size = pixels * PIXEL_BYTES;
    if (pixels > VULTUS_PIXELS_MAX)
        return status_set(error, VULTUS_ERR_LIMIT,
                          "the doubled picture would have %.0f megapixels, at most %.0f: upsample "
                          "less or make the picture smaller",
                          (double)pixels / 1e6, (double)VULTUS_PIXELS_MAX / 1e6);
    to.pixels = mem_alloc(size);
    if (!to.pixels)
        return status_memory(error, "the doubled picture");
    vultus_status status = resize(from, &to, pool, error);
    give_back(pyramid, 0);
    pyramid->blocks[0] = to.pixels;
    pyramid->sizes[0] = size;
    pyramid->levels[0] = to;
    return status;
}

static vultus_status make_levels(struct mmod_pyramid *pyramid, struct pool *pool,
                                 vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    size_t pixels = 0;
    for (size_t i = 1; i < pyramid->count; i++)
        pixels += (size_t)pyramid->levels[i].width * pyramid->levels[i].height;
    if (!pixels)
        return VULTUS_OK;
    pyramid->sizes[1] = pixels * PIXEL_BYTES;
    pyramid->blocks[1] = mem_alloc(pyramid->sizes[1]);
    if (!pyramid->blocks[1])
        return status_memory(error, "the picture's pyramid");
    uint16_t *next = pyramid->blocks[1];
    for (size_t i = 1; !status && i < pyramid->count; i++) {
        struct mmod_level *level = &pyramid->levels[i];
        level->pixels = next;
        next += 3 * (size_t)level->width * level->height;
        status = resize(&pyramid->levels[i - 1], level, pool, error);
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
}

void mmod_pyramid_rows(const struct mmod_pyramid *pyramid, uint32_t row, float *scratch,
                       const struct planes *planes)
{
    size_t plane = (size_t)planes->width * planes->height;
    memset(planes->data, 0, 3 * plane * sizeof *planes->data);
    for (size_t i = 0; i < pyramid->count; i++) {
        const struct mmod_level *level = &pyramid->levels[i];
        uint32_t begin = level->top > row ? level->top : row;
        uint32_t end = level->top + level->height;
        end = end < row + planes->height ? end : row + planes->height;
        for (uint32_t y = begin; y < end; y++) {
            float *out = planes->data + (size_t)planes->width * (y - row) + level->left;
            read_row(level, y - level->top, scratch);
            for (size_t c = 0; c < 3; c++) {
                const size_t from = planes->bgr ? 2 - c : c;
                for (size_t x = 0; x < level->width; x++)
                    out[c * plane + x] =
                        scratch[3 * x + from] * planes->scale[c] + planes->shift[c];
            }
        }
    }
}
