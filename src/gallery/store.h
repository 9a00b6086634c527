/*
 * Where people, faces and embeddings are kept: a struct of functions, one kind of store for each
 * database, listed in store.c. Callers check what they pass in; a store checks what it reads back,
 * because rows are as untrusted as files.
 */
#ifndef GALLERY_STORE_H
#define GALLERY_STORE_H

#include "base/buffer.h"
#include "base/hash.h"
#include "gallery/key_source.h"
#include "gallery/search.h"

#define STORE_DATE_SIZE sizeof "2026-01-31T23:59:59Z"
#define STORE_EMBEDDER_MAX 95          /* bytes of an embedder's id */
#define STORE_THUMBNAIL_MAX (1u << 20) /* bytes; real ones are a hundredth of it */

struct store {
    const struct store_methods *methods;
    bool private;            /* encrypted: nothing of it may be written anywhere else */
    search_weigher *weigher; /* of its indexes; NULL: all faces count alike */
};

struct store_sample {          /* one enrolment */
    const char *name, *source; /* source may be NULL */
    const char *embedder;
    const uint8_t *picture; /* HASH_SIZE bytes */
    const vultus_face *face;
    const float *embedding;
    size_t dimension;
    const uint8_t *thumbnail; /* may be NULL */
    size_t thumbnail_size;
    const char *created; /* NULL: now */
};

/* How far an index has been filled; all zero: not at all. */
struct store_mark {
    bool filled;
    int64_t foreign;               /* changes when another connection has committed */
    int64_t own;                   /* changes when this connection has written */
    int64_t edits;                 /* changes when something was renamed, moved or removed */
    int64_t person, face;          /* the last ones that the index knows */
    char expires[STORE_DATE_SIZE]; /* when the next retention passes; "": never */
    char filled_at[STORE_DATE_SIZE];
    bool alone; /* to be filled in memory, whatever files there are */
};

struct store_fact {
    vultus_fact_kind kind;
    const char *key, *value; /* key "" where there is none; value NULL: remove it */
};

struct store_split {
    const char *name, *into;
    const int64_t *faces;
    size_t count;
};

struct store_known {            /* what another gallery knew of somebody */
    const char *name, *created; /* created NULL: now */
    const vultus_facts *facts;
    const vultus_refusals *refusals;
};

struct store_knew { /* what of it is new here */
    size_t people, facts;
};

struct store_copying {
    bool overwrite;
    const char *key_file;            /* of the copy; NULL: as the environment says */
    const vultus_progress *progress; /* may be NULL */
};

struct store_ids { /* of people */
    int64_t *items;
    size_t count, capacity;
};

struct store_question { /* of identification */
    const char *embedder;
    const float *probe;
    vultus_metric metric; /* not VULTUS_METRIC_OWN */
    size_t people;        /* the nearest that are wanted */
    bool exact;           /* no index that may miss somebody */
};

struct store_counts { /* with whom a probe is compared */
    size_t people, faces;
};

struct store_methods {
    const char *name; /* as in "sqlite:PATH" */
    /* A place for people, without what is secret; NULL: as it is. Free it. */
    char *(*show)(const char *place);

    vultus_status (*open)(const char *place, const vultus_gallery_options *options,
                          struct store **out, vultus_error *error);
    void (*close)(struct store *store);

    /* All or none, in one transaction, on the disk when it returns; out has `count` of them. A picture
     * that is there is a duplicate. MISMATCH: the embedder is known with another dimension, or its
     * embeddings there are of unit length and these are not, or the reverse. */
    vultus_status (*add)(struct store *store, const struct store_sample *samples, size_t count,
                         vultus_enrolled *out, vultus_error *error);
    /* `out` is written when it was found. */
    vultus_status (*find)(struct store *store, const uint8_t *picture, const char *embedder,
                          vultus_enrolled *out, bool *found, vultus_error *error);

