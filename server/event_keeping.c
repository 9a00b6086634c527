/* See event_keeping.h. Webhooks of a gallery are opened with its first camera, and stay: how far they have come is in the
 * gallery. */
#include "event_keeping.h"
#include "journal.h"
#include "service.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

#define LAST_SECONDS 3.0 /* for webhooks, when the server stops */

static void on_notice(void *context, const char *line)
{
    (void)context;
    journal_say("%s", line);
}

static void on_stored(void *context, const vultus_event *event, const vultus_event_record *record)
{
    struct event_keeping *keeping = context;
    (void)event;
    (void)record;
    feed_news(&keeping->server->feed);
    pthread_mutex_lock(&keeping->lock);
    for (struct gallery_hooks *each = keeping->first; each; each = each->next)
        hooks_wake(each->hooks);
    pthread_mutex_unlock(&keeping->lock);
}

/* ------------------------------------------------------------------ webhooks */

static vultus_gallery_options gallery_options(const struct server *server)
{
    return (vultus_gallery_options){
        .must_exist = true, .actor = "server", .key_file = server->options.key_file};
}

/* With the lock. */
static vultus_status add_hooks(struct event_keeping *keeping, const char *gallery, const char *path,
                               vultus_error *error)
{
    const struct server_options *options = &keeping->server->options;
    const struct hooks_options wanted = {.location = path,
                                         .gallery = gallery_options(keeping->server),
                                         .urls = options->webhooks,
                                         .count = options->webhook_count,
                                         .secret = keeping->signs ? &keeping->secret : NULL,
                                         .pictures = options->webhook_pictures,
                                         .notice = on_notice};
    struct gallery_hooks *fresh = mem_zalloc(1, sizeof *fresh);
    if (!fresh)
        return status_memory(error, "webhooks");
    vultus_status status = hooks_open(&wanted, &fresh->hooks, error);
    if (status) {
        mem_free(fresh);
        return status;
    }
    snprintf(fresh->gallery, sizeof fresh->gallery, "%s", gallery);
    fresh->next = keeping->first;
    keeping->first = fresh;
    return VULTUS_OK;
}

static vultus_status open_hooks(struct event_keeping *keeping, const char *gallery,
                                const char *path, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    if (!keeping->server->options.webhook_count)
        return VULTUS_OK;
    pthread_mutex_lock(&keeping->lock);
    const struct gallery_hooks *each = keeping->first;
    while (each && strcmp(each->gallery, gallery) != 0)
        each = each->next;
    if (!each)
        status = add_hooks(keeping, gallery, path, error);
    pthread_mutex_unlock(&keeping->lock);
    return status;
}

/* ------------------------------------------------------------------ from outside */

vultus_status keeping_recorder(struct event_keeping *keeping, const char *gallery,
                               struct recorder **out, vultus_error *error)
{
    struct gallery_spot spot;
    struct recorder_options options = {
        .location = spot.place,
        .gallery = gallery_options(keeping->server),
        .keeping = {.days = keeping->server->options.keep_events},
        .stored = on_stored,
        .context = keeping,
    };
    vultus_status status = galleries_find(&keeping->server->galleries, gallery, &spot, error);
    if (!status)
        status = open_hooks(keeping, gallery, spot.place, error);
    return status ? status : recorder_open(&options, out, error);
}

vultus_status keeping_open(struct event_keeping *keeping, struct server *server,
                           vultus_error *error)
{
    const struct server_options *options = &server->options;
    *keeping = (struct event_keeping){.server = server};
    pthread_mutex_init(&keeping->lock, NULL);
    vultus_status status =
        options->webhook_count
            ? hooks_secret(options->webhook_secret, &keeping->secret, &keeping->signs, error)
            : VULTUS_OK;
    if (!status && options->webhook_count && !keeping->signs)
        journal_say("what webhooks are sent is not signed (--webhook-secret)");
    return status ? status : open_hooks(keeping, GALLERY_DEFAULT, server->galleries.place, error);
}

void keeping_forget(struct event_keeping *keeping, const char *gallery)
{
    pthread_mutex_lock(&keeping->lock);
    struct gallery_hooks **at = &keeping->first, *gone;
    while (*at && strcmp((*at)->gallery, gallery) != 0)
        at = &(*at)->next;
    gone = *at;
    if (gone)
        *at = gone->next;
    pthread_mutex_unlock(&keeping->lock);
    if (gone)
        hooks_close(gone->hooks, 0);
    mem_free(gone);
}

void keeping_close(struct event_keeping *keeping)
{
    if (!keeping->server)
        return;
    while (keeping->first) {
        struct gallery_hooks *each = keeping->first;
        keeping->first = each->next;
        hooks_close(each->hooks, LAST_SECONDS);
        mem_free(each);
    }
    buffer_clear(&keeping->secret);
    pthread_mutex_destroy(&keeping->lock);
    keeping->server = NULL;
}

static void prune(struct server *server, const char *name)
{
    struct request nobody = {.server = server};
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    snprintf(nobody.gallery, sizeof nobody.gallery, "%s", name);
    vultus_status status = writer_take(&nobody, &gallery, &error);
    if (!status) {
        status = vultus_gallery_prune_events(gallery, NULL, NULL, &error);
        writer_give(&nobody);
    }
    if (status && status != VULTUS_ERR_NOT_FOUND)
        journal_say("events whose time has passed cannot be erased: %s", error.message);
}

void keeping_sweep(struct event_keeping *keeping)
{
    struct cameras *cameras = &keeping->server->cameras;
    char names[CAMERAS_MAX][GALLERY_NAME_MAX + 1];
    size_t count = 0;
    pthread_mutex_lock(&cameras->lock);
    for (const struct camera *each = cameras->first; each && count < CAMERAS_MAX; each = each->next)
        memcpy(names[count++], each->settings.gallery, sizeof names[0]);
    pthread_mutex_unlock(&cameras->lock);
    prune(keeping->server, GALLERY_DEFAULT);
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], GALLERY_DEFAULT) != 0)
            prune(keeping->server, names[i]);
}
