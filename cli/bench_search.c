/*
 * vultus bench search: exact search over embeddings that are made up, with the spectrum of real ones or
 * without any, beside the limits of the machine: reading a byte for each number once, and comparing every
 * row. The answers are checked against the latter.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "bench.h"
#include "command.h"
#include "console.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Eigenvalues of the second moment of 1,549 faces of LFW by MobileFaceNet (192 numbers), of which the others
 * are under 1e-4: its output spans 58 dimensions. */
static const float spectrum[] = {
    .04277f, .03875f, .03697f, .03393f, .03267f, .03163f, .02949f, .02824f, .02713f, .02690f,
    .02582f, .02532f, .02346f, .02282f, .02188f, .02176f, .02122f, .02069f, .02033f, .01955f,
    .01878f, .01810f, .01804f, .01744f, .01715f, .01688f, .01628f, .01613f, .01571f, .01562f,
    .01489f, .01435f, .01422f, .01375f, .01319f, .01311f, .01295f, .01241f, .01230f, .01219f,
    .01140f, .01084f, .01070f, .01044f, .01011f, .00987f, .00966f, .00937f, .00861f, .00839f,
    .00800f, .00775f, .00751f, .00707f, .00666f, .00431f, .00355f, .00082f};
#define AXES (sizeof spectrum / sizeof *spectrum)
#define DIMENSION 128
#define LEAST_DIMENSION ((size_t)8)
#define PER_PERSON 5
#define WITHIN 0.56f /* deviation within a person: the median cosine of LFW's same pairs is 0.765 */
#define BATCH 64
#define BLOCK 4096 /* rows made at a time */
#define CAPACITY 5
#define CHECKED 32 /* probes of each kind whose answers are compared */

struct maker { /* of vectors */
    struct random random;
    size_t dimension;
    float *axes; /* AXES x dimension; NULL: every direction is alike */
    float centre[4096];
};

struct bench {
    const struct options *options;
    size_t rows, dimension;
    struct maker maker;
    vultus_index *index;
    vultus_index_facts facts;
    float *known, *strangers; /* BATCH probes each */
    struct series single_known, single_stranger, plain, read;
    double seconds_add, seconds_codes, batch[2], two_threads;
    size_t checked, wrong;
};

static int no_memory(void)
{
    complain("not enough memory");
    return EXIT_ENVIRONMENT;
}

/* ------------------------------------------------------------------ vectors */

static void make_unit(float *x, size_t n)
{
    double squared = 0;
    for (size_t i = 0; i < n; i++)
        squared += (double)x[i] * (double)x[i];
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((double)x[i] / sqrt(squared));
}

/* AXES directions at right angles, by Gram and Schmidt. */
static bool make_axes(struct maker *maker)
{
    size_t n = maker->dimension;
    maker->axes = mem_array(AXES * n, sizeof *maker->axes);
    for (size_t i = 0; maker->axes && i < AXES; i++) {
        float *axis = maker->axes + i * n;
        for (size_t k = 0; k < n; k++)
            axis[k] = (float)random_normal(&maker->random);
        for (size_t j = 0; j < i; j++) {
            const float *other = maker->axes + j * n;
            float product = 0;
            for (size_t k = 0; k < n; k++)
                product += axis[k] * other[k];
            for (size_t k = 0; k < n; k++)
                axis[k] -= product * other[k];
        }
        make_unit(axis, n);
    }
    return maker->axes != NULL;
}

static void make_direction(struct maker *maker, float scale, float *out)
{
    size_t n = maker->dimension;
    if (!maker->axes) {
        for (size_t k = 0; k < n; k++)
            out[k] += scale * (float)random_normal(&maker->random) / sqrtf((float)n);
        return;
    }
    for (size_t i = 0; i < AXES; i++) {
        float weight = scale * sqrtf(spectrum[i]) * (float)random_normal(&maker->random);
        const float *axis = maker->axes + i * n;
        for (size_t k = 0; k < n; k++)
            out[k] += weight * axis[k];
    }
}