    vultus_status (*people)(struct store *store, vultus_people *out, vultus_error *error);
    /* NOT_FOUND. Free out->name. */
    vultus_status (*person)(struct store *store, const char *name, vultus_person *out,
                            vultus_error *error);
    /* `query` says how many at most. */
    vultus_status (*people_page)(struct store *store, const vultus_people_query *query,
                                 vultus_people *out, size_t *total, vultus_error *error);
    vultus_status (*faces_from)(struct store *store, int64_t face, size_t most,
                                vultus_named_faces *out, vultus_error *error);
    vultus_status (*faces)(struct store *store, const char *name, vultus_face_records *out,
                           vultus_error *error);
    vultus_status (*rename)(struct store *store, const char *name, const char *new_name,
                            vultus_error *error);
    vultus_status (*merge)(struct store *store, const char *from, const char *into,
                           vultus_error *error);
    vultus_status (*erase)(struct store *store, const char *name, vultus_error *error);
    vultus_status (*erase_face)(struct store *store, int64_t face, vultus_error *error);

    /* Brings an index of this embedder up to date: nothing, what is new, or everything again. */
    vultus_status (*sync)(struct store *store, const char *embedder, struct search *index,
                          struct store_mark *mark, vultus_error *error);
    /* Adds the people with this tag, in this group or (VULTUS_FACT_KINDS) of this name. NOT_FOUND: there is none.
     * May be NULL. */
    vultus_status (*having)(struct store *store, vultus_fact_kind kind, const char *key,
                            struct store_ids *out, vultus_error *error);
    /* Brings the file by which a large gallery is searched up to date, if there is to be one; may be NULL. The
     * index is empty, the mark zero. What fails is left for the next time. */
    void (*keep)(struct store *store, const char *embedder, struct search *index,
                 struct store_mark *mark);
    /* For a store that searches by itself, else NULL: fills an index with the faces that come into question, for the
     * exact comparison. *answered is false, and the index as it was, where `sync` is the better way. */
    vultus_status (*nearest)(struct store *store, const struct store_question *question,
                             struct search *index, struct store_counts *counts, bool *answered,
                             vultus_error *error);
    /* An embedder other than this one that has faces; "" where there is none. */
    vultus_status (*other)(struct store *store, const char *embedder,
                           char out[STORE_EMBEDDER_MAX + 1], vultus_error *error);

    /* As the public functions of vultus/people.h say. */
    vultus_status (*set_fact)(struct store *store, const char *name, const struct store_fact *fact,
                              vultus_error *error);
    vultus_status (*facts)(struct store *store, const char *name, vultus_facts *out,
                           vultus_error *error);
    vultus_status (*count_facts)(struct store *store, vultus_fact_kind kind,
                                 vultus_fact_counts *out, vultus_error *error);
    vultus_status (*move)(struct store *store, int64_t face, const char *into, vultus_error *error);
    vultus_status (*split)(struct store *store, const struct store_split *split,
                           vultus_error *error);
    vultus_status (*refuse)(struct store *store, const char *name, const uint8_t *picture,
                            bool refuse, vultus_error *error);
    vultus_status (*face_picture)(struct store *store, int64_t face, uint8_t out[HASH_SIZE],
                                  vultus_error *error);
    vultus_status (*changes)(struct store *store, const char *name, size_t most,
                             vultus_changes *out, vultus_error *error);
    vultus_status (*undo)(struct store *store, char action[32], vultus_error *error);
    /* People of whom it was noted that the picture is not theirs. */
    vultus_status (*refusals)(struct store *store, const uint8_t *picture, int64_t *people,
                              size_t capacity, size_t *count, vultus_error *error);

    /* Adds what is not there, all or none, in one transaction. */
    vultus_status (*know)(struct store *store, const struct store_known *people, size_t count,
                          struct store_knew *out, vultus_error *error);
    /* The pictures that were refused of somebody, in their order. */
    vultus_status (*refused_of)(struct store *store, const char *name, vultus_refusals *out,
                                vultus_error *error);

    /* Of stores in databases, as the public functions of vultus/upkeep.h say; may be NULL. */
    vultus_status (*beside)(const char *place, const char *suffix, struct buffer *out,
                            vultus_error *error);
    vultus_status (*besides)(struct store *store, const char *suffix, vultus_besides *out,
                             vultus_error *error);

