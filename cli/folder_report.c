/* The report of vultus evaluate folder for people and for programs, and the answer for every face as CSV. */
#define _GNU_SOURCE
#include "base/memory.h"
#include "command.h"
#include "console.h"
#include "evaluate_folder.h"
#include "figures.h"
#include "measures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREDICTIONS_MAX ((size_t)4 << 30)
#define MISTAKES_SHOWN 10
#define CURVE_POINTS 200 /* of a curve in JSON: what a plot can show */

/* ------------------------------------------------------------------ for people */

static void put_named(const struct folder_evaluation *evaluation, const char *key)
{
    const vultus_identification_report *report = &evaluation->report;
    for (const struct figure *figure = identification_figures; figure->key; figure++)
        if (!strcmp(figure->key, key))
            figure_put(figure, &report->value, &report->low, &report->high);
}

static void put_averages(const vultus_identification_figures *value)
{
    const struct {
        const char *name, *meaning;
        const vultus_rates *rates;
    } rows[] = {{"macro", "the mean over people; unknown counts as one", &value->macro},
                {"micro", "all answers added up", &value->micro},
                {"weighted", "people count by their faces", &value->weighted}};
    putchar('\n');
    answer_line("%-22s %9s  %9s  %11s  %9s", "over people", "PRECISION", "RECALL", "SPECIFICITY",
                "F1");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        answer_line("  %-20s %7.2f %%  %7.2f %%  %9.2f %%  %7.2f %%  %s", rows[i].name,
                    100 * rows[i].rates->precision, 100 * rows[i].rates->recall,
                    100 * rows[i].rates->specificity, 100 * rows[i].rates->f1, rows[i].meaning);
}

/* Figures whose key begins so and that can be told; what the rest would need is said once. */
static void put_rates(const struct folder_evaluation *evaluation, const char *prefix,
                      const char *of_what, uint64_t have)
{
    const vultus_identification_report *report = &evaluation->report;
    const char *first = NULL;
    for (const struct figure *figure = identification_figures; figure->key; figure++) {
        if (strncmp(figure->key, prefix, strlen(prefix)) != 0)
            continue;
        if (isfinite(figure_value(figure, &report->value)))
            figure_put(figure, &report->value, &report->low, &report->high);
        else if (!first)
            first = figure->label;
    }
    if (first)
        answer_line("%-22s %9s  not with %llu %s", first, "-", (unsigned long long)have, of_what);
}

static int by_count(const void *a, const void *b)
{
    const vultus_confusion *left = a, *right = b;
    if (left->count != right->count)
        return left->count < right->count ? 1 : -1;
    return left->truth != right->truth
               ? (left->truth > right->truth ? 1 : -1)
               : (left->answer > right->answer) - (left->answer < right->answer);
}

static int put_mistakes(const struct folder_evaluation *evaluation)
{
    const vultus_identification_report *report = &evaluation->report;
    vultus_confusion *cells = mem_array(report->confusion_count, sizeof *cells);
    size_t count = 0;
    if (!cells) {
        complain("not enough memory");
        return EXIT_ENVIRONMENT;
    }
    for (size_t i = 0; i < report->confusion_count; i++)
        if (report->confusion[i].truth != report->confusion[i].answer)
            cells[count++] = report->confusion[i];
    qsort(cells, count, sizeof *cells, by_count);
    if (count) {
        putchar('\n');
        answer_line("most frequent mistakes");
    }
    for (size_t i = 0; i < count && i < MISTAKES_SHOWN; i++) {
        uint32_t truth = report->classes[cells[i].truth].person;
        uint32_t answer = report->classes[cells[i].answer].person;
        answer_line("  %-20s %zu of %zu called %s",
                    truth == VULTUS_NOBODY ? "strangers" : folder_name(evaluation, truth),
                    cells[i].count, report->classes[cells[i].truth].support,
                    folder_name(evaluation, answer));
    }
    if (count > MISTAKES_SHOWN)
        answer_line("  and %zu more kinds; --predictions FILE has every face",
                    count - MISTAKES_SHOWN);
    mem_free(cells);
    return EXIT_DONE;
}

