/* What a search index is made of, for the files that are it. */
#ifndef GALLERY_SEARCH_INDEX_H
#define GALLERY_SEARCH_INDEX_H

#include "base/memory.h"
#include "gallery/coding.h"
#include "gallery/search.h"

#include <stdatomic.h>

#define SEARCH_LINE (MEM_ALIGNMENT / sizeof(float))
/* Floats from one row to the next. */
#define SEARCH_STRIDE(dimension) (((dimension) + SEARCH_LINE - 1) / SEARCH_LINE * SEARCH_LINE)

struct member {
    int64_t id;
    uint64_t name; /* where it begins in the names */
};

#define NOBODY UINT32_MAX /* whose a row is that was erased */

struct row {
    int64_t face;
    uint32_t member;
    float squared;  /* length of its vector */
    float weight;   /* in the mean of its person */
    uint32_t check; /* a checksum of its vector */
};

struct top { /* a face, and how near it is to a probe */
    float score;
    uint32_t row;
};

struct search {
    size_t dimension, stride;
    bool raw, guarded;
    search_weigher *weigher;
    float *matrix; /* capacity rows */
    struct row *rows;
    size_t faces, capacity;
    size_t erased;          /* of the faces: rows of NOBODY */
    struct member *members; /* by id */
    bool *has_face;         /* of each member */
    size_t members_count, members_capacity;
    char *names; /* one behind the other, each with its NUL */
    size_t names_size, names_capacity;
    size_t people;
    size_t gone; /* of the members: those who were erased, and have no name */
    /* codes of the first `coded` faces, whole groups; none in a small index */
    struct axes axes;
    struct codes_scratch *scratch;
    uint8_t *codes;
    uint8_t *fine; /* codes of as many; NULL: there are none */
    size_t coded, groups_capacity;
    size_t learnt_from;     /* faces that there were when the axes were learnt */
    struct search_map *map; /* the file in which some of these arrays lie; NULL: none do */
    atomic_bool damaged;    /* an embedding in the file was not what its row says */
    /* search_templates.c: nothing until it is asked for */
    struct search *means;              /* one face for each person */
    size_t means_faces, means_members; /* that this index had when they were made */
    struct top *tops;                  /* SEARCH_SET for each member, the nearest first */
    size_t tops_capacity;              /* members */
};

static inline const char *search_name(const struct search *search, size_t member)
{
    return search->names + search->members[member].name;
}

/* Whether a row's vector is what it was; who finds that it is not may not use it. Only files are in doubt. */
bool search_map_whole(const struct search *search, size_t row);
static inline bool search_whole(const struct search *search, size_t row)
{
    return !search->map || search_map_whole(search, row);
}

/* A row's vector. */
static inline const float *search_vector(const struct search *search, size_t row)
{
    return search->matrix + row * search->stride;
}

/* `allowed` has a bit for each member; NULL: all of them. */
static inline bool search_counts(const struct search *search, const uint64_t *allowed, size_t row)
{
    uint32_t member = search->rows[row].member;
    return member != NOBODY && (!allowed || (allowed[member / 64] >> member % 64 & 1));
}

/* Puts a name behind the others; *at is where it begins. */
vultus_status search_add_name(struct search *search, const char *name, uint64_t *at,
                              vultus_error *error) VULTUS_MUST_USE;

/* Bigger room for an array of the index, with what is in it; NULL: there is no memory. The old one is wiped. */
void *search_grow(const struct search *search, void *block, size_t used, size_t old_capacity,
                  size_t capacity, size_t size);
/* Gives an array back, unless it lies in the file. */
void search_release(const struct search *search, void *block, size_t bytes);

/* search_map.c */
bool search_map_holds(const struct search_map *map, const void *block);
/* Lays the codes into the file that is being made; false: there is none, or no room. */
bool search_map_codes(struct search *search);
void search_map_close(struct search *search);
/* After a search: of a very large file, what was looked at may leave this process' memory. */
void search_map_rest(const struct search *search);
/* Whoever goes through all rows of a file has done with those up to this one: they may leave this process' memory. */
void search_map_passed(const struct search *search, size_t row);
/* The same of the embeddings between two rows of a file that is being made. */
void search_map_leave_rows(const struct search *search, size_t from, size_t to);

/* From the product of a probe and a row to what ranks in a metric. */
float search_score(const struct search *search, size_t row, vultus_metric metric, float product);
/* Codes what is not coded yet, if the index is large enough. Where memory runs out it stays as it was:
 * codes are for speed only. */
void search_codes_update(struct search *search);
void search_codes_clear(struct search *search);

#endif
