/* An answer that has no end yet: events, pictures. Whoever makes one has this as its first member. */
#ifndef SERVER_STREAM_H
#define SERVER_STREAM_H

#include <stddef.h>

#define STREAM_END (-1)
#define STREAM_BROKEN (-2)

struct stream {
    /* On the thread of connections: what is next. Bytes, 0 where it has let the connection sleep, STREAM_END, or
     * STREAM_BROKEN: then whoever reads sees that it is not whole. */
    long (*read)(struct stream *stream, char *out, size_t size);
    void (*close)(struct stream *stream);
    /* Of http_stream.c: lets the connection sleep, and wakes it; both under the same lock of whoever made the stream. */
    void (*sleep)(void *connection);
    void (*wake)(void *connection);
    void *connection;
};

#endif
