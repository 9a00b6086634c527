/* Opens everything, waits for signals, and closes it in the order that lets what was accepted end. */
#include "server.h"
#include "beside.h"
#include "job_events.h"
#include "journal.h"
#include "service.h"
#include "unknown.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/pool.h"

#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define TICK_SECONDS 1
#define GALLERY_TICKS 5   /* its size is asked for so often */
#define SWEEP_TICKS 600   /* unknown faces have a day as their end */
#define FILES_WANTED 4096 /* connections, galleries, and some to spare */
#define MAPPED_BYTES (1 << 20)

static vultus_status fill_in(struct server *server, const struct server_options *options,
                             vultus_error *error)
{
    struct server_options *own = &server->options;
    server->given = *own = *options;
    own->listen = own->listen ? own->listen : SERVER_LISTEN;
    own->workers = own->workers ? own->workers : pool_processors();
    own->queue = own->queue ? own->queue : SERVER_QUEUE;
    own->job_workers = own->job_workers ? own->job_workers : JOB_WORKERS;
    own->heartbeat = own->heartbeat ? own->heartbeat : SERVER_HEARTBEAT;
    own->engine.threads = 1; /* each worker has one picture at a time */
    if (vultus_liveness_installed(own->engine.models))
        own->engine.liveness = VULTUS_LIVENESS;
    server->worker_count = own->workers;
    vultus_status status = tunables_of(options, &server->tunables, error);
    server->finish_seconds = server->tunables.deadline;
    return status;
}

/* Beyond this machine nobody is served who was not asked for a key. */
static vultus_status check_open(const struct server_options *options, bool keyed, bool loopback,
                                vultus_error *error)
{
    if (keyed || loopback || options->insecure)
        return VULTUS_OK;
    return status_set(error, VULTUS_ERR_ARGUMENT,
                      "%s can be reached from elsewhere and there are no keys; run: vultus keys "
                      "create NAME (or give --insecure)",
                      options->listen);
}

static vultus_status open_gate(struct server *server, vultus_error *error)
{
    const struct server_options *own = &server->options;
    vultus_status status =
        keys_place(own->keys, own->gallery, server->keys_file, sizeof server->keys_file, error);
    if (!status)
        status = gate_open(server, error);
    return status ? status : check_open(own, server->keyed, server->loopback, error);
}

static vultus_status open_tls(const struct server_options *options, struct tls **out,
                              vultus_error *error)
{
    if (!options->tls_cert && !options->tls_key)
        return VULTUS_OK;
    if (!options->tls_cert || !options->tls_key)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "TLS needs a certificate and its key: give --tls-cert and --tls-key");
    return tls_open(options->tls_cert, options->tls_key, out, error);
}

static void say_start(const struct server *server, const struct address *address, bool keyed)
{
    bool six = strchr(address->host, ':') != NULL;
    if (!server->tls && !server->loopback)
        journal_say("without TLS everybody on the way can read keys and pictures (--tls-cert)");
    if (server->tls && tls_ends(server->tls) < (long long)time(NULL))
        journal_say("the certificate has expired; clients will refuse it");
    journal_say("listening on %s://%s%s%s:%s, %u workers, %s", server->tls ? "https" : "http",
                six ? "[" : "", address->host, six ? "]" : "", address->port, server->worker_count,
                keyed ? "keys are asked for" : "no keys are asked for");
}

static vultus_status open_replays(struct server *server, vultus_error *error)
{
    char path[FILE_PATH_MAX];
    vultus_status status =
        beside_gallery(server->options.gallery, ".replays", "replays", path, sizeof path, error);
    return status ? status : replays_init(&server->replays, path, error);
}

/* Makes the gallery where there is none, so that workers can open it for reading. */
static vultus_status open_gallery(struct server *server, vultus_error *error)
{
    struct request nobody = {.server = server, .gallery = GALLERY_DEFAULT};
    vultus_gallery *gallery = NULL;
    vultus_status status = writer_take(&nobody, &gallery, error);
    if (!status)
        writer_give(&nobody);
    return status;
}

static void raise_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= FILES_WANTED)
        return;
    limit.rlim_cur = limit.rlim_max < FILES_WANTED ? limit.rlim_max : FILES_WANTED;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* Pictures come and go for months. What is large gets pages of its own and gives them back: glibc would soon keep it among
 * what is small and stays, and the heap of each worker grow with every chance. */
static void settle_memory(void)
{
#ifdef __GLIBC__
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, 2 * MAPPED_BYTES);
#endif
}

static void count_gallery(struct server *server, vultus_gallery *gallery)
{
    vultus_gallery_stats stats = {0};
    if (!vultus_gallery_statistics(gallery, &stats, NULL)) {
        atomic_store(&server->metrics.people, stats.people);
        atomic_store(&server->metrics.faces, stats.faces);
    }
    vultus_gallery_stats_clear(&stats);
}

/* A terminal that closes sends SIGHUP too, and means the end. */
static bool is_end(int signal)
{
    return signal > 0 && (signal != SIGHUP || isatty(STDIN_FILENO));
}

static void sweep(struct server *server)
{
    unknown_sweep(server);
    keeping_sweep(&server->keeping);
}

/* Until a signal comes that ends it. */
static void wait_for_signal(struct server *server, const sigset_t *signals, vultus_gallery *gallery)
{
    const struct timespec tick = {.tv_sec = TICK_SECONDS};
    for (unsigned long ticks = 0;; ticks++) {
        if (ticks % GALLERY_TICKS == 0)
            count_gallery(server, gallery);
        if (ticks % SWEEP_TICKS == 0)
            sweep(server);
        int signal = sigtimedwait(signals, NULL, &tick);
        if (is_end(signal))
            return;
        if (signal > 0)
            tunables_reload(server);
        atomic_fetch_add(&server->metrics.refused,
                         connections_sweep(&server->connections, clock_ns()));
        job_streams_beat(&server->jobs);
        cameras_beat(&server->cameras);
    }
}

