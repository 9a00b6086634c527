/*
 * Plots as SVG inside a page: lines over axes that may be linear, logarithmic or normal deviates (probit),
 * histograms, and a heat map. Colours are the page's classes, so they follow light and dark.
 */
#ifndef CLI_PLOT_H
#define CLI_PLOT_H

#include "page.h"

enum plot_scale { PLOT_LINEAR, PLOT_LOG, PLOT_PROBIT };

struct plot_axis {
    const char *label;
    enum plot_scale scale;
    double from, to; /* what lies outside is drawn at the edge */
    bool shares;     /* ticks in percent */
};

struct plot_line {
    const char *colour; /* "one", "two", "three" */
    const double *x, *y;
    size_t count;
};

struct plot {
    const char *title, *caption; /* the program's own words */
    struct plot_axis x, y;
    struct plot_line lines[3];
    size_t line_count;
    bool diagonal;         /* where x and y are equal */
    double mark_x, mark_y; /* a dot, where the threshold is; NaN: none */
};
void plot_lines(struct page *page, const struct plot *plot);

/* Same and different scores, each as shares of its own kind, and the threshold. Bars of negated distances
 * are shown as distances. */
void plot_histogram(struct page *page, const vultus_histogram *histogram, bool distances,
                    double threshold);

/* A heat map: `cell` gives how often row was called column; names are escaped. */
struct plot_matrix {
    const char *const *names; /* count */
    size_t count;
    const size_t *cells; /* count x count, row by row */
};
void plot_matrix(struct page *page, const struct plot_matrix *matrix);

/* Around each plot. */
void plot_open(struct page *page, const char *title, double width, double height);
void plot_close(struct page *page, const char *caption);

#endif
