/*
 * Are the eyes or the mouth covered? The aligned face is seen coarsely, 32 x 32 pixels in 8 x 8 cells:
 * where a face is usually light or dark, where it has edges, and how far its halves are alike. Two
 * logistic regressions, one for the eyes and one for nose and mouth, were learnt from faces that were
 * covered on purpose (tools/quality/fit.py). Left and right count alike. What looks like a face passes: a hand before the mouth is
 * often missed, and a beard, hair or hard shadows may be taken for a cover.
 */
#include "face/quality.h"
#include "face/quality_tables.h"

#include <math.h>

#define CELL (QUALITY_COARSE / QUALITY_CELLS)

/* Of a cell: the mean, and the mean step to the neighbours at right and below. */
static void look_at_cell(const uint8_t *coarse, size_t column, size_t row, float *light,
                         float *edges)
{
    int sum = 0, steps = 0;
    for (size_t y = row * CELL; y < (row + 1) * CELL; y++)
        for (size_t x = column * CELL; x < (column + 1) * CELL; x++) {
            const uint8_t *p = coarse + y * QUALITY_COARSE + x;
            int right = x + 1 < QUALITY_COARSE ? p[1] - p[0] : 0;
            int below = y + 1 < QUALITY_COARSE ? p[QUALITY_COARSE] - p[0] : 0;
            sum += p[0];
            steps += (right < 0 ? -right : right) + (below < 0 ? -below : below);
        }
    *light = (float)sum / (CELL * CELL);
    *edges = (float)steps / (CELL * CELL);
}

void quality_features(const uint8_t coarse[QUALITY_COARSE * QUALITY_COARSE],
                      float out[QUALITY_FEATURES])
{
    const size_t count = (size_t)QUALITY_COARSE * QUALITY_COARSE;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        sum += coarse[i];
        squares += (double)coarse[i] * coarse[i];
    }
    double mean = sum / (double)count;
    /* 4 grey levels: what is flatter than that is noise, and is not made larger. */
    float spread = (float)(sqrt(fmax(0, squares / (double)count - mean * mean)) + 4);
    for (size_t row = 0, i = 0; row < QUALITY_CELLS; row++)
        for (size_t column = 0; column < QUALITY_CELLS / 2; column++, i++) {
            float light[2], edges[2];
            look_at_cell(coarse, column, row, &light[0], &edges[0]);
            look_at_cell(coarse, QUALITY_CELLS - 1 - column, row, &light[1], &edges[1]);
            out[i] = ((light[0] + light[1]) / 2 - (float)mean) / spread;
            out[QUALITY_PAIRS + i] =
                (logf(edges[0] / spread + 0.05f) + logf(edges[1] / spread + 0.05f)) / 2;
            out[2 * QUALITY_PAIRS + i] = fabsf(light[0] - light[1]) / spread;
        }
}

static float likelihood(const struct quality_head *head, const float features[QUALITY_FEATURES])
{
    float sum = head->bias;
    for (size_t i = 0; i < QUALITY_FEATURES; i++)
        sum += head->weights[i] * features[i];
    return 1 / (1 + expf(-sum));
}

float quality_occlusion(const float features[QUALITY_FEATURES])
{
    return fmaxf(likelihood(&quality_eyes, features), likelihood(&quality_mouth, features));
}
