/* Plots of areas: the histogram of scores, and the heat map of the confusion matrix. */
#include "plot.h"

#include <math.h>
#include <stdio.h>

#define WIDTH 440.0
#define HEIGHT 320.0
#define LEFT 20.0
#define RIGHT 20.0
#define TOP 30.0
#define BOTTOM 46.0

/* ------------------------------------------------------------------ histogram */

static uint64_t sum(const uint64_t *bars)
{
    uint64_t all = 0;
    for (size_t i = 0; i < VULTUS_BARS; i++)
        all += bars[i];
    return all;
}

/* The bars that are not empty, and one beside each end. */
static void find_range(const vultus_histogram *histogram, size_t *first, size_t *last)
{
    *first = VULTUS_BARS;
    *last = 0;
    for (size_t i = 0; i < VULTUS_BARS; i++)
        if (histogram->same[i] || histogram->different[i]) {
            *first = *first < i ? *first : i;
            *last = i;
        }
    if (*first > *last)
        *first = *last = 0;
    *first -= *first > 0;
    *last += *last + 1 < VULTUS_BARS;
}

struct bars { /* how they are drawn */
    const vultus_histogram *histogram;
    size_t first, last;
    double top;  /* the greatest share */
    bool turned; /* distances grow to the right, scores fall */
};

static double bar_x(const struct bars *bars, double bar)
{
    double part = (bar - (double)bars->first) / (double)(bars->last + 1 - bars->first);
    return LEFT + (bars->turned ? 1 - part : part) * (WIDTH - LEFT - RIGHT);
}

static void put_bars(struct page *page, const struct bars *bars, const uint64_t *counts,
                     const char *fill, const char *colour)
{
    double all = (double)sum(counts), bottom = HEIGHT - BOTTOM;
    if (all <= 0)
        return;
    page_print(page, "<path class=\"%s %s\" d=\"M%.1f %.1f", fill, colour,
               bar_x(bars, (double)bars->first), bottom);
    for (size_t i = bars->first; i <= bars->last; i++)
        page_print(page, "V%.1fH%.1f",
                   bottom - (double)counts[i] / all / bars->top * (bottom - TOP),
                   bar_x(bars, (double)i + 1));
    page_print(page, "V%.1fZ\"/>\n", bottom);
}

static void put_scores(struct page *page, const struct bars *bars, double threshold)
{
    const vultus_histogram *histogram = bars->histogram;
    const double bottom = HEIGHT - BOTTOM, each = (histogram->to - histogram->from) / VULTUS_BARS;
    for (int tenth = -40; tenth <= 40; tenth += 2) {
        double score = tenth / 10.0, bar = (score - histogram->from) / each;
        if (bar < (double)bars->first - 1e-9 || bar > (double)bars->last + 1 + 1e-9)
            continue;
        page_print(page,
                   "<path class=\"axis\" d=\"M%.1f %.1fv4\"/><text x=\"%.1f\" y=\"%.1f\" "
                   "text-anchor=\"middle\">%.1f</text>\n",
                   bar_x(bars, bar), bottom, bar_x(bars, bar), bottom + 17,
                   bars->turned ? fabs(score) : score);
    }
    double bar = (threshold - histogram->from) / each;
    bar = fmin(fmax(bar, (double)bars->first), (double)bars->last + 1);
    page_print(page,
               "<path class=\"axis\" d=\"M%.1f %.1fH%.1f\"/><path class=\"guide\" d=\"M%.1f "
               "%.1fV%.1f\"/><text class=\"key\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">"
               "threshold</text>\n",
               LEFT, bottom, WIDTH - RIGHT, bar_x(bars, bar), bottom, TOP - 8, bar_x(bars, bar),
               TOP - 13);
}

void plot_histogram(struct page *page, const vultus_histogram *histogram, bool distances,
                    double threshold)
{
    struct bars bars = {.histogram = histogram, .turned = distances};
    double same = fmax(1, (double)sum(histogram->same));
    double different = fmax(1, (double)sum(histogram->different));
    find_range(histogram, &bars.first, &bars.last);
    for (size_t i = 0; i < VULTUS_BARS; i++)
        bars.top = fmax(bars.top, fmax((double)histogram->same[i] / same,
                                       (double)histogram->different[i] / different));
    if (bars.top <= 0)
        return;
    plot_open(page, distances ? "Distances" : "Cosines", WIDTH, HEIGHT);
    put_bars(page, &bars, histogram->different, "f2", "two");
    put_bars(page, &bars, histogram->same, "f1", "one");
    put_scores(page, &bars, threshold);
    page_print(page, "<text class=\"key\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
               WIDTH / 2, HEIGHT - 8, distances ? "distance" : "cosine");
    plot_close(page, "How alike faces are, each kind by itself: <b style=\"color:var(--one)\">same "
                     "person</b>, <b style=\"color:var(--two)\">different people</b>. What lies on "
                     "the wrong side of the threshold is an error.");
}

/* ------------------------------------------------------------------ heat map */

static size_t row_sum(const struct plot_matrix *matrix, size_t row)
{
    size_t all = 0;
    for (size_t k = 0; k < matrix->count; k++)
        all += matrix->cells[row * matrix->count + k];
    return all;
}

static void put_cell(struct page *page, const struct plot_matrix *matrix, size_t row, size_t column,
                     double side, double left)
{
    size_t count = matrix->cells[row * matrix->count + column], all = row_sum(matrix, row);
    double x = left + (double)column * side, y = (double)row * side;
    double share = all ? (double)count / (double)all : 0;
    if (!count)
        return;
    page_print(page,
               "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" style=\"fill:rgba(var(--"
               "heat),%.3f)\"%s><title>",
               x, y, side, side, 0.1 + 0.9 * share, row == column ? "" : " class=\"off\"");
    page_text(page, matrix->names[row]);
    page_print(page, " called ");
    page_text(page, matrix->names[column]);
    page_print(page, ": %zu</title></rect>\n", count);
    if (side >= 18)
        page_print(page,
                   "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" class=\"%s\">%zu</text>\n",
                   x + side / 2, y + side / 2 + 4, share > 0.55 ? "dark" : "key", count);
}

void plot_matrix(struct page *page, const struct plot_matrix *matrix)
{
    const double label = 120, side = fmin(34, 480.0 / (double)matrix->count);
    const double end = side * (double)matrix->count;
    const bool named = side >= 11;
    plot_open(page, "Confusion matrix", label + end + 4, end + (named ? label : 30) + 20);
    for (size_t i = 0; i <= matrix->count; i++)
        page_print(page, "<path class=\"grid\" d=\"M%.1f %.1fH%.1fM%.1f 0V%.1f\"/>\n", label,
                   (double)i * side, label + end, label + (double)i * side, end);
    for (size_t i = 0; i < matrix->count; i++)
        for (size_t k = 0; k < matrix->count; k++)
            put_cell(page, matrix, i, k, side, label);
    for (size_t i = 0; named && i < matrix->count; i++) {
        double at = ((double)i + 0.5) * side + 4;
        page_print(page, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", label - 6, at);
        page_text(page, matrix->names[i]);
        page_print(page,
                   "</text><text transform=\"translate(%.1f %.1f) rotate(-60)\" "
                   "text-anchor=\"end\">",
                   label + at, end + 10);
        page_text(page, matrix->names[i]);
        page_print(page, "</text>\n");
    }
    page_print(page,
               "<text class=\"key\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">answer</text>\n",
               label + end / 2, end + (named ? label : 30) + 14);
    plot_close(page,
               "Rows are who it was, columns the answer that was given; the darker, the larger "
               "the share of the row. What is right lies on the diagonal.");
}
