/* The report of vultus evaluate pairs, for people and for programs, and the scores as CSV. */
#define _GNU_SOURCE
#include "evaluate_pairs.h"
#include "base/file.h"
#include "command.h"
#include "console.h"
#include "figures.h"
#include "measures.h"
#include "siamese_figures.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SCORES_MAX ((size_t)1 << 30)

const char *evaluation_root(const struct options *options, const char *file, char *path,
                            size_t size)
{
    const char *slash = strrchr(file, '/');
    if (options->root)
        return options->root;
    if (!slash)
        return ".";
    size_t length = (size_t)(slash - file);
    snprintf(path, size, "%.*s", (int)(length ? length : 1), file);
    return path;
}

vultus_pair_figures evaluation_figures(const vultus_report *report)
{
    vultus_pair_figures figures = {.accuracy = report->accuracy,
                                   .accuracy_at_threshold = report->accuracy_at_threshold,
                                   .far_at_threshold = report->far_at_threshold,
                                   .frr_at_threshold = report->frr_at_threshold,
                                   .auc = report->auc,
                                   .eer = report->eer};
    memcpy(figures.tar_at_far, report->tar_at_far, sizeof figures.tar_at_far);
    return figures;
}

void evaluation_basis(const struct evaluation *evaluation, char *text, size_t size)
{
    if (options_has(evaluation->options, OPTION_FAR))
        snprintf(text, size, ", which %g of strangers reach by the calibration",
                 (double)evaluation->options->far);
    else
        snprintf(text, size, "%s",
                 options_has(evaluation->options, OPTION_THRESHOLD) ? ", as it was given"
                                                                    : ", the model's own");
}

static void put_text(const struct evaluation *evaluation)
{
    const vultus_report *report = &evaluation->report;
    const struct options *options = evaluation->options;
    const vultus_pair_figures figures = evaluation_figures(report);
    const struct figure *figure = pair_figures;
    char basis[64];
    evaluation_basis(evaluation, basis, sizeof basis);
    for (; figure->key && isfinite(figure_value(figure, &figures)); figure++)
        figure_put(figure, &figures, &report->low, &report->high);
    if (figure->key)
        printf("%-22s %9s  not with %zu different pairs\n", figure->label, "-", report->different);
    printf("%-22s %9.4f%s; mean over %u folds, whose accuracies deviate by %.2f %%\n", "threshold",
           report->threshold, evaluation->distances ? ", a distance" : "", evaluation->folds,
           100 * report->deviation);
    printf("%-22s %9.4f%s\n", "threshold in use", (double)evaluation->contract_threshold, basis);
    printf("%-22s %zu same, %zu different, %zu left out\n", "pairs", report->same,
           report->different, evaluation->pairs.count - evaluation->scored);
    printf("%-22s %zu, %zu without a face%s, %zu not readable\n", "pictures",
           evaluation->subject_count, evaluation->faceless,
           options->whole_picture ? " (taken whole)" : "", evaluation->unreadable);
    if (options->bootstrap)
        printf("%-22s %g %% of %u draws of %zu %s\n", "intervals",
               100 * (double)options->confidence, options->bootstrap,
               report->people ? report->people : evaluation->scored,
               report->people ? "people" : "pairs: the file does not say who they are of");
    printf("%-22s %.1f s, %.1f pictures/s\n", "time", evaluation->seconds,
           (double)evaluation->subject_count / evaluation->seconds);
    if (evaluation->siamese)
        siamese_put_figures("these_pairs", report, &evaluation->learnt_report);
}

static json_t *json_report(const struct evaluation *evaluation)
{
    const vultus_report *report = &evaluation->report;
    const vultus_engine *engine = evaluation->session->engine;
    const vultus_pair_figures figures = evaluation_figures(report);
    json_t *value = json_object();
    bool good = value && figures_json(value, pair_figures, &figures, &report->low, &report->high);
    json_t *more = json_pack(
        "{s:o, s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o}",
        "deviation", json_number(report->deviation), "threshold", json_number(report->threshold),
        "contract_threshold", json_number(evaluation->contract_threshold), "threshold_far",
        options_has(evaluation->options, OPTION_FAR) ? json_number((double)evaluation->options->far)
                                                     : json_null(),
        "folds", (int)evaluation->folds, "same", json_whole(report->same), "different",
        json_whole(report->different), "left_out",
        json_whole(evaluation->pairs.count - evaluation->scored), "pictures",
        json_whole(evaluation->subject_count), "without_face", json_whole(evaluation->faceless),
        "not_readable", json_whole(evaluation->unreadable), "people_drawn",
        json_whole(report->people), "seconds", json_number(evaluation->seconds),
        "pictures_per_second", json_number((double)evaluation->subject_count / evaluation->seconds),
        "metric", json_text(evaluation->distances ? "euclidean" : "cosine"), "detector",
        json_text(vultus_engine_detector(engine)), "embedder",
        json_text(vultus_engine_embedder(engine)), "resamples",
        json_whole(evaluation->options->bootstrap));
    if (good && evaluation->siamese)
        good = !json_object_set_new(value, "siamese",
                                    siamese_json_figures(&evaluation->learnt_report));
    if (!good || !more || json_object_update(value, more)) {
        json_decref(value);
        value = NULL;
    }
    json_decref(more);
    return value;
}

static int write_scores(const struct evaluation *evaluation, const char *path)
{
    struct buffer out;
    vultus_error error = {0};
    buffer_init(&out, SCORES_MAX);
    vultus_status status = buffer_print(&out, &error, "a,b,same,fold,%s\n",
                                        evaluation->distances ? "distance" : "cosine");
    for (size_t i = 0; !status && i < evaluation->scored; i++) {
        const vultus_pair *pair = &evaluation->pairs.items[evaluation->pair[i]];
        status = csv_quote(&out, pair->a, &error);
        if (!status)
            status = buffer_append(&out, ",", 1, &error);
        if (!status)
            status = csv_quote(&out, pair->b, &error);
        if (!status)
            status =
                buffer_print(&out, &error, ",%s,%u,%.6f\n", pair->same ? "Yes" : "No", pair->fold,
                             evaluation->distances ? -evaluation->score[i] : evaluation->score[i]);
    }
    return csv_write(&out, status, path, &error);
}

int evaluation_put(const struct evaluation *evaluation)
{
    const struct options *options = evaluation->options;
    int code = EXIT_DONE;
    if (options->format == FORMAT_TABLE)
        put_text(evaluation);
    else
        code = measures_put(json_report(evaluation), options->format);
    if (!code && options->output)
        code = write_scores(evaluation, options->output);
    return !code && options->html ? evaluation_write_page(evaluation, options->html) : code;
}
