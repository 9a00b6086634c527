/* vultus events: what cameras saw, as far as the gallery keeps it. */
#include "answers/json_events.h"
#include "base/date.h"
#include "base/file.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "json_answer.h"
#include "people_facts.h"
#include "table.h"

#include <string.h>
#include <time.h>

#define PAGE 100

static struct column columns[] = {
    {.key = "id", .right = true},
    {.key = "at", .width = 24},
    {.key = "event", .width = 10},
    {.key = "name", .width = 20},
    {.key = "camera", .width = 16},
    {.key = "track", .right = true},
    {.key = "similarity", .right = true},
    {.key = "far", .right = true, .width = 7},
    {.key = "before", .side = COLUMN_CSV},
    {.key = "person", .side = COLUMN_CSV},
    {.key = "visit", .side = COLUMN_CSV},
    {.key = "quality", .side = COLUMN_CSV},
    {.key = "time", .side = COLUMN_CSV},
    {.key = "frame", .side = COLUMN_CSV},
    {.key = "x", .side = COLUMN_CSV},
    {.key = "y", .side = COLUMN_CSV},
    {.key = "width", .side = COLUMN_CSV},
    {.key = "height", .side = COLUMN_CSV},
    {.key = "frame_width", .side = COLUMN_CSV},
    {.key = "frame_height", .side = COLUMN_CSV},
    {.key = "picture_bytes", .side = COLUMN_CSV},
};

static bool put(struct table *table, const vultus_event_record *record)
{
    char visit[20];
    if (table->format == FORMAT_JSON)
        return json_line(stdout, json_event_record(record, true), JSON_DIGITS);
    snprintf(visit, sizeof visit, "%016llx", (unsigned long long)record->visit);
    table_whole(table, (long long)record->id);
    table_text(table, record->at);
    table_text(table, vultus_event_text(record->kind));
    table_text(table, record->name);
    table_text(table, table->format == FORMAT_CSV ? record->camera : file_name(record->camera));
    table_whole(table, (long long)record->track);
    table_number(table, (double)record->similarity, 3, 5);
    table_rate(table, (double)record->far);
    table_text(table, record->before);
    table_whole(table, (long long)record->person);
    table_text(table, visit);
    table_number(table, (double)record->quality, 2, 4);
    table_number(table, record->time, 3, 3);
    table_whole(table, (long long)record->frame);
    table_number(table, (double)record->box.x, 1, 1);
    table_number(table, (double)record->box.y, 1, 1);
    table_number(table, (double)record->box.width, 1, 1);
    table_number(table, (double)record->box.height, 1, 1);
    table_whole(table, record->width);
    table_whole(table, record->height);
    table_whole(table, (long long)record->picture_size);
    table_end(table);
    return true;
}

static int read_kinds(const struct options *options, unsigned *out)
{
    vultus_error error = {0};
    for (size_t i = 0; i < options->kinds.count; i++) {
        vultus_event_kind kind;
        if (vultus_event_kind_of(options->kinds.items[i], &kind, &error)) {
            complain("--kind %s", error.message);
            return EXIT_USAGE;
        }
        *out |= 1u << kind;
    }
    return EXIT_DONE;
}

/* The numbers of --after and --before, and the others. */
static int read_query(const struct options *options, char dates[2][32], vultus_event_query *out)
{
    const struct {
        enum option_id id;
        const char *text;
        int64_t *out;
    } ids[] = {{OPTION_AFTER, options->after, &out->after},
               {OPTION_BEFORE, options->before, &out->before}};
    for (size_t i = 0; i < 2; i++)
        if (ids[i].text && strcmp(ids[i].text, "0") != 0 && /* 0: from the first on, to the last */
            !people_read_face(ids[i].text, ids[i].out)) {
            complain("--%s: \"%s\" is not the number of an event", option_specs[ids[i].id].name,
                     ids[i].text);
            return EXIT_USAGE;
        }
    if (options->people_asked.count > 1 || options->event_cameras.count > 1) {
        complain("--%s may be given once",
                 option_specs[options->people_asked.count > 1 ? OPTION_PERSON : OPTION_AT].name);
        return EXIT_USAGE;
    }
    out->since = options->since ? whole_date(options->since, dates[0]) : NULL;
    out->until = options->until ? whole_date(options->until, dates[1]) : NULL;
    out->person = options->people_asked.count ? options->people_asked.items[0] : NULL;
    out->camera = options->event_cameras.count ? options->event_cameras.items[0] : NULL;
    out->latest = !options->after;
    out->pictures = options->with_pictures;
    return read_kinds(options, &out->kinds);
}

/* One page after the other, until there are as many as were asked for. */
static int list(vultus_gallery *gallery, vultus_event_query *query, size_t most,
                struct table *table)
{
    vultus_error error = {0};
    int code = EXIT_DONE;
    for (size_t count = 1; !code && most && count; most -= count) {
        vultus_event_records records = {0};
        query->most = most < PAGE ? most : PAGE;
        if (vultus_gallery_events(gallery, query, &records, &error))
            return fail(&error);
        for (size_t i = 0; !code && i < records.count; i++)
            code = put(table, &records.items[i]) ? EXIT_DONE : EXIT_ENVIRONMENT;
        count = records.count;
        if (count)
            *(query->latest ? &query->before : &query->after) = records.items[count - 1].id;
        vultus_event_records_clear(&records);
        if (!code && interrupted())
            code = interrupted();
    }
    return code;
}