static void put_counts(const struct folder_evaluation *evaluation)
{
    const vultus_identification_report *report = &evaluation->report;
    const struct gathering *gathering = &evaluation->gathering;
    answer_line(
        "%-22s %zu of enrolled people, %zu of strangers; %zu people enrolled with %zu faces",
        "faces looked up", report->mated, report->strangers, report->enrolled,
        evaluation->sides.known_count);
    if (gathering->pictures)
        answer_line("%-22s %zu, %zu without a face%s, %zu not readable; %.1f s", "pictures",
                    gathering->pictures, gathering->faceless,
                    evaluation->options->whole_picture ? " (taken whole)" : "",
                    gathering->unreadable, gathering->seconds);
    answer_line("%-22s %s %s %.4g", "threshold",
                evaluation->trials.metric == VULTUS_METRIC_COSINE ? "cosine" : "distance",
                evaluation->trials.metric == VULTUS_METRIC_COSINE ? ">=" : "<=",
                (double)evaluation->trials.threshold);
    if (report->drawn)
        answer_line(
            "%-22s %g %% of %u draws of %zu people of the faces looked up; the enrolled stay",
            "intervals", 100 * (double)evaluation->options->confidence,
            evaluation->options->bootstrap, report->drawn);
}

static int put_text(const struct folder_evaluation *evaluation)
{
    const vultus_identification_report *report = &evaluation->report;
    static const char *const first[] = {"accuracy", "names_precision", "names_recall", "fpir"};
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        if (strcmp(first[i], "fpir") != 0 || report->strangers)
            put_named(evaluation, first[i]);
    if (!report->strangers)
        answer_line("%-22s %9s  everybody in TEST is enrolled: how strangers fare is not known",
                    "strangers named", "-");
    put_counts(evaluation);
    put_averages(&report->value);
    if (report->mated) {
        putchar('\n');
        answer_line("without a threshold");
        put_named(evaluation, "rank_1");
        if (report->enrolled > 5)
            put_named(evaluation, "rank_5");
        if (report->enrolled > 20)
            put_named(evaluation, "rank_20");
    }
    if (report->mated && report->strangers) {
        putchar('\n');
        answer_line("at other thresholds, strangers among them");
        put_rates(evaluation, "dir_at", "faces of strangers", report->strangers);
    }
    if (report->same && report->different) {
        putchar('\n');
        answer_line(
            "verification: each face with each enrolled person, %llu same and %llu different",
            (unsigned long long)report->same, (unsigned long long)report->different);
        put_named(evaluation, "auc");
        put_named(evaluation, "eer");
        put_rates(evaluation, "tar_at", "comparisons of different people", report->different);
    }
    return put_mistakes(evaluation);
}

/* ------------------------------------------------------------------ JSON */

static bool append(json_t *list, json_t *value)
{
    return !json_array_append_new(list, value);
}

static json_t *json_classes(const struct folder_evaluation *evaluation)
{
    const vultus_identification_report *report = &evaluation->report;
    json_t *list = json_array();
    bool good = list != NULL;
    for (size_t i = 0; good && i < report->class_count; i++) {
        const vultus_class *each = &report->classes[i];
        good = append(list, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name",
                                      json_text(folder_name(evaluation, each->person)), "faces",
                                      json_whole(each->support), "answered",
                                      json_whole(each->answered), "right", json_whole(each->right),
                                      "precision", json_number(each->rates.precision), "recall",
                                      json_number(each->rates.recall), "specificity",
                                      json_number(each->rates.specificity), "f1",
                                      json_number(each->rates.f1)));
    }
    return good ? list : (json_decref(list), NULL);
}

static json_t *json_confusion(const struct folder_evaluation *evaluation)
{
    const vultus_identification_report *report = &evaluation->report;
    json_t *list = json_array();
    bool good = list != NULL;
    for (size_t i = 0; good && i < report->confusion_count; i++) {
        const vultus_confusion *cell = &report->confusion[i];
        uint32_t truth = report->classes[cell->truth].person;
        uint32_t answer = report->classes[cell->answer].person;
        good = append(list, json_pack("{s:o, s:o, s:o}", "true",
                                      json_text(folder_name(evaluation, truth)), "predicted",
                                      json_text(folder_name(evaluation, answer)), "faces",
                                      json_whole(cell->count)));
    }
    return good ? list : (json_decref(list), NULL);
}

