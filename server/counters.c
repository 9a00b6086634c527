/* The text format of Prometheus, version 0.0.4. */
#include "counters.h"
#include "service.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const double bounds[METRICS_BOUNDS] = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                                              0.1,   0.2,   0.5,   1,    2,    5}; /* seconds */
static const char *const stage_names[STAGE_COUNT] = {"wait", "decode", "detect", "embed",
                                                     "live", "search", "store"};

static void observe(struct histogram *histogram, uint64_t ns)
{
    size_t i = 0;
    while (i < METRICS_BOUNDS && (double)ns * 1e-9 > bounds[i])
        i++;
    atomic_fetch_add_explicit(&histogram->buckets[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->sum_ns, ns, memory_order_relaxed);
}

void metrics_count(struct metrics *metrics, const struct request *request)
{
    size_t route = request->route ? routes_index(request->route) : ROUTES_MAX;
    unsigned hundreds = request->reply.status / 100;
    atomic_fetch_add_explicit(&metrics->requests[route][hundreds < 6 ? hundreds : 0], 1,
                              memory_order_relaxed);
    if (!request->reply.streamed)
        observe(&metrics->total, clock_ns() - request->began);
    for (size_t i = 0; i < STAGE_COUNT; i++)
        if (request->stages[i])
            observe(&metrics->stages[i], request->stages[i]);
}

static size_t resident(void)
{
    unsigned long pages = 0;
    char text[128] = "";
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fgets(text, sizeof text, file)) {
        char *end;
        (void)strtoul(text, &end, 10);
        pages = strtoul(end, NULL, 10);
    }
    if (file)
        fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static vultus_status write_histogram(const struct histogram *histogram, const char *name,
                                     const char *label, struct buffer *out, vultus_error *error)
{
    unsigned long long count = 0;
    const char *comma = *label ? "," : "";
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i <= METRICS_BOUNDS; i++) {
        count += atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
        status = i < METRICS_BOUNDS ? buffer_print(out, error, "%s_bucket{%s%sle=\"%g\"} %llu\n",
                                                   name, label, comma, bounds[i], count)
                                    : buffer_print(out, error, "%s_bucket{%s%sle=\"+Inf\"} %llu\n",
                                                   name, label, comma, count);
    }
    const char *open = *label ? "{" : "", *close = *label ? "}" : "";
    double sum = (double)atomic_load_explicit(&histogram->sum_ns, memory_order_relaxed) * 1e-9;
    return status ? status
                  : buffer_print(out, error, "%s_sum%s%s%s %.9g\n%s_count%s%s%s %llu\n", name, open,
                                 label, close, sum, name, open, label, close, count);
}

static vultus_status write_requests(const struct metrics *metrics, struct buffer *out,
                                    vultus_error *error)
{
    vultus_status status = buffer_print(out, error,
                                        "# HELP vultus_requests_total Requests that have ended.\n"
                                        "# TYPE vultus_requests_total counter\n");
    for (size_t i = 0; i <= ROUTES_MAX; i++) {
        const struct route *route = i < ROUTES_MAX ? routes_at(i) : NULL;
        for (unsigned k = 0; !status && k < 6; k++) {
            unsigned long long count =
                atomic_load_explicit(&metrics->requests[i][k], memory_order_relaxed);
            if (count)
                status = buffer_print(
                    out, error,
                    "vultus_requests_total{method=\"%s\",route=\"%s\",status=\"%uxx\"} %llu\n",
                    route ? route->method : "", route ? route->pattern : "", k, count);
        }
    }
    return status;
}

static vultus_status write_gauges(struct server *server, struct buffer *out, vultus_error *error)
{
    const char *detector = vultus_engine_detector(server->engine);
    return buffer_print(
        out, error,
        "# HELP vultus_queue_length Requests that wait for a worker.\n"
        "# TYPE vultus_queue_length gauge\n"
        "vultus_queue_length{lane=\"long\"} %zu\nvultus_queue_length{lane=\"quick\"} %zu\n"
        "# TYPE vultus_queue_capacity gauge\nvultus_queue_capacity %u\n"
        "# TYPE vultus_workers gauge\nvultus_workers %u\n"
        "# HELP vultus_requests_in_flight Requests that have begun and not ended.\n"
        "# TYPE vultus_requests_in_flight gauge\nvultus_requests_in_flight %u\n"
        "# HELP vultus_connections_idle_closed_total Connections that were closed because nothing "
        "came.\n"
        "# TYPE vultus_connections_idle_closed_total counter\n"
        "vultus_connections_idle_closed_total %llu\n"
        "# HELP vultus_gallery_people People in the gallery, a few seconds ago.\n"
        "# TYPE vultus_gallery_people gauge\nvultus_gallery_people %zu\n"
        "# TYPE vultus_gallery_faces gauge\nvultus_gallery_faces %zu\n"
        "# HELP vultus_resident_bytes Memory of the process.\n"
        "# TYPE vultus_resident_bytes gauge\nvultus_resident_bytes %zu\n"
        "# TYPE vultus_info gauge\n"
        "vultus_info{version=\"%s\",embedder=\"%s\",detector=\"%s\",simd=\"%s\"} 1\n",
        queue_length(&server->queue, LANE_LONG), queue_length(&server->queue, LANE_QUICK),
        server->options.queue, server->worker_count, atomic_load(&server->in_flight),
        atomic_load(&server->metrics.refused), atomic_load(&server->metrics.people),
        atomic_load(&server->metrics.faces), resident(), vultus_version(),
        vultus_engine_embedder(server->engine), detector ? detector : "", vultus_simd());
}

vultus_status metrics_write(struct server *server, struct buffer *out, vultus_error *error)
{
    const struct metrics *metrics = &server->metrics;
    vultus_status status = write_requests(metrics, out, error);
    if (!status)
        status = buffer_print(out, error,
                              "# HELP vultus_request_seconds From the head of a request to its "
                              "end.\n# TYPE vultus_request_seconds histogram\n");
    if (!status)
        status = write_histogram(&metrics->total, "vultus_request_seconds", "", out, error);
    if (!status)
        status = buffer_print(out, error,
                              "# HELP vultus_stage_seconds Of requests, by what was done.\n"
                              "# TYPE vultus_stage_seconds histogram\n");
    for (size_t i = 0; !status && i < STAGE_COUNT; i++) {
        char label[32];
        snprintf(label, sizeof label, "stage=\"%s\"", stage_names[i]);
        status = write_histogram(&metrics->stages[i], "vultus_stage_seconds", label, out, error);
    }
    if (!status)
        status = write_gauges(server, out, error);
    return status ? status : cameras_measure(&server->cameras, out, error);
}
