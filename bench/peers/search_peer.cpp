/*
 * Exact search beside its peers, in one process and in turns: OpenBLAS, which multiplies 64 probes with all rows
 * and takes the greatest of each product, and hnswlib, which is approximate. Built and run by search.sh.
 *
 *     search_peer FACES DIMENSION faces|random [REPEATS] [hnsw]
 *
 * All are asked for the nearest row. Times are wall clock, the least and the median of the turns, in milliseconds a
 * probe; beside them the least processor time, which other programs on the machine disturb less.
 */
#include "bench_vectors.h"

#include <vultus/index.h>

#include <cblas.h>
#include <hnswlib/hnswlib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <malloc.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

extern "C" void openblas_set_num_threads(int);
extern "C" char *openblas_get_corename(void);

namespace
{

constexpr size_t BATCH = 64;

double now()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

double processor()
{
    timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct Times { /* milliseconds a probe */
    std::vector<double> wall, cpu;
    void measure(size_t probes, const std::function<void()> &work)
    {
        double begin = now(), begin_cpu = processor();
        work();
        wall.push_back((now() - begin) * 1e3 / (double)probes);
        cpu.push_back((processor() - begin_cpu) * 1e3 / (double)probes);
    }
    double least() const
    {
        return *std::min_element(wall.begin(), wall.end());
    }
    double least_cpu() const
    {
        return *std::min_element(cpu.begin(), cpu.end());
    }
    double median() const
    {
        std::vector<double> sorted = wall;
        std::sort(sorted.begin(), sorted.end());
        return sorted[sorted.size() / 2];
    }
};

[[noreturn]] void fail(const char *message)
{
    std::fprintf(stderr, "search_peer: %s\n", message);
    std::exit(4);
}

struct Data {
    size_t rows, dimension;
    std::vector<float> all, known, strangers;
};

Data make(size_t rows, size_t dimension, bool spectrum)
{
    Data data{rows, dimension, std::vector<float>(rows * dimension),
              std::vector<float>(BATCH * dimension), std::vector<float>(BATCH * dimension)};
    struct vectors *vectors = vectors_new(dimension, spectrum, 1);
    if (!vectors)
        fail("not enough memory");
    vectors_fill(vectors, 0, rows, rows, data.all.data(), data.known.data(), BATCH);
    for (size_t i = 0; i < BATCH; i++) {
        vectors_person(vectors);
        vectors_face(vectors, data.strangers.data() + i * dimension);
    }
    vectors_free(vectors);
    return data;
}

/* ------------------------------------------------------------------ ours */

struct Ours {
    vultus_index *index = nullptr;
    double build_seconds = 0;
    explicit Ours(const Data &data)
    {
        vultus_error error = {};
        vultus_index_options options = {};
        options.threads = 2;
        double begin = now();
        if (vultus_index_new(data.dimension, &options, &index, &error) ||
            vultus_index_add(index, data.all.data(), data.rows, &error))
            fail(error.message);
        (void)vultus_index_prepare(index);
        build_seconds = now() - begin;
    }
    ~Ours()
    {
        vultus_index_free(index);
    }
    void search(const float *probes, size_t count, unsigned threads, size_t *nearest) const
    {
        std::vector<vultus_index_hit> hits(count);
        std::vector<size_t> counts(count);
        vultus_error error = {};
        vultus_index_query query = {};
        query.probes = probes;
        query.count = count;
        query.capacity = 1;
        query.threads = threads;
        if (vultus_index_search(index, &query, hits.data(), counts.data(), &error))
            fail(error.message);
        for (size_t p = 0; p < count; p++)
            nearest[p] = hits[p].row;
    }
};

/* ------------------------------------------------------------------ OpenBLAS */

/* The greatest of n: first which value, in vectors, then where, if it is a new one. */
void take_greatest(const float *values, size_t n, size_t first, float &best, size_t &row)
{
    float lanes[16];
    std::fill(lanes, lanes + 16, -INFINITY);
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (size_t k = 0; k < 16; k++)
            lanes[k] = values[i + k] > lanes[k] ? values[i + k] : lanes[k];
    float greatest = *std::max_element(lanes, lanes + 16);
    for (; i < n; i++)
        greatest = std::max(greatest, values[i]);
    if (!(greatest > best))
        return;
    best = greatest;
    row = first + (size_t)(std::find(values, values + n, greatest) - values);
}

void sgemm_part(const Data &data, const float *probes, size_t begin, size_t end, size_t block,
                float *scores, float *best, size_t *nearest)
{
    std::fill(best, best + BATCH, -INFINITY);
    for (size_t first = begin; first < end; first += block) {
        size_t count = std::min(block, end - first);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)BATCH, (int)count,
                    (int)data.dimension, 1, probes, (int)data.dimension,
                    data.all.data() + first * data.dimension, (int)data.dimension, 0, scores,
                    (int)count);
        for (size_t p = 0; p < BATCH; p++)
            take_greatest(scores + p * count, count, first, best[p], nearest[p]);
    }
}

