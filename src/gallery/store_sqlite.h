/* What the files of the SQLite store share; nobody else includes this. */
#ifndef GALLERY_STORE_SQLITE_H
#define GALLERY_STORE_SQLITE_H

#include "base/file.h"
#include "gallery/key_source.h"
#include "gallery/store_rows.h"

/* How long to wait for other processes: long for a person, and a write takes a hundredth of it. */
#define STORE_SQLITE_BUSY_MS 5000

struct sqlite3;
struct sqlite3_stmt;

enum store_sqlite_query {
    QUERY_BEGIN_READ,
    QUERY_BEGIN_WRITE,
    QUERY_COMMIT,
    QUERY_ROLLBACK,
    QUERY_EMBEDDER,
    QUERY_ADD_EMBEDDER,
    QUERY_OTHER_EMBEDDER,
    QUERY_PICTURE,
    QUERY_PERSON,
    QUERY_ADD_PERSON,
    QUERY_ADD_FACE,
    QUERY_ADD_EMBEDDING,
    QUERY_ADD_THUMBNAIL,
    QUERY_PEOPLE,
    QUERY_FACES,
    QUERY_RENAME,
    QUERY_MOVE_FACES,
    QUERY_DELETE_PERSON,
    QUERY_FOREIGN_CHANGES,
    QUERY_EDITS,
    QUERY_COUNT_FACES,
    QUERY_LAST_FACE,
    QUERY_NEW_PEOPLE,
    QUERY_NEW_FACES,
    QUERY_FACES_OF,
    QUERY_ALL_FACES,
    QUERY_A_VECTOR,
    QUERY_TRACE,
    QUERY_NOTE,
    QUERY_FORGET_UNDO,
    QUERY_FORGET_LOST,
    QUERY_FORGET_TEXTS,
    QUERY_CHANGES,
    QUERY_LATEST_UNDO,
    QUERY_UNDO_CONCERNS,
    QUERY_UNDO_PERSON,
    QUERY_UNDO_NAME,
    QUERY_UNDO_FACE,
    QUERY_UNDO_NO_FACT,
    QUERY_UNDO_FACT,
    QUERY_UNDO_NO_REFUSAL,
    QUERY_UNDO_REFUSAL,
    QUERY_UNDO_DROP,
    QUERY_UNDO_DONE,
    QUERY_KEEP_FACT,
    QUERY_KEEP_NO_FACT,
    QUERY_SET_FACT,
    QUERY_REMOVE_FACT,
    QUERY_FACT,
    QUERY_FACTS,
    QUERY_FACE,
    QUERY_KEEP_FACE,
    QUERY_MOVE_FACE,
    QUERY_KEEP_NAME,
    QUERY_KEEP_MERGE_PERSON,
    QUERY_KEEP_MERGE_FACES,
    QUERY_KEEP_MERGE_NO_FACTS,
    QUERY_KEEP_MERGE_FACTS,
    QUERY_KEEP_MERGE_NO_REFUSALS,
    QUERY_KEEP_MERGE_REFUSALS,
    QUERY_MERGE_FACTS,
    QUERY_MERGE_REFUSALS,
    QUERY_KEEP_NO_REFUSAL,
    QUERY_KEEP_REFUSAL,
    QUERY_REFUSE,
    QUERY_ACCEPT,
    QUERY_REFUSED,
    QUERY_REFUSALS,
    QUERY_REFUSED_OF,
    QUERY_DROP_MISSING,
    QUERY_DROP_UNDO,
    QUERY_DROP_FACES,
    QUERY_NEXT_EXPIRY,
    QUERY_EXPIRED,
    QUERY_PROTECTION,
    QUERY_PROTECT,
    QUERY_UNPROTECT,
    QUERY_NEXT_ID,
    QUERY_SEALS_OF_PERSON,
    QUERY_SEALS_OF_FACE,
    QUERY_SEALS_OF_UNDO,
    QUERY_SEAL_EMBEDDING,
    QUERY_MERGED_FACTS,
    QUERY_SEAL_FACT,
    QUERY_MERGED_REFUSALS,
    QUERY_SEAL_REFUSAL,
    QUERY_REKEY_FACE,
    QUERY_REKEY_THUMBNAIL,
    QUERY_REKEY_CHANGE,
    QUERY_REKEY_UNDO,
    QUERY_HAVING,
    QUERY_PEOPLE_SAMPLE,
    QUERY_FACES_SAMPLE,
    QUERY_PEOPLE_SIZE,
    QUERY_COUNT_PEOPLE,
    QUERY_PEOPLE_PAGE,
    QUERY_PEOPLE_TOTAL,
    QUERY_PEOPLE_NAMES,
    QUERY_ONE_PERSON,
    QUERY_NAME,
    QUERY_FACES_FROM,
    QUERY_COUNT_FACTS,
    QUERY_DELETE_FACE,
    QUERY_FORGET_FACE,
    QUERY_KEEP_NO_PERSON,
    QUERY_UNDO_NO_PERSON,
    QUERY_ADD_EVENT,
    QUERY_ADD_EVENT_PICTURE,
    QUERY_VISITOR,
    QUERY_BOUND_EVENTS,
    QUERY_EVENTS,
    QUERY_EVENTS_LATEST,
    QUERY_EVENTS_OF,
    QUERY_EVENTS_OF_LATEST,
    QUERY_ALL_EVENTS,
    QUERY_DELETE_EVENT,
    QUERY_EXPIRE_EVENTS,
    QUERY_PRUNE_EVENTS,
    QUERY_ERASE_VISITS,
    QUERY_KEEP_MERGE_EVENTS,
    QUERY_MOVE_EVENTS,
    QUERY_UNDO_EVENT,
    QUERY_SEALS_OF_EVENTS,
    QUERY_SEALS_OF_UNDO_EVENTS,
    QUERY_SEAL_EVENT,
    QUERY_REKEY_EVENT,
    QUERY_REKEY_EVENT_PICTURE,
    QUERY_EVENT_THERE,
    QUERY_LAST_EVENT,
    QUERY_READERS_SKIP,
    QUERY_READER,
    QUERY_ADD_READER,
    QUERY_READER_DONE,
    QUERY_COUNT
};

