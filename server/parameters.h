/* Every parameter that a query may have: one table for reading, checking and the description of the interface. */
#ifndef SERVER_PARAMETERS_H
#define SERVER_PARAMETERS_H

#include "target.h"

#include <vultus/vultus.h>

enum parameter_id {
    PARAMETER_MIN_FACE,
    PARAMETER_MAX_FACES,
    PARAMETER_FLIP,
    PARAMETER_METRIC,
    PARAMETER_THRESHOLD,
    PARAMETER_FAR,
    PARAMETER_MIN_MARGIN,
    PARAMETER_MIN_QUALITY,
    PARAMETER_LIVENESS,
    PARAMETER_REQUIRE_LIVE,
    PARAMETER_TOP,
    PARAMETER_NAME,
    PARAMETER_SELECT,
    PARAMETER_MIN_SIZE,
    PARAMETER_MIN_SHARPNESS,
    PARAMETER_LIMIT,
    PARAMETER_AFTER,
    PARAMETER_SEARCH,
    PARAMETER_GALLERY,
    PARAMETER_IN_GROUP, /* one */
    PARAMETER_WITH_TAG,
    PARAMETER_PERSON, /* these may be given several times: among whom to look */
    PARAMETER_GROUP,
    PARAMETER_TAG,
    PARAMETER_AFTER_FACE,
    PARAMETER_DAYS,
    PARAMETER_LABEL,
    PARAMETER_PICTURE,
    PARAMETER_METHOD,
    PARAMETER_C, /* from here on those of classifiers' methods, as text */
    PARAMETER_GAMMA,
    PARAMETER_N_NEIGHBORS,
    PARAMETER_WEIGHTS,
    PARAMETER_N_ESTIMATORS,
    PARAMETER_MAX_DEPTH,
    PARAMETER_CLASS_WEIGHT,
    PARAMETER_TOL,
    PARAMETER_MAX_ITER, /* to here */
    PARAMETER_GRID,
    PARAMETER_CV,
    PARAMETER_SEED,
    PARAMETER_COUNT
};

/* The parameters that a route takes, ended by PARAMETER_COUNT. */
#define PARAMETERS(...) ((const unsigned char[]){__VA_ARGS__, PARAMETER_COUNT})

#define FACES_DEFAULT 100 /* of one picture: embedding more takes seconds */
#define FACES_LIMIT 1000
#define HYPER_COUNT (PARAMETER_MAX_ITER - PARAMETER_C + 1)
#define FOLDS_LIMIT 100
#define PAGE_DEFAULT 100
#define PAGE_LIMIT 1000

struct parameter_texts {
    const char *items[TARGET_QUERY_MAX];
    size_t count;
};

struct parameters {
    bool given[PARAMETER_COUNT];
    float min_face, threshold, far, min_margin, min_quality, min_size, min_sharpness;
    float require_live; /* below 0: the model's own threshold */
    unsigned max_faces, top, limit, cv, seed;
    unsigned metric, select; /* which of the words */
    struct parameter_texts people, groups, tags;
    vultus_filter filter; /* of these */
    unsigned after_face, days;
    bool flip, picture, liveness;
    const char *name, *after, *search, *label, *method, *grid; /* point into the target, as do: */
    const char *gallery, *in_group, *with_tag;
    const char *hyper[HYPER_COUNT]; /* C, gamma, ... */
};

/* Reads the query. What is wrong is said in `message`, for whoever asked; `allowed` may be NULL: none. */
bool parameters_read(const struct target *target, const unsigned char *allowed,
                     struct parameters *out, char *message, size_t size);

vultus_detect_options parameters_detection(const struct parameters *parameters);
/* How enrolment looks at a picture. */
vultus_sample_options parameters_sample(const struct parameters *parameters);
/* The name of a parameter. Static storage. */
const char *parameter_name(enum parameter_id id);
vultus_decision parameters_decision(const struct parameters *parameters);

#endif
