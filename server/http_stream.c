/*
 * See http_stream.h. libmicrohttpd asks for more whenever the connection takes some; where there is nothing, the
 * connection is suspended until whoever makes the stream wakes it, so that no thread waits. Who does not take what is there is cut
 * off, as with any other answer.
 */
#include "http_stream.h"
#include "service.h"
#include "stream.h"

#include "base/clock.h"

#include <microhttpd.h>

#define BLOCK 16384
#define SENDING_SECONDS 30 /* to take what is there */

struct stream_answer {
    struct server *server;
    struct stream *stream;
    struct connection *connection;
};

static void sleep_connection(void *mhd)
{
    MHD_suspend_connection(mhd);
}

static void wake_connection(void *mhd)
{
    MHD_resume_connection(mhd);
}

static ssize_t read_more(void *context, uint64_t position, char *out, size_t size)
{
    struct stream_answer *answer = context;
    (void)position;
    connections_wait(&answer->server->connections, answer->connection,
                     clock_ns() + (answer->server->options.heartbeat + SENDING_SECONDS) *
                                      (uint64_t)1000000000u);
    long count = answer->stream->read(answer->stream, out, size);
    return count == STREAM_END      ? MHD_CONTENT_READER_END_OF_STREAM
           : count == STREAM_BROKEN ? MHD_CONTENT_READER_END_WITH_ERROR
                                    : (ssize_t)count;
}

static void close_answer(void *context)
{
    struct stream_answer *answer = context;
    answer->stream->close(answer->stream);
    mem_free(answer);
}

struct MHD_Response *http_stream(struct request *request, struct MHD_Connection *mhd,
                                 struct connection *connection)
{
    struct stream_answer *answer = mem_alloc(sizeof *answer);
    struct stream *stream = request->reply.stream;
    struct MHD_Response *response = NULL;
    request->reply.stream = NULL;
    request->reply.streamed = true;
    stream->sleep = sleep_connection;
    stream->wake = wake_connection;
    stream->connection = mhd;
    if (answer) {
        *answer = (struct stream_answer){request->server, stream, connection};
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_more, answer,
                                                     close_answer);
    }
    if (!response) {
        stream->close(stream);
        mem_free(answer);
    }
    return response;
}