extern const char *const store_sqlite_texts[QUERY_COUNT];

struct store_sqlite {
    struct store base;
    struct sqlite3 *db;
    struct sqlite3_stmt *queries[QUERY_COUNT]; /* prepared when first used */
    bool read_only, key_optional;
    struct key *key;     /* of the user, while it is being opened */
    struct vault *vault; /* NULL: the gallery is not encrypted */
    char *tidy;          /* the path, when this reader made the log's files; NULL: others had */
    char actor[VULTUS_NAME_MAX + 1]; /* who changes something, for the history */
    char shown[128];                 /* the path as messages name it */
    bool large;                      /* its faces were not looked at when it was opened */
    bool write_searches;             /* search files may be made and changed */
    void (*notice)(void *context, const char *line);
    void *notice_context;
};

/* ---- store_sqlite_open.c */

vultus_status store_sqlite_open(const char *place, const vultus_gallery_options *options,
                                struct store **out, vultus_error *error);
/* With the keys, or without any, as `like` has it, where that is not NULL. */
vultus_status store_sqlite_open_as(const char *place, const vultus_gallery_options *options,
                                   const struct store_sqlite *like, struct store **out,
                                   vultus_error *error);
void store_sqlite_close(struct store *store);
/* Goes on with a copy in memory, which may be changed. */
vultus_status store_sqlite_load(struct store_sqlite *store, vultus_error *error) VULTUS_MUST_USE;
/* The path for SQLite: ":memory:" and "file:..." mean something else to it; "./:memory:" is a file. */
vultus_status store_sqlite_path(const char *place, char out[FILE_PATH_MAX],
                                vultus_error *error) VULTUS_MUST_USE;
