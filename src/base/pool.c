/*
 * Threads wait for a job; a job is a loop body and a shared counter. The parallel loop lets the
 * caller work too; the conveyor keeps the caller for deliveries and blocks workers that run more
 * than a window ahead of it.
 */
#define _GNU_SOURCE /* sched_getaffinity */
#include "base/pool.h"
#include "base/memory.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t wake; /* workers: there is a job, or the end */
    pthread_cond_t done; /* caller: a worker has left the job, or a result is ready */
    pthread_cond_t room; /* workers of a conveyor: the window has moved */
    unsigned threads;    /* workers and the caller of pool_for */
    unsigned running;    /* workers started */
    unsigned busy;       /* workers inside the current job */
    uint64_t job;        /* number of the current job */
    void (*body)(struct pool *, unsigned worker);
    void *state;
    bool end;
    pthread_t workers[];
};

struct start {
    struct pool *pool;
    unsigned worker;
    uint64_t seen; /* jobs that were over before this worker began */
};

unsigned pool_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set))
        return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : (unsigned)count;
}

static void *worker_main(void *argument)
{
    struct start start = *(struct start *)argument;
    struct pool *pool = start.pool;
    uint64_t seen = start.seen;
    mem_free(argument);
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->end && pool->job == seen)
            pthread_cond_wait(&pool->wake, &pool->lock);
        if (pool->end)
            break;
        seen = pool->job;
        pthread_mutex_unlock(&pool->lock);
        pool->body(pool, start.worker);
        pthread_mutex_lock(&pool->lock);
        pool->busy--;
        pthread_cond_broadcast(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* Workers: one fewer than the threads of a loop, because its caller works too; a conveyor starts
 * them all. They are started when first needed. */
static vultus_status start_workers(struct pool *pool, unsigned wanted, vultus_error *error)
{
    while (pool->running < wanted) {
        struct start *start = mem_alloc(sizeof *start);
        if (!start)
            return status_memory(error, "a thread");
        *start = (struct start){pool, pool->running + 1, pool->job};
        if (pthread_create(&pool->workers[pool->running], NULL, worker_main, start)) {
            mem_free(start);
            return status_set(error, VULTUS_ERR_INTERNAL, "a thread cannot be started");
        }
        pool->running++;
    }
    return VULTUS_OK;
}

vultus_status pool_open(unsigned threads, struct pool **out, vultus_error *error)
{
    if (!threads)
        threads = pool_processors();
    if (threads > POOL_THREADS_MAX)
        threads = POOL_THREADS_MAX;
    struct pool *pool = mem_zalloc(1, sizeof *pool + threads * sizeof(pthread_t));
    if (!pool)
        return status_memory(error, "a thread pool");
    pool->threads = threads;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->done, NULL);
    pthread_cond_init(&pool->room, NULL);
    *out = pool;
    return VULTUS_OK;
}

void pool_close(struct pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->end = true;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->running; i++)
        pthread_join(pool->workers[i], NULL);
    pthread_cond_destroy(&pool->room);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    mem_free(pool);
}

unsigned pool_threads(const struct pool *pool)
{
    return pool ? pool->threads : 1;
}

static void begin_job(struct pool *pool, void (*body)(struct pool *, unsigned), void *state)
{
    pthread_mutex_lock(&pool->lock);
    pool->body = body;
    pool->state = state;
    pool->busy = pool->running;
    pool->job++;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
}

/* ------------------------------------------------------------------ the loop */

struct loop {
    size_t next, count;
    pool_work *work;
    void *context;
    size_t failed; /* index of the first failure */
    vultus_status status;
    vultus_error error;
};

static void loop_body(struct pool *pool, unsigned worker)
{
    struct loop *loop = pool->state;
    if (worker >=
        pool->threads) /* a conveyor before has started one more than a loop has use for */
        return;
    for (;;) {
        pthread_mutex_lock(&pool->lock);
        size_t index = loop->next < loop->count ? loop->next++ : loop->count;
        pthread_mutex_unlock(&pool->lock);
        if (index == loop->count)
            return;
        vultus_error error = {0};
        vultus_status status = loop->work(loop->context, index, worker, &error);
        if (!status)
            continue;
        pthread_mutex_lock(&pool->lock);
        if (!loop->status || index < loop->failed) {
            loop->failed = index;
            loop->status = status;
            loop->error = error;
        }
        pthread_mutex_unlock(&pool->lock);
    }
}

