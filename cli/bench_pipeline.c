/*
 * vultus bench pipeline: one picture, over and over, stage by stage. The parts inside the networks
 * are ONNX Runtime's time, so overhead is all that is ours to make better. One thread, unless told
 * otherwise: times of networks are summed over threads, so only then do they add up to the whole.
 */
#include "base/clock.h"
#include "base/file.h"
#include "bench.h"
#include "command.h"
#include "console.h"

#include <math.h>
#include <stdio.h>

enum stage {
    DECODE,
    DETECT,
    DETECT_NETWORKS,
    ALIGN,
    EMBED,
    EMBED_NETWORKS,
    SEARCH,
    TOTAL,
    NETWORKS,
    OVERHEAD,
    STAGES
};

static const char *const names[STAGES] = {"decode",   "detect",         "  its networks", "align",
                                          "embed",    "  its networks", "search",         "total",
                                          "networks", "overhead %"};
static const char *const keys[STAGES] = {"decode",   "detect",          "detect_networks", "align",
                                         "embed",    "embed_networks",  "search",          "total",
                                         "networks", "overhead_percent"};

struct bench {
    const struct options *options;
    struct session session;
    struct scratch scratch;
    struct series series[STAGES];
    uint32_t width, height;
    size_t faces, people;
};

static double ms(uint64_t nanoseconds)
{
    return (double)nanoseconds / 1e6;
}

static vultus_status search(struct bench *bench, const float *embeddings, size_t faces,
                            vultus_error *error)
{
    size_t dimension = vultus_engine_dimension(bench->session.engine);
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; !status && i < faces; i++) {
        vultus_identity who;
        status = vultus_gallery_identify(bench->session.gallery, bench->session.engine,
                                         embeddings + i * dimension, NULL, &who, error);
        bench->people = who.people;
    }
    return status;
}

static void note(struct bench *bench, const uint64_t times[5], bool counted)
{
    vultus_timings t;
    vultus_engine_timings(bench->session.engine, &t);
    bool alone = pool_threads(bench->session.pool) == 1;
    double total = ms(times[4] - times[0]), networks = ms(t.detect_networks + t.embed_networks);
    const double values[STAGES] = {[DECODE] = ms(times[1] - times[0]),
                                   [DETECT] = ms(times[2] - times[1]),
                                   [DETECT_NETWORKS] = ms(t.detect_networks),
                                   [ALIGN] = ms(t.align),
                                   [EMBED] = ms(t.embed),
                                   [EMBED_NETWORKS] = ms(t.embed_networks),
                                   [SEARCH] = ms(times[4] - times[3]),
                                   [TOTAL] = total,
                                   [NETWORKS] = networks,
                                   [OVERHEAD] = alone ? 100 * (total - networks) / networks : NAN};
    for (int i = 0; counted && i < STAGES; i++)
        series_add(&bench->series[i], values[i]);
}

/* One picture once. Without a face the whole picture is embedded, so that every stage has work. */
static vultus_status measure(struct bench *bench, const char *path, bool counted,
                             vultus_error *error)
{
    vultus_engine *engine = bench->session.engine;
    vultus_detect_options detect = session_detection(bench->options);
    vultus_embed_options embed = session_embedding(bench->options);
    vultus_image *image = NULL;
    vultus_faces faces = {0};
    vultus_face whole;
    float *embeddings = NULL;
    size_t count = 0;
    uint64_t times[5] = {0};
    vultus_engine_timings_reset(engine);
    times[0] = clock_ns();
    vultus_status status = vultus_image_read(path, NULL, &image, error);
    times[1] = clock_ns();
    if (!status)
        status = vultus_detect(engine, image, &detect, &faces, error);
    times[2] = clock_ns();
    if (!status) {
        bench->width = vultus_image_width(image);
        bench->height = vultus_image_height(image);
        bench->faces = faces.count;
        whole = vultus_face_whole(engine, image);
        count = faces.count ? faces.count : 1;
        status = vultus_embed(engine, image, faces.count ? faces.items : &whole, count, &embed,
                              &embeddings, error);
    }
    times[3] = clock_ns();
    if (!status)
        status = search(bench, embeddings, count, error);
    times[4] = clock_ns();
    if (!status)
        note(bench, times, counted);
    vultus_embeddings_free(embeddings, count * vultus_engine_dimension(engine));
    vultus_faces_clear(&faces);
    vultus_image_free(image);
    return status;
}

