/*
 * Opens what commands need and turns failures into exit codes. Pictures share the threads: with
 * more than one, each worker takes a picture and the engine is told to use the caller's thread
 * only; one alone gets all threads inside the engine.
 */
#include "cli_session.h"
#include "base/file.h"
#include "command.h"
#include "console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int exit_of(vultus_status status)
{
    switch (status) {
    case VULTUS_OK: return EXIT_DONE;
    case VULTUS_ERR_ARGUMENT: return EXIT_USAGE;
    case VULTUS_ERR_IO:
    case VULTUS_ERR_FORMAT:
    case VULTUS_ERR_LIMIT:
    case VULTUS_ERR_NOT_FOUND:
    case VULTUS_ERR_EXISTS: return EXIT_INPUTS;
    case VULTUS_ERR_CANCELLED: return interrupted() ? interrupted() : EXIT_ENVIRONMENT;
    default: return EXIT_ENVIRONMENT;
    }
}

int fail(const vultus_error *error)
{
    complain("%s", error->message[0] ? error->message : vultus_status_text(error->code));
    return exit_of(error->code);
}

int fail_picture(const char *path, const vultus_error *error)
{
    say_about(path, error);
    int code = exit_of(error->code);
    return code == EXIT_USAGE || error->code == VULTUS_ERR_MEMORY ? EXIT_INPUTS : code;
}

int worse(int a, int b)
{
    return a > b ? a : b; /* the codes are ordered so */
}

vultus_detect_options session_detection(const struct options *options)
{
    vultus_detect_options detect = {.min_face = options->min_face,
                                    .upsample = options->upsample,
                                    .scale_factor = options->scale_factor,
                                    .min_neighbors = options->min_neighbors};
    memcpy(detect.thresholds, options->thresholds, sizeof detect.thresholds);
    return detect;
}

vultus_decision session_decision(const struct options *options)
{
    return (vultus_decision){
        .metric = !options_has(options, OPTION_METRIC) ? VULTUS_METRIC_OWN
                  : options->metric                    ? VULTUS_METRIC_EUCLIDEAN
                                                       : VULTUS_METRIC_COSINE,
        .threshold = options->threshold,
        .has_threshold = options_has(options, OPTION_THRESHOLD),
        .top = options->top > 2 ? options->top : 2,
        .far = options_has(options, OPTION_FAR) ? options->far : 0,
        .min_margin = options->min_margin,
        .min_quality = options->min_quality,
    };
}

float session_quality(const vultus_face *face)
{
    return face->quality.score;
}

bool session_wants_live(const struct options *options)
{
    return options->liveness || options_has(options, OPTION_REQUIRE_LIVE);
}

float session_live_threshold(const struct session *session)
{
    const struct options *options = session->options;
    return options_has(options, OPTION_REQUIRE_LIVE) && options->require_live >= 0
               ? options->require_live
               : vultus_engine_live_threshold(session->engine);
}

float session_min_live(const struct session *session)
{
    return options_has(session->options, OPTION_REQUIRE_LIVE) ? session_live_threshold(session) : 0;
}

bool session_by_distance(const struct session *session)
{
    vultus_decision decision = session_decision(session->options);
    return (decision.metric == VULTUS_METRIC_OWN ? vultus_engine_metric(session->engine)
                                                 : decision.metric) == VULTUS_METRIC_EUCLIDEAN;
}

vultus_embed_options session_embedding(const struct options *options)
{
    return (vultus_embed_options){.flip = options->flip, .jitter = options->jitter};
}

vultus_engine_options session_engine(const struct options *options, unsigned threads)
{
    return (vultus_engine_options){
        .models = options->models,
        .pipeline = options->pipeline,
        .detector = options->detector,
        .landmarks = options->landmarker,
        .embedder = options->embedder,
        .attributes = options->attributes,
        .calibration = options->calibration,
        .liveness = session_wants_live(options) ? VULTUS_LIVENESS : NULL,
        .threads = threads,
    };
}

