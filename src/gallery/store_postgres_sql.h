/*
 * The SQL of the PostgreSQL store: the statements, and where PostgreSQL, Citus, YugabyteDB and CockroachDB
 * differ. Names of tables are made here of numbers; values are bound. Needs no server.
 */
#ifndef GALLERY_STORE_POSTGRES_SQL_H
#define GALLERY_STORE_POSTGRES_SQL_H

#include "base/buffer.h"

/* In these texts "#" stands for the number of an embedder's table, or as it says. */
struct store_postgres_dialect {
    const char *name;
    const char *sign;      /* in what version() says; NULL: none */
    const char *extension; /* that makes it this one; NULL: none */
    const char *enable;    /* makes the type of vectors; NULL: it is built in */
    const char *lock;      /* one process at a time, until the transaction ends; NULL: none */
    const char *bytewise;  /* behind the type of a text: compared byte by byte */
    const char *plain;     /* keeps vectors in their rows; NULL */
    const char *spread;    /* over machines; NULL */
    bool partitions;       /* PARTITION BY HASH */
    const char *index;     /* # is the table's number, @ the operators */
    const char *has_index; /* how many there are */
    const char *effort;    /* how widely an index searches: # candidates */
    const char *iterate;   /* filtered searches go on; NULL */
    const char *tidy;      /* after many changes to the table @; NULL */
    const char *rebuild;   /* the index anew, beside its users; NULL */
    const char *bytes;     /* of the gallery; NULL: not told */
};

extern const struct store_postgres_dialect store_postgres_dialects[]; /* the last fits any */
extern const size_t store_postgres_dialect_count;
/* The schema's version, and the statements of each step to it. Tests have other ones. */
extern int store_postgres_version;
extern const char *const *const *store_postgres_steps;

/* A text with its "#" and "@" filled in. */
vultus_status store_postgres_fill(const char *text, int64_t number, const char *word,
                                  struct buffer *out, vultus_error *error) VULTUS_MUST_USE;

/* What makes the table of an embedder; several statements. */
struct store_postgres_table {
    int64_t id;
    size_t dimension;
    unsigned partitions;
};
vultus_status store_postgres_table_sql(const struct store_postgres_dialect *dialect,
                                       const struct store_postgres_table *table, struct buffer *out,
                                       vultus_error *error) VULTUS_MUST_USE;
/* The index of that table, if embeddings of that dimension can have one. */
bool store_postgres_can_index(size_t dimension);
vultus_status store_postgres_index_sql(const struct store_postgres_dialect *dialect, int64_t id,
                                       bool unit, struct buffer *out,
                                       vultus_error *error) VULTUS_MUST_USE;
/* Step `version` of the schema: from that version to the next. */
vultus_status store_postgres_schema_sql(const struct store_postgres_dialect *dialect, int version,
                                        struct buffer *out, vultus_error *error) VULTUS_MUST_USE;

