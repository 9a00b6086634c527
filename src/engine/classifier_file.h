/* What the public header calls vultus_classifier. */
#ifndef ENGINE_CLASSIFIER_FILE_H
#define ENGINE_CLASSIFIER_FILE_H

#include "decide/classifier.h"

#define CLASSIFIER_EMBEDDER_MAX 95

struct vultus_classifier {
    struct classifier_model model;
    const char *const *names; /* one block with the texts */
    char embedder[CLASSIFIER_EMBEDDER_MAX + 1];
    vultus_metric metric;
    double far;
};

/* From bytes, for the fuzz target; `name` stands in messages. */
vultus_status classifier_parse_file(const void *bytes, size_t size, const char *name,
                                    vultus_classifier **out, vultus_error *error) VULTUS_MUST_USE;

#endif
