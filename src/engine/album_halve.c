/*
 * A cluster in two: k-means with two means (Lloyd 1982), from the face that shows the person best and the
 * one that is farthest from it. Faces that are linked as one person count as one and stay together.
 */
#include "base/memory.h"
#include "engine/album.h"
#include "kernel/kernel.h"

#include <string.h>

#define TURNS_MAX 50 /* it settles in a few */

struct halves {
    const vultus_album *album;
    uint32_t *row;   /* of the faces of the cluster */
    uint32_t *group; /* of each: the first that it is linked with */
    bool *second;    /* of each group's first */
    float *means;    /* two */
    size_t count;
};

static const float *vector(const struct halves *halves, size_t i)
{
    return halves->album->embeddings + halves->row[i] * halves->album->dimension;
}

static void group(struct halves *halves)
{
    const vultus_album *album = halves->album;
    bool more = true;
    while (more) {
        more = false;
        for (size_t k = 0; k < album->link_count; k++) {
            size_t a = SIZE_MAX, b = SIZE_MAX;
            for (size_t i = 0; album->links[k].same && i < halves->count; i++) {
                a = album->faces[halves->row[i]].id == album->links[k].a ? i : a;
                b = album->faces[halves->row[i]].id == album->links[k].b ? i : b;
            }
            if (a == SIZE_MAX || b == SIZE_MAX || halves->group[a] == halves->group[b])
                continue;
            uint32_t low =
                halves->group[a] < halves->group[b] ? halves->group[a] : halves->group[b];
            halves->group[a] = halves->group[b] = low;
            more = true;
        }
    }
}

/* Where the mean of a group is nearer, by the sum over its faces; true when it is the second. */
static bool nearer_second(const struct halves *halves, size_t first)
{
    const size_t dimension = halves->album->dimension;
    double difference = 0;
    for (size_t i = 0; i < halves->count; i++)
        if (halves->group[i] == first) {
            const float *at = vector(halves, i);
            difference += (double)kernel_best()->sqdist(at, halves->means, dimension) -
                          (double)kernel_best()->sqdist(at, halves->means + dimension, dimension);
        }
    return difference > 0;
}

static void set_means(struct halves *halves)
{
    const size_t dimension = halves->album->dimension;
    size_t counts[2] = {0, 0};
    memset(halves->means, 0, 2 * dimension * sizeof *halves->means);
    for (size_t i = 0; i < halves->count; i++) {
        bool side = halves->second[halves->group[i]];
        float *mean = halves->means + side * dimension;
        const float part = 1 / (float)++counts[side];
        for (size_t k = 0; k < dimension; k++)
            mean[k] += (vector(halves, i)[k] - mean[k]) * part;
    }
}

static void begin(struct halves *halves)
{
    const size_t dimension = halves->album->dimension;
    size_t best = 0, far = 0;
    float most = -1;
    for (size_t i = 1; i < halves->count; i++)
        if (album_worth(&halves->album->faces[halves->row[i]]) >
            album_worth(&halves->album->faces[halves->row[best]]))
            best = i;
    for (size_t i = 0; i < halves->count; i++) {
        float distance = kernel_best()->sqdist(vector(halves, i), vector(halves, best), dimension);
        if (halves->group[i] != halves->group[best] && distance > most) {
            most = distance;
            far = i;
        }
    }
    memcpy(halves->means, vector(halves, best), dimension * sizeof(float));
    memcpy(halves->means + dimension, vector(halves, far), dimension * sizeof(float));
}

vultus_status album_halve(const vultus_album *album, uint32_t cluster, uint32_t *faces,
                          size_t *count, vultus_error *error)
{
    struct halves halves = {.album = album,
                            .row = mem_array(album->face_count, sizeof(uint32_t)),
                            .group = mem_array(album->face_count, sizeof(uint32_t)),
                            .second = mem_zalloc(album->face_count, sizeof(bool)),
                            .means = mem_array(2 * album->dimension, sizeof(float))};
    vultus_status status = VULTUS_OK;
    bool changed = true;
    *count = 0;
    if (!halves.row || !halves.group || !halves.second || !halves.means)
        status = status_memory(error, "a cluster in two");
    for (uint32_t i = 0; !status && i < album->face_count; i++)
        if (album->faces[i].cluster == cluster) {
            halves.group[halves.count] = (uint32_t)halves.count;
            halves.row[halves.count++] = i;
        }
    if (!status) {
        group(&halves);
        begin(&halves);
    }
    for (int turn = 0; !status && changed && turn < TURNS_MAX; turn++) {
        changed = false;
        for (size_t i = 0; i < halves.count; i++) {
            if (halves.group[i] != i)
                continue;
            bool second = nearer_second(&halves, i);
            changed |= second != halves.second[i];
            halves.second[i] = second;
        }
        set_means(&halves);
    }
    for (size_t i = 0; !status && i < halves.count; i++)
        if (halves.second[halves.group[i]])
            faces[(*count)++] = album->faces[halves.row[i]].id;
    if (!status && !*count)
        status = status_set(error, VULTUS_ERR_ARGUMENT,
                            "cluster %u cannot be split: its faces are one, or known to be one "
                            "person",
                            cluster);
    mem_free(halves.row);
    mem_free(halves.group);
    mem_free(halves.second);
    mem_free_wiped(halves.means, 2 * album->dimension * sizeof(float));
    return status;
}
