/* What is known of a model, as JSON. */
#ifndef ANSWERS_JSON_MODELS_H
#define ANSWERS_JSON_MODELS_H

#include "answers/json_values.h"

/* pack, model, kind, method, licence, provenance, files, bytes, installed, default; of an embedder also dimension, metric,
 * threshold, and base where it projects another one. */
json_t *json_model(const vultus_model *model);

#endif
