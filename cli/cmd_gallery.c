/*
 * vultus gallery: copies, checks and statistics of the whole gallery. No networks are needed here.
 * What takes long shows its progress and can be interrupted; nothing has changed then.
 */
#include "answers/json_galleries.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "export.h"
#include "gallery_import.h"
#include "gallery_keys.h"
#include "gallery_migrate.h"
#include "json_answer.h"
#include "table.h"

static bool step(void *context, size_t done, size_t total)
{
    (void)context;
    if (total)
        progress_step(done * 100 / total);
    return !interrupted();
}

static const vultus_progress progress = {.step = step};

static int ended(vultus_status status, const vultus_error *error)
{
    progress_end();
    return status ? fail(error) : EXIT_DONE;
}

static int gallery_backup(const struct options *options)
{
    struct session session = {.options = options};
    vultus_error error = {0};
    const char *path = options->operands[0];
    int code = session_open_gallery(&session, GALLERY_READ);
    interrupts_watch();
    if (!code) {
        progress_begin("percent copied", 100);
        code =
            ended(vultus_gallery_backup(session.gallery, path, options->force, &progress, &error),
                  &error);
    }
    if (!code)
        say("%s is a copy of the gallery", path);
    session_close(&session);
    return code;
}

static int gallery_restore(const struct options *options)
{
    vultus_error error = {0};
    const char *path = options->operands[0];
    interrupts_watch();
    progress_begin("percent copied", 100);
    int code = ended(vultus_gallery_restore_with(options->db, path, options->key_file,
                                                 options->force, &progress, &error),
                     &error);
    if (!code)
        say("the gallery is what %s is", path);
    return code;
}

/* ------------------------------------------------------------------ check */

static struct column fault_columns[] = {{.key = "fault"}};

static bool answer_fault(struct table *table, const char *line)
{
    if (table->format == FORMAT_JSON)
        return json_line(stdout, json_pack("{s:o}", "fault", json_text(line)), JSON_DIGITS);
    table_text(table, line);
    table_end(table);
    return true;
}

static int answer_faults(const struct options *options, const vultus_faults *faults)
{
    struct table table = {.columns = fault_columns, .count = 1, .format = options->format};
    for (size_t i = 0; i < faults->count; i++)
        column_fit(&fault_columns[0], faults->items[i]);
    for (size_t i = 0; i < faults->count; i++)
        if (!answer_fault(&table, faults->items[i]))
            return EXIT_ENVIRONMENT;
    if (options->format == FORMAT_CSV)
        table_finish(&table);
    if (faults->found > faults->count)
        say("and %zu more", faults->found - faults->count);
    if (!faults->found)
        say("the gallery is whole");
    if (faults->mended)
        say("%zu of %zu faults were of search files, which are removed: the next search makes them "
            "anew",
            faults->mended, faults->found);
    return faults->found > faults->mended ? EXIT_NO : EXIT_DONE;
}

static struct column trace_columns[] = {
    {.key = "name"},
    {.key = "gone"},
    {.key = "texts", .right = true},
    {.key = "mentions", .right = true},
    {.key = "places", .right = true},
    {.key = "free", .right = true},
    {.key = "dirty", .right = true},
};

static int answer_trace(const struct options *options, const vultus_trace *trace)
{
    struct table table = {.columns = trace_columns,
                          .count = sizeof trace_columns / sizeof *trace_columns,
                          .format = options->format};
    if (options->format == FORMAT_JSON &&
        !json_line(
            stdout,
            json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o}", "name", json_text(options->erased),
                      "gone", trace->gone, "texts", json_whole(trace->texts), "mentions",
                      json_whole(trace->mentions), "places", json_whole(trace->places), "free",
                      json_whole(trace->free_pages), "dirty", json_whole(trace->dirty_pages)),
            JSON_DIGITS))
        return EXIT_ENVIRONMENT;
    column_fit(&trace_columns[0], options->erased);
    table_text(&table, options->erased);
    table_text(&table, trace->gone ? "yes" : "no");
    table_whole(&table, (long long)trace->texts);
    table_whole(&table, (long long)trace->mentions);
    table_whole(&table, (long long)trace->places);
    table_whole(&table, (long long)trace->free_pages);
    table_whole(&table, (long long)trace->dirty_pages);
    table_end(&table);
    table_finish(&table);
    if (trace->mentions)
        say("other texts have the name in them; people export shows where");
    if (!trace->gone)
        say("people delete removes a person, gallery compact what is left in unused places");
    return trace->gone ? EXIT_DONE : EXIT_NO;
}

