/* What indexes are filled from, and the search files: for the files of the SQLite store, and nobody else. */
#ifndef GALLERY_STORE_SQLITE_INDEX_H
#define GALLERY_STORE_SQLITE_INDEX_H

#include "gallery/search_file.h"
#include "gallery/store_sqlite.h"

/* ---- store_sqlite_sync.c */

/* The number that a query with at most one argument gives. */
vultus_status store_sqlite_ask(struct store_sqlite *store, enum store_sqlite_query query,
                               const int64_t *argument, int64_t *out,
                               vultus_error *error) VULTUS_MUST_USE;
/* What there is to know of the database, and its id of the embedder. Inside a transaction. */
vultus_status store_sqlite_look(struct store_sqlite *store, const char *embedder, size_t dimension,
                                struct store_mark *now, int64_t *id,
                                vultus_error *error) VULTUS_MUST_USE;
/* A statement with the faces of an embedder behind one that count in an index: face, person, vector, measures. */
vultus_status store_sqlite_ask_faces(struct store_sqlite *store, int64_t face, int64_t embedder,
                                     struct sqlite3_stmt **out,
                                     vultus_error *error) VULTUS_MUST_USE;
/* Adds people behind those of the mark. */
vultus_status store_sqlite_add_people(struct store_sqlite *store, struct search *index,
                                      struct store_mark *mark, vultus_error *error) VULTUS_MUST_USE;
/* Adds the face of such a row. */
vultus_status store_sqlite_add_face(struct store_sqlite *store, struct search *index,
                                    struct sqlite3_stmt *row, int64_t id,
                                    vultus_error *error) VULTUS_MUST_USE;
/* Adds people and faces behind those of the mark. NOT_FOUND: a face belongs to somebody whom the index does not
 * know. */
vultus_status store_sqlite_add_new(struct store_sqlite *store, int64_t embedder,
                                   struct search *index, struct store_mark *mark,
                                   vultus_error *error) VULTUS_MUST_USE;
vultus_status store_sqlite_sync(struct store *store, const char *embedder, struct search *index,
                                struct store_mark *mark, vultus_error *error);
void store_sqlite_keep_file(struct store *store, const char *embedder, struct search *index,
                            struct store_mark *mark);
vultus_status store_sqlite_other(struct store *store, const char *embedder,
                                 char out[STORE_EMBEDDER_MAX + 1], vultus_error *error);

/* ---- store_sqlite_fill.c */

/* Fills an index anew, from its search file where there is one that fits, inside a read transaction; leaves
 * another where it had to wait for somebody. `broken`: the file that the index had is damaged. */
struct store_sqlite_filling {
    struct store_sqlite *store;
    const char *embedder;
    int64_t id; /* of the embedder */
    struct search *index;
    struct store_mark *now;
    bool broken;
};
vultus_status store_sqlite_fill(struct store_sqlite_filling *filling,
                                vultus_error *error) VULTUS_MUST_USE;
/* Writes to the search file what has come, outside of transactions. */
void store_sqlite_keep(const struct store_sqlite_filling *filling);

/* ---- store_sqlite_search.c */

#define STORE_SQLITE_SEARCHES_MAX 16 /* embedders with a search file each */

/* Where the search file of an embedder is; false: this gallery has none. */
bool store_sqlite_search_path(const struct store_sqlite *store, const char *embedder,
                              char out[FILE_PATH_MAX]);
/* A line for the user, who is to know and need not do anything. */
void store_sqlite_tell(const struct store_sqlite *store, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A mark for a file, and whether one is that of the database as it is: NOT_FOUND. Inside a transaction. */
vultus_status store_sqlite_identity(struct store_sqlite *store, int64_t person, int64_t face,
                                    uint8_t out[HASH_SIZE], vultus_error *error) VULTUS_MUST_USE;
vultus_status store_sqlite_file_mark(struct store_sqlite *store, const struct store_mark *mark,
                                     struct search_file_mark *out,
                                     vultus_error *error) VULTUS_MUST_USE;
vultus_status store_sqlite_file_fits(struct store_sqlite *store, const struct store_mark *now,
                                     const struct search_file_mark *mark,
                                     vultus_error *error) VULTUS_MUST_USE;
/* Paths of those there are. */
vultus_status store_sqlite_search_files(const struct store_sqlite *store, struct file_list *out,
                                        vultus_error *error) VULTUS_MUST_USE;
/* Overwrites and removes all search files of a database. */
vultus_status store_sqlite_remove_searches(const char *path, vultus_error *error) VULTUS_MUST_USE;

/* ---- store_sqlite_patch.c */

/* A change of what search files have; all zero before the first person. */
struct store_sqlite_changes {
    bool erase; /* somebody is erased: what cannot be changed is removed */
    bool changed;
    int64_t edits; /* of the database: before, and then after it */
    struct store_ids people;
    struct file_list files;
    struct search_file_change *items[STORE_SQLITE_SEARCHES_MAX]; /* of the files; NULL: not open */
    struct search_file_mark marks[STORE_SQLITE_SEARCHES_MAX];
};
/* Whom a change is about, in its transaction and before it. Ends with store_sqlite_end_changes, also after a failure. */
vultus_status store_sqlite_concern(struct store_sqlite *store, struct store_sqlite_changes *changes,
                                   int64_t person, vultus_error *error) VULTUS_MUST_USE;
/* Changes the files and ends the transaction as store_sqlite_end does. */
vultus_status store_sqlite_end_changes(struct store_sqlite *store,
                                       struct store_sqlite_changes *changes, vultus_status status,
                                       vultus_error *error) VULTUS_MUST_USE;
/* Removes files that do not stand for this count of edits. */
vultus_status store_sqlite_remove_stale(struct store_sqlite *store, int64_t edits,
                                        vultus_error *error) VULTUS_MUST_USE;

/* ---- store_sqlite_check_search.c */

struct store_sqlite_findings {
    vultus_faults *faults;
    bool repair; /* removes files with faults */
    const vultus_progress *progress;
};
/* Compares the search files with the database, inside a transaction. */
vultus_status store_sqlite_check_searches(struct store_sqlite *store,
                                          struct store_sqlite_findings *findings,
                                          vultus_error *error) VULTUS_MUST_USE;

#endif
