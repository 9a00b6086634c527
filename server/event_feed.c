/*
 * See event_feed.h. The thread reads for one stream after the other, without the lock: a stream that is closed meanwhile is
 * left to it. The thread of connections only takes what is there.
 */
#include "event_feed.h"
#include "service.h"

#include "answers/json_events.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/wait.h"

#include <stdlib.h>
#include <string.h>

#define SECOND UINT64_C(1000000000)
#define LOOK_NS SECOND /* what other processes recorded is looked for so often */
#define AT_ONCE 50     /* events that are read for a stream before the next stream has its turn */
#define TEXT_MAX ((size_t)1 << 20)

struct event_stream {
    struct stream stream;
    struct event_feed *feed;
    struct event_stream *next;
    char gallery[GALLERY_NAME_MAX + 1];
    char *camera, *person; /* NULL: any */
    unsigned kinds;
    int64_t seen;
    uint64_t beat;      /* clock_ns: when a comment is due */
    struct buffer text; /* that is being sent */
    size_t sent;
    bool waiting;
    bool behind; /* there may be more at once */
    bool busy;   /* the thread reads for it */
    bool closed; /* the thread frees it */
    bool over;
};

static uint64_t next_beat(const struct event_feed *feed)
{
    return clock_ns() + feed->server->options.heartbeat * SECOND;
}

/* ------------------------------------------------------------------ reading, on the thread, without the lock */

static vultus_gallery *open_gallery(struct event_feed *feed, const char *name)
{
    struct server *server = feed->server;
    const vultus_gallery_options options = {
        .read_only = true, .must_exist = true, .key_file = server->options.key_file};
    vultus_gallery *gallery = NULL;
    return shelf_take(&feed->shelf, &server->galleries, name, &options, &gallery, NULL) ? NULL
                                                                                        : gallery;
}

static vultus_status print(const vultus_event_record *record, struct buffer *out)
{
    json_t *value = json_event_record(record, false);
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(JSON_DIGITS)) : NULL;
    vultus_status status =
        text ? buffer_print(out, NULL, "id: %lld\ndata: %s\n\n", (long long)record->id, text)
             : VULTUS_ERR_MEMORY;
    free(text); /* jansson's own */
    json_decref(value);
    return status;
}

/* False: the stream is over, because its gallery or the person is gone. */
static bool read_events(struct event_stream *stream, int64_t *seen, size_t *count,
                        struct buffer *out)
{
    const vultus_event_query query = {.after = *seen,
                                      .camera = stream->camera,
                                      .person = stream->person,
                                      .kinds = stream->kinds,
                                      .most = AT_ONCE};
    vultus_event_records records = {0};
    vultus_gallery *gallery = open_gallery(stream->feed, stream->gallery);
    vultus_status status =
        gallery ? vultus_gallery_events(gallery, &query, &records, NULL) : VULTUS_ERR_NOT_FOUND;
    bool good = true;
    for (size_t i = 0; good && i < records.count; i++) {
        good = !print(&records.items[i], out);
        if (good)
            *seen = records.items[i].id;
    }
    *count = records.count;
    vultus_event_records_clear(&records);
    return good && status != VULTUS_ERR_NOT_FOUND; /* who holds the gallery does so for a moment */
}

static void free_stream(struct event_stream *stream)
{
    buffer_clear(&stream->text);
    mem_free(stream->camera);
    mem_free(stream->person);
    mem_free(stream);
}

static void take_out(struct event_stream *stream)
{
    struct event_stream **at = &stream->feed->streams;
    while (*at != stream)
        at = &(*at)->next;
    *at = stream->next;
    stream->feed->count--;
}

static void wake(struct event_stream *stream)
{
    if (stream->waiting)
        stream->stream.wake(stream->stream.connection);
    stream->waiting = false;
}

/* With the lock, which it gives back meanwhile. */
static void feed_one(struct event_stream *stream)
{
    struct event_feed *feed = stream->feed;
    struct buffer text;
    int64_t seen = stream->seen;
    size_t count = 0;
    buffer_init(&text, TEXT_MAX);
    stream->busy = true;
    stream->behind = false;
    pthread_mutex_unlock(&feed->lock);
    bool good = read_events(stream, &seen, &count, &text);
    pthread_mutex_lock(&feed->lock);
    stream->busy = false;
    if (stream->closed) {
        take_out(stream);
        free_stream(stream);
        buffer_clear(&text);
        return;
    }
    buffer_clear(&stream->text);
    stream->text = text;
    stream->sent = 0;
    stream->seen = seen;
    stream->behind = count == AT_ONCE;
    stream->over |= !good;
    if (stream->text.size || stream->over || clock_ns() >= stream->beat)
        wake(stream);
}

/* One that has taken what it had and may get more; NULL: none. */
static struct event_stream *next_hungry(struct event_feed *feed)
{
    struct event_stream *stream = feed->streams;
    while (stream &&
           (stream->closed || stream->over || !stream->behind || stream->sent < stream->text.size))
        stream = stream->next;
    return stream;
}

