/*
 * How rows say what they say, plain or encrypted: for the files of the SQLite store, and nobody else. Where nothing
 * is encrypted, columns have the texts and blobs themselves; where it is, keyed hashes and seals.
 */
#ifndef GALLERY_STORE_SQLITE_SEALED_H
#define GALLERY_STORE_SQLITE_SEALED_H

#include "gallery/store_sqlite.h"

/* Bytes of what is sealed of a fact: its key, a NUL, its value. */
#define STORE_FACT_MAX (VULTUS_FACT_KEY_MAX + 1 + VULTUS_FACT_VALUE_MAX)

/* ---- store_sqlite_protect.c */

/* A new gallery is encrypted where the store has a key: inside the transaction that makes it. */
vultus_status store_sqlite_protect(struct store_sqlite *store, vultus_error *error) VULTUS_MUST_USE;
/* Notes in the file whose keys it has; NULL: it is not encrypted. */
vultus_status store_sqlite_set_vault(struct store_sqlite *store, const struct vault *vault,
                                     vultus_error *error) VULTUS_MUST_USE;
/* Finds out whether the gallery is encrypted and, with the key of the store, its keys. DATABASE: there is no
 * key, it is another one, or nothing is encrypted and nobody said that it need not be. */
vultus_status store_sqlite_unlock(struct store_sqlite *store, vultus_error *error) VULTUS_MUST_USE;
/* DATABASE: the gallery has got another key since it was opened. */
vultus_status store_sqlite_same_key(struct store_sqlite *store,
                                    vultus_error *error) VULTUS_MUST_USE;

/* ---- store_sqlite_seal.c */

#define STORE_KEY_SIZE (2 * VAULT_HASH_SIZE + 1)

/* What a column has that is looked for by equality: the text, or in an encrypted gallery its keyed hash in
 * hexadecimal, written to `out`. NULL stays NULL. */
const char *store_sqlite_key(const struct store_sqlite *store, const char *text,
                             char out[STORE_KEY_SIZE]);
/* The same for the hash of a picture. */
const uint8_t *store_sqlite_picture(const struct store_sqlite *store,
                                    const uint8_t picture[HASH_SIZE], uint8_t out[HASH_SIZE]);
/* The id of the next row of a table with AUTOINCREMENT, which a seal needs before there is the row; 0 where
 * nothing is encrypted: SQLite finds one. */
vultus_status store_sqlite_next_id(struct store_sqlite *store, const char *table, int64_t *id,
                                   vultus_error *error) VULTUS_MUST_USE;

/* Binds what belongs to a place, sealed; nothing where nothing is encrypted. Result codes of SQLite. */
int store_sqlite_bind_sealed(const struct store_sqlite *store, struct sqlite3_stmt *statement,
                             int at, const struct vault_place *place, const void *bytes,
                             size_t size);
/* Opens a column, of at most `max` bytes, into `out`. False: it was changed, or is not there. */
bool store_sqlite_open_sealed(const struct store_sqlite *store, struct sqlite3_stmt *row,
                              int column, const struct vault_place *place, void *out, size_t max,
                              size_t *size);

/* The name in a column, whose seal is in the next one: NULL where it cannot be right. What it returns lives until
 * the row or `out` changes. */
const char *store_sqlite_name(const struct store_sqlite *store, struct sqlite3_stmt *row,
                              int column, int64_t person, char out[VULTUS_NAME_MAX + 1]);

/* The place of somebody's facts of a kind. */
struct vault_place store_sqlite_fact_place(int64_t person, vultus_fact_kind kind);
/* An embedding belongs to its face and to who that is. */
struct vault_place store_sqlite_embedding_place(int64_t face, int64_t person);

/* ---- store_sqlite_reseal.c: what changes hands is sealed for its new owner; nothing without encryption */

/* The embeddings of a query, one of QUERY_SEALS_OF_*, with these two values. */
vultus_status store_sqlite_reseal_faces(struct store_sqlite *store, enum store_sqlite_query query,
                                        int64_t first, int64_t second,
                                        vultus_error *error) VULTUS_MUST_USE;
/* The facts and refusals of somebody that somebody else has not. */
vultus_status store_sqlite_reseal_facts(struct store_sqlite *store, int64_t from, int64_t into,
                                        vultus_error *error) VULTUS_MUST_USE;

