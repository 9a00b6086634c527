/*
 * vultus redact: pictures and films in which faces cannot be recognised. Pictures go through the workers, one film after
 * another through all threads. Who is kept has to be found by name; whatever goes wrong there, a face is redacted.
 */
#include "base/memory.h"
#include "command.h"
#include "console.h"
#include "excepted.h"
#include "inputs.h"
#include "json_answer.h"
#include "picture_run.h"
#include "redact_plan.h"
#include "tagged_copy.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define SHOWN 256 /* bytes of a source's name */

struct redact {
    const struct options *options;
    struct session *session;
    vultus_redaction method;
    pthread_mutex_t gallery; /* held while looking up */
    vultus_error trouble;    /* of looking up; code 0: none */
    struct table table;
    int code;
};

static struct column columns[] = {{.key = "file"},
                                  {.key = "frames", .right = true},
                                  {.key = "faces", .right = true},
                                  {.key = "redacted", .right = true},
                                  {.key = "output"}};

/* ------------------------------------------------------------------ who is kept; from any thread */

static bool keep(void *context, const vultus_face *face, const float *embedding)
{
    struct redact *redact = context;
    const struct session *session = redact->session;
    vultus_decision decision = session_decision(redact->options);
    vultus_identity who;
    vultus_error error = {0};
    decision.quality = session_quality(face);
    pthread_mutex_lock(&redact->gallery);
    vultus_status status = vultus_gallery_identify(session->gallery, session->engine, embedding,
                                                   &decision, &who, &error);
    if (status)
        redact->trouble = error;
    pthread_mutex_unlock(&redact->gallery);
    return !status && who.match && is_excepted(redact->options, who.best.name);
}

/* ------------------------------------------------------------------ answers */

static int put(struct redact *redact, const char *file, const char *output,
               const vultus_film_counts *counts)
{
    struct table *table = &redact->table;
    answer_begin();
    if (redact->options->format == FORMAT_JSON)
        (void)json_line(stdout,
                        json_pack("{s:o, s:o, s:o, s:o, s:o}", "file", json_text(file), "frames",
                                  json_whole(counts->frames), "faces", json_whole(counts->faces),
                                  "redacted", json_whole(counts->redacted), "output",
                                  json_text(output)),
                        JSON_DIGITS);
    table_text(table, file);
    table_whole(table, (long long)counts->frames);
    table_whole(table, (long long)counts->faces);
    table_whole(table, (long long)counts->redacted);
    table_text(table, output);
    table_end(table);
    return answer_end() ? EXIT_DONE : EXIT_ENVIRONMENT;
}

/* ------------------------------------------------------------------ pictures */

/* On a worker: leaves the number of boxes as the answer. */
static void redact_picture(void *context, struct picture *picture)
{
    struct redact *redact = context;
    size_t dimension =
        redact->session->detect_only ? 0 : vultus_engine_dimension(redact->session->engine);
    vultus_box *boxes = mem_array(picture->faces.count, sizeof *boxes);
    vultus_film_counts *counts = mem_zalloc(1, sizeof *counts);
    picture->answer = counts;
    if (!boxes || !counts)
        picture->trouble = (vultus_error){VULTUS_ERR_MEMORY, "not enough memory"};
    for (size_t i = 0; boxes && counts && i < picture->faces.count; i++)
        if (!dimension ||
            !keep(redact, &picture->faces.items[i], picture->embeddings + i * dimension))
            boxes[counts->redacted++] = picture->faces.items[i].box;
    if (boxes && counts &&
        !vultus_image_redact(picture->image, boxes, counts->redacted, redact->method,
                             &picture->trouble) &&
        !vultus_image_write(picture->image, picture->copy, &picture->trouble)) {
        counts->frames = 1;
        counts->faces = picture->faces.count;
    }
    mem_free(boxes);
}

static int deliver(void *context, struct picture *picture)
{
    struct redact *redact = context;
    if (picture->status) {
        redact->code = worse(redact->code, fail_picture(picture->path, &picture->error));
        return picture_answer_error(picture, redact->options);
    }
    if (picture->trouble.code) {
        complain("%s: %s", picture->path, error_reason(picture->copy, &picture->trouble));
        return EXIT_ENVIRONMENT;
    }
    return put(redact, picture->path, picture->copy, picture->answer);
}

