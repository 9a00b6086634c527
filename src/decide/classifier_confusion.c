/*
 * Who was taken for whom among held-out rows, and an interval for the accuracy. People are drawn, not rows: rows of
 * one person are right and wrong together. Where that tells nothing, because all are recognised alike, the interval is
 * that of the rows.
 */
#include "base/memory.h"
#include "base/statistics.h"
#include "decide/bootstrap.h"
#include "decide/classifier_train.h"
#include "decide/confusion.h"

#include <math.h>

#define RESAMPLES 1000
#define LEAST_INTERVAL                                                                             \
    1e-9 /* less is no interval: all draws are the same, or there is one person to draw */

struct tested { /* a person of whom rows were held out */
    size_t rows, right;
};

static void measure(void *context, const uint32_t *weights, double *accuracy)
{
    const struct tested *people = context;
    double rows = 0, right = 0;
    for (size_t i = 0; people[i].rows; i++) {
        rows += weights[i] * (double)people[i].rows;
        right += weights[i] * (double)people[i].right;
    }
    *accuracy = rows > 0 ? right / rows : (double)NAN;
}

static vultus_status confide(const struct confusion *answers, size_t count, size_t people,
                             uint64_t seed, vultus_classifier_report *report, vultus_error *error)
{
    const vultus_bootstrap options = {.resamples = RESAMPLES, .seed = seed};
    struct tested *tested = mem_zalloc(people + 1, sizeof *tested); /* none ends the list */
    size_t units = 0, right = 0;
    if (!tested)
        return status_memory(error, "training");
    for (size_t i = 0; i < count; i++) {
        tested[answers->truth[i]].rows++;
        tested[answers->truth[i]].right += answers->truth[i] == answers->answer[i];
        right += answers->truth[i] == answers->answer[i];
    }
    for (size_t p = 0; p < people; p++)
        if (tested[p].rows)
            tested[units++] = tested[p];
    tested[units] = (struct tested){0};
    const struct bootstrap_plan plan = {
        .options = &options, .units = units, .figures = 1, .measure = measure, .context = tested};
    vultus_status status =
        bootstrap_run(&plan, &report->accuracy_low, &report->accuracy_high, error);
    mem_free(tested);
    if (!status && !(report->accuracy_high - report->accuracy_low > LEAST_INTERVAL))
        statistics_wilson(right, count, &report->accuracy_low, &report->accuracy_high);
    return status;
}

vultus_status classifier_confuse(const struct classifier_folds *folds, size_t slope, uint64_t seed,
                                 vultus_classifier_report *report, vultus_error *error)
{
    size_t all = 0, count = 0;
    for (unsigned f = 0; f < folds->count; f++)
        all += folds->items[f].held_count;
    struct confusion answers = {.truth = mem_array(all, sizeof *answers.truth),
                                .answer = mem_array(all, sizeof *answers.answer)};
    vultus_status status =
        answers.truth && answers.answer ? VULTUS_OK : status_memory(error, "training");
    for (unsigned f = 0; !status && f < folds->count; f++) {
        const struct classifier_fold *fold = &folds->items[f];
        const struct classifier_outcome *outcomes = fold->outcomes + slope * fold->held_count;
        for (size_t i = 0; i < fold->held_count; i++, count++) {
            answers.truth[count] = outcomes[i].truth;
            answers.answer[count] = outcomes[i].person;
        }
    }
    if (!status)
        status = confide(&answers, count, folds->people, seed, report, error);
    if (!status)
        status =
            confusion_cells(&answers, count, &report->confusion, &report->confusion_count, error);
    confusion_clear(&answers);
    return status;
}
