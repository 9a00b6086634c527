/*
 * vultus bench start: how long until a fresh process has answered once. Each measurement is a new
 * process that runs `bench once`, which opens an engine and takes one picture through it; what the
 * networks themselves took there is set against the rest.
 */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/file.h"
#include "bench.h"
#include "command.h"
#include "console.h"
#include "share.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESS, OPEN, PICTURE, NETWORKS, SERIES };
static const char *const names[SERIES] = {"process", "engine open", "first picture",
                                          "  its networks"};
static const char *const keys[SERIES] = {"process", "open", "picture", "networks"};

/* ------------------------------------------------------------------ once */

static int first_picture(struct session *session, const char *path)
{
    vultus_image *image = NULL;
    vultus_faces faces = {0};
    float *embeddings = NULL;
    vultus_error error = {0};
    int code = EXIT_DONE;
    if (path && vultus_image_read(path, NULL, &image, &error))
        return fail_picture(path, &error);
    if (!path)
        code = synthetic_picture(640, 480, 1, &image);
    if (code)
        return code;
    vultus_face whole = vultus_face_whole(session->engine, image);
    vultus_detect_options detect = session_detection(session->options);
    vultus_embed_options embed = session_embedding(session->options);
    size_t count = 1;
    vultus_status status = vultus_detect(session->engine, image, &detect, &faces, &error);
    if (!status) {
        count = faces.count ? faces.count : 1;
        status = vultus_embed(session->engine, image, faces.count ? faces.items : &whole, count,
                              &embed, &embeddings, &error);
    }
    vultus_embeddings_free(embeddings, count * vultus_engine_dimension(session->engine));
    vultus_faces_clear(&faces);
    vultus_image_free(image);
    return status ? fail(&error) : EXIT_DONE;
}

int bench_once(const struct options *options)
{
    struct options one = bench_options(options);
    struct session session = {0};
    int code = session_open(&session, &one);
    uint64_t begin = clock_ns();
    if (!code)
        code = session_open_engine(&session, 1);
    uint64_t opened = clock_ns();
    if (!code)
        code = first_picture(&session, options->operand_count ? options->operands[0] : NULL);
    uint64_t done = clock_ns();
    if (!code) {
        vultus_timings t;
        vultus_engine_timings(session.engine, &t);
        double open_ms = (double)(opened - begin) / 1e6, picture_ms = (double)(done - opened) / 1e6;
        double network_ms = (double)(t.detect_networks + t.embed_networks) / 1e6;
        if (options->format != FORMAT_JSON)
            printf("engine open %.1f ms, first picture %.1f ms, its networks %.1f ms\n", open_ms,
                   picture_ms, network_ms);
        else if (!json_line(stdout,
                            json_pack("{s:o, s:o, s:o}", keys[OPEN], json_number(open_ms),
                                      keys[PICTURE], json_number(picture_ms), keys[NETWORKS],
                                      json_number(network_ms)),
                            JSON_DIGITS))
            code = EXIT_ENVIRONMENT;
    }
    session_close(&session);
    return code;
}

/* ------------------------------------------------------------------ start */

#define ARGUMENTS_MAX 32

struct arguments {
    const char *items[ARGUMENTS_MAX + 1];
    size_t count;
    char threads[16];
};

static void add(struct arguments *arguments, const char *option, const char *value)
{
    if (!value || arguments->count + 2 > ARGUMENTS_MAX)
        return;
    if (option)
        arguments->items[arguments->count++] = option;
    arguments->items[arguments->count++] = value;
}

static void set_arguments(struct arguments *arguments, const struct options *options,
                          const char *program)
{
    add(arguments, NULL, program);
    add(arguments, "bench", "once");
    add(arguments, NULL, "--json");
    add(arguments, "--models", options->models);
    add(arguments, "--pipeline", options->pipeline);
    add(arguments, "--detector", options->detector);
    add(arguments, "--landmarker", options->landmarker);
    add(arguments, "--embedder", options->embedder);
    snprintf(arguments->threads, sizeof arguments->threads, "%u", options->threads);
    add(arguments, "--threads", options->threads ? arguments->threads : NULL);
    add(arguments, NULL, options->flip ? "--flip" : NULL);
    add(arguments, "--", options->operand_count ? options->operands[0] : NULL);
    arguments->items[arguments->count] = NULL;
}

