/*
 * vultus, chapter clusters: faces without names grouped into people. Included by vultus.h, whose contract
 * holds here too. vultus_cluster groups embeddings once; an album (below) remembers the groups in a file,
 * takes new pictures, and is corrected by people.
 */
#ifndef VULTUS_CLUSTER_H
#define VULTUS_CLUSTER_H

#include <vultus/calibrate.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VULTUS_CLUSTER_FACES_MAX                                                                   \
    ((size_t)1000000) /* all pairs are compared: hours at this number */

/* The name of a method, by number from 0, the default first; NULL at the end. `summary` (may be NULL)
 * receives a line for people. Static storage. */
VULTUS_API const char *vultus_cluster_method(size_t index, const char **summary);

typedef struct vultus_cluster_link { /* what is known of two faces, by their rows */
    size_t a, b;
    bool same; /* one person; false: two */
} vultus_cluster_link;

typedef struct vultus_cluster_options {
    const char *method; /* NULL: the first of vultus_cluster_method */
    float threshold;    /* in the unit of the metric, used when has_threshold is set */
    bool has_threshold; /* false: it follows from far, by the calibration or from own_threshold */
    /* The embedder's, as vultus_engine_calibration has it. NULL, or of another unit than the metric's:
     * strangers' scores are taken to be normally distributed around own_threshold instead */
    const vultus_calibration *calibration;
    float own_threshold; /* the embedder's for two faces, as vultus_engine_threshold says */
    double
        far; /* false accept rate of one comparison, 0..0.5; 0: the method's part of a false link per face,
                   over the number of faces */
    unsigned
        min_points; /* density: faces, itself among them, that the neighbourhood of a core has; 0: 2 */
    uint64_t seed;    /* whispers: the order in which faces are asked */
    unsigned threads; /* 0 or 1: only the caller's. The answer does not depend on it */
    const vultus_cluster_link *links;
    size_t link_count;
    const uint32_t
        *start; /* of each row: faces with one number are one person already; VULTUS_NOBODY: not
                              known; NULL: of none */
    const uint32_t
        *person; /* of each row: rows of two people are never one cluster; VULTUS_NOBODY: not known;
                               NULL: of none. Rows of one person may be in several clusters */
    /* linkage: rows with a start are compared only with what has rows without, so that a few new ones among
     * many are quick; two starts are joined only by way of a third. The other methods do not look at it */
    bool settled;
    /* Called on the caller's thread now and then; false ends the work (CANCELLED). May be NULL. */
    bool (*progress)(void *context, size_t done, size_t total);
    void *progress_context;
} vultus_cluster_options;

typedef enum vultus_cluster_basis { /* what a threshold rests on */
                                    VULTUS_CLUSTER_GIVEN = 0,
                                    VULTUS_CLUSTER_CALIBRATED,
                                    VULTUS_CLUSTER_ASSUMED /* a normal distribution of strangers' scores */
} vultus_cluster_basis;

typedef struct vultus_clustering {
    size_t clusters;
    const char *method;
    float threshold; /* what was applied, in the unit of the metric */
    double far;      /* the rate that it follows from; NaN: the threshold was given */
    vultus_cluster_basis basis;
} vultus_clustering;

