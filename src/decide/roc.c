/*
 * The curve of roc.h, by walking down the scores once. Between two steps the curve is a straight line,
 * which is where ties lie: nothing can be said about their order.
 */
#include "decide/roc.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

static const uint64_t targets[VULTUS_FARS] = {10, 100, 1000, 10000, 100000, 1000000}; /* 1 / FAR */

static void add_up(const struct roc_step *steps, size_t count, uint64_t *same, uint64_t *different)
{
    *same = *different = 0;
    for (size_t i = 0; i < count; i++) {
        *same += steps[i].same;
        *different += steps[i].different;
    }
}

static void nothing(struct roc_figures *out)
{
    out->auc = out->eer = NAN;
    for (size_t k = 0; k < VULTUS_FARS; k++)
        out->tar[k] = out->threshold[k] = NAN;
}

void roc_walk(const struct roc_step *steps, size_t count, struct roc_figures *out)
{
    uint64_t all_same, all_different, same = 0, different = 0;
    double twice_area = 0;   /* pairs of comparisons in the right order count two, equal ones one */
    double far = 0, frr = 1; /* of the operating point before */
    bool crossed = false;
    add_up(steps, count, &all_same, &all_different);
    nothing(out);
    if (!all_same || !all_different)
        return;
    for (size_t k = 0; k < VULTUS_FARS; k++) {
        out->tar[k] = 0;
        out->threshold[k] = INFINITY;
    }
    size_t last = VULTUS_FARS; /* targets from here on are passed: the smallest FAR comes last */
    for (size_t i = 0; i < count; i++) {
        twice_area += (double)steps[i].different * (double)(2 * same + steps[i].same);
        same += steps[i].same;
        different += steps[i].different;
        double next_far = (double)different / (double)all_different;
        double next_frr = (double)(all_same - same) / (double)all_same;
        if (!crossed && next_far >= next_frr) {
            double before = frr - far, after = next_far - next_frr; /* > 0 and >= 0 */
            out->eer = far + before / (before + after) * (next_far - far);
            crossed = true;
        }
        far = next_far;
        frr = next_frr;
        while (last > 0 && different * targets[last - 1] > all_different)
            last--;
        for (size_t k = 0; steps[i].same && k < last; k++) {
            out->tar[k] = (double)same / (double)all_same;
            out->threshold[k] = (double)steps[i].score;
        }
    }
    out->auc = twice_area / (2 * (double)all_same * (double)all_different);
}

void roc_limit(uint64_t different, double tar[VULTUS_FARS])
{
    for (size_t k = 0; k < VULTUS_FARS; k++)
        if (different < targets[k])
            tar[k] = NAN;
}

/* True when the middle of three points lies on the line between the others: counts are whole, so this is
 * exact while their products fit, and they do for what can be compared in a lifetime. */
static bool straight(const uint64_t a[2], const uint64_t b[2], const uint64_t c[2])
{
    return (double)(b[0] - a[0]) * (double)(c[1] - b[1]) ==
           (double)(b[1] - a[1]) * (double)(c[0] - b[0]);
}

vultus_status roc_curve(const struct roc_step *steps, size_t count, vultus_roc_point **out,
                        size_t *out_count, vultus_error *error)
{
    uint64_t all_same, all_different, at[2] = {0, 0}, before[2] = {0, 0}, corner[2] = {0, 0};
    add_up(steps, count, &all_same, &all_different);
    if (!all_same || !all_different) {
        *out = NULL;
        *out_count = 0;
        return VULTUS_OK;
    }
    vultus_roc_point *points = mem_array(count + 1, sizeof *points);
    if (!points)
        return status_memory(error, "a curve");
    size_t kept = 1;
    points[0] = (vultus_roc_point){INFINITY, 0, 0};
    for (size_t i = 0; i < count; i++) {
        if (!steps[i].same && !steps[i].different)
            continue;
        at[0] += steps[i].different;
        at[1] += steps[i].same;
        if (kept > 1 && straight(corner, before, at))
            kept--; /* the point before is no corner */
        else
            memcpy(corner, before, sizeof corner);
        points[kept++] =
            (vultus_roc_point){(double)steps[i].score, (double)at[0] / (double)all_different,
                               (double)at[1] / (double)all_same};
        memcpy(before, at, sizeof before);
    }
    vultus_roc_point *fitting = mem_resize(points, kept, sizeof *points);
    *out = fitting ? fitting : points;
    *out_count = kept;
    return VULTUS_OK;
}

vultus_histogram roc_histogram(bool distances, float threshold)
{
    if (!distances)
        return (vultus_histogram){.from = -1, .to = 1};
    return (vultus_histogram){.from = -fmax(2, 2 * (double)threshold), .to = 0};
}

void roc_histogram_add(vultus_histogram *histogram, float score, bool same)
{
    double at = ((double)score - histogram->from) / (histogram->to - histogram->from) * VULTUS_BARS;
    size_t bar = at >= VULTUS_BARS ? VULTUS_BARS - 1 : at > 0 ? (size_t)at : 0;
    ++*(same ? &histogram->same[bar] : &histogram->different[bar]);
}
