/* Where the server listens: an address in numbers, never a name that somebody else resolves. */
#include "service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024

/* "127.0.0.1:8080", "[::1]:8080" */
static bool split(const char *text, struct address *out)
{
    const char *colon = strrchr(text, ':');
    bool bracket = *text == '[';
    size_t length = colon ? (size_t)(colon - text) : 0;
    if (!colon || length < 1 + 2 * (size_t)bracket || length >= sizeof out->host ||
        strlen(colon + 1) >= sizeof out->port || !colon[1] ||
        strspn(colon + 1, "0123456789") != strlen(colon + 1) || (bracket && colon[-1] != ']'))
        return false;
    length -= 2 * (size_t)bracket;
    memcpy(out->host, text + bracket, length);
    out->host[length] = '\0';
    memcpy(out->port, colon + 1, strlen(colon + 1) + 1);
    return true;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 ==
               127;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

static int bound(const struct addrinfo *info)
{
    const int one = 1;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
                    bind(fd, info->ai_addr, info->ai_addrlen) || listen(fd, BACKLOG))) {
        int reason = errno;
        close(fd);
        errno = reason;
        fd = -1;
    }
    return fd;
}

/* freeaddrinfo, after a success. */
static vultus_status resolve(const char *text, struct address *out, struct addrinfo **info,
                             vultus_error *error)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                                   .ai_socktype = SOCK_STREAM};
    if (!split(text, out) || getaddrinfo(out->host, out->port, &hints, info))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "--listen: \"%.80s\" is not ADDRESS:PORT in numbers, such as "
                          "127.0.0.1:8080 or [::1]:8080",
                          text);
    out->loopback = is_loopback((*info)->ai_addr);
    return VULTUS_OK;
}

vultus_status address_check(const char *text, struct address *out, vultus_error *error)
{
    struct addrinfo *info = NULL;
    struct address address = {0};
    vultus_status status = resolve(text, &address, &info, error);
    if (status)
        return status;
    freeaddrinfo(info);
    *out = address;
    return VULTUS_OK;
}

vultus_status address_listen(const char *text, struct address *out, int *socket,
                             vultus_error *error)
{
    struct address address = {0};
    struct addrinfo *info = NULL;
    struct sockaddr_storage own;
    socklen_t size = sizeof own;
    vultus_status status = resolve(text, &address, &info, error);
    if (status)
        return status;
    int fd = bound(info);
    int reason = errno;
    freeaddrinfo(info);
    if (fd < 0)
        return status_set(error, VULTUS_ERR_IO, "cannot listen on %.80s: %s", text,
                          strerror(reason));
    if (getsockname(fd, (struct sockaddr *)(void *)&own, &size) ||
        getnameinfo((struct sockaddr *)(void *)&own, size, NULL, 0, address.port,
                    sizeof address.port, NI_NUMERICSERV)) {
        close(fd);
        return status_set(error, VULTUS_ERR_IO, "cannot tell the port of %.80s", text);
    }
    *out = address;
    *socket = fd;
    return VULTUS_OK;
}
