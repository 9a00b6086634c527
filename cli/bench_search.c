/*
 * vultus bench search: exact search over embeddings that are made up, beside the limits of the machine: reading
 * a byte for each number once, and comparing every row. The answers are checked against the latter.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "base/pool.h"
#include "bench.h"
#include "bench_vectors.h"
#include "command.h"
#include "console.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BATCH 64
#define BLOCK 4096 /* rows made at a time */
#define CAPACITY 5
#define CHECKED 32 /* probes of each kind whose answers are compared */

enum kind { KNOWN, STRANGER, KINDS };
static const char *const kinds[KINDS] = {"known", "stranger"};

struct measured { /* on some threads */
    unsigned threads;
    struct series single[KINDS], batch[KINDS]; /* milliseconds a probe */
};

struct bench {
    const struct options *options;
    size_t rows, dimension;
    struct vectors *vectors;
    vultus_index *index;
    vultus_index_facts facts;
    float *probes[KINDS];        /* BATCH each */
    struct measured measured[2]; /* on one thread, and on several */
    struct series plain, read;
    double seconds_add, seconds_codes;
    size_t checked, wrong;
};

static int no_memory(void)
{
    complain("not enough memory");
    return EXIT_ENVIRONMENT;
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
        vectors_fill(bench->vectors, first, count, bench->rows, block, bench->probes[KNOWN], BATCH);
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
        vectors_person(bench->vectors);
        vectors_face(bench->vectors, bench->probes[STRANGER] + i * bench->dimension);
    }
    return code;
}

/* ------------------------------------------------------------------ measuring */

/* The bandwidth of one core, over as many bytes as a byte for each number would be. */
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

static int look_up(struct bench *bench, const vultus_index_query *query, struct answers *out,
                   double *milliseconds)
{
    vultus_error error = {0};
    uint64_t begin = clock_ns();
    if (vultus_index_search(bench->index, query, out->hits, out->counts, &error))
        return fail(&error);
    *milliseconds = (double)(clock_ns() - begin) / 1e6;
    return interrupted();
}

static bool same(const struct answers *a, const struct answers *b)
{
    bool same = a->counts[0] == b->counts[0];
    for (size_t k = 0; same && k < a->counts[0]; k++)
        same = a->hits[k].row == b->hits[k].row && a->hits[k].cosine == b->hits[k].cosine;
    return same;
}

static int measure_singles(struct bench *bench, enum kind kind, struct measured *on)
{
    struct answers answers, expected;
    double milliseconds;
    int code = EXIT_DONE;
    for (size_t i = 0; !code && i < BATCH; i++) {
        vultus_index_query query = {.probes = bench->probes[kind] + i * bench->dimension,
                                    .count = 1,
                                    .capacity = CAPACITY,
                                    .threads = on->threads};
        code = look_up(bench, &query, &answers, &milliseconds);
        series_add(&on->single[kind], milliseconds);
        if (code || on->threads > 1 || i >= CHECKED)
            continue;
        query.plain = true;
        code = look_up(bench, &query, &expected, &milliseconds);
        series_add(&bench->plain, milliseconds);
        bench->checked++;
        bench->wrong += !same(&answers, &expected);
    }
    return code;
}

