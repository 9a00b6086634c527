/*
 * vultus, chapter index: exact search over embeddings in memory, without people and without a database, for
 * programs that keep their own. Included by vultus.h, whose contract holds here too.
 *
 *     vultus_index *index = NULL;
 *     vultus_index_hit nearest[5];
 *     size_t found;
 *     vultus_index_query query = {.probes = probe, .count = 1, .capacity = 5};
 *     if (!vultus_index_new(192, NULL, &index, &error) &&
 *         !vultus_index_add(index, embeddings, 100000, &error) &&
 *         !vultus_index_search(index, &query, nearest, &found, &error))
 *         printf("nearest: row %zu, cosine %.3f\n", nearest[0].row, nearest[0].cosine);
 *     vultus_index_free(index);
 */
#ifndef VULTUS_INDEX_H
#define VULTUS_INDEX_H

#include <vultus/core.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vultus_index vultus_index;

typedef struct vultus_index_options {
    bool raw;         /* embeddings keep their length, as vultus_engine_raw says; else it is 1 */
    unsigned threads; /* that a search may use; 0 or 1: only the caller's own */
} vultus_index_options;

/* An index without rows. ARGUMENT: a dimension of 0 or over 4096. Free with vultus_index_free. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_index_new(size_t dimension,
                                                          const vultus_index_options *options,
                                                          vultus_index **out, vultus_error *error);
/* Overwrites the embeddings. */
VULTUS_API void vultus_index_free(vultus_index *index);

/* Adds `count` rows of `dimension` floats, which get the next numbers from 0 on. ARGUMENT names the row that is
 * no embedding; those before it are in the index. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_index_add(vultus_index *index,
                                                          const float *embeddings, size_t count,
                                                          vultus_error *error);

typedef struct vultus_index_facts {
    size_t rows;
    size_t embedding_bytes; /* of all rows, as they were given */
    size_t code_bytes; /* of what a search reads first; 0: a small index has its embeddings only */
    size_t code_axes;  /* numbers of half a byte for each row */
    size_t fine_bytes; /* of a byte for each such number, read of rows that may be near */
} vultus_index_facts;

/* Brings the codes up to date, which the next search would do, and says what the index holds. */
VULTUS_API vultus_index_facts vultus_index_prepare(vultus_index *index);

typedef struct vultus_index_hit {
    size_t row;
    float cosine;   /* -1..1 */
    float distance; /* in the metric */
} vultus_index_hit;

typedef struct vultus_index_query {
    const float *probes; /* count x dimension; many share one reading of the index */
    size_t count;
    vultus_metric metric; /* VULTUS_METRIC_OWN: cosine, of raw embeddings the Euclidean distance */
    size_t capacity;      /* hits for each probe; at most VULTUS_TOP_MAX */
    bool plain;           /* compare every row: the same answers, slower; to check that they are */
    unsigned threads;     /* 1: only the caller's own; 0: all that the index may use */
} vultus_index_query;

/*
 * The nearest rows to each probe, the nearest first, equally near ones by their numbers: exactly those that
 * comparing every row would give. Hits of probe i are hits[i * capacity] on, counts[i] of them.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_index_search(vultus_index *index,
                                                             const vultus_index_query *query,
                                                             vultus_index_hit *hits, size_t *counts,
                                                             vultus_error *error);

#ifdef __cplusplus
}
#endif
#endif
