/* Counting comparisons between the scores of same ones; see tally.h. */
#include "decide/tally.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int falling(const void *left, const void *right)
{
    float a = *(const float *)left, b = *(const float *)right;
    return (a < b) - (a > b);
}

static size_t bins(size_t levels)
{
    return 2 * levels + 1;
}

static size_t bin_of(const float *levels, size_t count, float score)
{
    size_t low = 0, high = count; /* the first level that is not above the score */
    if (count && score < levels[count - 1])
        return 2 * count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (levels[middle] > score)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && levels[low] == score ? 2 * low + 1 : 2 * low;
}

/* ------------------------------------------------------------------ levels */

static vultus_status make_levels(const vultus_trials *trials, struct vultus_tally *tally,
                                 vultus_error *error)
{
    size_t count = 0, kept = 0;
    float *levels = mem_array(trials->count, sizeof *levels);
    tally->levels = levels;
    if (!levels)
        return status_memory(error, "the comparisons");
    for (size_t i = 0; i < trials->count; i++)
        if (trials->items[i].mated)
            levels[count++] = trials->items[i].own_score;
    qsort(levels, count, sizeof *levels, falling);
    for (size_t i = 0; i < count; i++)
        if (!kept || levels[kept - 1] != levels[i])
            levels[kept++] = levels[i];
    tally->level_count = kept;
    return VULTUS_OK;
}

/* Of all levels those that are kept for the bootstrap lie evenly among them, the last included. */
static void make_coarse(struct vultus_tally *tally)
{
    size_t most = TALLY_CELLS_MAX / 2 / (tally->units ? tally->units : 1);
    size_t levels = tally->level_count, kept = levels < TALLY_LEVELS ? levels : TALLY_LEVELS;
    kept = kept < most ? kept : most;
    kept = kept || !levels ? kept : 1;
    tally->coarse_count = kept;
    for (size_t i = 0, next = 0; i < levels; i++) {
        bool is_kept = i == (next + 1) * levels / kept - 1;
        tally->coarse[2 * i] = (uint32_t)(2 * next);
        tally->coarse[2 * i + 1] = (uint32_t)(2 * next + is_kept);
        next += is_kept;
    }
    tally->coarse[2 * levels] = (uint32_t)(2 * kept);
}

/* Which bins the same comparisons of the trials are in. */
static void place_same(const vultus_trials *trials, struct vultus_tally *tally)
{
    for (size_t i = 0; i < trials->count; i++) {
        tally->bin[i] = VULTUS_NOBODY;
        if (!trials->items[i].mated)
            continue;
        size_t bin = bin_of(tally->levels, tally->level_count, trials->items[i].own_score);
        tally->same[bin / 2]++;
        tally->bin[i] = tally->coarse[bin];
    }
}

vultus_status tally_new(const vultus_trials *trials, size_t units, struct vultus_tally **out,
                        vultus_error *error)
{
    struct vultus_tally *tally = mem_zalloc(1, sizeof *tally);
    if (!tally)
        return status_memory(error, "the comparisons");
    tally->histogram = roc_histogram(trials->distances, trials->threshold);
    tally->units = units;
    vultus_status status = make_levels(trials, tally, error);
    if (status) {
        tally_free(tally);
        return status;
    }
    size_t count = bins(tally->level_count);
    tally->different = mem_zalloc(count, sizeof *tally->different);
    tally->same = mem_zalloc(tally->level_count, sizeof *tally->same);
    tally->coarse = mem_zalloc(count, sizeof *tally->coarse);
    tally->bin = mem_array(trials->count, sizeof *tally->bin);
    tally->rows = mem_zalloc(units, sizeof *tally->rows);
    if (!tally->different || !tally->same || !tally->coarse || !tally->bin || !tally->rows) {
        tally_free(tally);
        return status_memory(error, "the comparisons");
    }
    make_coarse(tally);
    place_same(trials, tally);
    for (size_t i = 0; i < trials->count; i++)
        if (trials->items[i].mated)
            roc_histogram_add(&tally->histogram, trials->items[i].own_score, true);
    *out = tally;
    return VULTUS_OK;
}

