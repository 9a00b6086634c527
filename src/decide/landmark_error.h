/* How good landmarks are: what was found against the truth. */
#ifndef DECIDE_LANDMARK_ERROR_H
#define DECIDE_LANDMARK_ERROR_H

#include "base/status.h"

/* See vultus_evaluate_landmarks. Clear with landmark_error_clear. */
vultus_status landmark_error_evaluate(const vultus_findings *findings, vultus_landmark_report *out,
                                      vultus_error *error) VULTUS_MUST_USE;
void landmark_error_clear(vultus_landmark_report *report);

#endif