/* Makes the folders that a new file needs. */
vultus_status store_sqlite_make_folders(const char *path, vultus_error *error) VULTUS_MUST_USE;
/* Notes a path as messages are to name it. */
void store_sqlite_show(struct store_sqlite *store, const char *path);

/* ---- store_sqlite.c */

/* The status and the line for a result code of SQLite; for SQLITE_DONE, ROW and OK VULTUS_OK. */
vultus_status store_sqlite_status(struct store_sqlite *store, int code, vultus_error *error);
/* DATABASE: a row that cannot be right. `fault` is the end of a sentence about it. */
vultus_status store_sqlite_bad_row(struct store_sqlite *store, const char *table, int64_t id,
                                   const char *fault, vultus_error *error);

/* A statement that is ready to be bound. It is given back to store_sqlite_done. */
vultus_status store_sqlite_query(struct store_sqlite *store, enum store_sqlite_query query,
                                 struct sqlite3_stmt **out, vultus_error *error) VULTUS_MUST_USE;
void store_sqlite_done(struct sqlite3_stmt *statement);
/* Moves to the next row; *row is false after the last. */
vultus_status store_sqlite_step(struct store_sqlite *store, struct sqlite3_stmt *statement,
                                bool *row, vultus_error *error) VULTUS_MUST_USE;
/* Runs a statement that has nothing to bind and no rows to read. */
vultus_status store_sqlite_run(struct store_sqlite *store, enum store_sqlite_query query,
                               vultus_error *error) VULTUS_MUST_USE;

/* A transaction: `end` commits after VULTUS_OK, else rolls back; it returns what went wrong first. DATABASE:
 * the gallery has got another key since it was opened. */
vultus_status store_sqlite_begin(struct store_sqlite *store, bool write,
                                 vultus_error *error) VULTUS_MUST_USE;
vultus_status store_sqlite_end(struct store_sqlite *store, vultus_status status,
                               vultus_error *error) VULTUS_MUST_USE;

/* Text of a row: NULL unless it is text without a NUL in it, at most `max` bytes. */
const char *store_sqlite_text(struct sqlite3_stmt *statement, int column, size_t max);

/* ---- store_sqlite_history.c */

struct store_sqlite_value { /* a number, unless one of the others is there */
    int64_t number;
    const char *text;
    const double *real; /* NaN is NULL */
    const void *bytes;
    size_t size;
    const struct vault_place
        *seal; /* the bytes, sealed for this place; NULL where nothing is encrypted */
    bool null;
};
/* Runs a statement that gives no rows, with these values bound. */
vultus_status store_sqlite_do(struct store_sqlite *store, enum store_sqlite_query query,
                              const struct store_sqlite_value *values, size_t count,
                              vultus_error *error) VULTUS_MUST_USE;

struct store_sqlite_note {
    const char *action;
    int64_t person, face;
    const char *before, *after; /* may be NULL */
};
/* A line of history, inside the transaction of the change. `id` may be NULL. */
vultus_status store_sqlite_note(struct store_sqlite *store, const struct store_sqlite_note *note,
                                int64_t *id, vultus_error *error) VULTUS_MUST_USE;
/* Takes somebody's texts out of the history, and what could bring them back. `key`: the name as people.name has
 * it. */
vultus_status store_sqlite_forget(struct store_sqlite *store, int64_t person, const char *key,
                                  vultus_error *error) VULTUS_MUST_USE;
vultus_status store_sqlite_changes(struct store *store, const char *name, size_t most,
                                   vultus_changes *out, vultus_error *error);
vultus_status store_sqlite_undo(struct store *store, char action[32], vultus_error *error);

/* ---- store_sqlite_facts.c */

vultus_status store_sqlite_set_fact(struct store *store, const char *name,
                                    const struct store_fact *fact, vultus_error *error);
vultus_status store_sqlite_facts(struct store *store, const char *name, vultus_facts *out,
                                 vultus_error *error);
