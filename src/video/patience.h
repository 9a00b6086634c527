/* How long a wait may be: until its deadline, or until the caller asks to stop. */
#ifndef VIDEO_PATIENCE_H
#define VIDEO_PATIENCE_H

#include "base/status.h"

#define PATIENCE_SLICE_MS 50 /* how often somebody who waits asks whether to stop */

struct patience {
    bool (*stop)(void *context); /* may be NULL; from any thread */
    void *context;
    uint64_t limit; /* nanoseconds that one wait may take */
    uint64_t until; /* clock_ns() */
};

/* A new wait begins. */
void patience_begin(struct patience *patience);
bool patience_stopped(const struct patience *patience);
bool patience_over(const struct patience *patience);
/* CANCELLED, or IO: nothing came in time. */
vultus_status patience_why(const struct patience *patience, const char *name, vultus_error *error);

/* Reads up to `size` bytes, waiting for them: the count, 0 at the end, -1 when the patience is over, -2 and
 * errno when reading fails. */
long patience_read(const struct patience *patience, int fd, void *out, size_t size);
/* Sleeps for so long, or until somebody asks to stop. */
void patience_sleep(const struct patience *patience, uint64_t nanoseconds);

#endif
