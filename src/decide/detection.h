/* How good a detector is: what it found against the truth. */
#ifndef DECIDE_DETECTION_H
#define DECIDE_DETECTION_H

#include "base/status.h"

/* See vultus_evaluate_detection. Clear with detection_clear. */
vultus_status detection_evaluate(const vultus_findings *findings, vultus_detection_report *out,
                                 vultus_error *error) VULTUS_MUST_USE;
void detection_clear(vultus_detection_report *report);

#endif
