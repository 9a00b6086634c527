/*
 * Who was there when, as a picture: a row for each person, those who came first at the top, and one for everybody who
 * is unknown. Time runs to the right, from the first second to the last.
 */
#include "base/memory.h"
#include "base/status.h"
#include "image/image.h"

#include <vultus/video.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 1200
#define ROW 34
#define EDGE 16
#define TEXT 18.0f
#define NAMES_MOST 360.0f /* pixels for the names */
#define ROWS_MAX 300      /* what a picture has room for; those who stayed longest */
#define BAR_LEAST 3.0f    /* pixels: a moment is seen too */
#define TICKS 8           /* about */

#define COLOUR_GROUND 0xFFFFFFu
#define COLOUR_BAND 0xF3F4F6u
#define COLOUR_TEXT 0x1F2937u
#define COLOUR_LINE 0xD1D5DBu
#define COLOUR_NAMED 0x1D8239u
#define COLOUR_UNKNOWN 0xC2410Cu

struct row {
    const char *name;
    double first, total;
};

struct timeline {
    const vultus_visit *visits;
    size_t count;
    struct row *rows;
    size_t row_count;
    double seconds;
    vultus_image *image;
    struct draw_font *font;
    float left; /* where time begins */
};

static const char *name_of(const vultus_visit *visit)
{
    return visit->name && visit->name[0] ? visit->name : "unknown";
}

static int by_name(const void *a, const void *b)
{
    const struct row *p = a, *q = b;
    return strcmp(p->name, q->name);
}

static int by_total(const void *a, const void *b)
{
    const struct row *p = a, *q = b;
    return p->total != q->total ? (p->total > q->total ? -1 : 1) : by_name(a, b);
}

static int by_first(const void *a, const void *b)
{
    const struct row *p = a, *q = b;
    return p->first != q->first ? (p->first < q->first ? -1 : 1) : by_name(a, b);
}

/* A row for each name. */
static void collect(struct timeline *timeline)
{
    struct row *rows = timeline->rows;
    size_t count = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        const vultus_visit *visit = &timeline->visits[i];
        rows[i] = (struct row){name_of(visit), visit->since, visit->until - visit->since};
        timeline->seconds = fmax(timeline->seconds, visit->until);
    }
    qsort(rows, timeline->count, sizeof *rows, by_name);
    for (size_t i = 0; i < timeline->count; i++) {
        if (count && !strcmp(rows[count - 1].name, rows[i].name)) {
            rows[count - 1].first = fmin(rows[count - 1].first, rows[i].first);
            rows[count - 1].total += rows[i].total;
        } else
            rows[count++] = rows[i];
    }
    qsort(rows, count, sizeof *rows, by_total);
    timeline->row_count = count < ROWS_MAX ? count : ROWS_MAX;
    qsort(rows, timeline->row_count, sizeof *rows, by_first);
}

static float x_of(const struct timeline *timeline, double time)
{
    float room = WIDTH - EDGE - timeline->left;
    return timeline->left + (float)(time / fmax(timeline->seconds, 1e-3)) * room;
}

static void draw_time(struct timeline *timeline, float bottom)
{
    static const double steps[] = {0.5, 1,   2,   5,    10,   15,   30,   60,
                                   120, 300, 600, 1800, 3600, 7200, 21600};
    size_t i = 0;
    while (i + 1 < sizeof steps / sizeof *steps && steps[i] * TICKS < timeline->seconds)
        i++;
    for (double time = 0; time <= timeline->seconds; time += steps[i]) {
        char text[32];
        float x = x_of(timeline, time);
        long whole = (long)time;
        if (steps[i] < 1)
            (void)snprintf(text, sizeof text, "%.1f s", time);
        else if (timeline->seconds < 3600)
            (void)snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
        else
            (void)snprintf(text, sizeof text, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60,
                           whole % 60);
        draw_fill(timeline->image, (vultus_box){x, EDGE, 1, bottom - EDGE}, COLOUR_LINE, 1);
        float width = draw_text_width(timeline->font, text);
        if (x + width < WIDTH)
            draw_text(timeline->image, timeline->font, x, bottom + 4, text, COLOUR_TEXT);
    }
}

static void draw_rows(struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->row_count; i += 2)
        draw_fill(timeline->image, (vultus_box){0, EDGE + ROW * (float)i, WIDTH, ROW}, COLOUR_BAND,
                  1);
    draw_time(timeline, EDGE + ROW * (float)timeline->row_count);
    for (size_t i = 0; i < timeline->row_count; i++) {
        const struct row *row = &timeline->rows[i];
        float top = EDGE + ROW * (float)i;
        draw_text(timeline->image, timeline->font, EDGE, top + (ROW - TEXT) / 2, row->name,
                  COLOUR_TEXT);
        for (size_t k = 0; k < timeline->count; k++) {
            const vultus_visit *visit = &timeline->visits[k];
            if (strcmp(name_of(visit), row->name))
                continue;
            float from = x_of(timeline, visit->since), to = x_of(timeline, visit->until);
            draw_fill(timeline->image,
                      (vultus_box){from, top + 7, fmaxf(to - from, BAR_LEAST), ROW - 14},
                      visit->name && visit->name[0] ? COLOUR_NAMED : COLOUR_UNKNOWN, 1);
        }
    }
}

static vultus_status draw(struct timeline *timeline, vultus_error *error)
{
    collect(timeline);
    size_t rows = timeline->row_count ? timeline->row_count : 1;
    uint32_t height = (uint32_t)(2 * EDGE + ROW * rows + TEXT + 8);
    vultus_status status = draw_font_open(TEXT, &timeline->font, error);
    if (!status)
        status = image_new(WIDTH, height, &timeline->image, error);
    if (status)
        return status;
    for (size_t i = 0; i < timeline->row_count; i++)
        timeline->left =
            fmaxf(timeline->left, draw_text_width(timeline->font, timeline->rows[i].name));
    timeline->left = 2 * EDGE + fminf(timeline->left, NAMES_MOST);
    draw_fill(timeline->image, (vultus_box){0, 0, WIDTH, (float)height}, COLOUR_GROUND, 1);
    draw_rows(timeline);
    return VULTUS_OK;
}

vultus_status vultus_timeline(const vultus_visit *visits, size_t count, vultus_image **out,
                              vultus_error *error)
{
    struct timeline timeline = {.visits = visits, .count = count};
    if ((count && !visits) || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "visits and a place for the picture are needed");
    for (size_t i = 0; i < count; i++)
        if (!(visits[i].since >= 0 && visits[i].until >= visits[i].since &&
              isfinite(visits[i].until)))
            return status_set(error, VULTUS_ERR_ARGUMENT, "visit %zu ends before it begins", i);
    timeline.rows = mem_array(count ? count : 1, sizeof *timeline.rows);
    if (!timeline.rows)
        return status_memory(error, "a timeline");
    vultus_status status = draw(&timeline, error);
    draw_font_close(timeline.font);
    mem_free(timeline.rows);
    if (status)
        vultus_image_free(timeline.image);
    else
        *out = timeline.image;
    return status;
}
