/* How a picture is searched by a cascade: its levels, strips, offsets and buffers, made once for a picture. */
#ifndef FACE_CASCADE_PLAN_H
#define FACE_CASCADE_PLAN_H

#include "face/cascade_search.h"

struct cascade_layout { /* of rows of integral images */
    size_t stride, odd;
    struct cascade_node *nodes;
    int32_t inner[4];
};

struct cascade_strip {
    const struct cascade_level *level;
    uint32_t first, count; /* rows of windows */
    struct cascade_rects found;
};

struct cascade_scratch { /* of one thread */
    uint32_t *sums;      /* the planes: sums, then squares, then tilted sums */
    uint16_t *blended;   /* one row, not yet narrowed */
    uint8_t *pixels;     /* two rows */
    float *norm;
    uint64_t *alive, *first;
};

struct cascade_plan {
    const struct cascade_search *search;
    struct cascade_level *levels;
    size_t level_count;
    struct cascade_layout layouts[2]; /* by step - 1 */
    size_t plane, planes;             /* elements of one, how many */
    int32_t *from;                    /* taps of all levels */
    uint16_t *part;
    struct cascade_strip *strips;
    size_t strip_count;
    struct cascade_scratch *scratch; /* by worker */
    unsigned workers;
};

/* Clear it also after a failure. */
vultus_status cascade_plan_init(struct cascade_plan *plan, const struct cascade_search *search,
                                vultus_error *error) VULTUS_MUST_USE;
void cascade_plan_clear(struct cascade_plan *plan);

/* Where column x of a row of integral images lies. */
static inline size_t cascade_column(const struct cascade_layout *layout, size_t x)
{
    return layout->odd ? (x & 1) * layout->odd + x / 2 : x;
}

#endif