/* Runs the program and reads its answer; the exit code is the child's. */
static int run_child(const struct arguments *arguments, char *answer, size_t size)
{
    int ends[2], status = 0;
    size_t have = 0;
    char *list[ARGUMENTS_MAX + 1];
    for (size_t i = 0; i <= arguments->count; i++)
        list[i] = (char *)(uintptr_t)arguments->items[i]; /* execv takes them so and keeps them */
    if (pipe2(ends, O_CLOEXEC))
        return EXIT_ENVIRONMENT;
    pid_t child = fork();
    if (!child) {
        dup2(ends[1], STDOUT_FILENO);
        execv(list[0], list);
        _exit(127);
    }
    close(ends[1]);
    for (ssize_t got = 1; child > 0 && got > 0;) {
        got = read(ends[0], answer + have, size - 1 - have);
        have += got > 0 ? (size_t)got : 0;
        if (got < 0 && errno == EINTR)
            got = 1;
    }
    answer[have] = '\0';
    close(ends[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return EXIT_ENVIRONMENT;
    if (child < 0 || !WIFEXITED(status))
        return EXIT_ENVIRONMENT;
    return WEXITSTATUS(status) == 127 ? EXIT_ENVIRONMENT : WEXITSTATUS(status);
}

static int measure(const struct arguments *arguments, struct series *series)
{
    char answer[512];
    uint64_t begin = clock_ns();
    int code = run_child(arguments, answer, sizeof answer);
    uint64_t end = clock_ns();
    json_t *value = code ? NULL : json_loads(answer, 0, NULL);
    if (code)
        return code;
    if (!value) {
        complain("bench once did not answer");
        return EXIT_ENVIRONMENT;
    }
    series_add(&series[PROCESS], (double)(end - begin) / 1e6);
    for (int i = OPEN; i < SERIES; i++)
        series_add(&series[i], json_number_value(json_object_get(value, keys[i])));
    json_decref(value);
    return EXIT_DONE;
}

static bool put(const struct options *options, const struct series *series)
{
    double process = series_median(&series[PROCESS]), networks = series_median(&series[NETWORKS]);
    double percent = options->threads <= 1 ? 100 * networks / process : NAN;
    if (options->format != FORMAT_JSON) {
        answer_line("%u fresh processes, %s", options->repeat,
                    options->operand_count ? options->operands[0] : "synthetic picture");
        series_put(series, SERIES);
        if (isfinite(percent))
            printf("the networks are %.0f %% of a process\n", percent);
        return true;
    }
    json_t *value = json_pack("{s:i, s:o}", "repeats", (int)options->repeat, "networks_percent",
                              json_number(percent));
    json_t *times = json_object();
    bool good = value && times;
    for (int i = 0; i < SERIES; i++)
        good = good && !json_object_set_new(times, keys[i], json_series(&series[i]));
    good = good && !json_object_set(value, "milliseconds", times);
    json_decref(times);
    if (!good) {
        json_decref(value);
        value = NULL;
    }
    return json_line(stdout, value, JSON_DIGITS);
}

int bench_start(const struct options *options)
{
    char program[FILE_PATH_MAX];
    struct arguments arguments = {.count = 0};
    struct series series[SERIES] = {{0}};
    int code = EXIT_DONE;
    if (!share_program(program, sizeof program)) {
        complain("this program's own file cannot be found in /proc");
        return EXIT_ENVIRONMENT;
    }
    interrupts_watch();
    set_arguments(&arguments, options, program);
    for (int i = 0; !code && i < SERIES; i++)
        if (!series_open(&series[i], names[i], options->repeat))
            code = EXIT_ENVIRONMENT;
    progress_begin("starting", options->repeat);
    for (unsigned i = 0; !code && i < options->repeat; i++) {
        code = measure(&arguments, series);
        if (interrupted())
            code = interrupted();
        progress_step(i + 1);
    }
    progress_end();
    if (!code && !put(options, series))
        code = EXIT_ENVIRONMENT;
    for (int i = 0; i < SERIES; i++)
        series_clear(&series[i]);
    return code;
}

const struct subcommand bench_subcommands[] = {
    {.name = "pipeline",
     .operands = "[IMAGE...]",
     .summary = "one picture stage by stage",
     .least = 0,
     .most = OPERANDS_MAX,
     .run = bench_pipeline},
    {.name = "folder",
     .operands = "DIR...",
     .summary = "identify on folders: pictures/s, processors, memory",
     .least = 1,
     .most = OPERANDS_MAX,
     .run = bench_folder},
    {.name = "start",
     .operands = "[IMAGE]",
     .summary = "fresh processes until the first answer",
     .least = 0,
     .most = 1,
     .run = bench_start},
    {.name = "once",
     .operands = "[IMAGE]",
     .summary = "one cold start in this process",
     .least = 0,
     .most = 1,
     .run = bench_once},
    {.name = "search",
     .operands = "",
     .summary = "exact search over made-up faces, beside limits",
     .least = 0,
     .most = 0,
     .run = bench_search,
     .options = OPTIONS(OPTION_JSON, OPTION_QUIET, OPTION_NO_PROGRESS, OPTION_THREADS,
                        OPTION_REPEAT, OPTION_FACES, OPTION_DIMENSION, OPTION_DATA),
     .text =
         "Makes embeddings up, five of each person, and looks for other faces of the same people\n"
         "and for strangers: one at a time, and 64 with one reading of the index, on one thread\n"
         "and on --threads (two). Beside it stands what it takes one thread to read a byte for\n"
         "each number once, and to compare every face; OF READ is the least time in parts of\n"
         "the former. The answers are checked against the latter.\n"},
    {.name = NULL},
};
