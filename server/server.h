/*
 * The HTTP server: the library for other programs, over a gallery. What `vultus serve` calls.
 *
 * Threads: libmicrohttpd's one thread has all connections, reads heads and bodies and never waits; workers take
 * whole requests from a bounded queue, each with a gallery handle of its own for reading; changes go through one
 * more handle, one at a time. The thread that calls server_run waits for signals and looks after what is idle.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <vultus/vultus.h>

#define SERVER_LISTEN "127.0.0.1:8080"
#define SERVER_QUEUE 64 /* requests that wait; at 50 a second the last waits a second */
#define SERVER_BODY ((size_t)16 << 20) /* bytes: a picture of 48 megapixels by a phone has 12 MB */
#define SERVER_DEADLINE 30             /* seconds for one request, from its head to its answer */
#define SERVER_HEARTBEAT 15 /* seconds; whoever is in between gives up a connection after a minute or so of nothing */
#define JOB_WORKERS 1                  /* trainings at once, where nothing else is asked for */
#define JOB_WORKERS_MAX 64
#define SERVER_RATE 200 /* requests a second of one key, and of one address */

struct server_options {   /* 0 and NULL: the defaults */
    const char *listen;   /* "ADDRESS:PORT"; port 0: any that is free */
    unsigned workers;     /* 0: one for each processor */
    unsigned job_workers; /* trainings at once; at most JOB_WORKERS_MAX */
    unsigned queue, deadline, rate;
    size_t max_body;
    const char *keys;               /* the file of keys; NULL: where keys_place says */
    const char *tls_cert, *tls_key; /* PEM; both, or NULL: no TLS */
    bool insecure;                  /* beyond this machine without keys */
    bool quiet;                     /* no line for each request */
    unsigned keep_unknown;          /* days; 0: unknown faces are not kept */
    unsigned heartbeat;             /* seconds of silence of a stream, then something comes */
    bool no_ui;                     /* no web page */
    const char *cors;               /* the one origin whose pages may use it; NULL: none */
    const char *const *cameras; /* NAME=SOURCE, camera_count of them */
    size_t camera_count;
    const char *const *camera_sources; /* patterns of sources that may be added; see camera_sources.h */
    size_t camera_source_count;
    const char *gallery;
    const char *key_file; /* of an encrypted gallery; NULL: what the environment names */
    vultus_template templates;
    vultus_engine_options engine;
    /* At SIGHUP, on the thread that calls server_run: the options as they are now, which live until the next call. Those
     * that can be changed are: deadline, rate, max_body, quiet, cors, tls_cert, tls_key. False: they are wrong, and that was said. */
    bool (*reload)(void *context, struct server_options *out);
    void *reload_context;
};

/*
 * Serves until SIGTERM or SIGINT, then finishes what it has accepted. Says on standard error what it does, one line
 * for each request. ARGUMENT: an option is wrong, or nobody would be asked for a key beyond this machine. IO: the
 * address cannot be had.
 */
VULTUS_MUST_USE vultus_status server_run(const struct server_options *options, vultus_error *error);
/* What can be found wrong without serving: the address, the file of keys, the certificate. */
VULTUS_MUST_USE vultus_status server_check(const struct server_options *options,
                                           vultus_error *error);

#endif