/* Each thread has its part of the rows and its own calls: faster than OpenBLAS' threads, and selects on both. */
void sgemm_search(const Data &data, const float *probes, unsigned threads, size_t block,
                  size_t *nearest)
{
    std::vector<std::vector<float>> scores(threads, std::vector<float>(BATCH * block));
    std::vector<float> best(threads * BATCH);
    std::vector<size_t> rows(threads * BATCH);
    std::vector<std::thread> workers;
    auto part = [&](unsigned t) {
        sgemm_part(data, probes, data.rows * t / threads, data.rows * (t + 1) / threads, block,
                   scores[t].data(), best.data() + t * BATCH, rows.data() + t * BATCH);
    };
    for (unsigned t = 1; t < threads; t++)
        workers.emplace_back(part, t);
    part(0);
    for (auto &worker : workers)
        worker.join();
    for (size_t p = 0; p < BATCH; p++) {
        unsigned at = 0;
        for (unsigned t = 1; t < threads; t++)
            if (best[t * BATCH + p] > best[at * BATCH + p])
                at = t;
        nearest[p] = rows[at * BATCH + p];
    }
}

/* Equal scores may have either row: float32 sums in another order. */
size_t disagreements(const Data &data, const float *probes, const size_t *a, const size_t *b)
{
    size_t count = 0;
    for (size_t p = 0; p < BATCH; p++) {
        double difference = 0;
        for (size_t k = 0; k < data.dimension; k++)
            difference += (double)probes[p * data.dimension + k] *
                          ((double)data.all[a[p] * data.dimension + k] -
                           (double)data.all[b[p] * data.dimension + k]);
        count += std::fabs(difference) > 1e-6;
    }
    return count;
}

void batches(const Data &data, const Ours &ours, unsigned repeats)
{
    static const size_t blocks[] = {1024, 4096, 16384};
    openblas_set_num_threads(1);
    std::printf("\nbatches of %zu, ms a probe; OpenBLAS's kernels: %s\n", BATCH,
                openblas_get_corename());
    std::printf("%-10s %-9s %28s %28s %20s\n", "", "", "vultus", "sgemm + nearest", "ratio");
    std::printf("%-10s %-9s %9s %9s %9s %9s %9s %9s %6s %6s %6s\n", "probes", "threads", "min",
                "median", "cpu", "min", "median", "cpu", "min", "median", "cpu");
    for (unsigned threads = 1; threads <= 2; threads++)
        for (int stranger = 0; stranger < 2; stranger++) {
            const float *probes = stranger ? data.strangers.data() : data.known.data();
            size_t nearest[BATCH], theirs_nearest[BATCH], block = blocks[0];
            double quickest = INFINITY;
            for (size_t tried : blocks) { /* the best for it */
                Times times;
                for (int i = 0; i < 2; i++)
                    times.measure(
                        BATCH, [&] { sgemm_search(data, probes, threads, tried, theirs_nearest); });
                if (times.least_cpu() < quickest) {
                    quickest = times.least_cpu();
                    block = tried;
                }
            }
            Times mine, theirs;
            for (unsigned r = 0; r < repeats; r++) {
                mine.measure(BATCH, [&] { ours.search(probes, BATCH, threads, nearest); });
                theirs.measure(BATCH,
                               [&] { sgemm_search(data, probes, threads, block, theirs_nearest); });
            }
            std::printf("%-10s %-9u %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f %6.2f %6.2f %6.2f\n",
                        stranger ? "strangers" : "known", threads, mine.least(), mine.median(),
                        mine.least_cpu(), theirs.least(), theirs.median(), theirs.least_cpu(),
                        theirs.least() / mine.least(), theirs.median() / mine.median(),
                        theirs.least_cpu() / mine.least_cpu());
            size_t wrong = disagreements(data, probes, nearest, theirs_nearest);
            if (wrong)
                std::printf("%zu answers differ\n", wrong);
        }
}

/* ------------------------------------------------------------------ hnswlib */

double heap_bytes()
{
    struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
}

