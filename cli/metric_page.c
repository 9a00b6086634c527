/* The page of vultus train metric: the loss and what the held-out people said, epoch by epoch. */
#include "metric_page.h"
#include "base/memory.h"
#include "plot.h"

#include <math.h>
#include <stdio.h>

struct series { /* columns of the epochs, from 0 on */
    double *epoch, *loss, *auc, *tar, *accuracy;
    size_t count;
};

static bool read_series(const vultus_metric_epoch *epochs, size_t count, struct series *out)
{
    double *block = mem_array(5 * count, sizeof *block);
    if (!block)
        return false;
    *out = (struct series){
        block, block + count, block + 2 * count, block + 3 * count, block + 4 * count, count};
    for (size_t i = 0; i < count; i++) {
        out->epoch[i] = (double)epochs[i].epoch;
        out->loss[i] = epochs[i].loss;
        out->auc[i] = epochs[i].figures.auc;
        out->tar[i] = epochs[i].figures.tar_at_far_1e2;
        out->accuracy[i] = epochs[i].figures.accuracy;
    }
    return true;
}

/* The least and the most of some columns; NaN counts for nothing. */
static void range_of(const double *values, size_t count, double *least, double *most)
{
    for (size_t i = 0; i < count; i++) {
        *least = fmin(*least, values[i]);
        *most = fmax(*most, values[i]);
    }
}

static void put_loss(struct page *page, const struct series *series, double best)
{
    double least = 0, most = 1e-9;
    if (series->count < 3) /* the start has no loss */
        return;
    range_of(series->loss + 1, series->count - 1, &least, &most);
    const struct plot plot = {
        .title = "Loss",
        .caption = "Mean over the batches of each epoch, of the people who are learnt from. The "
                   "dot is the epoch that is kept.",
        .x = {"epoch", PLOT_LINEAR, 1, series->epoch[series->count - 1], false},
        .y = {"loss", PLOT_LINEAR, 0, most, false},
        .lines = {{"one", series->epoch + 1, series->loss + 1, series->count - 1}},
        .line_count = 1,
        .mark_x = best > 0 ? best : (double)NAN,
        .mark_y = best > 0 ? series->loss[(size_t)best] : (double)NAN};
    plot_lines(page, &plot);
}

static void put_held_out(struct page *page, const struct series *series, double best)
{
    double least = 1, most = 1;
    if (series->count < 2 || isnan(series->auc[0]))
        return;
    range_of(series->auc, series->count, &least, &most);
    range_of(series->accuracy, series->count, &least, &most);
    if (!isnan(series->tar[0]))
        range_of(series->tar, series->count, &least, &most);
    struct plot plot = {
        .title = "Held-out people",
        .caption = "From pairs of their pictures: the area under the curve (first colour), by "
                   "which the epoch is chosen, the accuracy over two folds (second) and the true "
                   "accept rate at a false accept rate of 1e-2 (third). The dot is the epoch that "
                   "is kept.",
        .x = {"epoch", PLOT_LINEAR, 0, series->epoch[series->count - 1], false},
        .y = {"share", PLOT_LINEAR, floor(10 * least) / 10, 1, true},
        .lines = {{"one", series->epoch, series->auc, series->count},
                  {"two", series->epoch, series->accuracy, series->count},
                  {"three", series->epoch, series->tar, series->count}},
        .line_count = isnan(series->tar[0]) ? 2 : 3,
        .mark_x = best,
        .mark_y = series->auc[(size_t)best]};
    if (plot.y.from >= plot.y.to)
        plot.y.from = 0.9;
    plot_lines(page, &plot);
}

static void put_figures(struct page *page, const char *what, const vultus_metric_figures *figures)
{
    page_note(page, "%s: AUC %.4f, equal error rate %.4f, TAR at FAR 1e-2 %.4f, accuracy %.4f.",
              what, figures->auc, figures->eer, figures->tar_at_far_1e2, figures->accuracy);
}

int metric_write_page(const vultus_metric_epoch *epochs, size_t count,
                      const vultus_metric_report *report, const char *path)
{
    struct series series = {0};
    struct page page;
    char lead[256];
    snprintf(lead, sizeof lead,
             "Learnt from %zu faces of %zu people; %zu faces of %zu people were held out. Epoch %u "
             "of %u is kept.",
             report->faces, report->people, report->held_faces, report->held_people, report->best,
             report->epochs);
    page_begin(&page, "Metric learning", lead);
    if (!read_series(epochs, count, &series)) {
        if (!page.status)
            page.status = page.error.code = VULTUS_ERR_MEMORY;
    } else {
        page_print(&page, "<div class=\"plots\">\n");
        put_loss(&page, &series, (double)report->best);
        put_held_out(&page, &series, (double)report->best);
        page_print(&page, "</div>\n");
    }
    page_section(&page, "Held-out people");
    if (report->held_people) {
        put_figures(&page, "By the embedder", &report->embedder);
        put_figures(&page, "By the start", &report->start);
        put_figures(&page, "By the epoch that is kept", &report->kept);
    } else {
        page_note(&page, "Nobody was held out: whether it is better is not known.");
    }
    page_note(&page, "Thresholds: %.3f for two faces, %.3f among many people.",
              (double)report->threshold, (double)report->identify_threshold);
    mem_free(series.epoch);
    return page_finish(&page, path);
}
