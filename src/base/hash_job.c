/*
 * SHA-256 beside other work. One file is one chain of blocks, which no number of threads makes shorter; but
 * who loads it need not stand and wait. The thread allocates nothing of
 * ours, and ends at once when the job is closed.
 */
#include "base/hash_job.h"
#include "base/memory.h"

#include <pthread.h>
#include <string.h>

struct hash_job {
    const uint8_t *data;
    size_t size;
    atomic_bool stop;
    pthread_mutex_t lock; /* of what follows; the thread itself writes before it is joined */
    bool running;
    pthread_t thread;
    vultus_status status;
    vultus_error error;
    uint8_t hash[HASH_SIZE];
};

static void *hash_main(void *argument)
{
    struct hash_job *job = argument;
    job->status = hash_steps(job->data, job->size, &job->stop, job->hash, &job->error);
    return NULL;
}

vultus_status hash_job_begin(const void *data, size_t size, struct hash_job **out,
                             vultus_error *error)
{
    struct hash_job *job = mem_zalloc(1, sizeof *job);
    if (!job)
        return status_memory(error, "a hash");
    job->data = data;
    job->size = size;
    pthread_mutex_init(&job->lock, NULL);
    job->running = !pthread_create(&job->thread, NULL, hash_main, job);
    if (!job->running)
        hash_main(job);
    *out = job;
    return VULTUS_OK;
}

static void join(struct hash_job *job)
{
    pthread_mutex_lock(&job->lock);
    if (job->running)
        pthread_join(job->thread, NULL);
    job->running = false;
    pthread_mutex_unlock(&job->lock);
}

vultus_status hash_job_wait(struct hash_job *job, uint8_t out[HASH_SIZE], vultus_error *error)
{
    join(job);
    if (job->status && error)
        *error = job->error;
    if (!job->status)
        memcpy(out, job->hash, HASH_SIZE);
    return job->status;
}

void hash_job_close(struct hash_job *job)
{
    if (!job)
        return;
    atomic_store(&job->stop, true);
    join(job);
    pthread_mutex_destroy(&job->lock);
    mem_free(job);
}