void tally_free(struct vultus_tally *tally)
{
    if (!tally)
        return;
    for (size_t i = 0; tally->rows && i < tally->units; i++)
        mem_free(tally->rows[i].cells);
    mem_free(tally->rows);
    mem_free(tally->levels);
    mem_free(tally->different);
    mem_free(tally->same);
    mem_free(tally->coarse);
    mem_free(tally->bin);
    mem_free(tally);
}

/* ------------------------------------------------------------------ counting */

vultus_status tally_part_init(const struct vultus_tally *tally, struct tally_part *out,
                              vultus_error *error)
{
    *out = (struct tally_part){
        .different = mem_zalloc(bins(tally->level_count), sizeof *out->different),
        .row = mem_zalloc(bins(tally->coarse_count), sizeof *out->row),
        .histogram = {.from = tally->histogram.from, .to = tally->histogram.to}};
    if (out->different && out->row)
        return VULTUS_OK;
    tally_part_clear(out);
    return status_memory(error, "the comparisons");
}

void tally_part_clear(struct tally_part *part)
{
    mem_free(part->different);
    mem_free(part->row);
    *part = (struct tally_part){0};
}

void tally_count(const struct vultus_tally *tally, struct tally_part *part, float score,
                 bool accepted)
{
    size_t bin = bin_of(tally->levels, tally->level_count, score);
    part->different[bin]++;
    part->accepted += accepted;
    part->row[tally->coarse[bin]]++;
    roc_histogram_add(&part->histogram, score, false);
}

vultus_status tally_end_unit(struct vultus_tally *tally, struct tally_part *part, size_t unit,
                             vultus_error *error)
{
    struct tally_row *row = &tally->rows[unit];
    const size_t count = bins(tally->coarse_count);
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        used += part->row[i] != 0;
    row->cells = mem_array(used, sizeof *row->cells);
    if (!row->cells)
        return status_memory(error, "the comparisons");
    for (size_t i = 0; i < count; i++)
        if (part->row[i])
            row->cells[row->count++] = (struct tally_cell){part->row[i], (uint32_t)i};
    memset(part->row, 0, count * sizeof *part->row);
    return VULTUS_OK;
}

void tally_add(struct vultus_tally *tally, const struct tally_part *part)
{
    tally->accepted += part->accepted;
    for (size_t i = 0; i < bins(tally->level_count); i++)
        tally->different[i] += part->different[i];
    for (size_t i = 0; i < VULTUS_BARS; i++)
        tally->histogram.different[i] += part->histogram.different[i];
}

/* ------------------------------------------------------------------ steps */

void tally_steps(const struct vultus_tally *tally, struct roc_step *steps)
{
    for (size_t i = 0; i < bins(tally->level_count); i++) {
        size_t level = i / 2;
        bool below = level == tally->level_count;
        float score = below ? -INFINITY : tally->levels[level];
        /* A threshold that accepts all that lies above a level, and not the level. */
        steps[i] = (struct roc_step){.score = i % 2 || below ? score : nextafterf(score, INFINITY),
                                     .same = i % 2 ? tally->same[level] : 0,
                                     .different = tally->different[i]};
    }
}

void tally_draw(const struct vultus_tally *tally, const uint32_t *unit, size_t trials,
                const uint32_t *weights, struct roc_step *steps)
{
    memset(steps, 0, bins(tally->coarse_count) * sizeof *steps);
    for (size_t i = 0; i < trials; i++)
        if (tally->bin[i] != VULTUS_NOBODY)
            steps[tally->bin[i]].same += weights[unit[i]];
    for (size_t u = 0; u < tally->units; u++)
        for (size_t i = 0; weights[u] && i < tally->rows[u].count; i++)
            steps[tally->rows[u].cells[i].bin].different +=
                weights[u] * tally->rows[u].cells[i].count;
}
