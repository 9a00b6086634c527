/* What the files of the PostgreSQL store share; nobody else includes this. */
#ifndef GALLERY_STORE_POSTGRES_H
#define GALLERY_STORE_POSTGRES_H

#include "base/buffer.h"
#include "gallery/store_postgres_place.h"
#include "gallery/store_postgres_sql.h"
#include "gallery/store_rows.h"

/* libpq's */
typedef struct pg_conn PGconn;
typedef struct pg_result PGresult;

/* How long to wait for other processes and for a server that is away. */
#define STORE_POSTGRES_WAIT_MS 10000

/* What the last statement that failed means for its transaction. */
enum store_postgres_failure {
    POSTGRES_FAILED,    /* as the line says */
    POSTGRES_AGAIN,     /* another transaction stood in the way: run it again */
    POSTGRES_LOST,      /* the connection is gone */
    POSTGRES_CONSTRAINT /* a name or a row is there already, or is not there */
};

/* The counters of a gallery: one row, which every writer locks first. So ids are given in the order in which
 * they become visible, and a reader that knows the counters knows what it has not seen. */
struct store_postgres_state {
    int64_t edits; /* renames, moves, removals: whatever a filled index cannot follow */
    int64_t person, face, history, event; /* the last ids that were given */
};

struct store_postgres_embedder {
    int64_t id; /* 0: not known */
    size_t dimension;
    bool unit, some; /* its embeddings are of unit length; there are faces by it */
};

/* What is known of an embedder for searches by the server. */
struct store_postgres_view {
    char embedder[STORE_EMBEDDER_MAX + 1]; /* "": nothing yet */
    struct store_postgres_embedder found;
    struct store_postgres_state state; /* when it was counted */
    struct store_counts counts;
    bool by_server;
    uint64_t at, took; /* when, in clock_ns, and how long that took */
};

struct store_postgres {
    struct store base;
    struct store_postgres_place place;
    PGconn *link;
    const struct store_postgres_dialect *dialect;
    uint64_t prepared[POSTGRES_QUERY_COUNT]; /* hash of the text that is prepared; 0: none */
    enum store_postgres_failure failure;
    struct store_postgres_state state, before; /* inside a transaction that writes */
    int64_t
        token; /* of this transaction, in its lines of history: so its COMMIT can be looked up */
    bool read_only, cancelled;
    bool wary;              /* pictures of the last import were there already */
    char vector_schema[64]; /* where the type is */
    char actor[VULTUS_NAME_MAX + 1];
    struct store_postgres_view view;
    uint8_t *vector; /* 4 * SEARCH_DIMENSION_MAX: one that was read, little-endian */
};

/* ---- store_postgres_link.c */

/* Connects where there is no connection. `patient`: a server that is away may come back. */
vultus_status store_postgres_connect(struct store_postgres *store, bool patient,
                                     vultus_error *error) VULTUS_MUST_USE;
void store_postgres_disconnect(struct store_postgres *store);
/* A statement without values, or several. `out` may be NULL, else it is given back with PQclear. */
vultus_status store_postgres_execute(struct store_postgres *store, const char *sql, PGresult **out,
                                     vultus_error *error) VULTUS_MUST_USE;
/* The status and the line for a result; VULTUS_OK for those that are good. */
vultus_status store_postgres_status(struct store_postgres *store, const PGresult *result,
                                    vultus_error *error);
/* DATABASE: a row that cannot be right. `fault` is the end of a sentence about it. */
vultus_status store_postgres_bad_row(struct store_postgres *store, const char *table, int64_t id,
                                     const char *fault, vultus_error *error);
/* Runs what may take long, without the limit on statements, and asks `progress` now and then. */
vultus_status store_postgres_long(struct store_postgres *store, const char *sql,
                                  const vultus_progress *progress,
                                  vultus_error *error) VULTUS_MUST_USE;

/* ---- store_postgres_values.c */

#define POSTGRES_VALUES_MAX 21

