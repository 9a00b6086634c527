/*
 * What of answered enrolments outlives the server: a file beside the gallery with a record for each of the latest. A
 * record has hashes and numbers only, no name, no picture and nothing of a face, so nothing of somebody who is deleted
 * is left in it.
 */
#ifndef SERVER_REPLAY_FILE_H
#define SERVER_REPLAY_FILE_H

#include "base/hash.h"

#define REPLAY_FILE_RECORDS 1024
#define REPLAY_FILE_HEADER 16 /* bytes before the first record */

struct replay_record { /* as in the file; both processors that we run on are little-endian */
    uint8_t who[HASH_SIZE], what[HASH_SIZE]; /* of the keys, and of the request */
    int64_t person, face;
    uint64_t order; /* the latest has the greatest; 0: there is none here */
    uint32_t duplicate, new_person;
    uint64_t sum; /* checksum of all before it */
};

#define REPLAY_FILE_BYTES (REPLAY_FILE_HEADER + REPLAY_FILE_RECORDS * sizeof(struct replay_record))

struct replay_file {
    int fd, lock; /* -1: none */
};

/* Takes what is whole of a file's bytes; records that are damaged or missing get order 0. False: it is no such file. */
bool replay_file_parse(const uint8_t *bytes, size_t size,
                       struct replay_record out[REPLAY_FILE_RECORDS]);

/* Opens it, or makes it for its owner only. BUSY: another server has it. FORMAT: it is another file. */
vultus_status replay_file_open(const char *path, struct replay_file *out,
                               struct replay_record records[REPLAY_FILE_RECORDS],
                               vultus_error *error) VULTUS_MUST_USE;
void replay_file_close(struct replay_file *file);
/* On the disk when it returns. Sets the record's sum. */
vultus_status replay_file_put(const struct replay_file *file, size_t at,
                              struct replay_record *record, vultus_error *error) VULTUS_MUST_USE;

#endif