/* The kinds and numbers of threads in turns, so that what else the machine does hits all. */
static int measure_batches(struct bench *bench)
{
    static struct answers answers;
    double milliseconds;
    int code = EXIT_DONE;
    for (size_t r = 0; !code && r < bench->options->repeat * KINDS * 2; r++) {
        struct measured *on = &bench->measured[r % 2];
        enum kind kind = (enum kind)(r / 2 % KINDS);
        const vultus_index_query query = {.probes = bench->probes[kind],
                                          .count = BATCH,
                                          .capacity = CAPACITY,
                                          .threads = on->threads};
        code = look_up(bench, &query, &answers, &milliseconds);
        series_add(&on->batch[kind], milliseconds / BATCH);
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
    int code = EXIT_DONE;
    for (size_t i = 0; !code && i < 2 * KINDS; i++)
        code = measure_singles(bench, (enum kind)(i % KINDS), &bench->measured[i / KINDS]);
    return code ? code : measure_batches(bench);
}

/* ------------------------------------------------------------------ answers */

/* Of the slower kind, at the median. */
static double probes_a_second(const struct series series[KINDS])
{
    return 1000 / fmax(series_median(&series[KNOWN]), series_median(&series[STRANGER]));
}

static json_t *json_times(const struct series *series)
{
    return json_pack("{s:o, s:o, s:o}", "min", json_number(series_least(series)), "p50",
                     json_number(series_median(series)), "p99",
                     json_number(series_quantile(series, 0.99)));
}

static json_t *json_measured(const struct measured *on)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "threads", json_whole(on->threads),
                     "known_ms", json_times(&on->single[KNOWN]), "stranger_ms",
                     json_times(&on->single[STRANGER]), "batch_known_ms",
                     json_times(&on->batch[KNOWN]), "batch_stranger_ms",
                     json_times(&on->batch[STRANGER]), "probes_per_second",
                     json_number(probes_a_second(on->single)), "batch_probes_per_second",
                     json_number(probes_a_second(on->batch)));
}

static json_t *json_bytes(const vultus_index_facts *facts)
{
    double rows = (double)facts->rows;
    return json_pack("{s:o, s:o, s:o}", "codes", json_number((double)facts->code_bytes / rows),
                     "fine_codes", json_number((double)facts->fine_bytes / rows), "embedding",
                     json_number((double)facts->embedding_bytes / rows));
}

static json_t *json_all(const struct bench *bench)
{
    const vultus_index_facts *facts = &bench->facts;
    return json_pack("{s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:[o, o], s:o, s:o, s:o, s:o, s:o}",
                     "faces", json_whole(facts->rows), "dimension", json_whole(bench->dimension),
                     "data", bench->options->data ? "random" : "faces", "simd", vultus_simd(),
                     "build_seconds", json_number(bench->seconds_add + bench->seconds_codes),
                     "code_axes", json_whole(facts->code_axes), "bytes_per_face", json_bytes(facts),
                     "measured", json_measured(&bench->measured[0]),
                     json_measured(&bench->measured[1]), "plain_ms", json_times(&bench->plain),
                     "read_int8_ms", json_times(&bench->read), "read_gb_per_second",
                     json_number((double)bench->rows * (double)bench->dimension /
                                 series_least(&bench->read) / 1e6),
                     "checked", json_whole(bench->checked), "different", json_whole(bench->wrong));
}

static void put_line(const char *name, const struct series *series, double unit)
{
    printf("%-28s %9.3f %9.3f %9.3f %9.2f\n", name, series_least(series), series_median(series),
           series_quantile(series, 0.99), series_least(series) / unit);
}

static void put_measured(const struct measured *on, double unit)
{
    char name[64];
    for (int kind = 0; kind < KINDS; kind++) {
        snprintf(name, sizeof name, "one %s, %u thread%s", kinds[kind], on->threads,
                 on->threads == 1 ? "" : "s");
        put_line(name, &on->single[kind], unit);
    }
    for (int kind = 0; kind < KINDS; kind++) {
        snprintf(name, sizeof name, "each of %d %s%s", BATCH, kinds[kind],
                 kind == STRANGER ? "s" : "");
        put_line(name, &on->batch[kind], unit);
    }
}

