/* Where things of the server lie that belong to a gallery. */
#ifndef SERVER_BESIDE_H
#define SERVER_BESIDE_H

#include <vultus/vultus.h>

#include <stddef.h>

/* The gallery's path with `ending` behind it, or `name` in the user's data folder where the gallery is no file.
 * `gallery` as for vultus_gallery_open. LIMIT: the path is too long. */
VULTUS_MUST_USE vultus_status beside_gallery(const char *gallery, const char *ending,
                                             const char *name, char *path, size_t size,
                                             vultus_error *error);

#endif
