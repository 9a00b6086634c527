/*
 * How soon a large gallery answers: opening it and the first identification, with its search file and before there is
 * one; and after somebody was renamed, a face was moved and that was taken back. `bench_search_start FOLDER [FACES [DIMENSION]]`; the gallery stays there, and is used again.
 */
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "engine/engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define BATCH 1000
#define SPECTRUM 40.0 /* axes on which deviations fall to a third, as faces' do */

static char embedder[] = "synthetic@00000001";

static double ms_since(uint64_t start)
{
    return (double)(clock_ns() - start) / 1e6;
}

static void make_vector(struct random *random, size_t n, float *out)
{
    double squared = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = (float)(random_normal(random) * exp(-(double)i / SPECTRUM));
        squared += (double)out[i] * (double)out[i];
    }
    for (size_t i = 0; i < n; i++)
        out[i] /= (float)sqrt(squared);
}

static vultus_status fill(vultus_gallery *gallery, size_t faces, size_t dimension,
                          vultus_error *error)
{
    static vultus_face_record records[BATCH];
    static char texts[BATCH][32];
    static const char *names[BATCH];
    struct random random;
    vultus_status status = VULTUS_OK;
    random_seed(&random, 1);
    for (size_t i = 0; i < BATCH; i++) {
        records[i].embedder = embedder;
        records[i].dimension = dimension;
        if (!(records[i].embedding = mem_array(dimension, sizeof(float))))
            return status_memory(error, "faces");
    }
    for (size_t at = 0; !status && at < faces; at += BATCH) {
        for (size_t i = 0; i < BATCH; i++) {
            make_vector(&random, dimension, records[i].embedding);
            for (size_t b = 0; b < sizeof records[i].picture; b++)
                records[i].picture[b] = (uint8_t)random_below(&random, 256);
            snprintf(texts[i], sizeof texts[i], "person %zu", (at + i) / 5);
            names[i] = texts[i];
        }
        status = vultus_gallery_import(gallery, names, records, BATCH, NULL, error);
    }
    for (size_t i = 0; i < BATCH; i++)
        mem_free(records[i].embedding);
    return status;
}

static void tell(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "search_start: %s\n", line);
}

/* One process' start: opening, the first answer, the second. */
static vultus_status start(const char *path, size_t dimension, double out[3], vultus_error *error)
{
    struct contract_model contract = {
        .dimension = dimension, .metric = VULTUS_METRIC_COSINE, .threshold = 0.9f};
    static struct vultus_engine engine;
    const vultus_gallery_options options = {
        .read_only = true, .must_exist = true, .search_files = true, .notice = tell};
    vultus_gallery *gallery = NULL;
    vultus_identity who;
    struct random random;
    float probe[4096];
    engine.embedder.contract = &contract;
    snprintf(engine.embedder.id, sizeof engine.embedder.id, "%s", embedder);
    random_seed(&random, 2);
    make_vector(&random, dimension, probe);
    uint64_t begin = clock_ns();
    vultus_status status = vultus_gallery_open(path, &options, &gallery, error);
    out[0] = ms_since(begin);
    begin = clock_ns();
    if (!status)
        status = vultus_gallery_identify(gallery, &engine, probe, NULL, &who, error);
    out[1] = ms_since(begin);
    begin = clock_ns();
    if (!status)
        status = vultus_gallery_identify(gallery, &engine, probe, NULL, &who, error);
    out[2] = ms_since(begin);
    vultus_gallery_close(gallery);
    return status;
}

/* What an edit takes, and that nothing is made anew because of it. */
static vultus_status edit(const char *path, size_t dimension, vultus_error *error)
{
    static const char *const names[] = {"rename", "rename back", "move", "undo"};
    vultus_gallery *gallery = NULL;
    double times[3];
    vultus_status status = vultus_gallery_open(path, NULL, &gallery, error);
    for (int i = 0; !status && i < 4; i++) {
        uint64_t begin = clock_ns();
        status = i == 0   ? vultus_gallery_rename(gallery, "person 7", "Ada", error)
                 : i == 1 ? vultus_gallery_rename(gallery, "Ada", "person 7", error)
                 : i == 2 ? vultus_gallery_move(gallery, 1, "person 7", error)
                          : vultus_gallery_undo(gallery, NULL, error);
        double took = ms_since(begin);
        if (!status)
            status = start(path, dimension, times, error);
        printf("%s: %.1f ms, then first answer after %.1f ms\n", names[i], took,
               times[0] + times[1]);
    }
    vultus_gallery_close(gallery);
    return status;
}

int main(int argc, char **argv)
{
    size_t faces = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000000;
    size_t dimension = argc > 3 ? strtoul(argv[3], NULL, 10) : 128;
    char path[4096];
    vultus_error error = {0};
    vultus_gallery *gallery = NULL;
    struct rusage usage;
    double times[3];
    if (argc < 2 || !faces || faces % BATCH || !dimension || dimension > 4096) {
        fprintf(stderr, "usage: bench_search_start FOLDER [FACES, in thousands [DIMENSION]]\n");
        return 2;
    }
    snprintf(path, sizeof path, "%s/search_start_%zu_%zu.db", argv[1], faces, dimension);
    bool there = file_exists(path);
    if (vultus_gallery_open(path, NULL, &gallery, &error) ||
        (!there && fill(gallery, faces, dimension, &error))) {
        fprintf(stderr, "search_start: %s\n", error.message);
        return 4;
    }
    vultus_gallery_close(gallery);
    for (int i = 0; i < 4; i++) {
        if (start(path, dimension, times, &error)) {
            fprintf(stderr, "search_start: %s\n", error.message);
            return 4;
        }
        printf("%zu faces of %zu numbers: opened in %.1f ms, first answer after another %.1f ms, "
               "the next in %.1f ms\n",
               faces, dimension, times[0], times[1], times[2]);
    }
    if (edit(path, dimension, &error)) {
        fprintf(stderr, "search_start: %s\n", error.message);
        return 4;
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("most memory: %ld MiB\n", usage.ru_maxrss / 1024);
    return 0;
}
