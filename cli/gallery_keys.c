/*
 * The keys of galleries: making one, and giving a gallery another, its first, or none. Interrupting a change of
 * keys leaves the gallery with the key that it had.
 */
#include "gallery_keys.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"

static bool step(void *context, size_t done, size_t total)
{
    (void)context;
    if (total)
        progress_step(done * 100 / total);
    return !interrupted();
}

/* Nothing to do for a plain gallery that is to be plain. */
static int change_key(const struct options *options, vultus_gallery *gallery)
{
    static const vultus_progress progress = {.step = step};
    vultus_error error = {0};
    vultus_gallery_stats stats;
    if (vultus_gallery_statistics(gallery, &stats, &error))
        return fail(&error);
    bool encrypted = stats.encrypted;
    vultus_gallery_stats_clear(&stats);
    if (options->plain && !encrypted) {
        say("the gallery is not encrypted");
        return EXIT_DONE;
    }
    progress_begin("percent written", 100);
    vultus_status status = vultus_gallery_rekey(gallery, options->to_key_file, &progress, &error);
    progress_end();
    if (status)
        return fail(&error);
    if (options->plain)
        say("the gallery is encrypted no more: who can read the file can read everything in it");
    else
        say("the gallery has the key in %s; copies from before have the old one, or none",
            options->to_key_file);
    return EXIT_DONE;
}

int gallery_rekey(const struct options *options)
{
    struct session session = {.options = options};
    if (!options->to_key_file == !options->plain) {
        complain("rekey: give either --to-key-file FILE or --plain, which encrypts no more");
        return EXIT_USAGE;
    }
    int code = session_open_gallery(&session, GALLERY_REKEY);
    interrupts_watch();
    if (!code)
        code = change_key(options, session.gallery);
    session_close(&session);
    return code;
}

int gallery_keygen(const struct options *options)
{
    vultus_error error = {0};
    const char *path = options->operands[0];
    if (vultus_key_make(path, &error))
        return fail(&error);
    say("%s is a new key; keep a copy of it where the gallery is not: without it, what it "
        "encrypts is lost",
        path);
    return EXIT_DONE;
}
