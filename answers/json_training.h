/* What a training says of itself, as JSON. */
#ifndef ANSWERS_JSON_TRAINING_H
#define ANSWERS_JSON_TRAINING_H

#include "answers/json_values.h"

#define JSON_CONFUSION_MAX 10000 /* cells of one answer */

/* parameters, accuracy, deviation, macro_f1, log_loss. */
json_t *json_trial(const vultus_classifier_trial *trial);
/* Those of the chosen one with accuracy_low, accuracy_high, method, people, pictures, ..., trials (of a grid) and
 * confusion: truth, answer, count of the cells that are not 0. Without `names` people stand there by their number. */
json_t *json_training(const vultus_classifier *classifier, const vultus_classifier_report *report,
                      bool names);
/* The name that stands there instead of a number. */
json_t *json_confused(const vultus_classifier *classifier, size_t person);

#endif
