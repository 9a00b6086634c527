/*
 * A cell is the mean of a few pixels in it. Correlation tells scenes apart where brightness does not: a lamp that is
 * switched on keeps the edges, and dark scenes differ little. In films two frames of one scene had 0.64 at least,
 * and two scenes 0.24 at most.
 */
#include "video/motion.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES 4     /* across and down a cell */
#define MOVED 10      /* grey levels; noise of cameras stays under it in a mean of 16 */
#define MOVED_LEAST 2 /* cells */
#define CUT 0.45      /* correlation under which two frames are two scenes */
#define CONTRAST 3.0  /* deviation of grey levels under which a correlation says nothing */
#define ROOM 2        /* cells around what moved: a face is larger than its edge that moved */

struct grid { /* what is sampled: cells across and down, over pixels of a frame */
    uint32_t across, down;
    uint32_t left, top, width, height;
};

static void sample(const vultus_image *image, const struct grid *grid, uint8_t *out)
{
    uint32_t across = grid->across * SAMPLES, down = grid->down * SAMPLES;
    for (uint32_t cell_y = 0; cell_y < grid->down; cell_y++) {
        unsigned sums[MOTION_ACROSS] = {0};
        for (uint32_t y = cell_y * SAMPLES; y < (cell_y + 1) * SAMPLES; y++) {
            uint32_t at = grid->top + (uint32_t)((uint64_t)y * grid->height / down);
            const uint8_t *row = image->pixels + at * image->stride + 3 * (size_t)grid->left;
            for (uint32_t x = 0; x < across; x++) /* green stands for brightness */
                sums[x / SAMPLES] += row[3 * (size_t)((uint64_t)x * grid->width / across) + 1];
        }
        for (uint32_t x = 0; x < grid->across; x++)
            *out++ = (uint8_t)(sums[x] / (SAMPLES * SAMPLES));
    }
}

/* `otherwise` where one of the two has no contrast. */
static double correlate(const uint8_t *a, const uint8_t *b, size_t count, double otherwise)
{
    double sum_a = 0, sum_b = 0, aa = 0, bb = 0, ab = 0, n = (double)count;
    for (size_t i = 0; i < count; i++) {
        sum_a += a[i];
        sum_b += b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
        ab += (double)a[i] * b[i];
    }
    double spread_a = aa - sum_a * sum_a / n, spread_b = bb - sum_b * sum_b / n;
    double least = CONTRAST * CONTRAST * n;
    return spread_a < least || spread_b < least
               ? otherwise
               : (ab - sum_a * sum_b / n) / sqrt(spread_a * spread_b);
}

static vultus_box box_of(const struct motion *motion, size_t left, size_t top, size_t right,
                         size_t bottom)
{
    left = left > ROOM ? left - ROOM : 0;
    top = top > ROOM ? top - ROOM : 0;
    right = right + ROOM < MOTION_ACROSS ? right + ROOM : MOTION_ACROSS;
    bottom = bottom + ROOM < MOTION_DOWN ? bottom + ROOM : MOTION_DOWN;
    float x = floorf((float)left * (float)motion->width / MOTION_ACROSS);
    float y = floorf((float)top * (float)motion->height / MOTION_DOWN);
    return (vultus_box){x, y, floorf((float)right * (float)motion->width / MOTION_ACROSS) - x,
                        floorf((float)bottom * (float)motion->height / MOTION_DOWN) - y};
}

/* Where cells are unlike those of the last search; false: nowhere. */
static bool find_moved(const struct motion *motion, vultus_box *out)
{
    size_t left = MOTION_ACROSS, top = MOTION_DOWN, right = 0, bottom = 0, cells = 0;
    for (size_t i = 0; i < MOTION_CELLS; i++) {
        if (abs(motion->last[i] - motion->searched[i]) <= MOVED)
            continue;
        size_t x = i % MOTION_ACROSS, y = i / MOTION_ACROSS;
        left = x < left ? x : left;
        top = y < top ? y : top;
        right = x + 1 > right ? x + 1 : right;
        bottom = y + 1 > bottom ? y + 1 : bottom;
        cells++;
    }
    if (cells < MOVED_LEAST)
        return false;
    *out = box_of(motion, left, top, right, bottom);
    return true;
}

struct motion_verdict motion_look(struct motion *motion, const vultus_image *image)
{
    uint8_t now[MOTION_CELLS];
    struct motion_verdict verdict = {.moved = true,
                                     .region = {0, 0, (float)image->width, (float)image->height}};
    verdict.cut = motion->width != image->width || motion->height != image->height;
    const struct grid grid = {MOTION_ACROSS, MOTION_DOWN, 0, 0, image->width, image->height};
    sample(image, &grid, now);
    if (verdict.cut)
        *motion = (struct motion){.width = image->width, .height = image->height};
    else
        verdict.cut = correlate(motion->last, now, MOTION_CELLS, 1) < CUT;
    memcpy(motion->last, now, sizeof now);
    if (!verdict.cut && motion->has_searched)
        verdict.moved = find_moved(motion, &verdict.region);
    return verdict;
}

void motion_searched(struct motion *motion)
{
    memcpy(motion->searched, motion->last, sizeof motion->last);
    motion->has_searched = true;
}

bool patch_take(const vultus_image *image, const vultus_box *box, uint8_t out[PATCH_CELLS])
{
    float left = fmaxf(box->x, 0), right = fminf(box->x + box->width, (float)image->width);
    float top = fmaxf(box->y, 0), bottom = fminf(box->y + box->height, (float)image->height);
    if (!(right - left >= 1 && bottom - top >= 1))
        return false;
    const struct grid grid = {PATCH_SIDE,
                              PATCH_SIDE,
                              (uint32_t)left,
                              (uint32_t)top,
                              (uint32_t)(right - left),
                              (uint32_t)(bottom - top)};
    sample(image, &grid, out);
    return true;
}

double patch_likeness(const uint8_t a[PATCH_CELLS], const uint8_t b[PATCH_CELLS])
{
    return correlate(a, b, PATCH_CELLS, 1);
}