static json_t *json_curves(const vultus_identification_report *report)
{
    json_t *cmc = json_array(), *roc = json_array(), *open = json_array();
    size_t ranks = report->mated ? report->enrolled : 0;
    bool good = cmc && roc && open;
    for (size_t k = 0; good && k < VULTUS_RANKS && k < ranks; k++)
        good = append(cmc, json_number(report->value.cmc[k]));
    for (size_t i = 0; good && i < CURVE_POINTS && i < report->roc_count; i++) {
        size_t count = report->roc_count < CURVE_POINTS ? report->roc_count : CURVE_POINTS;
        const vultus_roc_point *point = &report->roc[i * (report->roc_count - 1) / (count - 1)];
        good = append(roc, json_pack("[o, o, o]", json_number(point->far), json_number(point->tar),
                                     json_number(point->threshold)));
    }
    for (size_t i = 0; good && i < CURVE_POINTS && i < report->open_count; i++) {
        size_t count = report->open_count < CURVE_POINTS ? report->open_count : CURVE_POINTS;
        const vultus_open_point *point =
            &report->open[count > 1 ? i * (report->open_count - 1) / (count - 1) : 0];
        good = append(open, json_pack("[o, o, o]", json_number(point->fpir),
                                      json_number(point->dir), json_number(point->threshold)));
    }
    return json_pack("{s:o, s:o, s:o}", "cmc", cmc, "roc", roc, "open_set", open);
}

static json_t *json_counts(const struct folder_evaluation *evaluation)
{
    const vultus_identification_report *report = &evaluation->report;
    const struct gathering *gathering = &evaluation->gathering;
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o}",
        "probes", json_whole(report->probes), "known_probes", json_whole(report->mated),
        "stranger_probes", json_whole(report->strangers), "people_enrolled",
        json_whole(report->enrolled), "faces_enrolled", json_whole(evaluation->sides.known_count),
        "on_both_sides", json_whole(report->copies), "same", json_whole(report->same), "different",
        json_whole(report->different), "metric", metric_name(evaluation->trials.metric),
        "threshold", json_number((double)evaluation->trials.threshold), "far_at_threshold",
        json_number(report->far_at_threshold), "frr_at_threshold",
        json_number(report->frr_at_threshold), "pictures", json_whole(gathering->pictures),
        "without_face", json_whole(gathering->faceless), "not_readable",
        json_whole(gathering->unreadable), "embedder", json_text(gathering->set.embedder),
        "confidence", json_number((double)evaluation->options->confidence), "resamples",
        json_whole(report->drawn ? evaluation->options->bootstrap : 0), "people_drawn",
        json_whole(report->drawn));
}

static json_t *json_report(const struct folder_evaluation *evaluation)
{
    const vultus_identification_report *report = &evaluation->report;
    json_t *value = json_object(), *counts = json_counts(evaluation);
    bool good =
        value && counts &&
        figures_json(value, identification_figures, &report->value, &report->low, &report->high) &&
        !json_object_update(value, counts) &&
        !json_object_set_new(value, "people", json_classes(evaluation)) &&
        !json_object_set_new(value, "confusion", json_confusion(evaluation));
    if (good && evaluation->options->format == FORMAT_JSON) {
        json_t *curves = json_curves(report);
        good = curves && !json_object_update(value, curves);
        json_decref(curves);
    }
    json_decref(counts);
    if (good)
        return value;
    json_decref(value);
    return NULL;
}

int folder_put(const struct folder_evaluation *evaluation)
{
    if (evaluation->options->format != FORMAT_TABLE)
        return measures_put(json_report(evaluation), evaluation->options->format);
    answer_begin();
    int code = put_text(evaluation);
    return answer_end() ? code : EXIT_ENVIRONMENT;
}

/* ------------------------------------------------------------------ every face */

