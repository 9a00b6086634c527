/*
 * The rule for match, threshold and metric. Cosine: similarity >= threshold. Euclidean: distance <=
 * threshold, the distance from the differences and not from the cosine, because 2 - 2ab loses the
 * small distances to rounding. Knows embeddings only, not galleries or engines.
 */
#include "decide/decision.h"
#include "kernel/kernel.h"

#include <math.h>

float decision_euclidean(float similarity)
{
    float squared = 2.0f - 2.0f * similarity;
    return squared > 0.0f ? sqrtf(squared) : 0.0f;
}

vultus_status decision_resolve(const vultus_decision *decision, const struct decision_own *own,
                               struct decision_rule *out, vultus_error *error)
{
    static const vultus_decision defaults = {0};
    if (!decision)
        decision = &defaults;
    vultus_metric metric = decision->metric == VULTUS_METRIC_OWN ? own->metric : decision->metric;
    if (metric != VULTUS_METRIC_COSINE && metric != VULTUS_METRIC_EUCLIDEAN)
        return status_set(error, VULTUS_ERR_ARGUMENT, "no metric has the number %d",
                          (int)decision->metric);
    if (decision->has_threshold && isnan(decision->threshold))
        return status_set(error, VULTUS_ERR_ARGUMENT, "the threshold is not a number");
    float threshold = metric == VULTUS_METRIC_COSINE ? own->cosine : own->euclidean;
    if (decision->has_threshold)
        threshold = decision->threshold;
    if (isnan(threshold))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "this embedder has no threshold for the %s metric; give one",
                          metric == VULTUS_METRIC_COSINE ? "cosine" : "euclidean");
    *out = (struct decision_rule){metric, own->raw, threshold};
    return VULTUS_OK;
}

static bool length_good(float squared, bool raw)
{
    if (raw)
        return squared > 1e-12f && squared < 1e12f;
    return fabsf(sqrtf(squared) - 1.0f) <= DECISION_UNIT_TOLERANCE;
}

vultus_status decision_check(const float *embedding, size_t dimension, bool raw, const char *what,
                             vultus_error *error)
{
    if (!embedding || !dimension)
        return status_set(error, VULTUS_ERR_ARGUMENT, "%s is missing", what);
    float squared = kernel_best()->dot(embedding, embedding, dimension);
    if (!isfinite(squared))
        return status_set(error, VULTUS_ERR_ARGUMENT, "%s has values that are not numbers", what);
    if (!length_good(squared, raw))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "%s has length %g%s; pass embeddings as vultus_embed makes them", what,
                          (double)sqrtf(squared), raw ? "" : ", not 1");
    return VULTUS_OK;
}

bool decision_matches(const struct decision_rule *rule, float similarity, float distance)
{
    return rule->metric == VULTUS_METRIC_COSINE ? similarity >= rule->threshold
                                                : distance <= rule->threshold;
}

float decision_nearness(const struct decision_rule *rule, float similarity, float distance)
{
    return rule->raw && rule->metric == VULTUS_METRIC_EUCLIDEAN ? -distance : similarity;
}

void decision_compare(const struct decision_rule *rule, const float *a, const float *b,
                      size_t dimension, vultus_comparison *out)
{
    const struct kernel_table *kernel = kernel_best();
    float similarity = kernel->dot(a, b, dimension);
    if (rule->raw)
        similarity /= sqrtf(kernel->dot(a, a, dimension)) * sqrtf(kernel->dot(b, b, dimension));
    similarity = fminf(1.0f, fmaxf(-1.0f, similarity));
    float distance = rule->metric == VULTUS_METRIC_COSINE ? 1.0f - similarity
                                                          : sqrtf(kernel->sqdist(a, b, dimension));
    *out = (vultus_comparison){.similarity = similarity,
                               .distance = distance,
                               .threshold = rule->threshold,
                               .metric = rule->metric,
                               .match = decision_matches(rule, similarity, distance)};
}
