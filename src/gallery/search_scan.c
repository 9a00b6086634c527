/*
 * Looking through an index. A block of codes says for each of its faces how near it can be at most; what
 * could still be among the nearest is compared itself, by one product at a time, so that equal faces
 * are equal to the last bit wherever they lie. The answer is that of comparing every face.
 */
#include "base/memory.h"
#include "base/pool.h"
#include "gallery/search_index.h"
#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

#define BLOCK_GROUPS 32 /* 512 faces: bounds of 64 probes for them fit the second cache */
#define BLOCK (BLOCK_GROUPS * CODES_GROUP)
#define PROBES 64 /* at a time */
#define AHEAD 4   /* faces that are fetched before they are compared */

struct found {
    float score;
    uint32_t member, row;
};

struct finding { /* the nearest people so far, the nearest first */
    struct found items[VULTUS_TOP_MAX];
    size_t count, capacity;
};

/* What a face must reach; equal ones may still come before by their ids. */
static float least_score(const struct finding *finding)
{
    return finding->count < finding->capacity ? -INFINITY
                                              : finding->items[finding->count - 1].score;
}

static bool comes_before(const struct found *a, const struct found *b)
{
    return a->score != b->score ? a->score > b->score : a->member < b->member;
}

static void offer(const struct search *search, struct finding *finding, struct found face)
{
    struct found *items = finding->items;
    size_t at = 0;
    while (at < finding->count && items[at].member != face.member)
        at++;
    if (at < finding->count) { /* the person is there: by their nearest face */
        if (face.score < items[at].score ||
            (face.score == items[at].score &&
             search->rows[face.row].face > search->rows[items[at].row].face))
            return;
    } else if (finding->count < finding->capacity) {
        finding->count++;
    } else if (comes_before(&face, &items[at - 1])) {
        at--;
    } else {
        return;
    }
    for (; at > 0 && comes_before(&face, &items[at - 1]); at--)
        items[at] = items[at - 1];
    items[at] = face;
}

/* Of unit vectors the dot product ranks in every metric. Else |p - r|^2 = |p|^2 + |r|^2 - 2pr, where
 * |p| is the same for all rows, and the cosine is pr / |p||r|. */
float search_score(const struct search *search, size_t row, vultus_metric metric, float product)
{
    float squared = search->rows[row].squared;
    if (!search->raw)
        return product;
    return metric == VULTUS_METRIC_EUCLIDEAN ? product - squared / 2 : product / sqrtf(squared);
}

struct scan { /* what some probes look for in some rows */
    struct search *search;
    const float *probes;
    const struct codes_probe *coded; /* of each probe */
    size_t probe_count;
    vultus_metric metric;
    const uint64_t *allowed;  /* who may be found; NULL: everybody */
    struct finding *findings; /* of each probe */
    float (*dot)(const float *a, const float *b, size_t n);
    const struct codes_kernels *codes;
};

static void compare(const struct scan *scan, size_t probe, size_t row)
{
    const struct search *search = scan->search;
    struct finding *finding = &scan->findings[probe];
    if ((scan->allowed || search->erased) && !search_counts(search, scan->allowed, row))
        return;
    if (!search_whole(search, row))
        return;
    float product = scan->dot(scan->probes + probe * search->dimension, search_vector(search, row),
                              search->dimension);
    float score = search_score(search, row, scan->metric, product);
    if (score >= least_score(finding))
        offer(search, finding, (struct found){score, search->rows[row].member, (uint32_t)row});
}

/* Faces that are looked at closer lie apart: their reading begins while others are compared. */
static void fetch(const void *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += MEM_ALIGNMENT)
        __builtin_prefetch((const char *)at + i);
}

