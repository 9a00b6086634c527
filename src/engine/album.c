/*
 * Albums: opening and closing, and what can be read of them. Faces are kept by id, names by cluster and
 * pictures by path, each in one sorted array, because an album is read and written as a whole.
 */
#include "engine/album.h"
#include "base/file.h"
#include "base/file_lock.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static vultus_status no_memory(vultus_error *error)
{
    return status_memory(error, "an album");
}

/* ------------------------------------------------------------------ opening */

vultus_status vultus_album_open(const char *path, const vultus_album_options *options,
                                vultus_album **out, vultus_error *error)
{
    static const vultus_album_options defaults;
    char place[FILE_PATH_MAX];
    vultus_status status = VULTUS_OK;
    if (!out)
        return status_set(error, VULTUS_ERR_ARGUMENT, "vultus_album_open: no place for the album");
    if (!options)
        options = &defaults;
    if (!path) {
        status = file_data_path("clusters.safetensors", place, sizeof place, error);
        if (!status && !options->read_only && !options->must_exist) {
            place[strlen(place) - strlen(file_name(place)) - 1] = '\0';
            status = file_make_folders(place, error);
            place[strlen(place)] = '/';
        }
        path = place;
    }
    if (status)
        return status;
    const bool there = file_exists(path);
    if (!there && (options->must_exist || options->read_only))
        return status_set(error, VULTUS_ERR_NOT_FOUND,
                          "%s: there is no album; make one with vultus cluster DIR",
                          file_shown(path));
    vultus_album *album = mem_zalloc(1, sizeof *album);
    if (!album)
        return no_memory(error);
    *album = (vultus_album){.lock = -1,
                            .read_only = options->read_only,
                            .threshold = NAN,
                            .far = NAN,
                            .next_face = 1,
                            .next_cluster = 1,
                            .next_step = 1,
                            .path = mem_string(path)};
    if (!album->path)
        status = no_memory(error);
    if (!status && !album->read_only)
        status = file_lock(path, &album->lock, error);
    if (!status && file_exists(path)) /* seen with the lock: somebody may have made it meanwhile */
        status = album_read(path, album, error);
    if (status)
        vultus_album_close(album);
    else
        *out = album;
    return status;
}

void vultus_album_close(vultus_album *album)
{
    if (!album)
        return;
    album_clear(album);
    mem_free(album);
}

vultus_status vultus_album_save(vultus_album *album, vultus_error *error)
{
    if (!album || album->read_only)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "an album that is open for changes is needed");
    return album_write(album, error);
}

const char *vultus_album_path(const vultus_album *album)
{
    return album ? album->path : NULL;
}

const char *vultus_album_embedder(const vultus_album *album)
{
    return album && album->embedder[0] ? album->embedder : NULL;
}

vultus_status vultus_album_use(vultus_album *album, const vultus_engine *engine,
                               vultus_error *error)
{
    if (!album || !engine || !vultus_engine_dimension(engine))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "an album and an engine with an embedder are needed");
    const char *embedder = vultus_engine_embedder(engine);
    if (strlen(embedder) > ALBUM_EMBEDDER_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "the name of the embedder is too long");
    if (album->face_count && strcmp(album->embedder, embedder) != 0)
        return status_set(error, VULTUS_ERR_MISMATCH,
                          "%s: its faces are by %.60s, this embedder is %.60s; take another "
                          "--state, or cluster reset",
                          file_shown(album->path), album->embedder, embedder);
    if (!album->face_count) {
        if (strcmp(album->embedder, embedder) != 0)
            for (size_t i = 0; i < album->picture_count; i++)
                album->pictures[i].bytes = UINT64_MAX; /* seen by another: to be looked at again */
        memcpy(album->embedder, embedder, strlen(embedder) + 1);
        album->metric = vultus_engine_metric(engine);
        album->raw = vultus_engine_raw(engine);
        if (album->dimension != vultus_engine_dimension(engine)) {
            mem_free(album->embeddings);
            album->embeddings = NULL;
            album->face_capacity = 0;
            album->dimension = vultus_engine_dimension(engine);
        }
    }
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ reading */

