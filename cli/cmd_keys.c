/* vultus keys: who may use the server. A key is shown when it is made and never again. */
#include "answers/json_values.h"
#include "base/memory.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "json_answer.h"
#include "server/keys.h"
#include "table.h"

#include <math.h>
#include <stdio.h>

static struct column columns[] = {
    {.key = "id"},      {.key = "name"},    {.key = "scope"}, {.key = "rate", .right = true},
    {.key = "created"}, {.key = "revoked"},
};

static int find_file(const struct options *options, char *path, size_t size)
{
    vultus_error error = {0};
    return keys_place(options->keys, options->db, path, size, &error) ? fail(&error) : EXIT_DONE;
}

static struct key_wanted wanted(const struct option_texts *texts)
{
    return (struct key_wanted){texts->items, texts->count};
}

static int keys_command_create(const struct options *options)
{
    static const enum key_scope scopes[] = {SCOPE_READ, SCOPE_ENROL, SCOPE_ADMIN};
    char path[4096], text[KEY_TEXT_SIZE];
    struct key key;
    const struct key_wish wish = {.name = options->operands[0],
                                  .scope = scopes[options->scope],
                                  .rate = options->limit,
                                  .galleries = wanted(&options->galleries),
                                  .workspaces = wanted(&options->workspaces)};
    vultus_error error = {0};
    int code = find_file(options, path, sizeof path);
    if (code)
        return code;
    if (keys_create(path, &wish, text, &key, &error))
        return fail(&error);
    answer_begin();
    bool good = true;
    if (options->format == FORMAT_JSON)
        good = json_line(stdout, json_joined(json_pack("{s:s}", "key", text), key_json(&key)),
                         JSON_DIGITS);
    else
        answer_line("%s", text);
    good &= answer_end();
    mem_wipe(text, sizeof text);
    say("key %s (%s) is in %s; it is shown only now", key.id, key_scope_name(key.scope), path);
    return good ? EXIT_DONE : EXIT_ENVIRONMENT;
}

static void put_row(struct table *table, const struct key *key)
{
    table_text(table, key->id);
    table_text(table, key->name);
    table_text(table, key_scope_name(key->scope));
    table_number(table, key->rate ? (double)key->rate : NAN, 0, 0);
    table_text(table, key->created);
    table_text(table, key->revoked ? "revoked" : "");
    table_end(table);
}

static int keys_command_list(const struct options *options)
{
    char path[4096];
    struct keys keys = {0};
    struct table table = {
        .columns = columns, .count = sizeof columns / sizeof *columns, .format = options->format};
    vultus_error error = {0};
    int code = find_file(options, path, sizeof path);
    if (!code && keys_read(path, &keys, &error))
        code = fail(&error);
    for (size_t i = 0; i < keys.count; i++) {
        column_fit(&columns[1], keys.items[i].name);
        column_fit(&columns[4], keys.items[i].created);
        column_fit(&columns[0], keys.items[i].id);
    }
    for (size_t i = 0; !code && i < keys.count; i++) {
        const struct key *key = &keys.items[i];
        if (options->format != FORMAT_JSON)
            put_row(&table, key);
        else if (!json_line(stdout, key_json(key), JSON_DIGITS))
            code = EXIT_ENVIRONMENT;
    }
    if (!code)
        table_finish(&table);
    keys_clear(&keys);
    return code;
}

static int keys_command_revoke(const struct options *options)
{
    char path[4096];
    vultus_error error = {0};
    int code = find_file(options, path, sizeof path);
    for (size_t i = 0; code != EXIT_ENVIRONMENT && i < options->operand_count; i++) {
        if (keys_revoke(path, options->operands[i], &error))
            code = worse(code, fail(&error));
        else
            say("key %s no longer counts", options->operands[i]);
    }
    return code;
}

const struct subcommand keys_subcommands[] = {
    {.name = "create",
     .operands = "NAME",
     .summary = "make a key and show it",
     .least = 1,
     .most = 1,
     .options = OPTIONS(OPTION_JSON, OPTION_QUIET, OPTION_DB, OPTION_KEYS, OPTION_SCOPE,
                        OPTION_GALLERY, OPTION_WORKSPACE, OPTION_RATE),
     .run = keys_command_create},
    {.name = "list",
     .operands = "",
     .summary = "the keys that were made, without what they are",
     .options = OPTIONS(OPTIONS_OUTPUT, OPTION_DB, OPTION_KEYS),
     .run = keys_command_list},
    {.name = "revoke",
     .operands = "ID...",
     .summary = "make keys count no more",
     .least = 1,
     .most = OPERANDS_MAX,
     .options = OPTIONS(OPTION_QUIET, OPTION_DB, OPTION_KEYS),
     .run = keys_command_revoke},
    {.name = NULL},
};
