/* A review while it is made; the public header calls the answer vultus_review. */
#ifndef ENGINE_REVIEWING_H
#define ENGINE_REVIEWING_H

#include "decide/outliers.h"

#include <vultus/review.h>

struct reviewed_face { /* of one face */
    int64_t id;
    uint32_t person; /* a place in `names` */
    float weight, confidence;
    vultus_quality quality;
    char *source;
};

struct reviewing {
    vultus_gallery *gallery;
    vultus_engine *engine;
    const vultus_review_options *options;
    float threshold, identify_threshold; /* as nearness */
    size_t dimension;
    vultus_people people;
    uint32_t *names; /* of each person who has a face: their place in `people` */
    size_t *faces;   /* how many they have */
    float *rows, *weights;
    uint32_t *person;
    struct reviewed_face *kept;
    size_t count, capacity, people_count;
    struct outliers outliers;
    vultus_review made;
    size_t items_capacity;
};

/* Makes the items from all that was found. MEMORY. */
vultus_status reviewing_conclude(struct reviewing *review, vultus_error *error) VULTUS_MUST_USE;
/* Nearness as people read it, and back: the cosine, or the distance. */
static inline float reviewing_shown(const struct reviewing *review, float nearness)
{
    return review->made.metric == VULTUS_METRIC_EUCLIDEAN ? -nearness : nearness;
}
static inline bool reviewing_wants(const struct reviewing *review, vultus_concern concern)
{
    return !review->options->concerns || (review->options->concerns >> concern & 1);
}

#endif
