/* Answers to enrolments that came with an Idempotency-Key: whoever asks again, because an answer was lost, gets the
 * same one. They are kept in memory, and so that a restart changes nothing, what makes the answer is kept in a file: see
 * replay_file.h. */
#ifndef SERVER_REPLAYS_H
#define SERVER_REPLAYS_H

#include "request.h"

#include "replay_file.h"

#include <pthread.h>

#define REPLAYS_MAX REPLAY_FILE_RECORDS /* the latest */
#define REPLAY_BYTES_MAX 4096           /* of an answer; ours have 600 */

struct replay {
    uint8_t who[HASH_SIZE], what[HASH_SIZE]; /* of the keys, and of the request */
    enum {
        REPLAY_FREE,
        REPLAY_PENDING,
        REPLAY_DONE,
        REPLAY_RECALLED /* from the file: the answer has to be made again */
    } state;
    bool
        recalled; /* person and following are those of the first answer: nothing is to be enrolled */
    int64_t person, face;
    bool duplicate, new_person;
    unsigned status;
    const char *code, *type;
    struct buffer body;
};

struct replays {
    pthread_mutex_t lock;
    struct replay *items; /* a ring */
    size_t next;
    struct replay_file file; /* without one they end with the server */
    uint64_t order;          /* of the latest record */
};

/* `path`: of the file; NULL: none. Where another server has it, there is none, which is said. */
vultus_status replays_init(struct replays *replays, const char *path,
                           vultus_error *error) VULTUS_MUST_USE;
void replays_clear(struct replays *replays);

/* True: the request has its reply, an earlier one or an error. False: go on, and call replays_end with what `out`
 * received (NULL where the request has no such key). `name` belongs to what is asked for. */
bool replays_begin(struct replays *replays, struct request *request, const char *name,
                   struct replay **out);
/* After the enrolment, before its answer: it is on the disk when this returns. */
void replays_keep(struct replays *replays, struct replay *replay, const vultus_enrolled *enrolled);
void replays_end(struct replays *replays, struct replay *replay, const struct request *request);

#endif
