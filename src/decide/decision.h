/*
 * When two embeddings are the same person: the one place where a metric, a threshold and two vectors
 * become a distance and a yes or no.
 */
#ifndef DECIDE_DECISION_H
#define DECIDE_DECISION_H

#include "base/status.h"

/* An embedding's length may be this far from 1: what float32 rounding of a long vector leaves, with
 * room, and far from what a vector that was never normalised has. */
#define DECISION_UNIT_TOLERANCE 1e-3f

struct decision_own { /* what an embedder says of its embeddings */
    vultus_metric metric;
    bool raw;                /* they keep their length */
    float cosine, euclidean; /* thresholds; NaN: there is none */
};

struct decision_rule {
    vultus_metric metric; /* not VULTUS_METRIC_OWN */
    bool raw;
    float threshold; /* in the unit of the metric */
};

/* Euclidean distance of unit vectors whose cosine is `similarity`: |a - b|^2 = 2 - 2ab. */
float decision_euclidean(float similarity);

/* Fills in what the caller left out. `decision` may be NULL. ARGUMENT: no such metric, a threshold that
 * is not a number, or none where the embedder has none. */
vultus_status decision_resolve(const vultus_decision *decision, const struct decision_own *own,
                               struct decision_rule *out, vultus_error *error) VULTUS_MUST_USE;

/* ARGUMENT: `what` (for instance "the probe") is NULL, not finite, zero, or not of unit length where it
 * has to be (not `raw`). */
vultus_status decision_check(const float *embedding, size_t dimension, bool raw, const char *what,
                             vultus_error *error) VULTUS_MUST_USE;

/* The rule itself. */
bool decision_matches(const struct decision_rule *rule, float similarity, float distance);

/* What ranks people, larger is nearer: the similarity, or the negated distance where only that is what the
 * embedder was trained for. */
float decision_nearness(const struct decision_rule *rule, float similarity, float distance);

/* Compares vectors: similarity is cut to -1..1, distance is in the rule's metric. */
void decision_compare(const struct decision_rule *rule, const float *a, const float *b,
                      size_t dimension, vultus_comparison *out);

#endif
