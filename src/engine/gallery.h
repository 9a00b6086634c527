/* What an open gallery is made of; the public header calls it vultus_gallery. */
#ifndef ENGINE_GALLERY_H
#define ENGINE_GALLERY_H

#include "base/file.h"
#include "gallery/store.h"

struct vultus_gallery {
    struct store *store;
    char *location;
    struct search *index; /* of one embedder, the last that was asked for; NULL: none yet */
    char embedder[STORE_EMBEDDER_MAX + 1];
    struct store_mark mark; /* how far the index is filled */
    vultus_template templates;
};

/* Where *location is NULL: what VULTUS_DB says, else the user's own, written to `path`. */
vultus_status gallery_location(const char **location, char path[FILE_PATH_MAX],
                               vultus_error *error) VULTUS_MUST_USE;
/* A date as galleries write it: 2026-01-31T23:59:59Z. */
bool gallery_is_date(const char *text);
/* What of a face can be checked whatever made it; the name and the embedding's length are the caller's. */
vultus_status gallery_check_row(const struct store_sample *row,
                                vultus_error *error) VULTUS_MUST_USE;

#endif