    /* As the public functions of vultus/upkeep.h say; `progress` may be NULL. */
    vultus_status (*backup)(struct store *store, const char *path, bool overwrite,
                            const vultus_progress *progress, vultus_error *error);
    vultus_status (*restore)(const char *place, const char *path, const struct store_copying *how,
                             vultus_error *error);
    vultus_status (*check)(struct store *store, bool repair, const vultus_progress *progress,
                           vultus_faults *out, vultus_error *error);
    vultus_status (*trace)(struct store *store, const char *name, vultus_trace *out,
                           vultus_error *error);
    vultus_status (*compact)(struct store *store, const vultus_progress *progress,
                             vultus_error *error);
    /* Leaves nothing but a store to be closed. */
    vultus_status (*destroy)(struct store *store, vultus_error *error);
    vultus_status (*drop)(struct store *store, const char *embedder, const char *kept,
                          size_t *faces, vultus_error *error);
    vultus_status (*stats)(struct store *store, vultus_gallery_stats *out, vultus_error *error);
    /* Encrypts with this key; NULL: no more. The function is NULL where a store cannot. */
    vultus_status (*rekey)(struct store *store, const struct key *key,
                           const vultus_progress *progress, vultus_error *error);
};

vultus_status store_ids_add(struct store_ids *ids, int64_t id, vultus_error *error) VULTUS_MUST_USE;
/* NOT_FOUND. */
vultus_status store_split_not_theirs(const struct store_split *split, int64_t face,
                                     vultus_error *error);
/* NOT_FOUND, with the line for a tag or a group. */
vultus_status store_nobody_has(vultus_fact_kind kind, const char *key, vultus_error *error);

/* Room for a face more. MEMORY. */
vultus_status store_named_faces_room(vultus_named_faces *faces, size_t *capacity,
                                     vultus_error *error) VULTUS_MUST_USE;
/* A key more, which is copied. MEMORY. */
vultus_status store_count_fact(vultus_fact_counts *counts, const char *key, int64_t people,
                               vultus_error *error) VULTUS_MUST_USE;
/* One more, with a copy. MEMORY. */
vultus_status store_refusals_add(vultus_refusals *refusals, const uint8_t picture[HASH_SIZE],
                                 const char *since, vultus_error *error) VULTUS_MUST_USE;

/* NOT_FOUND and ARGUMENT, with the lines for an embedder that is to be dropped. */
vultus_status store_no_embedder(const char *name, vultus_error *error);
vultus_status store_still_needed(const char *embedder, const char *kept, int64_t faces,
                                 vultus_error *error);

/* A finding more; those over VULTUS_FAULTS_MAX are only counted. MEMORY. */
vultus_status store_faults_add(vultus_faults *faults, vultus_error *error, const char *format,
                               ...) VULTUS_MUST_USE __attribute__((format(printf, 3, 4)));
/* CANCELLED where the caller asked to stop. */
vultus_status store_progress(const vultus_progress *progress, size_t done, size_t total,
                             vultus_error *error) VULTUS_MUST_USE;

/* `actor`, or the user of the process where it is NULL. */
void store_actor(const char *actor, char out[VULTUS_NAME_MAX + 1]);
/* Now, UTC, as galleries write it. */
void store_now(char out[STORE_DATE_SIZE]);

/* "KIND:PLACE", or a path for the first kind. ARGUMENT: no such kind. Close with store->methods. */
vultus_status store_open(const char *location, const vultus_gallery_options *options,
                         struct store **out, vultus_error *error) VULTUS_MUST_USE;
/* What the methods of its kind do. */
vultus_status store_restore(const char *location, const char *path, const struct store_copying *how,
                            vultus_error *error) VULTUS_MUST_USE;
/* Another gallery of the same database, to `out`. ARGUMENT: it is in a file. */
vultus_status store_beside(const char *location, const char *suffix, struct buffer *out,
                           vultus_error *error) VULTUS_MUST_USE;
/* ARGUMENT, with the line for galleries in files. */
vultus_status store_none_beside(vultus_error *error);
/* The place without its kind, for people: without a password. Free it. NULL: memory ran out. */
char *store_shown(const char *location);

/* Galleries with fewer faces by an embedder have no search file of it: their index is filled as quickly. Tests have
 * another number. */
#define STORE_SEARCH_FILE_FACES 5000
extern size_t store_search_file_faces;

extern const struct store_methods store_sqlite;
extern const struct store_methods store_postgres; /* its place begins with "//" */

#endif
