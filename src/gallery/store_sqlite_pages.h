/* What of the SQLite store is read and changed a page or a face at a time; nobody but its files includes this. */
#ifndef GALLERY_STORE_SQLITE_PAGES_H
#define GALLERY_STORE_SQLITE_PAGES_H

#include "gallery/store_sqlite.h"

/* ---- store_sqlite_people.c, store_sqlite_facts.c, store_sqlite_records.c */

/* A row of QUERY_PEOPLE, QUERY_PEOPLE_PAGE or QUERY_ONE_PERSON. */
vultus_status store_sqlite_read_person(struct store_sqlite *store, struct sqlite3_stmt *row,
                                       vultus_person *out, vultus_error *error) VULTUS_MUST_USE;
/* The person and the picture of a face. NOT_FOUND. */
vultus_status store_sqlite_find_face(struct store_sqlite *store, int64_t face, int64_t *person,
                                     uint8_t picture[HASH_SIZE],
                                     vultus_error *error) VULTUS_MUST_USE;

/* Whose face it is, of a row as store_sqlite_record reads it. */
int64_t store_sqlite_record_person(struct sqlite3_stmt *row);

/* ---- store_sqlite_pages.c, store_sqlite_split.c */

vultus_status store_sqlite_one_person(struct store *store, const char *name, vultus_person *out,
                                      vultus_error *error);
vultus_status store_sqlite_people_page(struct store *store, const vultus_people_query *query,
                                       vultus_people *out, size_t *total, vultus_error *error);
vultus_status store_sqlite_faces_from(struct store *store, int64_t face, size_t most,
                                      vultus_named_faces *out, vultus_error *error);
vultus_status store_sqlite_count_facts(struct store *store, vultus_fact_kind kind,
                                       vultus_fact_counts *out, vultus_error *error);
vultus_status store_sqlite_erase_face(struct store *store, int64_t face, vultus_error *error);
vultus_status store_sqlite_split(struct store *store, const struct store_split *split,
                                 vultus_error *error);

#endif
