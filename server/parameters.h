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
    PARAMETER_COUNT
};

/* The parameters that a route takes, ended by PARAMETER_COUNT. */
#define PARAMETERS(...) ((const unsigned char[]){__VA_ARGS__, PARAMETER_COUNT})

#define FACES_DEFAULT 100 /* of one picture: embedding more takes seconds */
#define FACES_LIMIT 1000
#define PAGE_DEFAULT 100
#define PAGE_LIMIT 1000

struct parameter_texts {
    const char *items[TARGET_QUERY_MAX];
    size_t count;
};

struct parameters {
    bool given[PARAMETER_COUNT];
    float min_face, threshold, far, min_margin, min_quality, min_size, min_sharpness;
    unsigned max_faces, top, limit;
    unsigned metric, select; /* which of the words */
    bool flip;
    const char *name, *after, *search, *gallery, *in_group, *with_tag; /* point into the target */
    struct parameter_texts people, groups, tags;
    vultus_filter filter; /* of these */
    unsigned after_face, days;
};

/* Reads the query. What is wrong is said in `message`, for whoever asked; `allowed` may be NULL: none. */
bool parameters_read(const struct target *target, const unsigned char *allowed,
                     struct parameters *out, char *message, size_t size);

vultus_detect_options parameters_detection(const struct parameters *parameters);
vultus_decision parameters_decision(const struct parameters *parameters);

#endif
