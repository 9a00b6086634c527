/*
 * What the files of the HOG detector share: the filters, the levels of a picture's pyramid (hog_pyramid.c),
 * the search of a band of one of them (hog_scan.c) and of all of them (hog_search.c), and boxes from what it
 * finds (hog_boxes.c). detect_hog.c puts them together.
 */
#ifndef FACE_HOG_DETECTOR_H
#define FACE_HOG_DETECTOR_H

#include "base/pool.h"
#include "base/status.h"
#include "kernel/hog.h"

#define HOG_DETECTORS_MAX 16
#define HOG_PRODUCTS_MAX                                                                           \
    16384                 /* a detector's filter has 60; 31 planes of full rank would have 310 */
#define HOG_LEVELS_MAX 64 /* a picture of 65,500 pixels has 38 */

struct hog {
    const struct hog_kernels *kernels;
    size_t detectors;
    struct hog_products products[HOG_DETECTORS_MAX];
    float thresholds[HOG_DETECTORS_MAX];
    float threshold;        /* the contract's, added to all of them */
    float overlap, covered; /* what suppresses: part of the box around both, part of either */
    float weights[HOG_CELL][HOG_CELL][4]; /* of a zone's pixels for its cells: [y][x] */
};

struct hog_level {
    uint32_t width, height;
    size_t planes;         /* 1 or 3 */
    const uint8_t *pixels; /* planes one after the other, or RGB */
    size_t stride, plane;  /* bytes from row to row, from plane to plane; plane 0: RGB */
};

/* How many levels a picture of this size has: until a side is less than 64 pixels. */
size_t hog_level_count(uint32_t width, uint32_t height);
/* Sets the sizes of a level of planes, all but its pixels; returns the bytes that these take. */
size_t hog_level_shape(struct hog_level *level, uint32_t width, uint32_t height, size_t planes);

struct
    hog_making { /* a level `to`, of any size up to twice that of `from`, whose pixels are `pixels` */
    const struct hog_kernels *kernels;
    const struct hog_level *from, *to;
    uint8_t *pixels;
};
/* Fills the pixels. */
vultus_status hog_resize(const struct hog_making *making, struct pool *pool,
                         vultus_error *error) VULTUS_MUST_USE;
/* The same strip by strip, on any threads; what `from` is like must be known, its pixels only when a strip
 * is made. NULL is allowed to be ended. */
struct hog_resizing;
vultus_status hog_resize_begin(const struct hog_making *making, struct hog_resizing **out,
                               vultus_error *error) VULTUS_MUST_USE;
size_t hog_resize_strips(const struct hog_resizing *work);
vultus_status hog_resize_strip(const struct hog_resizing *work, size_t strip,
                               vultus_error *error) VULTUS_MUST_USE;
void hog_resize_end(struct hog_resizing *work);

struct hog_hit {   /* a window whose score is high enough */
    float score;   /* over its detector's threshold */
    uint32_t x, y; /* of the window, in cells, the first of which hangs over the edge */
    uint16_t level, detector;
};

#define HOG_HITS_MAX 20000 /* per list; the best are kept. A crowd of 300 faces needs about 4,000 */

struct hog_hits {
    struct hog_hit *items;
    size_t count, capacity;
};

vultus_status hog_hits_add(struct hog_hits *list, const struct hog_hit *hit,
                           vultus_error *error) VULTUS_MUST_USE;
vultus_status hog_hits_join(struct hog_hits *list, const struct hog_hits *more,
                            vultus_error *error) VULTUS_MUST_USE;
void hog_hits_clear(struct hog_hits *list);
/* Takes the best of overlapping hits to faces, in a picture that was doubled `upsample` times; sorts
 * the list. */
vultus_status hog_faces(const struct hog *hog, struct hog_hits *hits, unsigned upsample,
                        vultus_faces *out, vultus_error *error) VULTUS_MUST_USE;

/* Rows of windows of a level: as many as there are rows of features, 0 in small pictures. */
uint32_t hog_rows(uint32_t height);

struct hog_band { /* windows begin <= y < end of a level */
    const struct hog_level *level;
    uint16_t index; /* of the level */
    uint32_t begin, end;
    float threshold; /* added to the detectors' */
};

/* Floats that hog_scan needs for a level of this width. */
size_t hog_room(const struct hog *hog, uint32_t width);
/* Adds the hits of a band; `room` is aligned. */
vultus_status hog_scan(const struct hog *hog, const struct hog_band *band, float *room,
                       struct hog_hits *out, vultus_error *error) VULTUS_MUST_USE;

struct hog_search {
    const struct hog *hog;
    struct pool *pool;
    const vultus_stop *stop;
    struct hog_level levels[HOG_LEVELS_MAX]; /* the first is given */
    size_t skip; /* levels whose windows are smaller than the smallest face sought */
    float threshold;
    struct hog_hits hits; /* out; hog_hits_clear them */
};
/* Makes the other levels and searches all. */
vultus_status hog_search_pyramid(struct hog_search *search, vultus_error *error) VULTUS_MUST_USE;

#endif