vultus_status store_sqlite_move(struct store *store, int64_t face, const char *into,
                                vultus_error *error);
vultus_status store_sqlite_face_picture(struct store *store, int64_t face, uint8_t out[HASH_SIZE],
                                        vultus_error *error);
vultus_status store_sqlite_refuse(struct store *store, const char *name, const uint8_t *picture,
                                  bool refuse, vultus_error *error);
vultus_status store_sqlite_refused(struct store_sqlite *store, int64_t person,
                                   const uint8_t *picture, bool *is,
                                   vultus_error *error) VULTUS_MUST_USE;
vultus_status store_sqlite_refusals(struct store *store, const uint8_t *picture, int64_t *people,
                                    size_t capacity, size_t *count, vultus_error *error);

/* The value of a fact: NULL where it is not there. Free it. */
vultus_status store_sqlite_fact_value(struct store_sqlite *store, int64_t person,
                                      const struct store_fact *fact, char **out,
                                      vultus_error *error) VULTUS_MUST_USE;
/* Writes a fact or a refusal, inside a transaction, without history. */
vultus_status store_sqlite_put_fact(struct store_sqlite *store, int64_t person,
                                    const struct store_fact *fact, const char *since,
                                    vultus_error *error) VULTUS_MUST_USE;
vultus_status store_sqlite_put_refusal(struct store_sqlite *store, int64_t person,
                                       const uint8_t *picture, const char *since,
                                       vultus_error *error) VULTUS_MUST_USE;

/* ---- store_sqlite_know.c */

vultus_status store_sqlite_know(struct store *store, const struct store_known *people, size_t count,
                                struct store_knew *out, vultus_error *error);
vultus_status store_sqlite_refused_of(struct store *store, const char *name, vultus_refusals *out,
                                      vultus_error *error);

/* ---- store_sqlite_drop.c */

vultus_status store_sqlite_drop(struct store *store, const char *embedder, const char *kept,
                                size_t *faces, vultus_error *error);

/* ---- store_sqlite_schema.c */

/* Makes the tables in an empty database, brings an older version up to date, and refuses what is
 * not a gallery, is of a newer version, has a schema that is not ours, or is damaged. */
vultus_status store_sqlite_prepare(struct store_sqlite *store, vultus_error *error) VULTUS_MUST_USE;
/* Looks at the pages of people, faces and embeddings, which opening leaves to this in a `large` gallery. DATABASE. */
vultus_status store_sqlite_check_faces(struct store_sqlite *store,
                                       vultus_error *error) VULTUS_MUST_USE;
/* True of a database whose header says that it is a gallery of some version. */
bool store_sqlite_is_gallery(struct sqlite3 *db);
/* Statements that are run once: without rows, or with a number. */
vultus_status store_sqlite_execute(struct store_sqlite *store, const char *sql,
                                   vultus_error *error) VULTUS_MUST_USE;
vultus_status store_sqlite_number(struct store_sqlite *store, const char *sql, int64_t *out,
                                  vultus_error *error) VULTUS_MUST_USE;

/* ---- store_sqlite_people.c */

/* *id is 0 where nobody has the name. */
vultus_status store_sqlite_person(struct store_sqlite *store, const char *name, int64_t *id,
                                  vultus_error *error) VULTUS_MUST_USE;
/* The same, but nobody is NOT_FOUND. */
vultus_status store_sqlite_known(struct store_sqlite *store, const char *name, int64_t *id,
                                 vultus_error *error) VULTUS_MUST_USE;
/* A query whose first value is a person, prepared for whoever has the name; NOT_FOUND: nobody. */
vultus_status store_sqlite_ask_about(struct store_sqlite *store, const char *name,
                                     enum store_sqlite_query query, int64_t *person,
                                     struct sqlite3_stmt **out,
                                     vultus_error *error) VULTUS_MUST_USE;
