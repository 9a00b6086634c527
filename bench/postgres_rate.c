/*
 * A gallery in PostgreSQL: how fast faces go in by COPY, how long its index takes, and how long a search takes
 * against the bare statement with the same settings, in turns. `bench_postgres_rate ADDRESS [FACES [DIMENSION]]`:
 * the gallery of the address should be new; one that has so many faces already is searched only. tests/support/postgres_server.sh runs a server for it.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "engine/engine.h"

#include <libpq-fe.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCH VULTUS_IMPORT_MAX
#define EACH 5     /* faces of a person */
#define PROBES 400 /* half of them strangers */
#define SPREAD 0.8 /* of the faces of a person around their point */

static char embedder[] = "synthetic@00000001";

struct bench {
    size_t faces, dimension;
    char address[1024];
    struct contract_model contract;
    struct vultus_engine engine;
    double took[4][PROBES];    /* ms: bare, server, memory, exact by the server */
    size_t probes[4], same[2]; /* strangers, known people: whose nearest person is that of memory */
};
enum { BARE, SERVER, MEMORY, EXACT };

static double ms_since(uint64_t start)
{
    return (double)(clock_ns() - start) / 1e6;
}

/* Embeddings have a falling spectrum, and the faces of a person lie together. */
static void add_point(uint64_t seed, double scale, size_t dimension, double *out)
{
    struct random random;
    double squared = 0, *point = out + dimension;
    random_seed(&random, seed);
    for (size_t i = 0; i < dimension; i++) {
        point[i] = random_normal(&random) / sqrt(1 + (double)i / 16);
        squared += point[i] * point[i];
    }
    for (size_t i = 0; i < dimension; i++)
        out[i] += scale * point[i] / sqrt(squared);
}

static void make_face(size_t person, size_t face, size_t dimension, float *out)
{
    double sum[2 * 4096] = {0}, squared = 0;
    add_point(person, 1, dimension, sum);
    add_point(1000000007u * (person + 1) + face, SPREAD, dimension, sum);
    for (size_t i = 0; i < dimension; i++)
        squared += sum[i] * sum[i];
    for (size_t i = 0; i < dimension; i++)
        out[i] = (float)(sum[i] / sqrt(squared));
}

/* The connection without what is vultus' own in the address. */
static PGconn *connect_bare(const struct bench *bench)
{
    char place[1024];
    const char *ours = strstr(bench->address, "gallery=");
    size_t length = ours ? (size_t)(ours - 1 - bench->address) : strlen(bench->address);
    snprintf(place, sizeof place, "%.*s", (int)length, bench->address);
    return PQconnectdb(place);
}