static struct table table_of(const struct options *options)
{
    return (struct table){
        .columns = columns, .count = sizeof columns / sizeof *columns, .format = options->format};
}

static int events_list(const struct options *options)
{
    struct session session = {.options = options};
    struct table table = table_of(options);
    char dates[2][32];
    vultus_event_query query = {0};
    int code = read_query(options, dates, &query);
    if (!code)
        code = session_open_gallery(&session, GALLERY_READ);
    interrupts_watch();
    if (!code)
        code = list(session.gallery, &query, options->limit_events ? options->limit_events : PAGE,
                    &table);
    if (!code)
        table_finish(&table);
    session_close(&session);
    return code;
}

static int need_id(const char *text, int64_t *out)
{
    if (people_read_face(text, out))
        return EXIT_DONE;
    complain("\"%s\" is not the number of an event; events list has them", text);
    return EXIT_USAGE;
}

static int write_picture(const struct options *options, const vultus_event_record *record)
{
    vultus_error error = {0};
    if (!options->output)
        return EXIT_DONE;
    if (!record->picture) {
        complain("event %lld has no picture", (long long)record->id);
        return EXIT_INPUTS;
    }
    if (!file_write_private(options->output, record->picture, record->picture_size, &error))
        return EXIT_DONE;
    fail(&error);
    return EXIT_ENVIRONMENT;
}

static int events_show(const struct options *options)
{
    struct session session = {.options = options};
    struct table table = table_of(options);
    vultus_event_record record = {0};
    vultus_error error = {0};
    int64_t id = 0;
    int code = need_id(options->operands[0], &id);
    if (!code)
        code = session_open_gallery(&session, GALLERY_READ);
    if (!code && vultus_gallery_event(session.gallery, id, &record, &error))
        code = fail(&error);
    if (!code)
        code = write_picture(options, &record);
    if (!code && !put(&table, &record))
        code = EXIT_ENVIRONMENT;
    if (!code)
        table_finish(&table);
    vultus_event_record_clear(&record);
    session_close(&session);
    return code;
}

static int events_delete(const struct options *options)
{
    struct session session = {.options = options};
    int64_t id = 0;
    int code = EXIT_DONE;
    for (size_t i = 0; !code && i < options->operand_count; i++)
        code = need_id(options->operands[i], &id);
    if (!code && !options->yes && !can_ask()) {
        complain("events delete needs --yes where it cannot ask");
        code = EXIT_USAGE;
    }
    if (!code)
        code = session_open_gallery(&session, GALLERY_CHANGE);
    bool no = !code && !options->yes && !ask("Delete %zu events for good?", options->operand_count);
    if (no) {
        say("nothing was deleted");
        code = EXIT_NO;
    }
    for (size_t i = 0;
         !no && code != EXIT_ENVIRONMENT && session.gallery && i < options->operand_count; i++) {
        vultus_error error = {0};
        (void)people_read_face(options->operands[i], &id);
        if (vultus_gallery_delete_event(session.gallery, id, &error))
            code = worse(code, fail(&error));
        else
            say("event %s was deleted", options->operands[i]);
    }
    session_close(&session);
    return code;
}

static int events_prune(const struct options *options)
{
    struct session session = {.options = options};
    char date[32];
    const char *before = options->until ? whole_date(options->until, date) : NULL;
    const enum option_id others[] = {OPTION_UNTIL};
    vultus_error error = {0};
    size_t erased = 0;
    int code = options->keep_events ? options_clash(options, "keep-events", others, 1) : EXIT_DONE;
    if (!code && options->keep_events) {
        date_of(time(NULL) - (time_t)options->keep_events * 86400, date);
        before = date;
    }
    if (!code)
        code = session_open_gallery(&session, GALLERY_CHANGE);
    if (!code && vultus_gallery_prune_events(session.gallery, before, &erased, &error))
        code = fail(&error);
    if (!code)
        say("%zu events were erased", erased);
    session_close(&session);
    return code;
}

const struct subcommand events_subcommands[] = {
    {.name = "list",
     .operands = "",
     .summary = "events, the latest first; with --after in their order",
     .least = 0,
     .most = 0,
     .options = OPTIONS(OPTIONS_OUTPUT, OPTION_DB, OPTION_KEY_FILE, OPTION_PERSON, OPTION_AT,
                        OPTION_KIND, OPTION_SINCE, OPTION_UNTIL, OPTION_AFTER, OPTION_BEFORE,
                        OPTION_LIMIT, OPTION_WITH_PICTURES),
     .run = events_list},
    {.name = "show",
     .operands = "ID",
     .summary = "one event; --output writes its picture",
     .least = 1,
     .most = 1,
     .options = OPTIONS(OPTIONS_OUTPUT, OPTION_DB, OPTION_KEY_FILE, OPTION_OUTPUT),
     .run = events_show},
    {.name = "delete",
     .operands = "ID...",
     .summary = "erase events for good",
     .least = 1,
     .most = OPERANDS_MAX,
     .options = OPTIONS(OPTION_QUIET, OPTION_DB, OPTION_KEY_FILE, OPTION_YES),
     .run = events_delete},
    {.name = "prune",
     .operands = "",
     .summary = "erase what has expired or is too old",
     .least = 0,
     .most = 0,
     .options = OPTIONS(OPTION_QUIET, OPTION_DB, OPTION_KEY_FILE, OPTION_KEEP_EVENTS, OPTION_UNTIL),
     .run = events_prune},
    {.name = NULL},
};
