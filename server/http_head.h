/* The head of a request as the rest of the server wants it. */
#ifndef SERVER_HTTP_HEAD_H
#define SERVER_HTTP_HEAD_H

#include "service.h"

struct MHD_Connection;

/* Sets the request's id, address and header values; `head` points into the connection. */
void http_head_read(struct MHD_Connection *mhd, struct request *request, struct gate_head *head);
/* Whether the body is of a kind that the route takes; else the reply says what it takes. */
void http_head_check(struct request *request);
/* The announced size of the body; 0: none is. */
uint64_t http_head_length(struct MHD_Connection *mhd);

#endif
