/* Evaluation: reading lists of pairs and ground truth, and measuring what was found against them. */
#include "base/file.h"
#include "decide/detection.h"
#include "decide/identification.h"
#include "decide/landmark_error.h"
#include "decide/metrics.h"
#include "decide/pairs.h"
#include "decide/trials.h"
#include "decide/truth.h"
#include "face/landmark.h"

vultus_status vultus_pairs_read(const char *path, const char *root, vultus_pairs *out,
                                vultus_error *error)
{
    struct buffer text;
    vultus_status status = file_read(path, PAIRS_FILE_MAX, &text, error);
    if (status)
        return status;
    status = pairs_parse((const char *)text.data, text.size, path, root ? root : ".", out, error);
    buffer_clear(&text);
    return status;
}

void vultus_pairs_clear(vultus_pairs *pairs)
{
    pairs_clear(pairs);
}

vultus_status vultus_evaluate(const vultus_scores *scores, vultus_report *out, vultus_error *error)
{
    return metrics_evaluate(scores, out, error);
}

void vultus_report_clear(vultus_report *report)
{
    metrics_clear(report);
}

vultus_status vultus_trials_run(const vultus_trials_request *request, vultus_trials *out,
                                vultus_error *error)
{
    return trials_run(request, out, error);
}

void vultus_trials_clear(vultus_trials *trials)
{
    trials_clear(trials);
}

vultus_status vultus_evaluate_identification(const vultus_trials *trials,
                                             const vultus_bootstrap *bootstrap,
                                             vultus_identification_report *out, vultus_error *error)
{
    return identification_evaluate(trials, bootstrap, out, error);
}

void vultus_identification_report_clear(vultus_identification_report *report)
{
    identification_clear(report);
}

vultus_status vultus_truth_read(const char *path, const char *root, vultus_truth *out,
                                vultus_error *error)
{
    struct buffer text;
    vultus_status status = file_read(path, TRUTH_FILE_MAX, &text, error);
    if (status)
        return status;
    status = truth_parse((const char *)text.data, text.size, path, root ? root : ".", out, error);
    buffer_clear(&text);
    for (size_t i = 0; !status && i < out->count; i++)
        for (size_t k = 0; k < out->items[i].count; k++) {
            vultus_true_face *face = &out->items[i].faces[k];
            if (face->has_landmarks || !face->shape_count)
                continue;
            landmark_five(face->shape, face->shape_count, face->landmarks);
            face->has_landmarks = true;
        }
    return status;
}

void vultus_truth_clear(vultus_truth *truth)
{
    truth_clear(truth);
}

vultus_status vultus_evaluate_detection(const vultus_findings *findings,
                                        vultus_detection_report *out, vultus_error *error)
{
    return detection_evaluate(findings, out, error);
}

void vultus_detection_report_clear(vultus_detection_report *report)
{
    detection_clear(report);
}

vultus_status vultus_evaluate_landmarks(const vultus_findings *findings,
                                        vultus_landmark_report *out, vultus_error *error)
{
    return landmark_error_evaluate(findings, out, error);
}

void vultus_landmark_report_clear(vultus_landmark_report *report)
{
    landmark_error_clear(report);
}
