/*
 * Which box that was found is which true face: WIDER FACE's rule, in one place for detection and for
 * landmarks.
 */
#ifndef DECIDE_MATCH_H
#define DECIDE_MATCH_H

#include "base/status.h"

enum match_verdict {
    MATCH_WRONG,   /* on no face, or on one that has a better box */
    MATCH_NEUTRAL, /* on an ignored face */
    MATCH_RIGHT
};

struct match { /* one box that was found; in a picture the highest score comes first */
    float score;
    enum match_verdict verdict;
    size_t found, truth; /* which of the picture's boxes; which true face, when it is right */
};

struct matches {
    struct match *items; /* room for the fullest picture */
    size_t count;
};

/* True when finding this face counts for nothing. */
bool match_ignored(const vultus_findings *findings, const vultus_true_face *face);
/* True when the picture was looked at. */
bool match_used(const vultus_findings *findings, size_t picture);

/* ARGUMENT: findings are missing, a score is NaN, or an option is out of range. */
vultus_status match_check(const vultus_findings *findings, vultus_error *error) VULTUS_MUST_USE;
/* Makes room. Clear with matches_clear. */
vultus_status matches_open(const vultus_findings *findings, struct matches *out,
                           vultus_error *error) VULTUS_MUST_USE;
/* Judges what was found in one picture. */
void match_picture(const vultus_findings *findings, size_t picture, struct matches *out);
void matches_clear(struct matches *matches);

#endif