static int gallery_check(const struct options *options)
{
    struct session session = {.options = options};
    vultus_error error = {0};
    vultus_faults faults = {0};
    vultus_trace trace;
    /* looking for somebody empties the log first, which is writing */
    bool change = options->erased || options->repair;
    int code = session_open_gallery(&session, change ? GALLERY_CHANGE : GALLERY_READ);
    interrupts_watch();
    if (!code && options->erased) {
        code =
            ended(vultus_gallery_trace(session.gallery, options->erased, &trace, &error), &error);
        code = code ? code : answer_trace(options, &trace);
    } else if (!code) {
        progress_begin("percent checked", 100);
        code = ended((options->repair ? vultus_gallery_repair : vultus_gallery_check)(
                         session.gallery, &progress, &faults, &error),
                     &error);
        code = code ? code : answer_faults(options, &faults);
    }
    vultus_faults_clear(&faults);
    session_close(&session);
    return code;
}

/* ------------------------------------------------------------------ compact, statistics */

static int gallery_compact(const struct options *options)
{
    struct session session = {.options = options};
    vultus_error error = {0};
    vultus_gallery_stats before = {0}, after = {0};
    int code = session_open_gallery(&session, GALLERY_CHANGE);
    interrupts_watch();
    if (!code && (vultus_gallery_statistics(session.gallery, &before, &error) ||
                  vultus_gallery_compact(session.gallery, &progress, &error) ||
                  vultus_gallery_statistics(session.gallery, &after, &error)))
        code = fail(&error);
    if (!code)
        say("%llu bytes, before %llu", (unsigned long long)after.bytes,
            (unsigned long long)(before.bytes + before.log_bytes));
    vultus_gallery_stats_clear(&before);
    vultus_gallery_stats_clear(&after);
    session_close(&session);
    return code;
}

static struct column stats_columns[] = {
    {.key = "people", .right = true},
    {.key = "faces", .right = true},
    {.key = "bytes", .right = true},
    {.key = "free", .right = true},
    {.key = "log", .right = true},
    {.key = "schema", .right = true},
    {.key = "encrypted"},
    {.key = "journal"},
    {.key = "embedder"},
    {.key = "dimension", .right = true},
    {.key = "embeddings", .right = true},
};

/* A row for each embedder, or one for a gallery without any. */
static void stats_rows(const vultus_gallery_stats *stats, enum format format)
{
    struct table table = {.columns = stats_columns,
                          .count = sizeof stats_columns / sizeof *stats_columns,
                          .format = format};
    static const vultus_gallery_embedder none = {0};
    size_t rows = stats->embedder_count ? stats->embedder_count : 1;
    for (size_t i = 0; i < stats->embedder_count; i++)
        column_fit(&stats_columns[8], stats->embedders[i].id);
    for (size_t i = 0; i < rows; i++) {
        const vultus_gallery_embedder *each = stats->embedder_count ? &stats->embedders[i] : &none;
        table_whole(&table, (long long)stats->people);
        table_whole(&table, (long long)stats->faces);
        table_whole(&table, (long long)stats->bytes);
        table_whole(&table, (long long)stats->free_bytes);
        table_whole(&table, (long long)stats->log_bytes);
        table_whole(&table, stats->schema);
        table_text(&table, stats->encrypted ? "yes" : "no");
        table_text(&table, stats->journal);
        table_text(&table, each->id);
        table_whole(&table, (long long)each->dimension);
        table_whole(&table, (long long)each->faces);
        table_end(&table);
    }
    table_finish(&table);
}

