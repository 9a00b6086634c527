/*
 * vultus people tag, group, set, consent, retain, not, move, undo, audit: what is known of people beside
 * their faces, and who changed it. "none" removes; every word is one transaction with its line of history.
 */
#include "people_facts.h"
#include "answers/json_people.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "json_answer.h"
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AUDIT_LINES 100000 /* the latest; a screen has 50 */

/* ------------------------------------------------------------------ facts */

struct change {
    vultus_fact_kind kind;
    const char *key, *value;
};

/* "KEY=VALUE" in two; "KEY=" removes. The word is changed. */
static bool split(char *word, struct change *out)
{
    char *equals = strchr(word, '=');
    if (!equals)
        return false;
    *equals = '\0';
    *out = (struct change){VULTUS_FACT_ATTRIBUTE, word, equals[1] ? equals + 1 : NULL};
    return true;
}

const char *whole_date(const char *text, char out[32])
{
    if (!strcmp(text, "none"))
        return NULL;
    if (strlen(text) != 10)
        return text;
    memcpy(out, text, 10);
    memcpy(out + 10, "T00:00:00Z", 11);
    return out;
}

/* Operands behind the name, each a change; the first that fails does not keep the others from being made. */
static int set_facts(const struct options *options, const struct change *changes, size_t count)
{
    struct session session = {.options = options};
    int code = session_open_gallery(&session, GALLERY_CHANGE);
    for (size_t i = 0; code != EXIT_ENVIRONMENT && i < count; i++) {
        vultus_error error = {0};
        if (vultus_gallery_set_fact(session.gallery, options->operands[0], changes[i].kind,
                                    changes[i].key, changes[i].value, &error))
            code = worse(code, fail(&error));
    }
    session_close(&session);
    return code;
}

static int flags(const struct options *options, vultus_fact_kind kind, const char *value)
{
    int code = EXIT_DONE;
    struct options one = *options;
    for (size_t i = 1; i < options->operand_count && code != EXIT_ENVIRONMENT; i++)
        code = worse(code, set_facts(&one, &(struct change){kind, options->operands[i], value}, 1));
    return code;
}

int people_tag(const struct options *options)
{
    return flags(options, VULTUS_FACT_TAG, "");
}

int people_untag(const struct options *options)
{
    return flags(options, VULTUS_FACT_TAG, NULL);
}

int people_group(const struct options *options)
{
    return flags(options, VULTUS_FACT_GROUP, "");
}

int people_ungroup(const struct options *options)
{
    return flags(options, VULTUS_FACT_GROUP, NULL);
}

int people_set(const struct options *options)
{
    int code = EXIT_DONE;
    for (size_t i = 1; i < options->operand_count && code != EXIT_ENVIRONMENT; i++) {
        struct change change;
        if (!split(options->operands[i], &change)) {
            complain("\"%s\" is not KEY=VALUE", options->operands[i]);
            return EXIT_USAGE;
        }
        code = worse(code, set_facts(options, &change, 1));
    }
    return code;
}

int people_consent(const struct options *options)
{
    const char *text = options->operands[1];
    const struct change change = {VULTUS_FACT_CONSENT, NULL, strcmp(text, "none") ? text : NULL};
    return set_facts(options, &change, 1);
}

int people_retain(const struct options *options)
{
    char date[32];
    const struct change change = {VULTUS_FACT_RETAIN, NULL, whole_date(options->operands[1], date)};
    return set_facts(options, &change, 1);
}

/* ------------------------------------------------------------------ faces and pictures */

bool people_read_face(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return end != text && !*end && !errno && *out > 0;
}

/* By the number of a face, or by a picture file. */
static int find_picture(vultus_gallery *gallery, const char *what, uint8_t picture[32])
{
    vultus_error error = {0};
    vultus_image *image = NULL;
    int64_t face;
    vultus_status status;
    if (people_read_face(what, &face)) {
        status = vultus_gallery_face_picture(gallery, face, picture, &error);
    } else {
        status = vultus_image_read(what, NULL, &image, &error);
        if (!status)
            status = vultus_image_id(image, picture, &error);
        vultus_image_free(image);
    }
    return status ? fail(&error) : EXIT_DONE;
}

int people_not(const struct options *options)
{
    struct session session = {.options = options};
    const char *name = options->operands[0];
    int code = session_open_gallery(&session, GALLERY_CHANGE);
    for (size_t i = 1; i < options->operand_count && code != EXIT_ENVIRONMENT; i++) {
        vultus_error error = {0};
        uint8_t picture[32];
        int each = find_picture(session.gallery, options->operands[i], picture);
        if (!each && vultus_gallery_refuse(session.gallery, name, picture, true, &error))
            each = fail(&error);
        if (!each)
            say("%s does not show %s", options->operands[i], name);
        code = worse(code, each);
    }
    session_close(&session);
    return code;
}

