/*
 * See hooks.h. An event is done with when its receiver has answered with success; a receiver that says no to an event is
 * asked again, too, because it may be mended, but for a request that it will not take it is asked TRIES_REFUSED times
 * only, so that one event does not hold up all others.
 */
#include "events/hooks.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/wait.h"
#include "events/hook_http.h"
#include "events/hook_message.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PAGE 64          /* events that are read at once */
#define POLL_S 2.0       /* between two looks for events of other processes */
#define WAIT_FIRST_S 1.0 /* before an address is tried again; doubles */
#define WAIT_MOST_S 60.0
#define TRIES_REFUSED 10

struct hook {
    struct hooks *hooks;
    const char *url;
    char shown[HOOK_NAME_MAX], reader[VULTUS_READER_MAX + 1];
    vultus_gallery *gallery;
    struct hook_http *http;
    struct random random;
    pthread_t thread;
    int64_t done;      /* the last event that is done with */
    unsigned tries;    /* of the event behind it */
    bool silent, full; /* was told that it does not answer; there may be more events behind */
};

struct hooks {
    bool pictures;
    struct buffer secret;
    bool has_secret;
    void (*notice)(void *context, const char *line);
    void *context;
    pthread_mutex_t lock, telling;
    pthread_cond_t changed;
    uint64_t news;     /* how often it was woken */
    uint64_t deadline; /* of the end, clock_ns; 0: not yet */
    size_t count;
    struct hook items[HOOKS_MAX];
};

