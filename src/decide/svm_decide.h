/* What a support vector machine for each pair of people says of a probe; classifier_svm.c trains them. */
#ifndef DECIDE_SVM_DECIDE_H
#define DECIDE_SVM_DECIDE_H

#include "decide/classifier.h"

/* Of the pair i < j, in the order (0,1), (0,2), ..., (1,2), ... */
size_t svm_pair(size_t people, size_t i, size_t j);
double svm_kernel(const struct classifier_model *model, double gamma, const float *a,
                  const float *b);

/* As the members of struct classifier_method. */
bool svm_check(const struct classifier_model *model);
size_t svm_room(const struct classifier_model *model);
void svm_predict(const struct classifier_model *model, const float *probe, void *memory,
                 double *probability);

#endif
