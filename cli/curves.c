/* See curves.h. */
#include "curves.h"
#include "base/memory.h"

#include <math.h>
#include <stdio.h>

struct points {
    double *x, *y, *rejected;
};

static struct points points_new(const struct curves *curves, struct page *page)
{
    struct points points = {.x = mem_array(curves->count, sizeof(double)),
                            .y = mem_array(curves->count, sizeof(double)),
                            .rejected = mem_array(curves->count, sizeof(double))};
    if ((!points.x || !points.y || !points.rejected) && !page->status)
        page->status = page->error.code = VULTUS_ERR_MEMORY;
    for (size_t i = 0; !page->status && i < curves->count; i++) {
        points.x[i] = curves->roc[i].far;
        points.y[i] = curves->roc[i].tar;
        points.rejected[i] = 1 - curves->roc[i].tar;
    }
    return points;
}

/* Where the axis begins: below what is accepted at the smallest rate that the data tell. */
static double least_accepted(const struct curves *curves)
{
    size_t i = 0;
    while (i + 1 < curves->count && curves->roc[i].far <= 0)
        i++;
    return fmax(0, floor(10 * curves->roc[i].tar - 1) / 10);
}

static void put_roc(struct page *page, const struct curves *curves, const struct points *points)
{
    char caption[512];
    double least = 0.5 / (double)curves->different;
    snprintf(
        caption, sizeof caption,
        "Receiver operating characteristic: of the same person how much is accepted (TAR), when "
        "so much of different people is (FAR, logarithmic). Up and to the left is better. The "
        "area under it is %.4f; the dot is the threshold.",
        curves->auc);
    const struct plot plot = {
        .title = "ROC",
        .caption = caption,
        .x = {"false accept rate", PLOT_LOG, pow(10, floor(log10(least))), 1, false},
        .y = {"true accept rate", PLOT_LINEAR, least_accepted(curves), 1, true},
        .lines = {{"one", points->x, points->y, curves->count}},
        .line_count = 1,
        .mark_x = curves->far,
        .mark_y = 1 - curves->frr};
    plot_lines(page, &plot);
}

static void put_det(struct page *page, const struct curves *curves, const struct points *points)
{
    char caption[512];
    double x = fmax(0.5 / (double)curves->different, 1e-6),
           y = fmax(0.5 / (double)curves->same, 1e-6);
    snprintf(
        caption, sizeof caption,
        "Detection error tradeoff: both errors, on axes of normal deviates. Down and to the left "
        "is better. They are equal, at %.2f %%, where it meets the dashed line.",
        100 * curves->eer);
    const struct plot plot = {.title = "DET",
                              .caption = caption,
                              .x = {"false accept rate", PLOT_PROBIT, fmin(x, 0.01), 0.5, true},
                              .y = {"false reject rate", PLOT_PROBIT, fmin(y, 0.01), 0.5, true},
                              .lines = {{"one", points->x, points->rejected, curves->count}},
                              .line_count = 1,
                              .diagonal = true,
                              .mark_x = curves->far,
                              .mark_y = curves->frr};
    plot_lines(page, &plot);
}

void curves_put(struct page *page, const struct curves *curves)
{
    if (!curves->count || page->status)
        return;
    struct points points = points_new(curves, page);
    if (!page->status) {
        put_roc(page, curves, &points);
        put_det(page, curves, &points);
    }
    mem_free(points.x);
    mem_free(points.y);
    mem_free(points.rejected);
}
