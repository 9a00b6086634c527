/*
 * vultus gallery migrate: an embedding by another model for every face, beside the one that it has. What is
 * done is on the disk; after an interruption the same command does the rest.
 */
#include "gallery_migrate.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "json_answer.h"

#include <string.h>

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

static bool is_kept(const struct session *session, const vultus_gallery_embedder *embedder)
{
    return !embedder->faces || !strcmp(embedder->id, vultus_engine_embedder(session->engine));
}

/* One embedder after the other; each is a question of its own. */
static int drop(const struct session *session, const vultus_gallery_embedder *embedder)
{
    const char *kept = vultus_engine_embedder(session->engine);
    vultus_error error = {0};
    size_t faces = 0;
    if (!session->options->yes && !ask("Remove the %zu faces by %s for good, and keep those by %s?",
                                       embedder->faces, embedder->id, kept)) {
        say("the faces by %s stay", embedder->id);
        return EXIT_NO;
    }
    if (vultus_gallery_drop_embedder(session->gallery, embedder->id, kept, &faces, &error)) {
        int code = fail(&error);
        return error.code == VULTUS_ERR_ARGUMENT ? EXIT_INPUTS : code;
    }
    say("%zu faces by %s are removed; gallery compact gives their room back", faces, embedder->id);
    return EXIT_DONE;
}

static int drop_others(const struct session *session)
{
    vultus_gallery_stats stats = {0};
    vultus_error error = {0};
    int code = EXIT_DONE;
    size_t dropped = 0;
    if (vultus_gallery_statistics(session->gallery, &stats, &error))
        return fail(&error);
    for (size_t i = 0; i < stats.embedder_count && code != EXIT_ENVIRONMENT; i++)
        if (!is_kept(session, &stats.embedders[i])) {
            code = worse(code, drop(session, &stats.embedders[i]));
            dropped++;
        }
    if (!dropped)
        say("there are no faces by other embedders");
    vultus_gallery_stats_clear(&stats);
    return code;
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
    int code = sum.left ? EXIT_INPUTS : EXIT_DONE;
    return options->drop_old ? worse(code, drop_others(session)) : code;
}

int gallery_migrate(const struct options *options)
{
    struct options changed = *options;
    struct session session;
    if (!options->to) {
        complain("--to MODEL is missing: which model?");
        return EXIT_USAGE;
    }
    if (options->drop_old && !options->yes && !can_ask()) {
        complain("gallery migrate --drop-old needs --yes where it cannot ask");
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
