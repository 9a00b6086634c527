/*
 * vultus people: who is in the gallery, and changes to it. No networks are needed here. A change is
 * one transaction of the gallery; deleting asks first, because it cannot be undone.
 */
#include "base/memory.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "export.h"
#include "answers/json_people.h"
#include "json_answer.h"
#include "people_facts.h"
#include "people_review.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

static struct column list_columns[] = {
    {.key = "name"},
    {.key = "faces", .right = true},
    {.key = "created"},
    {.key = "id", .side = COLUMN_CSV},
};

static struct column show_columns[] = {
    {.key = "face", .right = true},
    {.key = "source"},
    {.key = "size", .right = true},
    {.key = "sharpness", .right = true},
    {.key = "score", .side = COLUMN_CSV},
    {.key = "embedder"},
    {.key = "created"},
};

static bool list_person(struct table *table, const vultus_person *person)
{
    if (table->format == FORMAT_JSON)
        return json_line(stdout, json_person(person), JSON_DIGITS);
    table_text(table, person->name);
    table_whole(table, (long long)person->faces);
    table_text(table, person->created);
    table_whole(table, person->id);
    table_end(table);
    return true;
}

static int people_list(const struct options *options)
{
    struct session session = {.options = options};
    vultus_people people = {0};
    vultus_error error = {0};
    struct table table = {.columns = list_columns,
                          .count = sizeof list_columns / sizeof *list_columns,
                          .format = options->format};
    int code = session_open_gallery(&session, GALLERY_READ);
    if (!code && vultus_gallery_people(session.gallery, &people, &error))
        code = fail(&error);
    for (size_t i = 0; i < people.count; i++)
        column_fit(&list_columns[0], people.items[i].name);
    for (size_t i = 0; !code && i < people.count; i++)
        if (people_wanted(&session, people.items[i].name, &code) &&
            !list_person(&table, &people.items[i]))
            code = EXIT_ENVIRONMENT;
    if (!code)
        table_finish(&table);
    vultus_people_clear(&people);
    session_close(&session);
    return code;
}

static bool show_json(const char *name, const vultus_face_records *records,
                      const vultus_facts *facts)
{
    json_t *faces = json_array();
    bool good = true;
    for (size_t i = 0; i < records->count; i++)
        good &= !json_array_append_new(faces, json_record(&records->items[i]));
    if (!good) {
        json_decref(faces);
        faces = NULL;
    }
    return json_line(stdout,
                     json_pack("{s:o, s:o, s:o}", "name", json_text(name), "facts",
                               json_facts(facts), "faces", faces),
                     JSON_DIGITS);
}

static void show_rows(const vultus_face_records *records, enum format format)
{
    struct table table = {.columns = show_columns,
                          .count = sizeof show_columns / sizeof *show_columns,
                          .format = format};
    for (size_t i = 0; i < records->count; i++) {
        column_fit(&show_columns[1], records->items[i].source ? records->items[i].source : "-");
        column_fit(&show_columns[5], records->items[i].embedder);
    }
    for (size_t i = 0; i < records->count; i++) {
        const vultus_face_record *record = &records->items[i];
        table_whole(&table, record->id);
        table_text(&table, record->source);
        table_number(&table, record->face.quality.size, 0, 2);
        table_number(&table, record->face.quality.sharpness, 2, 4);
        table_number(&table, record->face.score, 3, 5);
        table_text(&table, record->embedder);
        table_text(&table, record->created);
        table_end(&table);
    }
    table_finish(&table);
}

static struct column fact_columns[] = {
    {.key = "fact"}, {.key = "key"}, {.key = "value"}, {.key = "since"}};