static int gallery_stats(const struct options *options)
{
    struct session session = {.options = options};
    vultus_error error = {0};
    vultus_gallery_stats stats = {0};
    int code = session_open_gallery(&session, GALLERY_READ);
    if (!code && vultus_gallery_statistics(session.gallery, &stats, &error))
        code = fail(&error);
    if (!code && options->format != FORMAT_JSON)
        stats_rows(&stats, options->format);
    else if (!code && !json_line(stdout, json_gallery_stats(&stats), JSON_DIGITS))
        code = EXIT_ENVIRONMENT;
    vultus_gallery_stats_clear(&stats);
    session_close(&session);
    return code;
}

#define TAKES(...) OPTIONS(OPTION_QUIET, OPTION_DB, OPTION_KEY_FILE, __VA_ARGS__)

const struct subcommand gallery_subcommands[] = {
    {.name = "backup",
     .operands = "FILE",
     .summary = "write a copy, while others use the gallery",
     .least = 1,
     .most = 1,
     .run = gallery_backup,
     .options = TAKES(OPTION_FORCE, OPTION_NO_PROGRESS)},
    {.name = "restore",
     .operands = "FILE",
     .summary = "make the gallery what a copy is",
     .least = 1,
     .most = 1,
     .run = gallery_restore,
     .options = TAKES(OPTION_FORCE, OPTION_NO_PROGRESS)},
    {.name = "check",
     .operands = "",
     .summary = "look at every page and row",
     .run = gallery_check,
     .options = TAKES(OPTION_ERASED, OPTION_REPAIR, OPTION_NO_PROGRESS, OPTION_JSON, OPTION_CSV)},
    {.name = "compact",
     .operands = "",
     .summary = "write the file anew, without unused pages",
     .run = gallery_compact,
     .options = TAKES(OPTION_NO_PROGRESS, OPTION_ACTOR)},
    {.name = "migrate",
     .operands = "",
     .summary = "embed all faces with another model",
     .run = gallery_migrate,
     .options = TAKES(OPTION_TO, OPTION_DROP_OLD, OPTION_YES, OPTION_MODELS, OPTION_PIPELINE,
                      OPTION_DETECTOR, OPTION_LANDMARKER, OPTION_THREADS, OPTIONS_EMBEDDING,
                      OPTION_NO_PROGRESS, OPTION_ACTOR, OPTION_JSON)},
    {.name = "stats",
     .operands = "",
     .summary = "people, faces, embedders, bytes",
     .run = gallery_stats,
     .options = TAKES(OPTION_JSON, OPTION_CSV)},
    {.name = "export",
     .operands = "FILE|-",
     .summary = "write everybody's faces, as JSON lines or arrays (.npz)",
     .least = 1,
     .most = 1,
     .run = gallery_export,
     .options = TAKES(OPTION_NO_PROGRESS, OPTION_EMBEDDER)},
    {.name = "import",
     .operands = "FILE|-",
     .summary = "add the faces of an export",
     .least = 1,
     .most = 1,
     .run = gallery_import,
     .options = TAKES(OPTION_NO_PROGRESS, OPTION_ACTOR)},
    {.name = "rekey",
     .operands = "",
     .summary = "encrypt the gallery, with another key or no more",
     .run = gallery_rekey,
     .options = TAKES(OPTION_TO_KEY_FILE, OPTION_PLAIN, OPTION_NO_PROGRESS)},
    {.name = "keygen",
     .operands = "FILE",
     .summary = "make a file with a new key",
     .least = 1,
     .most = 1,
     .run = gallery_keygen,
     .options = OPTIONS(OPTION_QUIET)},
    {.name = NULL},
};
