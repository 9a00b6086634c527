/* A SHA-256 taken on a thread of its own, while its caller does other things. */
#ifndef BASE_HASH_JOB_H
#define BASE_HASH_JOB_H

#include "base/hash.h"

struct hash_job;

/* `data` must stay until the job is closed. Where no thread can be started the hash is taken here and now.
 * MEMORY. */
vultus_status hash_job_begin(const void *data, size_t size, struct hash_job **out,
                             vultus_error *error) VULTUS_MUST_USE;
/* Waits for the hash; from any number of threads, as often as one likes. INTERNAL, as hash_bytes. */
vultus_status hash_job_wait(struct hash_job *job, uint8_t out[HASH_SIZE],
                            vultus_error *error) VULTUS_MUST_USE;
/* Does not wait: what has not been hashed yet is left alone. */
void hash_job_close(struct hash_job *job);

#endif