/* Of the places those whose fine codes reach the least score; their bounds are now those. */
static size_t sift(const struct scan *scan, size_t probe, size_t first, size_t count,
                   uint32_t *places, float *bounds)
{
    const struct search *search = scan->search;
    const size_t bytes = codes_fine_bytes(&search->axes);
    const uint8_t *fine = search->fine + first * bytes;
    const float least = least_score(&scan->findings[probe]);
    size_t kept = 0;
    float finer[BLOCK];
    for (size_t i = 0; i < count; i++)
        fetch(fine + places[i] * bytes, bytes);
    scan->codes->bounds_fine(fine, places, count, &scan->coded[probe], finer);
    for (size_t i = 0; i < count; i++) {
        float score = search_score(search, first + places[i], scan->metric, finer[i]);
        if (score < least)
            continue;
        bounds[places[i]] = score;
        places[kept++] = places[i];
    }
    return kept;
}

/* The faces of a block that can be near enough. */
static void look_closer(const struct scan *scan, size_t probe, size_t first, size_t rows,
                        float *bounds)
{
    struct search *search = scan->search;
    struct finding *finding = &scan->findings[probe];
    uint32_t places[BLOCK];
    for (size_t i = 0; search->raw && i < rows; i++)
        bounds[i] = search_score(search, first + i, scan->metric, bounds[i]);
    size_t count = scan->codes->select(bounds, rows, least_score(finding), places);
    if (count && search->fine && least_score(finding) > -INFINITY)
        count = sift(scan, probe, first, count, places, bounds);
    for (size_t i = 0; i < count; i++) {
        if (i + AHEAD < count)
            fetch(search_vector(search, first + places[i + AHEAD]),
                  search->dimension * sizeof(float));
        if (bounds[places[i]] >= least_score(finding))
            compare(scan, probe, first + places[i]);
    }
}

static void scan_coded(const struct scan *scan, size_t first_group, size_t last_group)
{
    const struct search *search = scan->search;
    const size_t bytes = codes_group_bytes(&search->axes);
    float bounds[PROBES][BLOCK], *out[PROBES];
    for (size_t p = 0; p < PROBES; p++)
        out[p] = bounds[p];
    /* few faces first: from then on there is something that others must reach */
    for (size_t g = first_group, groups = 1; g < last_group; g += groups, groups *= 2) {
        if (groups > BLOCK_GROUPS)
            groups = BLOCK_GROUPS;
        if (groups > last_group - g)
            groups = last_group - g;
        const uint8_t *codes = search->codes + g * bytes;
        if (scan->probe_count == 1)
            scan->codes->bounds(codes, groups, scan->coded, bounds[0]);
        else
            scan->codes->bounds_many(codes, groups, scan->coded, scan->probe_count, out);
        for (size_t p = 0; p < scan->probe_count; p++)
            look_closer(scan, p, g * CODES_GROUP, groups * CODES_GROUP, bounds[p]);
    }
}

static void scan_plain(const struct scan *scan, size_t first, size_t last)
{
    for (size_t row = first; row < last; row++)
        for (size_t p = 0; p < scan->probe_count; p++)
            compare(scan, p, row);
}

static void report(const struct search *search, const struct finding *finding,
                   struct search_hit *hits)
{
    for (size_t i = 0; i < finding->count; i++) {
        const struct found *found = &finding->items[i];
        hits[i] = (struct search_hit){
            .person = search->members[found->member].id,
            .face = search->rows[found->row].face,
            .name = search_name(search, found->member),
            .embeddings = {search_vector(search, found->row)},
            .count = 1,
            .score = found->score,
        };
    }
}

size_t search_nearest(struct search *search, const float *probe, vultus_metric metric,
                      struct search_hit *hits, size_t capacity)
{
    int8_t values[CODES_AXES_MAX];
    struct codes_probe coded;
    struct finding finding = {.capacity = capacity < VULTUS_TOP_MAX ? capacity : VULTUS_TOP_MAX};
    struct scan scan = {.search = search,
                        .probes = probe,
                        .coded = &coded,
                        .probe_count = 1,
                        .metric = metric,
                        .findings = &finding,
                        .dot = kernel_best()->dot,
                        .codes = codes_kernels_best()};
    if (!finding.capacity)
        return 0;
    search_codes_update(search);
    if (search->coded) {
        codes_probe_make(&search->axes, search->scratch, probe, values, &coded);
        scan_coded(&scan, 0, search->coded / CODES_GROUP);
    }
    scan_plain(&scan, search->coded, search->faces);
    report(search, &finding, hits);
    search_map_rest(search);
    return finding.count;
}

