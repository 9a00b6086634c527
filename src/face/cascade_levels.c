/*
 * The sizes at which a cascade looks at a picture, as detectMultiScale of OpenCV chooses them, and the
 * two pixels of which each pixel of a smaller picture is made, as its INTER_LINEAR_EXACT weighs them.
 * Both are sequences of roundings to be kept in this order: other windows would be found.
 */
#include "face/cascade_search.h"

#include <math.h>

static bool holds(const struct cascade_search *search, int32_t width, int32_t height)
{
    if (search->max_size > 0 && (width > search->max_size || height > search->max_size))
        return false;
    return width >= search->min_size && height >= search->min_size;
}

static struct cascade_level level_at(const struct cascade_search *search, float scale)
{
    const struct cascade *cascade = search->cascade;
    struct cascade_level level = {.scale = scale,
                                  .width = (uint32_t)lrintf((float)search->picture.width / scale),
                                  .height = (uint32_t)lrintf((float)search->picture.height / scale),
                                  .step = scale >= 2 ? 1 : 2,
                                  .window_width = (int32_t)lrintf((float)cascade->width * scale),
                                  .window_height = (int32_t)lrintf((float)cascade->height * scale)};
    if (level.width >= cascade->width && level.height >= cascade->height) {
        level.columns = (level.width - cascade->width) / level.step + 1;
        level.rows = (level.height - cascade->height) / level.step + 1;
    }
    return level;
}

size_t cascade_levels(const struct cascade_search *search, struct cascade_level *levels)
{
    const struct cascade *cascade = search->cascade;
    size_t count = 0;
    double factor = 1;
    for (int i = 0; i < CASCADE_LEVELS_MAX; i++, factor *= search->scale_factor) {
        if (lrint(cascade->width * factor) > (long)search->picture.width ||
            lrint(cascade->height * factor) > (long)search->picture.height)
            break;
        struct cascade_level level = level_at(search, (float)factor);
        if (level.columns && level.rows && holds(search, level.window_width, level.window_height))
            levels[count++] = level;
    }
    return count;
}

void cascade_tap(uint32_t side, uint32_t to, uint32_t i, int32_t *from, uint16_t *part)
{
    double scale = 1 / ((double)to / (double)side);
    double at = scale * ((double)i + 0.5) - 0.5;
    double whole = floor(at);
    *part = 0;
    if (whole < 0)
        *from = 0;
    else if (whole >= (double)side - 1)
        *from = (int32_t)side - 1;
    else {
        *from = (int32_t)whole;
        *part = (uint16_t)lrint((at - whole) * 256);
    }
}

void cascade_resize_row(const struct cascade_kernels *kernels,
                        const struct cascade_picture *picture, const struct cascade_target *to,
                        uint32_t y, uint16_t *blended, uint8_t *out)
{
    int32_t from;
    uint16_t part;
    cascade_tap(picture->height, to->height, y, &from, &part);
    const uint8_t *above = picture->pixels + (size_t)from * picture->width;
    kernels->blend(above, part ? above + picture->width : above, part, picture->width, blended);
    kernels->narrow(blended, to->from, to->part, to->width, out);
}