struct store_postgres_values { /* what is bound to a statement, in its order */
    int count;
    const char *data[POSTGRES_VALUES_MAX];
    int sizes[POSTGRES_VALUES_MAX], formats[POSTGRES_VALUES_MAX];
    char numbers[POSTGRES_VALUES_MAX][8];
};

void store_postgres_add_number(struct store_postgres_values *values, int64_t number);
/* A float8; NaN is NULL. */
void store_postgres_add_real(struct store_postgres_values *values, double number);
void store_postgres_add_text(struct store_postgres_values *values, const char *text); /* or NULL */
void store_postgres_add_bytes(struct store_postgres_values *values, const void *data, size_t size);

/* Big-endian, as PostgreSQL's binary formats have everything. */
void store_postgres_put(uint8_t *out, uint64_t number, size_t bytes);
/* A vector: its dimension, and floats. */
vultus_status store_postgres_vector(struct buffer *out, const float *values, size_t dimension,
                                    vultus_error *error) VULTUS_MUST_USE;
/* An array of texts or bytes, made with its length first and then its items. */
enum store_postgres_array { POSTGRES_TEXTS = 25, POSTGRES_BYTES = 17 };
vultus_status store_postgres_array(struct buffer *out, enum store_postgres_array type, size_t count,
                                   vultus_error *error) VULTUS_MUST_USE;
vultus_status store_postgres_item(struct buffer *out, const void *data, size_t size,
                                  vultus_error *error) VULTUS_MUST_USE;

/* Values of a row, of which nothing is believed. 0, NULL and false for what is missing or of another size. */
int64_t store_postgres_number(const PGresult *result, int row, int column);
double store_postgres_real(const PGresult *result, int row, int column); /* NaN: missing */
const char *store_postgres_text(const PGresult *result, int row, int column, size_t max);
struct store_bytes store_postgres_bytes(const PGresult *result, int row, int column);
/* A vector as little-endian floats in store->vector; none when it is not one. */
struct store_bytes store_postgres_floats(struct store_postgres *store, const PGresult *result,
                                         int row, int column);

/* ---- store_postgres_transaction.c */

/*
 * Runs `work` in a transaction, and again when another one stood in the way or the connection was lost, until
 * STORE_POSTGRES_WAIT_MS are over. Whatever `work` writes through `context` is of the last run only. A lost
 * answer to COMMIT is looked up where the server can tell.
 */
typedef vultus_status store_postgres_work(struct store_postgres *store, void *context,
                                          vultus_error *error);
vultus_status store_postgres_write(struct store_postgres *store, store_postgres_work *work,
                                   void *context, vultus_error *error) VULTUS_MUST_USE;
/* All statements see the same moment. */
vultus_status store_postgres_read(struct store_postgres *store, store_postgres_work *work,
                                  void *context, vultus_error *error) VULTUS_MUST_USE;

/* One statement that reads, without a transaction around it. */
vultus_status store_postgres_glance(struct store_postgres *store, store_postgres_work *work,
                                    void *context, vultus_error *error) VULTUS_MUST_USE;

/* Runs a query of the table, prepared; `out` (may be NULL) has the rows. `embedder`: whose table # is. */
vultus_status store_postgres_ask(struct store_postgres *store, enum store_postgres_query query,
                                 int64_t embedder, const struct store_postgres_values *values,
                                 PGresult **out, vultus_error *error) VULTUS_MUST_USE;
/* The same, with a word for the text's "@". */
vultus_status store_postgres_ask_with(struct store_postgres *store, enum store_postgres_query query,
                                      int64_t embedder, const char *word,
                                      const struct store_postgres_values *values, PGresult **out,
                                      vultus_error *error) VULTUS_MUST_USE;
/* The same for statements that bind only numbers and have no rows. */
vultus_status store_postgres_do(struct store_postgres *store, enum store_postgres_query query,
                                const int64_t *numbers, size_t count,
                                vultus_error *error) VULTUS_MUST_USE;
/* The same for those that answer with one number; 0 when there is no row. */
vultus_status store_postgres_ask_number(struct store_postgres *store,
                                        enum store_postgres_query query, int64_t embedder,
                                        const int64_t *numbers, size_t count, int64_t *out,
                                        vultus_error *error) VULTUS_MUST_USE;