int people_move(const struct options *options)
{
    struct session session = {.options = options};
    vultus_error error = {0};
    const char *name = options->operands[options->operand_count - 1];
    int code = session_open_gallery(&session, GALLERY_CHANGE);
    for (size_t i = 0; i + 1 < options->operand_count && code != EXIT_ENVIRONMENT; i++) {
        int64_t face;
        if (!people_read_face(options->operands[i], &face)) {
            complain("\"%s\" is not the number of a face; people show has them",
                     options->operands[i]);
            code = worse(code, EXIT_USAGE);
        } else if (vultus_gallery_move(session.gallery, face, name, &error)) {
            code = worse(code, fail(&error));
        } else {
            say("face %s is now %s's", options->operands[i], name);
        }
    }
    session_close(&session);
    return code;
}

/* ------------------------------------------------------------------ history */

int people_undo(const struct options *options)
{
    struct session session = {.options = options};
    vultus_error error = {0};
    char action[32] = "";
    int code = session_open_gallery(&session, GALLERY_CHANGE);
    if (!code && vultus_gallery_undo(session.gallery, action, &error))
        code = fail(&error);
    if (!code)
        say("taken back: %s", action);
    session_close(&session);
    return code;
}

static struct column audit_columns[] = {
    {.key = "at"},
    {.key = "actor"},
    {.key = "action"},
    {.key = "name"},
    {.key = "before"},
    {.key = "after"},
    {.key = "undo"},
    {.key = "person", .side = COLUMN_CSV},
    {.key = "face", .side = COLUMN_CSV},
    {.key = "id", .side = COLUMN_CSV},
};

static void audit_row(struct table *table, const vultus_change *change)
{
    table_text(table, change->at);
    table_text(table, change->actor);
    table_text(table, change->action);
    table_text(table, change->name);
    table_text(table, change->before);
    table_text(table, change->after);
    table_text(table, change->undone ? "done" : change->undoable ? "can be" : "");
    table_whole(table, change->person);
    table_whole(table, change->face);
    table_whole(table, change->id);
    table_end(table);
}

int people_audit(const struct options *options)
{
    struct session session = {.options = options};
    vultus_error error = {0};
    vultus_changes changes = {0};
    const char *name = options->operand_count ? options->operands[0] : NULL;
    struct table table = {.columns = audit_columns,
                          .count = sizeof audit_columns / sizeof *audit_columns,
                          .format = options->format};
    size_t most = options->format == FORMAT_TABLE ? 50 : AUDIT_LINES;
    int code = session_open_gallery(&session, GALLERY_READ);
    if (!code && vultus_gallery_changes(session.gallery, name, most, &changes, &error))
        code = fail(&error);
    for (size_t i = 0; i < changes.count; i++) {
        const vultus_change *change = &changes.items[i];
        column_fit(&audit_columns[0], change->at);
        column_fit(&audit_columns[1], change->actor);
        column_fit(&audit_columns[2], change->action);
        column_fit(&audit_columns[3], change->name ? change->name : "-");
        column_fit(&audit_columns[4], change->before ? change->before : "-");
        column_fit(&audit_columns[5], change->after ? change->after : "-");
    }
    for (size_t i = 0; !code && i < changes.count; i++) {
        if (options->format != FORMAT_JSON)
            audit_row(&table, &changes.items[i]);
        else if (!json_line(stdout, json_change(&changes.items[i]), JSON_DIGITS))
            code = EXIT_ENVIRONMENT;
    }
    if (!code)
        table_finish(&table);
    vultus_changes_clear(&changes);
    session_close(&session);
    return code;
}

static bool has_fact(const vultus_facts *facts, vultus_fact_kind kind, const char *key)
{
    for (size_t i = 0; i < facts->count; i++)
        if (facts->items[i].kind == kind && !strcmp(facts->items[i].key, key))
            return true;
    return false;
}

static bool has_any(const vultus_facts *facts, vultus_fact_kind kind,
                    const struct option_texts *keys)
{
    bool has = !keys->count;
    for (size_t i = 0; i < keys->count; i++)
        has |= has_fact(facts, kind, keys->items[i]);
    return has;
}

bool people_wanted(struct session *session, const char *name, int *code)
{
    const struct options *options = session->options;
    vultus_facts facts = {0};
    vultus_error error = {0};
    if (!options->tags.count && !options->groups.count)
        return true;
    if (vultus_gallery_facts(session->gallery, name, &facts, &error)) {
        *code = fail(&error);
        return false;
    }
    const bool wanted = has_any(&facts, VULTUS_FACT_TAG, &options->tags) &&
                        has_any(&facts, VULTUS_FACT_GROUP, &options->groups);
    vultus_facts_clear(&facts);
    return wanted;
}
