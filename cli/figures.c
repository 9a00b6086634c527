/* See figures.h. The order is that of the reader's questions: how often is it right, whom does it get wrong,
 * then how that came about. */
#include "figures.h"
#include "console.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define AT(field) offsetof(vultus_identification_figures, field)

const struct figure identification_figures[] = {
    {"accuracy", "accuracy", "answers that are right: the name, or unknown for a stranger",
     AT(accuracy), false},
    {"names_precision", "names right", "of the names that were given (precision)",
     AT(names_precision), false},
    {"names_recall", "known people named", "of the faces of enrolled people (recall, TPIR)",
     AT(names_recall), false},
    {"fnir", "  missed or misnamed", "the others of them (FNIR)", AT(fnir), false},
    {"fpir", "strangers named", "of the faces of strangers; less is better (FPIR)", AT(fpir),
     false},
    {"precision_macro", "precision, macro", "right when this answer was given; mean over people",
     AT(macro.precision), false},
    {"recall_macro", "recall, macro", "faces of a person answered right; mean over people",
     AT(macro.recall), false},
    {"specificity_macro", "specificity, macro", "others' faces not given this answer",
     AT(macro.specificity), false},
    {"f1_macro", "F1, macro", "harmonic mean of precision and recall", AT(macro.f1), false},
    {"precision_micro", "precision, micro", "all answers added up", AT(micro.precision), false},
    {"recall_micro", "recall, micro", NULL, AT(micro.recall), false},
    {"specificity_micro", "specificity, micro", NULL, AT(micro.specificity), false},
    {"f1_micro", "F1, micro", NULL, AT(micro.f1), false},
    {"precision_weighted", "precision, weighted", "people count by their faces",
     AT(weighted.precision), false},
    {"recall_weighted", "recall, weighted", NULL, AT(weighted.recall), false},
    {"specificity_weighted", "specificity, weighted", NULL, AT(weighted.specificity), false},
    {"f1_weighted", "F1, weighted", NULL, AT(weighted.f1), false},
    {"rank_1", "rank 1", "the nearest is the right one, threshold aside (CMC)", AT(cmc[0]), false},
    {"rank_5", "rank 5", "the right one is among the five nearest", AT(cmc[4]), false},
    {"rank_10", "rank 10", NULL, AT(cmc[9]), false},
    {"rank_20", "rank 20", NULL, AT(cmc[19]), false},
    {"dir_at_fpir_1e-1", "DIR at FPIR 1e-1", "named right, were 1 stranger in 10 named",
     AT(dir_at_fpir[0]), false},
    {"dir_at_fpir_1e-2", "DIR at FPIR 1e-2", "... in 100", AT(dir_at_fpir[1]), false},
    {"dir_at_fpir_1e-3", "DIR at FPIR 1e-3", "... in 1000", AT(dir_at_fpir[2]), false},
    {"auc", "AUC", "a face is more like its own person than like another", AT(auc), true},
    {"eer", "equal error rate", "false accepts and false rejects alike; less is better", AT(eer),
     false},
    {"tar_at_far_1e-1", "TAR at FAR 1e-1", "same accepted, were 1 other in 10 accepted",
     AT(tar_at_far[0]), false},
    {"tar_at_far_1e-2", "TAR at FAR 1e-2", NULL, AT(tar_at_far[1]), false},
    {"tar_at_far_1e-3", "TAR at FAR 1e-3", NULL, AT(tar_at_far[2]), false},
    {"tar_at_far_1e-4", "TAR at FAR 1e-4", NULL, AT(tar_at_far[3]), false},
    {"tar_at_far_1e-5", "TAR at FAR 1e-5", NULL, AT(tar_at_far[4]), false},
    {"tar_at_far_1e-6", "TAR at FAR 1e-6", NULL, AT(tar_at_far[5]), false},
    {NULL, NULL, NULL, 0, false},
};

#undef AT
#define AT(field) offsetof(vultus_pair_figures, field)

const struct figure pair_figures[] = {
    {"accuracy", "accuracy", "threshold chosen on the other folds", AT(accuracy), false},
    {"accuracy_at_threshold", "accuracy at threshold",
     "at the model's own threshold, or the one asked for", AT(accuracy_at_threshold), false},
    {"far_at_threshold", "  false accept rate",
     "different people taken for the same; less is better", AT(far_at_threshold), false},
    {"frr_at_threshold", "  false reject rate", "the same person not recognised; less is better",
     AT(frr_at_threshold), false},
    {"auc", "AUC", "a same pair is more alike than a different one", AT(auc), true},
    {"eer", "equal error rate", "false accepts and false rejects alike; less is better", AT(eer),
     false},
    {"tar_at_far_1e-1", "TAR at FAR 1e-1", "same accepted, were 1 different pair in 10 accepted",
     AT(tar_at_far[0]), false},
    {"tar_at_far_1e-2", "TAR at FAR 1e-2", "... in 100", AT(tar_at_far[1]), false},
    {"tar_at_far_1e-3", "TAR at FAR 1e-3", "... in 1000", AT(tar_at_far[2]), false},
    {"tar_at_far_1e-4", "TAR at FAR 1e-4", NULL, AT(tar_at_far[3]), false},
    {"tar_at_far_1e-5", "TAR at FAR 1e-5", NULL, AT(tar_at_far[4]), false},
    {"tar_at_far_1e-6", "TAR at FAR 1e-6", NULL, AT(tar_at_far[5]), false},
    {NULL, NULL, NULL, 0, false},
};

double figure_value(const struct figure *figure, const void *figures)
{
    double value;
    memcpy(&value, (const char *)figures + figure->offset, sizeof value);
    return value;
}

const char *figure_text(const struct figure *figure, double value, char *text, size_t size)
{
    if (!isfinite(value))
        snprintf(text, size, "-");
    else if (figure->number)
        snprintf(text, size, "%.4f", value);
    else
        snprintf(text, size, "%.2f %%", 100 * value);
    return text;
}

const char *figure_interval(const struct figure *figure, const void *low, const void *high,
                            char *text, size_t size)
{
    double from = figure_value(figure, low), to = figure_value(figure, high);
    text[0] = '\0';
    if (isfinite(from) && isfinite(to))
        snprintf(text, size, figure->number ? "%.4f .. %.4f" : "%.2f .. %.2f",
                 figure->number ? from : 100 * from, figure->number ? to : 100 * to);
    return text;
}

void figure_put(const struct figure *figure, const void *value, const void *low, const void *high)
{
    char text[32], interval[48];
    const char *unit = figure->number ? "  " : ""; /* where the others have their percent */
    figure_text(figure, figure_value(figure, value), text, sizeof text);
    figure_interval(figure, low, high, interval, sizeof interval);
    if (figure->meaning)
        answer_line("%-22s %9s%s  %-18s  %s", figure->label, text, unit, interval, figure->meaning);
    else
        answer_line("%-22s %9s%s%s%s", figure->label, text, unit, *interval ? "  " : "", interval);
}

bool figures_json(json_t *object, const struct figure *figures, const void *value, const void *low,
                  const void *high)
{
    json_t *intervals = json_object();
    bool good = intervals != NULL;
    for (; good && figures->key; figures++) {
        double from = figure_value(figures, low), to = figure_value(figures, high);
        good =
            !json_object_set_new(object, figures->key, json_number(figure_value(figures, value)));
        if (good && isfinite(from) && isfinite(to))
            good = !json_object_set_new(intervals, figures->key,
                                        json_pack("[o, o]", json_number(from), json_number(to)));
    }
    if (good)
        return !json_object_set_new(object, "intervals", intervals);
    json_decref(intervals);
    return false;
}
