/*
 * vultus evaluate detection: boxes against ground truth. Everything is measured at the threshold that
 * the detector works with, so average precision is of what a user gets; --det-threshold moves both.
 */
#include "base/file.h"
#include "command.h"
#include "console.h"
#include "evaluate_pairs.h"
#include "evaluate_faces.h"
#include "measures.h"

#include <math.h>
#include <stdio.h>

#define CURVE_BYTES_MAX ((size_t)1 << 30)
#define TINY                                                                                       \
    10 /* pixels: WIDER FACE calls smaller faces too small to judge, but marks few of them */

struct detection {
    struct face_evaluation evaluation;
    vultus_detection_report report;
    double without_tiny; /* average precision with tiny faces ignored */
};

static void put_text(const struct detection *detection)
{
    const vultus_detection_report *r = &detection->report;
    printf("%-22s %zu, %zu not readable\n", "pictures", r->pictures,
           detection->evaluation.unreadable);
    printf("%-22s %zu, %zu ignored\n", "true faces", r->faces, r->ignored);
    printf("%-22s %zu: %zu true positives, %zu false, %zu on ignored faces\n", "found",
           r->true_positives + r->false_positives + r->neutral, r->true_positives,
           r->false_positives, r->neutral);
    printf("%-22s %8.4f\n", "average precision", r->average_precision);
    printf("%-22s %8.4f\n", "  faces of 10 px up", detection->without_tiny);
    printf("%-22s %8.4f\n", "precision", r->precision);
    printf("%-22s %8.4f\n", "recall", r->recall);
    for (size_t i = 0; i < VULTUS_HEIGHTS; i++) {
        const vultus_height_recall *h = &r->heights[i];
        char label[128];
        if (!h->faces)
            continue;
        if (isinf(h->to))
            snprintf(label, sizeof label, "  height %.0f px up", h->from);
        else
            snprintf(label, sizeof label, "  height %.0f to %.0f px", h->from, h->to);
        printf("%-22s %8.4f  %zu of %zu\n", label, (double)h->found / (double)h->faces, h->found,
               h->faces);
    }
    printf("%-22s %8.4f per picture\n", "false positives", r->false_per_picture);
    face_evaluation_text(&detection->evaluation);
}

static json_t *json_heights(const vultus_detection_report *report)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < VULTUS_HEIGHTS; i++) {
        const vultus_height_recall *h = &report->heights[i];
        json_t *each = json_pack("{s:o, s:o, s:o, s:o, s:o}", "from", json_number(h->from), "to",
                                 json_number(h->to), "faces", json_whole(h->faces), "found",
                                 json_whole(h->found), "recall",
                                 json_number((double)h->found / (double)h->faces));
        if (json_array_append_new(list, each)) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

static json_t *json_report(const struct detection *detection)
{
    const vultus_detection_report *r = &detection->report;
    json_t *value = face_evaluation_json(&detection->evaluation);
    json_t *more = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "faces", json_whole(r->faces),
        "ignored", json_whole(r->ignored), "true_positives", json_whole(r->true_positives),
        "false_positives", json_whole(r->false_positives), "neutral", json_whole(r->neutral),
        "average_precision", json_number(r->average_precision), "average_precision_from_10px",
        json_number(detection->without_tiny), "precision", json_number(r->precision), "recall",
        json_number(r->recall), "false_positives_per_picture", json_number(r->false_per_picture),
        "heights", json_heights(r));
    if (!value || !more || json_object_update(value, more)) {
        json_decref(value);
        value = NULL;
    }
    json_decref(more);
    return value;
}

static int write_curve(const vultus_detection_report *report, const char *path)
{
    struct buffer out;
    vultus_error error = {0};
    buffer_init(&out, CURVE_BYTES_MAX);
    vultus_status status =
        buffer_print(&out, &error, "score,true_positives,false_positives,precision,recall\n");
    for (size_t i = 0; !status && i < report->curve_count; i++) {
        const vultus_curve_point *p = &report->curve[i];
        status = buffer_print(&out, &error, "%.6f,%zu,%zu,%.6f,%.6f\n", p->score, p->true_positives,
                              p->false_positives, p->precision, p->recall);
    }
    return csv_write(&out, status, path, &error);
}

static int measure(struct detection *detection)
{
    vultus_findings findings = face_evaluation_findings(&detection->evaluation);
    vultus_detection_report tall = {0};
    vultus_error error = {0};
    vultus_status status = vultus_evaluate_detection(&findings, &detection->report, &error);
    findings.min_height = TINY;
    if (!status)
        status = vultus_evaluate_detection(&findings, &tall, &error);
    detection->without_tiny = tall.average_precision;
    vultus_detection_report_clear(&tall);
    return status ? fail(&error) : EXIT_DONE;
}

int cmd_evaluate_detection(const struct options *options)
{
    struct detection detection = {.evaluation = {.options = options}};
    int code = face_evaluation_run(&detection.evaluation);
    if (!code)
        code = measure(&detection);
    if (!code && options->format != FORMAT_TABLE)
        code = measures_put(json_report(&detection), options->format);
    else if (!code)
        put_text(&detection);
    if (!code && options->output)
        code = write_curve(&detection.report, options->output);
    vultus_detection_report_clear(&detection.report);
    face_evaluation_close(&detection.evaluation);
    return worse(code, detection.evaluation.code);
}
