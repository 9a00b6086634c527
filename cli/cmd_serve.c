/* vultus serve: the HTTP server, see server/server.h. */
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "server/server.h"

int cmd_serve(const struct options *options)
{
    const struct server_options wanted = {
        .listen = options->listen,
        .workers = options->workers,
        .job_workers = options->job_workers,
        .queue = options->queue,
        .deadline = options->deadline,
        .rate = options->limit,
        .max_body = options->max_body,
        .keys = options->keys,
        .insecure = options->insecure,
        .quiet = options->quiet,
        .cors = options->cors,
        .gallery = options->db,
        .templates = (vultus_template)options->templates,
        .engine = session_engine(options, 1),
    };
    vultus_error error = {0};
    if (!server_run(&wanted, &error))
        return EXIT_DONE;
    int code = fail(&error);
    return code == EXIT_USAGE ? EXIT_USAGE : EXIT_ENVIRONMENT;
}