/* Seconds of processor time: this program's, and that of its process in a server on this machine. */
static double processor_time(const struct bench *bench)
{
    unsigned long user = 0, system = 0;
    char path[64], line[1024] = "";
    PGconn *link = connect_bare(bench);
    PGresult *result =
        PQexec(link, "SELECT pid FROM pg_stat_activity WHERE application_name = 'vultus'");
    snprintf(path, sizeof path, "/proc/%s/stat",
             PQntuples(result) == 1 ? PQgetvalue(result, 0, 0) : "none");
    PQclear(result);
    PQfinish(link);
    FILE *file = fopen(path, "r");
    if (file && fgets(line, sizeof line, file) && strrchr(line, ')')) {
        char *at = strrchr(line, ')') + 1;
        for (int field = 3; field <= 15 && *at; field++) {
            char *end;
            unsigned long value = strtoul(at + 1, &end, 10);
            user = field == 14 ? value : user;
            system = field == 15 ? value : system;
            at = at + 1 + strcspn(at + 1, " ");
        }
    }
    if (file)
        fclose(file);
    return clock_cpu_seconds() + (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static vultus_status enroll(struct bench *bench, vultus_gallery *gallery, double rates[2],
                            vultus_error *error)
{
    static vultus_face_record records[BATCH];
    static char texts[BATCH][32];
    static const char *names[BATCH];
    float *vectors = mem_array(BATCH * bench->dimension, sizeof *vectors);
    double spent = 0, worked = 0;
    vultus_status status = vectors ? VULTUS_OK : VULTUS_ERR_MEMORY;
    for (size_t at = 0; !status && at < bench->faces; at += BATCH) {
        size_t count = bench->faces - at < BATCH ? bench->faces - at : BATCH;
        for (size_t i = 0; i < count; i++) {
            struct random random;
            records[i] = (vultus_face_record){.embedder = embedder,
                                              .embedding = vectors + i * bench->dimension,
                                              .dimension = bench->dimension,
                                              .face.score = 1};
            random_seed(&random, at + i); /* pictures are hashes */
            for (size_t k = 0; k < sizeof records[i].picture; k++)
                records[i].picture[k] = (uint8_t)random_below(&random, 256);
            make_face((at + i) / EACH, (at + i) % EACH, bench->dimension, records[i].embedding);
            snprintf(texts[i], sizeof texts[i], "person %zu", (at + i) / EACH);
            names[i] = texts[i];
        }
        double before = processor_time(bench);
        uint64_t start = clock_ns();
        status = vultus_gallery_import(gallery, names, records, count, NULL, error);
        spent += ms_since(start);
        worked += processor_time(bench) - before;
    }
    mem_free(vectors);
    rates[0] = 1000 * (double)bench->faces / spent;
    rates[1] = (double)bench->faces / worked;
    return status;
}

/* ------------------------------------------------------------------ searches */

/* The statement that a search cannot do without, prepared, with the settings that vultus uses. */
static PGconn *prepare_bare(const struct bench *bench)
{
    char sql[256];
    const char *gallery = strstr(bench->address, "gallery=");
    PGconn *link = connect_bare(bench);
    snprintf(sql, sizeof sql,
             "SET search_path = vultus_%s, public; SET hnsw.ef_search = 200; "
             "SET hnsw.iterative_scan = strict_order",
             gallery ? gallery + strlen("gallery=") : "main");
    PQclear(PQexec(link, sql));
    PQclear(PQprepare(link, "near",
                      "SELECT face FROM embeddings_1 ORDER BY e <=> $1::vector LIMIT 2", 0, NULL));
    return link;
}

static bool ask_bare(PGconn *link, const float *probe, size_t dimension)
{
    char *bytes = mem_alloc(4 + 4 * dimension);
    const char *const values[] = {bytes};
    const int sizes[] = {(int)(4 + 4 * dimension)}, formats[] = {1};
    if (!bytes)
        return false;
    bytes[0] = (char)(dimension >> 8), bytes[1] = (char)dimension, bytes[2] = bytes[3] = 0;
    for (size_t i = 0; i < dimension; i++) {
        uint32_t bits;
        memcpy(&bits, probe + i, 4);
        for (size_t k = 0; k < 4; k++)
            bytes[4 + 4 * i + k] = (char)(bits >> (24 - 8 * k));
    }
    PGresult *result = PQexecPrepared(link, "near", 1, values, sizes, formats, 1);
    bool good = PQntuples(result) == 2;
    if (!good)
        fprintf(stderr, "postgres_rate: %s\n", PQresultErrorMessage(result));
    PQclear(result);
    mem_free(bytes);
    return good;
}

static void note(struct bench *bench, int way, uint64_t start)
{
    bench->took[way][bench->probes[way]++] = ms_since(start);
}

static vultus_gallery *open_as(const struct bench *bench, const char *more, bool exact)
{
    char location[1200];
    vultus_error error = {0};
    vultus_gallery *gallery = NULL;
    const vultus_gallery_options options = {.exact = exact};
    snprintf(location, sizeof location, "%s%s", bench->address, more);
    if (vultus_gallery_open(location, &options, &gallery, &error))
        fprintf(stderr, "postgres_rate: %s\n", error.message);
    return gallery;
}

static vultus_status search(struct bench *bench, vultus_error *error)
{
    PGconn *link = prepare_bare(bench);
    vultus_gallery *galleries[] = {NULL, open_as(bench, "&search=server", false),
                                   open_as(bench, "&search=memory", false),
                                   open_as(bench, "&search=server", true)};
    float probe[4096];
    vultus_identity who[4];
    vultus_status status = VULTUS_OK;
    const size_t people = bench->faces / EACH;
    for (size_t i = 0; !status && i < PROBES + 2; i++) {
        make_face(i % 2 ? i * 97 % people : people + i, EACH, bench->dimension, probe);
        uint64_t start = clock_ns();
        if (!ask_bare(link, probe, bench->dimension))
            return VULTUS_ERR_DATABASE;
        if (i >= 2)
            note(bench, BARE, start);
        for (int way = SERVER; !status && way <= EXACT; way++) {
            if (!galleries[way] || (way == EXACT && i >= 12))
                continue;
            start = clock_ns();
            status = vultus_gallery_identify(galleries[way], &bench->engine, probe, NULL, &who[way],
                                             error);
            if (i >= 2) /* the first fill memory and caches */
                note(bench, way, start);
        }
        if (i >= 2)
            bench->same[i % 2] += who[SERVER].best.person == who[MEMORY].best.person;
    }
    for (int way = SERVER; way <= EXACT; way++)
        vultus_gallery_close(galleries[way]);
    PQfinish(link);
    return status;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double at_share(const struct bench *bench, int way, double share)
{
    return bench->probes[way] ? bench->took[way][(size_t)(share * (double)bench->probes[way])] : 0;
}

int main(int argc, char **argv)
{
    static struct bench bench;
    vultus_error error = {0};
    double rates[2] = {0}, indexed = 0;
    bench.faces = argc > 2 ? strtoul(argv[2], NULL, 10) : 100000;
    bench.dimension = argc > 3 ? strtoul(argv[3], NULL, 10) : 128;
    if (argc < 2 || bench.faces < 1000 || !bench.dimension || bench.dimension > 2000) {
        fprintf(stderr, "usage: bench_postgres_rate ADDRESS&gallery=NEW [FACES [DIMENSION]]\n");
        return 2;
    }
    snprintf(bench.address, sizeof bench.address, "%s", argv[1]);
    bench.contract.dimension = bench.dimension;
    bench.contract.metric = VULTUS_METRIC_COSINE;
    bench.contract.threshold = 0.5f;
    bench.engine.embedder.contract = &bench.contract;
    snprintf(bench.engine.embedder.id, sizeof bench.engine.embedder.id, "%s", embedder);
    vultus_gallery *gallery = open_as(&bench, "", false);
    if (!gallery)
        return 4;
    vultus_gallery_stats stats = {0};
    vultus_status status = vultus_gallery_statistics(gallery, &stats, &error);
    const bool filled = stats.faces == bench.faces;
    vultus_gallery_stats_clear(&stats);
    if (!status && !filled)
        status = enroll(&bench, gallery, rates, &error);
    fprintf(stderr, "%zu faces: %.0f a second, %.0f a second of processor time\n", bench.faces,
            rates[0], rates[1]);
    uint64_t start = clock_ns();
    if (!status && !filled)
        status = vultus_gallery_compact(gallery, NULL, &error);
    indexed = ms_since(start) / 1000;
    vultus_gallery_close(gallery);
    if (!status)
        status = search(&bench, &error);
    if (status) {
        fprintf(stderr, "postgres_rate: %s\n", error.message);
        return 4;
    }
    for (int way = BARE; way <= EXACT; way++)
        qsort(bench.took[way], bench.probes[way], sizeof(double), by_size);
    printf(
        "| %zu | %zu | %.0f | %.0f | %.0f | %.2f, %.2f | %.2f, %.2f | %.2f | %.2f, %.2f | %.1f | "
        "%.3f, %.3f |\n",
        bench.faces, bench.dimension, rates[0], rates[1], indexed, at_share(&bench, BARE, 0.5),
        at_share(&bench, BARE, 0.99), at_share(&bench, SERVER, 0.5), at_share(&bench, SERVER, 0.99),
        at_share(&bench, SERVER, 0.5) / at_share(&bench, BARE, 0.5), at_share(&bench, MEMORY, 0.5),
        at_share(&bench, MEMORY, 0.99), at_share(&bench, EXACT, 0.5),
        (double)bench.same[1] / (PROBES / 2), (double)bench.same[0] / (PROBES / 2));
    return 0;
}
