/* The public index: the gallery's search with a person for each row, and threads of its own. */
#include "base/memory.h"
#include "base/pool.h"
#include "decide/decision.h"
#include "gallery/search.h"

struct vultus_index {
    struct search *search;
    struct pool *pool; /* NULL: one thread */
    size_t rows;
    bool raw;
};

vultus_status vultus_index_new(size_t dimension, const vultus_index_options *options,
                               vultus_index **out, vultus_error *error)
{
    static const vultus_index_options defaults;
    if (!options)
        options = &defaults;
    if (!out)
        return status_set(error, VULTUS_ERR_ARGUMENT, "nowhere to put the index");
    struct vultus_index *index = mem_zalloc(1, sizeof *index);
    if (!index)
        return status_memory(error, "an index");
    index->raw = options->raw;
    vultus_status status = search_new(dimension, options->raw, &index->search, error);
    if (!status && options->threads > 1)
        status = pool_open(options->threads, &index->pool, error);
    if (status)
        vultus_index_free(index);
    else
        *out = index;
    return status;
}

void vultus_index_free(vultus_index *index)
{
    if (!index)
        return;
    search_free(index->search);
    pool_close(index->pool);
    mem_free(index);
}

vultus_status vultus_index_add(vultus_index *index, const float *embeddings, size_t count,
                               vultus_error *error)
{
    if (!index || (count && !embeddings))
        return status_set(error, VULTUS_ERR_ARGUMENT, "an index and embeddings are needed");
    if (count > SEARCH_FACES_MAX - index->rows)
        return status_set(error, VULTUS_ERR_LIMIT, "more than %d rows in one index",
                          SEARCH_FACES_MAX);
    const size_t dimension = search_dimension(index->search);
    vultus_status status = search_reserve(index->search, index->rows + count, error);
    for (size_t i = 0; !status && i < count; i++) {
        const float *embedding = embeddings + i * dimension;
        status = decision_check(embedding, dimension, index->raw, "a row", NULL);
        if (status)
            return status_set(error, status, "row %zu is no embedding of this index", index->rows);
        int64_t id = (int64_t)index->rows;
        /* a person that was left without a face by a failure is taken the next time */
        if (search_members(index->search) == index->rows)
            status = search_add_person(index->search, id, "", error);
        if (!status)
            status = search_add_face(index->search, id, id, (const uint8_t *)embedding, error);
        index->rows += !status;
    }
    return status;
}

vultus_index_facts vultus_index_prepare(vultus_index *index)
{
    vultus_index_facts facts = {0};
    if (!index)
        return facts;
    facts.rows = index->rows;
    facts.embedding_bytes = index->rows * search_dimension(index->search) * sizeof(float);
    const struct search_codes_size codes = search_prepare(index->search);
    facts.code_bytes = codes.bytes;
    facts.code_axes = codes.axes;
    facts.fine_bytes = codes.fine_bytes;
    return facts;
}

static vultus_status check(const vultus_index *index, const vultus_index_query *query,
                           const void *hits, const void *counts, vultus_error *error)
{
    if (!index || !query || !hits || !counts || (query->count && !query->probes))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "an index, probes and a place for the answers are needed");
    if (query->capacity > VULTUS_TOP_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT, "%zu hits to find; at most %d are",
                          query->capacity, VULTUS_TOP_MAX);
    vultus_status status = VULTUS_OK;
    const size_t dimension = search_dimension(index->search);
    for (size_t i = 0; !status && i < query->count; i++)
        status =
            decision_check(query->probes + i * dimension, dimension, index->raw, "a probe", error);
    return status;
}

vultus_status vultus_index_search(vultus_index *index, const vultus_index_query *query,
                                  vultus_index_hit *hits, size_t *counts, vultus_error *error)
{
    vultus_status status = check(index, query, hits, counts, error);
    if (status)
        return status;
    vultus_metric metric = query->metric ? query->metric
                           : index->raw  ? VULTUS_METRIC_EUCLIDEAN
                                         : VULTUS_METRIC_COSINE;
    const struct decision_rule rule = {.metric = metric, .raw = index->raw};
    const struct search_request request = {.probes = query->probes,
                                           .count = query->count,
                                           .metric = metric,
                                           .capacity = query->capacity,
                                           .pool = query->threads == 1 ? NULL : index->pool,
                                           .plain = query->plain};
    struct search_hit *found = mem_array(query->count * query->capacity, sizeof *found);
    if (!found)
        return status_memory(error, "a search");
    status = search_nearest_many(index->search, &request, found, counts, error);
    for (size_t p = 0; !status && p < query->count; p++)
        for (size_t i = 0; i < counts[p]; i++) {
            const struct search_hit *hit = &found[p * query->capacity + i];
            vultus_comparison comparison;
            decision_compare(&rule, query->probes + p * search_dimension(index->search),
                             hit->embeddings[0], search_dimension(index->search), &comparison);
            hits[p * query->capacity + i] = (vultus_index_hit){.row = (size_t)hit->person,
                                                               .cosine = comparison.cosine,
                                                               .distance = comparison.distance};
        }
    mem_free(found);
    return status;
}
