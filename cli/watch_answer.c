/*
 * A picture of --snapshots is the best one that there was of the face at the event; its name says the source, the track
 * and the event, so that a second run over a recording writes the same files.
 */
#include "watch_answer.h"
#include "answers/json_video.h"
#include "base/file.h"
#include "command.h"
#include "console.h"
#include "cli_session.h"
#include "json_answer.h"

#include <math.h>
#include <string.h>

enum { LIVE = 15 };
static struct column columns[] = {
    {.key = "time", .right = true, .width = 8},
    {.key = "source", .width = 16},
    {.key = "track", .right = true},
    {.key = "event", .width = 10},
    {.key = "name", .width = 20},
    {.key = "similarity", .right = true},
    {.key = "far", .right = true, .width = 7},
    {.key = "second", .side = COLUMN_CSV},
    {.key = "before", .side = COLUMN_CSV},
    {.key = "recognition", .side = COLUMN_CSV},
    {.key = "x", .side = COLUMN_CSV},
    {.key = "y", .side = COLUMN_CSV},
    {.key = "width", .side = COLUMN_CSV},
    {.key = "height", .side = COLUMN_CSV},
    {.key = "quality", .right = true},
    {.key = "live", .right = true, .width = 5}, /* people see it with --liveness or --require-live */
    {.key = "since", .side = COLUMN_CSV},
    {.key = "seconds", .right = true},
    {.key = "looks", .side = COLUMN_CSV},
    {.key = "frame", .side = COLUMN_CSV},
    {.key = "snapshot", .side = COLUMN_CSV},
    {.key = "id", .side = COLUMN_CSV}, /* of those that are recorded */
};

#define COLUMNS (sizeof columns / sizeof *columns)

static bool is_recorded(const struct options *options)
{
    return options->record || options->webhooks.count;
}

void watch_answer_begin(struct watch_answer *answer, const struct options *options)
{
    *answer =
        (struct watch_answer){.options = options,
                              .table = {.columns = columns,
                                        .count = COLUMNS - !is_recorded(options),
                                        .format = options->format}};
    for (size_t i = 0; i < options->operand_count; i++)
        column_fit(&columns[1], file_name(options->operands[i]));
    columns[LIVE].side = session_wants_live(options) ? COLUMN_BOTH : COLUMN_CSV;
}

/* The source's name as a part of a file's: letters, digits, '.', '-' and '_'. */
static void plain_name(const char *address, char *out, size_t size)
{
    const char *name = file_name(address);
    size_t length = 0;
    for (; name[length] && length + 1 < size; length++) {
        char c = name[length];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '.' || c == '-' || c == '_';
        out[length] = plain ? c : '_';
    }
    out[length] = '\0';
}

/* Writes the picture; `path` is "" when there is none. */
static void snapshot(struct watch_answer *answer, const vultus_event *event, char *path,
                     size_t size)
{
    char source[128];
    vultus_error error = {0};
    path[0] = '\0';
    if (!answer->options->snapshots || !event->thumbnail)
        return;
    plain_name(event->address, source, sizeof source);
    int length = snprintf(path, size, "%s/%s-%zu-%llu-%s.jpg", answer->options->snapshots, source,
                          event->source + 1, (unsigned long long)event->visitor.track,
                          vultus_event_text(event->kind));
    if (length < 0 || (size_t)length >= size) {
        complain("%s: the path is too long", answer->options->snapshots);
        answer->code = worse(answer->code, EXIT_ENVIRONMENT);
        path[0] = '\0';
    } else if (file_write_private(path, event->thumbnail, event->thumbnail_size, &error)) {
        fail(&error);
        answer->code = worse(answer->code, EXIT_ENVIRONMENT);
        path[0] = '\0';
    }
}

static void put_row(struct watch_answer *answer, const vultus_event *event, const char *path,
                    int64_t id)
{
    struct table *table = &answer->table;
    const vultus_visitor *visitor = &event->visitor;
    bool csv = table->format == FORMAT_CSV, left = event->kind == VULTUS_EVENT_LEFT;
    bool unknown = visitor->recognition == VULTUS_RECOGNITION_UNKNOWN;
    bool picture = visitor->recognition == VULTUS_RECOGNITION_NOT_LIVE;
    table_number(table, event->time, 2, 3);
    table_text(table, csv ? event->address : file_name(event->address));
    table_whole(table, (long long)visitor->track);
    table_text(table, vultus_event_text(event->kind));
    table_text(table, csv       ? visitor->name
                      : unknown ? "unknown"
                      : picture ? "not live"
                                : visitor->name);
    table_number(table, visitor->similarity, 3, 5);
    table_rate(table, visitor->far);
    table_text(table, visitor->second);
    table_text(table, event->kind == VULTUS_EVENT_CHANGED ? event->before : NULL);
    table_text(table, vultus_recognition_text(visitor->recognition));
    table_number(table, visitor->box.x, 1, 1);
    table_number(table, visitor->box.y, 1, 1);
    table_number(table, visitor->box.width, 1, 1);
    table_number(table, visitor->box.height, 1, 1);
    table_number(table, visitor->quality, 2, 4);
    table_number(table, visitor->live, 2, 4);
    table_number(table, visitor->since, 2, 3);
    table_number(table, left ? visitor->seen - visitor->since : NAN, 1, 3);
    table_whole(table, visitor->looks);
    table_whole(table, (long long)event->frame);
    table_text(table, path);
    if (is_recorded(answer->options))
        table_whole(table, (long long)id);
    table_end(table);
}

void watch_answer_event(struct watch_answer *answer, const vultus_event *event, int64_t id)
{
    char path[FILE_PATH_MAX];
    snapshot(answer, event, path, sizeof path);
    answer_begin();
    if (answer->options->format == FORMAT_JSON) {
        json_t *value = json_event(event);
        if (value && id)
            value = json_joined(value, json_pack("{s:I}", "id", (json_int_t)id));
        if (value && path[0])
            value = json_joined(value, json_pack("{s:o}", "snapshot", json_text(path)));
        if (!json_line(stdout, value, JSON_DIGITS))
            answer->code = worse(answer->code, EXIT_ENVIRONMENT);
    } else
        put_row(answer, event, path, id);
    if (!answer_end())
        answer->code = worse(answer->code, EXIT_ENVIRONMENT);
}

void watch_answer_end(struct watch_answer *answer)
{
    answer_begin();
    table_finish(&answer->table);
    (void)answer_end();
}
