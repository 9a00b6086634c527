/* What is counted and timed, for Prometheus. Any thread counts; reading does not stop them. */
#ifndef SERVER_COUNTERS_H
#define SERVER_COUNTERS_H

#include "request.h"
#include "routes.h"

#include <stdatomic.h>

#define METRICS_BOUNDS 12

struct histogram {
    atomic_ullong buckets[METRICS_BOUNDS + 1], sum_ns;
};

struct metrics {
    atomic_ullong requests[ROUTES_MAX + 1]
                          [6]; /* by route (the last: none) and hundreds of the status */
    struct histogram stages[STAGE_COUNT], total;
    atomic_ullong refused; /* connections that were ended because nothing came */
    atomic_size_t people, faces;
};

void metrics_count(struct metrics *metrics, const struct request *request);
vultus_status metrics_write(struct server *server, struct buffer *out,
                            vultus_error *error) VULTUS_MUST_USE;

#endif