void singles(const Data &data, const std::function<void(const float *, size_t *)> &search,
             const size_t *truth[2], Times times[2], double recall[2])
{
    for (int stranger = 0; stranger < 2; stranger++) {
        const float *probes = stranger ? data.strangers.data() : data.known.data();
        size_t nearest[BATCH], found = 0;
        times[stranger].measure(BATCH, [&] {
            for (size_t p = 0; p < BATCH; p++)
                search(probes + p * data.dimension, &nearest[p]);
        });
        for (size_t p = 0; p < BATCH; p++)
            found += nearest[p] == truth[stranger][p];
        recall[stranger] = (double)found / BATCH;
    }
}

void put_row(const char *name, const Times times[2], const double recall[2])
{
    std::printf("%-22s %9.3f %9.3f %8.3f %9.3f %9.3f %8.3f\n", name, times[0].median(),
                times[0].least_cpu(), recall[0], times[1].median(), times[1].least_cpu(),
                recall[1]);
}

void against_hnsw(const Data &data, const Ours &ours, double our_bytes, unsigned repeats)
{
    const size_t links = 16, construction = 200; /* hnswlib's defaults */
    size_t truth_known[BATCH], truth_strangers[BATCH];
    const size_t *truth[2] = {truth_known, truth_strangers};
    ours.search(data.known.data(), BATCH, 2, truth_known);
    ours.search(data.strangers.data(), BATCH, 2, truth_strangers);

    double before = heap_bytes(), begin = now(), begin_cpu = processor();
    hnswlib::InnerProductSpace space(data.dimension);
    hnswlib::HierarchicalNSW<float> graph(&space, data.rows, links, construction);
    std::atomic<size_t> next{0};
    auto add = [&] {
        for (size_t i; (i = next++) < data.rows;)
            graph.addPoint(data.all.data() + i * data.dimension, i);
    };
    std::thread second(add);
    add();
    second.join();
    double seconds = now() - begin, seconds_cpu = processor() - begin_cpu,
           bytes = heap_bytes() - before;

    std::printf("\nhnswlib, M = %zu, ef_construction = %zu, built on 2 threads; ours on 1\n", links,
                construction);
    std::printf("%-22s %12s %12s %12s\n", "", "vultus", "hnswlib", "ratio");
    std::printf("%-22s %12.2f %12.2f %12.1f\n", "build, s", ours.build_seconds, seconds,
                seconds / ours.build_seconds);
    std::printf("%-22s %12s %12.2f\n", "  its processor time, s", "", seconds_cpu);
    std::printf("%-22s %12.0f %12.0f %12.2f\n", "bytes a face", our_bytes / (double)data.rows,
                bytes / (double)data.rows, bytes / our_bytes);
    std::printf("\none probe, one thread, ms (median, least processor time), and the share of "
                "nearest rows found\n");
    std::printf("%-22s %28s %28s\n", "", "known people", "strangers");
    Times mine[2];
    double recall[2];
    for (unsigned r = 0; r < repeats; r++)
        singles(
            data, [&](const float *probe, size_t *nearest) { ours.search(probe, 1, 1, nearest); },
            truth, mine, recall);
    put_row("vultus", mine, recall);
    for (size_t ef : {10, 20, 40, 80, 160, 320, 640, 1280, 2560}) {
        Times theirs[2];
        graph.setEf(ef);
        for (unsigned r = 0; r < repeats; r++)
            singles(
                data,
                [&](const float *probe, size_t *nearest) {
                    *nearest = graph.searchKnn(probe, 1).top().second;
                },
                truth, theirs, recall);
        put_row(("hnswlib, ef " + std::to_string(ef)).c_str(), theirs, recall);
    }
}

} // namespace

int main(int count, char **arguments)
{
    if (count < 4)
        fail("search_peer FACES DIMENSION faces|random [REPEATS] [hnsw]");
    size_t rows = std::strtoul(arguments[1], nullptr, 10),
           dimension = std::strtoul(arguments[2], nullptr, 10);
    bool spectrum = !std::strcmp(arguments[3], "faces");
    unsigned repeats = count > 4 ? (unsigned)std::strtoul(arguments[4], nullptr, 10) : 7;
    if (rows < BATCH || !dimension || dimension > VECTORS_DIMENSION_MAX || !repeats ||
        (spectrum && dimension < vectors_spectrum_size()))
        fail("wrong number of faces, numbers or repeats");
    Data data = make(rows, dimension, spectrum);
    double before = heap_bytes();
    Ours ours(data);
    double our_bytes = heap_bytes() - before;
    std::printf("%zu %s of %zu numbers, %s; built in %.2f s\n", rows,
                spectrum ? "faces" : "random vectors", dimension, vultus_simd(),
                ours.build_seconds);
    batches(data, ours, repeats);
    if (count > 5)
        against_hnsw(data, ours, our_bytes, repeats);
    return 0;
}
