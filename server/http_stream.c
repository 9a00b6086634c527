/*
 * See http_stream.h. libmicrohttpd asks for more whenever the connection takes some; where there is nothing, the
 * connection is suspended until job_events.c wakes it, so that no thread waits. Who does not take what is there is cut
 * off, as with any other answer.
 */
#include "http_stream.h"
#include "job_events.h"
#include "service.h"

#include "base/clock.h"

#include <microhttpd.h>

#define BLOCK 4096
#define SENDING_SECONDS 30 /* to take what is there */

struct stream_answer {
    struct server *server;
    struct job_stream *stream;
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
                     clock_ns() + (STREAM_BEAT + SENDING_SECONDS) * (uint64_t)1000000000u);
    long count = job_stream_read(answer->stream, out, size);
    return count < 0 ? MHD_CONTENT_READER_END_OF_STREAM : (ssize_t)count;
}

static void close_answer(void *context)
{
    struct stream_answer *answer = context;
    job_stream_close(answer->stream);
    mem_free(answer);
}

struct MHD_Response *http_stream(struct request *request, struct MHD_Connection *mhd,
                                 struct connection *connection)
{
    struct stream_answer *answer = mem_alloc(sizeof *answer);
    struct job_stream *stream = request->reply.stream;
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
        job_stream_close(stream);
        mem_free(answer);
    }
    return response;
}
