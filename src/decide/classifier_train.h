/* Training a classifier with everything around it: cross-validation, a grid, the threshold for strangers. */
#ifndef DECIDE_CLASSIFIER_TRAIN_H
#define DECIDE_CLASSIFIER_TRAIN_H

#include "decide/classifier.h"

#define CLASSIFIER_FOLDS 5
#define CLASSIFIER_FOLDS_MAX 100
#define CLASSIFIER_SLOPES 8 /* that are tried, see classifier_folds.c */

#define CLASSIFIER_GRID_NEEDS_FOLDS "a grid needs cross-validation; ask for at least two folds"

struct classifier_trainer {
    const struct classifier_method *method;
    const struct classifier_parameters *grid; /* combinations to choose from */
    size_t grid_count;
    struct classifier_rows data; /* weights are made here: NULL */
    bool raw;
    unsigned folds; /* 1: no cross-validation */
    double far;
    const float *strangers; /* stranger_count x dimension */
    size_t stranger_count;
    uint64_t seed;
    struct pool *pool;
    const vultus_training *training;
    void (*tested)(void *context, const vultus_classifier_fold *fold); /* may be NULL */
    unsigned validating; /* folds of the cross-validation that runs; 0: none does */
    size_t done, total;  /* steps */
};

/* Fills in `report` but for its method and counts of people, and the model. After a failure both are to be
 * cleared all the same. */
vultus_status classifier_train(struct classifier_trainer *trainer, struct classifier_model *out,
                               vultus_classifier_report *report,
                               vultus_error *error) VULTUS_MUST_USE;

/* ------------------------------------------------------------------ classifier_folds.c */

struct classifier_outcome { /* of a face that the model had not seen */
    uint32_t row, truth, person;
    double probability; /* of the truth; NaN where that is not among the model's people */
    double score;
};

/* One training without some rows, and what it says of those. */
struct classifier_fold {
    const struct classifier_parameters *parameters;
    const uint8_t *held;                 /* of each row: 1 is tested, 0 is trained on */
    double slope;                        /* 0: each of the slopes in turn, else this one */
    struct classifier_outcome *outcomes; /* rows held x slopes, slope by slope */
    size_t held_count;
    vultus_status status;
    vultus_error error;
};

/* The slope number i; SLOPES of them when the method has one, else 1. */
double classifier_slope(size_t i);
size_t classifier_slopes(const struct classifier_method *method);

/* Trains all folds, each on one thread, and reports progress. Outcomes are to be freed, also after a failure. */
vultus_status classifier_run_folds(struct classifier_trainer *trainer,
                                   struct classifier_fold *folds, size_t count,
                                   vultus_error *error) VULTUS_MUST_USE;
/* Trains on all rows. */
vultus_status classifier_train_all(struct classifier_trainer *trainer,
                                   const struct classifier_parameters *parameters,
                                   struct classifier_model *out,
                                   vultus_error *error) VULTUS_MUST_USE;

/* ------------------------------------------------------------------ classifier_judge.c */

struct classifier_folds { /* of one combination of parameters */
    const struct classifier_method *method;
    const struct classifier_fold *items;
    unsigned count;
    size_t people; /* of all folds */
};

/* Fills in the measures, and which slope has the least loss. */
vultus_status classifier_judge(const struct classifier_folds *folds, vultus_classifier_trial *trial,
                               size_t *slope, vultus_error *error) VULTUS_MUST_USE;

/* ------------------------------------------------------------------ classifier_confusion.c */

/* Who was taken for whom with this slope, and how far the accuracy can be trusted. `seed` is of the draws. */
vultus_status classifier_confuse(const struct classifier_folds *folds, size_t slope, uint64_t seed,
                                 vultus_classifier_report *report,
                                 vultus_error *error) VULTUS_MUST_USE;

#endif