/* A face of the person whose centre is set. */
static void make_face(struct maker *maker, float *out)
{
    memcpy(out, maker->centre, maker->dimension * sizeof *out);
    make_direction(maker, WITHIN, out);
    make_unit(out, maker->dimension);
}

static void next_person(struct maker *maker)
{
    memset(maker->centre, 0, maker->dimension * sizeof *maker->centre);
    make_direction(maker, 1, maker->centre);
}

static int fill(struct bench *bench)
{
    vultus_error error = {0};
    float *block = mem_array(BLOCK * bench->dimension, sizeof *block);
    if (!block)
        return no_memory();
    int code = EXIT_DONE;
    progress_begin("making faces", bench->rows);
    for (size_t first = 0; !code && first < bench->rows; first += BLOCK) {
        size_t count = bench->rows - first < BLOCK ? bench->rows - first : BLOCK;
        for (size_t i = 0; i < count; i++) {
            if ((first + i) % PER_PERSON == 0)
                next_person(&bench->maker);
            make_face(&bench->maker, block + i * bench->dimension);
            /* probes are other faces of people from all over the index */
            size_t every = bench->rows / BATCH;
            if ((first + i) % every == every / 2 && (first + i) / every < BATCH)
                make_face(&bench->maker, bench->known + (first + i) / every * bench->dimension);
        }
        uint64_t begin = clock_ns();
        if (vultus_index_add(bench->index, block, count, &error))
            code = fail(&error);
        bench->seconds_add += (double)(clock_ns() - begin) / 1e9;
        progress_step(first + count);
        if (interrupted())
            code = interrupted();
    }
    progress_end();
    mem_free(block);
    for (size_t i = 0; i < BATCH; i++) {
        next_person(&bench->maker);
        make_face(&bench->maker, bench->strangers + i * bench->dimension);
    }
    return code;
}

/* ------------------------------------------------------------------ measuring */

/* The bandwidth of one core, over as many bytes as int8 codes would have. */
static bool read_once(struct bench *bench)
{
    size_t words = bench->rows * bench->dimension / 8;
    uint64_t *bytes = mem_aligned(words + 8, sizeof *bytes);
    volatile uint64_t sink;
    if (!bytes)
        return false;
    memset(bytes, 1, (words + 8) * sizeof *bytes);
    for (unsigned r = 0; r < bench->options->repeat; r++) {
        uint64_t begin = clock_ns(), sums[8] = {0};
        for (size_t i = 0; i < words; i += 8)
            for (size_t k = 0; k < 8; k++)
                sums[k] += bytes[i + k];
        sink = sums[0] + sums[1] + sums[2] + sums[3] + sums[4] + sums[5] + sums[6] + sums[7];
        series_add(&bench->read, (double)(clock_ns() - begin) / 1e6);
    }
    (void)sink;
    mem_free(bytes);
    return true;
}

struct answers {
    vultus_index_hit hits[BATCH * CAPACITY];
    size_t counts[BATCH];
};

static int look_up(struct bench *bench, const float *probes, size_t count, bool plain,
                   struct answers *out, double *milliseconds)
{
    vultus_error error = {0};
    vultus_index_query query = {
        .probes = probes, .count = count, .capacity = CAPACITY, .plain = plain};
    uint64_t begin = clock_ns();
    if (vultus_index_search(bench->index, &query, out->hits, out->counts, &error))
        return fail(&error);
    *milliseconds = (double)(clock_ns() - begin) / 1e6;
    return interrupted();
}

