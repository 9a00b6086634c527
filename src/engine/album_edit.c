/*
 * What people say about an album: merge, split, name, link. Each is a step (album_step.h), which holds as a
 * whole or not at all.
 */
#include "base/memory.h"
#include "engine/album_step.h"
#include "gallery/names.h"

#include <stdlib.h>
#include <string.h>

static vultus_status no_memory(vultus_error *error)
{
    return status_memory(error, "a change of an album");
}

static vultus_status find_cluster(const vultus_album *album, uint32_t cluster,
                                  struct album_face **first, vultus_error *error)
{
    for (size_t i = 0; cluster && i < album->face_count; i++)
        if (album->faces[i].cluster == cluster) {
            *first = &album->faces[i];
            return VULTUS_OK;
        }
    return status_set(error, VULTUS_ERR_NOT_FOUND, "there is no cluster %u", cluster);
}

static vultus_status find_face(const vultus_album *album, uint32_t id, struct album_face **face,
                               vultus_error *error)
{
    *face = album_find_face(album, id);
    if (!*face)
        return status_set(error, VULTUS_ERR_NOT_FOUND, "there is no face %u", id);
    if (!(*face)->cluster)
        return status_set(error, VULTUS_ERR_NOT_FOUND, "face %u is not grouped yet", id);
    return VULTUS_OK;
}

/* The number that stays when clusters are joined. */
static vultus_status choose(const vultus_album *album, const uint32_t *clusters, size_t count,
                            uint32_t *into, vultus_error *error)
{
    const char *name = NULL;
    *into = clusters[0];
    for (size_t i = 0; i < count; i++) {
        const char *other = album_name_of(album, clusters[i]);
        if (other && name && strcmp(other, name) != 0)
            return status_set(error, VULTUS_ERR_ARGUMENT,
                              "clusters %u and %u are called %.60s and %.60s; take one name away "
                              "first",
                              *into, clusters[i], name, other);
        if (other) {
            name = other;
            *into = clusters[i];
        }
    }
    return VULTUS_OK;
}

static void move_all(struct album_edit *edit, uint32_t from, uint32_t into)
{
    for (size_t i = 0; i < edit->album->face_count; i++)
        if (edit->album->faces[i].cluster == from)
            step_move(edit, &edit->album->faces[i], into);
}

vultus_status vultus_album_merge(vultus_album *album, const uint32_t *clusters, size_t count,
                                 uint32_t *into, vultus_error *error)
{
    struct album_edit edit;
    struct album_face *first = NULL, *other = NULL;
    uint32_t stays = 0;
    if (!album || !clusters || count < 2)
        return status_set(error, VULTUS_ERR_ARGUMENT, "two clusters or more are needed");
    vultus_status status = VULTUS_OK;
    for (size_t i = 0; i < count && !status; i++)
        status = find_cluster(album, clusters[i], &other, error);
    if (!status)
        status = choose(album, clusters, count, &stays, error);
    if (!status)
        status = step_begin(&edit, album, error, "merge of %zu clusters into %u", count, stays);
    if (status)
        return status;
    (void)find_cluster(album, stays, &first, error);
    for (size_t i = 0; i < count; i++)
        if (clusters[i] != stays)
            move_all(&edit, clusters[i], stays);
    for (size_t i = 0; i < album->face_count;
         i++) /* all of them: also what is made anew keeps it */
        if (album->faces[i].cluster == stays && album->faces[i].id != first->id)
            step_say(&edit, first->id, album->faces[i].id, true);
    status = step_finish(&edit, error);
    if (!status && into)
        *into = stays;
    return status;
}

/* Moves these faces out, as one other person than all that stay. */
static vultus_status split_off(vultus_album *album, uint32_t cluster, const uint32_t *faces,
                               size_t count, uint32_t *out, vultus_error *error)
{
    struct album_edit edit;
    const uint32_t made = album->next_cluster;
    vultus_status status =
        step_begin(&edit, album, error, "split of %zu faces from cluster %u", count, cluster);
    if (status)
        return status;
    for (size_t i = 0; i < count; i++) {
        if (i)
            step_say(&edit, faces[0], faces[i], true);
        step_move(&edit, album_find_face(album, faces[i]), made);
    }
    for (size_t i = 0; i < album->face_count; i++)
        if (album->faces[i].cluster == cluster)
            step_say(&edit, faces[0], album->faces[i].id, false);
    status = step_finish(&edit, error);
    if (status)
        return status;
    album->next_cluster++;
    if (out)
        *out = made;
    return VULTUS_OK;
}

static int by_number(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return a < b ? -1 : a > b;
}

