/* The samples of one call of `add`, put in order, and what of them the gallery has already. */
#ifndef GALLERY_STORE_POSTGRES_BATCH_H
#define GALLERY_STORE_POSTGRES_BATCH_H

#include "gallery/store_postgres.h"

#define BATCH_NOBODY SIZE_MAX

struct batch_group { /* the samples by one embedder: entries first to end */
    const char *name;
    size_t dimension, first, end;
    struct store_postgres_embedder embedder;
};

struct batch_entry { /* by group, picture, place */
    const uint8_t *picture;
    size_t at;
    uint32_t group;
};

struct batch_name { /* by name; of those that are added */
    const char *name;
    size_t at; /* the first sample of that name */
    int64_t id;
    bool is_new;
};

struct store_postgres_batch {
    const struct store_sample *samples;
    size_t count;
    vultus_enrolled *out;
    char created[STORE_DATE_SIZE]; /* now */
    struct batch_group *groups;
    size_t group_count;
    struct batch_entry *entries;
    size_t *same;        /* of each sample: the one before with the same picture; BATCH_NOBODY */
    uint32_t *groups_of; /* of each sample */
    struct batch_name *names, **names_of;
    size_t name_count;
    bool bold; /* the gallery is not asked for the pictures: it is taken that it has none of them */
};

vultus_status store_postgres_batch_make(struct store_postgres_batch *batch,
                                        const struct store_sample *samples, size_t count,
                                        vultus_enrolled *out, vultus_error *error) VULTUS_MUST_USE;
void store_postgres_batch_free(struct store_postgres_batch *batch);
/* Whether a sample is to be added. */
bool store_postgres_batch_adds(const struct store_postgres_batch *batch, size_t at);
/* Asks the gallery: which pictures are there, who the people are, and what is refused. */
vultus_status store_postgres_batch_look(struct store_postgres *store,
                                        struct store_postgres_batch *batch,
                                        vultus_error *error) VULTUS_MUST_USE;

#endif
