/* What the public header calls vultus_classifier. */
#ifndef ENGINE_CLASSIFIER_FILE_H
#define ENGINE_CLASSIFIER_FILE_H

#include "base/buffer.h"
#include "decide/classifier.h"

#define CLASSIFIER_EMBEDDER_MAX 95

struct vultus_classifier {
    struct classifier_model model;
    const char *const *names; /* one block with the texts */
    char embedder[CLASSIFIER_EMBEDDER_MAX + 1];
    vultus_metric metric;
    double far;
};

/* Its file in memory. Clear the buffer, also after a failure. */
vultus_status classifier_print_file(const vultus_classifier *classifier, struct buffer *out,
                                    vultus_error *error) VULTUS_MUST_USE;
/* From bytes; `name` stands in messages. */
vultus_status classifier_parse_file(const void *bytes, size_t size, const char *name,
                                    vultus_classifier **out, vultus_error *error) VULTUS_MUST_USE;

#endif
