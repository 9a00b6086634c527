/*
 * The HOG detector on one level of the pyramid, in a single pass over its rows that keeps only what
 * the next rows need. Every pixel votes for the orientation of its gradient in the four cells around
 * it; cells of 8 x 8 pixels give 31 features, which are cut and scaled by the energy of the blocks
 * of 2 x 2 cells that they are in; each row of features is added to the scores of the ten rows of
 * windows that see it. Windows hang over the edges of the picture, where features are 0.
 *
 * The 64 pixels between four cells' centres (a zone) vote for the same four cells, so votes are
 * collected by zone and orientation: one addition of four numbers a pixel.
 */
#include "face/hog_detector.h"

#include <string.h>

#define HANG 4  /* cells that the first window hangs over the features at the left and the top */
#define TILE 32 /* zones whose votes stay in the nearest cache */
#define ROWS 16 /* of pixels kept where RGB is split: ten are needed */
#define HALF (HOG_CELL / 2)
#define PAD 16

struct scan {
    const struct hog *hog;
    const struct hog_band *band;
    uint32_t cells, cell_rows;   /* of the level */
    uint32_t columns, rows;      /* of features, and of windows */
    uint32_t visible, visible_y; /* pixels from 1 to these have gradients that count */
    size_t stride;               /* floats, of rows of cells */
    uint8_t *split;              /* rows of pixels, where the level is RGB */
    size_t split_bytes;          /* of one plane of a row */
    uint32_t split_next;
    float *zones, *length, *lower, *full;
    uint16_t *slot;
    float *histogram[2], *energy[3], *limit[2], *scale[2];
    float *features, *scores;
};

uint32_t hog_rows(uint32_t height)
{
    uint32_t cells = (height + HALF) / HOG_CELL;
    return cells > 2 ? cells - 2 : 0;
}

struct room { /* base NULL: only counts */
    float *base;
    size_t used;
};

static void *take(struct room *room, size_t floats)
{
    size_t at = room->used;
    room->used += (floats + PAD - 1) / PAD * PAD;
    return room->base ? room->base + at : NULL;
}

static void lay_out(struct scan *s, uint32_t width, struct room *room)
{
    size_t stride = (((size_t)width + HALF) / HOG_CELL + 2 * HOG_SLACK + PAD - 1) / PAD * PAD;
    s->stride = stride;
    s->split_bytes = ((size_t)width + 2 * HOG_SLACK - 1) / HOG_SLACK * HOG_SLACK;
    s->split = take(room, 3 * ROWS * s->split_bytes / sizeof(float));
    s->zones = take(room, (TILE + 1) * HOG_ZONE);
    s->length = take(room, TILE * HOG_CELL + HOG_SLACK);
    s->slot = take(room, (TILE * HOG_CELL + HOG_SLACK) / 2);
    s->lower = take(room, HOG_SLOTS * stride);
    s->full = take(room, HOG_SLOTS * stride);
    for (size_t i = 0; i < 2; i++) {
        s->histogram[i] = take(room, HOG_SLOTS * stride);
        s->limit[i] = take(room, stride);
        s->scale[i] = take(room, stride);
    }
    for (size_t i = 0; i < 3; i++)
        s->energy[i] = take(room, stride);
    s->features = take(room, HOG_PLANES * stride);
    s->scores = take(room, s->hog->detectors * HOG_SIDE * stride);
}

size_t hog_room(const struct hog *hog, uint32_t width)
{
    struct scan s = {.hog = hog};
    struct room room = {0};
    lay_out(&s, width, &room);
    return room.used;
}

/* ------------------------------------------------------------------ pixels to cells */

static const uint8_t *pixel_row(const struct scan *s, uint32_t y, size_t plane)
{
    const struct hog_level *level = s->band->level;
    if (level->plane)
        return level->pixels + plane * level->plane + y * level->stride;
    return s->split + (3 * (y % ROWS) + plane) * s->split_bytes;
}