struct album_face *album_find_face(const vultus_album *album, uint32_t id)
{
    size_t low = 0, high = album->face_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (album->faces[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < album->face_count && album->faces[low].id == id ? &album->faces[low] : NULL;
}

bool vultus_album_face_at(const vultus_album *album, size_t index, vultus_album_face *out)
{
    if (!album || index >= album->face_count)
        return false;
    const struct album_face *face = &album->faces[index];
    *out = (vultus_album_face){.id = face->id,
                               .cluster = face->cluster,
                               .path = album->pictures[face->picture].path,
                               .face = face->face,
                               .embedding = album->embeddings + index * album->dimension,
                               .name = album_name_of(album, face->cluster)};
    return true;
}

float album_worth(const struct album_face *face)
{
    const float score = face->face.quality.score;
    return isfinite(score) ? score : 0;
}

static int by_cluster(const void *x, const void *y)
{
    const struct album_face *const *a = x, *const *b = y;
    if ((*a)->cluster != (*b)->cluster)
        return (*a)->cluster < (*b)->cluster ? -1 : 1;
    return (*a)->id < (*b)->id ? -1 : (*a)->id > (*b)->id;
}

static int largest_first(const void *x, const void *y)
{
    const vultus_cluster_info *a = x, *b = y;
    if (a->faces != b->faces)
        return a->faces > b->faces ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

vultus_status vultus_album_clusters(const vultus_album *album, vultus_cluster_list *out,
                                    vultus_error *error)
{
    const struct album_face **order;
    vultus_cluster_list list = {0};
    if (!album || !out)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "an album and a place for the list are needed");
    order = mem_array(album->face_count, sizeof *order);
    list.items = mem_zalloc(album->face_count, sizeof *list.items);
    if (!order || !list.items) {
        mem_free(order);
        mem_free(list.items);
        return no_memory(error);
    }
    for (size_t i = 0; i < album->face_count; i++)
        order[i] = &album->faces[i];
    qsort(order, album->face_count, sizeof *order, by_cluster);
    float worth = 0;
    for (size_t i = 0; i < album->face_count; i++) {
        const struct album_face *face = order[i];
        if (!face->cluster)
            continue;
        if (!list.count || list.items[list.count - 1].id != face->cluster)
            list.items[list.count++] = (vultus_cluster_info){
                .id = face->cluster, .name = album_name_of(album, face->cluster)};
        vultus_cluster_info *info = &list.items[list.count - 1];
        if (!info->faces || album_worth(face) > worth) {
            info->best = face->id;
            worth = album_worth(face);
        }
        info->faces++;
        info->pictures++; /* a cluster has no two faces of one picture */
    }
    mem_free(order);
    qsort(list.items, list.count, sizeof *list.items, largest_first);
    *out = list;
    return VULTUS_OK;
}

void vultus_cluster_list_clear(vultus_cluster_list *list)
{
    if (!list)
        return;
    mem_free(list->items);
    *list = (vultus_cluster_list){0};
}

/* ------------------------------------------------------------------ names */

/* Where the name of a cluster is, or would be: they are kept by cluster. */
static size_t find_name(const vultus_album *album, uint32_t cluster)
{
    size_t low = 0, high = album->name_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (album->names[middle].cluster < cluster)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const char *album_name_of(const vultus_album *album, uint32_t cluster)
{
    size_t at = find_name(album, cluster);
    return at < album->name_count && album->names[at].cluster == cluster ? album->names[at].text
                                                                         : NULL;
}

static void take_name(vultus_album *album, size_t at)
{
    mem_free(album->names[at].text);
    album->name_count--;
    memmove(album->names + at, album->names + at + 1,
            (album->name_count - at) * sizeof *album->names);
}

vultus_status album_set_name(vultus_album *album, uint32_t cluster, const char *name,
                             vultus_error *error)
{
    const size_t at = find_name(album, cluster);
    const bool has = album_name_of(album, cluster) != NULL;
    if (!name) {
        if (has)
            take_name(album, at);
        return VULTUS_OK;
    }
    char *text = mem_string(name);
    struct album_name *names =
        text ? mem_resize(album->names, album->name_count + 1, sizeof *names) : NULL;
    if (!names) {
        mem_free(text);
        return no_memory(error);
    }
    album->names = names;
    if (has) {
        mem_free(names[at].text);
    } else {
        memmove(names + at + 1, names + at, (album->name_count - at) * sizeof *names);
        album->name_count++;
    }
    names[at] = (struct album_name){cluster, text};
    return VULTUS_OK;
}

void album_drop_names(vultus_album *album)
{
    for (size_t n = album->name_count; n-- > 0;) {
        size_t i = 0;
        while (i < album->face_count && album->faces[i].cluster != album->names[n].cluster)
            i++;
        if (i < album->face_count)
            continue;
        take_name(album, n);
    }
}

void album_step_clear(struct album_step *step)
{
    for (size_t i = 0; i < step->name_count; i++)
        mem_free(step->names[i].text);
    mem_free(step->names);
    mem_free(step->moves);
    mem_free(step->text);
    *step = (struct album_step){0};
}

void album_clear(vultus_album *album)
{
    for (size_t i = 0; i < album->picture_count; i++)
        mem_free(album->pictures[i].path);
    for (size_t i = 0; i < album->name_count; i++)
        mem_free(album->names[i].text);
    for (size_t i = 0; i < album->step_count; i++)
        album_step_clear(&album->steps[i]);
    mem_free_wiped(album->embeddings,
                   album->face_capacity * album->dimension * sizeof *album->embeddings);
    mem_free(album->pictures);
    mem_free(album->faces);
    mem_free(album->names);
    mem_free(album->links);
    mem_free(album->steps);
    mem_free(album->path);
    file_unlock(album->lock);
    *album = (vultus_album){.lock = -1};
}
