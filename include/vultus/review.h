/*
 * vultus, chapter review: what somebody should look at in a gallery. Included by vultus.h, whose contract
 * holds here too.
 */
#ifndef VULTUS_REVIEW_H
#define VULTUS_REVIEW_H

#include <vultus/galleries.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum vultus_concern {
    VULTUS_CONCERN_CONFLICT,  /* a face would be identified as another person, and not as its own */
    VULTUS_CONCERN_OUTLIER,   /* a face is far from the rest of its person */
    VULTUS_CONCERN_DUPLICATE, /* two people look like one */
    VULTUS_CONCERN_LOW_QUALITY, /* a face that recognition should not rest on */
    VULTUS_CONCERN_SINGLE       /* a person with one face only */
} vultus_concern;

/* "conflict", "outlier", "duplicate", "low quality", "single". Static storage. */
VULTUS_API const char *vultus_concern_name(vultus_concern concern);

typedef struct vultus_review_item {
    vultus_concern concern;
    char *name;   /* the person */
    int64_t face; /* the face; 0: the concern is the person's */
    char *source; /* of the face; NULL: not known */
    char *other;  /* conflict, duplicate: the other person; else NULL */
    float own;    /* of the face, to the mean of the person's others; NaN: it is the only one */
    float to_other; /* conflict: to the mean of the other person; duplicate: of the two means; else NaN */
    float quality;    /* of the face: vultus_quality.score; NaN: the concern is the person's */
    char reason[160]; /* for people, one line */
    char advice[160]; /* what to do about it */
} vultus_review_item;

typedef struct vultus_review {
    vultus_review_item *items; /* by concern as listed above, the clearest first */
    size_t count;
    size_t people, faces; /* that were looked at: faces by the engine's embedder */
    size_t left_out;      /* faces by other embedders */
    vultus_metric metric; /* of own, to_other and the thresholds: the cosine, or the distance */
    float threshold, identify_threshold;
} vultus_review;

typedef struct vultus_review_options {
    float threshold; /* farther than that from the rest is an outlier, in the unit of the metric */
    bool has_threshold; /* false: the engine's for comparing two faces */
    float min_quality;  /* less is low quality; 0: VULTUS_REVIEW_QUALITY; < 0: any */
    unsigned concerns;  /* a bit (1u << concern) for each that is wanted; 0: all */
    /* Called now and then; false stops, and the review is CANCELLED. May be NULL. */
    bool (*progress)(void *context, size_t done, size_t total);
    void *context;
} vultus_review_options;

/* Of LFW's pictures one in a hundred is worse. */
#define VULTUS_REVIEW_QUALITY 0.8f

/*
 * Looks at all faces of the engine's embedder. The thresholds are the engine's: a face is an outlier when
 * it is no match with the rest of its person, and people are duplicates when one would be identified as the
 * other. MISMATCH: the gallery has faces, but none by this embedder. Clear with vultus_review_clear.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_review(vultus_gallery *gallery,
                                                               vultus_engine *engine,
                                                               const vultus_review_options *options,
                                                               vultus_review *out,
                                                               vultus_error *error);
VULTUS_API void vultus_review_clear(vultus_review *review);

#ifdef __cplusplus
}
#endif
#endif
