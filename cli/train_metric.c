/*
 * vultus train metric: embeddings of people in, a pack with a projection out. Epochs are kept and shown at
 * the end, so that the answer is whole or not there; the bar tells how it goes meanwhile.
 */
#include "base/file.h"
#include "base/memory.h"
#include "command.h"
#include "console.h"
#include "gather.h"
#include "json_answer.h"
#include "metric_page.h"
#include "table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const losses[] = {"triplet", "contrastive", "arcface"};

struct lesson {
    const struct options *options;
    vultus_metric_epoch *epochs;
    size_t count, capacity;
    bool no_memory;
    char name[VULTUS_NAME_MAX + 1]; /* of the pack */
};

static bool progress(void *context, const vultus_metric_epoch *epoch)
{
    struct lesson *lesson = context;
    if (lesson->count == lesson->capacity) {
        size_t capacity = lesson->capacity ? 2 * lesson->capacity : 128;
        vultus_metric_epoch *epochs = mem_resize(lesson->epochs, capacity, sizeof *epochs);
        lesson->no_memory = !epochs;
        if (!epochs)
            return false;
        lesson->epochs = epochs;
        lesson->capacity = capacity;
    }
    lesson->epochs[lesson->count++] = *epoch;
    progress_step(epoch->epoch);
    return !interrupted();
}

/* A number that was given as 0 means "none", which the library writes as less than 0. */
static float given(const struct options *options, enum option_id id, float value)
{
    return options_has(options, id) && value == 0 ? -1 : value;
}

static vultus_metric_options wanted(struct lesson *lesson, unsigned threads)
{
    const struct options *o = lesson->options;
    return (vultus_metric_options){
        .loss = (vultus_metric_loss)o->loss,
        .mining = (vultus_metric_mining)o->mining,
        .start = (vultus_metric_start)o->start,
        .dimension = o->dimension,
        .hidden = o->hidden,
        .margin = o->margin,
        .rate = o->rate,
        .identity = given(o, OPTION_IDENTITY, o->identity),
        .weight_decay = given(o, OPTION_WEIGHT_DECAY, o->weight_decay),
        .validation = given(o, OPTION_VALIDATION, o->validation),
        .epochs = o->epochs,
        .batch = o->batch,
        .patience = o->patience,
        .seed = o->seed,
        .threads = threads,
        .progress = progress,
        .context = lesson,
    };
}

/* ------------------------------------------------------------------ the answer */

static struct column columns[] = {
    {.key = "epoch", .right = true},
    {.key = "loss", .right = true, .width = 8},
    {.key = "auc", .right = true, .width = 8},
    {.key = "eer", .right = true, .width = 8},
    {.key = "tar_at_far_1e2", .right = true},
    {.key = "accuracy", .right = true},
    {.key = "best"},
};

/* 0, 1, 2, 5, 10, 20, 50 and so on. */
static bool is_round(unsigned epoch)
{
    while (epoch >= 10 && epoch % 10 == 0)
        epoch /= 10;
    return epoch <= 2 || epoch == 5;
}

static void put_epochs(const struct lesson *lesson, const vultus_metric_report *report)
{
    const struct options *options = lesson->options;
    struct table table = {
        .columns = columns, .count = sizeof columns / sizeof *columns, .format = options->format};
    for (size_t i = 0; i < lesson->count; i++) {
        const vultus_metric_epoch *epoch = &lesson->epochs[i];
        bool kept = epoch->epoch == report->best;
        if (options->format == FORMAT_TABLE && !options->verbose && !kept &&
            i + 1 < lesson->count && !is_round(epoch->epoch))
            continue;
        table_whole(&table, (long long)epoch->epoch);
        table_number(&table, epoch->loss, 4, 6);
        table_number(&table, epoch->figures.auc, 4, 6);
        table_number(&table, epoch->figures.eer, 4, 6);
        table_number(&table, epoch->figures.tar_at_far_1e2, 4, 6);
        table_number(&table, epoch->figures.accuracy, 4, 6);
        table_text(&table, kept ? "kept" : "");
        table_end(&table);
    }
    table_finish(&table);
}