static void split_until(struct scan *s, uint32_t end)
{
    const struct hog_level *level = s->band->level;
    for (; !level->plane && s->split_next < end; s->split_next++) {
        uint8_t *row = s->split + 3 * (s->split_next % ROWS) * s->split_bytes;
        s->hog->kernels->split(level->pixels + s->split_next * level->stride, level->width, row,
                               row + s->split_bytes, row + 2 * s->split_bytes);
    }
}

/* Gradients of pixels x <= i < end of row y. `turned`: of equal planes the first counts, because they
 * come in reverse. */
static void find_gradients(const struct scan *s, uint32_t y, uint32_t x, uint32_t end, bool turned,
                           size_t at)
{
    struct hog_pixels pixels = {{0}, {0}, {0}};
    size_t planes = s->band->level->planes;
    for (size_t p = 0; x < end && p < planes; p++) {
        size_t plane = turned ? planes - 1 - p : p;
        pixels.above[p] = pixel_row(s, y - 1, plane) + x;
        pixels.here[p] = pixel_row(s, y, plane) + x;
        pixels.below[p] = pixel_row(s, y + 1, plane) + x;
    }
    if (x < end)
        s->hog->kernels->gradients(&pixels, planes, end - x, s->length + at, s->slot + at);
}

/* The votes of a row of pixels in zones first .. first + count - 1. */
static void vote(const struct scan *s, uint32_t y, uint32_t first, uint32_t count)
{
    uint32_t shown = first * HOG_CELL; /* pixel + HALF of length[0] */
    uint32_t x = shown > HALF ? shown - HALF : 1, end = shown + count * HOG_CELL - HALF;
    if (end > s->visible)
        end = s->visible;
    if (x >= end)
        return;
    /* the last up to seven pixels fill no vector of dlib's, and are treated otherwise there */
    uint32_t tail = s->visible - (s->visible - 1) % HOG_CELL, from = tail > x ? tail : x;
    find_gradients(s, y, x, end < tail ? end : tail, false, x + HALF - shown);
    find_gradients(s, y, from, end, true, from + HALF - shown);
    for (uint32_t i = end + HALF - shown; i < count * HOG_CELL; i++)
        s->length[i] = 0;
    s->hog->kernels->collect(s->length, s->slot, s->hog->weights[(y + HALF) % HOG_CELL], count,
                             s->zones + HOG_ZONE);
}

/* A row of zones: completes the cells above it (full), begins those below (lower). */
static void add_zones(struct scan *s, uint32_t row)
{
    uint32_t begin = row ? row * HOG_CELL - HALF : 1, end = row * HOG_CELL + HALF;
    if (end > s->visible_y)
        end = s->visible_y;
    if (begin < end)
        split_until(s, end + 1);
    memset(s->length, 0, (TILE * HOG_CELL + HOG_SLACK) * sizeof *s->length);
    memset(s->slot, 0, (TILE * HOG_CELL + HOG_SLACK) * sizeof *s->slot);
    for (uint32_t first = 0; first <= s->cells; first += TILE) {
        uint32_t left = s->cells + 1 - first, count = left < TILE ? left : TILE;
        uint32_t skip = !first; /* the tile before ends with the zone that its last cell shares */
        memset(s->zones + HOG_ZONE, 0, count * HOG_ZONE * sizeof *s->zones);
        for (uint32_t y = begin; y < end; y++)
            vote(s, y, first, count);
        size_t cell = first + skip - 1;
        s->hog->kernels->merge(s->zones + skip * HOG_ZONE, count - skip,
                               s->lower + HOG_SLOTS * cell, s->full + HOG_SLOTS * cell);
        memcpy(s->zones, s->zones + count * HOG_ZONE, HOG_ZONE * sizeof *s->zones);
    }
}

/* ------------------------------------------------------------------ features to scores */

static void make_features(struct scan *s, uint32_t row)
{
    struct hog_blocks blocks = {{s->limit[row % 2], s->limit[(row + 1) % 2]},
                                {s->scale[row % 2], s->scale[(row + 1) % 2]}};
    s->hog->kernels->features(s->histogram[(row + 1) % 2] + 1, s->stride, &blocks, s->columns,
                              s->features + HANG, s->stride);
    for (size_t p = 0; p < HOG_PLANES; p++)
        memset(s->features + p * s->stride + HANG + s->columns, 0,
               2 * HOG_SIDE * sizeof *s->features);
}