static void *run(void *context)
{
    struct event_feed *feed = context;
    pthread_mutex_lock(&feed->lock);
    while (!feed->stopping) {
        struct event_stream *stream = next_hungry(feed);
        if (stream) {
            feed_one(stream);
            continue;
        }
        const uint64_t then = clock_ns() + LOOK_NS;
        bool early = true;
        while (early && !feed->news && !feed->hungry && !feed->stopping)
            early = wait_until(&feed->changed, &feed->lock, then);
        if (feed->news || !early)
            for (stream = feed->streams; stream; stream = stream->next)
                stream->behind = true;
        feed->news = feed->hungry = false;
    }
    pthread_mutex_unlock(&feed->lock);
    return NULL;
}

/* ------------------------------------------------------------------ streams, on the thread of connections */

static struct event_stream *own(struct stream *stream)
{
    return (struct event_stream *)(void *)stream; /* its first member */
}

static long read_stream(struct stream *base, char *out, size_t size)
{
    struct event_stream *stream = own(base);
    pthread_mutex_lock(&stream->feed->lock);
    size_t left = stream->text.size - stream->sent, taken = left < size ? left : size;
    long result = (long)taken;
    stream->waiting = false;
    if (taken) {
        memcpy(out, stream->text.data + stream->sent, taken);
        stream->sent += taken;
    } else if (stream->over) {
        result = STREAM_END;
    } else if (clock_ns() >= stream->beat && size >= 3) {
        memcpy(out, ":\n\n", 3);
        result = 3;
    } else {
        stream->waiting = true;
        base->sleep(base->connection);
    }
    if (result > 0)
        stream->beat = next_beat(stream->feed);
    if (taken && taken == left && stream->behind) {
        stream->feed->hungry = true;
        pthread_cond_signal(&stream->feed->changed);
    }
    pthread_mutex_unlock(&stream->feed->lock);
    return result;
}

static void close_stream(struct stream *base)
{
    struct event_stream *stream = own(base);
    struct event_feed *feed = stream->feed;
    pthread_mutex_lock(&feed->lock);
    stream->closed = true;
    stream->waiting = false;
    if (!stream->busy) {
        take_out(stream);
        free_stream(stream);
    }
    pthread_mutex_unlock(&feed->lock);
}

static vultus_status make(struct event_feed *feed, const struct feed_wish *wish,
                          struct event_stream **out, vultus_error *error)
{
    struct event_stream *stream = mem_zalloc(1, sizeof *stream);
    if (!stream)
        return status_memory(error, "a stream of events");
    stream->stream = (struct stream){.read = read_stream, .close = close_stream};
    stream->feed = feed;
    strncat(stream->gallery, wish->gallery, GALLERY_NAME_MAX);
    stream->camera = wish->camera ? mem_string(wish->camera) : NULL;
    stream->person = wish->person ? mem_string(wish->person) : NULL;
    stream->kinds = wish->kinds;
    stream->seen = wish->after;
    stream->behind = true;
    stream->beat = next_beat(feed);
    buffer_init(&stream->text, TEXT_MAX);
    if (!stream->camera == !wish->camera && !stream->person == !wish->person) {
        *out = stream;
        return VULTUS_OK;
    }
    free_stream(stream);
    return status_memory(error, "a stream of events");
}

vultus_status feed_stream(struct event_feed *feed, const struct feed_wish *wish,
                          struct stream **out, vultus_error *error)
{
    struct event_stream *stream = NULL;
    vultus_status status = make(feed, wish, &stream, error);
    if (status)
        return status;
    pthread_mutex_lock(&feed->lock);
    if (feed->stopping || feed->count >= FEED_STREAMS_MAX)
        status =
            status_set(error, VULTUS_ERR_BUSY, "%d streams are open already", FEED_STREAMS_MAX);
    if (!status) {
        stream->next = feed->streams;
        feed->streams = stream;
        feed->count++;
        feed->news = true;
        pthread_cond_signal(&feed->changed);
        *out = &stream->stream;
    }
    pthread_mutex_unlock(&feed->lock);
    if (status)
        free_stream(stream);
    return status;
}

/* ------------------------------------------------------------------ all */

vultus_status feed_open(struct event_feed *feed, struct server *server, vultus_error *error)
{
    *feed = (struct event_feed){.server = server};
    wait_open(&feed->changed);
    pthread_mutex_init(&feed->lock, NULL);
    feed->running = !pthread_create(&feed->thread, NULL, run, feed);
    return feed->running ? VULTUS_OK
                         : status_set(error, VULTUS_ERR_INTERNAL, "a thread cannot be started");
}

void feed_stop(struct event_feed *feed)
{
    if (!feed->running)
        return;
    pthread_mutex_lock(&feed->lock);
    feed->stopping = true;
    pthread_cond_signal(&feed->changed);
    for (struct event_stream *each = feed->streams; each; each = each->next) {
        each->over = true;
        wake(each);
    }
    pthread_mutex_unlock(&feed->lock);
    pthread_join(feed->thread, NULL);
    feed->running = false;
    shelf_clear(&feed->shelf);
}

void feed_clear(struct event_feed *feed)
{
    if (!feed->server)
        return;
    pthread_cond_destroy(&feed->changed);
    pthread_mutex_destroy(&feed->lock);
    feed->server = NULL;
}

void feed_news(struct event_feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    feed->news = true;
    pthread_cond_signal(&feed->changed);
    pthread_mutex_unlock(&feed->lock);
}
