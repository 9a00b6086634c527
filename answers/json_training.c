/* See json_training.h. */
#include "answers/json_training.h"

json_t *json_trial(const vultus_classifier_trial *trial)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "parameters", json_text(trial->parameters),
                     "accuracy", json_number(trial->accuracy), "deviation",
                     json_number(trial->deviation), "macro_f1", json_number(trial->macro_f1),
                     "log_loss", json_number(trial->log_loss));
}

static json_t *json_trials(const vultus_classifier_report *report)
{
    json_t *list = json_array();
    for (size_t i = 0; list && report->trial_count > 1 && i < report->trial_count; i++)
        list = json_appended(list, json_trial(&report->trials[i]));
    return list;
}

json_t *json_confused(const vultus_classifier *classifier, size_t person)
{
    return json_text(vultus_classifier_name(classifier, person));
}

/* Without a classifier: numbers. */
static json_t *json_confusion(const vultus_classifier *classifier,
                              const vultus_classifier_report *report)
{
    json_t *list = json_array();
    size_t count =
        report->confusion_count < JSON_CONFUSION_MAX ? report->confusion_count : JSON_CONFUSION_MAX;
    for (size_t i = 0; list && i < count; i++) {
        const vultus_confusion *cell = &report->confusion[i];
        list = json_appended(list, json_pack("{s:o, s:o, s:o}", "truth",
                                             classifier ? json_confused(classifier, cell->truth)
                                                        : json_whole(cell->truth),
                                             "answer",
                                             classifier ? json_confused(classifier, cell->answer)
                                                        : json_whole(cell->answer),
                                             "count", json_whole(cell->count)));
    }
    return list;
}

json_t *json_training(const vultus_classifier *classifier, const vultus_classifier_report *report,
                      bool names)
{
    json_t *counts = json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:i}", "accuracy_low",
                               json_number(report->accuracy_low), "accuracy_high",
                               json_number(report->accuracy_high), "method", report->method,
                               "people", json_whole(report->people), "pictures",
                               json_whole(report->pictures), "single", json_whole(report->single),
                               "tested", json_whole(report->tested), "folds", (int)report->folds);
    json_t *rule = json_pack(
        "{s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "strangers", json_whole(report->strangers),
        "estimated", report->estimated, "threshold", json_number(report->threshold), "far",
        json_number(vultus_classifier_far(classifier)), "false_positives",
        json_number(report->false_positives), "recognised", json_number(report->recognised),
        "embedder", json_text(vultus_classifier_embedder(classifier)), "trials",
        json_trials(report), "confusion", json_confusion(names ? classifier : NULL, report));
    return json_joined(json_trial(&report->chosen), json_joined(counts, rule));
}
