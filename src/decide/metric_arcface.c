/*
 * Additive angular margin: Deng, Guo, Xue and Zafeiriou, "ArcFace" (2019). A softmax over the cosines to a
 * centre for each person, scaled, where the angle to the own centre is made larger by the margin. Where
 * angle and margin pass 180 degrees the cosine would rise again: there it goes on in a straight line.
 */
#include "decide/metric_loss.h"
#include "decide/metric_matrix.h"

#include <math.h>
#include <string.h>

#define SCALE 16.0 /* 64 in the paper, for 100,000 people; tens of them saturate then */
#define COSINE_MOST (1 - 1e-6)

struct arcface {
    float *unit;    /* centres of unit length, people x width */
    float *length;  /* people */
    float *cosine;  /* rows x people; becomes dL/dcosine */
    float *columns; /* transposes */
    float *more;
};

static void place(const struct metric_loss *loss, struct arcface *out)
{
    const size_t c = loss->people * loss->width;
    out->unit = loss->room + 2 * c;
    out->columns = out->unit + c; /* people x width, or width x rows */
    out->cosine = out->columns + c + loss->rows_max * loss->width;
    out->more = out->cosine + loss->rows_max * loss->people;
    out->length = out->more + 2 * loss->rows_max * loss->people + loss->rows_max * loss->width;
}

static void normalise(const struct metric_loss *loss, struct arcface *a)
{
    for (size_t i = 0; i < loss->people; i++) {
        const float *centre = loss->centres + i * loss->width;
        double sum = 0;
        for (size_t k = 0; k < loss->width; k++)
            sum += (double)centre[k] * (double)centre[k];
        a->length[i] = (float)sqrt(fmax(sum, 1e-24));
        for (size_t k = 0; k < loss->width; k++)
            a->unit[i * loss->width + k] = centre[k] / a->length[i];
    }
}

/* The own cosine with the margin, and its slope by the cosine. */
static double with_margin(double cosine, double margin, double *slope)
{
    double c = fmin(fmax(cosine, -COSINE_MOST), COSINE_MOST), s = sqrt(1 - c * c);
    double turn = -cos(margin); /* where angle + margin is 180 degrees */
    if (c < turn) {
        *slope = 1;
        return c - turn - 1;
    }
    *slope = (s * cos(margin) + c * sin(margin)) / s; /* sin(angle + margin) / sin(angle) */
    return c * cos(margin) - s * sin(margin);
}

/* One row of cosines to dL/dcosine; returns its loss. */
static double row_loss(const struct metric_loss *loss, float *row, uint32_t person, size_t rows)
{
    double slope, most = -INFINITY, sum = 0;
    double own = SCALE * with_margin((double)row[person], (double)loss->margin, &slope);
    for (size_t i = 0; i < loss->people; i++)
        most = fmax(most, i == person ? own : SCALE * (double)row[i]);
    for (size_t i = 0; i < loss->people; i++)
        sum += exp((i == person ? own : SCALE * (double)row[i]) - most);
    for (size_t i = 0; i < loss->people; i++) {
        double p = exp((i == person ? own : SCALE * (double)row[i]) - most) / sum;
        double g = i == person ? (p - 1) * slope : p;
        row[i] = (float)(g * SCALE / (double)rows);
    }
    return (log(sum) + most - own) / (double)rows;
}

/* dL/dcentres, through their division by the length. */
static void centres_backward(struct metric_loss *loss, const struct metric_batch *batch,
                             struct arcface *a)
{
    const size_t rows = batch->rows, width = loss->width;
    float *slopes = a->more, *y = a->more + loss->rows_max * loss->people;
    matrix_transpose(a->cosine, rows, loss->people, slopes);
    matrix_transpose(batch->y, rows, width, y);
    matrix_multiply(
        &(struct matrix_product){slopes, y, loss->people, width, rows, loss->centres_gradient},
        loss->pool);
    for (size_t i = 0; i < loss->people; i++) {
        float *g = loss->centres_gradient + i * width;
        const float *unit = a->unit + i * width;
        double along = 0;
        for (size_t k = 0; k < width; k++)
            along += (double)g[k] * (double)unit[k];
        for (size_t k = 0; k < width; k++)
            g[k] = (g[k] - unit[k] * (float)along) / a->length[i];
    }
}

double metric_arcface_loss(struct metric_loss *loss, const struct metric_batch *batch,
                           float *gradient)
{
    const size_t rows = batch->rows, people = loss->people, width = loss->width;
    struct arcface a;
    double sum = 0;
    place(loss, &a);
    normalise(loss, &a);
    matrix_multiply(&(struct matrix_product){batch->y, a.unit, rows, people, width, a.cosine},
                    loss->pool);
    for (size_t r = 0; r < rows; r++)
        sum += row_loss(loss, a.cosine + r * people, batch->person[r], rows);
    matrix_transpose(a.unit, people, width, a.columns);
    matrix_multiply(&(struct matrix_product){a.cosine, a.columns, rows, width, people, gradient},
                    loss->pool);
    centres_backward(loss, batch, &a);
    return sum;
}
