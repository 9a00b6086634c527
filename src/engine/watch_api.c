/*
 * vultus_watch: the eyes of src/video/watch.h over an engine and a gallery, and a thread for each source. The threads
 * that searches may use are shared out among the sources.
 */
#include "engine/engine.h"
#include "base/memory.h"
#include "video/sink.h"
#include "video/watch.h"

#include <vultus/liveness.h>

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#define TWIN_MARGIN                                                                                \
    0.05f /* the second is as near as the first when both are near enough and this alike */

struct watching { /* all sources */
    vultus_engine *engine;
    vultus_gallery *gallery;
    const vultus_watch_options *options;
    vultus_identity who;
    float *probes; /* two of unit length */
    pthread_mutex_t turn;
    atomic_bool end; /* a source failed, or somebody asked to stop */
};

static vultus_status find(void *context, const vultus_image *part, float min_face,
                          vultus_faces *out, vultus_error *error)
{
    const struct watching *watching = context;
    vultus_detect_options detect = watching->options->detect;
    if (min_face > detect.min_face && watching->engine->detect.method->reads & DETECT_MIN_FACE)
        detect.min_face = min_face;
    return vultus_detect(watching->engine, part, &detect, out, error);
}

/* Who else is near enough and about as near; NULL: nobody. */
static const char *twin_of(const vultus_identity *who)
{
    bool near = who->metric == VULTUS_METRIC_COSINE ? who->second.cosine >= who->threshold
                                                    : who->second.distance <= who->threshold;
    bool twin =
        who->why == VULTUS_WHY_AMBIGUOUS || (who->match && near && who->margin < TWIN_MARGIN);
    return who->second.name[0] && twin ? who->second.name : NULL;
}

static vultus_status embed(void *context, const vultus_image *frame, const vultus_face *face,
                           float *out, vultus_error *error)
{
    const struct watching *watching = context;
    size_t dimension = vultus_engine_dimension(watching->engine);
    float *embedding = NULL;
    vultus_status status = vultus_embed(watching->engine, frame, face, 1, &watching->options->embed,
                                        &embedding, error);
    if (status)
        return status;
    memcpy(out, embedding, dimension * sizeof *out);
    vultus_embeddings_free(embedding, dimension);
    return VULTUS_OK;
}

/* The mean as embeddings are: of unit length, unless they keep their length. Zeros stay. */
static void unit(const struct watching *watching, const float *mean, float *out)
{
    size_t dimension = vultus_engine_dimension(watching->engine);
    double squares = 0;
    for (size_t i = 0; i < dimension; i++)
        squares += (double)mean[i] * mean[i];
    bool raw = vultus_engine_raw(watching->engine) || !(squares > 0);
    float scale = raw ? 1 : (float)(1 / sqrt(squares));
    for (size_t i = 0; i < dimension; i++)
        out[i] = mean[i] * scale;
}

static vultus_status name(void *context, const float *mean, float quality, struct look *out,
                          vultus_error *error)
{
    struct watching *watching = context;
    vultus_decision decision = watching->options->decision;
    decision.quality = quality;
    decision.picture = NULL;
    decision.min_live = 0; /* tracks are judged by several pictures */
    unit(watching, mean, watching->probes);
    vultus_status status = vultus_gallery_identify(
        watching->gallery, watching->engine, watching->probes, &decision, &watching->who, error);
    if (status)
        return status;
    const vultus_identity *who = &watching->who;
    *out = (struct look){.name = who->best.name,
                         .match = who->match,
                         .second = twin_of(who),
                         .quality = quality,
                         .similarity = who->best.similarity,
                         .far = who->best.far};
    return VULTUS_OK;
}

static float margin(void *context, const float *a, const float *b)
{
    struct watching *watching = context;
    float *second = watching->probes + vultus_engine_dimension(watching->engine);
    vultus_comparison comparison;
    unit(watching, a, watching->probes);
    unit(watching, b, second);
    return vultus_compare(watching->engine, watching->probes, second, NULL, &comparison, NULL)
               ? 0
               : comparison.margin;
}

static vultus_status live(void *context, const vultus_image *frame, const vultus_face *face,
                          float *out, vultus_error *error)
{
    const struct watching *watching = context;
    return vultus_live_scores(watching->engine, frame, face, 1, out, error);
}

static bool stop(void *context)
{
    struct watching *watching = context;
    const vultus_watch_options *options = watching->options;
    if (options->stop && options->stop(options->context))
        atomic_store(&watching->end, true);
    return atomic_load(&watching->end);
}

struct watch_thread {
    struct watching *watching;
    struct watch watch;
    pthread_t thread;
    vultus_status status;
    vultus_error error;
};

static void *run(void *context)
{
    struct watch_thread *self = context;
    self->status = watch_run(&self->watch, &self->error);
    if (self->status)
        atomic_store(&self->watching->end, true);
    return NULL;
}

