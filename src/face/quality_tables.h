/* What the measures of quality were taught; the numbers are in quality_tables.c. */
#ifndef FACE_QUALITY_TABLES_H
#define FACE_QUALITY_TABLES_H

#include "face/quality.h"

struct quality_head { /* a logistic regression */
    float bias, weights[QUALITY_FEATURES];
};

extern const struct quality_head quality_eyes, quality_mouth;

/* The terms of the score, each 0 for a good face and growing as it gets worse. */
enum {
    QUALITY_TERM_SIZE,
    QUALITY_TERM_BLUR,
    QUALITY_TERM_DARK,
    QUALITY_TERM_BRIGHT,
    QUALITY_TERM_FLAT,
    QUALITY_TERM_YAW,
    QUALITY_TERM_PITCH,
    QUALITY_TERM_ROLL,
    QUALITY_TERM_OCCLUSION,
    QUALITY_TERM_DOUBT,
    QUALITY_TERMS
};

struct
    quality_model { /* 1 / (1 + exp(-(bias - the sum of weight x term))); no weight is negative */
    float bias, weights[QUALITY_TERMS];
};

extern const struct quality_model quality_model;

#endif
