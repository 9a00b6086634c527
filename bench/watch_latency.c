/*
 * bench_watch_latency GALLERY SECONDS ORIGIN LENGTH SOURCE...: how long after its moment a frame of a live source is told,
 * with boxes and names; how many frames are told; and what of a processor that takes. The moment is read from the
 * picture: bench/live_camera.py burns it in, and says what ORIGIN and LENGTH (nanoseconds) are. The first seconds,
 * in which the source is opened and the faces are found, do not count.
 */
#include "base/clock.h"
#include "base/memory.h"

#include <vultus/vultus.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define BITS 16
#define ACROSS 48 /* squares of the burnt time that would fit across */
#define BRIGHT 128
#define RATE 30
#define WARM 5          /* seconds */
#define TIMES_MAX 36000 /* frames of a source: twenty minutes */

struct stream {
    double *told, *decoded; /* milliseconds after the moment of the frame */
    size_t count, faces, named;
    uint64_t first, last; /* when frames were told */
};

struct bench {
    uint64_t origin, length; /* of the clip */
    double seconds;          /* to measure */
    uint64_t warm, end;      /* clock_ns(); 0: not known yet */
    double cpu, spent;       /* seconds of processors: until it was warm, and from then on */
    atomic_bool over;
    struct stream *streams;
};

/* Milliseconds since the clip began. */
static unsigned read_burnt(const vultus_image *image)
{
    const vultus_pixels pixels = vultus_image_pixels(image);
    unsigned side = pixels.width / ACROSS, out = 0;
    for (unsigned bit = 0; bit < BITS; bit++) {
        const uint8_t *at =
            pixels.data + (size_t)(side / 2) * pixels.stride + 3 * ((size_t)bit * side + side / 2);
        out |= (unsigned)(at[1] > BRIGHT) << bit;
    }
    return out;
}

/* Of the latest time that the clip was at this place. */
static double since(const struct bench *bench, unsigned burnt, uint64_t now)
{
    uint64_t moment = bench->origin + (uint64_t)burnt * 1000000;
    return (double)((now - moment) % bench->length) / 1e6;
}

static void on_frame(void *context, const vultus_watched_frame *frame)
{
    struct bench *bench = context;
    struct stream *stream = &bench->streams[frame->source];
    uint64_t now = clock_ns();
    if (!bench->warm)
        bench->warm = now + WARM * UINT64_C(1000000000);
    if (now < bench->warm || atomic_load(&bench->over) || stream->count == TIMES_MAX)
        return;
    if (!bench->end) {
        bench->cpu = clock_cpu_seconds();
        bench->end = now + (uint64_t)(bench->seconds * 1e9);
    } else if (now >= bench->end) {
        bench->spent = clock_cpu_seconds() - bench->cpu;
        atomic_store(&bench->over, true);
    }
    unsigned burnt = read_burnt(frame->image);
    stream->first = stream->count ? stream->first : now;
    stream->last = now;
    stream->told[stream->count] = since(bench, burnt, now);
    stream->decoded[stream->count++] = since(bench, burnt, frame->arrived);
    for (size_t i = 0; i < frame->count; i++) {
        stream->faces += frame->visitors[i].visible;
        stream->named += frame->visitors[i].visible &&
                         frame->visitors[i].recognition == VULTUS_RECOGNITION_NAMED;
    }
}

static bool on_stop(void *context)
{
    const struct bench *bench = context;
    return atomic_load(&bench->over);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double part(const double *sorted, size_t count, double share)
{
    return sorted[(size_t)(share * (double)(count - 1) + 0.5)];
}

static void print_stream(size_t index, struct stream *stream)
{
    if (stream->count < 2) {
        printf("source %zu: no frames\n", index);
        return;
    }
    double seconds = (double)(stream->last - stream->first) / 1e9;
    double sent = seconds * RATE + 1, shown = (double)stream->count;
    qsort(stream->told, stream->count, sizeof *stream->told, by_value);
    qsort(stream->decoded, stream->count, sizeof *stream->decoded, by_value);
    printf(
        "source %zu: %.1f frames/s, %zu told, %.0f left out; told p50 %.0f ms, p95 %.0f ms, most "
        "%.0f ms; decoded p50 %.0f ms, p95 %.0f ms; %.2f faces a frame, %.2f with a name\n",
        index, (shown - 1) / seconds, stream->count, sent > shown ? sent - shown : 0,
        part(stream->told, stream->count, 0.5), part(stream->told, stream->count, 0.95),
        stream->told[stream->count - 1], part(stream->decoded, stream->count, 0.5),
        part(stream->decoded, stream->count, 0.95), (double)stream->faces / shown,
        (double)stream->named / shown);
}

static vultus_status run(struct bench *bench, const char *gallery_path, const char *const *sources,
                         size_t count, vultus_error *error)
{
    vultus_engine *engine = NULL;
    vultus_gallery *gallery = NULL;
    vultus_watch_report report = {0};
    const vultus_watch_options options = {.frame = on_frame, .stop = on_stop, .context = bench};
    vultus_status status = vultus_engine_open(NULL, &engine, error);
    if (!status)
        status = vultus_gallery_open(gallery_path, NULL, &gallery, error);
    if (!status)
        status = vultus_watch(engine, gallery, sources, count, &options, &report, error);
    vultus_gallery_close(gallery);
    vultus_engine_close(engine);
    if (status)
        return status;
    for (size_t i = 0; i < count; i++)
        print_stream(i, &bench->streams[i]);
    printf("%.0f %% of one processor; %llu searches, %llu checks, %llu looks, %llu tracks\n",
           100 * bench->spent / bench->seconds, (unsigned long long)report.searches,
           (unsigned long long)report.checks, (unsigned long long)report.looks,
           (unsigned long long)report.tracks);
    return VULTUS_OK;
}

int main(int argc, char **argv)
{
    struct bench bench = {0};
    vultus_error error = {0};
    if (argc < 6 || argc > 5 + VULTUS_WATCH_SOURCES_MAX) {
        fprintf(stderr, "bench_watch_latency GALLERY SECONDS ORIGIN LENGTH SOURCE...\n");
        return 2;
    }
    size_t count = (size_t)argc - 5;
    bench.seconds = strtod(argv[2], NULL);
    bench.origin = strtoull(argv[3], NULL, 10);
    bench.length = strtoull(argv[4], NULL, 10);
    bench.streams = mem_zalloc(count, sizeof *bench.streams);
    double *times = mem_zalloc(2 * count * TIMES_MAX, sizeof *times);
    vultus_status status = bench.streams && times ? VULTUS_OK : VULTUS_ERR_MEMORY;
    for (size_t i = 0; !status && i < count; i++) {
        bench.streams[i].told = times + 2 * i * TIMES_MAX;
        bench.streams[i].decoded = times + (2 * i + 1) * TIMES_MAX;
    }
    if (!status && bench.seconds > 0 && bench.length)
        status = run(&bench, argv[1], (const char *const *)argv + 5, count, &error);
    if (status)
        fprintf(stderr, "%s\n", error.message);
    mem_free(times);
    mem_free(bench.streams);
    return status ? 1 : 0;
}
