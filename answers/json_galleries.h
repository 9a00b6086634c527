/* What a gallery is made of, as JSON. */
#ifndef ANSWERS_JSON_GALLERIES_H
#define ANSWERS_JSON_GALLERIES_H

#include "answers/json_values.h"

/* people, faces, bytes, free, log, schema, encrypted, journal, embedders: [{embedder, dimension, embeddings}]. */
json_t *json_gallery_stats(const vultus_gallery_stats *stats);

#endif
