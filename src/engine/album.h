/* What an album is made of; the public header calls it vultus_album. */
#ifndef ENGINE_ALBUM_H
#define ENGINE_ALBUM_H

#include "base/status.h"

#define ALBUM_EMBEDDER_MAX 95
#define ALBUM_METHOD_MAX 15
#define ALBUM_LINKS_MAX ((size_t)4000000) /* four of every face */
#define ALBUM_STEP_TEXT_MAX 600           /* a name, twice, and some words */

struct album_picture { /* by path */
    char *path;
    uint64_t bytes;
    int64_t modified;
};

struct album_face { /* by id; its embedding is the row of the same number */
    uint32_t id, picture, cluster;
    vultus_face face; /* without a shape */
    /* A person put it into its cluster, or gave that a name while it was in it: where the cluster has a name
     * still, the face stays. */
    bool said;
};

struct album_name {
    uint32_t cluster;
    char *text;
};

struct album_link { /* what was said of two faces, by id */
    uint32_t a, b;
    uint32_t same; /* 0 or 1 */
    uint32_t step; /* the one that said it; 0: it cannot be taken back any more */
};

struct album_move { /* what a step changed: where a face was before */
    uint32_t face, cluster;
};

struct album_step {
    uint32_t serial;
    char *text;
    struct album_move *moves;
    size_t move_count;
    struct album_name *names; /* of clusters before; text "": none */
    size_t name_count;
};

struct vultus_album {
    char *path;
    int lock; /* -1: none */
    bool read_only;
    char embedder[ALBUM_EMBEDDER_MAX + 1]; /* "": not known yet */
    vultus_metric metric;
    bool raw;
    size_t dimension;
    char method[ALBUM_METHOD_MAX + 1]; /* of the last grouping; "": the default */
    double threshold, far;             /* what was asked for then; NaN: nothing */
    uint32_t next_face, next_cluster, next_step;
    struct album_picture *pictures;
    size_t picture_count, picture_capacity;
    struct album_face *faces;
    float *embeddings;
    size_t face_count, face_capacity;
    struct album_name *names; /* by cluster */
    size_t name_count;
    struct album_link *links;
    size_t link_count, link_capacity;
    struct album_step *steps; /* the last is taken back first */
    size_t step_count;
};

/* album.c */
struct album_face *album_find_face(const vultus_album *album, uint32_t id); /* NULL: none */
const char *album_name_of(const vultus_album *album, uint32_t cluster);     /* NULL: none */
/* Gives or (NULL) takes a name. MEMORY. */
vultus_status album_set_name(vultus_album *album, uint32_t cluster, const char *name,
                             vultus_error *error) VULTUS_MUST_USE;
/* Names of clusters without a face go. */
void album_drop_names(vultus_album *album);
void album_step_clear(struct album_step *step);
/* How well a face shows a person: for choosing among faces. */
float album_worth(const struct album_face *face);

/* album_halve.c: which faces of a cluster are the other half; room for all of them. ARGUMENT: it is one. */
vultus_status album_halve(const vultus_album *album, uint32_t cluster, uint32_t *faces,
                          size_t *count, vultus_error *error) VULTUS_MUST_USE;

/* trained_clusters.c reads, trained_clusters_write.c writes. */
#define ALBUM_KIND "clusters"
#define ALBUM_VERSION 2 /* 1: faces without `said` */
#define ALBUM_PLACE 24  /* numbers of a face's box, landmarks, score and quality */
vultus_status album_read(const char *path, vultus_album *album,
                         vultus_error *error) VULTUS_MUST_USE;
vultus_status album_parse(const void *bytes, size_t size, vultus_album *album,
                          vultus_error *error) VULTUS_MUST_USE;
vultus_status album_write(const vultus_album *album, vultus_error *error) VULTUS_MUST_USE;
/* Frees what it holds; path and lock too. */
void album_clear(vultus_album *album);

#endif
