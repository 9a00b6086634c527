/* What the server says on standard error: one line for each event, key=value. Never names, pictures, embeddings,
 * paths of requests or keys. */
#ifndef SERVER_JOURNAL_H
#define SERVER_JOURNAL_H

#include "request.h"

/* "vultus: ..." */
void journal_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Now, UTC, ISO 8601. */
void journal_stamp(char out[32]);
/* The line of a request that has ended. */
void journal_request(const struct request *request, bool sent);
/* Something that whoever asked is not told. */
void journal_trouble(const struct request *request, const char *message);

#endif
