/*
 * Grouping an album: what people said goes in as what is known, and with `keep` the clusters that are there as
 * well; the labels that come back get their numbers. Which number goes on is decided by the faces that a
 * label and an old cluster share, the most first; a name always goes on, with the faces that it was given to.
 */
#include "base/memory.h"
#include "engine/album.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static vultus_status no_memory(vultus_error *error)
{
    return status_memory(error, "an album's clusters");
}

struct grouping {
    vultus_album *album;
    uint32_t *picture, *start, *person, *labels;
    vultus_cluster_link *links;
};

static vultus_status prepare(struct grouping *grouping, bool keep, vultus_error *error)
{
    const vultus_album *album = grouping->album;
    const size_t count = album->face_count;
    grouping->picture = mem_array(count, sizeof(uint32_t));
    grouping->start = mem_array(count, sizeof(uint32_t));
    grouping->person = mem_array(count, sizeof(uint32_t));
    grouping->labels = mem_array(count, sizeof(uint32_t));
    grouping->links = mem_array(album->link_count, sizeof *grouping->links);
    if (!grouping->picture || !grouping->start || !grouping->person || !grouping->labels ||
        !grouping->links)
        return no_memory(error);
    for (size_t i = 0; i < count; i++) {
        const struct album_face *face = &album->faces[i];
        const bool named = face->cluster && album_name_of(album, face->cluster);
        const bool stays = face->cluster && (keep || (named && face->said));
        grouping->picture[i] = face->picture;
        grouping->start[i] = stays ? face->cluster : VULTUS_NOBODY;
        grouping->person[i] = named && stays ? face->cluster : VULTUS_NOBODY;
    }
    for (size_t i = 0; i < album->link_count; i++)
        grouping->links[i] = (vultus_cluster_link){
            .a = (size_t)(album_find_face(album, album->links[i].a) - album->faces),
            .b = (size_t)(album_find_face(album, album->links[i].b) - album->faces),
            .same = album->links[i].same != 0};
    return VULTUS_OK;
}

static void grouping_clear(struct grouping *grouping)
{
    mem_free(grouping->picture);
    mem_free(grouping->start);
    mem_free(grouping->person);
    mem_free(grouping->labels);
    mem_free(grouping->links);
}

/* ------------------------------------------------------------------ numbers */

struct overlap { /* of a label and an old cluster */
    uint32_t label, cluster, faces;
    bool named, said; /* said: of some of the faces, so that the name is theirs */
};

static int by_both(const void *x, const void *y)
{
    const struct overlap *a = x, *b = y;
    if (a->label != b->label)
        return a->label < b->label ? -1 : 1;
    return a->cluster < b->cluster ? -1 : a->cluster > b->cluster;
}

static int strongest_first(const void *x, const void *y)
{
    const struct overlap *a = x, *b = y;
    if (a->named != b->named)
        return a->named ? -1 : 1;
    if (a->named && a->said != b->said)
        return a->said ? -1 : 1;
    if (a->faces != b->faces)
        return a->faces > b->faces ? -1 : 1;
    if (a->cluster != b->cluster)
        return a->cluster < b->cluster ? -1 : 1;
    return a->label < b->label ? -1 : a->label > b->label;
}

static size_t count_overlaps(const struct grouping *grouping, struct overlap *overlaps)
{
    const vultus_album *album = grouping->album;
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < album->face_count; i++)
        if (album->faces[i].cluster)
            overlaps[count++] = (struct overlap){grouping->labels[i], album->faces[i].cluster, 1,
                                                 false, album->faces[i].said};
    qsort(overlaps, count, sizeof *overlaps, by_both);
    for (size_t i = 0; i < count; i++) {
        if (kept && !by_both(&overlaps[kept - 1], &overlaps[i])) {
            overlaps[kept - 1].faces++;
            overlaps[kept - 1].said |= overlaps[i].said;
            continue;
        }
        overlaps[kept] = overlaps[i];
        overlaps[kept].named = album_name_of(album, overlaps[kept].cluster) != NULL;
        kept++;
    }
    qsort(overlaps, kept, sizeof *overlaps, strongest_first);
    return kept;
}

static int by_number(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return a < b ? -1 : a > b;
}

