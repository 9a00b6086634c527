/* Inside of the cascade detector: its weights, the search over a picture's levels, the grouping. */
#ifndef FACE_CASCADE_SEARCH_H
#define FACE_CASCADE_SEARCH_H

#include "base/pool.h"
#include "kernel/cascade.h"
#include "model/weights.h"

#define CASCADE_SIDE_MAX 255 /* of the window */
#define CASCADE_STAGES_MAX 1000
#define CASCADE_NODES_MAX 200000 /* the largest one published has 8,500 */
#define CASCADE_SCALE_LEAST 1.01f
#define CASCADE_LEVELS_MAX 1024 /* of the largest picture at the least scale there are 820 */
/* Windows that pass, before they are grouped. A crowd of 1,000 faces has about 40,000. */
#define CASCADE_FOUND_MAX (1 << 17)

struct cascade_feature { /* of one node: x, y, width, height in the window */
    uint8_t rects[3][4]; /* Haar: the third may be empty; LBP: the upper left of nine cells */
    bool tilted;         /* turned by 45 degrees: (x, y) is the upper corner */
};

struct cascade {
    uint32_t width, height; /* of the window */
    bool lbp, tilted;       /* tilted: some feature is */
    struct cascade_stage *stages;
    size_t stage_count;
    struct cascade_node *nodes; /* without corners, which depend on the rows of a picture */
    struct cascade_feature *features;
    size_t node_count;
};

/* MODEL: a number is out of its range, or a node leads back or out of its tree. */
vultus_status cascade_load(const struct weights *weights, struct cascade *out,
                           vultus_error *error) VULTUS_MUST_USE;
void cascade_clear(struct cascade *cascade);

struct cascade_rect {
    int32_t x, y, width, height;
    int32_t votes; /* windows that it stands for */
};

struct cascade_rects {
    struct cascade_rect *items;
    size_t count, capacity;
};

/* LIMIT: CASCADE_FOUND_MAX. */
vultus_status cascade_rects_add(struct cascade_rects *list, struct cascade_rect rect,
                                vultus_error *error) VULTUS_MUST_USE;
void cascade_rects_clear(struct cascade_rects *list);

struct cascade_picture { /* grey; CASCADE_SLACK bytes may be read behind the last one */
    uint8_t *pixels;
    uint32_t width, height;
};

struct cascade_search {
    const struct cascade *cascade;
    const struct cascade_kernels *kernels;
    struct cascade_picture picture;
    struct pool *pool;
    const vultus_stop *stop;
    double scale_factor;
    int32_t min_size, max_size; /* of windows; 0: any */
};

/* One size of the picture. */
struct cascade_level {
    float scale; /* how many times smaller than the picture */
    uint32_t width, height;
    uint32_t step;                       /* pixels between windows */
    uint32_t columns, rows;              /* windows */
    int32_t window_width, window_height; /* in the picture */
    size_t taps;                         /* where its columns begin in the search's taps */
};

/* Fills at most CASCADE_LEVELS_MAX levels, the largest first, and returns how many. */
size_t cascade_levels(const struct cascade_search *search, struct cascade_level *levels);

/* Of which two pixels the pixel `i` of a side of `to` pixels is made: (256 - *part) / 256 of number
 * *from, the rest of the next one. */
void cascade_tap(uint32_t side, uint32_t to, uint32_t i, int32_t *from, uint16_t *part);

struct cascade_target { /* a picture of another size; taps of each column, and CASCADE_SLACK more */
    uint32_t width, height;
    const int32_t *from;
    const uint16_t *part;
};

/* Makes row y. `blended` has the picture's width and CASCADE_SLACK more, `out` the target's. */
void cascade_resize_row(const struct cascade_kernels *kernels,
                        const struct cascade_picture *picture, const struct cascade_target *to,
                        uint32_t y, uint16_t *blended, uint8_t *out);

/* Appends all windows that pass, level after level, row after row. */
vultus_status cascade_scan(const struct cascade_search *search, struct cascade_rects *out,
                           vultus_error *error) VULTUS_MUST_USE;

/* Replaces windows by the mean of each group of more than `min_neighbors` that are alike; 0: leaves
 * them all. */
vultus_status cascade_group(struct cascade_rects *list, unsigned min_neighbors,
                            vultus_error *error) VULTUS_MUST_USE;

#endif
