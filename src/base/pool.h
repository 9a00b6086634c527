/*
 * Work on several threads: a parallel loop, and a conveyor whose results come out in order.
 * A pool is used by one thread at a time; a pool of one thread runs everything in the caller.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/status.h"

#define POOL_THREADS_MAX 256

struct pool;

/* threads: 0 means one for each processor that this process may use. MEMORY, INTERNAL. */
vultus_status pool_open(unsigned threads, struct pool **out, vultus_error *error) VULTUS_MUST_USE;
void pool_close(struct pool *pool);
unsigned pool_threads(const struct pool *pool);
unsigned pool_processors(void);

/* Runs work(context, index, worker) for index 0..count-1, in any order, and returns when all are
 * done; the caller works too. worker is 0..threads-1. The first failure (lowest index) is returned
 * with its message; the rest still run. */
typedef vultus_status pool_work(void *context, size_t index, unsigned worker, vultus_error *error);
vultus_status pool_for(struct pool *pool, size_t count, pool_work *work, void *context,
                       vultus_error *error) VULTUS_MUST_USE;

/*
 * The conveyor: work() turns index 0..count-1 into results on all threads; deliver() takes them in
 * order, on the calling thread, while work goes on. At most `window` results wait (0: two for each
 * thread), so memory is bounded. work() returns its result, also for a failure: it must not lose it.
 * deliver() owns it, and returns false to stop; results made but not delivered go to discard().
 */
struct conveyor {
    size_t count;
    size_t window;
    void *(*work)(void *context, size_t index, unsigned worker);
    bool (*deliver)(void *context, size_t index, void *result);
    void (*discard)(void *context, void *result);
    void *context;
};
vultus_status pool_convey(struct pool *pool, const struct conveyor *conveyor,
                          vultus_error *error) VULTUS_MUST_USE;

#endif
