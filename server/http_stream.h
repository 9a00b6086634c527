/* A stream as the body of an answer that has no end yet. */
#ifndef SERVER_HTTP_STREAM_H
#define SERVER_HTTP_STREAM_H

#include "connections.h"
#include "request.h"

struct MHD_Connection;
struct MHD_Response;

/* Takes the stream of the reply, also after a failure. NULL: memory ran out. */
struct MHD_Response *http_stream(struct request *request, struct MHD_Connection *mhd,
                                 struct connection *connection);

#endif