static void add_report(vultus_watch_report *sum, const vultus_watch_report *one)
{
    sum->frames += one->frames;
    sum->dropped += one->dropped;
    sum->searches += one->searches;
    sum->checks += one->checks;
    sum->looks += one->looks;
    sum->tracks += one->tracks;
    sum->seconds = fmax(sum->seconds, one->seconds);
}

/* The first source runs on the calling thread. */
static vultus_status run_all(struct watch_thread *threads, size_t count,
                             vultus_watch_report *report, vultus_error *error)
{
    size_t started = 1;
    vultus_status status = VULTUS_OK;
    while (!status && started < count) {
        if (pthread_create(&threads[started].thread, NULL, run, &threads[started])) {
            status = status_set(error, VULTUS_ERR_INTERNAL, "no thread for %s",
                                threads[started].watch.address);
            atomic_store(&threads->watching->end, true);
        } else
            started++;
    }
    if (!status)
        run(&threads[0]);
    for (size_t i = 1; i < started; i++)
        pthread_join(threads[i].thread, NULL);
    for (size_t i = 0; i < started; i++) {
        add_report(report, &threads[i].watch.report);
        if (!status && threads[i].status) {
            status = threads[i].status;
            if (error)
                *error = threads[i].error;
        }
    }
    return status;
}

static vultus_status check(const vultus_engine *engine, const vultus_gallery *gallery,
                           const char *const *sources, size_t count,
                           const vultus_watch_options *options, vultus_error *error)
{
    if (!engine || !sources || !count || count > VULTUS_WATCH_SOURCES_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "an engine and from 1 to %d sources are needed",
                          VULTUS_WATCH_SOURCES_MAX);
    for (size_t i = 0; i < count; i++)
        if (!sources[i])
            return status_set(error, VULTUS_ERR_ARGUMENT, "source %zu has no address", i + 1);
    if (options->output && (count > 1 || !sink_format(options->output)))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "%s: a film is .mp4, .mov or .mkv, and of one source only",
                          options->output);
    if (options->redact && (unsigned)options->redaction > VULTUS_REDACT_FILL)
        return status_set(error, VULTUS_ERR_ARGUMENT, "an unknown way to redact");
    if (!(options->rate >= 0 && options->interval >= 0 && options->absence >= 0 &&
          options->cooldown >= 0 && options->timeout >= 0))
        return status_set(error, VULTUS_ERR_ARGUMENT, "times and rates are 0 or more");
    if (!(options->decision.min_live >= 0 && options->decision.min_live <= 1))
        return status_set(error, VULTUS_ERR_ARGUMENT, "the least liveness is between 0 and 1");
    if ((options->liveness || options->decision.min_live > 0) && !engine->liveness.method)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "the engine was opened without a model of liveness");
    return gallery ? engine_check_embedder(engine, error) : VULTUS_OK;
}

vultus_status vultus_watch(vultus_engine *engine, vultus_gallery *gallery,
                           const char *const *sources, size_t count,
                           const vultus_watch_options *options, vultus_watch_report *report,
                           vultus_error *error)
{
    static const vultus_watch_options defaults;
    struct watching watching = {
        .engine = engine, .gallery = gallery, .options = options ? options : &defaults};
    vultus_watch_report sum = {0};
    vultus_status status = check(engine, gallery, sources, count, watching.options, error);
    if (status)
        return status;
    struct watch_thread *threads = mem_zalloc(count, sizeof *threads);
    watching.probes = mem_zalloc(2 * vultus_engine_dimension(engine) + 1, sizeof *watching.probes);
    if (!threads || !watching.probes) {
        mem_free(threads);
        mem_free(watching.probes);
        return status_memory(error, "watching");
    }
    size_t dimension = gallery ? vultus_engine_dimension(engine) : 0;
    float least = watching.options->decision.min_live;
    const struct watch_eyes eyes = {.find = find,
                                    .embed = embed,
                                    .name = name,
                                    .margin = margin,
                                    .dimension = dimension,
                                    .picture = vultus_image_thumbnail,
                                    .live = watching.options->liveness || least > 0 ? live : NULL,
                                    .live_threshold =
                                        least > 0 ? least : engine->liveness.threshold,
                                    .require_live = least > 0,
                                    .context = &watching};
    unsigned wanted = watching.options->threads ? watching.options->threads : pool_processors();
    unsigned each = wanted / (unsigned)count;
    pthread_mutex_init(&watching.turn, NULL);
    for (size_t i = 0; i < count; i++)
        threads[i] = (struct watch_thread){.watching = &watching,
                                           .watch = {.eyes = &eyes,
                                                     .options = watching.options,
                                                     .address = sources[i],
                                                     .source = i,
                                                     .threads = each ? each : 1,
                                                     .turn = &watching.turn,
                                                     .stop = stop,
                                                     .stop_context = &watching}};
    status = run_all(threads, count, &sum, error);
    pthread_mutex_destroy(&watching.turn);
    mem_free_wiped(watching.probes,
                   (2 * vultus_engine_dimension(engine) + 1) * sizeof *watching.probes);
    mem_free(threads);
    if (report)
        *report = sum;
    return status;
}
