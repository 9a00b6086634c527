/* identify --classifier: what a classifier says, in the shape of what a gallery says. */
#ifndef CLI_IDENTIFY_CLASSIFIER_H
#define CLI_IDENTIFY_CLASSIFIER_H

#include "options.h"

#include <vultus/vultus.h>

/* Reads --classifier; *out stays NULL without it. Returns an exit code. */
int classifier_open(const struct options *options, vultus_classifier **out);
/*
 * similarity: the probability; cosine: the closeness to the person's mean; margin: of the probabilities; threshold:
 * of the score, which `score` receives.
 */
vultus_status classifier_identify(const vultus_classifier *classifier, const vultus_engine *engine,
                                  const float *probe, vultus_identity *out, float *score,
                                  vultus_error *error) VULTUS_MUST_USE;
/* Nobody, of a face that is not live. */
void classifier_refuse(const vultus_classifier *classifier, vultus_identity *out, float *score);
/* The likeliest people, as vultus_gallery_rank gives the nearest. */
vultus_status classifier_rank(const vultus_classifier *classifier, const vultus_engine *engine,
                              const float *probe, vultus_match *matches, size_t capacity,
                              size_t *count, vultus_error *error) VULTUS_MUST_USE;

#endif
