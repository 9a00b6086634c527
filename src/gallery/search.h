/*
 * Exact search: all embeddings of one embedder in one aligned matrix, and who they belong to. Every
 * person counts once, by the nearest of their faces. Large indexes have short codes beside the
 * embeddings (gallery/coding.h), which are brought up to date by the first search after a change; one
 * without change allocates nothing. Knows nothing of databases: a store fills it.
 */
#ifndef GALLERY_SEARCH_H
#define GALLERY_SEARCH_H

#include "base/status.h"

#define SEARCH_DIMENSION_MAX 4096 /* eight times the longest embedding in use */
#define SEARCH_FACES_MAX 50000000 /* rows and people are counted in 32 bits, with room */

struct search;

/* An index without faces, of vectors of unit length or (`raw`) of any. MEMORY, ARGUMENT: a dimension
 * of 0 or over the maximum. */
vultus_status search_new(size_t dimension, bool raw, struct search **out,
                         vultus_error *error) VULTUS_MUST_USE;
/* Overwrites the embeddings. */
void search_free(struct search *search);
/* Forgets and overwrites everything but the dimension. */
void search_clear(struct search *search);

size_t search_dimension(const struct search *search);
/* People that have a face here, and faces. */
size_t search_people(const struct search *search);
size_t search_faces(const struct search *search);

/* People that were added, also those without a face, and those who were erased from a file. */
size_t search_members(const struct search *search);
/* People without a face here. */
size_t search_others(const struct search *search);

/* The place of a person among the members, which a filter has a bit for; search_members: not here. */
size_t search_member(const struct search *search, int64_t id);
/* People with a face and faces among those whom a filter allows. */
void search_count(const struct search *search, const uint64_t *allowed, size_t *people,
                  size_t *faces);

/* Whether the last answers count: of a file that others have changed meanwhile, or that turned out to be damaged,
 * they do not. */
enum search_state { SEARCH_SOUND, SEARCH_CHANGED, SEARCH_DAMAGED };
enum search_state search_state(const struct search *search);

/* Room for that many faces in all, so that filling copies nothing. */
vultus_status search_reserve(struct search *search, size_t faces,
                             vultus_error *error) VULTUS_MUST_USE;

/* People come in the order of their ids. ARGUMENT: the id is not larger than the one before. */
vultus_status search_add_person(struct search *search, int64_t id, const char *name,
                                vultus_error *error) VULTUS_MUST_USE;

/* `vector`: dimension little-endian float32. NOT_FOUND: no such person was added. FORMAT: not
 * finite, or not of unit length. The message of both is the end of a sentence about the row. */
vultus_status search_add_face(struct search *search, int64_t face, int64_t person,
                              const uint8_t *vector, vultus_error *error) VULTUS_MUST_USE;

/* How much a face counts in the mean of its person, from its measures: 0..1, or NaN: not known. */
typedef float search_weigher(const vultus_face *measures);
#define SEARCH_WEIGHT_MIN                                                                          \
    0.02f /* of the worst face: a person with bad pictures only has a mean, too */

/* Of an encrypted gallery: embeddings are kept out of core dumps and, as far as is allowed, of the swap. */
void search_guard(struct search *search);
/* NULL: all faces count alike. */
void search_set_weigher(struct search *search, search_weigher *weigher);
/* Weighs the face that was added last. */
void search_weigh_last(struct search *search, const vultus_face *measures);

#define SEARCH_SET 3 /* faces of a person that a set distance is the mean of */

struct search_hit {
    int64_t person, face;
    const char *name;                    /* lives until the index changes, like the embeddings */
    const float *embeddings[SEARCH_SET]; /* what the probe was compared with, the nearest first */
    size_t count;                        /* of them; more than one only for a set */
    float score;                         /* larger is nearer; comparable within one search only */
};

struct search_codes_size {
    size_t bytes, axes; /* 0: there are none */
    size_t fine_bytes;
};
/* Brings the codes up to date, and says how large they are. */
struct search_codes_size search_prepare(struct search *search);

/*
 * The nearest people to a vector in a metric, nearest first, at most VULTUS_TOP_MAX; equally near people
 * by their ids, and of equally near faces the smaller id. Returns how many hits were written.
 */
size_t search_nearest(struct search *search, const float *probe, vultus_metric metric,
                      struct search_hit *hits, size_t capacity);

struct pool;

/*
 * The same by one of the ways to compare a person with several faces (search_templates.c). With a mean the
 * face of a hit is the person's that weighs most. MEMORY: only when it is the first time, or after the
 * index has changed.
 */
struct search_way {
    vultus_metric metric;
    vultus_template templates;
    const uint64_t *allowed; /* who may be found: a bit for each member; NULL: everybody */
    struct pool *pool;       /* NULL: one thread */
};
vultus_status search_nearest_by(struct search *search, const float *probe,
                                const struct search_way *way, struct search_hit *hits,
                                size_t capacity, size_t *count,
                                vultus_error *error) VULTUS_MUST_USE;

struct search_request {
    const float *probes; /* count x dimension */
    size_t count;
    vultus_metric metric;
    size_t capacity;         /* hits for each probe */
    struct pool *pool;       /* NULL: one thread */
    bool plain;              /* without codes: every face is compared */
    const uint64_t *allowed; /* as in search_way */
};
/* The same for many probes with one reading of the index: hits of probe i from hits[i * capacity] on, and
 * their number in counts[i]. MEMORY. */
vultus_status search_nearest_many(struct search *search, const struct search_request *request,
                                  struct search_hit *hits, size_t *counts,
                                  vultus_error *error) VULTUS_MUST_USE;

#endif