/* Above the faces, for people who read; programs take JSON. */
static void show_facts(const vultus_facts *facts)
{
    struct table table = {.columns = fact_columns, .count = 4, .format = FORMAT_TABLE};
    for (size_t i = 0; i < facts->count; i++) {
        column_fit(&fact_columns[0], vultus_fact_name(facts->items[i].kind));
        column_fit(&fact_columns[1], facts->items[i].key);
        column_fit(&fact_columns[2], facts->items[i].value);
    }
    for (size_t i = 0; i < facts->count; i++) {
        table_text(&table, vultus_fact_name(facts->items[i].kind));
        table_text(&table, facts->items[i].key);
        table_text(&table, facts->items[i].value);
        table_text(&table, facts->items[i].since);
        table_end(&table);
    }
    if (facts->count)
        answer_line("%s", "");
}

static int people_show(const struct options *options)
{
    struct session session = {.options = options};
    vultus_face_records records = {0};
    vultus_facts facts = {0};
    vultus_error error = {0};
    const char *name = options->operands[0];
    int code = session_open_gallery(&session, GALLERY_READ);
    if (!code && vultus_gallery_faces(session.gallery, name, &records, &error))
        code = fail(&error);
    if (!code && vultus_gallery_facts(session.gallery, name, &facts, &error))
        code = fail(&error);
    if (!code && options->format == FORMAT_TABLE)
        show_facts(&facts);
    if (!code && options->format != FORMAT_JSON)
        show_rows(&records, options->format);
    else if (!code && !show_json(name, &records, &facts))
        code = EXIT_ENVIRONMENT;
    vultus_face_records_clear(&records);
    vultus_facts_clear(&facts);
    session_close(&session);
    return code;
}

static int people_rename(const struct options *options)
{
    struct session session = {.options = options};
    vultus_error error = {0};
    int code = session_open_gallery(&session, GALLERY_CHANGE);
    if (!code &&
        vultus_gallery_rename(session.gallery, options->operands[0], options->operands[1], &error))
        code = fail(&error);
    if (!code)
        say("%s is now %s", options->operands[0], options->operands[1]);
    session_close(&session);
    return code;
}

static int people_merge(const struct options *options)
{
    struct session session = {.options = options};
    vultus_error error = {0};
    int code = session_open_gallery(&session, GALLERY_CHANGE);
    if (!code &&
        vultus_gallery_merge(session.gallery, options->operands[0], options->operands[1], &error))
        code = fail(&error);
    if (!code)
        say("the faces of %s are now %s's", options->operands[0], options->operands[1]);
    session_close(&session);
    return code;
}

static bool may_delete(const struct options *options)
{
    if (options->yes)
        return true;
    if (options->operand_count == 1)
        return ask("Delete %s with all faces?", options->operands[0]);
    return ask("Delete %zu people with all faces?", options->operand_count);
}

static int people_delete(const struct options *options)
{
    struct session session = {.options = options};
    int code = EXIT_DONE;
    if (!options->yes && !can_ask()) {
        complain("people delete needs --yes where it cannot ask");
        return EXIT_USAGE;
    }
    code = session_open_gallery(&session, GALLERY_CHANGE);
    if (!code && !may_delete(options)) {
        say("nobody was deleted");
        code = EXIT_NO;
    } else if (!code) {
        for (size_t i = 0; i < options->operand_count; i++) {
            vultus_error error = {0};
            if (vultus_gallery_delete(session.gallery, options->operands[i], &error))
                code = worse(code, fail(&error));
            else
                say("%s was deleted", options->operands[i]);
        }
    }
    session_close(&session);
    return code;
}