enum store_postgres_query {
    POSTGRES_STATE,
    POSTGRES_LOCK_STATE,
    POSTGRES_SAVE_STATE,
    POSTGRES_SAVED,
    POSTGRES_EMBEDDER,
    POSTGRES_ADD_EMBEDDER,
    POSTGRES_EMBEDDER_UNIT,
    POSTGRES_EMBEDDERS,
    POSTGRES_OTHER_EMBEDDER,
    POSTGRES_EMBEDDER_SOME,
    POSTGRES_PICTURE,
    POSTGRES_PICTURES,
    POSTGRES_NAMES,
    POSTGRES_REFUSED_SOME,
    POSTGRES_REFUSED_PICTURES,
    POSTGRES_PERSON,
    POSTGRES_PEOPLE,
    POSTGRES_FACES,
    POSTGRES_ALL_FACES,
    POSTGRES_RENAME,
    POSTGRES_MOVE_FACES,
    POSTGRES_DELETE_VECTORS,
    POSTGRES_DELETE_THUMBNAILS,
    POSTGRES_DELETE_FACES,
    POSTGRES_DELETE_PERSON,
    POSTGRES_NEW_PEOPLE,
    POSTGRES_NEW_FACES,
    POSTGRES_NEAR_COSINE, /* the others: without an index */
    POSTGRES_NEAR_EUCLIDEAN,
    POSTGRES_ALL_COSINE,
    POSTGRES_ALL_EUCLIDEAN,
    POSTGRES_COMPARED,
    POSTGRES_NEXT_EXPIRY,
    POSTGRES_EXPIRED,
    POSTGRES_NOTE,
    POSTGRES_FORGET_UNDO,
    POSTGRES_FORGET_LOST,
    POSTGRES_FORGET_TEXTS,
    POSTGRES_CHANGES,
    POSTGRES_LATEST_UNDO,
    POSTGRES_UNDO_PERSON,
    POSTGRES_UNDO_GONE,
    POSTGRES_UNDO_NAME,
    POSTGRES_UNDO_FACE,
    POSTGRES_UNDO_NO_FACT,
    POSTGRES_UNDO_FACT,
    POSTGRES_UNDO_NO_REFUSAL,
    POSTGRES_UNDO_REFUSAL,
    POSTGRES_UNDO_DROP,
    POSTGRES_UNDO_DONE,
    POSTGRES_KEEP_FACT,
    POSTGRES_KEEP_NO_FACT,
    POSTGRES_SET_FACT,
    POSTGRES_REMOVE_FACT,
    POSTGRES_FACT,
    POSTGRES_FACTS,
    POSTGRES_FACE,
    POSTGRES_KEEP_FACE,
    POSTGRES_MOVE_FACE,
    POSTGRES_KEEP_NAME,
    POSTGRES_KEEP_MERGE_PERSON,
    POSTGRES_KEEP_MERGE_FACES,
    POSTGRES_KEEP_MERGE_NO_FACTS,
    POSTGRES_KEEP_MERGE_FACTS,
    POSTGRES_KEEP_MERGE_NO_REFUSALS,
    POSTGRES_KEEP_MERGE_REFUSALS,
    POSTGRES_MERGE_FACTS,
    POSTGRES_MERGE_REFUSALS,
    POSTGRES_KEEP_NO_REFUSAL,
    POSTGRES_KEEP_REFUSAL,
    POSTGRES_REFUSE,
    POSTGRES_ACCEPT,
    POSTGRES_ADD_PERSON,
    POSTGRES_ADD_FACT,
    POSTGRES_ADD_REFUSAL,
    POSTGRES_REFUSED_OF,
    POSTGRES_DROP_MISSING,
    POSTGRES_DROP_COUNT,
    POSTGRES_DROP_VECTORS,
    POSTGRES_DROP_UNDO,
    POSTGRES_DROP_THUMBNAILS,
    POSTGRES_DROP_FACES,
    POSTGRES_HAVING,
    POSTGRES_REFUSALS,
    POSTGRES_TRACE,
    POSTGRES_CHECK_PEOPLE,
    POSTGRES_CHECK_EMBEDDERS,
    POSTGRES_CHECK_FACTS,
    POSTGRES_CHECK_REFUSALS,
    POSTGRES_CHECK_LOST,
    POSTGRES_CHECK_NOBODYS,
    POSTGRES_COUNTS,
    POSTGRES_EMBEDDER_COUNTS,
    POSTGRES_PEOPLE_PAGE,
    POSTGRES_ONE_PERSON,
    POSTGRES_BESIDES,
    POSTGRES_PEOPLE_TOTAL,
    POSTGRES_FACE_PAGE,
    POSTGRES_FACE_RANGE,
    POSTGRES_COUNT_FACTS,
    POSTGRES_DELETE_VECTOR,
    POSTGRES_DELETE_THUMBNAIL,
    POSTGRES_DELETE_FACE,
    POSTGRES_FORGET_FACE,
    POSTGRES_KEEP_NO_PERSON,
    POSTGRES_UNDO_NO_PERSON,
    POSTGRES_QUERY_COUNT
};

/* The statements; "#" stands for the number of an embedder's table. */
extern const char *const store_postgres_texts[POSTGRES_QUERY_COUNT];

#endif
