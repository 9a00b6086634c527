/* Conditions whose waits end at a moment of clock_ns(), which nobody sets back. */
#ifndef BASE_WAIT_H
#define BASE_WAIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

static inline void wait_open(pthread_cond_t *condition)
{
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &steady);
    pthread_condattr_destroy(&steady);
}

/* False: the moment has passed. */
static inline bool wait_until(pthread_cond_t *condition, pthread_mutex_t *lock, uint64_t moment)
{
    const struct timespec until = {.tv_sec = (time_t)(moment / 1000000000u),
                                   .tv_nsec = (long)(moment % 1000000000u)};
    return !pthread_cond_timedwait(condition, lock, &until);
}

#endif
