/* What a search index is made of, for the files that are it. */
#ifndef GALLERY_SEARCH_INDEX_H
#define GALLERY_SEARCH_INDEX_H

#include "gallery/coding.h"
#include "gallery/search.h"

struct member {
    int64_t id;
    char *name;
    bool has_face;
};

struct row {
    int64_t face;
    uint32_t member;
    float squared; /* length of its vector */
    float weight;  /* in the mean of its person */
};

struct top { /* a face, and how near it is to a probe */
    float score;
    uint32_t row;
};

struct search {
    size_t dimension, stride;
    bool raw;
    search_weigher *weigher;
    float *matrix; /* capacity rows */
    struct row *rows;
    size_t faces, capacity;
    struct member *members; /* by id */
    size_t members_count, members_capacity;
    size_t people;
    /* codes of the first `coded` faces, whole groups; none in a small index */
    struct axes axes;
    struct codes_scratch *scratch;
    uint8_t *codes;
    size_t coded, groups_capacity;
    size_t learnt_from; /* faces that there were when the axes were learnt */
    /* search_templates.c: nothing until it is asked for */
    struct search *means;              /* one face for each person */
    size_t means_faces, means_members; /* that this index had when they were made */
    struct top *tops;                  /* SEARCH_SET for each member, the nearest first */
    size_t tops_capacity;              /* members */
};

/* From the product of a probe and a row to what ranks in a metric. */
float search_score(const struct search *search, size_t row, vultus_metric metric, float product);
/* Codes what is not coded yet, if the index is large enough. Where memory runs out it stays as it was:
 * codes are for speed only. */
void search_codes_update(struct search *search);
void search_codes_clear(struct search *search);

#endif