/* ------------------------------------------------------------------ many probes, many threads */

struct batch {
    struct scan scan;
    size_t coded;             /* faces that are looked for by their codes */
    struct finding *findings; /* of each piece, of each probe */
    size_t pieces;
};

static vultus_status scan_piece(void *context, size_t piece, unsigned worker, vultus_error *error)
{
    struct batch *batch = context;
    struct scan scan = batch->scan;
    const size_t groups = batch->coded / CODES_GROUP;
    const size_t rest = scan.search->faces - batch->coded;
    (void)worker;
    (void)error;
    scan.findings = batch->findings + piece * scan.probe_count;
    scan_coded(&scan, groups * piece / batch->pieces, groups * (piece + 1) / batch->pieces);
    scan_plain(&scan, batch->coded + rest * piece / batch->pieces,
               batch->coded + rest * (piece + 1) / batch->pieces);
    return VULTUS_OK;
}

/* One batch of at most PROBES. */
static vultus_status search_batch(struct search *search, const struct search_request *request,
                                  struct batch *batch, int8_t *values, vultus_error *error)
{
    struct codes_probe coded[PROBES];
    struct scan *scan = &batch->scan;
    for (size_t p = 0; batch->coded && p < scan->probe_count; p++)
        codes_probe_make(&search->axes, search->scratch, scan->probes + p * search->dimension,
                         values + p * search->axes.count, &coded[p]);
    scan->coded = coded;
    for (size_t i = 0; i < batch->pieces * scan->probe_count; i++)
        batch->findings[i] = (struct finding){.capacity = request->capacity};
    vultus_status status = pool_for(request->pool, batch->pieces, scan_piece, batch, error);
    for (size_t i = 1; !status && i < batch->pieces; i++)
        for (size_t p = 0; p < scan->probe_count; p++) {
            const struct finding *piece = &batch->findings[i * scan->probe_count + p];
            for (size_t k = 0; k < piece->count; k++)
                offer(search, &batch->findings[p], piece->items[k]);
        }
    return status;
}

vultus_status search_nearest_many(struct search *search, const struct search_request *request,
                                  struct search_hit *hits, size_t *counts, vultus_error *error)
{
    struct search_request asked = *request;
    struct batch batch = {.pieces = asked.pool ? pool_threads(asked.pool) : 1};
    size_t most = asked.count < PROBES ? asked.count : PROBES;
    vultus_status status = VULTUS_OK;
    if (asked.capacity > VULTUS_TOP_MAX)
        asked.capacity = VULTUS_TOP_MAX;
    memset(counts, 0, asked.count * sizeof *counts);
    if (!asked.count || !asked.capacity)
        return VULTUS_OK;
    if (!asked.plain)
        search_codes_update(search);
    batch.coded = asked.plain ? 0 : search->coded;
    batch.findings = mem_array(batch.pieces * most, sizeof *batch.findings);
    int8_t *values = mem_array(most * search->axes.count, sizeof *values);
    if (!batch.findings || !values)
        status = status_memory(error, "a search");
    for (size_t first = 0; !status && first < asked.count; first += most) {
        size_t count = asked.count - first < most ? asked.count - first : most;
        batch.scan = (struct scan){.search = search,
                                   .probes = asked.probes + first * search->dimension,
                                   .probe_count = count,
                                   .metric = asked.metric,
                                   .allowed = asked.allowed,
                                   .dot = kernel_best()->dot,
                                   .codes = codes_kernels_best()};
        status = search_batch(search, &asked, &batch, values, error);
        for (size_t p = 0; !status && p < count; p++) {
            counts[first + p] = batch.findings[p].count;
            report(search, &batch.findings[p], hits + (first + p) * request->capacity);
        }
    }
    search_map_rest(search);
    mem_free(batch.findings);
    mem_free(values);
    return status;
}
