/*
 * Line plots. A point is drawn only where it lies half a unit from the one before, so a curve of a million
 * points is as small as one of a hundred. Probit axes show normal deviates of rates (Martin et al. 1997, the
 * DET curve): there two normal distributions of scores give a straight line.
 */
#include "plot.h"
#include "base/statistics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 440.0
#define HEIGHT 320.0
#define LEFT 74.0
#define RIGHT 14.0
#define TOP 10.0
#define BOTTOM 46.0
#define TICKS_MAX 16
#define LETTER 6.2  /* as wide as a letter of a number at a tick is, about */
#define BETWEEN 4.0 /* such numbers */

void plot_open(struct page *page, const char *title, double width, double height)
{
    page_print(page,
               "<figure class=\"plot\"><h3>%s</h3><svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
               "aria-label=\"%s\">\n",
               title, width, height, title);
}

void plot_close(struct page *page, const char *caption)
{
    page_print(page, "</svg><figcaption>%s</figcaption></figure>\n", caption);
}

/* "1e-3" on a logarithmic axis, "0.5", "20 %". */
static const char *tick_text(const struct plot_axis *axis, double value, char *text, size_t size)
{
    if (axis->scale == PLOT_LOG && value < 0.5)
        snprintf(text, size, "1e%d", (int)lround(log10(value)));
    else
        snprintf(text, size, axis->shares ? "%.4g %%" : "%.4g", axis->shares ? 100 * value : value);
    return text;
}

/* ------------------------------------------------------------------ scales */

static double scaled(const struct plot_axis *axis, double value)
{
    switch (axis->scale) {
    case PLOT_LOG: return log10(value);
    case PLOT_PROBIT: return -statistics_deviate(value);
    default: return value;
    }
}

/* 0..1 along the axis. */
static double along(const struct plot_axis *axis, double value)
{
    value = fmin(fmax(value, axis->from), axis->to);
    double from = scaled(axis, axis->from), to = scaled(axis, axis->to);
    return (scaled(axis, value) - from) / (to - from);
}

static double place_x(const struct plot *plot, double value)
{
    return LEFT + along(&plot->x, value) * (WIDTH - LEFT - RIGHT);
}

static double place_y(const struct plot *plot, double value)
{
    return HEIGHT - BOTTOM - along(&plot->y, value) * (HEIGHT - TOP - BOTTOM);
}

/* ------------------------------------------------------------------ axes */

static size_t linear_ticks(const struct plot_axis *axis, double *ticks)
{
    double span = axis->to - axis->from, step = pow(10, floor(log10(span / 2)));
    size_t count = 0;
    if (span / step > 10)
        step *= 2;
    if (span / step > 7)
        step *= 2.5;
    for (double at = ceil(axis->from / step - 1e-9); at * step <= axis->to + step * 1e-9; at++)
        if (count < TICKS_MAX)
            ticks[count++] = fabs(at * step) < step * 1e-9 ? 0 : at * step;
    return count;
}

static size_t find_ticks(const struct plot_axis *axis, double *ticks)
{
    static const double rates[] = {1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.2, 0.4, 0.6, 0.8};
    size_t count = 0;
    if (axis->scale == PLOT_LINEAR)
        return linear_ticks(axis, ticks);
    for (int power = -12; axis->scale == PLOT_LOG && power <= 12; power++) {
        double value = pow(10, power);
        if (value >= axis->from * (1 - 1e-9) && value <= axis->to * (1 + 1e-9) && count < TICKS_MAX)
            ticks[count++] = value;
    }
    for (size_t i = 0; axis->scale == PLOT_PROBIT && i < sizeof rates / sizeof *rates; i++)
        if (rates[i] >= axis->from && rates[i] <= axis->to)
            ticks[count++] = rates[i];
    return count;
}

static void put_axes(struct page *page, const struct plot *plot)
{
    const double bottom = HEIGHT - BOTTOM, right = WIDTH - RIGHT;
    double ticks[TICKS_MAX];
    char text[32];
    size_t count = find_ticks(&plot->x, ticks);
    double free_to =
        INFINITY; /* the last one is always named; of the others those that there is room for */
    for (size_t i = count; i-- > 0;) {
        double x = place_x(plot, ticks[i]);
        const char *number = tick_text(&plot->x, ticks[i], text, sizeof text);
        double half = LETTER * (double)strlen(number) / 2;
        if (x + half > free_to)
            continue;
        free_to = x - half - BETWEEN;
        page_print(page,
                   "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/><text x=\"%.1f\" y=\"%.1f\" "
                   "text-anchor=\"middle\">%s</text>\n",
                   x, bottom, TOP, x, bottom + 17, number);
    }
    count = find_ticks(&plot->y, ticks);
    for (size_t i = 0; i < count; i++) {
        double y = place_y(plot, ticks[i]);
        page_print(page,
                   "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/><text x=\"%.1f\" y=\"%.1f\" "
                   "text-anchor=\"end\">%s</text>\n",
                   LEFT, y, right, LEFT - 6, y + 4,
                   tick_text(&plot->y, ticks[i], text, sizeof text));
    }
    page_print(page,
               "<path class=\"axis\" d=\"M%.1f %.1fV%.1fH%.1f\"/><text class=\"key\" x=\"%.1f\" "
               "y=\"%.1f\" text-anchor=\"middle\">%s</text><text class=\"key\" "
               "transform=\"translate(13 %.1f) rotate(-90)\" text-anchor=\"middle\">%s</text>\n",
               LEFT, TOP, bottom, right, (LEFT + right) / 2, HEIGHT - 8, plot->x.label,
               (TOP + bottom) / 2, plot->y.label);
}

/* ------------------------------------------------------------------ lines */

static void put_line(struct page *page, const struct plot *plot, const struct plot_line *line)
{
    double before_x = -1, before_y = -1;
    page_print(page, "<path class=\"line %s\" d=\"", line->colour);
    for (size_t i = 0; i < line->count; i++) {
        double x = place_x(plot, line->x[i]), y = place_y(plot, line->y[i]);
        if (i && i + 1 < line->count && hypot(x - before_x, y - before_y) < 0.5)
            continue;
        page_print(page, "%s%.1f %.1f", i ? "L" : "M", x, y);
        before_x = x;
        before_y = y;
    }
    page_print(page, "\"/>\n");
}

static void put_diagonal(struct page *page, const struct plot *plot)
{
    double from = fmax(plot->x.from, plot->y.from), to = fmin(plot->x.to, plot->y.to);
    page_print(page, "<path class=\"guide\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", place_x(plot, from),
               place_y(plot, from), place_x(plot, to), place_y(plot, to));
}

void plot_lines(struct page *page, const struct plot *plot)
{
    plot_open(page, plot->title, WIDTH, HEIGHT);
    put_axes(page, plot);
    if (plot->diagonal)
        put_diagonal(page, plot);
    for (size_t i = 0; i < plot->line_count; i++)
        put_line(page, plot, &plot->lines[i]);
    if (isfinite(plot->mark_x) && isfinite(plot->mark_y))
        page_print(page, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"/>\n",
                   place_x(plot, plot->mark_x), place_y(plot, plot->mark_y));
    plot_close(page, plot->caption);
}