/* The camera of events, one of QUERY_SEALS_OF_EVENTS and QUERY_SEALS_OF_UNDO_EVENTS. */
vultus_status store_sqlite_reseal_events(struct store_sqlite *store, enum store_sqlite_query query,
                                         int64_t first, int64_t second,
                                         vultus_error *error) VULTUS_MUST_USE;

/* ---- store_sqlite_fact_rows.c */

/* VULTUS_FACT_KINDS where there is no such kind; `name` may be NULL. */
vultus_fact_kind store_sqlite_fact_kind(const char *name);
struct store_sqlite_fact {
    vultus_fact_kind kind;
    const char *key, *value; /* in the row or in `opened` */
    bool told; /* false: the column of the value is NULL, as of a fact that there was not */
    char opened[STORE_FACT_MAX + 1];
};
/* The fact in three columns from `column` on, and its seal: false where it cannot be right. */
bool store_sqlite_read_fact(const struct store_sqlite *store, struct sqlite3_stmt *row, int column,
                            int seal, int64_t person, struct store_sqlite_fact *out);
/* The picture that a refusal is of, and its seal. */
bool store_sqlite_read_refusal(const struct store_sqlite *store, struct sqlite3_stmt *row,
                               int column, int seal, int64_t person, uint8_t out[HASH_SIZE]);
/* The key of a fact, a NUL and its value, as they are sealed; returns their bytes. */
size_t store_sqlite_pack_fact(const char *key, const char *value, char out[STORE_FACT_MAX + 1]);

/* ---- store_sqlite_face_rows.c */

#define STORE_LANDMARKS_SIZE ((size_t)8 * VULTUS_LANDMARKS)
#define STORE_FACE_MAX (HASH_SIZE + STORE_LANDMARKS_SIZE + 1 + VULTUS_SOURCE_MAX)

struct store_sqlite_face { /* what is sealed of a face */
    uint8_t picture[HASH_SIZE];
    uint8_t landmarks[STORE_LANDMARKS_SIZE]; /* little-endian floats */
    const char *source;                      /* NULL: not known; else in the row or in `opened` */
    uint8_t opened[STORE_FACE_MAX + 1];
};
struct store_sqlite_face_columns {
    int picture, source, landmarks, seal;
};
/* Returns what is wrong with a row, as the end of a sentence, or NULL. */
const char *store_sqlite_read_face(const struct store_sqlite *store, struct sqlite3_stmt *row,
                                   const struct store_sqlite_face_columns *columns, int64_t face,
                                   struct store_sqlite_face *out);
/* As it is sealed; returns its bytes. */
size_t store_sqlite_pack_face(const struct store_sqlite_face *face, uint8_t out[STORE_FACE_MAX]);

/* The bytes of an embedding of `count` floats: in the row, or in `scratch`, which has room for them; NULL: there is
 * none, or it was changed. */
const uint8_t *store_sqlite_embedding(const struct store_sqlite *store, struct sqlite3_stmt *row,
                                      int column, int64_t face, int64_t person, size_t count,
                                      uint8_t *scratch);

/* ---- store_sqlite_history.c: the texts of a change */

/* What is sealed of a change: both texts, each behind a byte that says whether there is one. */
#define STORE_TEXTS_MAX (2 * (STORE_CHANGE_MAX + 2))
size_t store_sqlite_pack_texts(const char *before, const char *after, char out[STORE_TEXTS_MAX]);

struct store_sqlite_change {
    char actor[VULTUS_NAME_MAX + 1];
    const char *texts[2]; /* before and after, in `opened`; NULL: nothing, or erased */
    char opened[STORE_TEXTS_MAX + 1];
};
/* The actor in a column, sealed, and the texts in the next one. */
bool store_sqlite_open_change(const struct store_sqlite *store, struct sqlite3_stmt *row,
                              int column, int64_t id, struct store_sqlite_change *out);

/* ---- store_sqlite_trace_sealed.c */

/* Of an encrypted gallery, whose texts SQLite cannot read: rows that have just the name, and inside others. */
vultus_status store_sqlite_trace_sealed(struct store_sqlite *store, const char *name,
                                        vultus_trace *out, vultus_error *error) VULTUS_MUST_USE;

#endif
