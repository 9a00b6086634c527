/* vultus serve: the HTTP server, see server/server.h; its settings, see settings.h. */
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "json_answer.h"
#include "server/server.h"
#include "settings.h"
#include "table.h"

#include <stdio.h>

struct serving {
    const struct options *flags; /* the command line */
    struct options options;      /* with the environment and the file as they are now */
    struct settings settings;
};

static struct server_options wanted(const struct options *options)
{
    return (struct server_options){
        .listen = options->listen,
        .workers = options->workers,
        .job_workers = options->job_workers,
        .queue = options->queue,
        .deadline = options->deadline,
        .rate = options->limit,
        .max_body = options->max_body,
        .keys = options->keys,
        .tls_cert = options->tls_cert,
        .tls_key = options->tls_key,
        .insecure = options->insecure,
        .quiet = options->quiet,
        .no_ui = options->no_ui,
        .keep_unknown = options->keep_unknown,
        .heartbeat = options->heartbeat,
        .cors = options->cors,
        .cameras = options->cameras.items,
        .camera_count = options->cameras.count,
        .camera_sources = options->camera_sources.items,
        .camera_source_count = options->camera_sources.count,
        .gallery = options->db,
        .key_file = options->key_file,
        .templates = (vultus_template)options->templates,
        .engine = session_engine(options, 1),
    };
}

/* Once more, for server_options.reload. What was read before is given up only when the new is good. */
static bool read_again(void *context, struct server_options *out)
{
    struct serving *serving = context;
    struct options options = *serving->flags;
    struct settings settings;
    if (settings_read(&options, &settings)) {
        settings_clear(&settings);
        return false;
    }
    settings_clear(&serving->settings);
    serving->settings = settings;
    serving->options = options;
    *out = wanted(&serving->options);
    return true;
}

static void put_setting(struct table *table, const struct serving *serving, enum option_id id)
{
    char value[4096], source[4160];
    const char *name = option_specs[id].name;
    settings_value(&serving->options, id, value, sizeof value);
    settings_source(&serving->settings, id, source, sizeof source);
    if (table->format == FORMAT_JSON) {
        (void)json_line(stdout,
                        json_pack("{s:s, s:o, s:o}", "name", name, "value", json_text(value),
                                  "from", json_text(source)),
                        JSON_DIGITS);
        return;
    }
    table_text(table, name);
    table_text(table, value);
    table_text(table, source);
    table_end(table);
}

static int check(const struct serving *serving)
{
    struct column columns[] = {
        {.key = "name", .width = 12}, {.key = "value", .width = 24}, {.key = "from"}};
    struct table table = {.columns = columns,
                          .count = sizeof columns / sizeof *columns,
                          .format = serving->options.format};
    const struct server_options server = wanted(&serving->options);
    vultus_error error = {0};
    for (int id = 0; id < OPTION_COUNT; id++)
        if (settings_takes(serving->flags->command, (enum option_id)id))
            put_setting(&table, serving, (enum option_id)id);
    table_finish(&table);
    return server_check(&server, &error) ? fail(&error) : EXIT_DONE;
}

static int serve(struct serving *serving, struct serving *again)
{
    struct server_options server = wanted(&serving->options);
    vultus_error error = {0};
    server.reload = read_again;
    server.reload_context = again;
    if (!server_run(&server, &error))
        return EXIT_DONE;
    int code = fail(&error);
    return code == EXIT_USAGE ? EXIT_USAGE : EXIT_ENVIRONMENT;
}

int cmd_serve(const struct options *options)
{
    struct serving serving = {.flags = options, .options = *options};
    struct serving again = {.flags = options}; /* the server goes on with the first */
    if (!options->check && options->format != FORMAT_TABLE) {
        complain("--json and --csv go with --check");
        return EXIT_USAGE;
    }
    int code = settings_read(&serving.options, &serving.settings);
    if (!code)
        code = options->check ? check(&serving) : serve(&serving, &again);
    settings_clear(&again.settings);
    settings_clear(&serving.settings);
    return code;
}