static void put_text(const struct bench *bench)
{
    const vultus_index_facts *facts = &bench->facts;
    double read = series_least(&bench->read), rows = (double)facts->rows;
    printf("%zu %s of %zu numbers, %s\n", facts->rows,
           bench->options->data ? "random vectors" : "faces", bench->dimension, vultus_simd());
    printf("%-28s %.2f s, of which codes %.2f\n", "build",
           bench->seconds_add + bench->seconds_codes, bench->seconds_codes);
    printf("%-28s %.1f of codes (%zu axes), %.1f of fine codes, %.0f of embeddings\n",
           "bytes a face", (double)facts->code_bytes / rows, facts->code_axes,
           (double)facts->fine_bytes / rows, (double)facts->embedding_bytes / rows);
    printf("%-28s %.1f GB/s, one thread\n", "reading memory",
           rows * (double)bench->dimension / read / 1e6);
    printf("%-28s %9s %9s %9s %9s\n", "MILLISECONDS", "MIN", "P50", "P99", "OF READ");
    for (size_t i = 0; i < 2; i++)
        put_measured(&bench->measured[i], read);
    put_line("comparing every face", &bench->plain, read);
    put_line("reading a byte a number", &bench->read, read);
    for (size_t i = 0; i < 2; i++)
        printf("%-28s %.0f one by one, %.0f in batches of %d (%u thread%s)\n",
               i ? "" : "probes a second", probes_a_second(bench->measured[i].single),
               probes_a_second(bench->measured[i].batch), BATCH, bench->measured[i].threads,
               bench->measured[i].threads == 1 ? "" : "s");
    printf("%-28s %zu of %zu probes answered as by comparing every face\n", "exact",
           bench->checked - bench->wrong, bench->checked);
}

/* ------------------------------------------------------------------ the command */

static int open_all(struct bench *bench)
{
    const struct options *options = bench->options;
    const vultus_index_options index_options = {.threads = bench->measured[1].threads};
    vultus_error error = {0};
    bool good = series_open(&bench->plain, "plain", KINDS * CHECKED) &&
                series_open(&bench->read, "read", options->repeat);
    for (size_t i = 0; good && i < 2 * KINDS; i++) {
        struct measured *on = &bench->measured[i / KINDS];
        good = series_open(&on->single[i % KINDS], kinds[i % KINDS], BATCH) &&
               series_open(&on->batch[i % KINDS], kinds[i % KINDS], options->repeat);
    }
    for (int kind = 0; good && kind < KINDS; kind++)
        good = (bench->probes[kind] = mem_array(BATCH * bench->dimension, sizeof(float))) != NULL;
    bench->vectors = good ? vectors_new(bench->dimension, !options->data, 1) : NULL;
    if (!bench->vectors)
        return no_memory();
    if (vultus_index_new(bench->dimension, &index_options, &bench->index, &error))
        return fail(&error);
    return EXIT_DONE;
}

static void close_all(struct bench *bench)
{
    vultus_index_free(bench->index);
    vectors_free(bench->vectors);
    series_clear(&bench->plain);
    series_clear(&bench->read);
    for (int kind = 0; kind < KINDS; kind++) {
        mem_free(bench->probes[kind]);
        for (size_t i = 0; i < 2; i++) {
            series_clear(&bench->measured[i].single[kind]);
            series_clear(&bench->measured[i].batch[kind]);
        }
    }
}

int bench_search(const struct options *options)
{
    static struct bench bench;
    bench =
        (struct bench){.options = options, .rows = options->faces, .dimension = options->dimension};
    bench.measured[0].threads = 1;
    bench.measured[1].threads = options->threads > 1 ? options->threads : 2;
    if (!options->data && options->dimension < vectors_spectrum_size()) {
        complain("--data faces needs --dimension %zu or more", vectors_spectrum_size());
        return EXIT_USAGE;
    }
    interrupts_watch();
    int code = open_all(&bench);
    if (!code)
        code = fill(&bench);
    if (!code)
        code = measure(&bench);
    if (!code && options->format == FORMAT_JSON)
        code = json_line(stdout, json_all(&bench), JSON_DIGITS) ? EXIT_DONE : EXIT_ENVIRONMENT;
    else if (!code)
        put_text(&bench);
    if (!code && bench.wrong) {
        complain("%zu answers are not those of comparing every face", bench.wrong);
        code = EXIT_ENVIRONMENT;
    }
    close_all(&bench);
    return code;
}
