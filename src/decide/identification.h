/*
 * How good identification is, from trials: each a probe looked up among the enrolled people.
 *
 *   CMC       at rank k: the share of mated probes whose own person is among the k nearest (closed set)
 *   FPIR(t)   the share of strangers' probes whose nearest person is nearer than the threshold t
 *   DIR(t)    the share of mated probes whose own person is the nearest, and nearer than t: 1 - FNIR of
 *             rank 1 (Phillips, Grother, Micheals 2011; ISO/IEC 19795-1)
 *
 * The classes and their rates are those of confusion.h, the verification view that of tally.h.
 */
#ifndef DECIDE_IDENTIFICATION_H
#define DECIDE_IDENTIFICATION_H

#include "base/status.h"

/* See vultus_evaluate_identification. Time n log n + resamples * (n + classes + counts of the tally). */
vultus_status identification_evaluate(const vultus_trials *trials,
                                      const vultus_bootstrap *bootstrap,
                                      vultus_identification_report *out,
                                      vultus_error *error) VULTUS_MUST_USE;
void identification_clear(vultus_identification_report *report);

#endif
