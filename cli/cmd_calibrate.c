/*
 * vultus calibrate: fits what scores mean to pairs of pictures, to folders of people or to the gallery, stores
 * it for the embedder, and shows which threshold has which false accept rate. Where the faces come from is
 * all that differs between the three.
 */
#include "base/file.h"
#include "base/memory.h"
#include "command.h"
#include "console.h"
#include "evaluate_pairs.h"
#include "gallery_rows.h"
#include "gather.h"
#include "measures.h"
#include "table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double rates[] = {1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6};
static const size_t galleries[] = {10, 100, 1000, 10000};
enum { RATES = 6, GALLERIES = 4 };

struct calibrate {
    const struct options *options;
    struct session session;
    vultus_calibration *fitted;
    char path[FILE_PATH_MAX];
    char data[VULTUS_CALIBRATION_DATA_MAX + 1];
};

/* ------------------------------------------------------------------ the answer */

static const char *unit_of(const struct calibrate *calibrate)
{
    return vultus_calibration_about(calibrate->fitted).by_distance ? "distance" : "cosine";
}

static void put_row(struct table *table, const struct calibrate *calibrate, double far,
                    size_t people)
{
    const vultus_calibration *fitted = calibrate->fitted;
    double threshold = vultus_calibration_threshold(fitted, far, people, people);
    table_whole(table, (long long)people);
    table_rate(table, far);
    table_number(table, threshold, 3, 5);
    table_number(table, vultus_calibration_tar(fitted, threshold), 3, 5);
    table_text(table, vultus_calibration_extrapolates(fitted, threshold) ? "yes" : "no");
    table_end(table);
}

static void put_table(const struct calibrate *calibrate)
{
    static struct column columns[] = {{.key = "people", .right = true, .width = 6},
                                      {.key = "far", .right = true, .width = 5},
                                      {.key = "threshold", .right = true},
                                      {.key = "tar", .right = true, .width = 7},
                                      {.key = "extrapolated"}};
    struct table table = {.columns = columns, .count = 5, .format = calibrate->options->format};
    columns[2].key = unit_of(calibrate);
    for (size_t i = 0; i < RATES; i++)
        put_row(&table, calibrate, rates[i], 1);
    for (size_t g = 0; g < GALLERIES; g++)
        for (size_t i = 1; i < 3; i++)
            put_row(&table, calibrate, rates[i], galleries[g]);
    table_finish(&table);
}

static json_t *json_row(const struct calibrate *calibrate, double far, size_t people)
{
    const vultus_calibration *fitted = calibrate->fitted;
    double threshold = vultus_calibration_threshold(fitted, far, people, people);
    return json_pack("{s:o, s:o, s:o, s:o, s:b}", "people", json_whole(people), "far",
                     json_number(far), "threshold", json_number(threshold), "tar",
                     json_number(vultus_calibration_tar(fitted, threshold)), "extrapolated",
                     vultus_calibration_extrapolates(fitted, threshold));
}

static json_t *json_answer(const struct calibrate *calibrate)
{
    const vultus_calibration_facts about = vultus_calibration_about(calibrate->fitted);
    json_t *list = json_array();
    bool good = list != NULL;
    for (size_t i = 0; good && i < RATES; i++)
        good = !json_array_append_new(list, json_row(calibrate, rates[i], 1));
    for (size_t i = 0; good && i < 2 * GALLERIES; i++)
        good =
            !json_array_append_new(list, json_row(calibrate, rates[1 + i % 2], galleries[i / 2]));
    if (good)
        return json_pack("{s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "file",
                         json_text(calibrate->path), "embedder", json_text(about.embedder), "score",
                         unit_of(calibrate), "data", about.data, "people", json_whole(about.people),
                         "faces", json_whole(about.faces), "same_pairs",
                         json_whole(about.same_pairs), "different_pairs",
                         json_whole(about.different_pairs), "finest_far",
                         json_number(about.finest_far), "thresholds", list);
    json_decref(list);
    return NULL;
}

static int put(const struct calibrate *calibrate)
{
    const vultus_calibration_facts about = vultus_calibration_about(calibrate->fitted);
    int code = EXIT_DONE;
    answer_begin();
    if (calibrate->options->format == FORMAT_JSON)
        code =
            json_line(stdout, json_answer(calibrate), JSON_DIGITS) ? EXIT_DONE : EXIT_ENVIRONMENT;
    else
        put_table(calibrate);
    if (calibrate->options->format == FORMAT_TABLE)
        answer_line("%s: of %s, by %zu pairs of one person and %zu of two", calibrate->path,
                    about.embedder, about.same_pairs, about.different_pairs);
    return answer_end() ? code : EXIT_ENVIRONMENT;
}

/* ------------------------------------------------------------------ fitting */

/* What made it, for people: the operands' last parts, as many as there is room for. */
static void name_data(struct calibrate *calibrate, const char *kind)
{
    const struct options *options = calibrate->options;
    size_t at = (size_t)snprintf(calibrate->data, sizeof calibrate->data, "%s", kind);
    for (size_t i = 0; i < options->operand_count; i++) {
        const char *name = file_name(options->operands[i]);
        if (at + strlen(name) + 2 > sizeof calibrate->data)
            break;
        at += (size_t)snprintf(calibrate->data + at, sizeof calibrate->data - at, " %s", name);
    }
    if (options->name)
        snprintf(calibrate->data, sizeof calibrate->data, "%s", options->name);
}

