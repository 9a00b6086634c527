/*
 * vultus, chapter galleries: people with their faces on the disk, who is enrolled, and who a face is. Included by
 * vultus.h, whose contract holds here too.
 */
#ifndef VULTUS_GALLERIES_H
#define VULTUS_GALLERIES_H

#include <vultus/core.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VULTUS_NAME_MAX 255    /* bytes of a person's name */
#define VULTUS_SOURCE_MAX 4095 /* bytes of a source's path */
#define VULTUS_TOP_MAX 100     /* people ranked for one probe */

typedef struct vultus_gallery vultus_gallery;

typedef struct vultus_gallery_options {
    bool read_only; /* never creates or writes the gallery */
    bool must_exist;
    const char *actor; /* who changes something, for the history; NULL: the user of the process */
    vultus_template templates;
    const char *
        key_file; /* the key of an encrypted gallery; NULL: what VULTUS_KEY_FILE or VULTUS_KEYRING names */
    bool key_optional; /* a key for a gallery that is not encrypted is no error */
    bool
        search_files; /* with read_only: the files by which large galleries are searched, a cache beside the
                          gallery, may be made and brought up to date all the same. Else they always are */
    void (*notice)(void *context,
                   const char *line); /* told when one is made, and why; NULL: nobody is */
    void *notice_context;
    bool exact; /* never by an index that may miss somebody, as a server with many faces has one */
} vultus_gallery_options;

/*
 * Opens the gallery, making it where there is none: encrypted where there is a key. `location`: a path,
 * "sqlite:PATH", or "postgresql://USER@HOST/DATABASE?gallery=NAME"; NULL: VULTUS_DB, else gallery.db in the user's
 * data folder. DATABASE: not a gallery, damaged, of a newer version, not permitted, encrypted with another key or none.
 * Close with vultus_gallery_close.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_open(const char *location,
                                                             const vultus_gallery_options *options,
                                                             vultus_gallery **out,
                                                             vultus_error *error);
VULTUS_API void vultus_gallery_close(vultus_gallery *gallery);
/* Where it is. Lives as long as the gallery. */
VULTUS_API const char *vultus_gallery_location(const vultus_gallery *gallery);

typedef struct vultus_enrolled {
    int64_t person, face; /* ids */
    bool new_person;
    bool duplicate;                 /* the same file was enrolled before: nothing was added */
    char name[VULTUS_NAME_MAX + 1]; /* of a duplicate: the person who has it */
} vultus_enrolled;

/* ARGUMENT: nobody can be stored under this name: it is empty, too long, not UTF-8 or has control characters. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_name_check(const char *name, vultus_error *error);

/*
 * Stores a sample under a name, making the person if need be. When this returns, it is on the disk.
 * The same picture (by content) is one face: a second time is a success with `duplicate` set.
 * ARGUMENT: the name is empty, too long, not UTF-8 or has control characters, or the verdict is not
 * OK. `source` (may be NULL) is kept to tell people where the face came from. `out` may be NULL.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_enroll(vultus_gallery *gallery,
                                                               const char *name, const char *source,
                                                               const vultus_sample *sample,
                                                               vultus_enrolled *out,
                                                               vultus_error *error);

/* True when this picture (by content) is already enrolled with the engine's embedder. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_has(vultus_gallery *gallery,
                                                            const vultus_engine *engine,
                                                            const vultus_image *image,
                                                            vultus_enrolled *out, bool *has,
                                                            vultus_error *error);

#define VULTUS_FILTER_MAX 64 /* people, groups or tags in a filter */

/*
 * Among whom a face is looked for: whoever is one of the people, in one of the groups and has one of the tags; a
 * list without items allows everybody. The answer is exact: the nearest of those people, and the margin and
 * what is decided by the size of a gallery are of them alone. NOT_FOUND: nobody has the name, is in the group or has
 * the tag. Goes into vultus_decision.filter.
 */
typedef struct vultus_filter {
    const char *const *people;
    size_t people_count;
    const char *const *groups;
    size_t group_count;
    const char *const *tags;
    size_t tag_count;
} vultus_filter;

typedef struct vultus_match {
    int64_t person, face; /* the person, and their face that is nearest */
    float similarity;     /* as of a comparison, whoever else is in the gallery */
    float cosine;
    float distance; /* in the metric */
    float far;      /* the share of strangers for whom somebody in this gallery is as near */
    char name[VULTUS_NAME_MAX + 1];
} vultus_match;

typedef struct vultus_identity {
    bool match;           /* best is near enough to be the name; false: unknown */
    vultus_why why;       /* when unknown */
    size_t people;        /* how many people were compared */
    size_t faces;         /* that they have in all */
    size_t others;        /* people who have no face by this embedder, whoever is asked for */
    vultus_match best;    /* the nearest person, also when unknown; name "" in an empty gallery */
    vultus_match second;  /* the second nearest person; name "" where there is none */
    float margin;         /* by how much best is nearer than second: difference of cosines, or of
                            distances where embeddings keep their length; with one person: against
                            cosine -1 or distance 2 */
    float threshold;      /* what was applied, in the unit of the metric */
    float threshold_far;  /* the share of strangers who would get a name with it */
    vultus_metric metric; /* what was applied, never VULTUS_METRIC_OWN */
} vultus_identity;

