/* Which galleries a server has: that of --db, "default", and others, each a file in a folder beside it. */
#ifndef SERVER_GALLERY_FILES_H
#define SERVER_GALLERY_FILES_H

#include "base/file.h"

#include <vultus/vultus.h>

#define GALLERY_DEFAULT "default"
#define GALLERY_NAME_MAX 40
#define GALLERY_UNKNOWN                                                                            \
    ":unknown" /* behind a name: its unknown faces; names from outside have no colon */
#define GALLERY_NAME_SIZE (GALLERY_NAME_MAX + sizeof GALLERY_UNKNOWN)
#define GALLERIES_MAX 1000 /* beside the default one; a list of them has 100 kB */

struct galleries {
    char place[FILE_PATH_MAX];  /* of the default one, as for vultus_gallery_open */
    char folder[FILE_PATH_MAX]; /* of the others; "": there are none, the default one is no file */
};

/* Where --db, VULTUS_DB or the user's data folder has the gallery. */
vultus_status gallery_place(const char *db, char out[FILE_PATH_MAX],
                            vultus_error *error) VULTUS_MUST_USE;
/* The path of a place that is a file; NULL: it is in a database. A pointer into `place`. */
const char *gallery_file(const char *place);
/* 1 to GALLERY_NAME_MAX of a-z, 0-9, _ and -. */
bool gallery_name_good(const char *name);

/* Finds out where they are; touches nothing. */
vultus_status galleries_open(struct galleries *galleries, const char *db,
                             vultus_error *error) VULTUS_MUST_USE;
/* Where a gallery is, or would be. NOT_FOUND: no gallery can have this name. */
vultus_status galleries_place(const struct galleries *galleries, const char *name,
                              char out[FILE_PATH_MAX], vultus_error *error) VULTUS_MUST_USE;
/* The same of one that is there. NOT_FOUND. */
vultus_status galleries_find(const struct galleries *galleries, const char *name,
                             char out[FILE_PATH_MAX], vultus_error *error) VULTUS_MUST_USE;
/* The same of the unknown faces of a gallery. NOT_FOUND: none are kept. */
vultus_status galleries_unknown(const struct galleries *galleries, const char *name,
                                char out[FILE_PATH_MAX], vultus_error *error) VULTUS_MUST_USE;
/* Makes an empty one. It has its place once it is whole, so that nobody meets half of it, whoever is killed. EXISTS. */
vultus_status galleries_make(const struct galleries *galleries, const char *name,
                             const vultus_gallery_options *options,
                             vultus_error *error) VULTUS_MUST_USE;
/* The names of all but the default one, in order. */
vultus_status galleries_list(const struct galleries *galleries, struct file_list *out,
                             vultus_error *error) VULTUS_MUST_USE;

#endif
