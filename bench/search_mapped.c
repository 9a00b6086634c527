/*
 * A gallery's search file with more faces than there is memory for: `bench_search_mapped FOLDER [FACES
 * [DIMENSION]]` makes one of made-up faces, opens it in a process of its own and looks for known people and strangers, one by
 * one and 64 at a time, first with nothing of the file in memory. What is resident is of that process, with all
 * pages of the file that it has touched. The file is removed.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "base/statistics.h"
#include "bench_vectors.h"
#include "gallery/search_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROBES 64
#define BLOCK 4096
#define EMBEDDER "made-up"

struct bench {
    char path[4096];
    size_t faces, dimension;
    float *known, *strangers;
};

static int complain(const vultus_error *error)
{
    fprintf(stderr, "bench_search_mapped: %s\n", error->message);
    return 4;
}

static double milliseconds_since(uint64_t start)
{
    return (double)(clock_ns() - start) / 1e6;
}

static vultus_status fill(const struct bench *bench, struct search *search, struct vectors *vectors,
                          float *block, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    for (size_t first = 0; !status && first < bench->faces; first += BLOCK) {
        size_t count = bench->faces - first < BLOCK ? bench->faces - first : BLOCK;
        vectors_fill(vectors, first, count, bench->faces, block, bench->known, PROBES);
        for (size_t i = 0; !status && i < count; i++) {
            int64_t face = (int64_t)(first + i), person = face / VECTORS_PER_PERSON;
            if (face % VECTORS_PER_PERSON == 0)
                status = search_add_person(search, person, "somebody", error);
            if (!status)
                status = search_add_face(search, face, person,
                                         (const uint8_t *)(block + i * bench->dimension), error);
        }
    }
    for (size_t i = 0; i < PROBES; i++) {
        vectors_person(vectors);
        vectors_face(vectors, bench->strangers + i * bench->dimension);
    }
    return status;
}

static int make(struct bench *bench)
{
    const struct search_file_mark mark = {.edits = 1};
    const size_t people = bench->faces / VECTORS_PER_PERSON + 1;
    const struct search_file_size size = {bench->faces, people, people * sizeof "somebody"};
    struct vectors *vectors = vectors_new(bench->dimension, true, 1);
    float *block = mem_array(BLOCK * bench->dimension, sizeof *block);
    struct search *search = NULL;
    vultus_error error = {.message = "not enough memory"};
    vultus_status status =
        vectors && block ? search_new(bench->dimension, false, &search, &error) : VULTUS_ERR_MEMORY;
    uint64_t start = clock_ns();
    if (!status)
        status = search_file_begin(bench->path, &size, search, &error);
    if (!status)
        status = fill(bench, search, vectors, block, &error);
    if (!status)
        status = search_file_seal(bench->path, EMBEDDER, &mark, search, &error);
    if (!status)
        printf("%zu faces of %zu numbers: made in %.0f s\n", bench->faces, bench->dimension,
               milliseconds_since(start) / 1e3);
    search_free(search);
    vectors_free(vectors);
    mem_free(block);
    return status ? complain(&error) : 0;
}

/* One at a time; returns the median, and the least in *least. */
static double one_by_one(struct search *search, const float *probes, size_t dimension,
                         double *least)
{
    double times[PROBES];
    struct search_hit hit;
    for (size_t i = 0; i < PROBES; i++) {
        uint64_t start = clock_ns();
        search_nearest(search, probes + i * dimension, VULTUS_METRIC_COSINE, &hit, 1);
        times[i] = milliseconds_since(start);
    }
    qsort(times, PROBES, sizeof *times, statistics_doubles);
    *least = times[0];
    return times[PROBES / 2];
}

/* The least of a few times, for each probe. */
static double together(struct search *search, const float *probes)
{
    struct search_hit hits[PROBES];
    size_t counts[PROBES];
    const struct search_request request = {
        .probes = probes, .count = PROBES, .metric = VULTUS_METRIC_COSINE, .capacity = 1};
    vultus_error error = {0};
    double least = 0;
    for (int turn = 0; turn < 5; turn++) {
        uint64_t start = clock_ns();
        if (search_nearest_many(search, &request, hits, counts, &error))
            complain(&error);
        double time = milliseconds_since(start) / PROBES;
        least = !turn || time < least ? time : least;
    }
    return least;
}

static long resident_mib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

static int look(const struct bench *bench)
{
    struct search *search = NULL;
    struct search_file_mark mark;
    struct search_hit hit;
    vultus_error error = {0};
    uint64_t start = clock_ns();
    vultus_status status = search_new(bench->dimension, false, &search, &error);
    if (!status)
        status = search_file_open(bench->path, EMBEDDER, search, &mark, &error);
    if (status)
        return complain(&error);
    double opened = milliseconds_since(start);
    search_nearest(search, bench->known, VULTUS_METRIC_COSINE, &hit, 1);
    printf("opened in %.0f ms, first answer after %.0f\n", opened, milliseconds_since(start));
    printf("%-14s %12s %12s %12s %12s %14s\n", "MILLISECONDS", "COLD MEDIAN", "WARM MEDIAN",
           "WARM LEAST", "EACH OF 64", "RESIDENT, MIB");
    for (int stranger = 0; stranger < 2; stranger++) {
        const float *probes = stranger ? bench->strangers : bench->known;
        double least, cold = one_by_one(search, probes, bench->dimension, &least);
        double warm = one_by_one(search, probes, bench->dimension, &least);
        double each = together(search, probes);
        printf("%-14s %12.2f %12.2f %12.2f %12.2f %14ld\n", stranger ? "strangers" : "known people",
               cold, warm, least, each, resident_mib());
    }
    search_free(search);
    return 0;
}

/* Only what is read from now on is in memory: a mapping would otherwise have all that making it left there. */
static void forget_pages(const struct bench *bench)
{
    int fd = open(bench->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
}

static int look_in_a_process(const struct bench *bench)
{
    int state = 0;
    forget_pages(bench);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int code = look(bench);
        fflush(stdout);
        _exit(code);
    }
    return child > 0 && waitpid(child, &state, 0) == child && WIFEXITED(state) ? WEXITSTATUS(state)
                                                                               : 4;
}

int main(int count, char **arguments)
{
    struct bench bench = {.faces = 1000000, .dimension = 128};
    if (count < 2) {
        fprintf(stderr, "bench_search_mapped FOLDER [FACES [DIMENSION]]\n");
        return 2;
    }
    if (count > 2)
        bench.faces = strtoul(arguments[2], NULL, 10);
    if (count > 3)
        bench.dimension = strtoul(arguments[3], NULL, 10);
    if (bench.faces < BLOCK || bench.dimension < vectors_spectrum_size() ||
        bench.dimension > VECTORS_DIMENSION_MAX)
        return 2;
    snprintf(bench.path, sizeof bench.path, "%s/mapped-search", arguments[1]);
    bench.known = mem_array(PROBES * bench.dimension, sizeof *bench.known);
    bench.strangers = mem_array(PROBES * bench.dimension, sizeof *bench.strangers);
    int code = bench.known && bench.strangers ? make(&bench) : 4;
    if (!code)
        code = look_in_a_process(&bench);
    unlink(bench.path);
    mem_free(bench.known);
    mem_free(bench.strangers);
    return code;
}
