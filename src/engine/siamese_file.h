/* What the public header calls vultus_siamese. */
#ifndef ENGINE_SIAMESE_FILE_H
#define ENGINE_SIAMESE_FILE_H

#include "base/status.h"

#define SIAMESE_EMBEDDER_MAX 95

struct vultus_siamese {
    size_t dimension;
    float *weights; /* dimension + 1, the bias last */
    bool raw;
    char embedder[SIAMESE_EMBEDDER_MAX + 1];
};

/* From bytes, for the fuzz target; `name` stands in messages. */
vultus_status siamese_parse_file(const void *bytes, size_t size, const char *name,
                                 vultus_siamese **out, vultus_error *error) VULTUS_MUST_USE;

#endif
