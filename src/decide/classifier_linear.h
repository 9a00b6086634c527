/* Classifiers with a row of weights and a bias for each person: what softmax and logistic keep. */
#ifndef DECIDE_CLASSIFIER_LINEAR_H
#define DECIDE_CLASSIFIER_LINEAR_H

#include "decide/classifier.h"

extern const struct classifier_layout linear_layout[];

/* The tensors, zeroed: "weights" [people, dimension] and "bias" [people, 1], in this order. */
vultus_status linear_add(struct classifier_model *model, vultus_error *error) VULTUS_MUST_USE;
/* row[dimension + 1], the bias last. */
void linear_set(struct classifier_model *model, size_t person, const double *row);
bool linear_check(const struct classifier_model *model);
size_t linear_room(const struct classifier_model *model);
/* out[people]: weights . probe + bias. */
void linear_values(const struct classifier_model *model, const float *probe, float *room,
                   double *out);

#endif