/* What has begun gets its answer; a second signal, or the time that any request has, ends the waiting. */
static void finish(struct server *server, struct http *http, const sigset_t *signals)
{
    const struct timespec tick = {.tv_nsec = 20000000};
    atomic_store(&server->stopping, true);
    http_quiesce(http);
    jobs_stop(&server->jobs);
    cameras_stop(&server->cameras);
    feed_stop(&server->feed);
    journal_say("stopping; %u requests are being finished", atomic_load(&server->in_flight));
    uint64_t until = clock_ns() + (server->finish_seconds + 1) * (uint64_t)1000000000u;
    while (atomic_load(&server->in_flight) && clock_ns() < until &&
           !is_end(sigtimedwait(signals, NULL, &tick)))
        (void)connections_sweep(&server->connections, clock_ns());
}

static vultus_status serve(struct server *server, int socket, const struct address *address,
                           vultus_error *error)
{
    struct http *http = NULL;
    vultus_gallery *gallery = NULL;
    const vultus_gallery_options options = {
        .read_only = true, .must_exist = true, .key_file = server->options.key_file};
    sigset_t signals, before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals,
                    &before); /* of all threads that are started from here on */
    vultus_status status = open_gallery(server, error);
    if (!status)
        status = vultus_gallery_open(server->galleries.place, &options, &gallery, error);
    if (!status)
        status = jobs_start(&server->jobs, server, server->options.job_workers, error);
    if (!status)
        status = workers_start(server, error);
    if (!status)
        status = feed_open(&server->feed, server, error);
    if (!status)
        status = keeping_open(&server->keeping, server, error);
    if (!status)
        status = cameras_open(&server->cameras, server, error);
    bool keyed = server->keyed; /* belongs to the thread of connections once there is one */
    if (!status)
        status = http_start(server, socket, &http, error);
    if (!status) {
        say_start(server, address, keyed);
        wait_for_signal(server, &signals, gallery);
        finish(server, http, &signals);
    }
    workers_stop(server); /* before the connections, which may not be waiting for one */
    jobs_stop(&server->jobs);
    cameras_stop(&server->cameras);
    keeping_close(&server->keeping);
    feed_stop(&server->feed);
    http_stop(http);
    vultus_gallery_close(gallery);
    if (!status)
        journal_say("stopped");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

static void close_server(struct server *server)
{
    cameras_clear(&server->cameras);
    feed_clear(&server->feed);
    shelf_clear(&server->writer.shelf);
    galleries_clear(&server->galleries);
    vultus_engine_close(server->engine);
    tls_close(server->tls);
    jobs_clear(&server->jobs);
    served_clear(&server->served);
    workspaces_clear(&server->workspaces);
    keys_clear(&server->keys);
    replays_clear(&server->replays);
    connections_clear(&server->connections);
    queue_clear(&server->queue);
    tunables_clear(&server->tunables);
    tunables_clear(&server->next.values);
    pthread_mutex_destroy(&server->next.lock);
    pthread_mutex_destroy(&server->writer.lock);
    mem_free(server);
}

vultus_status server_run(const struct server_options *options, vultus_error *error)
{
    struct address address = {0};
    int socket = -1;
    struct server *server = mem_zalloc(1, sizeof *server);
    if (!server)
        return status_memory(error, "the server");
    vultus_status status = fill_in(server, options, error);
    queue_init(&server->queue, server->options.queue);
    connections_init(&server->connections);
    pthread_mutex_init(&server->next.lock, NULL);
    served_init(&server->served);
    galleries_init(&server->galleries);
    pthread_mutex_init(&server->writer.lock, NULL);
    raise_files();
    settle_memory();
    signal(SIGPIPE, SIG_IGN);
    if (!status)
        status = address_listen(server->options.listen, &address, &socket, error);
    server->loopback = address.loopback;
    memcpy(server->host, address.host, sizeof server->host);
    if (!status)
        status = galleries_open(&server->galleries, server->options.gallery, error);
    if (!status)
        status = galleries_tidy(&server->galleries, error);
    if (!status)
        status = open_gate(server, error);
    if (!status)
        status = open_tls(&server->options, &server->tls, error);
    if (!status)
        status = open_replays(server, error);
    if (!status)
        status = workspaces_init(&server->workspaces, server->options.gallery,
                                 server->options.key_file, error);
    if (!status)
        status = vultus_engine_open(&server->options.engine, &server->engine, error);
    if (!status)
        status = vultus_engine_check(server->engine, NULL, error);
    if (!status)
        status = serve(server, socket, &address, error);
    if (socket >= 0)
        close(socket);
    close_server(server);
    return status;
}

vultus_status server_check(const struct server_options *options, vultus_error *error)
{
    struct server_options wanted = *options;
    struct address address;
    struct keys keys = {0};
    char path[sizeof((struct server *)NULL)->keys_file];
    wanted.listen = wanted.listen ? wanted.listen : SERVER_LISTEN;
    vultus_status status = address_check(wanted.listen, &address, error);
    if (!status)
        status = keys_place(wanted.keys, wanted.gallery, path, sizeof path, error);
    if (!status)
        status = keys_read(path, &keys, error);
    if (!status)
        status = check_open(&wanted, keys_any(&keys), address.loopback, error);
    struct tls *tls = NULL;
    if (!status)
        status = cameras_check(&wanted, error);
    if (!status)
        status = open_tls(&wanted, &tls, error);
    tls_close(tls);
    keys_clear(&keys);
    return status;
}
