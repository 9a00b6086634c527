/* What an open gallery is made of; the public header calls it vultus_gallery. */
#ifndef ENGINE_GALLERY_H
#define ENGINE_GALLERY_H

#include "gallery/store.h"

struct vultus_gallery {
    struct store *store;
    char *location;
    struct search *index; /* of one embedder, the last that was asked for; NULL: none yet */
    char embedder[STORE_EMBEDDER_MAX + 1];
    struct store_mark mark; /* how far the index is filled */
    vultus_template templates;
};

#endif