static int measure_singles(struct bench *bench, const float *probes, struct series *times)
{
    struct answers answers, expected;
    double milliseconds;
    int code = EXIT_DONE;
    for (size_t i = 0; !code && i < BATCH; i++) {
        const float *probe = probes + i * bench->dimension;
        code = look_up(bench, probe, 1, false, &answers, &milliseconds);
        series_add(times, milliseconds);
        if (code || i >= CHECKED)
            continue;
        code = look_up(bench, probe, 1, true, &expected, &milliseconds);
        series_add(&bench->plain, milliseconds);
        bench->checked++;
        bool same = answers.counts[0] == expected.counts[0];
        for (size_t k = 0; same && k < answers.counts[0]; k++)
            same = answers.hits[k].row == expected.hits[k].row &&
                   answers.hits[k].cosine == expected.hits[k].cosine;
        bench->wrong += !same;
    }
    return code;
}

/* The least of a few batches, in milliseconds for each probe. */
static int measure_batch(struct bench *bench, const float *probes, double *out)
{
    static struct answers answers;
    double milliseconds;
    int code = EXIT_DONE;
    *out = INFINITY;
    for (unsigned r = 0; !code && r < 3; r++) {
        code = look_up(bench, probes, BATCH, false, &answers, &milliseconds);
        *out = fmin(*out, milliseconds / BATCH);
    }
    return code;
}

static int measure(struct bench *bench)
{
    uint64_t begin = clock_ns();
    bench->facts = vultus_index_prepare(bench->index);
    bench->seconds_codes = (double)(clock_ns() - begin) / 1e9;
    if (!read_once(bench))
        return no_memory();
    int code = measure_singles(bench, bench->known, &bench->single_known);
    if (!code)
        code = measure_singles(bench, bench->strangers, &bench->single_stranger);
    if (!code)
        code = measure_batch(bench, bench->known, &bench->batch[0]);
    if (!code)
        code = measure_batch(bench, bench->strangers, &bench->batch[1]);
    return code;
}

/* ------------------------------------------------------------------ answers */

static json_t *json_times(const struct series *series)
{
    return json_pack("{s:o, s:o, s:o}", "min", json_number(series_least(series)), "p50",
                     json_number(series_quantile(series, 0.5)), "p99",
                     json_number(series_quantile(series, 0.99)));
}

static json_t *json_all(const struct bench *bench)
{
    const vultus_index_facts *facts = &bench->facts;
    json_t *value = json_pack(
        "{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "faces", json_whole(facts->rows), "dimension",
        json_whole(bench->dimension), "data", bench->maker.axes ? "faces" : "random", "threads",
        json_whole(bench->options->threads), "build_seconds",
        json_number(bench->seconds_add + bench->seconds_codes), "code_axes",
        json_whole(facts->code_axes), "code_bytes_per_face",
        json_number((double)facts->code_bytes / (double)facts->rows), "embedding_bytes_per_face",
        json_number((double)facts->embedding_bytes / (double)facts->rows));
    json_t *times = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "known_ms",
        json_times(&bench->single_known), "stranger_ms", json_times(&bench->single_stranger),
        "batch_known_ms", json_number(bench->batch[0]), "batch_stranger_ms",
        json_number(bench->batch[1]), "plain_ms", json_times(&bench->plain), "read_int8_ms",
        json_times(&bench->read), "read_gb_per_second",
        json_number((double)bench->rows * (double)bench->dimension / series_least(&bench->read) /
                    1e6),
        "checked", json_whole(bench->checked), "different", json_whole(bench->wrong));
    if (!value || !times || json_object_update(value, times)) {
        json_decref(value);
        value = NULL;
    }
    json_decref(times);
    return value;
}

static void put_line(const char *name, const struct series *series, double unit)
{
    printf("%-26s %9.3f %9.3f %9.3f %9.2f\n", name, series_least(series),
           series_quantile(series, 0.5), series_quantile(series, 0.99),
           series_least(series) / unit);
}

