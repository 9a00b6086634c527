/*
 * Answers from a calibration. Between the points of the empirical distribution the score is linear in
 * log(rate / (1 - rate)), in which a normal distribution is nearly straight; below the first point it goes on
 * as between the first two, and above the last one the tail takes over at the very same rate.
 */
#include "decide/calibration.h"

#include <math.h>
#include <stdio.h>

#define RATE_FIRST 0.999
#define SCORE_MOST 1e6f
#define LAST (CALIBRATION_POINTS - 1)

static double logit(double rate)
{
    return log(rate / (1 - rate));
}

static double inverse_logit(double z)
{
    return 1 / (1 + exp(-z));
}

bool calibration_by_distance(vultus_metric metric, bool raw)
{
    return raw && metric == VULTUS_METRIC_EUCLIDEAN;
}

double calibration_rate(double tail_rate, size_t point)
{
    double first = logit(RATE_FIRST), last = logit(tail_rate);
    return inverse_logit(first + (last - first) * (double)point / LAST);
}

double calibration_part(size_t point)
{
    double step = (double)point / LAST;
    return step * step;
}

double calibration_similarity(const struct calibration *calibration, double score)
{
    return calibration->has_same ? platt_probability(&calibration->platt, score) : NAN;
}

/* The last point that is not above the score, so that the next one exists. */
static size_t point_below(const float points[CALIBRATION_POINTS], double score)
{
    size_t low = 0, high = LAST;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if ((double)points[middle] <= score)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static double part_of(const float points[CALIBRATION_POINTS], size_t at, double score)
{
    double width = (double)points[at + 1] - (double)points[at];
    return width > 0 ? (score - (double)points[at]) / width : 0;
}

double calibration_tar(const struct calibration *calibration, double score)
{
    if (!calibration->has_same)
        return NAN;
    if (score <= (double)calibration->same[0])
        return 1;
    if (score > (double)calibration->same[LAST])
        return 0;
    size_t at = point_below(calibration->same, score);
    double low = calibration_part(at), high = calibration_part(at + 1);
    return 1 - low - (high - low) * fmin(1, part_of(calibration->same, at, score));
}

double calibration_far(const struct calibration *calibration, double score)
{
    const float *points = calibration->different;
    if (score >= (double)points[LAST]) {
        double survival = tail_survival(&calibration->tail, score - (double)points[LAST]);
        return fmax(CALIBRATION_FAR_LEAST, calibration->tail_rate * survival);
    }
    size_t at = point_below(points, score);
    double first = logit(RATE_FIRST), step = (logit(calibration->tail_rate) - first) / LAST;
    return inverse_logit(first + step * ((double)at + part_of(points, at, score)));
}

double calibration_threshold(const struct calibration *calibration, double far)
{
    const float *points = calibration->different;
    far = fmax(far, CALIBRATION_FAR_LEAST);
    if (far <= calibration->tail_rate)
        return (double)points[LAST] + tail_excess(&calibration->tail, far / calibration->tail_rate);
    double first = logit(RATE_FIRST), step = (logit(calibration->tail_rate) - first) / LAST;
    double place = (logit(far) - first) / step;
    double at = fmin(LAST - 1, fmax(0, floor(place)));
    size_t i = (size_t)at;
    return (double)points[i] + (place - at) * ((double)points[i + 1] - (double)points[i]);
}

double calibration_gallery_far(const struct calibration *calibration, double score, size_t people,
                               size_t faces)
{
    double n = crowd_size(&calibration->crowd, people, faces);
    return crowd_rate(&calibration->crowd, n, calibration_far(calibration, score));
}

double calibration_gallery_threshold(const struct calibration *calibration, double far,
                                     size_t people, size_t faces)
{
    double n = crowd_size(&calibration->crowd, people, faces);
    return calibration_threshold(calibration, crowd_far(&calibration->crowd, n, far));
}

/* ------------------------------------------------------------------ check */

static bool rising(const float points[CALIBRATION_POINTS], bool strictly)
{
    for (size_t i = 0; i < CALIBRATION_POINTS; i++)
        if (!(fabsf(points[i]) <= SCORE_MOST) ||
            (i && !(strictly ? points[i] > points[i - 1] : points[i] >= points[i - 1])))
            return false;
    return true;
}

static bool within(double low, double value, double high)
{
    return value >= low && value <= high;
}

vultus_status calibration_check(const struct calibration *c, vultus_error *error)
{
    const char *wrong = NULL;
    if (!rising(c->different, true))
        wrong = "different: rising scores are expected";
    else if (c->has_same && !rising(c->same, false))
        wrong = "same: scores that never fall are expected";
    else if (c->has_same && !(within(0, c->platt.slope, 1e6) && within(-1e6, c->platt.offset, 1e6)))
        wrong = "similarity: a slope from 0 to 1e6 and an offset are expected";
    else if (!within(1e-6, c->tail_rate, 0.5))
        wrong = "tail.rate: 1e-6 to 0.5 is expected";
    else if (!within(1e-9, c->tail.scale, 1e6) ||
             !within(-TAIL_SHAPE_MAX, c->tail.shape, TAIL_SHAPE_MAX))
        wrong = "tail: a scale over 0 and a shape of -0.3 to 0.3 are expected";
    else if (!within(-50, c->crowd.level, 50) || !within(0, c->crowd.slope, 1) ||
             !within(0, c->crowd.faces, 1))
        wrong = "crowd: a level of -50 to 50, slope and faces of 0 to 1 are expected";
    else if (!within(CALIBRATION_FAR_LEAST, c->finest, 1))
        wrong = "finest_far: 1e-12 to 1 is expected";
    return wrong ? status_set(error, VULTUS_ERR_FORMAT, "%s", wrong) : VULTUS_OK;
}
