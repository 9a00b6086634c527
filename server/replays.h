/* Answers to enrolments that came with an Idempotency-Key: whoever asks again, because an answer was lost, gets the
 * same one. They are kept in memory; after a restart the same picture under the same name is one face anyway. */
#ifndef SERVER_REPLAYS_H
#define SERVER_REPLAYS_H

#include "request.h"

#include "base/hash.h"

#include <pthread.h>

#define REPLAYS_MAX 1024      /* the latest */
#define REPLAY_BYTES_MAX 4096 /* of an answer; ours have 600 */

struct replay {
    uint8_t who[HASH_SIZE], what[HASH_SIZE]; /* of the keys, and of the request */
    enum { REPLAY_FREE, REPLAY_PENDING, REPLAY_DONE } state;
    unsigned status;
    const char *code, *type;
    struct buffer body;
};

struct replays {
    pthread_mutex_t lock;
    struct replay *items; /* a ring */
    size_t next;
};

vultus_status replays_init(struct replays *replays, vultus_error *error) VULTUS_MUST_USE;
void replays_clear(struct replays *replays);

/* True: the request has its reply, an earlier one or an error. False: go on, and call replays_end with what `out`
 * received (NULL where the request has no such key). `name` belongs to what is asked for. */
bool replays_begin(struct replays *replays, struct request *request, const char *name,
                   struct replay **out);
void replays_end(struct replays *replays, struct replay *replay, const struct request *request);

#endif
