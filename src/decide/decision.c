/*
 * The rule for match, threshold and metric. Cosine: cosine >= threshold. Euclidean: distance <=
 * threshold, the distance from the differences and not from the cosine, because 2 - 2ab loses the
 * small distances to rounding. A threshold comes from the caller, from a false accept rate and the
 * calibration, or from the embedder. Knows embeddings only, not galleries or engines.
 */
#include "decide/decision.h"
#include "kernel/kernel.h"

#include <math.h>

float decision_euclidean(float cosine)
{
    float squared = 2.0f - 2.0f * cosine;
    return squared > 0.0f ? sqrtf(squared) : 0.0f;
}

/* ------------------------------------------------------------------ the threshold */

/* A score of the calibration in the unit of the metric, and back; NaN where there is no way, because the
 * lengths of raw embeddings are in one of the two only. */
static double unit_of_score(const struct decision_rule *rule, double score)
{
    bool euclidean = rule->metric == VULTUS_METRIC_EUCLIDEAN;
    if (rule->by_distance)
        return euclidean ? fmax(0, -score) : (double)NAN;
    if (rule->raw && euclidean)
        return NAN;
    score = fmin(1, score);
    return euclidean ? sqrt(2 - 2 * fmax(-1, score)) : score;
}

static double score_of_unit(const struct decision_rule *rule, double threshold)
{
    bool euclidean = rule->metric == VULTUS_METRIC_EUCLIDEAN;
    if (rule->by_distance)
        return euclidean ? -threshold : (double)NAN;
    if (rule->raw && euclidean)
        return NAN;
    return euclidean ? 1 - threshold * threshold / 2 : threshold;
}

static float far_of(const struct decision_rule *rule, double score)
{
    if (!rule->calibration || isnan(score))
        return NAN;
    return (float)(rule->people ? calibration_gallery_far(rule->calibration, score, rule->people,
                                                          rule->faces)
                                : calibration_far(rule->calibration, score));
}

/* The threshold with a false accept rate, in the unit of the metric. */
static float threshold_of(const struct decision_rule *rule, float far)
{
    double rate = (double)far;
    return (float)unit_of_score(rule, rule->people
                                          ? calibration_gallery_threshold(rule->calibration, rate,
                                                                          rule->people, rule->faces)
                                          : calibration_threshold(rule->calibration, rate));
}

static vultus_status check_numbers(const vultus_decision *decision, vultus_error *error)
{
    if (decision->has_threshold && isnan(decision->threshold))
        return status_set(error, VULTUS_ERR_ARGUMENT, "the threshold is not a number");
    if (decision->has_threshold && decision->far != 0)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "a threshold and a false accept rate: give one of them");
    if (!(decision->far >= 0 && decision->far < 1))
        return status_set(error, VULTUS_ERR_ARGUMENT, "a false accept rate is between 0 and 1");
    if (!(decision->min_margin >= 0) || !(decision->min_quality >= 0))
        return status_set(error, VULTUS_ERR_ARGUMENT, "the least margin or quality is under 0");
    if (!(decision->min_live >= 0 && decision->min_live <= 1))
        return status_set(error, VULTUS_ERR_ARGUMENT, "the least liveness is between 0 and 1");
    return VULTUS_OK;
}

