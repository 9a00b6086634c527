/*
 * The only file that knows libmicrohttpd: heads and bodies come in, replies go out. All of it runs on the library's one
 * thread and never waits: a request for a worker is put into the queue and its connection is suspended until the worker
 * wakes it. Bodies are counted over all requests, so that many slow uploads cannot take all memory.
 */
#include "http_head.h"
#include "http_stream.h"
#include "journal.h"
#include "reply.h"
#include "routes.h"
#include "service.h"
#include "stream.h"

#include "base/clock.h"
#include "base/memory.h"

#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CONNECTIONS_MAX 2048
#define CONNECTIONS_PER_ADDRESS 512 /* where others can reach us */
#define CONNECTION_BYTES 16384      /* of head and reading buffer; idle ones cost this */
#define IDLE_SECONDS 30             /* for a head, and between requests */
#define SENDING_SECONDS 30          /* to take an answer, behind the deadline */
#define DRAIN_MAX                                                                                  \
    ((size_t)1                                                                                     \
     << 20) /* a refused body up to this is read first, so that clients that only send hear why */
#define BODIES_FACTOR 16 /* all bodies together: so many of the largest */

struct http {
    struct MHD_Daemon *daemon;
    int socket; /* that no longer accepts; -1: it still does */
};

enum phase { PHASE_HEAD, PHASE_BODY, PHASE_WORK, PHASE_REPLY };

/* What http.c keeps beside a request. */
struct exchange {
    struct request request;
    struct MHD_Connection *mhd;
    enum phase phase;
    bool counted; /* among those in flight */
    bool answered;
    bool bad_target;
};

static struct exchange *exchange_of(struct request *request)
{
    return (struct exchange *)(void *)request; /* its first member */
}

/* ------------------------------------------------------------------ replies */