static bool is_better(const vultus_metric_report *report)
{
    return report->kept.auc > report->embedder.auc;
}

static void put_text(const struct lesson *lesson, const vultus_metric_report *report)
{
    const struct options *options = lesson->options;
    put_epochs(lesson, report);
    answer_line("%s", "");
    answer_line("learnt from   %zu faces of %zu people", report->faces, report->people);
    if (!report->held_people)
        answer_line("held out      nobody: whether it is better is not known");
    else
        answer_line("held out      %zu faces of %zu people: AUC %.4f by the embedder, %.4f by the "
                    "start, %.4f now",
                    report->held_faces, report->held_people, report->embedder.auc,
                    report->start.auc, report->kept.auc);
    answer_line("thresholds    %.3f for two faces, %.3f among many people",
                (double)report->threshold, (double)report->identify_threshold);
    if (options->output)
        answer_line("written       %s; add it with: vultus models add %s", options->output,
                    options->output);
    else
        answer_line("installed     %s; use it with: --embedder %s", lesson->name, lesson->name);
}

static json_t *json_figures(const vultus_metric_figures *figures)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "auc", json_number(figures->auc), "eer",
                     json_number(figures->eer), "tar_at_far_1e2",
                     json_number(figures->tar_at_far_1e2), "accuracy",
                     json_number(figures->accuracy));
}

static bool put_json(const struct lesson *lesson, const vultus_metric_report *report,
                     const char *base)
{
    const struct options *options = lesson->options;
    for (size_t i = 0; options->verbose && i < lesson->count; i++) {
        const vultus_metric_epoch *epoch = &lesson->epochs[i];
        if (!json_line(stdout,
                       json_pack("{s:o, s:o, s:o, s:b}", "epoch", json_whole(epoch->epoch), "loss",
                                 json_number(epoch->loss), "held_out",
                                 json_figures(&epoch->figures), "best", epoch->best),
                       JSON_DIGITS))
            return false;
    }
    return json_line(
        stdout,
        json_pack(
            "{s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o}",
            "name", json_text(lesson->name), "output", json_text(options->output), "base",
            json_text(base), "loss", losses[options->loss], "people", json_whole(report->people),
            "faces", json_whole(report->faces), "held_people", json_whole(report->held_people),
            "held_faces", json_whole(report->held_faces), "epochs", json_whole(report->epochs),
            "best_epoch", json_whole(report->best), "embedder", json_figures(&report->embedder),
            "start", json_figures(&report->start), "kept", json_figures(&report->kept), "better",
            is_better(report), "threshold", json_number((double)report->threshold),
            "identify_threshold", json_number((double)report->identify_threshold)),
        JSON_DIGITS);
}

static int put(const struct lesson *lesson, const vultus_projection *projection, const char *base)
{
    const vultus_metric_report *report = vultus_projection_report(projection);
    bool good = true;
    answer_begin();
    if (lesson->options->format == FORMAT_JSON)
        good = put_json(lesson, report, base);
    else if (lesson->options->format == FORMAT_CSV)
        put_epochs(lesson, report);
    else
        put_text(lesson, report);
    good = answer_end() && good;
    if (report->held_people && !is_better(report))
        say("the held-out people are told apart no better than by the embedder itself");
    return good ? EXIT_DONE : EXIT_ENVIRONMENT;
}

/* ------------------------------------------------------------------ where it goes */

