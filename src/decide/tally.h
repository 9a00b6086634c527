/*
 * The verification view of identification: every probe with every enrolled person is one comparison, of
 * the probe with the nearest of that person's faces. There are too many to keep, so they are counted.
 *
 * A false accept rate changes at scores of different comparisons, a true accept rate only at scores of same
 * ones, of which there is at most one for each probe. So same scores are known first, and different ones are
 * counted between them: the curve that comes of it is exact. For the bootstrap counts are kept for each
 * person who was drawn from, at up to TALLY_LEVELS of the same scores.
 */
#ifndef DECIDE_TALLY_H
#define DECIDE_TALLY_H

#include "decide/roc.h"

#define TALLY_LEVELS 1000         /* a thousandth of the same comparisons between two levels */
#define TALLY_CELLS_MAX 20000000u /* counts for the bootstrap: 320 MB if not one of them were 0 */

struct tally_cell {
    uint64_t count;
    uint32_t bin;
};

struct tally_row { /* of one unit: its different comparisons; bins that are empty are left out */
    struct tally_cell *cells;
    uint32_t count;
};

/*
 * Bins of a list of falling levels: 2k is what lies above level k (and not above k - 1), 2k + 1 is equal to
 * it, 2 * levels is below all.
 */
struct vultus_tally {
    float *levels; /* all distinct same scores, falling */
    size_t level_count;
    uint64_t *different; /* 2 * level_count + 1 bins */
    uint64_t *same;      /* level_count */
    uint64_t accepted;   /* different comparisons that the threshold takes for same ones */
    uint32_t *coarse;    /* of each bin: the bin among the levels of the bootstrap */
    size_t coarse_count; /* levels of the bootstrap */
    uint32_t *bin; /* of each trial: that of its same comparison; VULTUS_NOBODY: it has none */
    struct tally_row *rows; /* of each unit */
    size_t units;
    vultus_histogram histogram;
};

struct tally_part {      /* different comparisons that one worker has counted */
    uint64_t *different; /* as in the tally */
    uint64_t *row;       /* of the unit in hand: 2 * coarse_count + 1 bins */
    uint64_t accepted;
    vultus_histogram histogram;
};

/* Makes the levels of the same scores (NaN: none). MEMORY. */
vultus_status tally_new(const vultus_trials *trials, size_t units, struct vultus_tally **out,
                        vultus_error *error) VULTUS_MUST_USE;
void tally_free(struct vultus_tally *tally);

vultus_status tally_part_init(const struct vultus_tally *tally, struct tally_part *out,
                              vultus_error *error) VULTUS_MUST_USE;
void tally_part_clear(struct tally_part *part);
/* One different comparison, and whether the threshold accepts it. */
void tally_count(const struct vultus_tally *tally, struct tally_part *part, float score,
                 bool accepted);
/* The unit is counted: keeps its row. */
vultus_status tally_end_unit(struct vultus_tally *tally, struct tally_part *part, size_t unit,
                             vultus_error *error) VULTUS_MUST_USE;
/* Adds what a worker has counted. */
void tally_add(struct vultus_tally *tally, const struct tally_part *part);

/* Steps of roc.h, 2 * level_count + 1 of them; exact. */
void tally_steps(const struct vultus_tally *tally, struct roc_step *steps);
/* The same of a draw, 2 * coarse_count + 1 of them; `unit` is that of each trial. */
void tally_draw(const struct vultus_tally *tally, const uint32_t *unit, size_t trials,
                const uint32_t *weights, struct roc_step *steps);

#endif
