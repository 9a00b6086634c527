/*
 * Which galleries a server has: that of --db, "default", and others: each a file in a folder beside it, or, where it is in
 * a database, a gallery of that whose name is the default one's with "_g_NAME" behind. Unknown faces are in such a
 * gallery, too: beside the file, or with "_u" and "_u_NAME" behind.
 */
#ifndef SERVER_GALLERY_FILES_H
#define SERVER_GALLERY_FILES_H

#include "base/file.h"

#include <vultus/vultus.h>

#include <pthread.h>

#define GALLERY_DEFAULT "default"
#define GALLERY_NAME_MAX 40
#define GALLERY_UNKNOWN                                                                            \
    ":unknown" /* behind a name: its unknown faces; names from outside have no colon */
#define GALLERY_NAME_SIZE (GALLERY_NAME_MAX + sizeof GALLERY_UNKNOWN)
#define GALLERIES_MAX 1000 /* beside the default one; a list of them has 100 kB */

struct galleries {
    char place[FILE_PATH_MAX];  /* of the default one, as for vultus_gallery_open */
    char folder[FILE_PATH_MAX]; /* of the others; "": they are in its database */
    pthread_mutex_t lock;
    vultus_gallery *directory; /* that is asked which are in the database; NULL: not yet */
};

struct gallery_spot {
    char place[FILE_PATH_MAX]; /* as for vultus_gallery_open */
    uint64_t device, id; /* of the file, or the schema; another one of the same name differs */
};

/* Where --db, VULTUS_DB or the user's data folder has the gallery. */
vultus_status gallery_place(const char *db, char out[FILE_PATH_MAX],
                            vultus_error *error) VULTUS_MUST_USE;
/* The path of a place that is a file; NULL: it is in a database. A pointer into `place`. */
const char *gallery_file(const char *place);
/* 1 to GALLERY_NAME_MAX of a-z, 0-9, _ and -. */
bool gallery_name_good(const char *name);

void galleries_init(struct galleries *galleries);
void galleries_clear(struct galleries *galleries);
/* Finds out where they are; touches nothing. */
vultus_status galleries_open(struct galleries *galleries, const char *db,
                             vultus_error *error) VULTUS_MUST_USE;
/* Erases what processes that were killed left of galleries that were being made or deleted. */
vultus_status galleries_tidy(const struct galleries *galleries,
                             vultus_error *error) VULTUS_MUST_USE;

/* A gallery that is there; `name` may have GALLERY_UNKNOWN behind it. NOT_FOUND. */
vultus_status galleries_find(struct galleries *galleries, const char *name,
                             struct gallery_spot *out, vultus_error *error) VULTUS_MUST_USE;
/* The same of the unknown faces of a gallery. NOT_FOUND: none are kept. */
vultus_status galleries_unknown(struct galleries *galleries, const char *name,
                                struct gallery_spot *out, vultus_error *error) VULTUS_MUST_USE;
/* Makes an empty one. It has its place once it is whole, so that nobody meets half of it, whoever is killed. EXISTS.
 * ARGUMENT: the database cannot have one of this name. */
vultus_status galleries_make(struct galleries *galleries, const char *name,
                             const vultus_gallery_options *options,
                             vultus_error *error) VULTUS_MUST_USE;
/* The names of all but the default one, in order. */
vultus_status galleries_list(struct galleries *galleries, struct file_list *out,
                             vultus_error *error) VULTUS_MUST_USE;

/* gallery_database.c: the same where the default gallery is in a database. `base` is a name without GALLERY_UNKNOWN. */
vultus_status gallery_database_find(struct galleries *galleries, const char *base, bool unknown,
                                    struct gallery_spot *out, vultus_error *error) VULTUS_MUST_USE;
vultus_status gallery_database_make(struct galleries *galleries, const char *base, bool unknown,
                                    const vultus_gallery_options *options,
                                    vultus_error *error) VULTUS_MUST_USE;
vultus_status gallery_database_list(struct galleries *galleries, struct file_list *out,
                                    vultus_error *error) VULTUS_MUST_USE;
/* NOT_FOUND, with the line. */
vultus_status gallery_none(const char *name, vultus_error *error);

#endif
