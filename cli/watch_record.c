/* See watch_record.h. */
#include "watch_record.h"
#include "base/memory.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "events/hook_message.h"

#define END_S 20.0        /* for webhooks that answer, when all sources have ended, */
#define INTERRUPTED_S 3.0 /* and when somebody does not want to wait */

static void on_stored(void *context, const vultus_event *event, const vultus_event_record *stored)
{
    struct watch_record *record = context;
    hooks_wake(record->hooks);
    record->stored(record->context, event, stored->id);
}

static void on_notice(void *context, const char *line)
{
    struct watch_record *record = context;
    record->notice(record->context, line);
}

static int open_hooks(struct watch_record *record, const struct options *options,
                      const vultus_gallery_options *gallery)
{
    struct buffer secret;
    bool found = false;
    vultus_error error = {0};
    int code = EXIT_DONE;
    if (hooks_secret(options->webhook_secret, &secret, &found, &error))
        return fail(&error);
    if (!found)
        say("what webhooks are sent is not signed; --webhook-secret FILE, or "
            "VULTUS_WEBHOOK_SECRET, "
            "signs it");
    const struct hooks_options wanted = {.location = options->db,
                                         .gallery = *gallery,
                                         .urls = options->webhooks.items,
                                         .count = options->webhooks.count,
                                         .secret = found ? &secret : NULL,
                                         .pictures = options->webhook_pictures,
                                         .notice = on_notice,
                                         .context = record};
    vultus_status status = hooks_open(&wanted, &record->hooks, &error);
    if (status)
        code = fail(&error);
    buffer_clear(&secret);
    return code && status != VULTUS_ERR_ARGUMENT ? EXIT_ENVIRONMENT : code;
}

int watch_record_open(struct watch_record *record, const struct options *options)
{
    const vultus_gallery_options gallery = {.key_file = options->key_file};
    const struct recorder_options wanted = {.location = options->db,
                                            .gallery = gallery,
                                            .keeping = {.days = options->keep_events},
                                            .stored = on_stored,
                                            .context = record};
    vultus_error error = {0};
    if (!options->record && !options->webhooks.count)
        return EXIT_DONE;
    for (size_t i = 0; i < options->webhooks.count; i++) { /* before a gallery is made */
        char shown[HOOK_NAME_MAX];
        if (hook_url_check(options->webhooks.items[i], shown, &error))
            return fail(&error);
    }
    record->run = recorder_run();
    if (recorder_open(&wanted, &record->recorder, &error)) {
        fail(&error);
        return EXIT_ENVIRONMENT;
    }
    return options->webhooks.count ? open_hooks(record, options, &gallery) : EXIT_DONE;
}

bool watch_record_add(struct watch_record *record, const vultus_event *event)
{
    const struct recorder_camera camera = {.run = record->run};
    return !recorder_add(record->recorder, event, &camera, NULL);
}

int watch_record_close(struct watch_record *record)
{
    vultus_error error = {0};
    int code = EXIT_DONE;
    if (recorder_close(record->recorder, &error)) {
        fail(&error);
        code = EXIT_ENVIRONMENT;
    }
    hooks_close(record->hooks, interrupted() ? INTERRUPTED_S : END_S);
    record->recorder = NULL;
    record->hooks = NULL;
    return code;
}