/* The pack's name, and that what it would replace is not there: said before the work, not after. */
static int choose_name(struct lesson *lesson)
{
    const struct options *options = lesson->options;
    char folder[FILE_PATH_MAX], taken[FILE_PATH_MAX];
    vultus_error error = {0};
    if (!options->name && !options->output) {
        complain("train metric needs --name NAME, to install what it learns, or --output DIR");
        return EXIT_USAGE;
    }
    size_t length = options->output ? strlen(options->output) : 0;
    while (length > 1 && options->output[length - 1] == '/')
        length--;
    if (options->name)
        snprintf(lesson->name, sizeof lesson->name, "%s", options->name);
    else {
        snprintf(folder, sizeof folder, "%.*s", (int)length, options->output);
        snprintf(lesson->name, sizeof lesson->name, "%s", file_name(folder));
    }
    if (options->output)
        return EXIT_DONE;
    if (options->models)
        snprintf(folder, sizeof folder, "%s", options->models);
    else if (vultus_models_folder(folder, sizeof folder, &error))
        return fail(&error);
    if (file_join(taken, sizeof taken, folder, lesson->name, &error))
        return fail(&error);
    if (file_exists(taken)) {
        complain("model pack %s exists already; remove it first, or give another --name",
                 lesson->name);
        return EXIT_INPUTS;
    }
    return EXIT_DONE;
}

/* Removes the folder that vultus_projection_write made. */
static void remove_written(const char *folder)
{
    struct file_list files = {0};
    if (!file_list_folder(folder, FILE_LIST_FILES, &files, NULL))
        for (size_t i = 0; i < files.count; i++)
            unlink(files.items[i]);
    file_list_clear(&files);
    rmdir(folder);
}

static int keep(const struct lesson *lesson, const vultus_projection *projection)
{
    const struct options *options = lesson->options;
    const char *temporary = getenv("TMPDIR");
    char folder[FILE_PATH_MAX];
    vultus_error error = {0};
    if (options->output) {
        if (vultus_projection_write(projection, options->output, lesson->name, options->models,
                                    &error))
            return fail(&error);
        return EXIT_DONE;
    }
    snprintf(folder, sizeof folder, "%s/vultus.XXXXXX",
             temporary && *temporary ? temporary : "/tmp");
    if (!mkdtemp(folder)) {
        complain("%s: %s", folder, strerror(errno));
        return EXIT_ENVIRONMENT;
    }
    vultus_status status =
        vultus_projection_write(projection, folder, lesson->name, options->models, &error);
    if (!status)
        status = vultus_models_add(options->models, folder, NULL, lesson->name, &error);
    remove_written(folder);
    return status ? fail(&error) : EXIT_DONE;
}

static int learn(struct lesson *lesson, struct session *session, const struct gathering *gathering)
{
    vultus_projection *projection = NULL;
    vultus_error error = {0};
    int code = EXIT_DONE;
    const vultus_metric_options options = wanted(lesson, pool_threads(session->pool));
    progress_begin("training", lesson->options->epochs);
    vultus_status status = vultus_projection_train(&gathering->set, &options, &projection, &error);
    progress_end();
    if (lesson->no_memory) {
        complain("not enough memory");
        code = EXIT_ENVIRONMENT;
    } else if (status == VULTUS_ERR_CANCELLED) {
        complain("interrupted; nothing is written");
        code = interrupted();
    } else if (status) {
        code = fail(&error);
    }
    if (!code)
        code = keep(lesson, projection);
    if (!code && lesson->options->html)
        code = metric_write_page(lesson->epochs, lesson->count,
                                 vultus_projection_report(projection), lesson->options->html);
    if (!code)
        code = put(lesson, projection, gathering->set.embedder);
    vultus_projection_free(projection);
    return code;
}

int cmd_train_metric(const struct options *options)
{
    struct session session = {0};
    struct gathering gathering = {0};
    struct lesson lesson = {.options = options};
    int code = choose_name(&lesson);
    if (code)
        return code;
    code = session_open(&session, options);
    struct gather_request request = {.what = "embedding",
                                     .operands = options->operands,
                                     .count = options->operand_count,
                                     .faces = GATHER_CENTRAL,
                                     .whole_picture = options->whole_picture};
    if (!code)
        code = gather(&session, &request, &gathering);
    if (!code)
        code = learn(&lesson, &session, &gathering);
    code = worse(code, gathering.code);
    mem_free(lesson.epochs);
    gathering_clear(&gathering);
    session_close(&session);
    return code;
}
