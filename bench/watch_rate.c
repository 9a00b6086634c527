/*
 * bench_watch_rate GALLERY SOURCE: frames per second of vultus_watch against the straightforward loop that detects,
 * embeds and identifies on every frame, with the same networks in the same run; and whether both give the same names.
 * The loop's names are per frame, so they flicker; what is counted is where both have one.
 */
#include "base/box.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/pool.h"
#include "video/source.h"

#include <vultus/vultus.h>

#include <stdio.h>
#include <string.h>

#define FRAMES_MAX 3000
#define FACES_MAX 32
#define SAME 0.3 /* overlap */

struct named_face {
    vultus_box box;
    char name[VULTUS_NAME_MAX + 1]; /* "": unknown */
};

struct named_frame {
    struct named_face faces[FACES_MAX];
    size_t count;
    bool there;
};

struct stopwatch {
    uint64_t begin;
    double cpu;
};

static struct stopwatch start(void)
{
    return (struct stopwatch){clock_ns(), clock_cpu_seconds()};
}

/* Frames per second, and milliseconds of a processor per frame: on a busy machine only the second says much. */
static void stop(struct stopwatch since, uint64_t frames, double *rate, double *cpu)
{
    *rate = (double)frames / ((double)(clock_ns() - since.begin) / 1e9);
    *cpu = 1e3 * (clock_cpu_seconds() - since.cpu) / (double)frames;
}

struct bench {
    vultus_engine *engine;
    vultus_gallery *gallery;
    struct named_frame *loop;
    double rate, cpu; /* of the loop */
    size_t named, right, wrong,
        missing;       /* faces that the loop named, and what watch said of them */
    size_t watch_only; /* named by watch, not found or not named by the loop */
    size_t changes;    /* of names */
};

static void put(struct named_frame *frame, const vultus_box *box, const char *name)
{
    if (frame->count == FACES_MAX)
        return;
    struct named_face *face = &frame->faces[frame->count++];
    face->box = *box;
    snprintf(face->name, sizeof face->name, "%s", name);
}

static vultus_status each_frame(struct bench *bench, const vultus_image *image,
                                struct named_frame *out, vultus_error *error)
{
    vultus_faces faces = {0};
    float *embeddings = NULL;
    size_t dimension = vultus_engine_dimension(bench->engine);
    vultus_status status = vultus_detect(bench->engine, image, NULL, &faces, error);
    if (!status)
        status =
            vultus_embed(bench->engine, image, faces.items, faces.count, NULL, &embeddings, error);
    for (size_t i = 0; !status && i < faces.count; i++) {
        vultus_identity who;
        status = vultus_gallery_identify(bench->gallery, bench->engine, embeddings + i * dimension,
                                         NULL, &who, error);
        if (!status)
            put(out, &faces.items[i].box, who.match ? who.best.name : "");
    }
    vultus_embeddings_free(embeddings, faces.count * dimension);
    vultus_faces_clear(&faces);
    out->there = true;
    return status;
}

static vultus_status run_loop(struct bench *bench, const char *address, size_t *frames,
                              vultus_error *error)
{
    struct source *source = NULL;
    vultus_status status = source_open(address, NULL, &source, error);
    while (!status && *frames < FRAMES_MAX) {
        struct video_frame frame;
        status = source_next(source, &frame, error);
        if (status || !frame.image)
            break;
        status = each_frame(bench, frame.image, &bench->loop[(*frames)++], error);
        vultus_image_free(frame.image);
    }
    source_close(source);
    return status;
}

static void on_event(void *context, const vultus_event *event)
{
    struct bench *bench = context;
    bench->changes += event->kind == VULTUS_EVENT_CHANGED;
}