static vultus_status quote(struct buffer *out, const char *text, vultus_error *error)
{
    vultus_status status = csv_quote(out, text, error);
    return status ? status : buffer_append(out, ",", 1, error);
}

static vultus_status write_box(struct buffer *out, const vultus_face *face, vultus_error *error)
{
    if (!(face->score > 0))
        return buffer_print(out, error, ",,,,");
    return buffer_print(out, error, "%.1f,%.1f,%.1f,%.1f,", (double)face->box.x,
                        (double)face->box.y, (double)face->box.width, (double)face->box.height);
}

/* The probability that it is one person; nothing where no calibration can say. */
static vultus_status write_similarity(const struct folder_evaluation *evaluation, float cosine,
                                      float distance, struct buffer *out, vultus_error *error)
{
    const struct session *session = &evaluation->session;
    const vultus_calibration *calibration =
        session->engine ? vultus_engine_calibration(session->engine) : NULL;
    bool by_distance = evaluation->trials.metric == VULTUS_METRIC_EUCLIDEAN;
    double similarity = NAN;
    if (calibration && vultus_calibration_about(calibration).by_distance == by_distance)
        similarity =
            vultus_calibration_similarity(calibration, (double)(by_distance ? distance : cosine));
    return isnan(similarity) ? VULTUS_OK : buffer_print(out, error, "%.6f", similarity);
}

static vultus_status write_trial(const struct folder_evaluation *evaluation,
                                 const vultus_trial *trial, struct buffer *out, vultus_error *error)
{
    bool second = trial->second != VULTUS_NOBODY;
    vultus_status status = quote(out, folder_source(evaluation, trial->row), error);
    if (!status)
        status = write_box(out, &evaluation->gathering.rows[trial->row].face, error);
    if (!status)
        status = quote(out, folder_name(evaluation, trial->mated ? trial->person : VULTUS_NOBODY),
                       error);
    if (!status)
        status =
            quote(out, folder_name(evaluation, trial->match ? trial->best : VULTUS_NOBODY), error);
    if (!status)
        status = write_similarity(evaluation, trial->cosine, trial->distance, out, error);
    if (!status)
        status = buffer_print(out, error, ",%.6f,", (double)trial->cosine);
    if (!status)
        status = quote(out, second ? folder_name(evaluation, trial->second) : "", error);
    if (!status && second)
        status =
            write_similarity(evaluation, trial->second_cosine, trial->second_distance, out, error);
    if (!status)
        status = buffer_append(out, ",", 1, error);
    if (!status && second)
        status = buffer_print(out, error, "%.6f", (double)trial->second_cosine);
    if (!status)
        status = buffer_print(out, error, ",%.6f,%.6g,%s,%s,", (double)trial->margin,
                              (double)evaluation->trials.threshold, trial->match ? "true" : "false",
                              folder_right(trial) ? "true" : "false");
    if (!status)
        status = quote(out, folder_why(trial), error);
    if (!status)
        status =
            quote(out, trial->person == VULTUS_NOBODY ? "" : folder_name(evaluation, trial->person),
                  error);
    if (!status)
        status = quote(out, folder_name(evaluation, trial->best), error);
    if (!status)
        status = buffer_print(out, error, "%.6f,%s", (double)trial->distance,
                              metric_name(evaluation->trials.metric));
    if (!status)
        status = trial->rank ? buffer_print(out, error, ",%u\n", trial->rank)
                             : buffer_print(out, error, ",\n");
    return status;
}

int folder_write_predictions(const struct folder_evaluation *evaluation, const char *path)
{
    struct buffer out;
    vultus_error error = {0};
    buffer_init(&out, PREDICTIONS_MAX);
    vultus_status status = buffer_print(
        &out, &error, "%s",
        "file,x,y,width,height,true,predicted,similarity,cosine,second,second_similarity,"
        "second_cosine,margin,threshold,match,correct,why,person,nearest,distance,metric,rank\n");
    for (size_t i = 0; !status && i < evaluation->trials.count; i++)
        status = write_trial(evaluation, &evaluation->trials.items[i], &out, &error);
    return csv_write(&out, status, path, &error);
}
