/* See tunables.h. What else is set cannot change: sockets, workers and galleries are open. */
#include "tunables.h"
#include "journal.h"
#include "service.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

vultus_status tunables_of(const struct server_options *options, struct tunables *out,
                          vultus_error *error)
{
    char *cors = options->cors ? mem_string(options->cors) : NULL;
    if (options->cors && !cors)
        return status_memory(error, "the settings");
    *out = (struct tunables){.deadline = options->deadline ? options->deadline : SERVER_DEADLINE,
                             .rate = options->rate ? options->rate : SERVER_RATE,
                             .max_body = options->max_body ? options->max_body : SERVER_BODY,
                             .quiet = options->quiet,
                             .cors = cors};
    return VULTUS_OK;
}

void tunables_clear(struct tunables *tunables)
{
    mem_free(tunables->cors);
    *tunables = (struct tunables){0};
}

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

static bool same_list(const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
    bool alike = a_count == b_count;
    for (size_t i = 0; alike && i < a_count; i++)
        alike = !strcmp(a[i], b[i]);
    return alike;
}

/* Says which of the others differ. */
static void say_fixed(const struct server_options *now, const struct server_options *next)
{
    const struct {
        const char *name;
        bool same;
    } fixed[] = {
        {"listen", same(now->listen, next->listen)},
        {"workers", now->workers == next->workers},
        {"queue", now->queue == next->queue},
        {"tls-cert", !now->tls_cert == !next->tls_cert},
        {"keys", same(now->keys, next->keys)},
        {"insecure", now->insecure == next->insecure},
        {"no-ui", now->no_ui == next->no_ui},
        {"camera", same_list(now->cameras, now->camera_count, next->cameras, next->camera_count)},
        {"camera-source", same_list(now->camera_sources, now->camera_source_count,
                                    next->camera_sources, next->camera_source_count)},
        {"keep-unknown", now->keep_unknown == next->keep_unknown},
        {"heartbeat", now->heartbeat == next->heartbeat},
        {"db", same(now->gallery, next->gallery)},
        {"job-workers", now->job_workers == next->job_workers},
        {"key-file", same(now->key_file, next->key_file)},
        {"template", now->templates == next->templates},
        {"models", same(now->engine.models, next->engine.models)},
        {"pipeline", same(now->engine.pipeline, next->engine.pipeline)},
        {"detector", same(now->engine.detector, next->engine.detector)},
        {"landmarker", same(now->engine.landmarks, next->engine.landmarks)},
        {"embedder", same(now->engine.embedder, next->engine.embedder)},
        {"calibration", same(now->engine.calibration, next->engine.calibration)},
    };
    char names[256] = "";
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        size_t used = strlen(names);
        if (!fixed[i].same)
            snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", fixed[i].name);
    }
    if (names[0])
        journal_say("these need a restart: %s", names);
}

/* Left for the thread of connections; what was left before and not taken is given up. */
static void leave(struct server *server, struct tunables *values)
{
    struct next_tunables *next = &server->next;
    server->finish_seconds = values->deadline;
    pthread_mutex_lock(&next->lock);
    tunables_clear(&next->values);
    next->values = *values;
    atomic_store(&next->there, true);
    pthread_mutex_unlock(&next->lock);
}

static vultus_status reload_tls(struct server *server, const struct server_options *options,
                                vultus_error *error)
{
    return server->tls && options->tls_cert && options->tls_key
               ? tls_reload(server->tls, options->tls_cert, options->tls_key, error)
               : VULTUS_OK;
}

void tunables_reload(struct server *server)
{
    struct server_options options;
    struct tunables values;
    struct keys keys = {0};
    vultus_error error = {0};
    if (!server->given.reload || !server->given.reload(server->given.reload_context, &options)) {
        journal_say("nothing was changed");
        return;
    }
    if (keys_read(server->keys_file, &keys, &error) || reload_tls(server, &options, &error) ||
        tunables_of(&options, &values, &error)) {
        journal_say("nothing was changed: %s", error.message);
        keys_clear(&keys);
        return;
    }
    keys_clear(&keys);
    leave(server, &values);
    say_fixed(&server->given, &options);
    journal_say("the settings, the keys and the certificate were read again");
}

bool tunables_take(struct server *server)
{
    struct next_tunables *next = &server->next;
    if (!atomic_load(&next->there))
        return false;
    pthread_mutex_lock(&next->lock);
    tunables_clear(&server->tunables);
    server->tunables = next->values;
    next->values = (struct tunables){0};
    atomic_store(&next->there, false);
    pthread_mutex_unlock(&next->lock);
    return true;
}
