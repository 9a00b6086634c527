/*
 * Normalised mean errors of landmarks. For 68 points the distance of the outer corners of the eyes is the
 * unit, as 300-W has it (Sagonas et al., "300 Faces in-the-Wild Challenge", 2013); five landmarks have no
 * corners, so the centres of the eyes are theirs.
 */
#include "decide/landmark_error.h"
#include "base/memory.h"
#include "base/statistics.h"
#include "decide/match.h"
#include "decide/truth.h"

#include <math.h>
#include <stdlib.h>

#define FAILURE 0.1
#define LEFT_CORNER                                                                                \
    36 /* of iBUG's 68 points: outer corners of the eyes, left and right in the picture */
#define RIGHT_CORNER 45

/* Which of the 68 points dlib's five are. */
static const unsigned corners[] = {45, 42, 36, 39, 33};
#define CORNERS (sizeof corners / sizeof *corners)

static double distance(const vultus_point *a, const vultus_point *b)
{
    return hypot((double)a->x - b->x, (double)a->y - b->y);
}

static double five_unit(const vultus_true_face *face)
{
    return distance(&face->landmarks[VULTUS_LEFT_EYE], &face->landmarks[VULTUS_RIGHT_EYE]);
}

/* Landmarks without a distance between the eyes are nobody's. */
static bool counts(const vultus_findings *findings, const vultus_true_face *face)
{
    return face->has_landmarks && !match_ignored(findings, face) && five_unit(face) > 0;
}

static double five_error(const vultus_true_face *truth, const vultus_face *found)
{
    double sum = 0;
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        sum += distance(&truth->landmarks[i], &found->landmarks[i]);
    return sum / VULTUS_LANDMARKS / five_unit(truth);
}

static double shape_unit(const vultus_true_face *face)
{
    return distance(&face->shape[LEFT_CORNER], &face->shape[RIGHT_CORNER]);
}

/* False when truth and finder have no points in common. */
static bool has_shape(const vultus_true_face *truth, const vultus_face *found)
{
    return truth->shape_count == TRUTH_SHAPE && shape_unit(truth) > 0 &&
           (found->shape_count == TRUTH_SHAPE || found->shape_count == CORNERS);
}

static double shape_error(const vultus_true_face *truth, const vultus_face *found)
{
    bool whole = found->shape_count == TRUTH_SHAPE;
    double sum = 0;
    for (size_t i = 0; i < found->shape_count; i++)
        sum += distance(&truth->shape[whole ? i : corners[i]], &found->shape[i]);
    return sum / (double)found->shape_count / shape_unit(truth);
}

/* ------------------------------------------------------------------ all faces */

static vultus_face_error *add_faces(const vultus_findings *findings, vultus_landmark_report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < findings->truth->count; i++)
        count += match_used(findings, i) ? findings->truth->items[i].count : 0;
    vultus_face_error *items = mem_array(count, sizeof *items);
    for (size_t i = 0; items && i < findings->truth->count; i++) {
        const vultus_true_picture *picture = &findings->truth->items[i];
        report->pictures += match_used(findings, i);
        for (size_t k = 0; match_used(findings, i) && k < picture->count; k++)
            if (counts(findings, &picture->faces[k]))
                items[report->count++] = (vultus_face_error){i, k, NAN, NAN};
    }
    return items;
}

static vultus_status compare(const vultus_true_face *truth, const vultus_face *found,
                             vultus_face_error *item, vultus_error *error)
{
    bool shape = has_shape(truth, found);
    item->five = five_error(truth, found);
    item->shape = shape ? shape_error(truth, found) : (double)NAN;
    if (isfinite(item->five) && (!shape || isfinite(item->shape)))
        return VULTUS_OK;
    return status_set(error, VULTUS_ERR_ARGUMENT, "picture %zu has landmarks without a place",
                      item->picture);
}

/* Fills in the errors of one picture, whose faces begin at `items`. */
static vultus_status measure(const vultus_findings *findings, const struct matches *matches,
                             vultus_face_error *items, size_t count, vultus_error *error)
{
    const vultus_true_picture *truth = &findings->truth->items[items->picture];
    const vultus_face *faces = findings->faces[items->picture].items;
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; !status && k < matches->count; k++) {
            const struct match *match = &matches->items[k];
            if (match->verdict == MATCH_RIGHT && match->truth == items[i].face)
                status =
                    compare(&truth->faces[match->truth], &faces[match->found], &items[i], error);
        }
    return status;
}

/* `values` is overwritten; NaN in it is no face. */
static vultus_point_errors summarise(double *values, size_t count)
{
    vultus_point_errors errors = {0, NAN, NAN, NAN, NAN, NAN, NAN};
    double sum = 0;
    size_t failures = 0;
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i]))
            continue;
        sum += values[i];
        failures += values[i] > FAILURE;
        values[errors.faces++] = values[i];
    }
    if (!errors.faces)
        return errors;
    qsort(values, errors.faces, sizeof *values, statistics_doubles);
    errors.mean = sum / (double)errors.faces;
    errors.median = statistics_quantile(values, errors.faces, 0.5);
    errors.p90 = statistics_quantile(values, errors.faces, 0.9);
    errors.p95 = statistics_quantile(values, errors.faces, 0.95);
    errors.worst = values[errors.faces - 1];
    errors.failures = (double)failures / (double)errors.faces;
    return errors;
}

static vultus_status summarise_all(vultus_landmark_report *report, vultus_error *error)
{
    double *values = mem_array(report->count, sizeof *values);
    if (!values)
        return status_memory(error, "evaluation");
    for (size_t i = 0; i < report->count; i++)
        values[i] = report->items[i].five;
    report->five = summarise(values, report->count);
    for (size_t i = 0; i < report->count; i++)
        values[i] = report->items[i].shape;
    report->shape = summarise(values, report->count);
    report->faces = report->count;
    report->missed = report->count - report->five.faces;
    mem_free(values);
    return VULTUS_OK;
}

vultus_status landmark_error_evaluate(const vultus_findings *findings, vultus_landmark_report *out,
                                      vultus_error *error)
{
    vultus_landmark_report report = {0};
    struct matches matches = {0};
    vultus_status status = match_check(findings, error);
    if (!status && !out)
        status = status_set(error, VULTUS_ERR_ARGUMENT, "nowhere to put the report");
    if (status)
        return status;
    report.items = add_faces(findings, &report);
    status =
        report.items ? matches_open(findings, &matches, error) : status_memory(error, "evaluation");
    for (size_t i = 0, end; !status && i < report.count; i = end) {
        size_t picture = report.items[i].picture;
        for (end = i + 1; end < report.count && report.items[end].picture == picture;)
            end++;
        match_picture(findings, picture, &matches);
        status = measure(findings, &matches, &report.items[i], end - i, error);
    }
    if (!status)
        status = summarise_all(&report, error);
    matches_clear(&matches);
    if (status)
        landmark_error_clear(&report);
    else
        *out = report;
    return status;
}

void landmark_error_clear(vultus_landmark_report *report)
{
    if (!report)
        return;
    mem_free(report->items);
    report->items = NULL;
    report->count = 0;
}