static int redact_pictures(struct redact *redact, const struct redact_plan *plan)
{
    struct picture_errand errand = {.session = redact->session,
                                    .what = "redacting",
                                    .files = &plan->pictures,
                                    .copies = &plan->picture_copies,
                                    .embed = !redact->session->detect_only,
                                    .finish = redact_picture,
                                    .forget = mem_free,
                                    .deliver = deliver,
                                    .context = redact};
    return plan->pictures.count ? pictures_run(&errand) : EXIT_DONE;
}

/* ------------------------------------------------------------------ films */

static bool stop(void *context)
{
    (void)context;
    return interrupted();
}

static void progress(void *context, uint64_t done, uint64_t total)
{
    (void)context, (void)total;
    progress_step(done);
}

static int redact_film(struct redact *redact, const char *source, const char *output)
{
    const vultus_film_redaction how = {.method = redact->method,
                                       .detect = session_detection(redact->options),
                                       .embed = session_embedding(redact->options),
                                       .keep = redact->session->detect_only ? NULL : keep,
                                       .stop = stop,
                                       .progress = progress,
                                       .context = redact};
    vultus_film_counts counts = {0};
    vultus_error error = {0};
    char shown[SHOWN];
    vultus_source_show(source, shown, sizeof shown);
    progress_begin("redacting", 0);
    vultus_status status =
        vultus_film_redact(redact->session->engine, source, output, &how, &counts, &error);
    progress_end();
    int code = EXIT_DONE;
    if (status)
        code = status == VULTUS_ERR_IO || status == VULTUS_ERR_FORMAT || status == VULTUS_ERR_LIMIT
                   ? fail_picture(shown, &error)
                   : fail(&error);
    if (counts.frames)
        code = worse(code, put(redact, shown, output, &counts));
    return code;
}

static int redact_films(struct redact *redact, const struct redact_plan *plan)
{
    int code = EXIT_DONE;
    for (size_t i = 0; i < plan->films.count && code < EXIT_ENVIRONMENT; i++)
        code = worse(code, redact_film(redact, plan->films.items[i], plan->film_copies.items[i]));
    return code;
}

/* ------------------------------------------------------------------ command */

static int read_method(const char *name, vultus_redaction *out)
{
    static const char *const names[] = {"blur", "pixelate", "fill"}; /* as vultus_redaction */
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i])) {
            *out = (vultus_redaction)i;
            return EXIT_DONE;
        }
    if (!name)
        return EXIT_DONE;
    complain("--method: \"%s\" is none of blur, pixelate, fill", name);
    return EXIT_USAGE;
}

static int open_all(struct redact *redact, const struct redact_plan *plan)
{
    struct session *session = redact->session;
    session->detect_only = !redact->options->excepted.count;
    session->folder_out = file_is_folder(redact->options->output);
    /* A film has its threads inside the engine. */
    int code = session_open_engine(session, plan->films.count ? 1 : plan->pictures.count);
    if (code || session->detect_only)
        return code;
    code = session_open_gallery(session, GALLERY_READ);
    return code ? code : excepted_check(session);
}

int cmd_redact(const struct options *options)
{
    struct session session = {0};
    struct redact_plan plan = {0};
    struct redact redact = {.options = options,
                            .session = &session,
                            .table = {.columns = columns,
                                      .count = sizeof columns / sizeof *columns,
                                      .format = options->format}};
    if (!options->output) {
        complain("redact needs --output FILE, or a folder for several files");
        return EXIT_USAGE;
    }
    pthread_mutex_init(&redact.gallery, NULL);
    int code = read_method(options->method, &redact.method);
    if (!code)
        code = session_open(&session, options);
    if (!code)
        code = redact_plan_make(options, &plan);
    if (code == EXIT_INPUTS) { /* said; the others are used */
        redact.code = code;
        code = EXIT_DONE;
    }
    if (!code && (plan.pictures.count || plan.films.count))
        code = open_all(&redact, &plan);
    if (!code)
        code = redact_pictures(&redact, &plan);
    if (!code)
        code = redact_films(&redact, &plan);
    if (redact.trouble.code)
        code = worse(code, fail(&redact.trouble));
    if (!code || code >= EXIT_SIGNAL)
        table_finish(&redact.table);
    redact_plan_clear(&plan);
    pthread_mutex_destroy(&redact.gallery);
    session_close(&session);
    return worse(code, redact.code);
}
