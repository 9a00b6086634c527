/*
 * vultus, chapter people: what is known of people beside their faces, who changed what, and taking it
 * back. Included by vultus.h, whose contract holds here too.
 */
#ifndef VULTUS_PEOPLE_H
#define VULTUS_PEOPLE_H

#include <vultus/galleries.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum vultus_fact_kind {
    VULTUS_FACT_ATTRIBUTE, /* a key with a value */
    VULTUS_FACT_TAG,       /* a word for some people */
    VULTUS_FACT_GROUP,     /* a group that the person is in; there may be several */
    VULTUS_FACT_CONSENT,   /* what the person agreed to; one, without a key */
    VULTUS_FACT_RETAIN,    /* until when they may be kept, "2026-01-31T00:00:00Z"; one, without a key */
    VULTUS_FACT_KINDS
} vultus_fact_kind;

#define VULTUS_FACT_KEY_MAX 255    /* bytes of a key, a tag, a group; the rules of names hold */
#define VULTUS_FACT_VALUE_MAX 4095 /* bytes of a value, UTF-8 */

typedef struct vultus_fact {
    vultus_fact_kind kind;
    char *key;   /* "" where there is none */
    char *value; /* "" of tags and groups */
    char since[32];
} vultus_fact;

typedef struct vultus_facts { /* by kind and key */
    vultus_fact *items;
    size_t count;
} vultus_facts;

/* "attribute", "tag", "group", "consent", "retain"; NULL behind the last. Static storage. */
VULTUS_API const char *vultus_fact_name(vultus_fact_kind kind);

/*
 * Sets a fact of somebody, or removes it (`value` NULL). `key` is NULL for consent and retention, `value` ""
 * for tags and groups. Whose retention has passed is nobody's name from that moment on, and is erased by
 * vultus_gallery_compact. NOT_FOUND: nobody has the name, or what is removed is not there.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_set_fact(vultus_gallery *gallery,
                                                                 const char *name,
                                                                 vultus_fact_kind kind,
                                                                 const char *key, const char *value,
                                                                 vultus_error *error);
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_facts(vultus_gallery *gallery,
                                                              const char *name, vultus_facts *out,
                                                              vultus_error *error);
VULTUS_API void vultus_facts_clear(vultus_facts *facts);

typedef struct vultus_fact_count {
    char *key; /* a group, a tag, or the key of an attribute */
    size_t people;
} vultus_fact_count;

typedef struct vultus_fact_counts { /* by key */
    vultus_fact_count *items;
    size_t count;
} vultus_fact_counts;

/* Which groups or tags there are, and how many people have each. Clear with vultus_fact_counts_clear. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_count_facts(vultus_gallery *gallery,
                                                                    vultus_fact_kind kind,
                                                                    vultus_fact_counts *out,
                                                                    vultus_error *error);
VULTUS_API void vultus_fact_counts_clear(vultus_fact_counts *counts);

/* Gives a face to somebody else, who is there. NOT_FOUND: no such face or person. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_move(vultus_gallery *gallery, int64_t face,
                                                             const char *into, vultus_error *error);
/*
 * Gives some faces of somebody to `into`, who is made where nobody has the name: all or none, and vultus_gallery_undo
 * takes all of it back. NOT_FOUND: nobody is called `name`, or a face is not theirs. ARGUMENT: both are the same.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_split(vultus_gallery *gallery,
                                                              const char *name,
                                                              const int64_t *faces, size_t count,
                                                              const char *into,
                                                              vultus_error *error);

/*
 * Notes that a picture does not show somebody (`picture`: SHA-256 of the file, as in vultus_face_record), or
 * takes it back. A face of theirs from that picture counts no more; enrolment of it under their name is refused;
 * and identification never names them where vultus_decision.picture is that picture. NOT_FOUND: nobody
 * has the name, or what is taken back was not noted.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_refuse(vultus_gallery *gallery,
                                                               const char *name,
                                                               const uint8_t picture[32],
                                                               bool refuse, vultus_error *error);
typedef struct vultus_refusal { /* a picture that does not show somebody */
    uint8_t picture[32];
    char since[32];
} vultus_refusal;

typedef struct vultus_refusals {
    vultus_refusal *items;
    size_t count;
} vultus_refusals;

/* All of which it was noted that they do not show somebody. NOT_FOUND: nobody has the name. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_refusals(vultus_gallery *gallery,
                                                                 const char *name,
                                                                 vultus_refusals *out,
                                                                 vultus_error *error);
VULTUS_API void vultus_refusals_clear(vultus_refusals *refusals);

/* The hash by which a picture is known. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_image_id(const vultus_image *image,
                                                         uint8_t out[32], vultus_error *error);
/* The picture of a face. NOT_FOUND. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_face_picture(vultus_gallery *gallery,
                                                                     int64_t face, uint8_t out[32],
                                                                     vultus_error *error);

typedef struct vultus_change {
    int64_t id;
    char at[32];
    char actor[VULTUS_NAME_MAX + 1];
    char action[32]; /* "enroll", "rename", "merge", "move", "set", "remove", "not", "delete", "undo", ... */
    int64_t person, face; /* 0: none */
    char *name;           /* of the person now; NULL: gone */
    char *before, *after; /* NULL: nothing to say, or erased with the person */
    bool undoable, undone;
} vultus_change;

typedef struct vultus_changes { /* the latest first */
    vultus_change *items;
    size_t count;
} vultus_changes;

/* The latest changes, of one person or (NULL) of all. Never has embeddings. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_changes(vultus_gallery *gallery,
                                                                const char *name, size_t most,
                                                                vultus_changes *out,
                                                                vultus_error *error);
VULTUS_API void vultus_changes_clear(vultus_changes *changes);

/*
 * Takes back the latest change that can be: a rename, a merge, a split, a move, a fact, a refusal; again, the one before
 * it. Enrolment and deletion cannot be undone. `action` (may be NULL, else 32 bytes) receives what was taken back.
 * NOT_FOUND: there is none. EXISTS: the name, or somebody, has meanwhile gone or come that stands in the way.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_undo(vultus_gallery *gallery,
                                                             char action[32], vultus_error *error);

#ifdef __cplusplus
}
#endif
#endif
