/*
 * The connections that are open, and since when they wait for something. libmicrohttpd's time limit starts anew with
 * every byte, so somebody who sends one now and then would stay for ever; here the whole wait counts.
 */
#ifndef SERVER_CONNECTIONS_H
#define SERVER_CONNECTIONS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection {
    struct connection *next, *previous;
    int fd;
    uint64_t until; /* clock_ns: when it is closed */
};

struct connections {
    pthread_mutex_t lock;
    struct connection *first;
    size_t count;
};

void connections_init(struct connections *connections);
void connections_clear(struct connections *connections);
/* NULL: memory ran out. */
struct connection *connections_add(struct connections *connections, int fd, uint64_t until);
/* Before its descriptor is closed. */
void connections_remove(struct connections *connections, struct connection *connection);
void connections_wait(struct connections *connections, struct connection *connection,
                      uint64_t until);
/* True when the other end has closed it, or said that it sends nothing more. Any thread, while it is open. */
bool connections_gone(const struct connection *connection);
/* Closes both directions of those whose time has passed; returns how many. */
size_t connections_sweep(struct connections *connections, uint64_t now);

#endif
