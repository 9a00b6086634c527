/* What an open gallery is made of; the public header calls it vultus_gallery. */
#ifndef ENGINE_GALLERY_H
#define ENGINE_GALLERY_H

#include "base/buffer.h"
#include "base/file.h"
#include "gallery/store.h"

struct gallery_filter {   /* who may be found */
    struct buffer asked;  /* the filter that it is of */
    int64_t foreign, own; /* of the mark when it was made */
    uint64_t *allowed;    /* a bit for each member of the index; NULL: everybody */
    size_t people, faces; /* that are allowed */
};

struct vultus_gallery {
    struct store *store;
    char *location;
    struct search *index; /* of one embedder, the last that was asked for; NULL: none yet */
    char embedder[STORE_EMBEDDER_MAX + 1];
    struct store_mark mark; /* how far the index is filled; not at all by the store's own search */
    struct store_counts counts; /* with whom the last probe was compared */
    bool exact;
    vultus_template templates;
    struct gallery_filter filter;
    char added[STORE_EMBEDDER_MAX + 1]; /* the embedder of what was stored last; "": nothing was */
    size_t added_dimension;
    bool added_raw;
};

vultus_status gallery_need(bool all_there, vultus_error *error) VULTUS_MUST_USE;

/* Makes the gallery's filter that of its index as it is, NULL: everybody. NOT_FOUND names the person, group or tag
 * that there is not. */
vultus_status gallery_filter_update(vultus_gallery *gallery, const vultus_filter *filter,
                                    vultus_error *error) VULTUS_MUST_USE;
void gallery_filter_clear(struct gallery_filter *filter);

/* What a gallery does not keep of a face is worked out again, as far as that goes without the picture. */
void gallery_complete(vultus_face *face);
/* How the index weighs faces. */
float gallery_weight(const vultus_face *face);
/* Notes that faces of an embedder were stored: closing brings its search file up to date. */
void gallery_note_added(vultus_gallery *gallery, const struct store_sample *sample);

/* Where *location is NULL: what VULTUS_DB says, else the user's own, written to `path`. */
vultus_status gallery_location(const char **location, char path[FILE_PATH_MAX],
                               vultus_error *error) VULTUS_MUST_USE;
/* A fact by the rules of vultus_gallery_set_fact. */
vultus_status gallery_check_fact(const struct store_fact *fact,
                                 vultus_error *error) VULTUS_MUST_USE;
/* A date as galleries write it: 2026-01-31T23:59:59Z. */
bool gallery_is_date(const char *text);
/* What of a face can be checked whatever made it; the name and the embedding's length are the caller's. */
vultus_status gallery_check_row(const struct store_sample *row,
                                vultus_error *error) VULTUS_MUST_USE;

#endif
