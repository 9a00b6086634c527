/* A list under a lock: it is touched twice for each request, and walked once a second. */
#define _GNU_SOURCE /* POLLRDHUP */
#include "connections.h"
#include "base/memory.h"

#include <poll.h>
#include <sys/socket.h>

void connections_init(struct connections *connections)
{
    *connections = (struct connections){0};
    pthread_mutex_init(&connections->lock, NULL);
}

void connections_clear(struct connections *connections)
{
    while (connections->first)
        connections_remove(connections, connections->first);
    pthread_mutex_destroy(&connections->lock);
}

struct connection *connections_add(struct connections *connections, int fd, uint64_t until)
{
    struct connection *connection = mem_alloc(sizeof *connection);
    if (!connection)
        return NULL;
    pthread_mutex_lock(&connections->lock);
    *connection = (struct connection){.next = connections->first, .fd = fd, .until = until};
    if (connection->next)
        connection->next->previous = connection;
    connections->first = connection;
    connections->count++;
    pthread_mutex_unlock(&connections->lock);
    return connection;
}

void connections_remove(struct connections *connections, struct connection *connection)
{
    pthread_mutex_lock(&connections->lock);
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        connections->first = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    connections->count--;
    pthread_mutex_unlock(&connections->lock);
    mem_free(connection);
}

void connections_wait(struct connections *connections, struct connection *connection,
                      uint64_t until)
{
    pthread_mutex_lock(&connections->lock);
    connection->until = until;
    pthread_mutex_unlock(&connections->lock);
}

size_t connections_sweep(struct connections *connections, uint64_t now)
{
    size_t closed = 0;
    pthread_mutex_lock(&connections->lock);
    for (struct connection *each = connections->first; each; each = each->next)
        if (now > each->until) {
            shutdown(each->fd,
                     SHUT_RDWR); /* the thread of connections sees its end, and closes it */
            each->until = UINT64_MAX;
            closed++;
        }
    pthread_mutex_unlock(&connections->lock);
    return closed;
}

bool connections_gone(const struct connection *connection)
{
    struct pollfd poller = {.fd = connection->fd, .events = POLLRDHUP};
    return poll(&poller, 1, 0) > 0 && (poller.revents & (POLLRDHUP | POLLHUP | POLLERR));
}