static const char *const fixed_headers[][2] = {
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

/* What comes from the gallery is no page; the web page has no inline code and nothing from elsewhere. */
static const char bare_policy[] = "default-src 'none'; frame-ancestors 'none'";
static const char page_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";
static const char page_permissions[] =
    "camera=(self), microphone=(), geolocation=(), display-capture=(), payment=(), usb=()";

static void add_page(struct MHD_Response *response, const struct reply *reply)
{
    MHD_add_response_header(response, "Content-Security-Policy",
                            reply->page ? page_policy : bare_policy);
    if (reply->page) {
        MHD_add_response_header(response, "Permissions-Policy", page_permissions);
        MHD_add_response_header(response, "Cross-Origin-Opener-Policy", "same-origin");
        MHD_add_response_header(response, "Vary", "Accept-Encoding");
    }
    if (reply->encoding)
        MHD_add_response_header(response, "Content-Encoding", reply->encoding);
}

static void add_cors(struct MHD_Response *response, const struct server *server)
{
    if (!server->tunables.cors)
        return;
    MHD_add_response_header(response, "Access-Control-Allow-Origin", server->tunables.cors);
    MHD_add_response_header(response, "Access-Control-Expose-Headers", "X-Request-Id, ETag");
    MHD_add_response_header(response, "Vary", "Origin");
}

static void add_preflight(struct MHD_Response *response)
{
    MHD_add_response_header(response, "Access-Control-Allow-Methods",
                            "GET, POST, PUT, PATCH, DELETE");
    MHD_add_response_header(response, "Access-Control-Allow-Headers",
                            "Authorization, X-API-Key, Content-Type, Idempotency-Key, "
                            "Last-Event-ID");
    MHD_add_response_header(response, "Access-Control-Max-Age", "600");
}

static void add_headers(struct MHD_Response *response, const struct request *request)
{
    const struct reply *reply = &request->reply;
    char seconds[16];
    MHD_add_response_header(response, "X-Request-Id", request->id);
    for (size_t i = 0; i < sizeof fixed_headers / sizeof *fixed_headers; i++)
        MHD_add_response_header(response, fixed_headers[i][0], fixed_headers[i][1]);
    MHD_add_response_header(response, "Cache-Control",
                            reply->private || reply->page ? "private, no-cache" : "no-store");
    add_page(response, reply);
    if (reply->type)
        MHD_add_response_header(response, "Content-Type", reply->type);
    if (reply->etag[0])
        MHD_add_response_header(response, "ETag", reply->etag);
    if (reply->allow[0])
        MHD_add_response_header(response, "Allow", reply->allow);
    if (reply->status == 401)
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    if (reply->retry_after) {
        snprintf(seconds, sizeof seconds, "%u", reply->retry_after);
        MHD_add_response_header(response, "Retry-After", seconds);
    }
    if (atomic_load(&request->server->stopping))
        MHD_add_response_header(response, "Connection", "close");
    if (request->server->tls)
        MHD_add_response_header(response, "Strict-Transport-Security", "max-age=31536000");
    add_cors(response, request->server);
    if (!request->route && reply->status == 204)
        add_preflight(response);
}

/* The body stays where it is: the request lives until it has been sent. */
static enum MHD_Result answer(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    struct reply *reply = &request->reply;
    void *data = reply->fixed ? (void *)(uintptr_t)reply->fixed : reply->body.data;
    size_t size = reply->fixed ? reply->fixed_size : reply->body.size;
    struct MHD_Response *response =
        reply->stream ? http_stream(request, exchange->mhd, request->connection)
                      : MHD_create_response_from_buffer(size, size ? data : (void *)"",
                                                        MHD_RESPMEM_PERSISTENT);
    exchange->phase = PHASE_REPLY;
    if (!response)
        return MHD_NO;
    add_headers(response, request);
    connections_wait(&request->server->connections, exchange->request.connection,
                     clock_ns() + SENDING_SECONDS * 1000000000u);
    enum MHD_Result result = MHD_queue_response(exchange->mhd, reply->status, response);
    MHD_destroy_response(response);
    exchange->answered = result == MHD_YES;
    return result;
}

/* ------------------------------------------------------------------ a request */

/* With the request line: the target as it was sent, before anybody cuts it. */
static void *on_target(void *context, const char *target, struct MHD_Connection *mhd)
{
    struct server *server = context;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct exchange *exchange = mem_zalloc(1, sizeof *exchange);
    if (!exchange)
        return NULL;
    if (tunables_take(server))
        gate_look(server);
    exchange->mhd = mhd;
    exchange->request.connection = info ? info->socket_context : NULL;
    exchange->request.server = server;
    exchange->request.began = clock_ns();
    exchange->request.deadline =
        exchange->request.began + server->tunables.deadline * (uint64_t)1000000000u;
    exchange->bad_target = !target_read(target, &exchange->request.target);
    buffer_init(&exchange->request.body, server->tunables.max_body);
    return exchange;
}

static bool is_preflight(const struct exchange *exchange, const char *method)
{
    return !strcmp(method, "OPTIONS") && exchange->request.server->tunables.cors;
}

/* All that is known before the body. */
static void read_head(struct exchange *exchange, const char *method)
{
    struct request *request = &exchange->request;
    struct server *server = request->server;
    struct gate_head head;
    char message[256];
    http_head_read(exchange->mhd, request, &head);
    if (exchange->bad_target)
        reply_error(request, ERROR_BAD_REQUEST, "the target of the request cannot be read");
    else if (is_preflight(exchange, method))
        reply_empty(request, 204);
    else if (!routes_find(request, method) || !gate_pass(request, &head))
        return;
    else if (!parameters_read(&request->target, request->route->parameters, &request->parameters,
                              message, sizeof message))
        reply_error(request, ERROR_BAD_REQUEST, "%s", message);
    else if (!gate_bounds(request))
        return;
    else if (http_head_length(exchange->mhd) > server->tunables.max_body)
        reply_error(request, ERROR_TOO_LARGE, "a body has at most %zu bytes",
                    server->tunables.max_body);
    else
        http_head_check(request);
}

static enum MHD_Result begin(struct exchange *exchange, const char *method)
{
    struct request *request = &exchange->request;
    exchange->phase = PHASE_BODY;
    exchange->counted = true;
    atomic_fetch_add(&request->server->in_flight, 1);
    connections_wait(&request->server->connections, exchange->request.connection,
                     request->deadline);
    read_head(exchange, method);
    uint64_t length = http_head_length(exchange->mhd);
    if (request->reply.status && length > DRAIN_MAX)
        return answer(exchange); /* closes the connection */
    return MHD_YES;
}

/* A part of the body. What belongs to a request that is refused is passed over. */
static enum MHD_Result receive(struct exchange *exchange, const char *data, size_t size)
{
    struct request *request = &exchange->request;
    struct server *server = request->server;
    if (request->reply.status)
        return clock_ns() < request->deadline ? MHD_YES : MHD_NO;
    size_t all = atomic_fetch_add(&server->body_bytes, size) + size;
    vultus_error error = {0};
    bool full = all > BODIES_FACTOR * server->tunables.max_body;
    if (full || buffer_append(&request->body, data, size, &error)) {
        atomic_fetch_sub(&server->body_bytes, size);
        if (!full && error.code == VULTUS_ERR_LIMIT)
            reply_error(request, ERROR_TOO_LARGE, "a body has at most %zu bytes",
                        server->tunables.max_body);
        else
            reply_error(request, ERROR_BUSY, "too many uploads at once");
    }
    return MHD_YES;
}

/* The whole request is here. */
static enum MHD_Result dispatch(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    struct server *server = request->server;
    if (!request->reply.status && request->route->lane == LANE_AT_ONCE)
        request->route->handle(request, NULL);
    if (!request->reply.status && !queue_reserve(&server->queue, request))
        reply_error(request, ERROR_BUSY, "too many requests wait already");
    if (request->reply.status)
        return answer(exchange);
    exchange->phase = PHASE_WORK;
    request->queued = clock_ns();
    connections_wait(&server->connections, exchange->request.connection, UINT64_MAX);
    MHD_suspend_connection(exchange->mhd);
    queue_push(&server->queue, request);
    return MHD_YES;
}

void http_resume(struct request *request)
{
    MHD_resume_connection(exchange_of(request)->mhd);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *mhd, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **state)
{
    struct exchange *exchange = *state;
    (void)context, (void)mhd, (void)url, (void)version;
    if (!exchange)
        return MHD_NO;
    if (exchange->phase == PHASE_HEAD)
        return begin(exchange, method);
    if (exchange->phase == PHASE_BODY && *size) {
        size_t have = *size;
        *size = 0;
        return receive(exchange, data, have);
    }
    if (exchange->phase == PHASE_BODY)
        return dispatch(exchange);
    if (exchange->phase == PHASE_WORK)
        return answer(exchange);
    return MHD_YES;
}

static void on_end(void *context, struct MHD_Connection *mhd, void **state,
                   enum MHD_RequestTerminationCode code)
{
    struct server *server = context;
    struct exchange *exchange = *state;
    (void)mhd;
    *state = NULL;
    if (!exchange)
        return;
    struct request *request = &exchange->request;
    connections_wait(&server->connections, exchange->request.connection,
                     clock_ns() + IDLE_SECONDS * (uint64_t)1000000000u);
    if (exchange->counted) {
        bool sent = exchange->answered && code == MHD_REQUEST_TERMINATED_COMPLETED_OK;
        metrics_count(&server->metrics, request);
        if (!server->tunables.quiet)
            journal_request(request, sent);
        atomic_fetch_sub(&server->body_bytes, request->body.size);
        atomic_fetch_sub(&server->in_flight, 1);
    }
    if (request->reply.stream)
        request->reply.stream->close(request->reply.stream); /* nobody came to take it */
    buffer_clear(&request->body);
    buffer_clear(&request->reply.body);
    target_clear(&request->target);
    mem_free(exchange);
}

/* ------------------------------------------------------------------ connections */

static void on_connection(void *context, struct MHD_Connection *mhd, void **own,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*own)
            connections_remove(&server->connections, *own);
        *own = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    *own = info ? connections_add(&server->connections, info->connect_fd,
                                  clock_ns() + IDLE_SECONDS * (uint64_t)1000000000u)
                : NULL;
}

