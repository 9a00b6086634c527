/* See json_decisions.h. */
#include "answers/json_decisions.h"

#include <math.h>

const char *metric_name(vultus_metric metric)
{
    return metric == VULTUS_METRIC_EUCLIDEAN ? "euclidean" : "cosine";
}

json_t *json_comparison(const vultus_comparison *comparison, const char *measure)
{
    return json_pack(
        "{s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "match", comparison->match, "why",
        comparison->match ? json_null() : json_text(vultus_why_text(comparison->why)), "similarity",
        json_number(comparison->similarity), "cosine", json_number(comparison->cosine), "distance",
        json_number(comparison->distance), "far", json_number(comparison->far), "threshold",
        json_number(comparison->threshold), "threshold_far", json_number(comparison->threshold_far),
        "margin", json_number(comparison->margin), "metric", measure);
}

json_t *json_match(const vultus_match *match)
{
    if (!match->name[0])
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "name", json_text(match->name), "similarity",
                     json_number(match->similarity), "cosine", json_number(match->cosine),
                     "distance", json_number(match->distance), "far", json_number(match->far));
}

json_t *json_matches(const vultus_match *matches, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < count; i++)
        list = json_appended(list, json_match(&matches[i]));
    return list;
}

json_t *json_identity(const vultus_identity *who, const char *measure)
{
    bool any = who->best.name[0] != '\0';
    return json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o}", "name",
                     who->match ? json_text(who->best.name) : json_null(), "match", who->match,
                     "why", who->match ? json_null() : json_text(vultus_why_text(who->why)),
                     "similarity", json_number(who->best.similarity), "cosine",
                     json_number(any ? who->best.cosine : NAN), "distance",
                     json_number(any ? who->best.distance : NAN), "far", json_number(who->best.far),
                     "threshold", json_number(who->threshold), "threshold_far",
                     json_number(who->threshold_far), "metric", measure, "margin",
                     json_number(any ? who->margin : NAN), "second", json_match(&who->second));
}

const char *verdict_key(vultus_verdict verdict)
{
    static const char *const keys[] = {
        [VULTUS_SAMPLE_OK] = "enrolled",     [VULTUS_SAMPLE_NO_FACE] = "no_face",
        [VULTUS_SAMPLE_TINY] = "too_small",  [VULTUS_SAMPLE_SEVERAL_FACES] = "several_faces",
        [VULTUS_SAMPLE_BLURRED] = "blurred", [VULTUS_SAMPLE_DARK] = "dark",
        [VULTUS_SAMPLE_COVERED] = "covered", [VULTUS_SAMPLE_POSE] = "pose",
        [VULTUS_SAMPLE_POOR] = "poor",
    };
    return keys[verdict];
}
