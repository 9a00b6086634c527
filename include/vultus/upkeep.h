/*
 * vultus, chapter upkeep of galleries: copies, checks, moving people between galleries. Included by
 * vultus.h, whose contract holds here too.
 */
#ifndef VULTUS_UPKEEP_H
#define VULTUS_UPKEEP_H

#include <vultus/people.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Called now and then by what takes long; a false answer ends it with CANCELLED, and nothing has changed. */
typedef struct vultus_progress {
    bool (*step)(void *context, size_t done, size_t total);
    void *context;
} vultus_progress;

/*
 * Writes a copy of the gallery, of one moment, while others read and write it. The copy is a gallery in
 * one file, for its owner only; it has been opened and checked before it takes the name `path`.
 * EXISTS: there is such a file, and `overwrite` is false. `progress` may be NULL.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_backup(vultus_gallery *gallery,
                                                               const char *path, bool overwrite,
                                                               const vultus_progress *progress,
                                                               vultus_error *error);
/*
 * Makes the gallery at `location` (NULL: as for vultus_gallery_open) what the copy at `path` is. The copy
 * is checked as vultus_gallery_check does before anything is touched. A gallery that others have open is
 * replaced in one transaction, and they see the new one. EXISTS: there is a gallery, and `overwrite` is
 * false. FORMAT: the copy is damaged.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_restore(const char *location,
                                                                const char *path, bool overwrite,
                                                                const vultus_progress *progress,
                                                                vultus_error *error);

/* The same of an encrypted copy whose key is in `key_file` (NULL: what VULTUS_KEY_FILE or VULTUS_KEYRING names). The
 * gallery then has the copy's key. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_restore_with(
    const char *location, const char *path, const char *key_file, bool overwrite,
    const vultus_progress *progress, vultus_error *error);

/*
 * Gives the gallery the key in `key_file`, whether it had one or none; NULL: it is encrypted no more. One
 * transaction: after a crash the gallery has the old key or the new one. Then the file is written anew, so that
 * nothing of the old is left in it; where that fails, the error says that the key is the new one, and
 * vultus_gallery_compact does it. Others who have the gallery open must open it again. A plain gallery for which
 * the environment names a key is opened with vultus_gallery_options.key_optional.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_rekey(vultus_gallery *gallery,
                                                              const char *key_file,
                                                              const vultus_progress *progress,
                                                              vultus_error *error);
/* Makes a file with a new key, for its owner only: 64 hexadecimal digits. EXISTS: never replaces anything. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_key_make(const char *path, vultus_error *error);

/*
 * Erases a gallery: everybody in it, with the history, in one transaction and overwritten as by vultus_gallery_delete;
 * then its files, or its schema of a PostgreSQL database. Whoever is killed in between leaves a gallery without
 * anybody. Others who have it open see it empty. `options` as for vultus_gallery_open: an encrypted gallery needs its
 * key; may be NULL. DATABASE: there is none.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_destroy(
    const char *location, const vultus_gallery_options *options, vultus_error *error);

#define VULTUS_FAULTS_MAX 100

typedef struct vultus_faults { /* what is wrong, a line each */
    char **items;
    size_t count; /* at most VULTUS_FAULTS_MAX */
    size_t found; /* also those that are not listed */
    size_t mended; /* of those found: what is made anew when it is needed */
} vultus_faults;

VULTUS_API void vultus_faults_clear(vultus_faults *faults);

/* Looks at every page and every row: the tree of the file, references, names, dates, boxes, embeddings; and at the search
 * files beside it: their checksums, and whether they have the same people and faces. A damaged gallery is a success
 * with faults. Clear with vultus_faults_clear. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_check(vultus_gallery *gallery,
                                                              const vultus_progress *progress,
                                                              vultus_faults *out,
                                                              vultus_error *error);

/* The same, and search files with faults are removed: the next search makes them anew. What is wrong in the gallery
 * itself stays as it is: restore a copy. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_repair(vultus_gallery *gallery,
                                                               const vultus_progress *progress,
                                                               vultus_faults *out,
                                                               vultus_error *error);

typedef struct vultus_trace {
    size_t texts;      /* rows that have just this name */
    size_t mentions;   /* rows with the name inside a longer text: other names, sources */
    size_t places;     /* where its bytes stand in the file and its log */
    size_t free_pages; /* unused pages */
    size_t dirty_pages; /* of these, such that are not all zero */
    bool gone; /* no such row and no dirty page, and its bytes are nowhere or explained by mentions */
} vultus_trace;

/* Looks for what is left of a person who was deleted. A gallery that is open for writing empties its log first. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_trace(vultus_gallery *gallery,
                                                              const char *name, vultus_trace *out,
                                                              vultus_error *error);

/* Writes the file anew without free pages, and empties its log. Others go on reading meanwhile. Needs as much
 * memory as the gallery is large. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_compact(vultus_gallery *gallery,
                                                                const vultus_progress *progress,
                                                                vultus_error *error);

typedef struct vultus_gallery_embedder {
    char *id;
    size_t dimension, faces;
} vultus_gallery_embedder;

typedef struct vultus_gallery_stats {
    size_t people, faces;
    uint64_t bytes, free_bytes, log_bytes; /* of the file, of its unused pages, of its log */
    unsigned schema;                       /* the version of the tables */
    bool encrypted;
    char journal[16];
    vultus_gallery_embedder *embedders;
    size_t embedder_count;
} vultus_gallery_stats;

VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_statistics(vultus_gallery *gallery,
                                                                   vultus_gallery_stats *out,
                                                                   vultus_error *error);
VULTUS_API void vultus_gallery_stats_clear(vultus_gallery_stats *stats);

/*
 * Galleries of a database that belong to another one: their names are its name with a suffix behind, as "staff" and
 * "staff_door". ARGUMENT: the gallery is in a file. The first gives the location of one, whether it is there or not, to `out` of
 * `size` bytes (LIMIT); ARGUMENT, too: no gallery can be called so. A password in `location` is also in `out`.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_beside(const char *location,
                                                               const char *suffix, char *out,
                                                               size_t size, vultus_error *error);

typedef struct vultus_beside {
    char *suffix;
    uint64_t id; /* of no other gallery that ever was */
} vultus_beside;

typedef struct vultus_besides { /* in the order of their names */
    vultus_beside *items;
    size_t count;
} vultus_besides;

/* Those whose suffixes begin with this one. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_besides(vultus_gallery *gallery,
                                                                const char *suffix,
                                                                vultus_besides *out,
                                                                vultus_error *error);
VULTUS_API void vultus_besides_clear(vultus_besides *besides);

#define VULTUS_IMPORT_MAX 10000 /* faces of one import */

typedef struct vultus_imported {
    size_t added, duplicates, new_people;
} vultus_imported;

/*
 * Adds faces that another gallery, or the same one, had: all or none, on the disk when it returns. What is
 * there already (the picture, by the embedder) is a duplicate, so the same import may be run again. Ids are given anew.
 * ARGUMENT: a row that enrolment would refuse. MISMATCH: an embedder has another dimension here. `out` may be NULL.
 */
VULTUS_API VULTUS_MUST_USE vultus_status
vultus_gallery_import(vultus_gallery *gallery, const char *const *names,
                      const vultus_face_record *records, size_t count, vultus_imported *out,
                      vultus_error *error);

typedef struct vultus_person_record { /* what is known of somebody beside their faces */
    char *name;
    char created[32]; /* "": not known */
    vultus_facts facts;
    vultus_refusals refusals;
} vultus_person_record;

VULTUS_API void vultus_person_record_clear(vultus_person_record *record);

typedef struct vultus_imported_people {
    size_t new_people, facts; /* refusals are counted as facts */
} vultus_imported_people;

/*
 * Adds what another gallery knew of people, at most VULTUS_IMPORT_MAX: all or none, on the disk when it returns. Who is not
 * there is made; a fact or refusal that is there stays as it is, so that the same import may be run again. Faces
 * come first: vultus_gallery_import takes none from a picture that was refused. ARGUMENT: what vultus_gallery_set_fact
 * would refuse. `out` may be NULL.
 */
VULTUS_API VULTUS_MUST_USE vultus_status
vultus_gallery_import_people(vultus_gallery *gallery, const vultus_person_record *people,
                             size_t count, vultus_imported_people *out, vultus_error *error);

typedef struct vultus_migration_options {
    vultus_embed_options embed;
    const vultus_progress *progress; /* in faces; may be NULL */
    /* Called for a face that keeps only its old embedding, with the reason; may be NULL. */
    void (*left)(void *context, const char *name, const vultus_face_record *face, const char *why);
    void *context;
} vultus_migration_options;

typedef struct vultus_migration {
    size_t by_picture;   /* embedded anew, from the picture that they came from */
    size_t by_thumbnail; /* from their thumbnail, because the picture is gone or was changed */
    size_t there;        /* had an embedding by this engine already */
    size_t left;         /* could not be embedded */
} vultus_migration;

/*
 * Gives all faces of other embedders an embedding by this engine's, so that the gallery can be used with it. A
 * face keeps its place, and the old embedding stays. Every 64 faces are on the disk as a whole; what was
 * interrupted (CANCELLED) goes on where it was when it is called again. `options` may be NULL.
 */
VULTUS_API VULTUS_MUST_USE vultus_status
vultus_gallery_migrate(vultus_gallery *gallery, vultus_engine *engine,
                       const vultus_migration_options *options, vultus_migration *out,
                       vultus_error *error);

/*
 * Removes the faces by an embedder once each of their pictures has a face by another one, `kept`, as after a migration:
 * all of them, for good, or none. What is not enrolled any more because its picture was refused is removed, too. *faces
 * is how many they were. NOT_FOUND: no such embedder. ARGUMENT: some have none by the other, or both are the same.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_gallery_drop_embedder(vultus_gallery *gallery,
                                                                      const char *embedder,
                                                                      const char *kept,
                                                                      size_t *faces,
                                                                      vultus_error *error);

#define VULTUS_ROW_MAX ((size_t)4 << 20) /* bytes of a line: 4096 numbers and a thumbnail have 1.5 MiB */

/* Reads a person as `vultus gallery export` writes them, one JSON object with "person" for the name. FORMAT names
 * what is wrong. Clear with vultus_person_record_clear. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_person_read(const char *json, size_t size,
                                                            vultus_person_record *out,
                                                            vultus_error *error);

/* Reads a face as `vultus people export` writes it, one JSON object. FORMAT names what is wrong. *name and
 * the record are given back together with vultus_row_clear. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_row_read(const char *json, size_t size, char **name,
                                                         vultus_face_record *out,
                                                         vultus_error *error);
VULTUS_API void vultus_row_clear(char **name, vultus_face_record *record);

#ifdef __cplusplus
}
#endif
#endif