/* How many different numbers other than 0. */
static size_t count_clusters(const vultus_album *album, uint32_t *room)
{
    size_t count = 0;
    for (size_t i = 0; i < album->face_count; i++)
        room[i] = album->faces[i].cluster;
    qsort(room, album->face_count, sizeof *room, by_number);
    for (size_t i = 0; i < album->face_count; i++)
        count += room[i] && (!i || room[i] != room[i - 1]);
    return count;
}

/* The label that a cluster's number went to is in `taken`, sorted by nothing: it is marked in the overlaps
 * by 0 faces. */
static vultus_status number_labels(struct grouping *grouping, vultus_album_grouping *out,
                                   vultus_error *error)
{
    vultus_album *album = grouping->album;
    const size_t clusters = out->clustering.clusters;
    struct overlap *overlaps = mem_array(album->face_count, sizeof *overlaps);
    uint32_t *id = mem_zalloc(clusters, sizeof *id); /* of each label */
    uint32_t *room = mem_array(album->face_count, sizeof *room);
    bool *given = mem_zalloc(album->next_cluster, sizeof *given);
    size_t kept = 0;
    if (!overlaps || !id || !room || !given || album->next_cluster > UINT32_MAX - clusters) {
        mem_free(overlaps);
        mem_free(id);
        mem_free(room);
        mem_free(given);
        return no_memory(error);
    }
    const size_t before = count_clusters(album, room);
    const size_t count = count_overlaps(grouping, overlaps);
    for (size_t i = 0; i < count; i++)
        if (!id[overlaps[i].label] && !given[overlaps[i].cluster]) {
            id[overlaps[i].label] = overlaps[i].cluster;
            given[overlaps[i].cluster] = true;
            kept++;
        }
    for (size_t label = 0; label < clusters; label++)
        if (!id[label]) {
            id[label] = album->next_cluster++;
            out->new_clusters++;
        }
    for (size_t i = 0; i < album->face_count; i++) {
        struct album_face *face = &album->faces[i];
        const uint32_t now = id[grouping->labels[i]];
        out->new_faces += !face->cluster;
        out->moved_faces += face->cluster && face->cluster != now;
        face->said &= face->cluster == now;
        face->cluster = now;
    }
    out->joined_clusters = before - kept;
    mem_free(overlaps);
    mem_free(id);
    mem_free(room);
    mem_free(given);
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ what was asked for */

static bool says_something(const vultus_cluster_options *options)
{
    return options->method || options->has_threshold || options->far > 0;
}

static void recall(const vultus_album *album, vultus_cluster_options *options)
{
    options->method = album->method[0] ? album->method : NULL;
    options->has_threshold = !isnan(album->threshold);
    options->threshold = (float)album->threshold;
    options->far = isnan(album->far) ? 0 : album->far;
}

static void remember(vultus_album *album, const vultus_cluster_options *options)
{
    size_t length = options->method ? strnlen(options->method, ALBUM_METHOD_MAX) : 0;
    if (options->method && options->method != album->method)
        memcpy(album->method, options->method, length);
    album->method[length] = '\0';
    album->threshold = options->has_threshold ? (double)options->threshold : NAN;
    album->far = options->far > 0 ? options->far : NAN;
}

vultus_status vultus_album_group(vultus_album *album, const vultus_cluster_options *options,
                                 bool keep, vultus_album_grouping *out, vultus_error *error)
{
    static const vultus_cluster_options defaults;
    struct grouping grouping = {.album = album};
    vultus_album_grouping made = {0};
    vultus_cluster_options asked = options ? *options : defaults;
    if (!album || album->read_only)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "an album that is open for changes is needed");
    if (!says_something(&asked))
        recall(album, &asked);
    album_drop_names(album);
    made.faces = album->face_count;
    vultus_status status = album->face_count ? prepare(&grouping, keep, error) : VULTUS_OK;
    if (!status && album->face_count) {
        const vultus_labelled rows = {.embeddings = album->embeddings,
                                      .count = album->face_count,
                                      .dimension = album->dimension,
                                      .picture = grouping.picture,
                                      .metric = album->metric,
                                      .raw = album->raw};
        asked.links = grouping.links;
        asked.link_count = album->link_count;
        asked.start = grouping.start;
        asked.person = grouping.person;
        asked.settled = keep;
        status = vultus_cluster(&rows, &asked, grouping.labels, &made.clustering, error);
        if (!status)
            status = number_labels(&grouping, &made, error);
    }
    if (!status) {
        remember(album, &asked);
        if (out)
            *out = made;
    }
    grouping_clear(&grouping);
    return status;
}
