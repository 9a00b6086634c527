/* What is decided about faces, as JSON. */
#ifndef ANSWERS_JSON_DECISIONS_H
#define ANSWERS_JSON_DECISIONS_H

#include "answers/json_values.h"

/* "cosine" or "euclidean". */
const char *metric_name(vultus_metric metric);

/* match, why, similarity, cosine, distance, far, threshold, threshold_far, margin, metric. `measure` is the
 * metric's name, or what else the similarity is of. */
json_t *json_comparison(const vultus_comparison *comparison, const char *measure);
/* name, match, why, similarity, cosine, distance, far, threshold, threshold_far, metric, margin, second. */
json_t *json_identity(const vultus_identity *who, const char *measure);
/* name, similarity, cosine, distance, far; null where there is nobody. */
json_t *json_match(const vultus_match *match);
json_t *json_matches(const vultus_match *matches, size_t count);

/* "enrolled", "no_face", "several_faces", "too_small", ... Static storage. */
const char *verdict_key(vultus_verdict verdict);

#endif