static json_t *json_bench(const struct bench *bench, const char *shown)
{
    json_t *value = json_pack(
        "{s:o, s:b, s:o, s:o, s:o, s:i, s:i, s:o, s:s}", "file", json_text(shown), "synthetic",
        !shown, "width", json_whole(bench->width), "height", json_whole(bench->height), "faces",
        json_whole(bench->faces), "threads", (int)pool_threads(bench->session.pool), "repeats",
        (int)bench->options->repeat, "people", json_whole(bench->people), "simd", vultus_simd());
    bool good = value != NULL;
    json_t *stages = json_object();
    for (int i = 0; i < STAGES; i++) {
        json_t *each = json_series(&bench->series[i]);
        if (i == OVERHEAD)
            good = good && !json_object_set_new(value, keys[i], each);
        else
            good &= !json_object_set_new(stages, keys[i], each);
    }
    good = good && !json_object_set(value, "milliseconds", stages);
    json_decref(stages);
    if (!good) {
        json_decref(value);
        value = NULL;
    }
    return value;
}

static bool put(const struct bench *bench, const char *shown)
{
    if (bench->options->format == FORMAT_JSON)
        return json_line(stdout, json_bench(bench, shown), JSON_DIGITS);
    answer_line(
        "%s: %ux%u, %zu face%s%s; %u thread%s, %u repeats, gallery of %zu, %s",
        shown ? shown : "synthetic picture", bench->width, bench->height, bench->faces,
        bench->faces == 1 ? "" : "s", bench->faces ? "" : " (the whole picture is embedded)",
        pool_threads(bench->session.pool), pool_threads(bench->session.pool) == 1 ? "" : "s",
        bench->options->repeat, bench->people, vultus_simd());
    series_put(bench->series, STAGES);
    return true;
}

/* `shown` is NULL for the synthetic picture. */
static int run(struct bench *bench, const char *path, const char *shown)
{
    vultus_error error = {0};
    unsigned repeats = bench->options->repeat;
    int code = EXIT_DONE;
    for (int i = 0; i < STAGES; i++)
        bench->series[i].count = 0;
    progress_begin("measuring", repeats);
    for (unsigned i = 0; !code && i <= repeats; i++) { /* the first warms up */
        if (measure(bench, path, i > 0, &error))
            code = error.code == VULTUS_ERR_DATABASE || error.code == VULTUS_ERR_MISMATCH
                       ? fail(&error)
                       : fail_picture(path, &error);
        else if (interrupted())
            code = interrupted();
        progress_step(i);
    }
    progress_end();
    if (code)
        return code;
    answer_begin();
    return put(bench, shown) && answer_end() ? EXIT_DONE : EXIT_ENVIRONMENT;
}

static int open_all(struct bench *bench)
{
    int code = session_open(&bench->session, bench->options);
    if (!code)
        code = session_open_engine(&bench->session, 1);
    if (!code)
        code = scratch_open(&bench->scratch);
    if (!code && bench->options->db)
        code = session_open_gallery(&bench->session, GALLERY_READ);
    else if (!code)
        code = synthetic_gallery(&bench->session, &bench->scratch, bench->options->people);
    for (int i = 0; !code && i < STAGES; i++)
        if (!series_open(&bench->series[i], names[i], bench->options->repeat))
            code = EXIT_ENVIRONMENT;
    return code;
}

int bench_pipeline(const struct options *options)
{
    struct options one = bench_options(options);
    struct bench bench = {.options = &one};
    char path[FILE_PATH_MAX];
    int code = open_all(&bench), unused = EXIT_DONE;
    if (!code && !options->operand_count) {
        code = synthetic_file(&bench.scratch, path, sizeof path);
        if (!code) {
            say("no picture was named: a synthetic one without a face is measured");
            code = run(&bench, path, NULL);
        }
    }
    for (size_t i = 0; !code && i < options->operand_count; i++) {
        int result = run(&bench, options->operands[i], options->operands[i]);
        if (result == EXIT_INPUTS)
            unused = result;
        else
            code = result;
    }
    for (int i = 0; i < STAGES; i++)
        series_clear(&bench.series[i]);
    session_close(&bench.session);
    scratch_close(&bench.scratch);
    return worse(code, unused);
}