/* Targets are read by target.c, from the bytes as they were sent. */
static size_t leave_escapes(void *context, struct MHD_Connection *mhd, char *text)
{
    (void)context, (void)mhd;
    return strlen(text);
}

vultus_status http_start(struct server *server, int socket, struct http **out, vultus_error *error)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES},
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, tls_retrieve()},
        {MHD_OPTION_END, 0, NULL}};
    struct http *http = mem_zalloc(1, sizeof *http);
    if (!http)
        return status_memory(error, "the server");
    http->socket = -1;
    if (server->tls)
        flags |= MHD_USE_TLS;
    else
        tls[0].option = MHD_OPTION_END;
    http->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET, socket,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, server, MHD_OPTION_NOTIFY_COMPLETED, on_end, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_UNESCAPE_CALLBACK,
        leave_escapes, server, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        (unsigned)(server->loopback ? CONNECTIONS_MAX : CONNECTIONS_PER_ADDRESS),
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_STRICT_FOR_CLIENT,
        1, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    if (http->daemon) {
        *out = http;
        return VULTUS_OK;
    }
    mem_free(http);
    return status_set(error, VULTUS_ERR_INTERNAL, "libmicrohttpd %s cannot be started%s",
                      MHD_get_version(),
                      server->tls && MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES
                          ? ": it was built without TLS"
                          : "");
}

void http_quiesce(struct http *http)
{
    http->socket = MHD_quiesce_daemon(http->daemon);
}

void http_stop(struct http *http)
{
    if (!http)
        return;
    MHD_stop_daemon(http->daemon);
    if (http->socket >= 0)
        close(http->socket);
    mem_free(http);
}