static void on_frame(void *context, const vultus_watched_frame *frame)
{
    struct bench *bench = context;
    if (frame->number >= FRAMES_MAX)
        return;
    const struct named_frame *loop = &bench->loop[frame->number];
    for (size_t i = 0; i < loop->count; i++) {
        const vultus_visitor *best = NULL;
        for (size_t k = 0; k < frame->count; k++)
            if (frame->visitors[k].visible &&
                box_overlap(&frame->visitors[k].box, &loop->faces[i].box) > SAME)
                best = &frame->visitors[k];
        if (!loop->faces[i].name[0])
            continue;
        bool named = best && best->recognition == VULTUS_RECOGNITION_NAMED;
        bench->named++;
        bench->missing += !named;
        bench->right += named && !strcmp(best->name, loop->faces[i].name);
        bench->wrong += named && strcmp(best->name, loop->faces[i].name);
    }
    for (size_t k = 0; k < frame->count; k++) {
        bool found = false;
        for (size_t i = 0; i < loop->count; i++)
            found |= loop->faces[i].name[0] &&
                     box_overlap(&frame->visitors[k].box, &loop->faces[i].box) > SAME;
        bench->watch_only += frame->visitors[k].visible && !found &&
                             frame->visitors[k].recognition == VULTUS_RECOGNITION_NAMED;
    }
}

static vultus_status run_watch(struct bench *bench, const char *address, unsigned threads,
                               vultus_error *error)
{
    const vultus_watch_options options = {
        .threads = threads, .event = on_event, .frame = on_frame, .context = bench};
    vultus_watch_report report;
    bench->named = bench->right = bench->wrong = bench->missing = bench->watch_only =
        bench->changes = 0;
    double rate, cpu;
    struct stopwatch since = start();
    vultus_status status =
        vultus_watch(bench->engine, bench->gallery, &address, 1, &options, &report, error);
    if (status)
        return status;
    stop(since, report.frames, &rate, &cpu);
    printf(
        "watch, %u threads: %.1f frames/s, %.1f ms of a processor a frame: %.1f and %.1f times the "
        "loop; %llu searches, %llu checks, %llu looks, %llu tracks\n",
        threads, rate, cpu, rate / bench->rate, bench->cpu / cpu,
        (unsigned long long)report.searches, (unsigned long long)report.checks,
        (unsigned long long)report.looks, (unsigned long long)report.tracks);
    printf("  of %zu faces that the loop named: %zu the same, %zu another name, %zu none; %zu "
           "named by watch "
           "alone; %zu names changed\n",
           bench->named, bench->right, bench->wrong, bench->missing, bench->watch_only,
           bench->changes);
    return VULTUS_OK;
}

int main(int argc, char **argv)
{
    struct bench bench = {0};
    vultus_error error = {0};
    size_t frames = 0;
    if (argc != 3) {
        fprintf(stderr, "bench_watch_rate GALLERY SOURCE\n");
        return 2;
    }
    bench.loop = mem_zalloc(FRAMES_MAX, sizeof *bench.loop);
    vultus_status status = bench.loop ? VULTUS_OK : VULTUS_ERR_MEMORY;
    if (!status)
        status = vultus_engine_open(NULL, &bench.engine, &error);
    if (!status)
        status = vultus_gallery_open(argv[1], NULL, &bench.gallery, &error);
    struct stopwatch since = start();
    if (!status)
        status = run_loop(&bench, argv[2], &frames, &error);
    stop(since, frames, &bench.rate, &bench.cpu);
    if (!status)
        printf("loop, 1 thread: %zu frames, %.1f frames/s, %.1f ms of a processor a frame\n",
               frames, bench.rate, bench.cpu);
    if (!status)
        status = run_watch(&bench, argv[2], 1, &error);
    if (!status && pool_processors() > 1)
        status = run_watch(&bench, argv[2], pool_processors(), &error);
    if (status)
        fprintf(stderr, "%s\n", error.message);
    vultus_gallery_close(bench.gallery);
    vultus_engine_close(bench.engine);
    mem_free(bench.loop);
    return status ? 1 : 0;
}