vultus_status vultus_album_split(vultus_album *album, uint32_t cluster, const uint32_t *faces,
                                 size_t count, uint32_t *out, vultus_error *error)
{
    struct album_face *face = NULL;
    size_t all = 0, kept = 0;
    if (!album || (count && !faces))
        return status_set(error, VULTUS_ERR_ARGUMENT, "an album and faces are needed");
    vultus_status status = find_cluster(album, cluster, &face, error);
    if (status)
        return status;
    for (size_t i = 0; i < album->face_count; i++)
        all += album->faces[i].cluster == cluster;
    uint32_t *moved = mem_array(count > all ? count : all, sizeof *moved);
    if (!moved)
        return no_memory(error);
    if (!count)
        status = album_halve(album, cluster, moved, &count, error);
    else
        memcpy(moved, faces, count * sizeof *moved);
    qsort(moved, count, sizeof *moved, by_number);
    for (size_t i = 0; i < count && !status; i++) {
        status = find_face(album, moved[i], &face, error);
        if (!status && face->cluster != cluster)
            status = status_set(error, VULTUS_ERR_NOT_FOUND, "face %u is in cluster %u, not in %u",
                                moved[i], face->cluster, cluster);
        if (!kept || moved[kept - 1] != moved[i])
            moved[kept++] = moved[i];
    }
    if (!status && kept == all)
        status = status_set(error, VULTUS_ERR_ARGUMENT,
                            all == 1 ? "cluster %u has one face: there is nothing to split"
                                     : "cluster %u would be left without a face",
                            cluster);
    if (!status)
        status = split_off(album, cluster, moved, kept, out, error);
    mem_free(moved);
    return status;
}

vultus_status vultus_album_name(vultus_album *album, uint32_t cluster, const char *name,
                                vultus_error *error)
{
    struct album_edit edit;
    struct album_face *face = NULL;
    vultus_status status = name ? names_check(name, error) : VULTUS_OK;
    if (!status && !album)
        status = status_set(error, VULTUS_ERR_ARGUMENT, "an album is needed");
    if (!status)
        status = find_cluster(album, cluster, &face, error);
    for (size_t i = 0; !status && name && i < album->name_count; i++)
        if (album->names[i].cluster != cluster && !strcmp(album->names[i].text, name))
            status = status_set(error, VULTUS_ERR_EXISTS,
                                "cluster %u is called %.100s already; merge the two instead",
                                album->names[i].cluster, name);
    if (!status)
        status = name ? step_begin(&edit, album, error, "name %s for cluster %u", name, cluster)
                      : step_begin(&edit, album, error, "no name for cluster %u", cluster);
    if (status)
        return status;
    const char *before = album_name_of(album, cluster);
    edit.step.names = mem_zalloc(1, sizeof *edit.step.names);
    if (edit.step.names) {
        edit.step.names[0] = (struct album_name){cluster, mem_string(before ? before : "")};
        edit.step.name_count = 1;
    }
    status = edit.step.names && edit.step.names[0].text
                 ? album_set_name(album, cluster, name, error)
                 : no_memory(error);
    if (status) {
        album_step_clear(&edit.step);
        return status;
    }
    status = step_finish(&edit, error);
    for (size_t i = 0; !status && i < album->face_count; i++)
        album->faces[i].said |= album->faces[i].cluster == cluster;
    return status;
}

/* Follows links that say "one person" from a face: those faces move together. */
static void move_linked(struct album_edit *edit, struct album_face *face, uint32_t cluster)
{
    const vultus_album *album = edit->album;
    bool more = true;
    step_move(edit, face, cluster);
    while (more) {
        more = false;
        for (size_t i = 0; i < album->link_count; i++) {
            struct album_face *a = album_find_face(album, album->links[i].a),
                              *b = album_find_face(album, album->links[i].b);
            if (!album->links[i].same || (a->cluster == cluster) == (b->cluster == cluster))
                continue;
            step_move(edit, a->cluster == cluster ? b : a, cluster);
            more = true;
        }
    }
}

vultus_status vultus_album_link(vultus_album *album, uint32_t a, uint32_t b, bool same,
                                vultus_error *error)
{
    struct album_edit edit;
    struct album_face *x = NULL, *y = NULL;
    uint32_t stays = 0;
    if (!album || a == b)
        return status_set(error, VULTUS_ERR_ARGUMENT, "two faces are needed");
    vultus_status status = find_face(album, a, &x, error);
    if (!status)
        status = find_face(album, b, &y, error);
    if (!status && same)
        status = choose(album, (uint32_t[]){x->cluster, y->cluster}, 2, &stays, error);
    if (!status)
        status = step_begin(&edit, album, error, "%s of faces %u and %u", same ? "link" : "unlink",
                            a, b);
    if (status)
        return status;
    step_say(&edit, a, b, same);
    if (same) {
        uint32_t from = x->cluster == stays ? y->cluster : x->cluster;
        move_all(&edit, from, stays);
    } else if (x->cluster == y->cluster) {
        move_linked(&edit, y, album->next_cluster++);
    }
    return step_finish(&edit, error);
}
