/* A server on the loopback that answers each connection with a function of the test, on a thread of its own. */
#ifndef TEST_LOOPBACK_H
#define TEST_LOOPBACK_H

#include <stdbool.h>
#include <stddef.h>

struct loopback;

/* Answers the number-th connection, from 0; its first request line has been read. Returns to close it. */
typedef void loopback_answer(void *context, int connection, unsigned number, const char *request);

/* port 0: any that is free. Fails the test when it cannot. */
struct loopback *loopback_open(int port, loopback_answer *answer, void *context);
int loopback_port(const struct loopback *server);
void loopback_close(struct loopback *server);

/* False when the other side has gone, or the server is being closed. */
bool loopback_send(int connection, const void *data, size_t size);
bool loopback_pause(int milliseconds);
/* Reads one more request, and keeps its first line; "" when there is none. */
void loopback_request(int connection, char *out, size_t size);

#endif