const struct subcommand people_subcommands[] = {
    {.name = "list",
     .operands = "",
     .summary = "everybody, with how many faces",
     .least = 0,
     .most = 0,
     .options = OPTIONS(OPTIONS_OUTPUT, OPTION_DB, OPTION_KEY_FILE, OPTION_TAG, OPTION_GROUP),
     .run = people_list},
    {.name = "show",
     .operands = "NAME",
     .summary = "the faces of one person, and what is known of them",
     .least = 1,
     .most = 1,
     .run = people_show},
    {.name = "rename",
     .operands = "OLD NEW",
     .summary = "give somebody another name",
     .least = 2,
     .most = 2,
     .run = people_rename},
    {.name = "merge",
     .operands = "FROM INTO",
     .summary = "two entries are one person: move all faces",
     .least = 2,
     .most = 2,
     .run = people_merge},
    {.name = "tag",
     .operands = "NAME TAG...",
     .summary = "put tags on somebody",
     .least = 2,
     .most = OPERANDS_MAX,
     .run = people_tag},
    {.name = "untag",
     .operands = "NAME TAG...",
     .summary = "take tags off",
     .least = 2,
     .most = OPERANDS_MAX,
     .run = people_untag},
    {.name = "group",
     .operands = "NAME GROUP...",
     .summary = "put somebody into groups",
     .least = 2,
     .most = OPERANDS_MAX,
     .run = people_group},
    {.name = "ungroup",
     .operands = "NAME GROUP...",
     .summary = "take somebody out of groups",
     .least = 2,
     .most = OPERANDS_MAX,
     .run = people_ungroup},
    {.name = "set",
     .operands = "NAME KEY=VALUE...",
     .summary = "set attributes; KEY= removes one",
     .least = 2,
     .most = OPERANDS_MAX,
     .run = people_set},
    {.name = "consent",
     .operands = "NAME TEXT|none",
     .summary = "note what somebody agreed to, or that they do no more",
     .least = 2,
     .most = 2,
     .run = people_consent},
    {.name = "retain",
     .operands = "NAME DATE|none",
     .summary = "until when somebody may be kept; after that they are nobody",
     .least = 2,
     .most = 2,
     .run = people_retain},
    {.name = "not",
     .operands = "NAME FACE|IMAGE...",
     .summary = "a face, or a picture, is not of this person, ever",
     .least = 2,
     .most = OPERANDS_MAX,
     .run = people_not},
    {.name = "move",
     .operands = "FACE... NAME",
     .summary = "give faces to somebody else",
     .least = 2,
     .most = OPERANDS_MAX,
     .run = people_move},
    {.name = "split",
     .operands = "NAME INTO FACE...",
     .summary = "one entry is two people: give faces to somebody new, or else",
     .least = 3,
     .most = OPERANDS_MAX,
     .run = people_split},
    {.name = "undo",
     .operands = "",
     .summary = "take back the latest change that can be",
     .least = 0,
     .most = 0,
     .run = people_undo},
    {.name = "audit",
     .operands = "[NAME]",
     .summary = "who changed what and when, the latest first",
     .least = 0,
     .most = 1,
     .run = people_audit},
    {.name = "delete",
     .operands = "NAME...",
     .summary = "forget people, with all faces",
     .least = 1,
     .most = OPERANDS_MAX,
     .run = people_delete},
    {.name = "forget",
     .operands = "FACE...",
     .summary = "forget single faces",
     .least = 1,
     .most = OPERANDS_MAX,
     .run = people_forget},
    {.name = "export",
     .options = OPTIONS(OPTION_JSON, OPTION_QUIET, OPTION_DB, OPTION_KEY_FILE, OPTION_OUTPUT),
     .operands = "[NAME...]",
     .summary = "what is stored about people, as JSON lines",
     .least = 0,
     .most = OPERANDS_MAX,
     .run = people_export},
    {.name = "review",
     .operands = "",
     .summary = "what somebody should look at",
     .least = 0,
     .most = 0,
     .run = people_review,
     .options = OPTIONS(OPTIONS_OUTPUT, OPTION_DB, OPTION_KEY_FILE, OPTIONS_NETWORKS,
                        OPTION_THRESHOLD, OPTION_STRICT, OPTION_NO_PROGRESS),
     .text =
         "Lists faces that are nearer to another person than to their own (conflict) or far from\n"
         "the rest of their person (outlier), people who look like one (duplicate), faces of low\n"
         "quality, and people with a single face, each with the reason and what to do. Only\n"
         "faces by the embedder in use are looked at; nothing is changed. --threshold is the\n"
         "least similarity, or the greatest distance, to the rest of the person.\n"},
    {.name = NULL},
};
