/* The report of vultus evaluate pairs, for people and for programs, and the scores as CSV. */
#define _GNU_SOURCE
#include "evaluate_pairs.h"
#include "base/file.h"
#include "command.h"
#include "console.h"
#include "measures.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define SCORES_MAX ((size_t)1 << 30)

const char *evaluation_root(const struct options *options, char *path, size_t size)
{
    const char *slash = strrchr(options->operands[0], '/');
    if (options->root)
        return options->root;
    if (!slash)
        return ".";
    size_t length = (size_t)(slash - options->operands[0]);
    snprintf(path, size, "%.*s", (int)(length ? length : 1), options->operands[0]);
    return path;
}

static void put_percent(const char *label, double value)
{
    if (isfinite(value))
        printf("%-22s %6.2f %%\n", label, 100 * value);
    else
        printf("%-22s too few different pairs\n", label);
}

static void put_text(const struct evaluation *evaluation)
{
    const vultus_report *report = &evaluation->report;
    char at[64];
    printf("%-22s %zu same, %zu different, %zu left out\n", "pairs", report->same,
           report->different, evaluation->pairs.count - evaluation->scored);
    printf("%-22s %zu, %zu without a face%s, %zu not readable\n", "pictures",
           evaluation->subject_count, evaluation->faceless,
           evaluation->options->whole_picture ? " (taken whole)" : "", evaluation->unreadable);
    printf("%-22s %6.2f %% +- %.2f, %u folds\n", "accuracy", 100 * report->accuracy,
           100 * report->deviation, evaluation->folds);
    printf("%-22s %8.4f\n", "threshold", report->threshold);
    snprintf(at, sizeof at, "accuracy at %.4g", evaluation->contract_threshold);
    put_percent(at, report->accuracy_at_threshold);
    put_percent("  false accept rate", report->far_at_threshold);
    put_percent("  false reject rate", report->frr_at_threshold);
    printf("%-22s %8.4f\n", "AUC", report->auc);
    put_percent("equal error rate", report->eer);
    put_percent("TAR at FAR 1e-2", report->tar_at_far_1e2);
    put_percent("TAR at FAR 1e-3", report->tar_at_far_1e3);
    printf("%-22s %.1f s, %.1f pictures/s\n", "time", evaluation->seconds,
           (double)evaluation->subject_count / evaluation->seconds);
}

static json_t *json_report(const struct evaluation *evaluation)
{
    const vultus_report *report = &evaluation->report;
    const vultus_engine *engine = evaluation->session->engine;
    json_t *value = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:o}", "accuracy", json_number(report->accuracy),
        "deviation", json_number(report->deviation), "threshold", json_number(report->threshold),
        "contract_threshold", json_number(evaluation->contract_threshold), "accuracy_at_threshold",
        json_number(report->accuracy_at_threshold), "far_at_threshold",
        json_number(report->far_at_threshold), "frr_at_threshold",
        json_number(report->frr_at_threshold), "folds", (int)evaluation->folds, "auc",
        json_number(report->auc));
    json_t *more = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "eer",
        json_number(report->eer), "tar_at_far_1e-2", json_number(report->tar_at_far_1e2),
        "tar_at_far_1e-3", json_number(report->tar_at_far_1e3), "same", json_whole(report->same),
        "different", json_whole(report->different), "left_out",
        json_whole(evaluation->pairs.count - evaluation->scored), "pictures",
        json_whole(evaluation->subject_count), "without_face", json_whole(evaluation->faceless),
        "not_readable", json_whole(evaluation->unreadable), "seconds",
        json_number(evaluation->seconds), "pictures_per_second",
        json_number((double)evaluation->subject_count / evaluation->seconds), "metric",
        json_text(evaluation->distances ? "euclidean" : "cosine"), "detector",
        json_text(vultus_engine_detector(engine)), "embedder",
        json_text(vultus_engine_embedder(engine)));
    if (!value || !more || json_object_update(value, more)) {
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
                                        evaluation->distances ? "distance" : "similarity");
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
    return !code && options->output ? write_scores(evaluation, options->output) : code;
}