/*
 * Groups faces into people. Rows of one picture are never one person, nor are those of a link that says so;
 * those of a link with `same` always are. labels[row] is a number below the number of clusters, in the
 * order of their first rows. The persons, names and qualities in `faces` are not looked at.
 * ARGUMENT: no such method; links, start, persons and pictures contradict each other (the line names two rows);
 * no threshold, and nothing that it could follow from. MISMATCH: the calibration is of another embedder than
 * `faces` name. LIMIT: over VULTUS_CLUSTER_FACES_MAX.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_cluster(const vultus_labelled *faces,
                                                        const vultus_cluster_options *options,
                                                        uint32_t *labels, vultus_clustering *out,
                                                        vultus_error *error);

typedef struct vultus_cluster_report {
    size_t faces, clusters, people; /* of the faces whose person is known */
    /* Of all pairs of faces: precision, the share of those put together that are one person; recall, the
     * share of those of one person that are together. NaN: there is no such pair. */
    double pair_precision, pair_recall, pair_f1;
    /* BCubed (Bagga and Baldwin 1998): the same for each face among the faces of its cluster and of its
     * person, itself among them, as a mean over faces. */
    double bcubed_precision, bcubed_recall, bcubed_f1;
    double impurity; /* share of faces that are not of the person whom their cluster has most of */
    size_t mixed_clusters;  /* of more than one person */
    size_t split_people;    /* in more than one cluster */
    size_t single_clusters; /* of one face */
} vultus_cluster_report;

/* Compares clusters with people: two numbers for each face, of any size. Faces of VULTUS_NOBODY are left
 * out. ARGUMENT: none is left. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_cluster_evaluate(const uint32_t *labels,
                                                                 const uint32_t *person,
                                                                 size_t count,
                                                                 vultus_cluster_report *out,
                                                                 vultus_error *error);

/* ------------------------------------------------------------------ albums */

/*
 * Faces of pictures, grouped, in one file: which pictures were looked at, their faces with embeddings, the
 * clusters with their names, what people said about faces, and how to take that back. Clusters and faces are
 * known by numbers from 1 that are never used twice. A change is in memory until vultus_album_save, which
 * replaces the file in one step. What a change would contradict (two faces of one picture, links, names)
 * makes it fail with ARGUMENT and a line that names it, and the album stays as it was.
 */
typedef struct vultus_album vultus_album;

#define VULTUS_ALBUM_STEPS_MAX 100 /* changes that can be taken back */

typedef struct vultus_album_options {
    bool read_only;  /* several may read; none of them can save */
    bool must_exist; /* NOT_FOUND where there is no file; else an album begins empty */
} vultus_album_options;

/*
 * Opens an album. `path` NULL: clusters.safetensors in the user's data folder. BUSY: another process has it
 * open for changes. FORMAT: no album, damaged, or of a newer version. Close with vultus_album_close, which
 * saves nothing.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_album_open(const char *path,
                                                           const vultus_album_options *options,
                                                           vultus_album **out, vultus_error *error);
VULTUS_API void vultus_album_close(vultus_album *album);
VULTUS_API VULTUS_MUST_USE vultus_status vultus_album_save(vultus_album *album,
                                                           vultus_error *error);
/* Where it is. Lives as long as the album. */
VULTUS_API const char *vultus_album_path(const vultus_album *album);
/* The id of the embedder that its faces are by; NULL: it has none yet. */
VULTUS_API const char *vultus_album_embedder(const vultus_album *album);
/* MISMATCH: the album's faces are by another embedder. An album without faces takes the engine's. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_album_use(vultus_album *album,
                                                          const vultus_engine *engine,
                                                          vultus_error *error);

typedef struct vultus_album_picture {
    const char *path;
    uint64_t bytes;   /* of the file */
    int64_t modified; /* nanoseconds since 1970 */
} vultus_album_picture;

/* Pictures by number from 0, in the order of their paths; false at the end. Pointers live until the album
 * changes. */
VULTUS_API bool vultus_album_picture_at(const vultus_album *album, size_t index,
                                        vultus_album_picture *out);
/* True when this picture was put, and has the same size and time. */
VULTUS_API bool vultus_album_has(const vultus_album *album, const vultus_album_picture *picture);
/* Adds a picture with its faces (none: count 0), or replaces it: the faces that it had are gone then. The
 * new ones are in no cluster until vultus_album_group. `embeddings`: count x the engine's dimension.
 * ARGUMENT: vultus_album_use was not called. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_album_put(vultus_album *album,
                                                          const vultus_album_picture *picture,
                                                          const vultus_face *faces, size_t count,
                                                          const float *embeddings,
                                                          vultus_error *error);
/* Takes a picture out with its faces; false: it is not in the album. */
VULTUS_API bool vultus_album_forget(vultus_album *album, const char *path);

