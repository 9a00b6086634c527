/* The galleries that somebody has open, one thread at a time: the few that were used last. */
#ifndef SERVER_SHELF_H
#define SERVER_SHELF_H

#include "gallery_files.h"
#include "keys.h"

#include <vultus/vultus.h>

#define SHELF_MAX 8 /* each has an index in memory; opening one again takes milliseconds */
#define SHELF_ACTOR_SIZE (KEY_ID_SIZE + 8)

struct shelf_place {
    vultus_gallery *gallery; /* NULL: free */
    char name[GALLERY_NAME_SIZE], actor[SHELF_ACTOR_SIZE];
    uint64_t device, id; /* that it was when it was opened */
    uint64_t used;       /* when, in uses */
};

struct shelf {
    struct shelf_place places[SHELF_MAX];
    uint64_t uses;
};

/*
 * A gallery by its name, opened with these options (always the same for one shelf, but for the actor) unless it is open.
 * It stays the shelf's, until the next call. One that was deleted meanwhile is closed, and one that was made anew
 * under the name is opened. NOT_FOUND: there is no such gallery.
 */
vultus_status shelf_take(struct shelf *shelf, struct galleries *galleries, const char *name,
                         const vultus_gallery_options *options, vultus_gallery **out,
                         vultus_error *error) VULTUS_MUST_USE;
/* Closes what is open of a gallery, and of its unknown faces. */
void shelf_drop(struct shelf *shelf, const char *name);
void shelf_clear(struct shelf *shelf);

#endif
