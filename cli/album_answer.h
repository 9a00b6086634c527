/* The answers of vultus cluster: clusters with their faces, from an album. */
#ifndef CLI_ALBUM_ANSWER_H
#define CLI_ALBUM_ANSWER_H

#include "base/file.h"
#include "options.h"

#include <vultus/vultus.h>

struct group { /* the faces of a cluster that are answered: `count` from `first` on */
    size_t first, count;
};

struct groups {
    vultus_album_face *faces;        /* by cluster, the best first */
    struct group *items;             /* the largest first */
    size_t count, face_count, small; /* small: faces in clusters under the least size */
};

/*
 * The clusters of an album with at least `least` faces, counted in these pictures only (paths, sorted; NULL: in
 * all). Returns an exit code; clear in every case.
 */
int groups_collect(const vultus_album *album, const struct file_list *pictures, size_t least,
                   struct groups *out);
void groups_clear(struct groups *groups);

/* A table of clusters, an object for each with its faces, or a row for each face. */
int groups_answer(const struct groups *groups, enum format format);
/* The faces of them: a table, an object or a row for each. */
int groups_answer_faces(const struct groups *groups, enum format format);

/* Folders of links or copies, one for each cluster. */
int groups_export(const struct groups *groups, const char *folder, bool copy);

#endif