bool session_gallery_path(const struct options *options, char *path, size_t size)
{
    const char *location = options->db ? options->db : getenv("VULTUS_DB");
    vultus_error error;
    path[0] = '\0';
    if (!location || !*location)
        return !file_data_path("gallery.db", path, size, &error);
    if (!strncmp(location, "sqlite:", 7))
        location += 7;
    if (strlen(location) >= size || strstr(location, "://"))
        return false;
    memcpy(path, location, strlen(location) + 1);
    return true;
}

bool session_gallery_there(const struct options *options)
{
    char path[FILE_PATH_MAX];
    const char *location = options->db ? options->db : getenv("VULTUS_DB");
    if (location && strstr(location, "://"))
        return true; /* a server is asked */
    return session_gallery_path(options, path, sizeof path) && file_exists(path);
}

int session_open(struct session *session, const struct options *options)
{
    vultus_error error = {0};
    *session = (struct session){.options = options};
    if (options_has(options, OPTION_FAR) && options_has(options, OPTION_THRESHOLD)) {
        complain("--far and --threshold: give one of them");
        return EXIT_USAGE;
    }
    interrupts_watch();
    if (pool_open(options->threads, &session->pool, &error))
        return fail(&error);
    return EXIT_DONE;
}

/* Whether the file can be written, before the work that fills it. What is there and no file (a terminal, a
 * pipe) is left alone: opening it may be seen at its other end. */
static int check_output(const char *path)
{
    struct file_replacement trial;
    struct stat info;
    vultus_error error = {0};
    if (!stat(path, &info) && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode))
        return EXIT_DONE;
    if (file_replace_begin(path, true, &trial, &error)) {
        fail(&error);
        return EXIT_ENVIRONMENT;
    }
    file_replace_abort(&trial);
    return EXIT_DONE;
}

int session_open_engine(struct session *session, size_t pictures)
{
    const struct options *options = session->options;
    vultus_error error = {0};
    int code = options->output && !session->folder_out ? check_output(options->output) : EXIT_DONE;
    if (code)
        return code;
    vultus_detect_options detect = session_detection(options);
    unsigned threads = pictures == 1 ? pool_threads(session->pool) : 1;
    vultus_engine_options wanted = session_engine(options, threads);
    wanted.detect_only = session->detect_only;
    if (vultus_engine_open(&wanted, &session->engine, &error) ||
        vultus_engine_check(session->engine, &detect,
                            &error)) { /* said once, not of every picture */
        code = fail(&error);
        return code == EXIT_USAGE ? EXIT_USAGE : EXIT_ENVIRONMENT;
    }
    if (!options_has(options, OPTION_FAR) || vultus_engine_calibration(session->engine) ||
        !option_taken(options->command, options->subcommand, OPTION_CALIBRATION))
        return EXIT_DONE;
    const char *name = options->embedder ? options->embedder : options->pipeline;
    complain("--far needs a calibration of %s; make one: vultus calibrate folder DIR%s%s",
             vultus_engine_embedder(session->engine),
             !name               ? ""
             : options->embedder ? " --embedder "
                                 : " --pipeline ",
             name ? name : "");
    return EXIT_ENVIRONMENT;
}

static void tell(void *context, const char *line)
{
    (void)context;
    complain("%s", line);
}

int session_open_gallery(struct session *session, enum gallery_use use)
{
    vultus_error error = {0};
    vultus_gallery_options options = {.read_only = use == GALLERY_READ,
                                      .must_exist = use != GALLERY_MAKE,
                                      .actor = session->options->actor,
                                      .key_file = session->options->key_file,
                                      .key_optional = use == GALLERY_REKEY,
                                      .templates = (vultus_template)session->options->templates,
                                      .exact = session->options->exact,
                                      .search_files = true,
                                      .notice = tell};
    if (!vultus_gallery_open(session->options->db, &options, &session->gallery, &error))
        return EXIT_DONE;
    fail(&error);
    return EXIT_ENVIRONMENT;
}

void session_close(struct session *session)
{
    vultus_gallery_close(session->gallery);
    vultus_engine_close(session->engine);
    pool_close(session->pool);
    *session = (struct session){0};
}