/*
 * The nearest people to a probe. Every person counts once, by the nearest of their faces.
 * MISMATCH: the gallery has faces, but none by this engine's embedder.
 */
VULTUS_API VULTUS_MUST_USE vultus_status
vultus_gallery_identify(vultus_gallery *gallery, const vultus_engine *engine, const float *probe,
                        const vultus_decision *decision, vultus_identity *out, vultus_error *error);

/* The same as a ranked list: up to `capacity` matches, the nearest first; *count says how many. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_rank(vultus_gallery *gallery,
                                                             const vultus_engine *engine,
                                                             const float *probe,
                                                             const vultus_decision *decision,
                                                             vultus_match *matches, size_t capacity,
                                                             size_t *count, vultus_error *error);

typedef struct vultus_person {
    int64_t id;
    char *name;
    size_t faces;
    char created[32]; /* UTC, ISO 8601 */
} vultus_person;

typedef struct vultus_people { /* by name */
    vultus_person *items;
    size_t count;
} vultus_people;

VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_people(vultus_gallery *gallery,
                                                               vultus_people *out,
                                                               vultus_error *error);
VULTUS_API void vultus_people_clear(vultus_people *people);

/* One of them, without reading their faces: `out` has one person. NOT_FOUND: nobody is called so. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_person(vultus_gallery *gallery,
                                                               const char *name, vultus_people *out,
                                                               vultus_error *error);

typedef struct vultus_people_query {
    const char *after; /* only names behind this one, whether or not somebody has it; NULL: all */
    size_t most;       /* people in one answer; 0: VULTUS_PAGE */
    const char *group, *tag; /* only who is in the group and has the tag; NULL: everybody */
    const char *search; /* only names with this text in them; of A to Z the case does not matter */
} vultus_people_query;

#define VULTUS_PAGE 100
#define VULTUS_PAGE_MAX 10000 /* people or faces */

/*
 * A page of people by name. The names of other pages are not read, but in an encrypted gallery, where order is known only
 * once they are opened; they are not kept. `total` (may be NULL): how many people the query has on all pages. A group
 * or tag that nobody has is a success with nobody. `query` may be NULL.
 */
VULTUS_API VULTUS_MUST_USE vultus_status
vultus_gallery_people_page(vultus_gallery *gallery, const vultus_people_query *query,
                           vultus_people *out, size_t *total, vultus_error *error);

typedef struct vultus_face_record {
    int64_t id;
    char *source;   /* NULL: not known */
    char *embedder; /* the id of the model that made the embedding */
    vultus_face face;
    float *embedding;
    size_t dimension;
    uint8_t *thumbnail; /* a JPEG */
    size_t thumbnail_size;
    uint8_t picture[32]; /* SHA-256 of the picture file, or of the pixels */
    char created[32];
} vultus_face_record;

typedef struct vultus_face_records {
    vultus_face_record *items;
    size_t count;
} vultus_face_records;

/* All faces of a person, in the order of enrolment. NOT_FOUND: nobody has this name. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_faces(vultus_gallery *gallery,
                                                              const char *name,
                                                              vultus_face_records *out,
                                                              vultus_error *error);
VULTUS_API void vultus_face_records_clear(vultus_face_records *records);

typedef struct vultus_named_faces {
    char **names; /* whose face each is */
    vultus_face_record *items;
    size_t count;
} vultus_named_faces;

/* A page of all faces by number: the first `most` from `face` on. Clear with vultus_named_faces_clear. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_faces_from(vultus_gallery *gallery,
                                                                   int64_t face, size_t most,
                                                                   vultus_named_faces *out,
                                                                   vultus_error *error);
/* One face, as the only one of `out`. NOT_FOUND. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_face(vultus_gallery *gallery, int64_t face,
                                                             vultus_named_faces *out,
                                                             vultus_error *error);
VULTUS_API void vultus_named_faces_clear(vultus_named_faces *faces);

/* EXISTS: somebody else has the new name (merge instead). */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_rename(vultus_gallery *gallery,
                                                               const char *name,
                                                               const char *new_name,
                                                               vultus_error *error);
/* Moves all faces of `from` to `into` and removes `from`. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_merge(vultus_gallery *gallery,
                                                              const char *from, const char *into,
                                                              vultus_error *error);
/* Removes a person with all faces; the freed pages are overwritten. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_delete(vultus_gallery *gallery,
                                                               const char *name,
                                                               vultus_error *error);
/*
 * Removes one face, whose person stays, also without any. As final as the removal of a person: its embedding,
 * thumbnail and source are overwritten, and it cannot be undone. NOT_FOUND.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_delete_face(vultus_gallery *gallery,
                                                                    int64_t face,
                                                                    vultus_error *error);

#ifdef __cplusplus
}
#endif
#endif