static float *score_row(const struct scan *s, size_t detector, uint32_t y)
{
    return s->scores + (detector * HOG_SIDE + y % HOG_SIDE) * s->stride;
}

static vultus_status read_scores(const struct scan *s, uint32_t y, struct hog_hits *out,
                                 vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (size_t d = 0; d < s->hog->detectors; d++) {
        const float *row = score_row(s, d, y);
        float threshold = s->hog->thresholds[d], least = threshold + s->band->threshold;
        unsigned any = 0;
        for (size_t x = 0; x < s->columns; x++)
            any |= row[x] >= least;
        for (uint32_t x = 0; any && !status && x < s->columns; x++)
            if (row[x] >= least) {
                struct hog_hit hit = {row[x] - threshold, x, y, s->band->index, (uint16_t)d};
                status = hog_hits_add(out, &hit, error);
            }
    }
    return status;
}

/* Row `row` of features is row m of the windows that begin HANG + row - m. */
static void add_scores(const struct scan *s, uint32_t row)
{
    for (size_t d = 0; d < s->hog->detectors; d++) {
        float *rows[HOG_SIDE];
        for (uint32_t m = 0; m < HOG_SIDE; m++)
            rows[m] = score_row(s, d, row + HANG + HOG_SIDE - m);
        memset(rows[0], 0, s->stride * sizeof **rows);
        s->hog->kernels->filter(s->features, s->stride, &s->hog->products[d], s->columns, rows);
    }
}

/* What a complete row of cells makes possible: the energy of blocks, then a row of features. */
static void finish_cells(struct scan *s, uint32_t row, uint32_t first)
{
    const struct hog_kernels *kernels = s->hog->kernels;
    kernels->spread(s->full, s->cells, s->histogram[row % 2], s->stride, s->energy[row % 3]);
    if (row > first)
        kernels->blocks(s->energy[(row - 1) % 3], s->energy[row % 3], s->cells - 1,
                        s->limit[(row - 1) % 2], s->scale[(row - 1) % 2]);
    if (row > first + 1) {
        make_features(s, row - 2);
        add_scores(s, row - 2);
    }
}

vultus_status hog_scan(const struct hog *hog, const struct hog_band *band, float *room,
                       struct hog_hits *out, vultus_error *error)
{
    const struct hog_level *level = band->level;
    struct scan s = {.hog = hog, .band = band};
    vultus_status status = VULTUS_OK;
    s.rows = hog_rows(level->height);
    s.columns = hog_rows(level->width);
    if (!s.rows || !s.columns || band->begin >= band->end)
        return VULTUS_OK;
    s.cells = s.columns + 2;
    s.cell_rows = s.rows + 2;
    s.visible = (s.cells * HOG_CELL < level->width ? s.cells * HOG_CELL : level->width) - 1;
    s.visible_y =
        (s.cell_rows * HOG_CELL < level->height ? s.cell_rows * HOG_CELL : level->height) - 1;
    struct room parts = {.base = room};
    lay_out(&s, level->width, &parts);
    memset(room, 0, parts.used * sizeof *room);
    /* rows of features that the band's windows see */
    const uint32_t above = HANG, below = HOG_SIDE - HANG;
    uint32_t first = band->begin > above ? band->begin - above : 0;
    uint32_t end = band->end - 1 + below < s.rows ? band->end - 1 + below : s.rows;
    uint32_t next = band->begin; /* the first row of windows whose scores are not complete */
    s.split_next = first ? first * HOG_CELL - HALF - 1 : 0;
    for (uint32_t row = first; !status && row <= end + 2; row++) {
        add_zones(&s, row);
        if (row == first)
            continue;
        finish_cells(&s, row - 1, first);
        if (row - 1 > first + 1 && row - 3 + 1 >= next + below)
            status = read_scores(&s, next++, out, error);
    }
    for (; !status && next < band->end; next++)
        status = read_scores(&s, next, out, error);
    return status;
}