static void tell(const struct hook *hook, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void tell(const struct hook *hook, const char *format, ...)
{
    struct hooks *hooks = hook->hooks;
    char text[256], line[512];
    va_list values;
    if (!hooks->notice)
        return;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    snprintf(line, sizeof line, "webhook %s: %s", hook->shown, text);
    pthread_mutex_lock(&hooks->telling);
    hooks->notice(hooks->context, line);
    pthread_mutex_unlock(&hooks->telling);
}

/* ------------------------------------------------------------------ waiting */

/* Waits for news, so many seconds at most, or (`news` NULL) for nothing but the end. False: it is the end. */
static bool wait_for(struct hook *hook, double seconds, const uint64_t *news)
{
    struct hooks *hooks = hook->hooks;
    const uint64_t until = clock_ns() + (uint64_t)(seconds * 1e9);
    pthread_mutex_lock(&hooks->lock);
    while (!hooks->deadline && (!news || hooks->news == *news) &&
           wait_until(&hooks->changed, &hooks->lock, until))
        continue;
    bool goes_on = !hooks->deadline;
    pthread_mutex_unlock(&hooks->lock);
    return goes_on;
}

static uint64_t news_of(struct hooks *hooks)
{
    pthread_mutex_lock(&hooks->lock);
    uint64_t news = hooks->news;
    pthread_mutex_unlock(&hooks->lock);
    return news;
}

/* At the end an address is given until the deadline, as long as it answers. */
static bool is_ending(struct hooks *hooks, bool *late)
{
    pthread_mutex_lock(&hooks->lock);
    bool ending = hooks->deadline != 0;
    *late = ending && clock_ns() >= hooks->deadline;
    pthread_mutex_unlock(&hooks->lock);
    return ending;
}

static bool is_late(void *context)
{
    bool late;
    (void)is_ending(context, &late);
    return late;
}

/* ------------------------------------------------------------------ sending */

static vultus_status mark_done(struct hook *hook, int64_t event, vultus_error *error)
{
    vultus_status status = vultus_gallery_reader_done(hook->gallery, hook->reader, event, error);
    if (!status) {
        hook->done = event;
        hook->tries = 0;
    }
    return status;
}

/* True when the receiver will not take this request, however often it is asked. */
static bool is_refusal(long code)
{
    return code >= 400 && code < 500 && code != 401 && code != 403 && code != 404 && code != 408 &&
           code != 425 && code != 429;
}

static vultus_status post(struct hook *hook, const vultus_event_record *record, long *code,
                          vultus_error *error)
{
    struct hooks *hooks = hook->hooks;
    struct hook_message message;
    vultus_status status =
        hook_message_make(record, hooks->pictures, hooks->has_secret ? &hooks->secret : NULL,
                          (int64_t)time(NULL), &message, error);
    if (status)
        return status;
    const struct hook_post what = {.url = hook->url,
                                   .headers = {"Content-Type: application/json",
                                               "Expect:", message.key, message.timestamp,
                                               message.signature[0] ? message.signature : NULL},
                                   .body = message.body,
                                   .size = message.size,
                                   .stopped = is_late,
                                   .context = hooks};
    status = hook_http_post(hook->http, &what, code, error);
    hook_message_clear(&message);
    return status;
}

static void tell_failure(struct hook *hook, vultus_status status, long code,
                         const vultus_error *error)
{
    if (hook->silent)
        return;
    hook->silent = true;
    if (status)
        tell(hook, "%.160s; events wait in the gallery until it answers", error->message);
    else
        tell(hook, "answered %ld; events wait in the gallery until it takes them", code);
}

/* Sends one event. True: it is done with. */
static bool deliver(struct hook *hook, int64_t id, vultus_error *error)
{
    vultus_event_record record = {0};
    long code = 0;
    vultus_status status = vultus_gallery_event(hook->gallery, id, &record, error);
    if (status == VULTUS_ERR_NOT_FOUND) /* erased meanwhile */
        return !mark_done(hook, id, error);
    if (!status)
        status = post(hook, &record, &code, error);
    vultus_event_record_clear(&record);
    bool good = !status && code >= 200 && code < 300;
    bool refused = !status && is_refusal(code) && ++hook->tries >= TRIES_REFUSED;
    if (refused)
        tell(hook, "answered %ld to event %lld, %d times; it is left out", code, (long long)id,
             TRIES_REFUSED);
    else if (!good)
        tell_failure(hook, status, code, error);
    else if (hook->silent) {
        hook->silent = false;
        tell(hook, "answers again");
    }
    return (good || refused) && !mark_done(hook, id, error);
}

/* What is too old, or too far behind, is left out. */
static vultus_status skip(struct hook *hook, vultus_error *error)
{
    const vultus_event_query last = {.latest = true, .most = 1};
    vultus_event_records records = {0};
    vultus_status status = vultus_gallery_events(hook->gallery, &last, &records, error);
    int64_t first = records.count ? records.items[0].id - HOOKS_BEHIND : 0;
    vultus_event_records_clear(&records);
    if (status || hook->done >= first)
        return status;
    tell(hook, "more than %d events wait for it; the oldest are left out", HOOKS_BEHIND);
    return mark_done(hook, first, error);
}

static bool is_too_old(const vultus_event_record *record)
{
    char limit[DATE_SIZE];
    date_of(time(NULL) - HOOKS_AGE_S, limit);
    return strncmp(record->at, limit, sizeof "2026-01-31T23:59:59" - 1) < 0;
}

/* Sends a page of events. False: something could not be sent, or it is late. */
static bool send_page(struct hook *hook, vultus_error *error)
{
    const vultus_event_query query = {.after = hook->done, .most = PAGE};
    vultus_event_records records = {0};
    size_t old = 0, done = 0;
    vultus_status status = skip(hook, error);
    if (!status)
        status = vultus_gallery_events(hook->gallery, &query, &records, error);
    for (; !status && done < records.count && !is_late(hook->hooks); done++) {
        const vultus_event_record *record = &records.items[done];
        bool too_old = is_too_old(record);
        old += too_old;
        if (record->id > hook->done &&
            !(too_old ? !mark_done(hook, record->id, error) : deliver(hook, record->id, error)))
            break;
    }
    bool all = !status && done == records.count;
    hook->full = records.count == PAGE;
    vultus_event_records_clear(&records);
    if (old)
        tell(hook, "%zu events were older than %d days and are left out", old, HOOKS_AGE_S / 86400);
    if (status)
        tell_failure(hook, status, 0, error);
    return all;
}

static void *run(void *context)
{
    struct hook *hook = context;
    double pause = 0;
    bool late = false, ending = false;
    do { /* at least once behind the order to end: what came last is not to wait for the next start */
        vultus_error error = {0};
        const uint64_t news = news_of(hook->hooks);
        ending = is_ending(hook->hooks, &late);
        bool good = !late && send_page(hook, &error);
        if (!good) {
            pause = pause > 0 ? 2 * pause : WAIT_FIRST_S;
            pause = pause < WAIT_MOST_S ? pause : WAIT_MOST_S;
            if (!ending)
                (void)wait_for(hook, pause * (0.5 + random_real(&hook->random) / 2), NULL);
        } else {
            pause = 0;
            ending = ending && !hook->full;
            if (!ending && !hook->full)
                (void)wait_for(hook, POLL_S, &news);
        }
    } while (!ending && !late);
    return NULL;
}

/* ------------------------------------------------------------------ from outside */

static vultus_status open_one(struct hooks *hooks, const struct hooks_options *options, size_t at,
                              vultus_error *error)
{
    struct hook *hook = &hooks->items[at];
    hook->hooks = hooks;
    if (!(hook->url = mem_string(options->urls[at])))
        return status_memory(error, "a webhook");
    random_seed(&hook->random, clock_ns() + at);
    vultus_status status = hook_url_check(hook->url, hook->shown, error);
    if (!status)
        status = hook_reader(hook->url, hook->reader, error);
    if (!status)
        status = hook_http_open(&hook->http, error);
    if (!status)
        status = vultus_gallery_open(options->location, &options->gallery, &hook->gallery, error);
    if (!status)
        status = vultus_gallery_reader(hook->gallery, hook->reader, &hook->done, error);
    return status;
}

static void close_one(struct hook *hook)
{
    vultus_gallery_close(hook->gallery);
    hook_http_close(hook->http);
    mem_free((char *)(uintptr_t)hook->url);
}

static void free_all(struct hooks *hooks)
{
    for (size_t i = 0; i < HOOKS_MAX; i++)
        close_one(&hooks->items[i]);
    buffer_clear(&hooks->secret);
    pthread_cond_destroy(&hooks->changed);
    pthread_mutex_destroy(&hooks->telling);
    pthread_mutex_destroy(&hooks->lock);
    mem_free(hooks);
}

vultus_status hooks_open(const struct hooks_options *options, struct hooks **out,
                         vultus_error *error)
{
    if (options->count > HOOKS_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT, "at most %d webhooks", HOOKS_MAX);
    struct hooks *hooks = mem_zalloc(1, sizeof *hooks);
    if (!hooks)
        return status_memory(error, "webhooks");
    vultus_status status = VULTUS_OK;
    hooks->pictures = options->pictures;
    hooks->notice = options->notice;
    hooks->context = options->context;
    hooks->has_secret = options->secret != NULL;
    buffer_init(&hooks->secret, HOOK_SECRET_MAX);
    pthread_mutex_init(&hooks->lock, NULL);
    pthread_mutex_init(&hooks->telling, NULL);
    wait_open(&hooks->changed);
    if (options->secret)
        status = buffer_append(&hooks->secret, options->secret->data, options->secret->size, error);
    for (size_t i = 0; !status && i < options->count; i++)
        status = open_one(hooks, options, i, error);
    if (status) {
        free_all(hooks);
        return status;
    }
    for (; !status && hooks->count < options->count; hooks->count += !status)
        if (pthread_create(&hooks->items[hooks->count].thread, NULL, run,
                           &hooks->items[hooks->count]))
            status = status_set(error, VULTUS_ERR_INTERNAL, "no thread for a webhook");
    if (status)
        hooks_close(hooks, 0);
    else
        *out = hooks;
    return status;
}

void hooks_wake(struct hooks *hooks)
{
    if (!hooks)
        return;
    pthread_mutex_lock(&hooks->lock);
    hooks->news++;
    pthread_cond_broadcast(&hooks->changed);
    pthread_mutex_unlock(&hooks->lock);
}

void hooks_close(struct hooks *hooks, double seconds)
{
    if (!hooks)
        return;
    pthread_mutex_lock(&hooks->lock);
    hooks->deadline = clock_ns() + (uint64_t)(seconds * 1e9);
    pthread_cond_broadcast(&hooks->changed);
    pthread_mutex_unlock(&hooks->lock);
    for (size_t i = 0; i < hooks->count; i++)
        pthread_join(hooks->items[i].thread, NULL);
    free_all(hooks);
}