vultus_status pool_for(struct pool *pool, size_t count, pool_work *work, void *context,
                       vultus_error *error)
{
    if (!pool || pool->threads == 1 || count < 2) {
        vultus_status first = VULTUS_OK;
        for (size_t i = 0; i < count; i++) {
            vultus_status status = work(context, i, 0, first ? NULL : error);
            first = first ? first : status;
        }
        return first;
    }
    vultus_status status = start_workers(pool, pool->threads - 1, error);
    if (status)
        return status;
    struct loop loop = {.count = count, .work = work, .context = context};
    begin_job(pool, loop_body, &loop);
    loop_body(pool, 0);
    pthread_mutex_lock(&pool->lock);
    while (pool->busy)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    if (loop.status && error)
        *error = loop.error;
    return loop.status;
}

/* ------------------------------------------------------------------ the conveyor */

struct belt {
    const struct conveyor *conveyor;
    size_t next, delivered, window;
    void **slots; /* a ring of `window` results */
    bool *ready;
    bool stop;
};

static void belt_body(struct pool *pool, unsigned worker)
{
    struct belt *belt = pool->state;
    const struct conveyor *conveyor = belt->conveyor;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!belt->stop && belt->next < conveyor->count &&
               belt->next >= belt->delivered + belt->window)
            pthread_cond_wait(&pool->room, &pool->lock);
        if (belt->stop || belt->next >= conveyor->count)
            break;
        size_t index = belt->next++;
        pthread_mutex_unlock(&pool->lock);
        void *result = conveyor->work(conveyor->context, index, worker - 1);
        pthread_mutex_lock(&pool->lock);
        belt->slots[index % belt->window] = result;
        belt->ready[index % belt->window] = true;
        pthread_cond_broadcast(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
}

static void belt_deliver(struct pool *pool, struct belt *belt)
{
    const struct conveyor *conveyor = belt->conveyor;
    pthread_mutex_lock(&pool->lock);
    while (belt->delivered < conveyor->count && !belt->stop) {
        size_t slot = belt->delivered % belt->window;
        while (!belt->ready[slot])
            pthread_cond_wait(&pool->done, &pool->lock);
        void *result = belt->slots[slot];
        belt->ready[slot] = false;
        pthread_mutex_unlock(&pool->lock);
        bool more = conveyor->deliver(conveyor->context, belt->delivered, result);
        pthread_mutex_lock(&pool->lock);
        belt->delivered++;
        belt->stop = !more;
        pthread_cond_broadcast(&pool->room);
    }
    while (pool->busy)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < belt->window; i++)
        if (belt->ready[i])
            conveyor->discard(conveyor->context, belt->slots[i]);
}

static void convey_alone(const struct conveyor *conveyor)
{
    for (size_t i = 0; i < conveyor->count; i++)
        if (!conveyor->deliver(conveyor->context, i, conveyor->work(conveyor->context, i, 0)))
            return;
}

vultus_status pool_convey(struct pool *pool, const struct conveyor *conveyor, vultus_error *error)
{
    if (!pool || pool->threads == 1) {
        convey_alone(conveyor);
        return VULTUS_OK;
    }
    struct belt belt = {.conveyor = conveyor,
                        .window = conveyor->window ? conveyor->window : 2u * pool->threads};
    vultus_status status = start_workers(pool, pool->threads, error);
    belt.slots = mem_zalloc(belt.window, sizeof *belt.slots);
    belt.ready = mem_zalloc(belt.window, sizeof *belt.ready);
    if (!status && (!belt.slots || !belt.ready))
        status = status_memory(error, "a queue");
    if (!status) {
        begin_job(pool, belt_body, &belt);
        belt_deliver(pool, &belt);
    }
    mem_free(belt.slots);
    mem_free(belt.ready);
    return status;
}