/* ---- store_postgres_copy.c */

/* COPY FROM STDIN, binary: begin, for each row `row` and its fields, then end. After a failure in between
 * `end` is called with it. */
struct store_postgres_copy {
    struct store_postgres *store;
    struct buffer rows; /* that were not sent yet */
};
vultus_status store_postgres_copy_begin(struct store_postgres *store, const char *table,
                                        struct store_postgres_copy *copy,
                                        vultus_error *error) VULTUS_MUST_USE;
vultus_status store_postgres_copy_row(struct store_postgres_copy *copy, unsigned fields,
                                      vultus_error *error) VULTUS_MUST_USE;
vultus_status store_postgres_copy_number(struct store_postgres_copy *copy, int64_t number,
                                         vultus_error *error) VULTUS_MUST_USE;
vultus_status store_postgres_copy_real(struct store_postgres_copy *copy, float number,
                                       vultus_error *error) VULTUS_MUST_USE;
/* Text or bytes; NULL is SQL's NULL. */
vultus_status store_postgres_copy_bytes(struct store_postgres_copy *copy, const void *data,
                                        size_t size, vultus_error *error) VULTUS_MUST_USE;
vultus_status store_postgres_copy_vector(struct store_postgres_copy *copy, const float *values,
                                         size_t dimension, vultus_error *error) VULTUS_MUST_USE;
vultus_status store_postgres_copy_end(struct store_postgres_copy *copy, vultus_status status,
                                      vultus_error *error) VULTUS_MUST_USE;

/* ---- store_postgres_schema.c */

/* Makes the tables of a new gallery or brings an older version up to date, one process at a time. */
vultus_status store_postgres_prepare(struct store_postgres *store, bool must_exist,
                                     vultus_error *error) VULTUS_MUST_USE;

/* ---- store_postgres_embedders.c */

/* MISMATCH: known with another dimension. */
vultus_status store_postgres_embedder(struct store_postgres *store, const char *name,
                                      size_t dimension, struct store_postgres_embedder *out,
                                      vultus_error *error) VULTUS_MUST_USE;
/* Inside a transaction that writes: makes it, or notes the length of its first embedding anew. */
vultus_status store_postgres_add_embedder(struct store_postgres *store, const char *name,
                                          struct store_postgres_embedder *embedder,
                                          vultus_error *error) VULTUS_MUST_USE;
struct store_postgres_embedders {
    struct store_postgres_embedder *items;
    size_t count;
};
vultus_status store_postgres_embedders(struct store_postgres *store,
                                       struct store_postgres_embedders *out,
                                       vultus_error *error) VULTUS_MUST_USE;
vultus_status store_postgres_other(struct store *store, const char *embedder,
                                   char out[STORE_EMBEDDER_MAX + 1], vultus_error *error);

/* ---- store_postgres_history.c */

struct store_postgres_note {
    const char *action;
    int64_t person, face;
    const char *before, *after; /* may be NULL */
};
/* A line of history, inside the transaction of the change. `id` may be NULL. */
vultus_status store_postgres_note(struct store_postgres *store,
                                  const struct store_postgres_note *note, int64_t *id,
                                  vultus_error *error) VULTUS_MUST_USE;
/* Takes somebody's texts out of the history, and what could bring them back. */
vultus_status store_postgres_forget(struct store_postgres *store, int64_t person, const char *name,
                                    vultus_error *error) VULTUS_MUST_USE;
vultus_status store_postgres_changes(struct store *store, const char *name, size_t most,
                                     vultus_changes *out, vultus_error *error);
vultus_status store_postgres_undo(struct store *store, char action[32], vultus_error *error);

/* ---- store_postgres_people.c */

/* *id is 0 where nobody has the name; of `known`, nobody is NOT_FOUND. */
vultus_status store_postgres_person(struct store_postgres *store, const char *name, int64_t *id,
                                    vultus_error *error) VULTUS_MUST_USE;
