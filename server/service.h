/* The server as its own parts see it. */
#ifndef SERVER_SERVICE_H
#define SERVER_SERVICE_H

#include "cameras.h"
#include "connections.h"
#include "jobs.h"
#include "keys.h"
#include "limits.h"
#include "counters.h"
#include "event_feed.h"
#include "event_keeping.h"
#include "queue.h"
#include "replays.h"
#include "request.h"
#include "served.h"
#include "server.h"
#include "shelf.h"
#include "tls.h"
#include "tunables.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

struct worker {
    struct server *server;
    enum lane lane; /* what it is there for */
    /* For reading, each with an index of its own: a gallery is used by one thread at a time. */
    struct shelf shelf;
    vultus_gallery *gallery; /* of the request; NULL: its route needs none */
    pthread_t thread;
    bool running;
};

/* The handles for changes, one change at a time. SQLite lets one write to a gallery anyway; waiting here is fair and
 * cannot time out. */
struct writer {
    pthread_mutex_t lock;
    struct shelf shelf;
};

struct server {
    struct server_options given;   /* as the caller has them */
    struct server_options options; /* with the defaults filled in; what can change is in tunables */
    char keys_file[4096];
    struct galleries galleries;
    vultus_engine *engine;
    struct worker *workers;
    unsigned worker_count; /* those for pictures */
    unsigned thread_count; /* and the one for quick requests */
    atomic_uint warm;      /* of them, those that are ready */
    struct tls *tls;       /* NULL: without */
    struct writer writer;
    struct queue queue;
    struct replays replays;
    struct workspaces workspaces;
    struct jobs jobs;
    struct served served;
    struct cameras cameras;
    struct event_feed feed;
    struct event_keeping keeping;
    struct metrics metrics;
    struct connections connections;
    struct next_tunables next;
    unsigned finish_seconds; /* of the thread of signals: the deadline as it is now */
    /* Of the thread of connections: */
    struct tunables tunables;
    struct keys keys;
    struct timespec keys_changed;
    bool keyed; /* a key is needed; never taken back while it runs */
    uint64_t keys_looked;
    struct limits limits;
    /* Of all: */
    char host[128]; /* the address that it listens on, as in "Host" */
    bool loopback;
    atomic_bool stopping;
    atomic_bool keys_changing; /* the file of keys is to be read with the next request */
    atomic_uint in_flight;
    atomic_uint exports; /* under way */
    atomic_size_t body_bytes; /* of all requests */
};

/* workers.c. Each opens a gallery and warms it up on its own thread. */
vultus_status workers_start(struct server *server, vultus_error *error) VULTUS_MUST_USE;
/* For reading: the unknown faces of the request's gallery, until the worker's next gallery. NOT_FOUND: there are none. */
vultus_status worker_unknown(struct worker *worker, const struct request *request,
                             vultus_gallery **out, vultus_error *error) VULTUS_MUST_USE;
/* Ends them once the queue is empty. */
void workers_stop(struct server *server);

/* writer.c. The handle for changes of the request's gallery by whoever asks, until it is given back. */
vultus_status writer_take(struct request *request, vultus_gallery **out,
                          vultus_error *error) VULTUS_MUST_USE;
/* The same of its unknown faces. `make`: where there are none. NOT_FOUND. */
vultus_status writer_take_unknown(struct request *request, bool make, vultus_gallery **out,
                                  vultus_error *error) VULTUS_MUST_USE;
void writer_give(struct request *request);
/* Erases what the path's first number is, and replies. */
void writer_erase(struct request *request,
                  vultus_status (*erase)(vultus_gallery *gallery, int64_t id, vultus_error *error));
/* Who asks, for the history. */
void writer_actor(const struct request *request, char out[SHELF_ACTOR_SIZE]);

/* gate.c, on the thread of connections: whether this may be asked. Else the reply says why not. */
struct gate_head { /* NULL: the header is not there */
    const char *host, *origin, *authorization, *api_key;
};
vultus_status gate_open(struct server *server, vultus_error *error) VULTUS_MUST_USE;
/* The keys are read again with the next request. Of any thread. */
void gate_look(struct server *server);
bool gate_pass(struct request *request, const struct gate_head *head);
/* Once parameters are read: which gallery it is about, and whether the key is for that, or for the workspace. */
bool gate_bounds(struct request *request);

/* http.c */
struct http;
vultus_status http_start(struct server *server, int socket, struct http **out,
                         vultus_error *error) VULTUS_MUST_USE;
/* Accepts no more connections. */
void http_quiesce(struct http *http);
void http_stop(struct http *http);
/* A worker is done with it. */
void http_resume(struct request *request);

/* address.c. `host` receives the address as it is written in "Host". */
struct address {
    char host[128], port[8];
    bool loopback;
};
/* ARGUMENT: it is none. */
vultus_status address_check(const char *text, struct address *out,
                            vultus_error *error) VULTUS_MUST_USE;
vultus_status address_listen(const char *text, struct address *out, int *socket,
                             vultus_error *error) VULTUS_MUST_USE;

#endif
