/*
 * A search file without a database: what it takes to make, on the disk and in memory, and to search. `bench_search_size FILE [FACES
 * [DIMENSION]]`; the file is removed. Each step is a process of its own, so that its memory is its own.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "gallery/search_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define EMBEDDER "synthetic@00000001"
#define SPECTRUM 40.0 /* axes on which deviations fall to a third, as faces' do */
#define PROBES 20

struct size {
    const char *path;
    size_t faces, dimension;
};

static double ms_since(uint64_t start)
{
    return (double)(clock_ns() - start) / 1e6;
}

static void make_vector(struct random *random, const float *deviations, size_t n, float *out)
{
    double squared = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = (float)random_normal(random) * deviations[i];
        squared += (double)out[i] * (double)out[i];
    }
    for (size_t i = 0; i < n; i++)
        out[i] /= (float)sqrt(squared);
}

static vultus_status fill(const struct size *size, struct search *search, vultus_error *error)
{
    float deviations[SEARCH_DIMENSION_MAX], x[SEARCH_DIMENSION_MAX];
    struct random random;
    char name[32];
    vultus_status status = VULTUS_OK;
    random_seed(&random, 1);
    for (size_t i = 0; i < size->dimension; i++)
        deviations[i] = (float)exp(-(double)i / SPECTRUM);
    for (size_t i = 0; !status && i < size->faces; i++) {
        int64_t person = (int64_t)(i / 5);
        snprintf(name, sizeof name, "person %lld", (long long)person);
        if (i % 5 == 0)
            status = search_add_person(search, person, name, error);
        make_vector(&random, deviations, size->dimension, x);
        if (!status)
            status = search_add_face(search, (int64_t)i, person, (const uint8_t *)x, error);
    }
    return status;
}

static vultus_status make(const struct size *size, struct search *search, vultus_error *error)
{
    const struct search_file_mark mark = {.edits = 1};
    const struct search_file_size wanted = {size->faces, size->faces / 5 + 1, size->faces * 4 + 64};
    uint64_t start = clock_ns();
    vultus_status status = search_file_begin(size->path, &wanted, search, error);
    if (!status)
        status = fill(size, search, error);
    double filled = ms_since(start);
    if (!status)
        status = search_file_seal(size->path, EMBEDDER, &mark, search, error);
    printf("made in %.1f s, of which vectors %.1f s", ms_since(start) / 1000, filled / 1000);
    return status;
}

static vultus_status look(const struct size *size, struct search *search, vultus_error *error)
{
    float deviations[SEARCH_DIMENSION_MAX], x[SEARCH_DIMENSION_MAX];
    struct search_file_mark mark;
    struct search_hit hit;
    struct random random;
    double sum = 0, first = 0;
    uint64_t start = clock_ns();
    vultus_status status = search_file_open(size->path, EMBEDDER, search, &mark, error);
    double opened = ms_since(start);
    random_seed(&random, 2);
    for (size_t i = 0; i < size->dimension; i++)
        deviations[i] = (float)exp(-(double)i / SPECTRUM);
    for (int p = 0; !status && p < PROBES; p++) {
        make_vector(&random, deviations, size->dimension, x);
        start = clock_ns();
        search_nearest(search, x, VULTUS_METRIC_COSINE, &hit, 1);
        double time = ms_since(start);
        first = p ? first : time;
        sum += p ? time : 0;
    }
    printf("opened and checked in %.1f ms, first answer %.1f ms, of a stranger %.1f ms", opened,
           first, sum / (PROBES - 1));
    return status;
}

static int in_process(const struct size *size,
                      vultus_status (*step)(const struct size *, struct search *, vultus_error *))
{
    int how = 1;
    fflush(stdout);
    pid_t child = fork();
    if (!child) {
        vultus_error error = {0};
        struct search *search = NULL;
        struct rusage usage;
        vultus_status status = search_new(size->dimension, false, &search, &error);
        if (!status)
            status = step(size, search, &error);
        getrusage(RUSAGE_SELF, &usage);
        printf("; most memory %ld MiB\n", usage.ru_maxrss / 1024);
        if (status)
            fprintf(stderr, "search_size: %s\n", error.message);
        search_free(search);
        fflush(stdout);
        _exit(status ? 1 : 0);
    }
    return child < 0 || waitpid(child, &how, 0) < 0 || how;
}

int main(int argc, char **argv)
{
    struct size size = {.path = argc > 1 ? argv[1] : "",
                        .faces = argc > 2 ? strtoul(argv[2], NULL, 10) : 10000000,
                        .dimension = argc > 3 ? strtoul(argv[3], NULL, 10) : 128};
    struct stat info = {0};
    if (argc < 2 || !size.faces || !size.dimension || size.dimension > SEARCH_DIMENSION_MAX) {
        fprintf(stderr, "usage: bench_search_size FILE [FACES [DIMENSION]]\n");
        return 2;
    }
    printf("%zu faces of %zu numbers\n", size.faces, size.dimension);
    int code = in_process(&size, make);
    if (!code && !stat(size.path, &info))
        printf("on the disk %.0f MiB\n", (double)info.st_blocks * 512 / (1 << 20));
    code = code || in_process(&size, look) || in_process(&size, look);
    unlink(size.path);
    return code ? 4 : 0;
}
