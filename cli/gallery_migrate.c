/*
 * vultus gallery migrate: an embedding by another model for every face, beside the one that it has. What is
 * done is on the disk; after an interruption the same command does the rest.
 */
#include "gallery_migrate.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "json_answer.h"

#define COMPLAINTS 20 /* faces that are named one by one */

static bool step(void *context, size_t done, size_t total)
{
    bool *begun = context;
    if (!*begun)
        progress_begin("faces", total);
    *begun = true;
    progress_step(done);
    return !interrupted();
}

static void complain_of(void *context, const char *name, const vultus_face_record *face,
                        const char *why)
{
    size_t *left = context;
    if ((*left)++ < COMPLAINTS)
        complain("face %lld of %s (%s): %s", (long long)face->id, name,
                 face->source ? face->source : "no source", why);
}

static bool put(const vultus_migration *sum, const vultus_engine *engine)
{
    return json_line(stdout,
                     json_pack("{s:o, s:o, s:o, s:o, s:o}", "embedder",
                               json_text(vultus_engine_embedder(engine)), "by_picture",
                               json_whole(sum->by_picture), "by_thumbnail",
                               json_whole(sum->by_thumbnail), "there", json_whole(sum->there),
                               "left", json_whole(sum->left)),
                     JSON_DIGITS);
}

static int migrate(struct session *session)
{
    const struct options *options = session->options;
    vultus_error error = {0};
    vultus_migration sum = {0};
    bool begun = false;
    size_t left = 0;
    const vultus_progress progress = {.step = step, .context = &begun};
    const vultus_migration_options how = {.embed = session_embedding(options),
                                          .progress = &progress,
                                          .left = complain_of,
                                          .context = &left};
    vultus_status status =
        vultus_gallery_migrate(session->gallery, session->engine, &how, &sum, &error);
    progress_end();
    size_t done = sum.by_picture + sum.by_thumbnail;
    if (options->format == FORMAT_JSON && !put(&sum, session->engine))
        return EXIT_ENVIRONMENT;
    if (options->format != FORMAT_JSON)
        say("%zu faces have an embedding of %s now (%zu from their pictures, %zu from thumbnails); "
            "%zu had one, %zu could not be embedded",
            done, vultus_engine_embedder(session->engine), sum.by_picture, sum.by_thumbnail,
            sum.there, sum.left);
    if (status == VULTUS_ERR_CANCELLED) {
        say("the same command does the rest");
        return interrupted();
    }
    if (status)
        return fail(&error);
    return sum.left ? EXIT_INPUTS : EXIT_DONE;
}

int gallery_migrate(const struct options *options)
{
    struct options changed = *options;
    struct session session;
    if (!options->to) {
        complain("--to MODEL is missing: which model?");
        return EXIT_USAGE;
    }
    changed.embedder = options->to;
    int code = session_open(&session, &changed);
    if (!code)
        code = session_open_gallery(&session, GALLERY_CHANGE);
    if (!code)
        code = session_open_engine(&session, 1);
    if (!code)
        code = migrate(&session);
    session_close(&session);
    return code;
}
