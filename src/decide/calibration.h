/*
 * What a score means: how likely it is one person, and how often strangers reach it. A score is larger for
 * faces that are more alike: the cosine, or minus the distance where embeddings keep their length and
 * were trained for distances (calibration_by_distance).
 *
 *   similarity   P(same person | score) where both are equally likely beforehand (platt.h)
 *   FAR          P(score or more | different people), one comparison: the empirical distribution, and from a
 *                high quantile on a generalised Pareto tail (tail.h)
 *   rate         the same for a stranger and a whole gallery (crowd.h): its false-positive identification rate
 *
 * All of it is monotone and finite for every score.
 */
#ifndef DECIDE_CALIBRATION_H
#define DECIDE_CALIBRATION_H

#include "base/status.h"
#include "decide/crowd.h"
#include "decide/platt.h"
#include "decide/tail.h"

#define CALIBRATION_POINTS 33
#define CALIBRATION_FAR_LEAST                                                                      \
    1e-12                         /* what no data of anybody could show; nothing smaller is said */
#define CALIBRATION_PAIRS_MIN 100 /* of different people, to say anything */
#define CALIBRATION_SAME_MIN 10   /* of one person, to say how likely it is */

struct calibration {
    bool
        has_same; /* else there is no similarity, and no TAR: the data had one face of each person */
    struct platt platt;
    /* Scores, rising, that different pairs reach with a rate of calibration_rate(tail_rate, i); the last
     * one is where the tail begins. */
    float different[CALIBRATION_POINTS];
    /* The quantiles of same pairs that calibration_part says: close together where pairs are missed. */
    float same[CALIBRATION_POINTS];
    double tail_rate;
    struct tail tail;
    struct crowd crowd;
    double finest;                      /* smaller rates than this are extrapolated */
    size_t people, faces;               /* that it rests on; 0: not known, only pairs were given */
    size_t same_pairs, different_pairs; /* of different people: each two people count once */
};

/* True when scores are minus the distance, not the cosine. */
bool calibration_by_distance(vultus_metric metric, bool raw);

/* The rate of point i: in equal steps of log(rate / (1 - rate)) down to tail_rate. */
double calibration_rate(double tail_rate, size_t point);

/* Which part of same pairs is below point i: the square of equal steps, from 0 to 1. */
double calibration_part(size_t point);

/* NaN without has_same. */
double calibration_similarity(const struct calibration *calibration, double score);
/* The share of same pairs that reach the score; NaN without has_same. */
double calibration_tar(const struct calibration *calibration, double score);
/* CALIBRATION_FAR_LEAST .. 1. */
double calibration_far(const struct calibration *calibration, double score);
/* The score that different pairs reach with this rate, 0 < far < 1. */
double calibration_threshold(const struct calibration *calibration, double far);

/* The same against a gallery of that many people with that many faces in all. */
double calibration_gallery_far(const struct calibration *calibration, double score, size_t people,
                               size_t faces);
double calibration_gallery_threshold(const struct calibration *calibration, double far,
                                     size_t people, size_t faces);

/* What a calibration from outside must be, or all of the above could fail: finite, rising, in range. The
 * message says which field is not. FORMAT. */
vultus_status calibration_check(const struct calibration *calibration,
                                vultus_error *error) VULTUS_MUST_USE;

/* ------------------------------------------------------------------ fitting */

struct calibration_scores { /* none NaN; the fit puts both in order, and thins them */
    float *different;
    size_t different_count;
    float *same;
    size_t same_count;
    size_t pairs; /* of people behind `different`: as many of them are independent at best */
};
/* All but crowd, people and faces, which stay the caller's. ARGUMENT: fewer than CALIBRATION_PAIRS_MIN
 * pairs of people. */
vultus_status calibration_fit_scores(const struct calibration_scores *scores,
                                     struct calibration *out, vultus_error *error) VULTUS_MUST_USE;
/* Everything, from embeddings of known people; rows of VULTUS_NOBODY count for nothing. MEMORY, ARGUMENT. */
vultus_status calibration_fit(const vultus_labelled *set, struct calibration *out,
                              vultus_error *error) VULTUS_MUST_USE;

#endif
