/* What of the PostgreSQL store is read and changed a page or a face at a time; nobody but its files includes this. */
#ifndef GALLERY_STORE_POSTGRES_PAGES_H
#define GALLERY_STORE_POSTGRES_PAGES_H

#include "gallery/store_postgres.h"

/* ---- store_postgres_people.c, store_postgres_facts.c */

/* A row of POSTGRES_PEOPLE, POSTGRES_PEOPLE_PAGE or POSTGRES_ONE_PERSON. */
vultus_status store_postgres_read_person(struct store_postgres *store, const PGresult *rows,
                                         int row, vultus_person *out,
                                         vultus_error *error) VULTUS_MUST_USE;

struct store_postgres_face {
    int64_t face, person, embedder;
    const char *into; /* who is to have it */
    uint8_t picture[HASH_SIZE];
};
/* Whose face it is, by which embedder and of which picture; `context` is a struct store_postgres_face. NOT_FOUND. */
vultus_status store_postgres_find_face(struct store_postgres *store, void *context,
                                       vultus_error *error) VULTUS_MUST_USE;

/* ---- store_postgres_pages.c, store_postgres_split.c */

vultus_status store_postgres_one_person(struct store *store, const char *name, vultus_person *out,
                                        vultus_error *error);
vultus_status store_postgres_people_page(struct store *store, const vultus_people_query *query,
                                         vultus_people *out, size_t *total, vultus_error *error);
vultus_status store_postgres_faces_from(struct store *store, int64_t face, size_t most,
                                        vultus_named_faces *out, vultus_error *error);
vultus_status store_postgres_count_facts(struct store *store, vultus_fact_kind kind,
                                         vultus_fact_counts *out, vultus_error *error);
vultus_status store_postgres_erase_face(struct store *store, int64_t face, vultus_error *error);
vultus_status store_postgres_split(struct store *store, const struct store_split *split,
                                   vultus_error *error);

/* ---- store_postgres_beside.c */

vultus_status store_postgres_beside(const char *rest, const char *suffix, struct buffer *out,
                                    vultus_error *error);
vultus_status store_postgres_besides(struct store *store, const char *suffix, vultus_besides *out,
                                     vultus_error *error);

#endif
