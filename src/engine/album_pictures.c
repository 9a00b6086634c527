/*
 * The pictures of an album and their faces: added, replaced, taken out. Taking out is a pass over all faces,
 * which is nothing beside looking at a picture.
 */
#include "base/file.h"
#include "base/memory.h"
#include "decide/decision.h"
#include "engine/album.h"

#include <string.h>

static vultus_status no_memory(vultus_error *error)
{
    return status_memory(error, "an album");
}

/* Where the path is, or would be. */
static size_t find_picture(const vultus_album *album, const char *path, bool *found)
{
    size_t low = 0, high = album->picture_count;
    *found = false;
    while (low < high && !*found) {
        size_t middle = (low + high) / 2;
        int order = strcmp(album->pictures[middle].path, path);
        if (!order) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool vultus_album_picture_at(const vultus_album *album, size_t index, vultus_album_picture *out)
{
    if (!album || index >= album->picture_count)
        return false;
    const struct album_picture *picture = &album->pictures[index];
    *out = (vultus_album_picture){picture->path, picture->bytes, picture->modified};
    return true;
}

bool vultus_album_has(const vultus_album *album, const vultus_album_picture *picture)
{
    bool found = false;
    size_t at = album && picture ? find_picture(album, picture->path, &found) : 0;
    return found && album->pictures[at].bytes == picture->bytes &&
           album->pictures[at].modified == picture->modified;
}

/* The links and the moves of a face that is gone go too. */
static void drop_links(vultus_album *album)
{
    size_t kept = 0;
    for (size_t i = 0; i < album->link_count; i++)
        if (album_find_face(album, album->links[i].a) && album_find_face(album, album->links[i].b))
            album->links[kept++] = album->links[i];
    album->link_count = kept;
    for (size_t s = 0; s < album->step_count; s++) {
        struct album_step *step = &album->steps[s];
        size_t left = 0;
        for (size_t i = 0; i < step->move_count; i++)
            if (album_find_face(album, step->moves[i].face))
                step->moves[left++] = step->moves[i];
        step->move_count = left;
    }
}

static void drop_faces(vultus_album *album, uint32_t picture)
{
    const size_t before = album->face_count, dimension = album->dimension;
    size_t kept = 0;
    for (size_t i = 0; i < before; i++) {
        if (album->faces[i].picture == picture)
            continue;
        if (kept != i) {
            album->faces[kept] = album->faces[i];
            memcpy(album->embeddings + kept * dimension, album->embeddings + i * dimension,
                   dimension * sizeof(float));
        }
        kept++;
    }
    if (kept == before)
        return;
    mem_wipe(album->embeddings + kept * dimension, (before - kept) * dimension * sizeof(float));
    album->face_count = kept;
    drop_links(album);
}

bool vultus_album_forget(vultus_album *album, const char *path)
{
    bool found = false;
    size_t at = album && path ? find_picture(album, path, &found) : 0;
    if (!found)
        return false;
    drop_faces(album, (uint32_t)at);
    mem_free(album->pictures[at].path);
    album->picture_count--;
    memmove(album->pictures + at, album->pictures + at + 1,
            (album->picture_count - at) * sizeof *album->pictures);
    for (size_t i = 0; i < album->face_count; i++)
        album->faces[i].picture -= album->faces[i].picture > at;
    return true;
}

static vultus_status reserve(vultus_album *album, size_t faces, vultus_error *error)
{
    if (album->picture_count == album->picture_capacity) {
        size_t capacity = 2 * album->picture_capacity + 64;
        struct album_picture *pictures = mem_resize(album->pictures, capacity, sizeof *pictures);
        if (!pictures)
            return no_memory(error);
        album->pictures = pictures;
        album->picture_capacity = capacity;
    }
    if (album->face_count + faces > VULTUS_CLUSTER_FACES_MAX || faces > VULTUS_FACES_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "%s: more than %zu faces",
                          file_shown(album->path), VULTUS_CLUSTER_FACES_MAX);
    if (album->face_count + faces <= album->face_capacity)
        return VULTUS_OK;
    size_t capacity = 2 * album->face_capacity + faces + 64;
    float *embeddings = mem_array(capacity, album->dimension * sizeof *embeddings);
    struct album_face *kept = embeddings ? mem_resize(album->faces, capacity, sizeof *kept) : NULL;
    if (!kept) {
        mem_free(embeddings);
        return no_memory(error);
    }
    const size_t used = album->face_count * album->dimension * sizeof *embeddings;
    if (used)
        memcpy(embeddings, album->embeddings, used);
    mem_free_wiped(album->embeddings, used);
    album->embeddings = embeddings;
    album->faces = kept;
    album->face_capacity = capacity;
    return VULTUS_OK;
}

static vultus_status check_put(const vultus_album *album, const vultus_album_picture *picture,
                               const vultus_face *faces, size_t count, const float *embeddings,
                               vultus_error *error)
{
    if (!album || !picture || !picture->path || !*picture->path ||
        (count && (!faces || !embeddings)) || !album->dimension)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "an album that uses an engine, a picture, faces and their embeddings "
                          "are needed");
    if (strlen(picture->path) > VULTUS_SOURCE_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "%s: the path is too long",
                          file_shown(picture->path));
    for (size_t i = 0; i < count; i++) {
        vultus_status status = decision_check(embeddings + i * album->dimension, album->dimension,
                                              album->raw, "a face's embedding", error);
        if (status)
            return status;
    }
    return VULTUS_OK;
}

vultus_status vultus_album_put(vultus_album *album, const vultus_album_picture *picture,
                               const vultus_face *faces, size_t count, const float *embeddings,
                               vultus_error *error)
{
    bool found = false;
    vultus_status status = check_put(album, picture, faces, count, embeddings, error);
    if (!status)
        status = reserve(album, count, error);
    if (status)
        return status;
    size_t at = find_picture(album, picture->path, &found);
    if (found) {
        drop_faces(album, (uint32_t)at);
    } else {
        char *path = mem_string(picture->path);
        if (!path)
            return no_memory(error);
        memmove(album->pictures + at + 1, album->pictures + at,
                (album->picture_count - at) * sizeof *album->pictures);
        album->picture_count++;
        album->pictures[at].path = path;
        for (size_t i = 0; at + 1 < album->picture_count && i < album->face_count; i++)
            album->faces[i].picture += album->faces[i].picture >= at;
    }
    album->pictures[at].bytes = picture->bytes;
    album->pictures[at].modified = picture->modified;
    for (size_t i = 0; i < count; i++) {
        struct album_face *face = &album->faces[album->face_count];
        *face = (struct album_face){album->next_face++, (uint32_t)at, 0, faces[i], false};
        face->face.shape_count = 0;
        memset(face->face.shape, 0, sizeof face->face.shape);
        memcpy(album->embeddings + album->face_count++ * album->dimension,
               embeddings + i * album->dimension, album->dimension * sizeof *embeddings);
    }
    return VULTUS_OK;
}
