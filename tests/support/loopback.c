/* See loopback.h. One connection at a time, so that a test knows what came after what. */
#include "loopback.h"
#include "support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

struct loopback {
    int socket, port;
    pthread_t thread;
    loopback_answer *answer;
    void *context;
};

static atomic_bool closing; /* one server at a time */

bool loopback_pause(int milliseconds)
{
    for (; milliseconds > 0 && !atomic_load(&closing); milliseconds -= 10)
        (void)poll(NULL, 0, milliseconds < 10 ? milliseconds : 10);
    return !atomic_load(&closing);
}

bool loopback_send(int connection, const void *data, size_t size)
{
    const char *at = data;
    while (size && !atomic_load(&closing)) {
        struct pollfd ready = {.fd = connection, .events = POLLOUT};
        if (poll(&ready, 1, 20) <= 0)
            continue;
        ssize_t sent = send(connection, at, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0)
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return !size;
}

void loopback_request(int connection, char *out, size_t size)
{
    size_t used = 0;
    while (used < size - 1 && !atomic_load(&closing)) {
        struct pollfd ready = {.fd = connection, .events = POLLIN};
        if (poll(&ready, 1, 20) <= 0)
            continue;
        ssize_t got = recv(connection, out + used, size - 1 - used, 0);
        if (got <= 0)
            break;
        used += (size_t)got;
        out[used] = '\0';
        if (strstr(out, "\r\n\r\n"))
            break;
    }
    out[used] = '\0';
    out[strcspn(out, "\r\n")] = '\0';
}

static void *serve(void *context)
{
    struct loopback *server = context;
    for (unsigned number = 0; !atomic_load(&closing);) {
        struct pollfd ready = {.fd = server->socket, .events = POLLIN};
        char request[4096];
        if (poll(&ready, 1, 20) <= 0)
            continue;
        int connection = accept(server->socket, NULL, NULL);
        if (connection < 0)
            continue;
        loopback_request(connection, request, sizeof request);
        server->answer(server->context, connection, number++, request);
        close(connection);
    }
    return NULL;
}

struct loopback *loopback_open(int port, loopback_answer *answer, void *context)
{
    struct loopback *server = calloc(1, sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t size = sizeof address;
    int yes = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    atomic_store(&closing, false);
    server->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    server->answer = answer;
    server->context = context;
    setsockopt(server->socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(server->socket, (struct sockaddr *)&address, sizeof address) ||
        listen(server->socket, 8) ||
        getsockname(server->socket, (struct sockaddr *)&address, &size) ||
        pthread_create(&server->thread, NULL, serve, server))
        fail_msg("no server on the loopback");
    server->port = ntohs(address.sin_port);
    return server;
}

int loopback_port(const struct loopback *server)
{
    return server->port;
}

void loopback_close(struct loopback *server)
{
    atomic_store(&closing, true);
    pthread_join(server->thread, NULL);
    close(server->socket);
    free(server);
}
