/* vultus people review: what somebody should look at in the gallery. */
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "json_answer.h"
#include "people_review.h"
#include "table.h"

#include <math.h>

static struct column columns[] = {
    {.key = "concern", .width = 11},
    {.key = "name"},
    {.key = "face", .right = true},
    {.key = "source", .side = COLUMN_CSV},
    {.key = "other"},
    {.key = "own", .side = COLUMN_CSV},
    {.key = "to_other", .side = COLUMN_CSV},
    {.key = "quality", .side = COLUMN_CSV},
    {.key = "reason"},
    {.key = "what_to_do"},
};

static bool progress(void *context, size_t done, size_t total)
{
    bool *begun = context;
    if (!*begun)
        progress_begin("reviewing", total);
    *begun = true;
    progress_step(done);
    return !interrupted();
}

static bool put_json(const vultus_review_item *item)
{
    return json_line(stdout,
                     json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "concern",
                               json_text(vultus_concern_name(item->concern)), "name",
                               json_text(item->name), "face",
                               item->face ? json_integer(item->face) : json_null(), "source",
                               json_text(item->source), "other", json_text(item->other), "own",
                               json_number(item->own), "to_other", json_number(item->to_other),
                               "quality", json_number(item->quality), "reason",
                               json_text(item->reason), "what_to_do", json_text(item->advice)),
                     JSON_DIGITS);
}

static void put_row(struct table *table, const vultus_review_item *item)
{
    table_text(table, vultus_concern_name(item->concern));
    table_text(table, item->name);
    if (item->face)
        table_whole(table, item->face);
    else
        table_text(table, NULL);
    table_text(table, item->source);
    table_text(table, item->other);
    table_number(table, item->own, 3, 4);
    table_number(table, item->to_other, 3, 4);
    table_number(table, item->quality, 2, 4);
    table_text(table, item->reason);
    table_text(table, item->advice);
    table_end(table);
}

static int put(const vultus_review *review, enum format format)
{
    struct table table = {
        .columns = columns, .count = sizeof columns / sizeof *columns, .format = format};
    bool good = true;
    for (size_t i = 0; i < review->count; i++) {
        column_fit(&columns[1], review->items[i].name);
        column_fit(&columns[4], review->items[i].other ? review->items[i].other : "-");
        column_fit(&columns[8], review->items[i].reason);
        column_fit(&columns[9], review->items[i].advice);
    }
    answer_begin();
    for (size_t i = 0; good && i < review->count; i++) {
        if (format == FORMAT_JSON)
            good = put_json(&review->items[i]);
        else
            put_row(&table, &review->items[i]);
    }
    if (good)
        table_finish(&table);
    return answer_end() && good ? EXIT_DONE : EXIT_ENVIRONMENT;
}

int people_review(const struct options *options)
{
    struct session session = {0};
    vultus_review review = {0};
    vultus_error error = {0};
    bool begun = false;
    const vultus_review_options wanted = {.threshold = options->threshold,
                                          .has_threshold = options_has(options, OPTION_THRESHOLD),
                                          .progress = progress,
                                          .context = &begun};
    int code = session_open(&session, options);
    if (!code)
        code = session_open_gallery(&session, GALLERY_READ);
    if (!code)
        code = session_open_engine(&session, 1);
    if (!code) {
        vultus_status status =
            vultus_gallery_review(session.gallery, session.engine, &wanted, &review, &error);
        if (begun)
            progress_end();
        if (status == VULTUS_ERR_CANCELLED)
            code = interrupted();
        else if (status)
            code = fail(&error);
    }
    if (!code)
        code = put(&review, options->format);
    if (!code)
        say("%zu concerns; %zu faces of %zu people were looked at", review.count, review.faces,
            review.people);
    if (!code && review.left_out)
        say("%zu faces by other embedders were left out", review.left_out);
    if (!code && options->strict && review.count)
        code = EXIT_NO;
    vultus_review_clear(&review);
    session_close(&session);
    return code;
}