/* Erases everybody whose retention has passed. */
vultus_status store_sqlite_expire(struct store_sqlite *store, vultus_error *error) VULTUS_MUST_USE;
/* Whom a filter allows (store_sqlite_having.c). */
vultus_status store_sqlite_having(struct store *store, vultus_fact_kind kind, const char *key,
                                  struct store_ids *out, vultus_error *error);
vultus_status store_sqlite_people(struct store *store, vultus_people *out, vultus_error *error);
vultus_status store_sqlite_rename(struct store *store, const char *name, const char *new_name,
                                  vultus_error *error);
vultus_status store_sqlite_merge(struct store *store, const char *from, const char *into,
                                 vultus_error *error);
vultus_status store_sqlite_erase(struct store *store, const char *name, vultus_error *error);

/* ---- store_sqlite_faces.c */

vultus_status store_sqlite_add_person(struct store_sqlite *store, const char *name,
                                      const char *created, int64_t *id,
                                      vultus_error *error) VULTUS_MUST_USE;
/* Both are 0 where the embedder is unknown. */
vultus_status store_sqlite_find_embedder(struct store_sqlite *store, const char *name, int64_t *id,
                                         int64_t *floats, vultus_error *error) VULTUS_MUST_USE;
/* *id is 0 where the embedder is unknown. MISMATCH: it is known with another dimension. */
vultus_status store_sqlite_embedder(struct store_sqlite *store, const char *name, size_t dimension,
                                    int64_t *id, vultus_error *error) VULTUS_MUST_USE;
vultus_status store_sqlite_add(struct store *store, const struct store_sample *samples,
                               size_t count, vultus_enrolled *out, vultus_error *error);
vultus_status store_sqlite_find(struct store *store, const uint8_t *picture, const char *embedder,
                                vultus_enrolled *out, bool *found, vultus_error *error);

/* ---- store_sqlite_records.c */

/* A row of QUERY_FACES or QUERY_ALL_FACES. Returns what is wrong with it, as the end of a sentence, or NULL;
 * *memory when memory ran out. What `out` has is the caller's in every case. */
const char *store_sqlite_record(const struct store_sqlite *store, struct sqlite3_stmt *row,
                                vultus_face_record *out, bool *memory);

vultus_status store_sqlite_faces(struct store *store, const char *name, vultus_face_records *out,
                                 vultus_error *error);

/* ---- store_sqlite_rekey.c */

vultus_status store_sqlite_rekey(struct store *store, const struct key *key,
                                 const vultus_progress *progress, vultus_error *error);

/* ---- store_sqlite_backup.c */

vultus_status store_sqlite_backup(struct store *store, const char *path, bool overwrite,
                                  const vultus_progress *progress, vultus_error *error);
vultus_status store_sqlite_restore(const char *place, const char *path,
                                   const struct store_copying *how, vultus_error *error);

/* ---- store_sqlite_check.c, store_sqlite_trace.c, store_sqlite_upkeep.c */

vultus_status store_sqlite_check(struct store *store, bool repair, const vultus_progress *progress,
                                 vultus_faults *out, vultus_error *error);
/* Without search files. */
vultus_status store_sqlite_check_rows(struct store_sqlite *store, const vultus_progress *progress,
                                      vultus_faults *out, vultus_error *error);
vultus_status store_sqlite_trace(struct store *store, const char *name, vultus_trace *out,
                                 vultus_error *error);
vultus_status store_sqlite_compact(struct store *store, const vultus_progress *progress,
                                   vultus_error *error);
vultus_status store_sqlite_destroy(struct store *store, vultus_error *error);
vultus_status store_sqlite_stats(struct store *store, vultus_gallery_stats *out,
                                 vultus_error *error);
/* Moves all of the log into the file and empties it, as far as readers let it in a moment. */
void store_sqlite_empty_log(struct store_sqlite *store);
/* While statements run, `progress` may end them: they fail with INTERRUPT, which is CANCELLED. NULL ends it. */
void store_sqlite_watch(struct store_sqlite *store, const vultus_progress *progress);

#endif
