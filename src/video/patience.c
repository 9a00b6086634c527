/* See patience.h. Waits are cut into slices, so that no signal and no second thread is needed to end them. */
#include "video/patience.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

void patience_begin(struct patience *patience)
{
    patience->until = clock_ns() + patience->limit;
}

bool patience_stopped(const struct patience *patience)
{
    return patience->stop && patience->stop(patience->context);
}

bool patience_over(const struct patience *patience)
{
    return clock_ns() >= patience->until || patience_stopped(patience);
}

vultus_status patience_why(const struct patience *patience, const char *name, vultus_error *error)
{
    if (patience_stopped(patience))
        return status_set(error, VULTUS_ERR_CANCELLED, "%s: stopped", name);
    return status_set(error, VULTUS_ERR_IO,
                      "%s: nothing came for %.0f seconds; is the source there, and sending?", name,
                      (double)patience->limit / 1e9);
}

long patience_read(const struct patience *patience, int fd, void *out, size_t size)
{
    for (;;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int count = poll(&ready, 1, PATIENCE_SLICE_MS);
        if (count < 0 && errno != EINTR)
            return -2;
        if (count > 0) {
            ssize_t got = read(fd, out, size);
            if (got >= 0)
                return (long)got;
            if (errno != EINTR && errno != EAGAIN)
                return -2;
        }
        if (patience_over(patience))
            return -1;
    }
}

void patience_sleep(const struct patience *patience, uint64_t nanoseconds)
{
    uint64_t until = clock_ns() + nanoseconds;
    while (clock_ns() < until && !patience_stopped(patience))
        (void)poll(NULL, 0, PATIENCE_SLICE_MS);
}
