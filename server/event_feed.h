/*
 * Events as they come, for those who listen. They are read from the galleries by a thread of their own, so that whoever
 * comes back goes on behind the last that was heard, and events that other processes record are told too.
 */
#ifndef SERVER_EVENT_FEED_H
#define SERVER_EVENT_FEED_H

#include "shelf.h"
#include "stream.h"

#include "base/buffer.h"

#include <pthread.h>

#define FEED_STREAMS_MAX 64 /* at once: each has a connection */

struct server;
struct event_stream;

struct feed_wish {
    const char *gallery, *camera, *person; /* the last two: NULL: any */
    unsigned kinds;                        /* as in vultus_event_query */
    int64_t after;                         /* the id of the last that was heard */
};

struct event_feed {
    struct server *server;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    struct event_stream *streams;
    size_t count;
    struct shelf shelf;                   /* of the thread */
    bool news, hungry, stopping, running; /* something was stored; a stream has taken all it had */
};

vultus_status feed_open(struct event_feed *feed, struct server *server,
                        vultus_error *error) VULTUS_MUST_USE;
/* Streams end. */
void feed_stop(struct event_feed *feed);
void feed_clear(struct event_feed *feed);
/* Something was stored. Any thread. */
void feed_news(struct event_feed *feed);

/* BUSY: FEED_STREAMS_MAX are open. */
vultus_status feed_stream(struct event_feed *feed, const struct feed_wish *wish,
                          struct stream **out, vultus_error *error) VULTUS_MUST_USE;

#endif