vultus_status store_postgres_known(struct store_postgres *store, const char *name, int64_t *id,
                                   vultus_error *error) VULTUS_MUST_USE;
/* Erases everybody whose retention has passed. */
vultus_status store_postgres_expire(struct store_postgres *store,
                                    vultus_error *error) VULTUS_MUST_USE;
vultus_status store_postgres_people(struct store *store, vultus_people *out, vultus_error *error);
vultus_status store_postgres_rename(struct store *store, const char *name, const char *new_name,
                                    vultus_error *error);
vultus_status store_postgres_merge(struct store *store, const char *from, const char *into,
                                   vultus_error *error);
vultus_status store_postgres_erase(struct store *store, const char *name, vultus_error *error);

/* ---- store_postgres_facts.c */

vultus_status store_postgres_set_fact(struct store *store, const char *name,
                                      const struct store_fact *fact, vultus_error *error);
vultus_status store_postgres_facts(struct store *store, const char *name, vultus_facts *out,
                                   vultus_error *error);
vultus_status store_postgres_move(struct store *store, int64_t face, const char *into,
                                  vultus_error *error);
vultus_status store_postgres_face_picture(struct store *store, int64_t face, uint8_t out[HASH_SIZE],
                                          vultus_error *error);
vultus_status store_postgres_refuse(struct store *store, const char *name, const uint8_t *picture,
                                    bool refuse, vultus_error *error);
/* store_postgres_drop.c */
vultus_status store_postgres_drop(struct store *store, const char *embedder, const char *kept,
                                  size_t *faces, vultus_error *error);
/* store_postgres_know.c */
vultus_status store_postgres_know(struct store *store, const struct store_known *people,
                                  size_t count, struct store_knew *out, vultus_error *error);
vultus_status store_postgres_refused_of(struct store *store, const char *name, vultus_refusals *out,
                                        vultus_error *error);
/* Whom a filter allows (store_postgres_having.c). */
vultus_status store_postgres_having(struct store *store, vultus_fact_kind kind, const char *key,
                                    struct store_ids *out, vultus_error *error);
vultus_status store_postgres_refusals(struct store *store, const uint8_t *picture, int64_t *people,
                                      size_t capacity, size_t *count, vultus_error *error);

/* ---- store_postgres_faces.c, store_postgres_records.c, store_postgres_sync.c,
 * store_postgres_nearest.c */

vultus_status store_postgres_add(struct store *store, const struct store_sample *samples,
                                 size_t count, vultus_enrolled *out, vultus_error *error);
vultus_status store_postgres_find(struct store *store, const uint8_t *picture, const char *embedder,
                                  vultus_enrolled *out, bool *found, vultus_error *error);
vultus_status store_postgres_faces(struct store *store, const char *name, vultus_face_records *out,
                                   vultus_error *error);
/* A row of POSTGRES_FACES or POSTGRES_ALL_FACES, as store_row_read has it. */
const char *store_postgres_record(struct store_postgres *store, const PGresult *result, int row,
                                  vultus_face_record *out, bool *memory);
vultus_status store_postgres_sync(struct store *store, const char *embedder, struct search *index,
                                  struct store_mark *mark, vultus_error *error);

vultus_status store_postgres_nearest(struct store *store, const struct store_question *question,
                                     struct search *index, struct store_counts *counts,
                                     bool *answered, vultus_error *error);

/* ---- store_postgres_upkeep.c, store_postgres_check.c */

vultus_status store_postgres_compact(struct store *store, const vultus_progress *progress,
                                     vultus_error *error);
vultus_status store_postgres_destroy(struct store *store, vultus_error *error);
vultus_status store_postgres_stats(struct store *store, vultus_gallery_stats *out,
                                   vultus_error *error);
vultus_status store_postgres_trace(struct store *store, const char *name, vultus_trace *out,
                                   vultus_error *error);
vultus_status store_postgres_check(struct store *store, bool repair,
                                   const vultus_progress *progress, vultus_faults *out,
                                   vultus_error *error);

#endif