typedef struct vultus_album_grouping {
    vultus_clustering clustering;
    size_t faces, new_faces;              /* that had no cluster before */
    size_t moved_faces;                   /* that had another one */
    size_t new_clusters, joined_clusters; /* joined: that are part of others now */
} vultus_album_grouping;

/*
 * Gives every face a cluster, as if all faces had come at once, but that whatever people said holds: faces
 * that were merged, linked, split or told apart, and those of a cluster with a name that were in it when it
 * got the name (or were put there by a merge or a link). Clusters take the number of the one before that they
 * share most faces with, and names go on with the faces that they were given to.
 * With `keep` all clusters that are there stay together and get the new faces that belong to them, which is
 * quick where there are many more old faces than new ones, and the further from the first the more often faces
 * came. Two with names are never joined; others may be, and the one with more faces keeps its number.
 * Of `options` the links, start, person and settled are the album's own. Where options say neither method nor
 * threshold nor far, those of the last time hold; others are remembered.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_album_group(vultus_album *album,
                                                            const vultus_cluster_options *options,
                                                            bool keep, vultus_album_grouping *out,
                                                            vultus_error *error);

typedef struct vultus_cluster_info {
    uint32_t id;
    const char *name; /* NULL: none */
    size_t faces, pictures;
    uint32_t best; /* the face that shows the person best */
} vultus_cluster_info;

typedef struct vultus_cluster_list { /* the largest first, then by number */
    vultus_cluster_info *items;
    size_t count;
} vultus_cluster_list;

/* Names live until the album changes. Clear with vultus_cluster_list_clear. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_album_clusters(const vultus_album *album,
                                                               vultus_cluster_list *out,
                                                               vultus_error *error);
VULTUS_API void vultus_cluster_list_clear(vultus_cluster_list *list);

typedef struct vultus_album_face {
    uint32_t id, cluster; /* cluster 0: not grouped yet */
    const char *path;
    vultus_face face; /* without a shape */
    const float *embedding;
    const char *name; /* of the cluster; NULL: none */
} vultus_album_face;

/* Faces by number from 0, in the order of their ids; false at the end. Pointers live until the album
 * changes. */
VULTUS_API bool vultus_album_face_at(const vultus_album *album, size_t index,
                                     vultus_album_face *out);

/*
 * What people say. Each is one step that vultus_album_undo takes back, and holds in every grouping that
 * follows. NOT_FOUND: there is no such cluster or face.
 */
/* All of these are one person; *into (may be NULL) is the number that stays: of the one with a name, else
 * the first. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_album_merge(vultus_album *album,
                                                            const uint32_t *clusters, size_t count,
                                                            uint32_t *into, vultus_error *error);
/* These faces of a cluster are one other person, and get a cluster of their own; count 0: the half that is
 * farther from the best face. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_album_split(vultus_album *album, uint32_t cluster,
                                                            const uint32_t *faces, size_t count,
                                                            uint32_t *out, vultus_error *error);
/* Says of the faces that are in it now who they are, also with the name that it has. NULL takes the name
 * away. EXISTS: another cluster has it (merge instead). */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_album_name(vultus_album *album, uint32_t cluster,
                                                           const char *name, vultus_error *error);
/* Two faces are one person, and their clusters are joined; or they are two, and where they were in one
 * cluster the second leaves it, with the faces that are linked to it. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_album_link(vultus_album *album, uint32_t a,
                                                           uint32_t b, bool same,
                                                           vultus_error *error);
/* Takes the last step back; `text` (may be NULL) receives what it was. NOT_FOUND: there is none. */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_album_undo(vultus_album *album, char *text,
                                                           size_t size, vultus_error *error);

#ifdef __cplusplus
}
#endif
#endif