static void put_text(const struct bench *bench)
{
    const vultus_index_facts *facts = &bench->facts;
    double read = series_least(&bench->read), batch = fmax(bench->batch[0], bench->batch[1]);
    printf("%zu %s of %zu numbers, %u thread%s, %s\n", facts->rows,
           bench->maker.axes ? "faces" : "random vectors", bench->dimension,
           bench->options->threads, bench->options->threads == 1 ? "" : "s", vultus_simd());
    printf("%-26s %.2f s, of which codes %.2f\n", "build",
           bench->seconds_add + bench->seconds_codes, bench->seconds_codes);
    printf("%-26s %.1f of codes (%zu axes), %.0f of embeddings\n", "bytes a face",
           (double)facts->code_bytes / (double)facts->rows, facts->code_axes,
           (double)facts->embedding_bytes / (double)facts->rows);
    printf("%-26s %9s %9s %9s %9s\n", "MILLISECONDS", "MIN", "P50", "P99", "OF READ");
    put_line("one known person", &bench->single_known, read);
    put_line("one stranger", &bench->single_stranger, read);
    printf("%-26s %9.3f %9s %9s %9.2f\n", "each of 64 known people", bench->batch[0], "", "",
           bench->batch[0] / read);
    printf("%-26s %9.3f %9s %9s %9.2f\n", "each of 64 strangers", bench->batch[1], "", "",
           bench->batch[1] / read);
    put_line("comparing every face", &bench->plain, read);
    put_line("reading a byte a number", &bench->read, read);
    printf("%-26s %.0f one by one, %.0f in batches of %d\n", "probes a second",
           1000 / fmax(series_quantile(&bench->single_known, 0.5),
                       series_quantile(&bench->single_stranger, 0.5)),
           1000 / batch, BATCH);
    printf("%-26s %zu of %zu probes answered as by comparing every face\n", "exact",
           bench->checked - bench->wrong, bench->checked);
}

static int open_all(struct bench *bench)
{
    const vultus_index_options options = {.threads = bench->options->threads};
    vultus_error error = {0};
    bench->known = mem_array(BATCH * bench->dimension, sizeof *bench->known);
    bench->strangers = mem_array(BATCH * bench->dimension, sizeof *bench->strangers);
    if (!bench->known || !bench->strangers || !series_open(&bench->single_known, "known", BATCH) ||
        !series_open(&bench->single_stranger, "stranger", BATCH) ||
        !series_open(&bench->plain, "plain", 2 * CHECKED) ||
        !series_open(&bench->read, "read", bench->options->repeat))
        return no_memory();
    random_seed(&bench->maker.random, 1);
    bench->maker.dimension = bench->dimension;
    if (!bench->options->data && !make_axes(&bench->maker))
        return no_memory();
    if (vultus_index_new(bench->dimension, &options, &bench->index, &error))
        return fail(&error);
    return EXIT_DONE;
}

int bench_search(const struct options *given)
{
    struct options options = bench_options(given);
    static struct bench bench;
    bench =
        (struct bench){.options = &options, .rows = options.faces, .dimension = options.dimension};
    if (!options.data && options.dimension < AXES) {
        complain("--data faces needs --dimension %zu or more", AXES);
        return EXIT_USAGE;
    }
    interrupts_watch();
    int code = open_all(&bench);
    if (!code)
        code = fill(&bench);
    if (!code)
        code = measure(&bench);
    if (!code && options.format == FORMAT_JSON)
        code = json_line(stdout, json_all(&bench), JSON_DIGITS) ? EXIT_DONE : EXIT_ENVIRONMENT;
    else if (!code)
        put_text(&bench);
    if (!code && bench.wrong) {
        complain("%zu answers are not those of comparing every face", bench.wrong);
        code = EXIT_ENVIRONMENT;
    }
    vultus_index_free(bench.index);
    series_clear(&bench.single_known);
    series_clear(&bench.single_stranger);
    series_clear(&bench.plain);
    series_clear(&bench.read);
    mem_free(bench.known);
    mem_free(bench.strangers);
    mem_free(bench.maker.axes);
    return code;
}
