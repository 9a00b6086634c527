/*
 * How good trainings were, from what they said of held-out rows: the measures of a cross-validation, by the
 * definitions of scikit-learn.
 */
#include "base/memory.h"
#include "decide/classifier_train.h"

#include <math.h>

#define LEAST_PROBABILITY 1e-15 /* log-loss is cut here, as scikit-learn did */

/* `doubt`: how much the truth itself is doubted; 0 gives the log-loss that people know. */
static double log_loss(const struct classifier_folds *folds, size_t slope, double doubt)
{
    double loss = 0;
    size_t count = 0;
    for (unsigned f = 0; f < folds->count; f++) {
        const struct classifier_fold *fold = &folds->items[f];
        const struct classifier_outcome *outcomes = fold->outcomes + slope * fold->held_count;
        for (size_t i = 0; i < fold->held_count; i++) {
            double right = fmax(outcomes[i].probability, LEAST_PROBABILITY);
            double wrong = fmax(1 - outcomes[i].probability, LEAST_PROBABILITY);
            loss -= (1 - doubt) * log(right) + doubt * log(wrong);
        }
        count += fold->held_count;
    }
    return loss / (double)count;
}

/* The slope with the least loss, where the truth is doubted as Platt (1999) does it: of n right answers none is
 * surer than 1 - 1 / (n + 2). People who are told apart without a mistake would get an infinite slope else. */
static size_t best_slope(const struct classifier_folds *folds)
{
    const size_t slopes = classifier_slopes(folds->method);
    double least = INFINITY;
    size_t best = 0, count = 0;
    for (unsigned f = 0; f < folds->count; f++)
        count += folds->items[f].held_count;
    for (size_t s = 0; s < slopes; s++) {
        double loss = log_loss(folds, s, 1 / ((double)count + 2));
        if (loss < least) {
            least = loss;
            best = s;
        }
    }
    return best;
}

struct tally { /* of one person */
    size_t right, truth, named;
};

/* Mean over those who were tested or named, as scikit-learn counts. */
static double macro_f1(const struct tally *tallies, size_t people)
{
    double sum = 0;
    size_t count = 0;
    for (size_t p = 0; p < people; p++) {
        if (!tallies[p].truth && !tallies[p].named)
            continue;
        sum += 2.0 * (double)tallies[p].right / (double)(tallies[p].truth + tallies[p].named);
        count++;
    }
    return sum / (double)count;
}

vultus_status classifier_judge(const struct classifier_folds *folds, vultus_classifier_trial *trial,
                               size_t *slope, vultus_error *error)
{
    const size_t people = folds->people;
    struct tally *tallies = mem_zalloc(people, sizeof *tallies);
    double sum = 0, squares = 0;
    size_t right = 0, count = 0;
    if (!tallies)
        return status_memory(error, "training");
    *slope = best_slope(folds);
    trial->log_loss = log_loss(folds, *slope, 0);
    for (unsigned f = 0; f < folds->count; f++) {
        const struct classifier_fold *fold = &folds->items[f];
        const struct classifier_outcome *outcomes = fold->outcomes + *slope * fold->held_count;
        size_t fold_right = 0;
        for (size_t i = 0; i < fold->held_count; i++) {
            const bool good = outcomes[i].person == outcomes[i].truth;
            tallies[outcomes[i].truth].truth++;
            tallies[outcomes[i].person].named++;
            tallies[outcomes[i].truth].right += good;
            fold_right += good;
        }
        double accuracy = (double)fold_right / (double)fold->held_count;
        sum += accuracy;
        squares += accuracy * accuracy;
        right += fold_right;
        count += fold->held_count;
    }
    const double mean = sum / folds->count;
    trial->accuracy = (double)right / (double)count;
    trial->deviation = sqrt(fmax(0, squares / folds->count - mean * mean));
    trial->macro_f1 = macro_f1(tallies, people);
    mem_free(tallies);
    return VULTUS_OK;
}