static vultus_status asked_far(const struct decision_own *own, struct decision_rule *rule,
                               float far, vultus_error *error)
{
    if (!rule->calibration)
        return status_set(error, VULTUS_ERR_MODEL,
                          "there is no calibration of %s to tell a false accept rate by; make one: "
                          "vultus calibrate folder DIR",
                          own->embedder ? own->embedder : "this embedder");
    rule->threshold = threshold_of(rule, far);
    if (isnan(rule->threshold))
        return status_set(
            error, VULTUS_ERR_ARGUMENT,
            "the calibration is of the embedder's own metric and says no false accept "
            "rate for this one");
    return VULTUS_OK;
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
    struct decision_rule rule = {.metric = metric,
                                 .raw = own->raw,
                                 .by_distance = calibration_by_distance(own->metric, own->raw),
                                 .calibration = own->calibration,
                                 .people = own->people,
                                 .faces = own->faces,
                                 .min_margin = decision->min_margin,
                                 .min_quality = decision->min_quality,
                                 .quality = decision->quality,
                                 .min_live = decision->min_live,
                                 .live = decision->live};
    vultus_status status = check_numbers(decision, error);
    rule.threshold = metric == VULTUS_METRIC_COSINE ? own->cosine : own->euclidean;
    if (decision->has_threshold)
        rule.threshold = decision->threshold;
    else if (!status && decision->far > 0)
        status = asked_far(own, &rule, decision->far, error);
    else if (!status && own->far > 0 && own->calibration && !isnan(threshold_of(&rule, own->far)))
        rule.threshold = threshold_of(&rule, own->far);
    if (!status && isnan(rule.threshold))
        status = status_set(error, VULTUS_ERR_ARGUMENT,
                            "this embedder has no threshold for the %s metric; give one",
                            metric == VULTUS_METRIC_COSINE ? "cosine" : "euclidean");
    if (status)
        return status;
    rule.threshold_far = far_of(&rule, score_of_unit(&rule, (double)rule.threshold));
    *out = rule;
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ embeddings */

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

static float cosine_of(const float *a, const float *b, size_t dimension, bool raw)
{
    const struct kernel_table *kernel = kernel_best();
    float cosine = kernel->dot(a, b, dimension);
    if (raw)
        cosine /= sqrtf(kernel->dot(a, a, dimension)) * sqrtf(kernel->dot(b, b, dimension));
    return fminf(1.0f, fmaxf(-1.0f, cosine));
}

float decision_score(const float *a, const float *b, size_t dimension, vultus_metric metric,
                     bool raw)
{
    return calibration_by_distance(metric, raw) ? -sqrtf(kernel_best()->sqdist(a, b, dimension))
                                                : cosine_of(a, b, dimension, raw);
}

/* ------------------------------------------------------------------ the answer */

bool decision_matches(const struct decision_rule *rule, float cosine, float distance)
{
    return rule->metric == VULTUS_METRIC_COSINE ? cosine >= rule->threshold
                                                : distance <= rule->threshold;
}

float decision_nearness(const struct decision_rule *rule, float cosine, float distance)
{
    return rule->raw && rule->metric == VULTUS_METRIC_EUCLIDEAN ? -distance : cosine;
}

bool decision_is_live(const struct decision_rule *rule)
{
    return !(rule->min_live > 0) || rule->live >= rule->min_live;
}

vultus_why decision_why(const struct decision_rule *rule, bool matches, float ambiguous)
{
    if (!decision_is_live(rule))
        return VULTUS_WHY_NOT_LIVE;
    if (rule->min_quality > 0 && !(rule->quality >= rule->min_quality))
        return VULTUS_WHY_LOW_QUALITY;
    if (!matches)
        return VULTUS_WHY_FAR;
    return ambiguous < rule->min_margin ? VULTUS_WHY_AMBIGUOUS : VULTUS_WHY_NONE;
}

struct decision_measure decision_measure(const struct decision_rule *rule, const float *a,
                                         const float *b, size_t dimension)
{
    bool by_cosine = rule->metric == VULTUS_METRIC_COSINE;
    float cosine = cosine_of(a, b, dimension, rule->raw), euclidean = 0;
    if (!by_cosine || rule->by_distance)
        euclidean = sqrtf(kernel_best()->sqdist(a, b, dimension));
    return (struct decision_measure){.cosine = cosine,
                                     .distance = by_cosine ? 1.0f - cosine : euclidean,
                                     .score = rule->by_distance ? -euclidean : cosine};
}

void decision_tell(const struct decision_rule *rule, const struct decision_measure *measure,
                   vultus_comparison *out)
{
    float cosine = measure->cosine, distance = measure->distance;
    double score = (double)measure->score;
    bool by_cosine = rule->metric == VULTUS_METRIC_COSINE;
    *out = (vultus_comparison){
        .similarity =
            rule->calibration ? (float)calibration_similarity(rule->calibration, score) : NAN,
        .cosine = cosine,
        .distance = distance,
        .far = far_of(rule, score),
        .threshold = rule->threshold,
        .threshold_far = rule->threshold_far,
        .margin = by_cosine ? cosine - rule->threshold : rule->threshold - distance,
        .metric = rule->metric};
    bool matches = decision_matches(rule, cosine, distance);
    out->why = decision_why(rule, matches, fabsf(out->margin));
    if (!matches && out->why == VULTUS_WHY_FAR && fabsf(out->margin) < rule->min_margin)
        out->why = VULTUS_WHY_AMBIGUOUS;
    out->match = out->why == VULTUS_WHY_NONE;
}

void decision_compare(const struct decision_rule *rule, const float *a, const float *b,
                      size_t dimension, vultus_comparison *out)
{
    struct decision_measure measure = decision_measure(rule, a, b, dimension);
    decision_tell(rule, &measure, out);
}
