/*
 * Precision, recall and average precision: Everingham et al., "The PASCAL Visual Object Classes
 * Challenge", 2010, with the matching of WIDER FACE (match.c). Boxes of one score enter the curve
 * together, so that no order among them has to be chosen.
 */
#include "decide/detection.h"
#include "base/memory.h"
#include "decide/match.h"

#include <math.h>
#include <stdlib.h>

static const float heights[VULTUS_HEIGHTS + 1] = {0, 10, 20, 30, 50, 80, 160, INFINITY};

struct judged { /* a box of any picture that counts */
    float score;
    bool right;
};

struct judgement {
    struct judged *items;
    size_t count;
};

static vultus_height_recall *height_of(vultus_detection_report *report, float height)
{
    size_t i = 0;
    while (i + 1 < VULTUS_HEIGHTS && height >= heights[i + 1])
        i++;
    return &report->heights[i];
}

static void count_truth(const vultus_findings *findings, vultus_detection_report *report)
{
    for (size_t i = 0; i < VULTUS_HEIGHTS; i++)
        report->heights[i] = (vultus_height_recall){.from = heights[i], .to = heights[i + 1]};
    for (size_t i = 0; i < findings->truth->count; i++) {
        const vultus_true_picture *picture = &findings->truth->items[i];
        if (!match_used(findings, i))
            continue;
        report->pictures++;
        for (size_t k = 0; k < picture->count; k++) {
            if (match_ignored(findings, &picture->faces[k])) {
                report->ignored++;
                continue;
            }
            report->faces++;
            height_of(report, picture->faces[k].box.height)->faces++;
        }
    }
}

static void judge(const vultus_findings *findings, struct matches *matches,
                  struct judgement *judgement, vultus_detection_report *report)
{
    for (size_t i = 0; i < findings->truth->count; i++) {
        const vultus_true_picture *picture = &findings->truth->items[i];
        if (!match_used(findings, i))
            continue;
        match_picture(findings, i, matches);
        for (size_t k = 0; k < matches->count; k++) {
            const struct match *match = &matches->items[k];
            bool right = match->verdict == MATCH_RIGHT;
            if (match->verdict == MATCH_NEUTRAL) {
                report->neutral++;
                continue;
            }
            judgement->items[judgement->count++] = (struct judged){match->score, right};
            report->true_positives += right;
            report->false_positives += !right;
            if (right)
                height_of(report, picture->faces[match->truth].box.height)->found++;
        }
    }
}

static int by_score(const void *a, const void *b)
{
    float p = ((const struct judged *)a)->score, q = ((const struct judged *)b)->score;
    return (p < q) - (p > q);
}

static vultus_status draw_curve(struct judgement *judgement, vultus_detection_report *report,
                                vultus_error *error)
{
    vultus_curve_point *curve = mem_array(judgement->count, sizeof *curve);
    size_t right = 0, count = 0;
    if (!curve)
        return status_memory(error, "the curve");
    if (judgement->count > 1)
        qsort(judgement->items, judgement->count, sizeof *judgement->items, by_score);
    for (size_t i = 0; i < judgement->count; i++) {
        float score = judgement->items[i].score;
        right += judgement->items[i].right;
        if (i + 1 < judgement->count && judgement->items[i + 1].score == score)
            continue;
        curve[count++] = (vultus_curve_point){
            .score = score,
            .true_positives = right,
            .false_positives = i + 1 - right,
            .precision = (double)right / (double)(i + 1),
            .recall = report->faces ? (double)right / (double)report->faces : (double)NAN};
    }
    report->curve = curve;
    report->curve_count = count;
    return VULTUS_OK;
}

/* From the end, where the best precision at this or a higher recall is known. */
static double area(const vultus_detection_report *report)
{
    double sum = 0, best = 0;
    for (size_t i = report->curve_count; i > 0; i--) {
        const vultus_curve_point *point = &report->curve[i - 1];
        double before = i > 1 ? report->curve[i - 2].recall : 0;
        best = fmax(best, point->precision);
        sum += best * (point->recall - before);
    }
    return report->faces ? sum : (double)NAN;
}

static double share(size_t part, size_t whole)
{
    return whole ? (double)part / (double)whole : (double)NAN;
}

vultus_status detection_evaluate(const vultus_findings *findings, vultus_detection_report *out,
                                 vultus_error *error)
{
    vultus_detection_report report = {0};
    struct judgement judgement = {0};
    struct matches matches = {0};
    size_t found = 0;
    vultus_status status = match_check(findings, error);
    if (!status && !out)
        status = status_set(error, VULTUS_ERR_ARGUMENT, "nowhere to put the report");
    if (status)
        return status;
    for (size_t i = 0; i < findings->truth->count; i++)
        found += match_used(findings, i) ? findings->faces[i].count : 0;
    judgement.items = mem_array(found, sizeof *judgement.items);
    status = judgement.items ? matches_open(findings, &matches, error)
                             : status_memory(error, "evaluation");
    if (!status) {
        count_truth(findings, &report);
        judge(findings, &matches, &judgement, &report);
        status = draw_curve(&judgement, &report, error);
    }
    matches_clear(&matches);
    mem_free(judgement.items);
    if (status)
        return status;
    report.precision = share(report.true_positives, report.true_positives + report.false_positives);
    report.recall = share(report.true_positives, report.faces);
    report.false_per_picture = share(report.false_positives, report.pictures);
    report.average_precision = area(&report);
    *out = report;
    return VULTUS_OK;
}

void detection_clear(vultus_detection_report *report)
{
    if (!report)
        return;
    mem_free(report->curve);
    report->curve = NULL;
    report->curve_count = 0;
}
