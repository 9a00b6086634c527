/*
 * When two embeddings are the same person: the one place where a metric, a threshold and two vectors
 * become a distance and a yes or no, and where a calibration says what the distance means.
 */
#ifndef DECIDE_DECISION_H
#define DECIDE_DECISION_H

#include "base/status.h"
#include "decide/calibration.h"

/* An embedding's length may be this far from 1: what float32 rounding of a long vector leaves, with
 * room, and far from what a vector that was never normalised has. */
#define DECISION_UNIT_TOLERANCE 1e-3f

struct decision_own { /* what an embedder says of its embeddings */
    vultus_metric metric;
    bool raw;                              /* they keep their length */
    float cosine, euclidean;               /* thresholds; NaN: there is none */
    const struct calibration *calibration; /* NULL: there is none */
    const char *embedder;                  /* its id, for messages */
    size_t people, faces;                  /* of the gallery; 0: two embeddings are compared */
    float far; /* what decides where there is a calibration; 0: the thresholds above */
};

struct decision_rule {
    vultus_metric metric; /* not VULTUS_METRIC_OWN */
    bool raw;
    float threshold;  /* in the unit of the metric */
    bool by_distance; /* what the calibration is of */
    const struct calibration *calibration;
    size_t people, faces;
    float threshold_far; /* NaN: not known */
    float min_margin, min_quality, quality;
    float min_live, live;
};

/* Euclidean distance of unit vectors whose cosine is `cosine`: |a - b|^2 = 2 - 2ab. */
float decision_euclidean(float cosine);

/* Fills in what the caller left out. `decision` may be NULL. ARGUMENT: no such metric, a threshold that
 * is not a number, none where the embedder has none, or numbers that contradict each other. MODEL: a false
 * accept rate without a calibration. */
vultus_status decision_resolve(const vultus_decision *decision, const struct decision_own *own,
                               struct decision_rule *out, vultus_error *error) VULTUS_MUST_USE;

/* ARGUMENT: `what` (for instance "the probe") is NULL, not finite, zero, or not of unit length where it
 * has to be (not `raw`). */
vultus_status decision_check(const float *embedding, size_t dimension, bool raw, const char *what,
                             vultus_error *error) VULTUS_MUST_USE;

/* What calibrations are of: the cosine, or minus the distance where embeddings keep their length and were
 * trained for distances. Larger is more alike. */
float decision_score(const float *a, const float *b, size_t dimension, vultus_metric metric,
                     bool raw);

/* The rule itself. */
bool decision_matches(const struct decision_rule *rule, float cosine, float distance);
/* The same with what makes it abstain: `ambiguous` is how much nearer it is than the next answer. */
vultus_why decision_why(const struct decision_rule *rule, bool matches, float ambiguous);

/* False where a least liveness was asked for and the face has less: then nobody is told who it may be. */
bool decision_is_live(const struct decision_rule *rule);

/* What ranks people, larger is nearer: the cosine, or the negated distance where only that is what the
 * embedder was trained for. */
float decision_nearness(const struct decision_rule *rule, float cosine, float distance);

struct decision_measure {   /* of two embeddings; may be the mean of several pairs */
    float cosine, distance; /* distance in the rule's metric */
    float score;            /* what calibrations are of */
};
struct decision_measure decision_measure(const struct decision_rule *rule, const float *a,
                                         const float *b, size_t dimension);
/* What it means, and what is decided. */
void decision_tell(const struct decision_rule *rule, const struct decision_measure *measure,
                   vultus_comparison *out);

/* Both at once. Compares vectors: the cosine is cut to -1..1, distance and margin are in the rule's metric. */
void decision_compare(const struct decision_rule *rule, const float *a, const float *b,
                      size_t dimension, vultus_comparison *out);

#endif