static int place(struct calibrate *calibrate)
{
    vultus_error error = {0};
    const char *embedder = vultus_calibration_about(calibrate->fitted).embedder;
    char folder[FILE_PATH_MAX];
    if (calibrate->options->output) {
        snprintf(calibrate->path, sizeof calibrate->path, "%s", calibrate->options->output);
        return EXIT_DONE;
    }
    vultus_status status =
        vultus_calibration_path(embedder, calibrate->path, sizeof calibrate->path, &error);
    if (!status) {
        size_t length = (size_t)(file_name(calibrate->path) - calibrate->path);
        snprintf(folder, sizeof folder, "%.*s", (int)length, calibrate->path);
        status = file_make_folders(folder, &error);
    }
    if (!status)
        return EXIT_DONE;
    fail(&error);
    return EXIT_ENVIRONMENT;
}

/* Stores and shows what was fitted, with the status of fitting it. */
static int finish(struct calibrate *calibrate, vultus_status status, vultus_error *error)
{
    if (status) {
        int code = fail(error);
        return status == VULTUS_ERR_ARGUMENT ? EXIT_INPUTS : code;
    }
    if (!vultus_calibration_about(calibrate->fitted).has_similarity)
        say("too few pairs of one person to tell how likely it is: no similarity");
    int code = place(calibrate);
    if (!code && vultus_calibration_write(calibrate->fitted, calibrate->path, error)) {
        fail(error);
        code = EXIT_ENVIRONMENT;
    }
    return code ? code : put(calibrate);
}

static int fit(struct calibrate *calibrate, const vultus_labelled *set)
{
    vultus_error error = {0};
    const vultus_calibration_options options = {
        .data = calibrate->data, .base = vultus_engine_calibration(calibrate->session.engine)};
    return finish(calibrate, vultus_calibration_fit(set, &options, &calibrate->fitted, &error),
                  &error);
}

/* ------------------------------------------------------------------ where faces come from */

static int begin(struct calibrate *calibrate, const struct options *options, const char *kind)
{
    *calibrate = (struct calibrate){.options = options};
    name_data(calibrate, kind);
    return session_open(&calibrate->session, options);
}

static int end(struct calibrate *calibrate, int code)
{
    vultus_calibration_free(calibrate->fitted);
    session_close(&calibrate->session);
    return code;
}

static int cmd_folder(const struct options *options)
{
    struct calibrate calibrate;
    struct gathering gathering = {0};
    struct gather_request request = {.what = "embedding",
                                     .operands = options->operands,
                                     .count = options->operand_count,
                                     .whole_picture = options->whole_picture};
    int code = begin(&calibrate, options, "folder");
    if (!code)
        code = gather(&calibrate.session, &request, &gathering);
    if (!code)
        code = worse(fit(&calibrate, &gathering.set), gathering.code);
    gathering_clear(&gathering);
    return end(&calibrate, code);
}

static int cmd_gallery(const struct options *options)
{
    struct calibrate calibrate;
    struct gallery_rows rows = {0};
    int code = begin(&calibrate, options, "gallery");
    if (!code)
        code = session_open_engine(&calibrate.session, 1);
    if (!code)
        code = session_open_gallery(&calibrate.session, GALLERY_READ);
    if (!code)
        code = gallery_rows_read(&calibrate.session, &rows);
    if (!code)
        code = fit(&calibrate, &rows.set);
    gallery_rows_clear(&rows);
    return end(&calibrate, code);
}

static int cmd_pairs(const struct options *options)
{
    struct calibrate calibrate;
    struct evaluation evaluation = {.options = options, .session = &calibrate.session};
    int code = begin(&calibrate, options, "pairs");
    if (!code)
        code = evaluation_score(&evaluation);
    if (!code) {
        vultus_error error = {0};
        const vultus_calibration_options how = {.data = calibrate.data};
        for (size_t i = 0; evaluation.distances && i < evaluation.scored; i++)
            evaluation.score[i] = -evaluation.score[i];
        const vultus_calibration_scores scores = {
            .score = evaluation.score,
            .same = evaluation.same,
            .count = evaluation.scored,
            .embedder = vultus_engine_embedder(calibrate.session.engine),
            .by_distance = evaluation.distances};
        code =
            finish(&calibrate,
                   vultus_calibration_fit_scores(&scores, &how, &calibrate.fitted, &error), &error);
    }
    code = worse(code, evaluation.code);
    evaluation_clear(&evaluation);
    return end(&calibrate, code);
}

#define OPTIONS_CALIBRATE OPTIONS_OUTPUT, OPTIONS_NETWORKS, OPTION_OUTPUT, OPTION_NAME

const struct subcommand calibrate_subcommands[] = {
    {.name = "folder",
     .operands = "DIR|FILE.safetensors...",
     .summary = "by folders of people, or files of embed",
     .least = 1,
     .most = OPERANDS_MAX,
     .run = cmd_folder,
     .options = OPTIONS(OPTIONS_CALIBRATE, OPTIONS_DETECTION, OPTIONS_EMBEDDING, OPTION_NO_PROGRESS,
                        OPTION_WHOLE_PICTURE)},
    {.name = "pairs",
     .operands = "FILE",
     .summary = "by pairs, as evaluate pairs reads them",
     .least = 1,
     .most = 1,
     .run = cmd_pairs,
     .options = OPTIONS(OPTIONS_CALIBRATE, OPTIONS_DETECTION, OPTIONS_EMBEDDING, OPTION_NO_PROGRESS,
                        OPTION_ROOT, OPTION_WHOLE_PICTURE)},
    {.name = "gallery",
     .operands = "",
     .summary = "by the people in the gallery",
     .run = cmd_gallery,
     .options = OPTIONS(OPTIONS_CALIBRATE, OPTION_DB, OPTION_KEY_FILE)},
    {.name = NULL},
};
